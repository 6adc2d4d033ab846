//! The root user, IAM's users and roles, and the password policy.

use super::Outcome::{Fail, Pass};
use super::{Check, Trait, Verdict, View, variants};

pub(crate) const CHECKS: &[&Check] = &[RootMfa::CHECK, RootKey::CHECK, Users::CHECK, PasswordPolicy::CHECK];

variants! {
    /// The root user's sign-in.
    RootMfa Account "root-mfa-enabled" needs ["iam:GetAccountSummary"] {
        On "mfa_on" 80 Pass;
        /// Root credentials were deleted centrally: there is nothing to protect by MFA.
        NoPassword "no_root_password" 12 Pass;
        Off "mfa_off" 8 Fail(1);
    }
}

variants! {
    /// The root user's long-lived credentials.
    RootKey Account "root-access-key-absent" needs ["iam:GetAccountSummary"] {
        Absent "absent" 94 Pass;
        AccessKey "access_key" 4 Fail(1);
        SigningCertificate "signing_certificate" 2 Fail(1);
    }
}

variants! {
    /// The IAM users and their MFA devices.
    Users Account "iam-user-mfa-enabled" needs ["iam:GenerateCredentialReport", "iam:GetCredentialReport"] {
        AllMfa "all_mfa" 40 Pass;
        Nobody "no_users" 30 Pass;
        /// A user with access keys and no password, hence no MFA device.
        KeysOnly "keys_only_user" 15 Pass;
        OneWithout "one_without" 9 Fail(1);
        Several "several" 6 Fail(3);
    }
}

impl Users {
    /// Whether any user can sign in to the console; without one a password policy has nobody to bind.
    pub(crate) fn any_password(self) -> bool {
        match self {
            Self::AllMfa | Self::OneWithout | Self::Several => true,
            Self::Nobody | Self::KeysOnly => false,
        }
    }
}

variants! {
    /// The IAM password policy.
    PasswordPolicy Account "iam-password-policy-strong"
    needs ["iam:GetAccountPasswordPolicy", "iam:GenerateCredentialReport", "iam:GetCredentialReport"]
    special password_policy
    together_with [Users::AllMfa]
    {
        Strong "strong" 70 Pass;
        /// Exactly the length that is asked for.
        Twelve "exactly_twelve" 10 Pass;
        None "none" 10 Fail(1);
        Short "short" 6 Fail(1);
        NoSymbols "no_symbols" 4 Fail(1);
    }
}

/// A policy counts only where somebody has a password.
fn password_policy(view: &View<'_>) -> Verdict {
    if view.variant::<Users>().any_password() { view.own() } else { Verdict::NotApplicable }
}
