//! What is made of the trails' records in their log groups: metric filters, alarms on their metrics, and the topics that these notify.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    FactScope, FactSpec, Operation,
    alarms::{Alarm, DESCRIBE_ALARMS, LIST_SUBSCRIPTIONS, Topic},
    cloudtrail::DESCRIBE_TRAILS,
};
use crate::Observed;

/// The log groups of the multi-region trails that the account owns.
pub const TRAIL_ALARMS: FactSpec = FactSpec {
    scope: FactScope::Account,
    operations: &[
        DESCRIBE_TRAILS,
        Operation::new("logs", "DescribeMetricFilters", "logs:DescribeMetricFilters"),
        DESCRIBE_ALARMS,
        LIST_SUBSCRIPTIONS,
    ],
    hub_operations: &[],
};

/// What is made of the records of the account's own multi-region trails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrailAlarms {
    /// The log groups of this account that its own multi-region trails deliver to, once each. Those of other accounts are left out: their
    /// filters cannot be read from here.
    pub log_groups: Vec<WatchedLogGroup>,
}

/// A log group, and what watches it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WatchedLogGroup {
    /// Its ARN as the trails name it: [`Trail::log_group_arn`](super::cloudtrail::Trail::log_group_arn).
    pub arn: String,
    /// Its metric filters. None where the log group does not exist.
    pub filters: Observed<Vec<MetricFilter>>,
    /// The alarms of its region on the metrics of these filters.
    pub alarms: Observed<Vec<Alarm>>,
    /// The topics that these alarms notify.
    #[serde(default)]
    pub topics: Vec<Topic>,
}

/// A metric filter: it counts the events that its pattern matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricFilter {
    /// Its name.
    pub name: String,
    /// Its pattern. An empty one matches every event.
    pub pattern: String,
    /// What else an event needs to be counted, by the system fields of its log stream. Most filters have no such condition.
    #[serde(default)]
    pub selection: Option<String>,
    /// Whether it is held against what the log group's transformer makes of the events, where it has one.
    #[serde(default)]
    pub transformed: bool,
    /// The metrics that it feeds.
    pub metrics: Vec<FilterMetric>,
}

/// A metric that a filter feeds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilterMetric {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its dimensions, and the field of the event that gives each its value: `$.eventName`, or a system field such as `@aws.account`.
    #[serde(default)]
    pub dimensions: BTreeMap<String, String>,
}
