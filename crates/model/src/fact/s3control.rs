//! S3 Control: the account's public access block.

use serde::{Deserialize, Serialize};

use super::{FactScope, FactSpec, Operation};

/// `s3control:GetPublicAccessBlock`, which IAM calls `s3:GetAccountPublicAccessBlock`.
pub const PUBLIC_ACCESS_BLOCK: FactSpec = FactSpec {
    scope: FactScope::Account,
    operations: &[Operation::new("s3control", "GetPublicAccessBlock", "s3:GetAccountPublicAccessBlock")],
    hub_operations: &[],
};

/// The account-level block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PublicAccessBlock {
    /// None is set.
    NotSet,
    /// Its four settings.
    Set(PublicAccessSettings),
}

/// The four settings. One that AWS left out is off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "AWS's own settings, one by one")]
pub struct PublicAccessSettings {
    /// New public ACLs are refused.
    pub block_public_acls: bool,
    /// Public ACLs are ignored.
    pub ignore_public_acls: bool,
    /// New public policies are refused.
    pub block_public_policy: bool,
    /// Public policies serve only the account and AWS services.
    pub restrict_public_buckets: bool,
}
