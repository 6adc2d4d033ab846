//! AWS Support.

use serde::{Deserialize, Serialize};

use super::{FactScope, FactSpec, Operation};

const DESCRIBE_SEVERITY_LEVELS: Operation = Operation::new("support", "DescribeSeverityLevels", "support:DescribeSeverityLevels");

/// `support:DescribeSeverityLevels`: no API names the plan, but the plan decides how severe a case may be.
pub const SUPPORT_LEVELS: FactSpec = FactSpec { scope: FactScope::Account, operations: &[DESCRIBE_SEVERITY_LEVELS], hub_operations: &[] };

/// How severe a support case of the account may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SupportLevels {
    /// AWS asks for a subscription.
    SubscriptionRequired,
    /// The codes: `low`, `normal`, `high`, `urgent`, `critical`.
    Levels(Vec<String>),
}
