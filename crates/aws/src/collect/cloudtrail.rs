//! CloudTrail facts.

use std::sync::Arc;

use aws_sdk_cloudtrail::types as sdk;
use orgsweep_model::{
    FactKind, Unseen,
    fact::cloudtrail::{ClassicSelector, EventSelectors, FieldSelector, OrganizationTrail, OrganizationTrails, Trail, TrailStatus, Trails},
};

use super::{Probe, in_management_account, observed};
use crate::{caller::Caller, hub::Hub};

pub(super) async fn trails(probe: &Probe<'_>) -> Result<Trails, Unseen> {
    let mut trails = Vec::new();
    for listed in describe(probe).await?.iter() {
        let (Some(name), Some(arn)) = (listed.name(), listed.trail_arn()) else {
            return Err(probe.malformed("a trail has no name or ARN"));
        };
        let mut trail = Trail {
            name: name.to_owned(),
            arn: arn.to_owned(),
            multi_region: probe.needed(listed.is_multi_region_trail(), "IsMultiRegionTrail")?,
            organization: listed.is_organization_trail().unwrap_or_default(),
            s3_bucket: listed.s3_bucket_name().map(str::to_owned),
            status: None,
            selectors: None,
        };
        if trail.multi_region {
            let away = away(probe, listed);
            let probe = away.as_ref().map_or(*probe, |caller| probe.with(caller));
            trail.status = Some(observed(status(&probe, arn).await));
            // AWS answers this to the owner alone; see `organization_trails`.
            if owns(&probe, arn) {
                trail.selectors = Some(observed(selectors(&probe, arn).await));
            }
        }
        trails.push(trail);
    }
    Ok(Trails { trails })
}

/// The organization's trails, asked for in the management account, which owns them whoever made them.
pub(super) async fn organization_trails(hub: &Hub) -> Result<OrganizationTrails, Unseen> {
    let trails = in_management_account(FactKind::OrganizationTrails, hub, async |probe: Probe<'_>| {
        let mut trails = Vec::new();
        for listed in describe(&probe).await?.iter() {
            let Some(arn) = listed.trail_arn().filter(|arn| owns(&probe, arn)) else { continue };
            if listed.is_multi_region_trail() == Some(true) && listed.is_organization_trail() == Some(true) {
                let away = away(&probe, listed);
                let probe = away.as_ref().map_or(probe, |caller| probe.with(caller));
                trails.push(OrganizationTrail { arn: arn.to_owned(), selectors: observed(selectors(&probe, arn).await) });
            }
        }
        Ok(trails)
    });
    Ok(OrganizationTrails { trails: trails.await?.unwrap_or_default() })
}

async fn describe(probe: &Probe<'_>) -> Result<Arc<Vec<sdk::Trail>>, Unseen> {
    probe
        .once("trails", async {
            let answer = probe.caller.cloudtrail().describe_trails().include_shadow_trails(true).send().await;
            probe.needed(answer.map_err(probe.failed("DescribeTrails"))?.trail_list, "list of trails")
        })
        .await
}

/// A caller where the trail lives, if that is elsewhere: its shadows do not answer every question.
fn away(probe: &Probe<'_>, trail: &sdk::Trail) -> Option<Caller> {
    let region = trail.home_region().and_then(|region| region.parse().ok()).filter(|region| region != probe.caller.region())?;
    Some(probe.caller.in_region(region))
}

/// Whether the account that asks is the one in the trail's ARN.
fn owns(probe: &Probe<'_>, arn: &str) -> bool {
    let owner = arn.split(':').nth(4).and_then(|account| account.parse().ok());
    owner.is_some() && owner == probe.caller.account()
}

async fn status(probe: &Probe<'_>, arn: &str) -> Result<TrailStatus, Unseen> {
    let answer = probe.caller.cloudtrail().get_trail_status().name(arn).send().await.map_err(probe.failed("GetTrailStatus"))?;
    Ok(TrailStatus {
        logging: probe.needed(answer.is_logging(), "IsLogging")?,
        latest_delivery_error: answer.latest_delivery_error().filter(|error| !error.is_empty()).map(str::to_owned),
    })
}

async fn selectors(probe: &Probe<'_>, arn: &str) -> Result<EventSelectors, Unseen> {
    let answer = probe.caller.cloudtrail().get_event_selectors().trail_name(arn).send().await.map_err(probe.failed("GetEventSelectors"))?;
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
