//! IAM: the root user, the users, the password policy.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{FactScope, FactSpec, Operation};

const GET_ACCOUNT_SUMMARY: Operation = Operation::new("iam", "GetAccountSummary", "iam:GetAccountSummary");
const GENERATE_CREDENTIAL_REPORT: Operation = Operation::new("iam", "GenerateCredentialReport", "iam:GenerateCredentialReport");
const GET_CREDENTIAL_REPORT: Operation = Operation::new("iam", "GetCredentialReport", "iam:GetCredentialReport");
const GET_ACCOUNT_PASSWORD_POLICY: Operation = Operation::new("iam", "GetAccountPasswordPolicy", "iam:GetAccountPasswordPolicy");

/// `iam:GetAccountSummary`.
pub const ACCOUNT_SUMMARY: FactSpec = FactSpec { scope: FactScope::Account, operations: &[GET_ACCOUNT_SUMMARY], hub_operations: &[] };
/// The credential report, made anew when missing or old.
pub const CREDENTIAL_REPORT: FactSpec =
    FactSpec { scope: FactScope::Account, operations: &[GENERATE_CREDENTIAL_REPORT, GET_CREDENTIAL_REPORT], hub_operations: &[] };
/// `iam:GetAccountPasswordPolicy`.
pub const PASSWORD_POLICY: FactSpec =
    FactSpec { scope: FactScope::Account, operations: &[GET_ACCOUNT_PASSWORD_POLICY], hub_operations: &[] };

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
    /// The users, without the root user.
    pub users: Vec<UserCredentials>,
}

/// One user's row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserCredentials {
    /// The user's name.
    pub user: String,
    /// The user's ARN.
    pub arn: String,
    /// Whether the user can sign in to the console.
    pub password_enabled: bool,
    /// Whether the user has an MFA device.
    pub mfa_active: bool,
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
}
