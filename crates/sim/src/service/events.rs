//! `EventBridge`: the rules of the default event bus, and their targets.

use serde_json::{Value, json};

use super::{Call, Operation, Service};
use crate::posture::alarm_events::ALARMS;
use crate::posture::alarms::Watch;
use crate::posture::notified::{GuardDutyFindings, Health, HubFindings};
use crate::regions;
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol, page};

pub(super) const SERVICE: Service = Service {
    signing_name: "events",
    protocol: Protocol::Json,
    target: "AWSEvents",
    operations: &[
        Operation { name: "ListRules", action: "events:ListRules", route: "", run: list_rules },
        Operation { name: "ListTargetsByRule", action: "events:ListTargetsByRule", route: "", run: list_targets_by_rule },
    ],
    ..Service::BASE
};

/// A rule of the default event bus.
struct Rule {
    name: &'static str,
    /// `ENABLED`, `DISABLED` or `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`.
    state: &'static str,
    matches: Matches,
    /// The service that made it for itself.
    managed_by: Option<&'static str>,
    /// The names of the topics that it sends to.
    targets: Vec<&'static str>,
}

/// What sets a rule off.
enum Matches {
    /// Events of this pattern.
    Pattern(Value),
    Schedule(&'static str),
}

/// A rule that is on and sends what it matches to a topic.
fn rule(name: &'static str, matches: Matches) -> Rule {
    Rule { name, state: "ENABLED", matches, managed_by: None, targets: vec!["operations"] }
}

/// The rules that every account has (a service's own, a schedule, one that is off, and one that is of no use to people), and those of the
/// account's variants.
fn rules(call: &Call<'_>) -> Vec<Rule> {
    let everything = || Matches::Pattern(json!({"source": [{"prefix": ""}]}));
    let mut rules = vec![
        Rule { managed_by: Some("autoscaling.amazonaws.com"), ..rule("AutoScalingManagedRule", everything()) },
        rule("builds-failed", Matches::Pattern(json!({"source": ["aws.codebuild"], "detail": {"build-status": ["FAILED"]}}))),
        Rule { state: "DISABLED", ..rule("everything-once", everything()) },
        rule("nightly", Matches::Schedule("rate(1 day)")),
    ];
    if call.region == regions::HOME {
        rules.extend(health(call));
        rules.extend(ALARMS.iter().filter_map(|alarm| {
            let watch = alarm.watch(call.organization(), call.account());
            let targets = if watch == Watch::NoTarget { Vec::new() } else { vec!["operations"] };
            watch.has_rule().then(|| Rule { targets, ..rule(alarm.check.id, Matches::Pattern(alarm.rule())) })
        }));
    }
    rules.extend(hub_findings(call));
    rules.extend(guardduty_findings(call));
    rules
}

fn health(call: &Call<'_>) -> Option<Rule> {
    let told = |detail: Value| rule("health", Matches::Pattern(with(json!({"source": ["aws.health"]}), detail)));
    Some(match call.variant() {
        Health::All => told(json!({})),
        Health::Issues => told(json!({"detail-type": ["AWS Health Event"], "detail": {"eventTypeCategory": ["issue"]}})),
        Health::None => return None,
        Health::Abuse => told(json!({"detail-type": ["AWS Health Abuse Event"]})),
        Health::Disabled => Rule { state: "DISABLED", ..told(json!({})) },
        Health::NoTarget => Rule { targets: Vec::new(), ..told(json!({})) },
    })
}

fn hub_findings(call: &Call<'_>) -> Option<Rule> {
    let told = |detail: Value| {
        let pattern = json!({"source": ["aws.securityhub"], "detail-type": ["Security Hub Findings - Imported"]});
        rule("security-hub", Matches::Pattern(with(pattern, detail)))
    };
    let severity =
        |labels: &[&str]| told(json!({"detail": {"findings": {"Severity": {"Label": labels}, "Workflow": {"Status": ["NEW"]}}}}));
    Some(match call.variant() {
        HubFindings::All | HubFindings::MemberWithRule => told(json!({})),
        HubFindings::Severe => severity(&["HIGH", "CRITICAL"]),
        HubFindings::Member | HubFindings::Invited | HubFindings::None => return None,
        HubFindings::LowOnly => severity(&["LOW", "MEDIUM"]),
        HubFindings::Disabled => Rule { state: "DISABLED", ..told(json!({})) },
        HubFindings::NoTarget => Rule { targets: Vec::new(), ..told(json!({})) },
    })
}

fn guardduty_findings(call: &Call<'_>) -> Option<Rule> {
    let told = |detail: Value| {
        let pattern = json!({"source": ["aws.guardduty"], "detail-type": ["GuardDuty Finding"]});
        rule("guardduty", Matches::Pattern(with(pattern, detail)))
    };
    Some(match call.variant() {
        GuardDutyFindings::All | GuardDutyFindings::MemberWithRule => told(json!({})),
        GuardDutyFindings::Severe => told(json!({"detail": {"severity": [{"numeric": [">=", 7]}]}})),
        GuardDutyFindings::Member | GuardDutyFindings::Invited | GuardDutyFindings::None => return None,
        GuardDutyFindings::LowOnly => told(json!({"detail": {"severity": [{"numeric": [">=", 1, "<", 4]}]}})),
        GuardDutyFindings::Disabled => Rule { state: "DISABLED", ..told(json!({})) },
        GuardDutyFindings::NoTarget => Rule { targets: Vec::new(), ..told(json!({})) },
        GuardDutyFindings::Unreadable => rule("newest-syntax", Matches::Pattern(json!({"source": [{"sounds-like": "aws.guardduty"}]}))),
    })
}

/// A pattern with more conditions.
fn with(mut pattern: Value, more: Value) -> Value {
    if let (Value::Object(pattern), Value::Object(more)) = (&mut pattern, more) {
        pattern.extend(more);
    }
    pattern
}

fn arn(call: &Call<'_>, rule: &Rule) -> String {
    format!("arn:aws:events:{}:{}:rule/{}", call.region, call.account().id, rule.name)
}

/// Only the default event bus is here.
fn on_default_bus(call: &Call<'_>) -> Result<(), Failure> {
    match call.member("EventBusName") {
        None | Some("default") => Ok(()),
        Some(name) => Err(Failure::new("ResourceNotFoundException", 400, format!("Event bus {name} does not exist."))),
    }
}

fn list_rules(call: &Call<'_>) -> Result<Body, Failure> {
    on_default_bus(call)?;
    let prefix = call.member("NamePrefix").unwrap_or_default();
    let rules: Vec<Rule> = rules(call).into_iter().filter(|rule| rule.name.starts_with(prefix)).collect();
    let (some, next) = call.page(&rules, ("NextToken", "Limit"), 1..=100, 100)?;
    let list: Vec<Value> = some.iter().map(|rule| listed(call, rule)).collect();
    Ok(page::with_next(json!({"Rules": list}), "NextToken", next).into())
}

fn listed(call: &Call<'_>, rule: &Rule) -> Value {
    let mut listed = json!({"Name": rule.name, "Arn": arn(call, rule), "State": rule.state, "EventBusName": "default"});
    match &rule.matches {
        Matches::Pattern(pattern) => listed["EventPattern"] = pattern.to_string().into(),
        Matches::Schedule(expression) => listed["ScheduleExpression"] = (*expression).into(),
    }
    if let Some(service) = rule.managed_by {
        listed["ManagedBy"] = service.into();
    }
    listed
}

fn list_targets_by_rule(call: &Call<'_>) -> Result<Body, Failure> {
    on_default_bus(call)?;
    let name = call.member("Rule").unwrap_or_default();
    let Some(rule) = rules(call).into_iter().find(|rule| rule.name == name) else {
        return Err(Failure::new("ResourceNotFoundException", 400, format!("Rule {name} does not exist on EventBus default.")));
    };
    let (some, next) = call.page(&rule.targets, ("NextToken", "Limit"), 1..=100, 100)?;
    let list: Vec<Value> = some
        .iter()
        .enumerate()
        .map(|(number, topic)| json!({"Id": format!("Id{number}"), "Arn": format!("arn:aws:sns:{}:{}:{topic}", call.region, call.account().id)}))
        .collect();
    Ok(page::with_next(json!({"Targets": list}), "NextToken", next).into())
}
