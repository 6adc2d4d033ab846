//! Cost Explorer facts. Cost Explorer has one endpoint per partition.

use aws_sdk_costexplorer::{operation::get_cost_and_usage::GetCostAndUsageError, types as sdk};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use jiff::{SignedDuration, Timestamp};
use orgsweep_model::{
    FactKind, Unseen,
    fact::{
        billing::CostFilter,
        cost_explorer::{AnomalyDetection, AnomalyMonitor, AnomalySubscription, CostExplorer, PayerAnomalyDetection, Watched},
    },
};

use super::{Probe, every_page, in_management_account};
use crate::hub::Hub;

/// The largest page of monitors and subscriptions.
const PAGE: i32 = 100;

type Detection = (Vec<AnomalyMonitor>, Vec<AnomalySubscription>);

pub(super) async fn anomaly_detection(probe: &Probe<'_>) -> Result<AnomalyDetection, Unseen> {
    let (monitors, subscriptions) = detection(probe).await?;
    Ok(AnomalyDetection { monitors, subscriptions })
}

pub(super) async fn payer_anomaly_detection(hub: &Hub) -> Result<PayerAnomalyDetection, Unseen> {
    let asked = in_management_account(FactKind::PayerAnomalyDetection, hub, async |probe: Probe<'_>| detection(&probe).await);
    let (monitors, subscriptions) = asked.await?.unwrap_or_default();
    Ok(PayerAnomalyDetection { monitors, subscriptions })
}

async fn detection(probe: &Probe<'_>) -> Result<Detection, Unseen> {
    let request = probe.caller.cost_explorer().get_anomaly_monitors().max_results(PAGE);
    let pages = request.into_paginator().stop_on_duplicate_token(false).send();
    let listed = match every_page(probe, "GetAnomalyMonitors", pages, |page| Some(page.anomaly_monitors)).await {
        // Without Cost Explorer there are no monitors.
        Err(Unseen::Blind(blind)) if says_not_enabled(&blind.detail) => return Ok(Detection::default()),
        listed => listed?,
    };
    let monitors: Vec<AnomalyMonitor> = listed.into_iter().map(|listed| monitor(probe, listed)).collect::<Result<_, Unseen>>()?;
    if monitors.is_empty() {
        return Ok(Detection::default());
    }
    let request = probe.caller.cost_explorer().get_anomaly_subscriptions().max_results(PAGE);
    let pages = request.into_paginator().stop_on_duplicate_token(false).send();
    let listed = every_page(probe, "GetAnomalySubscriptions", pages, |page| Some(page.anomaly_subscriptions)).await?;
    let subscriptions = listed.into_iter().map(|listed| AnomalySubscription {
        name: listed.subscription_name,
        monitors: listed.monitor_arn_list,
        subscribers: listed.subscribers.iter().filter(|one| one.status != Some(sdk::SubscriberStatus::Declined)).count(),
    });
    Ok((monitors, subscriptions.collect()))
}

fn monitor(probe: &Probe<'_>, listed: sdk::AnomalyMonitor) -> Result<AnomalyMonitor, Unseen> {
    Ok(AnomalyMonitor {
        arn: probe.needed(listed.monitor_arn, "monitor's ARN")?,
        name: listed.monitor_name,
        watches: match listed.monitor_type {
            sdk::MonitorType::Dimensional => {
                Watched::Dimension(probe.needed(listed.monitor_dimension, "monitor's dimension")?.as_str().to_owned())
            }
            sdk::MonitorType::Custom => Watched::Custom(expression(probe.needed(listed.monitor_specification, "monitor's specification")?)),
            _ => Watched::Unclear,
        },
    })
}

fn expression(given: sdk::Expression) -> CostFilter {
    let mut parts: Vec<CostFilter> = Vec::new();
    parts.extend(given.and.map(|list| CostFilter::And(list.into_iter().map(expression).collect())));
    parts.extend(given.or.map(|list| CostFilter::Or(list.into_iter().map(expression).collect())));
    parts.extend(given.not.map(|part| CostFilter::Not(Box::new(expression(*part)))));
    parts.extend(given.dimensions.map(|dimension| {
        let plain = dimension.match_options.unwrap_or_default().iter().all(|option| {
            use sdk::MatchOption::{CaseInsensitive, CaseSensitive, Equals};
            matches!(option, Equals | CaseSensitive | CaseInsensitive)
        });
        match dimension.key {
            Some(sdk::Dimension::LinkedAccount) if plain => CostFilter::Accounts(dimension.values.unwrap_or_default()),
            Some(sdk::Dimension::LinkedAccount | sdk::Dimension::LinkedAccountName) | None => CostFilter::Unclear,
            Some(_) => CostFilter::Other,
        }
    }));
    if given.tags.is_some() || given.cost_categories.is_some() || given.product_attributes.is_some() {
        parts.push(CostFilter::Other);
    }
    // AWS allows one of these at a time; what is none of them is not understood.
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        _ => CostFilter::Unclear,
    }
}

/// The smallest question that there is. It costs a cent.
pub(super) async fn cost_explorer(probe: &Probe<'_>) -> Result<CostExplorer, Unseen> {
    let day = |time: Timestamp| time.strftime("%Y-%m-%d").to_string();
    let today = Timestamp::now();
    let yesterday = today.checked_sub(SignedDuration::from_hours(24)).map_err(|error| probe.malformed(&error.to_string()))?;
    let period =
        sdk::DateInterval::builder().start(day(yesterday)).end(day(today)).build().map_err(|error| probe.malformed(&error.to_string()))?;
    let request = probe.caller.cost_explorer().get_cost_and_usage().time_period(period).granularity(sdk::Granularity::Daily);
    match request.metrics("UnblendedCost").send().await {
        Ok(_) => Ok(CostExplorer::Answers),
        Err(error) if error.as_service_error().is_some_and(GetCostAndUsageError::is_data_unavailable_exception) => Ok(CostExplorer::NoData),
        Err(error) if error.as_service_error().and_then(|error| error.message()).is_some_and(says_not_enabled) => {
            Ok(CostExplorer::NotEnabled)
        }
        Err(error) => Err(probe.failed("GetCostAndUsage")(error)),
    }
}

/// Cost Explorer says so in the words of a denial.
fn says_not_enabled(words: &str) -> bool {
    words.to_ascii_lowercase().contains("not enabled for cost explorer")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(option: Option<sdk::MatchOption>) -> sdk::Expression {
        let values = sdk::DimensionValues::builder().key(sdk::Dimension::LinkedAccount).values("111122223333");
        sdk::Expression::builder().dimensions(values.set_match_options(option.map(|option| vec![option])).build()).build()
    }

    #[test]
    fn an_expression_tells_accounts_apart_only_where_it_names_them() {
        let accounts = || CostFilter::Accounts(vec!["111122223333".to_owned()]);
        assert_eq!(expression(named(None)), accounts());
        assert_eq!(expression(named(Some(sdk::MatchOption::Equals))), accounts());
        assert_eq!(expression(named(Some(sdk::MatchOption::StartsWith))), CostFilter::Unclear);
        let service = sdk::DimensionValues::builder().key(sdk::Dimension::Service).values("Amazon S3").build();
        let service = sdk::Expression::builder().dimensions(service).build();
        let both = sdk::Expression::builder().and(named(None)).and(service.clone()).build();
        assert_eq!(expression(both), CostFilter::And(vec![accounts(), CostFilter::Other]));
        let not = sdk::Expression::builder().not(named(None)).build();
        assert_eq!(expression(not), CostFilter::Not(Box::new(accounts())));
        assert_eq!(expression(sdk::Expression::builder().build()), CostFilter::Unclear);
        let mixed = sdk::Expression::builder().or(named(None)).not(service).build();
        assert_eq!(expression(mixed), CostFilter::Unclear);
    }

    #[test]
    fn cost_explorer_that_is_not_enabled_is_no_denial() {
        assert!(says_not_enabled("AccessDeniedException: User not enabled for cost explorer access"));
        assert!(!says_not_enabled("User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: ce:GetAnomalyMonitors"));
    }
}
