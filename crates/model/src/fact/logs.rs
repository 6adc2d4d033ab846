//! CloudWatch Logs: the log groups.

use serde::{Deserialize, Serialize};

use super::{FactScope, FactSpec, Operation};

/// `logs:DescribeLogGroups`.
pub const LOG_GROUPS: FactSpec = FactSpec {
    scope: FactScope::Region,
    operations: &[Operation::new("logs", "DescribeLogGroups", "logs:DescribeLogGroups")],
    hub_operations: &[],
};

/// The log groups of a region. There can be thousands, so the ARN, which follows from the name, is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogGroups {
    /// The log groups, of every class.
    pub groups: Vec<LogGroup>,
}

/// One log group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogGroup {
    /// Its name.
    pub name: String,
    /// How many days it keeps an event; absent where it keeps all for ever.
    #[serde(default)]
    pub retention_days: Option<u32>,
}
