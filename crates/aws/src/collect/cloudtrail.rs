//! CloudTrail facts.

use std::sync::Arc;

use aws_sdk_cloudtrail::{operation::get_insight_selectors::GetInsightSelectorsError, types as sdk};
use aws_smithy_types::DateTime;
use jiff::Timestamp;
use orgsweep_model::{
    FactKind, Unseen,
    fact::cloudtrail::{
        ClassicSelector, DataResource, EventSelectors, FieldSelector, InsightsOfTrail, OrganizationTrail, OrganizationTrailInsights,
        OrganizationTrails, Trail, TrailInsights, TrailStatus, Trails,
    },
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
            s3_prefix: some_text(listed.s3_key_prefix()),
            log_file_validation: listed.log_file_validation_enabled(),
            kms_key: some_text(listed.kms_key_id()),
            log_group_arn: some_text(listed.cloud_watch_logs_log_group_arn()),
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
            let Some(arn) = own_multi_region(&probe, listed) else { continue };
            if listed.is_organization_trail() == Some(true) {
                let away = away(&probe, listed);
                let probe = away.as_ref().map_or(probe, |caller| probe.with(caller));
                trails.push(OrganizationTrail { arn: arn.to_owned(), selectors: observed(selectors(&probe, arn).await) });
            }
        }
        Ok(trails)
    });
    Ok(OrganizationTrails { trails: trails.await?.unwrap_or_default() })
}

/// What Insights looks for in the account's own trails. Of other accounts' trails AWS does not tell.
pub(super) async fn trail_insights(probe: &Probe<'_>) -> Result<TrailInsights, Unseen> {
    Ok(TrailInsights { trails: own_insights(probe, false).await? })
}

/// The same of the organization's trails, asked for in the management account.
pub(super) async fn organization_trail_insights(hub: &Hub) -> Result<OrganizationTrailInsights, Unseen> {
    let asked = in_management_account(FactKind::OrganizationTrailInsights, hub, async |probe: Probe<'_>| own_insights(&probe, true).await);
    Ok(OrganizationTrailInsights { trails: asked.await?.unwrap_or_default() })
}

async fn own_insights(probe: &Probe<'_>, only_organization: bool) -> Result<Vec<InsightsOfTrail>, Unseen> {
    let mut trails = Vec::new();
    for listed in describe(probe).await?.iter() {
        let Some(arn) = own_multi_region(probe, listed) else { continue };
        if !only_organization || listed.is_organization_trail() == Some(true) {
            let away = away(probe, listed);
            let probe = away.as_ref().map_or(*probe, |caller| probe.with(caller));
            trails.push(InsightsOfTrail { arn: arn.to_owned(), kinds: observed(insights(&probe, arn).await) });
        }
    }
    Ok(trails)
}

/// The trails that the caller's region shows.
pub(super) async fn describe(probe: &Probe<'_>) -> Result<Arc<Vec<sdk::Trail>>, Unseen> {
    let ask = async {
        let answer = probe.caller.cloudtrail().describe_trails().include_shadow_trails(true).send().await;
        probe.needed(answer.map_err(probe.failed("DescribeTrails"))?.trail_list, "list of trails")
    };
    probe.once("trails", Box::pin(ask)).await
}

/// A caller where the trail lives, if that is elsewhere: its shadows do not answer every question.
fn away(probe: &Probe<'_>, trail: &sdk::Trail) -> Option<Caller> {
    let region = trail.home_region().and_then(|region| region.parse().ok()).filter(|region| region != probe.caller.region())?;
    Some(probe.caller.in_region(region))
}

/// The ARN of a multi-region trail that the account that asks owns.
pub(super) fn own_multi_region<'a>(probe: &Probe<'_>, trail: &'a sdk::Trail) -> Option<&'a str> {
    trail.trail_arn().filter(|arn| owns(probe, arn) && trail.is_multi_region_trail() == Some(true))
}

/// Whether the account that asks is the one in the ARN.
pub(super) fn owns(probe: &Probe<'_>, arn: &str) -> bool {
    let owner = arn.split(':').nth(4).and_then(|account| account.parse().ok());
    owner.is_some() && owner == probe.caller.account()
}

async fn status(probe: &Probe<'_>, arn: &str) -> Result<TrailStatus, Unseen> {
    let answer = probe.caller.cloudtrail().get_trail_status().name(arn).send().await.map_err(probe.failed("GetTrailStatus"))?;
    Ok(TrailStatus {
        logging: probe.needed(answer.is_logging(), "IsLogging")?,
        latest_delivery_error: some_text(answer.latest_delivery_error()),
        latest_log_group_delivery: answer.latest_cloud_watch_logs_delivery_time().map(|time| moment(probe, time)).transpose()?,
        latest_log_group_error: some_text(answer.latest_cloud_watch_logs_delivery_error()),
    })
}

fn moment(probe: &Probe<'_>, time: &DateTime) -> Result<Timestamp, Unseen> {
    Timestamp::from_second(time.secs()).map_err(|_| probe.malformed("a time is out of range"))
}

/// AWS says "none" by leaving a text out, or by an empty one.
fn some_text(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The kinds of Insights that look at management events.
async fn insights(probe: &Probe<'_>, arn: &str) -> Result<Vec<String>, Unseen> {
    let answer = match probe.caller.cloudtrail().get_insight_selectors().trail_name(arn).send().await {
        Ok(answer) => answer,
        Err(error) if error.as_service_error().is_some_and(GetInsightSelectorsError::is_insight_not_enabled_exception) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(probe.failed("GetInsightSelectors")(error)),
    };
    let mut kinds = Vec::new();
    for selector in probe.needed(answer.insight_selectors, "list of Insights selectors")? {
        // Without categories, Insights looks at management events.
        let categories = selector.event_categories();
        if categories.is_empty() || categories.contains(&sdk::SourceEventCategory::Management) {
            kinds.push(probe.needed(selector.insight_type, "kind of Insights")?.as_str().to_owned());
        }
    }
    Ok(kinds)
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
        data_resources: selector.data_resources().iter().map(data_resource).collect(),
    }
}

fn data_resource(resource: &sdk::DataResource) -> DataResource {
    DataResource { kind: resource.r#type().unwrap_or_default().to_owned(), values: resource.values().to_vec() }
}

fn field(selector: &sdk::AdvancedFieldSelector) -> FieldSelector {
    FieldSelector {
        field: selector.field().to_owned(),
        equals: selector.equals().to_vec(),
        not_equals: selector.not_equals().to_vec(),
        not_starts_with: selector.not_starts_with().to_vec(),
        other_operators: !(selector.starts_with().is_empty() && selector.ends_with().is_empty() && selector.not_ends_with().is_empty()),
    }
}
