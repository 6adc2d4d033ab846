//! The variants of the checks that are reported once for an account.

use super::Outcome::{Fail, Pass};
use super::variants;
use crate::org::Account;
use crate::regions;

variants! {
    /// The root user's sign-in.
    RootMfa Account "root-mfa-enabled" {
        On "mfa_on" 80 Pass;
        /// Root credentials were deleted centrally: there is nothing to protect by MFA.
        NoPassword "no_root_password" 12 Pass;
        Off "mfa_off" 8 Fail(1);
    }
}

variants! {
    /// The root user's long-lived credentials.
    RootKey Account "root-access-key-absent" {
        Absent "absent" 94 Pass;
        AccessKey "access_key" 4 Fail(1);
        SigningCertificate "signing_certificate" 2 Fail(1);
    }
}

variants! {
    /// The IAM users and their MFA devices.
    Users Account "iam-user-mfa-enabled" {
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
    PasswordPolicy Account "iam-password-policy-strong" {
        Strong "strong" 70 Pass;
        /// Exactly the length that is asked for.
        Twelve "exactly_twelve" 10 Pass;
        None "none" 10 Fail(1);
        Short "short" 6 Fail(1);
        NoSymbols "no_symbols" 4 Fail(1);
    }
}

variants! {
    /// The CloudTrail trails that the account sees. The management account owns the organization's trail, if there is one, and sees it
    /// beside those of its own variant.
    Trail Account "cloudtrail-multi-region-logging" {
        Own "own" 34 Pass;
        /// Owned by the management account, a shadow in its members. AWS shows it to every member; here those with this variant see it.
        Organization "organization_trail" 30 Pass;
        /// Event selectors of the advanced form.
        Advanced "advanced_selectors" 8 Pass;
        /// Home in another region than us-east-1: a shadow there.
        OwnElsewhere "own_other_home" 6 Pass;
        /// A good trail beside a stopped one.
        SecondStopped "second_trail_stopped" 4 Pass;
        None "none" 3 Fail(1);
        SingleRegion "single_region" 3 Fail(1);
        Stopped "stopped" 2 Fail(1);
        DeliveryError "delivery_error" 2 Fail(1);
        WriteOnly "write_only" 2 Fail(1);
        ManagementExcluded "management_excluded" 2 Fail(1);
        /// Advanced selectors that restrict management events by `readOnly`.
        AdvancedReadOnly "advanced_read_only" 1 Fail(1);
        /// Advanced selectors for data events alone.
        AdvancedDataOnly "advanced_data_only" 1 Fail(1);
    }
}

impl Trail {
    /// Whether the account has a multi-region trail of its own.
    pub(crate) fn own_multi_region(self) -> bool {
        !matches!(self, Self::Organization | Self::None | Self::SingleRegion)
    }

    /// The home of its own trails.
    pub(crate) fn home(self, account: &Account) -> &'static str {
        if self == Self::OwnElsewhere { account.other_home() } else { regions::HOME }
    }
}

variants! {
    /// The account-wide S3 public access block.
    PublicAccessBlock Account "s3-account-public-access-block" {
        All "blocked" 82 Pass;
        NotSet "not_set" 12 Fail(1);
        Partial "partial" 6 Fail(1);
    }
}
