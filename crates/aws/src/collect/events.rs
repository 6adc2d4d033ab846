//! EventBridge facts: the rules of the default event bus. Only the rules that may tell somebody are asked for their targets.

use aws_sdk_eventbridge::types as sdk;
use orgsweep_model::{
    Unseen,
    fact::events::{EventRule, EventRules, HomeEventRules, RuleTarget},
    region_of_global_services,
};

use super::{Probe, every_page, observed};
use crate::pages::by_token;

/// The largest page of either listing.
const PAGE: i32 = 100;

pub(super) async fn event_rules(probe: &Probe<'_>) -> Result<EventRules, Unseen> {
    Ok(EventRules { rules: rules(probe).await? })
}

pub(super) async fn home_event_rules(probe: &Probe<'_>) -> Result<HomeEventRules, Unseen> {
    let global = region_of_global_services(probe.caller.region().partition()).filter(|region| region != probe.caller.region());
    let of_global_services = match global {
        Some(region) => Some(observed(Box::pin(rules(&probe.with(&probe.caller.in_region(region)))).await)),
        None => None,
    };
    Ok(HomeEventRules { rules: rules(probe).await?, of_global_services })
}

async fn rules(probe: &Probe<'_>) -> Result<Vec<EventRule>, Unseen> {
    let request = probe.caller.eventbridge().list_rules().limit(PAGE);
    let pages = by_token(move |token| request.clone().set_next_token(token).send(), |page| page.next_token.clone());
    let mut rules = Vec::new();
    for listed in every_page(probe, "ListRules", pages, |page| page.rules).await? {
        let mut rule = EventRule {
            name: probe.needed(listed.name, "rule's name")?,
            arn: probe.needed(listed.arn, "rule's ARN")?,
            state: probe.needed(listed.state.as_ref().map(sdk::RuleState::as_str).map(str::to_owned), "rule's state")?,
            pattern: listed.event_pattern,
            managed_by: listed.managed_by,
            targets: None,
        };
        if rule.may_notify() {
            rule.targets = Some(observed(targets(probe, &rule.name).await));
        }
        rules.push(rule);
    }
    Ok(rules)
}

async fn targets(probe: &Probe<'_>, rule: &str) -> Result<Vec<RuleTarget>, Unseen> {
    let request = probe.caller.eventbridge().list_targets_by_rule().rule(rule).limit(PAGE);
    let pages = by_token(move |token| request.clone().set_next_token(token).send(), |page| page.next_token.clone());
    let targets = every_page(probe, "ListTargetsByRule", pages, |page| page.targets).await?;
    // The SDK puts an empty string where a part is missing.
    let part = |part: String, name| probe.needed(Some(part).filter(|part| !part.is_empty()), name);
    let targets = targets.into_iter();
    targets.map(|target| Ok(RuleTarget { id: part(target.id, "target's id")?, arn: part(target.arn, "target's ARN")? })).collect()
}
