//! `CloudWatch`: alarms. Each family of checks contributes its own.

use serde_json::{Value, json};

use super::{Call, Operation, Service, logs};
use crate::posture::alarm_events::ALARMS;
use crate::posture::alarms::Watch;
use crate::posture::cloudtrail::log_group_days;
use crate::posture::cost::BillingAlarm;
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol, page};
use crate::{regions, service::sns};

pub(super) const SERVICE: Service = Service {
    signing_name: "monitoring",
    protocol: Protocol::Cbor,
    namespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
    target: "GraniteServiceVersion20100801",
    operations: &[Operation { name: "DescribeAlarms", action: "cloudwatch:DescribeAlarms", route: "", run: describe_alarms }],
    ..Service::BASE
};

/// A metric alarm.
pub(super) struct Alarm {
    pub name: String,
    pub namespace: &'static str,
    pub metric: &'static str,
    /// Whether the metric stands in a list with an expression over it.
    pub math: bool,
    pub actions_enabled: bool,
    /// What it does when it goes off.
    pub actions: Vec<String>,
}

/// Everything there is in the caller's account and region.
fn alarms(call: &Call<'_>) -> Vec<Alarm> {
    let mut alarms = vec![Alarm {
        name: "processor-busy".to_owned(),
        namespace: "AWS/EC2",
        metric: "CPUUtilization",
        math: false,
        actions_enabled: true,
        actions: Vec::new(),
    }];
    alarms.extend(billing_alarm(call));
    alarms.extend(alarms_on_events(call));
    alarms
}

/// The alarms on what metric filters count, where the filters are.
fn alarms_on_events(call: &Call<'_>) -> Vec<Alarm> {
    if log_group_days(call.organization(), call.account(), call.region).is_none() {
        return Vec::new();
    }
    let of = |alarm: &crate::posture::alarm_events::Alarm| {
        let watch = alarm.watch(call.organization(), call.account());
        watch.has_alarm().then(|| Alarm {
            name: alarm.check.id.to_owned(),
            namespace: logs::NAMESPACE,
            metric: alarm.check.id,
            math: watch == Watch::MetricMath,
            actions_enabled: watch != Watch::ActionsDisabled,
            actions: vec![sns::arn(call, if watch == Watch::Unconfirmed { sns::PENDING } else { sns::CONFIRMED })],
        })
    };
    ALARMS.iter().filter_map(of).collect()
}

fn billing_alarm(call: &Call<'_>) -> Option<Alarm> {
    if call.region != regions::HOME {
        return None;
    }
    let variant: BillingAlarm = call.variant();
    let topics: &[&str] = match variant {
        BillingAlarm::None => return None,
        BillingAlarm::NoTopic => &[],
        BillingAlarm::Own | BillingAlarm::MetricMath | BillingAlarm::ActionsDisabled => &[sns::CONFIRMED],
        BillingAlarm::TwoTopics => &[sns::PENDING, sns::CONFIRMED],
        BillingAlarm::Unconfirmed => &[sns::PENDING],
        BillingAlarm::TopicDeleted => &["deleted"],
        BillingAlarm::ForeignTopic => &[sns::FOREIGN],
    };
    let actions = if variant == BillingAlarm::NoTopic {
        vec![format!("arn:aws:lambda:{}:{}:function:save-money", call.region, call.account().id)]
    } else {
        topics.iter().map(|topic| sns::arn(call, topic)).collect()
    };
    Some(Alarm {
        name: "estimated-charges".to_owned(),
        namespace: "AWS/Billing",
        metric: "EstimatedCharges",
        math: variant == BillingAlarm::MetricMath,
        actions_enabled: variant != BillingAlarm::ActionsDisabled,
        actions,
    })
}

fn describe_alarms(call: &Call<'_>) -> Result<Body, Failure> {
    let alarms = alarms(call);
    let (alarms, next) = call.page(&alarms, ("NextToken", "MaxRecords"), 1..=100, 50)?;
    let list: Vec<Value> = alarms.iter().map(|alarm| written(call, alarm)).collect();
    Ok(page::with_next(json!({"MetricAlarms": list, "CompositeAlarms": []}), "NextToken", next).into())
}

fn written(call: &Call<'_>, alarm: &Alarm) -> Value {
    let mut answer = json!({
        "AlarmName": alarm.name,
        "AlarmArn": format!("arn:aws:cloudwatch:{}:{}:alarm:{}", call.region, call.account().id, alarm.name),
        "ActionsEnabled": alarm.actions_enabled,
        "OKActions": [],
        "AlarmActions": alarm.actions,
        "InsufficientDataActions": [],
        "StateValue": "OK",
        "EvaluationPeriods": 1,
        "Threshold": 100.0,
        "ComparisonOperator": "GreaterThanThreshold",
    });
    if alarm.math {
        let metric = json!({"Namespace": alarm.namespace, "MetricName": alarm.metric, "Dimensions": []});
        answer["Metrics"] = json!([
            {"Id": "twice", "Expression": "m1 * 2", "ReturnData": true},
            {"Id": "m1", "MetricStat": {"Metric": metric, "Period": 21_600, "Stat": "Maximum"}, "ReturnData": false},
        ]);
    } else {
        answer["Namespace"] = alarm.namespace.into();
        answer["MetricName"] = alarm.metric.into();
        answer["Dimensions"] = json!([]);
        answer["Period"] = 300.into();
        answer["Statistic"] = "Maximum".into();
    }
    answer
}
