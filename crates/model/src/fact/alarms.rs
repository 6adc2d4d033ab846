//! CloudWatch alarms, and the SNS topics that they notify.
//!
//! The model of every fact that asks whether an alarm reaches somebody. A fact keeps the alarms on the metrics that it is about, and the
//! topics of those that may act.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{DESCRIBE_ORGANIZATION, FactScope, FactSpec, Operation};
use crate::Observed;

/// Lists a region's alarms.
pub(super) const DESCRIBE_ALARMS: Operation = Operation::new("cloudwatch", "DescribeAlarms", "cloudwatch:DescribeAlarms");
/// Says whether a topic has a confirmed subscription.
pub(super) const LIST_SUBSCRIPTIONS: Operation = Operation::new("sns", "ListSubscriptionsByTopic", "sns:ListSubscriptionsByTopic");

/// The account's own billing alarms, in the partition's billing region.
pub const BILLING_ALARMS: FactSpec =
    FactSpec { scope: FactScope::Account, operations: &[DESCRIBE_ALARMS, LIST_SUBSCRIPTIONS], hub_operations: &[] };
/// The billing alarms of the management account, which pays for all.
pub const PAYER_BILLING_ALARMS: FactSpec = FactSpec {
    scope: FactScope::Organization,
    operations: &[DESCRIBE_ALARMS, LIST_SUBSCRIPTIONS],
    hub_operations: &[DESCRIBE_ORGANIZATION],
};

/// A metric alarm of one region. Composite alarms and alarms on log queries are left out: they watch no metric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The metric that it watches, or all that its metric math computes with. A query without a metric (Metrics Insights) gives none.
    pub metrics: Vec<AlarmMetric>,
    /// Whether it does anything when it goes off.
    pub actions_enabled: bool,
    /// What it does when it goes off: ARNs, of SNS topics among others. What it does on its way back does not count.
    #[serde(default)]
    pub actions: Vec<String>,
}

/// A metric as an alarm names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlarmMetric {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The account whose metric it is, where the alarm names one; otherwise the alarm's own.
    #[serde(default)]
    pub account: Option<String>,
    /// The names and values of its dimensions. With others it is another metric.
    #[serde(default)]
    pub dimensions: BTreeMap<String, String>,
}

/// An SNS topic that an alarm notifies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// Its ARN. Its account may be another than the alarm's, and may deny us.
    pub arn: String,
    /// Whether it exists and at least one of its subscriptions is confirmed.
    pub confirmed: Observed<bool>,
}

impl Alarm {
    /// The ARNs of the SNS topics that it notifies when it goes off, if it may act at all.
    pub fn topics(&self) -> impl Iterator<Item = &str> {
        let actions = if self.actions_enabled { self.actions.as_slice() } else { &[] };
        actions.iter().map(String::as_str).filter(|action| action.split(':').nth(2) == Some("sns"))
    }

    /// Whether it watches this metric of the account `own`, which is the alarm's, whatever its dimensions.
    pub fn watches(&self, namespace: &str, name: &str, own: Option<&str>) -> bool {
        self.metrics.iter().any(|metric| metric.is(namespace, name, own))
    }
}

impl AlarmMetric {
    /// Whether it is this metric of the account `own`, which is the alarm's, whatever its dimensions.
    pub fn is(&self, namespace: &str, name: &str, own: Option<&str>) -> bool {
        self.namespace == namespace && self.name == name && (self.account.is_none() || self.account.as_deref() == own)
    }
}

/// The account's own alarms on `AWS/Billing` `EstimatedCharges`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BillingAlarms {
    /// The alarms.
    pub alarms: Vec<Alarm>,
    /// The topics that they notify.
    #[serde(default)]
    pub topics: Vec<Topic>,
}

/// The same of the management account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayerBillingAlarms {
    /// The alarms.
    pub alarms: Vec<Alarm>,
    /// The topics that they notify.
    #[serde(default)]
    pub topics: Vec<Topic>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alarm(actions_enabled: bool) -> Alarm {
        Alarm {
            name: "bill".into(),
            arn: "arn:aws:cloudwatch:us-east-1:111122223333:alarm:bill".into(),
            metrics: vec![AlarmMetric {
                namespace: "AWS/Billing".into(),
                name: "EstimatedCharges".into(),
                account: Some("111122223333".into()),
                dimensions: BTreeMap::new(),
            }],
            actions_enabled,
            actions: vec![
                "arn:aws:sns:us-east-1:111122223333:money".into(),
                "arn:aws:lambda:us-east-1:111122223333:function:sns".into(),
                "arn:aws-cn:sns:cn-northwest-1:111122223333:money".into(),
            ],
        }
    }

    #[test]
    fn only_topics_of_an_alarm_that_may_act_count() {
        let topics = |alarm: &Alarm| alarm.topics().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(topics(&alarm(true)), ["arn:aws:sns:us-east-1:111122223333:money", "arn:aws-cn:sns:cn-northwest-1:111122223333:money"]);
        assert!(topics(&alarm(false)).is_empty());
    }

    #[test]
    fn a_metric_of_another_account_is_another_metric() {
        let alarm = alarm(true);
        assert!(alarm.watches("AWS/Billing", "EstimatedCharges", Some("111122223333")));
        assert!(!alarm.watches("AWS/Billing", "EstimatedCharges", Some("444455556666")));
        assert!(!alarm.watches("AWS/Billing", "EstimatedCharges", None));
        assert!(!alarm.watches("AWS/Usage", "EstimatedCharges", Some("111122223333")));
    }
}
