//! What watches the trails' records: metric filters on their log groups, alarms on the filters' metrics, and the alarms' topics.

use std::collections::BTreeSet;

use aws_sdk_cloudwatchlogs::operation::describe_metric_filters::{DescribeMetricFiltersError, DescribeMetricFiltersOutput};
use orgsweep_model::{
    Unseen,
    fact::{
        alarms::Alarm,
        trail_alarms::{FilterMetric, MetricFilter, TrailAlarms, WatchedLogGroup},
    },
};

use super::{Probe, alarms, cloudtrail, every_page, observed, trail_storage::log_group};
use crate::pages::by_token;

/// The largest page that `DescribeMetricFilters` gives.
const PAGE: i32 = 50;

pub(super) async fn trail_alarms(probe: &Probe<'_>) -> Result<TrailAlarms, Unseen> {
    let listed = cloudtrail::describe(probe).await?;
    let own = listed.iter().filter(|trail| cloudtrail::own_multi_region(probe, trail).is_some());
    let named = own.filter_map(|trail| trail.cloud_watch_logs_log_group_arn());
    let arns: BTreeSet<&str> = named.filter(|arn| cloudtrail::owns(probe, arn)).collect();
    let mut log_groups = Vec::new();
    for arn in arns {
        log_groups.push(watched(probe, arn).await?);
    }
    Ok(TrailAlarms { log_groups })
}

/// Asked in the log group's own region: its metrics, and so the alarms on them, are there.
async fn watched(probe: &Probe<'_>, arn: &str) -> Result<WatchedLogGroup, Unseen> {
    let (region, name) = probe.needed(log_group(arn), "log group's region and name")?;
    let away = (region != *probe.caller.region()).then(|| probe.caller.in_region(region));
    let probe = &away.as_ref().map_or(*probe, |caller| probe.with(caller));
    let filters = filters(probe, name).await;
    let alarms = match &filters {
        Ok(filters) => alarms_on(probe, filters).await,
        Err(unseen) => Err(unseen.clone()),
    };
    let topics = alarms::topics(probe, alarms.iter().flatten()).await;
    Ok(WatchedLogGroup { arn: arn.to_owned(), filters: observed(filters), alarms: observed(alarms), topics })
}

async fn filters(probe: &Probe<'_>, log_group: &str) -> Result<Vec<MetricFilter>, Unseen> {
    let request = probe.caller.logs().describe_metric_filters().log_group_name(log_group).limit(PAGE);
    let page = move |token| {
        let request = request.clone().set_next_token(token);
        async move {
            match request.send().await {
                // A log group that does not exist has no filters.
                Err(error) if error.as_service_error().is_some_and(DescribeMetricFiltersError::is_resource_not_found_exception) => {
                    Ok(DescribeMetricFiltersOutput::builder().set_metric_filters(Some(Vec::new())).build())
                }
                answer => answer,
            }
        }
    };
    let pages = by_token(page, |page| page.next_token.clone());
    let listed = every_page(probe, "DescribeMetricFilters", pages, |page| page.metric_filters).await?;
    let read = listed.into_iter().map(|filter| {
        let transformations = probe.needed(filter.metric_transformations, "metric transformations of a filter")?;
        let system_fields = filter.emit_system_field_dimensions.unwrap_or_default();
        let metrics = transformations.into_iter().map(|metric| FilterMetric {
            namespace: metric.metric_namespace,
            name: metric.metric_name,
            dimensions: metric
                .dimensions
                .into_iter()
                .flatten()
                .chain(system_fields.iter().map(|field| (field.clone(), field.clone())))
                .collect(),
        });
        Ok(MetricFilter {
            name: probe.needed(filter.filter_name, "filter's name")?,
            pattern: probe.needed(filter.filter_pattern, "filter's pattern")?,
            selection: filter.field_selection_criteria.filter(|criteria| !criteria.is_empty()),
            transformed: filter.apply_on_transformed_logs,
            metrics: metrics.collect(),
        })
    });
    read.collect()
}

/// The alarms of the region on any of the filters' metrics. Without filters nothing needs to be asked.
async fn alarms_on(probe: &Probe<'_>, filters: &[MetricFilter]) -> Result<Vec<Alarm>, Unseen> {
    if filters.is_empty() {
        return Ok(Vec::new());
    }
    let own = probe.caller.account().map(|account| account.to_string());
    let metrics = || filters.iter().flat_map(|filter| &filter.metrics);
    let on_them = |alarm: &&Alarm| metrics().any(|metric| alarm.watches(&metric.namespace, &metric.name, own.as_deref()));
    Ok(alarms::metric_alarms(probe).await?.iter().filter(on_them).cloned().collect())
}
