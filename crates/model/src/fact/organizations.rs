//! The organization: its features, policies, landing zone and accounts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{DESCRIBE_ORGANIZATION, FactScope, FactSpec, Operation};
use crate::{AccountId, Observed, OuPath};

const LIST_POLICIES: Operation = Operation::new("organizations", "ListPolicies", "organizations:ListPolicies");
const LIST_TARGETS: Operation = Operation::new("organizations", "ListTargetsForPolicy", "organizations:ListTargetsForPolicy");
const LIST_TAGS: Operation = Operation::new("organizations", "ListTagsForResource", "organizations:ListTagsForResource");
const LIST_FEATURES: Operation = Operation::new("iam", "ListOrganizationsFeatures", "iam:ListOrganizationsFeatures");
const LIST_LANDING_ZONES: Operation = Operation::new("controltower", "ListLandingZones", "controltower:ListLandingZones");

/// `organizations:DescribeOrganization`.
pub const ORGANIZATION_FEATURES: FactSpec =
    FactSpec { scope: FactScope::Management, operations: &[], hub_operations: &[DESCRIBE_ORGANIZATION] };
/// The service control policies that AWS does not manage, and what they are attached to.
pub const SERVICE_CONTROL_POLICIES: FactSpec =
    FactSpec { scope: FactScope::Management, operations: &[], hub_operations: &[LIST_POLICIES, LIST_TARGETS] };
/// `iam:ListOrganizationsFeatures`.
pub const ROOT_ACCESS_MANAGEMENT: FactSpec = FactSpec { scope: FactScope::Management, operations: &[LIST_FEATURES], hub_operations: &[] };
/// Control Tower's landing zones: in the home region, or in another that the management account has enabled.
pub const LANDING_ZONES: FactSpec = FactSpec { scope: FactScope::Management, operations: &[LIST_LANDING_ZONES], hub_operations: &[] };
/// An account's units and tags. The units are those of the organization's last listing; the tags cost a call per account and hour.
pub const ACCOUNT_LISTING: FactSpec = FactSpec { scope: FactScope::Account, operations: &[], hub_operations: &[LIST_TAGS] };
/// The same of every account.
pub const ORGANIZATION_ACCOUNTS: FactSpec = FactSpec { scope: FactScope::Management, operations: &[], hub_operations: &[LIST_TAGS] };

/// What the organization can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganizationFeatures {
    /// Its id, `o-…`.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// `ALL` or `CONSOLIDATED_BILLING`.
    pub feature_set: String,
}

/// The service control policies that the customer wrote, or had written by Control Tower. Empty, too, where the organization does not have
/// that type of policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceControlPolicies {
    /// The policies.
    pub policies: Vec<ServiceControlPolicy>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceControlPolicy {
    /// Its id, `p-…`.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The ids of the roots, units and accounts that it is attached to.
    pub targets: Observed<Vec<String>>,
}

/// What of the members' root users is managed centrally.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RootAccessManagement {
    /// Whether the organization lets IAM work in its accounts at all (trusted access, all features).
    pub trusted: bool,
    /// `RootCredentialsManagement`, `RootSessions`; those that are on.
    pub features: Vec<String>,
}

/// Control Tower's landing zones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LandingZones {
    /// Their ARNs. There is at most one.
    pub arns: Vec<String>,
}

/// How the organization lists the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountListing {
    /// The units above it, with their names.
    pub ou_path: OuPath,
    /// Its tags.
    pub tags: Observed<BTreeMap<String, String>>,
}

/// The accounts of the organization that are in use: not those that are suspended, being closed, or not yet active.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganizationAccounts {
    /// The accounts.
    pub accounts: Vec<ListedAccount>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedAccount {
    /// Its id.
    pub id: AccountId,
    /// How it is listed.
    pub listing: AccountListing,
}
