//! EventBridge facts: the rules of the default event bus. Only the rules that may tell somebody of what checks ask about are asked for
//! their targets: a call each.

use aws_sdk_eventbridge::types as sdk;
use orgsweep_model::{
    Unseen,
    fact::events::{EventRule, EventRules, HomeEventRules, RuleTarget, SOURCES},
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
        if rule.may_notify() && rule.pattern.as_deref().is_none_or(may_match_ours) {
            rule.targets = Some(observed(targets(probe, &rule.name).await));
        }
        rules.push(rule);
    }
    Ok(rules)
}

/// Whether a pattern may match events that checks ask about. It certainly does not where it names its sources, and they are all others.
fn may_match_ours(pattern: &str) -> bool {
    let pattern = serde_json::from_str::<serde_json::Value>(pattern).unwrap_or_default();
    let Some(sources) = pattern.get("source").and_then(|sources| sources.as_array()) else { return true };
    sources.is_empty() || sources.iter().any(|source| source.as_str().is_none_or(|source| SOURCES.contains(&source)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_patterns_that_name_other_sources_alone_are_left_out() {
        assert!(!may_match_ours(r#"{"source": ["aws.codebuild"], "detail": {"build-status": ["FAILED"]}}"#));
        for pattern in [
            r#"{"source": ["aws.codebuild", "aws.guardduty"]}"#,
            r#"{"source": [{"prefix": "aws."}]}"#,
            r#"{"source": [{"anything-but": ["aws.codebuild"]}]}"#,
            r#"{"detail-type": ["GuardDuty Finding"]}"#,
            r#"{"$or": [{"source": ["aws.codebuild"]}, {"source": ["aws.health"]}]}"#,
            r#"{"source": []}"#,
            r#"{"source": "aws.codebuild"}"#,
            "not JSON",
        ] {
            assert!(may_match_ours(pattern), "{pattern}");
        }
    }
}
