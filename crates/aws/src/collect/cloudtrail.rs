//! CloudTrail facts.

use aws_sdk_cloudtrail::types as sdk;
use orgsweep_model::{
    Unseen,
    fact::cloudtrail::{ClassicSelector, EventSelectors, FieldSelector, Trail, TrailStatus, Trails},
};

use super::{Probe, observed};
use crate::caller::Caller;

pub(super) async fn trails(probe: &Probe<'_>) -> Result<Trails, Unseen> {
    let answer = probe.caller.cloudtrail().describe_trails().include_shadow_trails(true).send().await;
    let answer = answer.map_err(probe.failed("DescribeTrails"))?;
    let mut trails = Vec::new();
    for listed in answer.trail_list() {
        let (Some(name), Some(arn)) = (listed.name(), listed.trail_arn()) else {
            return Err(probe.malformed("a trail has no name or ARN"));
        };
        let mut trail = Trail {
            name: name.to_owned(),
            arn: arn.to_owned(),
            multi_region: listed.is_multi_region_trail().unwrap_or_default(),
            organization: listed.is_organization_trail().unwrap_or_default(),
            s3_bucket: listed.s3_bucket_name().map(str::to_owned),
            status: None,
            selectors: None,
        };
        if trail.multi_region {
            // Asked where the trail lives: elsewhere its shadow answers, and not to every question.
            let elsewhere = listed.home_region().and_then(|region| region.parse().ok()).filter(|region| region != probe.caller.region());
            let away = elsewhere.map(|region| probe.caller.in_region(region));
            let caller = away.as_ref().unwrap_or(probe.caller);
            trail.status = Some(observed(status(probe, caller, arn).await));
            trail.selectors = Some(observed(selectors(probe, caller, arn).await));
        }
        trails.push(trail);
    }
    Ok(Trails { trails })
}

async fn status(probe: &Probe<'_>, caller: &Caller, arn: &str) -> Result<TrailStatus, Unseen> {
    let answer = caller.cloudtrail().get_trail_status().name(arn).send().await.map_err(probe.failed("GetTrailStatus"))?;
    Ok(TrailStatus {
        logging: answer.is_logging().unwrap_or_default(),
        latest_delivery_error: answer.latest_delivery_error().filter(|error| !error.is_empty()).map(str::to_owned),
    })
}

async fn selectors(probe: &Probe<'_>, caller: &Caller, arn: &str) -> Result<EventSelectors, Unseen> {
    let answer = caller.cloudtrail().get_event_selectors().trail_name(arn).send().await.map_err(probe.failed("GetEventSelectors"))?;
    Ok(if answer.advanced_event_selectors().is_empty() {
        EventSelectors::Classic(answer.event_selectors().iter().map(classic).collect())
    } else {
        let selectors = answer.advanced_event_selectors();
        EventSelectors::Advanced(selectors.iter().map(|selector| selector.field_selectors().iter().map(field).collect()).collect())
    })
}

fn classic(selector: &sdk::EventSelector) -> ClassicSelector {
    ClassicSelector {
        read_write_type: selector.read_write_type().map_or("All", sdk::ReadWriteType::as_str).to_owned(),
        include_management_events: selector.include_management_events().unwrap_or_default(),
        exclude_sources: selector.exclude_management_event_sources().to_vec(),
    }
}

fn field(selector: &sdk::AdvancedFieldSelector) -> FieldSelector {
    FieldSelector {
        field: selector.field().to_owned(),
        equals: selector.equals().to_vec(),
        not_equals: selector.not_equals().to_vec(),
        other_operators: !(selector.starts_with().is_empty()
            && selector.ends_with().is_empty()
            && selector.not_starts_with().is_empty()
            && selector.not_ends_with().is_empty()),
    }
}
