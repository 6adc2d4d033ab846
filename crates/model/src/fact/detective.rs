//! Detective: the behavior graphs.

use serde::{Deserialize, Serialize};

use super::{FactScope, FactSpec, Operation};

/// `detective:ListGraphs` and `detective:ListInvitations`.
pub const BEHAVIOR_GRAPHS: FactSpec = FactSpec {
    scope: FactScope::Region,
    operations: &[
        Operation::new("detective", "ListGraphs", "detective:ListGraphs"),
        Operation::new("detective", "ListInvitations", "detective:ListInvitations"),
    ],
    hub_operations: &[],
};

/// The behavior graphs of a region that the account has to do with. None of either: Detective is off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BehaviorGraphs {
    /// The ARNs of those that it administers; AWS allows one.
    pub own: Vec<String>,
    /// Those of other accounts.
    pub memberships: Vec<GraphMembership>,
}

/// How the account stands to another account's behavior graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GraphMembership {
    /// The graph's ARN.
    pub graph: String,
    /// `ENABLED`, `INVITED`, `ACCEPTED_BUT_DISABLED`, `VERIFICATION_IN_PROGRESS` or `VERIFICATION_FAILED`.
    pub status: String,
    /// AWS's code of why an accepted membership is disabled.
    #[serde(default)]
    pub disabled_reason: Option<String>,
}
