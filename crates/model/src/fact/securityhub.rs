//! Security Hub: the hub.

use serde::{Deserialize, Serialize};

use super::{FactScope, FactSpec, Operation};

/// `securityhub:DescribeHub`.
pub const SECURITY_HUB: FactSpec = FactSpec {
    scope: FactScope::Region,
    operations: &[Operation::new("securityhub", "DescribeHub", "securityhub:DescribeHub")],
    hub_operations: &[],
};

/// Whether the account has a hub in the region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityHub {
    /// The account is not subscribed.
    NotSubscribed,
    /// The hub's ARN.
    Hub(String),
}
