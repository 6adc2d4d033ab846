//! IAM Access Analyzer: the account's analyzers, and the organization's.

use serde::{Deserialize, Serialize};

use super::{DESCRIBE_ORGANIZATION, FactScope, FactSpec, Operation};
use crate::AccountId;

const LIST_ANALYZERS: Operation = Operation::new("accessanalyzer", "ListAnalyzers", "access-analyzer:ListAnalyzers");

/// The account's own analyzers.
pub const ANALYZERS: FactSpec = FactSpec { scope: FactScope::Region, operations: &[LIST_ANALYZERS], hub_operations: &[] };
/// The organization's analyzers: a member cannot see them, so they are asked for in the accounts that may own one.
pub const ORGANIZATION_ANALYZERS: FactSpec = FactSpec {
    scope: FactScope::OrganizationRegion,
    operations: &[LIST_ANALYZERS],
    hub_operations: &[
        DESCRIBE_ORGANIZATION,
        Operation::new("organizations", "ListDelegatedAdministrators", "organizations:ListDelegatedAdministrators"),
    ],
};

/// The account's own analyzers of a region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Analyzers {
    /// The analyzers, of every type.
    pub analyzers: Vec<Analyzer>,
}

/// The analyzers of a region in the management account and in the delegated administrators for Access Analyzer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganizationAnalyzers {
    /// The analyzers, with the account that owns each.
    pub analyzers: Vec<OwnedAnalyzer>,
}

/// An analyzer and its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnedAnalyzer {
    /// The account that owns it.
    pub owner: AccountId,
    /// The analyzer.
    pub analyzer: Analyzer,
}

/// One analyzer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Analyzer {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// `ACCOUNT`, `ORGANIZATION`, or one of the unused-access and internal-access types.
    pub kind: String,
    /// `ACTIVE`, `CREATING`, `DISABLED` or `FAILED`.
    pub status: String,
}
