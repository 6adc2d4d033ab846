//! `CloudWatch` Logs: log groups and metric filters.

use serde_json::{Value, json};

use super::{Call, Operation, Service, cloudtrail};
use crate::posture::alarm_events::ALARMS;
use crate::posture::alarms::Watch;
use crate::posture::cloudtrail::log_group_days;
use crate::posture::workload::LogGroups;
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol, page, time};

pub(super) const SERVICE: Service = Service {
    signing_name: "logs",
    protocol: Protocol::Json,
    target: "Logs_20140328",
    operations: &[
        Operation { name: "DescribeLogGroups", action: "logs:DescribeLogGroups", route: "", run: describe_log_groups },
        Operation { name: "DescribeMetricFilters", action: "logs:DescribeMetricFilters", route: "", run: describe_metric_filters },
        Operation {
            name: "DescribeResourcePolicies",
            action: "logs:DescribeResourcePolicies",
            route: "",
            run: |_| Ok(json!({"resourcePolicies": []}).into()),
        },
        Operation { name: "ListTagsForResource", action: "logs:ListTagsForResource", route: "", run: |_| Ok(json!({"tags": {}}).into()) },
    ],
    ..Service::BASE
};

/// A log group; without days it keeps its events for ever.
struct LogGroup {
    name: String,
    days: Option<u32>,
    class: &'static str,
}

/// The region's log groups: those of its workloads, and the trails' own with one beside it whose name begins like it.
fn log_groups(call: &Call<'_>) -> Vec<LogGroup> {
    let mut groups = workloads(call);
    if let Some(days) = log_group_days(call.organization(), call.account(), call.region) {
        let group = |name: String, days| LogGroup { name, days, class: "STANDARD" };
        groups.push(group(cloudtrail::LOG_GROUP.to_owned(), Some(days).filter(|days| *days > 0)));
        groups.push(group(format!("{}-lake", cloudtrail::LOG_GROUP), Some(731)));
    }
    groups
}

fn workloads(call: &Call<'_>) -> Vec<LogGroup> {
    let group = |name: &str, days| LogGroup { name: format!("/aws/lambda/{name}"), days, class: "STANDARD" };
    let many = |days| (0..130).map(move |number| group(&format!("job-{number:03}"), days));
    match call.variant() {
        LogGroups::None => Vec::new(),
        LogGroups::ForEver => vec![group("orders", None), group("payments", None)],
        LogGroups::AYear => vec![group("orders", Some(365)), group("payments", Some(400)), group("mails", None)],
        LogGroups::Many => many(Some(731)).collect(),
        LogGroups::OneShort => vec![group("orders", Some(30)), group("payments", Some(365))],
        LogGroups::SeveralShort => {
            vec![group("orders", Some(1)), group("payments", Some(180)), group("R&D <a>", Some(14)), group("z", None)]
        }
        LogGroups::ShortOnTheLastPage => many(None).chain([group("zone", Some(90))]).collect(),
        LogGroups::InfrequentAccess => vec![LogGroup { class: "INFREQUENT_ACCESS", ..group("orders", Some(60)) }],
    }
}

fn describe_log_groups(call: &Call<'_>) -> Result<Body, Failure> {
    let (prefix, pattern) = (call.member("logGroupNamePrefix"), call.member("logGroupNamePattern"));
    let mut groups = log_groups(call);
    groups.retain(|group| {
        prefix.is_none_or(|prefix| group.name.starts_with(prefix)) && pattern.is_none_or(|pattern| group.name.contains(pattern))
    });
    groups.sort_by(|one, other| one.name.cmp(&other.name));
    let (groups, next) = call.page(&groups, ("nextToken", "limit"), 1..=50, 50)?;
    let list: Vec<Value> = groups
        .iter()
        .map(|LogGroup { name, days, class }| {
            let arn = format!("arn:aws:logs:{}:{}:log-group:{name}", call.region, call.account().id);
            let mut group = json!({
                "logGroupName": name,
                "creationTime": time::ago(400 * 86_400).as_millisecond(),
                "metricFilterCount": 0,
                "arn": format!("{arn}:*"),
                "logGroupArn": arn,
                "storedBytes": 4_096,
                "logGroupClass": class,
            });
            if let Some(days) = days {
                group["retentionInDays"] = (*days).into();
            }
            group
        })
        .collect();
    Ok(page::with_next(json!({"logGroups": list}), "nextToken", next).into())
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
