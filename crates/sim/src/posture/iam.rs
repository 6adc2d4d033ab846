//! The root user, IAM's users and roles, and the password policy.

use super::Outcome::{Fail, Pass, Unknown};
use super::{Check, Trait, Verdict, View, variants};

pub(crate) const CHECKS: &[&Check] = &[
    RootMfa::CHECK,
    RootKey::CHECK,
    RootDevices::CHECK,
    RootUse::CHECK,
    HumanAccess::CHECK,
    Users::CHECK,
    UserPolicies::CHECK,
    PasswordPolicy::CHECK,
    PasswordRotation::CHECK,
    KeyAge::CHECK,
    Unused::CHECK,
    AdminRoles::CHECK,
    AccountAlias::CHECK,
    BillingAccess::CHECK,
];

const REPORT: [&str; 2] = ["iam:GenerateCredentialReport", "iam:GetCredentialReport"];

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
    Users Account "iam-user-mfa-enabled" needs REPORT {
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
    together_with [Users::OneWithout]
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
    if any_password(view) { view.own() } else { Verdict::NotApplicable }
}

/// Whether any user can sign in to the console.
fn any_password(view: &View<'_>) -> bool {
    view.variant::<Users>().any_password() || view.variant::<Unused>().adds_a_password()
}

variants! {
    /// How long passwords last where there is a policy.
    PasswordRotation Account "iam-password-policy-rotation"
    needs ["iam:GetAccountPasswordPolicy", "iam:GenerateCredentialReport", "iam:GetCredentialReport"]
    special password_rotation
    together_with [PasswordPolicy::Strong]
    {
        Exactly "exactly" 60 Pass;
        Stricter "stricter" 20 Pass;
        NeverExpire "never_expire" 8 Fail(1);
        OneDayOver "one_day_over" 4 Fail(1);
        OneShort "one_password_short" 4 Fail(1);
        Neither "neither" 4 Fail(1);
    }
}

/// It matters where a password alone opens the console.
fn password_rotation(view: &View<'_>) -> Verdict {
    match (view.variant(), view.variant()) {
        (Users::AllMfa | Users::Nobody | Users::KeysOnly, _) => Verdict::NotApplicable,
        (Users::OneWithout | Users::Several, PasswordPolicy::None) => Verdict::Fail(1),
        (Users::OneWithout | Users::Several, _) => view.own(),
    }
}

variants! {
    /// The root user's virtual MFA devices, where it has MFA at all.
    RootDevices Account "root-mfa-redundant"
    needs ["iam:GetAccountSummary", "iam:ListVirtualMFADevices"]
    special root_devices
    together_with [RootMfa::On]
    {
        Two "two_virtual" 60 Pass;
        One "one_virtual" 25 Unknown("needs_attestation");
        /// A passkey or a hardware device, which no list shows.
        Unlisted "none_listed" 15 Unknown("needs_attestation");
    }
}

fn root_devices(view: &View<'_>) -> Verdict {
    match view.variant() {
        RootMfa::On => view.own(),
        RootMfa::NoPassword => Verdict::Pass,
        RootMfa::Off => Verdict::Fail(1),
    }
}

variants! {
    /// What the credential report says of the root user's use.
    RootUse Account "root-unused" needs REPORT special root_use {
        Never "never" 60 Pass;
        /// Just not in the last 90 days.
        NinetyDays "ninety_days_ago" 15 Pass;
        LongAgo "long_ago" 10 Pass;
        EightyNineDays "eighty_nine_days_ago" 3 Fail(1);
        Yesterday "yesterday" 5 Fail(1);
        Key "key_used" 2 Fail(1), with RootKey::AccessKey;
        /// As some endpoints do.
        NoRow "no_row" 3 Unknown("aws_error");
        NotSupported "not_supported" 2 Unknown("aws_error");
    }
}

fn root_use(view: &View<'_>) -> Verdict {
    match (view.variant(), view.variant()) {
        (RootUse::Key, RootKey::Absent | RootKey::SigningCertificate) => Verdict::Pass,
        _ => view.own(),
    }
}

variants! {
    /// How people get in, beside IAM users with passwords.
    HumanAccess Account "iam-human-access-without-root"
    needs []
    sometimes ["iam:GenerateCredentialReport", "iam:GetCredentialReport", "iam:ListSAMLProviders", "iam:GetAccountAuthorizationDetails"]
    special human_access
    {
        IdentityCenter "identity_center" 50 Pass;
        Saml "saml_provider" 20 Pass;
        Both "both" 10 Pass;
        /// Nothing but IAM users.
        ConsoleUsers "console_users" 12 Pass, with Users::AllMfa;
        /// Not even those, and a role whose name alone looks like one of IAM Identity Center.
        Nobody "nobody" 8 Fail(1), with Users::KeysOnly, Unused::Recent;
    }
}

impl HumanAccess {
    pub(crate) fn identity_center(self) -> bool {
        matches!(self, Self::IdentityCenter | Self::Both)
    }

    pub(crate) fn saml(self) -> bool {
        matches!(self, Self::Saml | Self::Both)
    }
}

/// One way in that is seen is enough; that there is none takes all three answers.
fn human_access(view: &View<'_>) -> Verdict {
    let access: HumanAccess = view.variant();
    let ways = [
        (any_password(view), view.denied(&REPORT)),
        (access.saml(), view.denied(&["iam:ListSAMLProviders"])),
        (access.identity_center(), view.denied(&["iam:GetAccountAuthorizationDetails"])),
    ];
    if ways.iter().any(|(there, denied)| *there && denied.is_none()) {
        return Verdict::Pass;
    }
    ways.into_iter().find_map(|(_, denied)| denied).map_or(Verdict::Fail(1), Verdict::Unknown)
}

variants! {
    /// Users with policies of their own, beside the other users.
    UserPolicies Account "iam-user-permissions-via-groups" needs ["iam:GetAccountAuthorizationDetails"] {
        Groups "groups_only" 80 Pass;
        /// Which is no permission.
        Boundary "boundary_only" 5 Pass;
        Attached "attached" 6 Fail(1);
        Inline "inline" 5 Fail(1);
        Several "several" 4 Fail(3);
    }
}

variants! {
    /// Users with keys of some age, beside the other users. All are in use.
    KeyAge Account "iam-access-key-rotated" needs REPORT {
        Fresh "fresh" 70 Pass;
        NinetyDays "ninety_days" 6 Pass;
        OldInactive "old_inactive" 6 Pass;
        NinetyOneDays "ninety_one_days" 6 Fail(1);
        /// Two users, of whom one has two old keys.
        Several "several" 6 Fail(2);
        NoTime "no_time" 2 Unknown("aws_error");
    }
}

variants! {
    /// Users with credentials that nobody uses, beside the other users. None of their keys is old.
    Unused Account "iam-credentials-unused" needs REPORT {
        Recent "recent" 60 Pass;
        FortyFourDays "forty_four_days" 6 Pass;
        NewNeverUsed "new_never_used" 6 Pass;
        Inactive "inactive_unused" 6 Pass;
        FortyFiveDays "forty_five_days" 4 Fail(1);
        NeverUsed "never_used" 4 Fail(1);
        Password "password" 4 Fail(1);
        PasswordNeverUsed "password_never_used" 3 Fail(1);
        Several "several" 3 Fail(3);
        NotTold "not_told" 2 Unknown("aws_error");
    }
}

impl Unused {
    /// Whether it brings a user who can sign in to the console, with MFA.
    fn adds_a_password(self) -> bool {
        matches!(self, Self::Password | Self::PasswordNeverUsed | Self::Several)
    }
}

variants! {
    /// The roles that have full access.
    AdminRoles Account "iam-admin-role-requires-mfa" needs ["iam:GetAccountAuthorizationDetails"] {
        Mfa "mfa" 40 Pass;
        None "none" 20 Pass;
        MfaAge "mfa_age" 5 Pass;
        DeniedWithoutMfa "denied_without_mfa" 5 Pass;
        /// Services, identity providers, and IAM Identity Center.
        OthersOnly "no_aws_principal" 5 Pass;
        PowerUser "power_user" 5 Pass;
        /// The default version of a policy allows less than an older one.
        OldVersion "old_version" 4 Pass;
        AuditRole "audit_role" 4 Pass;
        Open "open" 6 Fail(1);
        /// By the default version of a policy of the account's own.
        OwnPolicy "own_policy" 5 Fail(1);
        Inline "inline" 4 Fail(1);
        NotAction "not_action" 3 Fail(1);
        IfExists "bool_if_exists" 4 Fail(1);
        OneStatement "one_statement_without" 4 Fail(1);
        /// What Organizations and Control Tower make.
        Several "several" 5 Fail(2);
    }
}

variants! {
    /// The account's alias.
    AccountAlias Account "iam-account-alias-set" needs ["iam:ListAccountAliases"] {
        Set "set" 80 Pass;
        NotSet "not_set" 20 Fail(1);
    }
}

variants! {
    /// Whether IAM users and roles may see the bill, which AWS tells nobody.
    BillingAccess Account "iam-billing-access-enabled" needs [] {
        Unattested "unattested" 1 Unknown("needs_attestation");
    }
}
