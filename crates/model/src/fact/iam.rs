//! IAM: the root user, the users, the roles, the password policy.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{FactScope, FactSpec, Operation};

const GET_ACCOUNT_SUMMARY: Operation = Operation::new("iam", "GetAccountSummary", "iam:GetAccountSummary");
const GENERATE_CREDENTIAL_REPORT: Operation = Operation::new("iam", "GenerateCredentialReport", "iam:GenerateCredentialReport");
const GET_CREDENTIAL_REPORT: Operation = Operation::new("iam", "GetCredentialReport", "iam:GetCredentialReport");
const GET_ACCOUNT_PASSWORD_POLICY: Operation = Operation::new("iam", "GetAccountPasswordPolicy", "iam:GetAccountPasswordPolicy");

const LIST_VIRTUAL_MFA_DEVICES: Operation = Operation::new("iam", "ListVirtualMFADevices", "iam:ListVirtualMFADevices");
const LIST_SAML_PROVIDERS: Operation = Operation::new("iam", "ListSAMLProviders", "iam:ListSAMLProviders");
const LIST_ACCOUNT_ALIASES: Operation = Operation::new("iam", "ListAccountAliases", "iam:ListAccountAliases");
const GET_ACCOUNT_AUTHORIZATION_DETAILS: Operation =
    Operation::new("iam", "GetAccountAuthorizationDetails", "iam:GetAccountAuthorizationDetails");

/// `iam:GetAccountSummary`.
pub const ACCOUNT_SUMMARY: FactSpec = FactSpec { scope: FactScope::Account, operations: &[GET_ACCOUNT_SUMMARY], hub_operations: &[] };
/// The credential report, made anew when missing or old.
pub const CREDENTIAL_REPORT: FactSpec =
    FactSpec { scope: FactScope::Account, operations: &[GENERATE_CREDENTIAL_REPORT, GET_CREDENTIAL_REPORT], hub_operations: &[] };
/// `iam:GetAccountPasswordPolicy`.
pub const PASSWORD_POLICY: FactSpec =
    FactSpec { scope: FactScope::Account, operations: &[GET_ACCOUNT_PASSWORD_POLICY], hub_operations: &[] };
/// `iam:ListVirtualMFADevices`, those in use.
pub const VIRTUAL_MFA_DEVICES: FactSpec =
    FactSpec { scope: FactScope::Account, operations: &[LIST_VIRTUAL_MFA_DEVICES], hub_operations: &[] };
/// `iam:ListSAMLProviders`.
pub const SAML_PROVIDERS: FactSpec = FactSpec { scope: FactScope::Account, operations: &[LIST_SAML_PROVIDERS], hub_operations: &[] };
/// `iam:ListAccountAliases`.
pub const ACCOUNT_ALIASES: FactSpec = FactSpec { scope: FactScope::Account, operations: &[LIST_ACCOUNT_ALIASES], hub_operations: &[] };
/// `iam:GetAccountAuthorizationDetails`: users, roles and the account's own managed policies.
pub const AUTHORIZATION_DETAILS: FactSpec =
    FactSpec { scope: FactScope::Account, operations: &[GET_ACCOUNT_AUTHORIZATION_DETAILS], hub_operations: &[] };

/// The counts of the account summary that say something about the root user. A count that AWS left out is absent, not zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountSummary {
    /// `AccountMFAEnabled`: whether the root user has an MFA device.
    pub account_mfa_enabled: Option<i32>,
    /// `AccountPasswordPresent`: whether the root user has a password. Absent in answers of older endpoints.
    #[serde(default)]
    pub account_password_present: Option<i32>,
    /// `AccountAccessKeysPresent`: whether the root user has access keys.
    pub account_access_keys_present: Option<i32>,
    /// `AccountSigningCertificatesPresent`: whether the root user has signing certificates.
    #[serde(default)]
    pub account_signing_certificates_present: Option<i32>,
}

/// The credential report: a row per user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialReport {
    /// When AWS made it. At most 4 hours old when it was read.
    pub generated_at: Timestamp,
    /// The root user's row. Some endpoints leave it out.
    #[serde(default)]
    pub root: Option<RootCredentials>,
    /// The users, without the root user.
    pub users: Vec<UserCredentials>,
}

/// The root user's row. Whether there is a password it does not say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RootCredentials {
    /// When the root user last signed in.
    pub password_last_used: ReportTime,
    /// The first access key.
    #[serde(default)]
    pub access_key_1: AccessKey,
    /// The second access key.
    #[serde(default)]
    pub access_key_2: AccessKey,
}

/// One user's row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserCredentials {
    /// The user's name.
    pub user: String,
    /// The user's ARN.
    pub arn: String,
    /// When the user was made.
    #[serde(default)]
    pub created: Timestamp,
    /// Whether the user can sign in to the console.
    pub password_enabled: bool,
    /// When the user last signed in.
    #[serde(default)]
    pub password_last_used: ReportTime,
    /// When the password was last set.
    #[serde(default)]
    pub password_last_changed: ReportTime,
    /// Whether the user has an MFA device.
    pub mfa_active: bool,
    /// The first access key.
    #[serde(default)]
    pub access_key_1: AccessKey,
    /// The second access key.
    #[serde(default)]
    pub access_key_2: AccessKey,
}

impl RootCredentials {
    /// The access keys and what people call them.
    pub const fn access_keys(&self) -> [(&'static str, AccessKey); 2] {
        [("access key 1", self.access_key_1), ("access key 2", self.access_key_2)]
    }
}

impl UserCredentials {
    /// The access keys and what people call them: the report does not give their ids.
    pub const fn access_keys(&self) -> [(&'static str, AccessKey); 2] {
        [("access key 1", self.access_key_1), ("access key 2", self.access_key_2)]
    }
}

/// What the report says of an access key. Of one that is not there it says `false` and `N/A`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessKey {
    /// Whether it can be used.
    pub active: bool,
    /// When it was made or last changed.
    #[serde(default)]
    pub last_rotated: ReportTime,
    /// When it was last used.
    #[serde(default)]
    pub last_used: ReportTime,
}

/// A time in the credential report, or the word that stands in its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ReportTime {
    /// `N/A`: there is no such credential. Of an access key's last use also: never, or not since AWS records it (April 2015).
    #[default]
    NotApplicable,
    /// `no_information`: the password was never used, or not since AWS records it (October 2014).
    NoInformation,
    /// `not_supported`: the report does not show this.
    NotSupported,
    /// The time.
    At(Timestamp),
}

impl TryFrom<String> for ReportTime {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        match word.as_str() {
            "N/A" => Ok(Self::NotApplicable),
            "no_information" => Ok(Self::NoInformation),
            "not_supported" => Ok(Self::NotSupported),
            time => time.parse().map(Self::At).map_err(|_| format!("{word:?}, neither a time nor a word that AWS documents")),
        }
    }
}

impl From<ReportTime> for String {
    fn from(time: ReportTime) -> Self {
        time.to_string()
    }
}

impl fmt::Display for ReportTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotApplicable => f.write_str("N/A"),
            Self::NoInformation => f.write_str("no_information"),
            Self::NotSupported => f.write_str("not_supported"),
            Self::At(time) => time.fmt(f),
        }
    }
}

/// The account's password policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordPolicy {
    /// None is set, so AWS's defaults hold.
    NotSet,
    /// The policy.
    Set(PasswordRules),
}

/// What a password policy demands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "AWS's own settings, one by one")]
pub struct PasswordRules {
    /// Characters at least.
    pub minimum_length: i32,
    /// An upper-case letter.
    pub require_uppercase: bool,
    /// A lower-case letter.
    pub require_lowercase: bool,
    /// A digit.
    pub require_numbers: bool,
    /// A symbol.
    pub require_symbols: bool,
    /// After how many days a password expires; never where this is absent.
    #[serde(default)]
    pub expire_after_days: Option<i32>,
    /// How many of a user's last passwords may not be taken again; none where this is absent.
    #[serde(default)]
    pub reuse_prevention: Option<i32>,
}

/// The virtual MFA devices that show who has them. Passkeys and hardware devices of the root user are in no list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VirtualMfaDevices {
    /// Serial numbers of those that the root user has.
    pub of_root: Vec<String>,
}

/// The SAML identity providers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SamlProviders {
    /// Their ARNs.
    pub arns: Vec<String>,
}

/// The account's aliases. AWS allows one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountAliases {
    /// The aliases.
    pub aliases: Vec<String>,
}

/// Who may do what, as far as checks ask. Everything else of an answer that can have thousands of policies is dropped page by page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorizationDetails {
    /// The users that have policies of their own, beside those of their groups.
    pub users_with_policies: Vec<UserWithPolicies>,
    /// The roles of IAM Identity Center, and those that have a [`Grant`].
    pub roles: Vec<Role>,
}

/// A user that has policies of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserWithPolicies {
    /// The user's name.
    pub user: String,
    /// The user's ARN.
    pub arn: String,
    /// The names of the inline policies.
    #[serde(default)]
    pub inline: Vec<String>,
    /// The names of the managed policies attached to the user.
    #[serde(default)]
    pub attached: Vec<String>,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Its path, which begins and ends with a slash.
    pub path: String,
    /// Its ARN.
    pub arn: String,
    /// The widest of the statements that its policies have.
    #[serde(default)]
    pub grants: Vec<Grant>,
    /// Who may assume it; left out where there is no grant.
    #[serde(default)]
    pub trust: Vec<TrustStatement>,
}

impl Role {
    /// Whether IAM Identity Center made it, for a permission set. Nobody else can make a role on this path.
    pub fn is_of_identity_center(&self) -> bool {
        self.path.starts_with("/aws-reserved/sso.amazonaws.com/") && self.name.starts_with("AWSReservedSSO_")
    }
}

/// A statement that allows every action, or every one but some. `AdministratorAccess` of AWS is one such statement; AWS's other managed
/// policies have none that matters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Grant {
    /// The name of the policy that it is in.
    pub policy: String,
    /// `Action`.
    pub actions: Vec<String>,
    /// `NotAction`.
    pub not_actions: Vec<String>,
    /// `Resource`.
    pub resources: Vec<String>,
    /// `NotResource`.
    pub not_resources: Vec<String>,
}

/// A statement of a trust policy about AWS principals: accounts, users and roles, not services or identity providers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustStatement {
    /// `Effect`: `Allow` or `Deny`.
    pub effect: Effect,
    /// The AWS principals; `*` is everybody. An `Allow` for all but some (`NotPrincipal`) is one for everybody, a `Deny` for all but some
    /// is left out.
    pub principals: Vec<String>,
    /// `Action`.
    #[serde(default)]
    pub actions: Vec<String>,
    /// `NotAction`.
    #[serde(default)]
    pub not_actions: Vec<String>,
    /// All conditions must hold.
    #[serde(default)]
    pub conditions: Vec<Condition>,
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies, whatever others allow.
    Deny,
}

/// One condition of a statement. One of the values must fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The operator, such as `Bool` or `StringEqualsIfExists`.
    pub operator: String,
    /// The key, such as `aws:MultiFactorAuthPresent`.
    pub key: String,
    /// The values.
    pub values: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_s_times_and_words_are_told_apart() {
        let read = |word: &str| ReportTime::try_from(word.to_owned());
        assert_eq!(read("N/A"), Ok(ReportTime::NotApplicable));
        assert_eq!(read("no_information"), Ok(ReportTime::NoInformation));
        assert_eq!(read("not_supported"), Ok(ReportTime::NotSupported));
        let time = read("2024-05-06T07:08:09+00:00").unwrap();
        assert_eq!(time, ReportTime::At("2024-05-06T07:08:09Z".parse().unwrap()));
        assert_eq!(read(&time.to_string()), Ok(time));
        for word in ["", "n/a", "FALSE", "never", "2024-05-06"] {
            assert!(read(word).is_err(), "{word}");
        }
    }
}
