//! `CloudWatch` Logs: log groups and metric filters.

use serde_json::{Value, json};

use super::{Call, Operation, Service, cloudtrail};
use crate::posture::alarm_events::ALARMS;
use crate::posture::alarms::Watch;
use crate::posture::cloudtrail::log_group_days;
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol, page};

pub(super) const SERVICE: Service = Service {
    signing_name: "logs",
    protocol: Protocol::Json,
    target: "Logs_20140328",
    operations: &[
        Operation { name: "DescribeLogGroups", action: "logs:DescribeLogGroups", route: "", run: describe_log_groups },
        Operation { name: "DescribeMetricFilters", action: "logs:DescribeMetricFilters", route: "", run: describe_metric_filters },
    ],
    ..Service::BASE
};

/// A log group; one without days keeps events for ever.
struct LogGroup {
    name: String,
    days: Option<u32>,
}

/// The account's log groups in the region, by name. Beside the trails' own there is one whose name begins like it.
fn log_groups(call: &Call<'_>) -> Vec<LogGroup> {
    let mut groups = Vec::new();
    if let Some(days) = log_group_days(call.organization(), call.account(), call.region) {
        groups.push(LogGroup { name: cloudtrail::LOG_GROUP.to_owned(), days: Some(days).filter(|days| *days > 0) });
        groups.push(LogGroup { name: format!("{}-lake", cloudtrail::LOG_GROUP), days: Some(731) });
    }
    groups
}

fn describe_log_groups(call: &Call<'_>) -> Result<Body, Failure> {
    let prefix = call.member("logGroupNamePrefix").unwrap_or_default();
    let groups: Vec<LogGroup> = log_groups(call).into_iter().filter(|group| group.name.starts_with(prefix)).collect();
    let (some, next) = call.page(&groups, ("nextToken", "limit"), 1..=50, 50)?;
    let list: Vec<Value> = some.iter().map(|group| described(call, group)).collect();
    Ok(page::with_next(json!({"logGroups": list}), "nextToken", next).into())
}

fn described(call: &Call<'_>, group: &LogGroup) -> Value {
    let arn = format!("arn:aws:logs:{}:{}:log-group:{}", call.region, call.account().id, group.name);
    let mut described = json!({
        "logGroupName": group.name,
        "creationTime": 1_700_000_000_000_u64,
        "metricFilterCount": 0,
        "arn": format!("{arn}:*"),
        "logGroupArn": arn,
        "storedBytes": 12_345,
        "logGroupClass": "STANDARD",
    });
    if let Some(days) = group.days {
        described["retentionInDays"] = days.into();
    }
    described
}

fn describe_metric_filters(call: &Call<'_>) -> Result<Body, Failure> {
    if let Some(name) = call.member("logGroupName")
        && !log_groups(call).iter().any(|group| group.name == name)
    {
        return Err(Failure::new("ResourceNotFoundException", 400, "The specified log group does not exist."));
    }
    // Only the trails' log group has filters.
    let groups = log_groups(call).into_iter().filter(|group| group.name == cloudtrail::LOG_GROUP);
    let wanted = groups.filter(|group| call.member("logGroupName").is_none_or(|name| group.name == name));
    let filters: Vec<Value> = wanted.flat_map(|_| metric_filters(call)).collect();
    let (some, next) = call.page(&filters, ("nextToken", "limit"), 1..=50, 50)?;
    Ok(page::with_next(json!({"metricFilters": some}), "nextToken", next).into())
}

/// The namespace of the metrics that filters feed.
pub(super) const NAMESPACE: &str = "CloudTrailAlarms";

/// The filters on the trails' log group, by name.
fn metric_filters(call: &Call<'_>) -> Vec<Value> {
    let mut filters: Vec<(String, Value)> = Vec::new();
    for alarm in &ALARMS {
        let watch = alarm.watch(call.organization(), call.account());
        if !watch.has_filter() {
            continue;
        }
        let name = if watch == Watch::Unreadable { "a-pattern-for-lines".to_owned() } else { alarm.check.id.to_owned() };
        let filter = json!({
            "filterName": name,
            "filterPattern": alarm.filter(watch),
            "metricTransformations": [{"metricName": alarm.check.id, "metricNamespace": NAMESPACE, "metricValue": "1"}],
            "creationTime": 1_700_000_000_000_u64,
            "logGroupName": cloudtrail::LOG_GROUP,
            "applyOnTransformedLogs": false,
        });
        filters.push((name, filter));
    }
    filters.sort_by(|(one, _), (other, _)| one.cmp(other));
    filters.into_iter().map(|(_, filter)| filter).collect()
}
