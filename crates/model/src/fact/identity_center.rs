//! IAM Identity Center: the organization's instance and its permission sets.

use serde::{Deserialize, Serialize};

use super::{FactScope, FactSpec, Operation};
use crate::{AccountId, Observed, Region};

const LIST_INSTANCES: Operation = Operation::new("sso", "ListInstances", "sso:ListInstances");
const LIST_PERMISSION_SETS: Operation = Operation::new("sso", "ListPermissionSets", "sso:ListPermissionSets");
const DESCRIBE_PERMISSION_SET: Operation = Operation::new("sso", "DescribePermissionSet", "sso:DescribePermissionSet");
const LIST_MANAGED_POLICIES: Operation =
    Operation::new("sso", "ListManagedPoliciesInPermissionSet", "sso:ListManagedPoliciesInPermissionSet");
const GET_INLINE_POLICY: Operation = Operation::new("sso", "GetInlinePolicyForPermissionSet", "sso:GetInlinePolicyForPermissionSet");

/// The instances that the management account sees: in the home region, or in another that it has enabled.
pub const IDENTITY_CENTER: FactSpec = FactSpec { scope: FactScope::Management, operations: &[LIST_INSTANCES], hub_operations: &[] };
/// The permission sets of the organization's instance: three calls for each.
pub const PERMISSION_SETS: FactSpec = FactSpec {
    scope: FactScope::Management,
    operations: &[LIST_INSTANCES, LIST_PERMISSION_SETS, DESCRIBE_PERMISSION_SET, LIST_MANAGED_POLICIES, GET_INLINE_POLICY],
    hub_operations: &[],
};

/// The instances of IAM Identity Center that the management account sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityCenter {
    /// The instances.
    pub instances: Vec<IdentityCenterInstance>,
}

/// One instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityCenterInstance {
    /// Its ARN.
    pub arn: String,
    /// The account that it belongs to. The organization's instance belongs to the management account.
    pub owner: AccountId,
    /// `ACTIVE`, `CREATE_IN_PROGRESS`, `CREATE_FAILED` or `DELETE_IN_PROGRESS`.
    pub status: String,
    /// The region that it is managed in.
    pub region: Region,
}

impl IdentityCenterInstance {
    /// Whether it serves the organization that `management` manages.
    pub fn serves(&self, management: AccountId) -> bool {
        self.owner == management && self.status == "ACTIVE"
    }
}

/// The permission sets of the organization's instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermissionSets {
    /// The instance's ARN; absent where the organization has none.
    pub instance: Option<String>,
    /// The sets.
    pub sets: Vec<PermissionSet>,
}

/// One permission set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermissionSet {
    /// Its ARN.
    pub arn: String,
    /// What it grants.
    pub grant: Observed<PermissionGrant>,
}

/// What a permission set grants, and for how long. Customer managed policies are not part of it: the set only names them, and each account
/// has its own by that name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermissionGrant {
    /// The set's name.
    pub name: String,
    /// How long a session lasts, in ISO 8601.
    pub session_duration: Option<String>,
    /// The ARNs of the attached AWS managed policies.
    pub managed_policies: Vec<String>,
    /// The inline policy, a JSON document; absent where it has none.
    pub inline_policy: Option<String>,
}
