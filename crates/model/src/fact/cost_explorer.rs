//! Cost Explorer and Cost Anomaly Detection.

use serde::{Deserialize, Serialize};

use super::{DESCRIBE_ORGANIZATION, FactScope, FactSpec, Operation, billing::CostFilter};

const GET_ANOMALY_MONITORS: Operation = Operation::new("ce", "GetAnomalyMonitors", "ce:GetAnomalyMonitors");
const GET_ANOMALY_SUBSCRIPTIONS: Operation = Operation::new("ce", "GetAnomalySubscriptions", "ce:GetAnomalySubscriptions");
/// One cent a request.
const GET_COST_AND_USAGE: Operation = Operation::new("ce", "GetCostAndUsage", "ce:GetCostAndUsage").billable(10_000);

/// The account's own monitors and subscriptions. Asking for them is free.
pub const ANOMALY_DETECTION: FactSpec =
    FactSpec { scope: FactScope::Account, operations: &[GET_ANOMALY_MONITORS, GET_ANOMALY_SUBSCRIPTIONS], hub_operations: &[] };
/// Those of the management account, which pays for all.
pub const PAYER_ANOMALY_DETECTION: FactSpec = FactSpec {
    scope: FactScope::Organization,
    operations: &[GET_ANOMALY_MONITORS, GET_ANOMALY_SUBSCRIPTIONS],
    hub_operations: &[DESCRIBE_ORGANIZATION],
};
/// Whether Cost Explorer answers the account that pays. Costs money.
pub const COST_EXPLORER: FactSpec = FactSpec { scope: FactScope::Management, operations: &[GET_COST_AND_USAGE], hub_operations: &[] };

/// The account's own Cost Anomaly Detection. Empty where Cost Explorer is not enabled for the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnomalyDetection {
    /// The monitors.
    pub monitors: Vec<AnomalyMonitor>,
    /// Who is told of what they find. Not asked for where there is no monitor.
    #[serde(default)]
    pub subscriptions: Vec<AnomalySubscription>,
}

/// The same of the management account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayerAnomalyDetection {
    /// The monitors.
    pub monitors: Vec<AnomalyMonitor>,
    /// Who is told of what they find.
    #[serde(default)]
    pub subscriptions: Vec<AnomalySubscription>,
}

/// A cost anomaly monitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnomalyMonitor {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// What it watches.
    pub watches: Watched,
}

/// What a monitor watches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Watched {
    /// Every value of this dimension, such as `SERVICE` or `LINKED_ACCOUNT`.
    Dimension(String),
    /// Costs of its own choice.
    Custom(CostFilter),
    /// Something that this version does not know.
    Unclear,
}

/// Who is told what monitors find.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnomalySubscription {
    /// Its name.
    pub name: String,
    /// The ARNs of the monitors.
    pub monitors: Vec<String>,
    /// Its subscribers, without those that declined.
    pub subscribers: usize,
}

/// What Cost Explorer says when asked for a day's costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostExplorer {
    /// An answer.
    Answers,
    /// That it is not enabled.
    NotEnabled,
    /// That it has no data: it was enabled a moment ago, or never.
    NoData,
}
