//! EventBridge: the rules of the default event bus, which carries what AWS services say, and where they send what they match.

use serde::{Deserialize, Serialize};

use super::{FactScope, FactSpec, Operation};
use crate::Observed;

const LIST_RULES: Operation = Operation::new("events", "ListRules", "events:ListRules");
const LIST_TARGETS_BY_RULE: Operation = Operation::new("events", "ListTargetsByRule", "events:ListTargetsByRule");

/// The rules of a region.
pub const EVENT_RULES: FactSpec =
    FactSpec { scope: FactScope::Region, operations: &[LIST_RULES, LIST_TARGETS_BY_RULE], hub_operations: &[] };
/// The rules of the home region, where checks of the whole account look.
pub const HOME_EVENT_RULES: FactSpec =
    FactSpec { scope: FactScope::Account, operations: &[LIST_RULES, LIST_TARGETS_BY_RULE], hub_operations: &[] };

/// Whose events checks ask about. A rule for those of others alone needs no look at its targets.
pub const SOURCES: [&str; 12] = [
    "aws.cloudtrail",
    "aws.config",
    "aws.ec2",
    "aws.guardduty",
    "aws.health",
    "aws.iam",
    "aws.kms",
    "aws.organizations",
    "aws.s3",
    "aws.securityhub",
    "aws.signin",
    "aws.sts",
];

/// The rules of the default event bus in the target's region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventRules {
    /// The rules.
    pub rules: Vec<EventRule>,
}

/// The rules of the default event bus in the home region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HomeEventRules {
    /// The rules.
    pub rules: Vec<EventRule>,
    /// Those of the region whose bus alone carries what IAM and the other global services do; absent where that is the home region.
    #[serde(default)]
    pub of_global_services: Option<Observed<Vec<EventRule>>>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventRule {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// `ENABLED`, `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS` or `DISABLED`.
    pub state: String,
    /// The pattern (JSON) of the events that it matches. A schedule has none.
    #[serde(default)]
    pub pattern: Option<String>,
    /// The AWS service that made the rule for itself, if one did.
    #[serde(default)]
    pub managed_by: Option<String>,
    /// Where matching events go. Asked only of rules that [may tell people](EventRule::may_notify) of events from [`SOURCES`].
    #[serde(default)]
    pub targets: Option<Observed<Vec<RuleTarget>>>,
}

/// Where a rule sends events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleTarget {
    /// Its id within the rule.
    pub id: String,
    /// Its ARN.
    pub arn: String,
}

impl EventRule {
    /// Whether it is switched on, in either of two ways: one of them sees read-only management events, too.
    pub fn is_enabled(&self) -> bool {
        self.state.starts_with("ENABLED")
    }

    /// Whether somebody may have made it to be told of events: it is switched on, matches events, and is not a service's own.
    pub fn may_notify(&self) -> bool {
        self.is_enabled() && self.pattern.is_some() && self.managed_by.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(state: &str, pattern: Option<&str>, managed_by: Option<&str>) -> EventRule {
        EventRule {
            name: "tell".into(),
            arn: "arn:aws:events:us-east-1:111122223333:rule/tell".into(),
            state: state.into(),
            pattern: pattern.map(str::to_owned),
            managed_by: managed_by.map(str::to_owned),
            targets: None,
        }
    }

    #[test]
    fn schedules_switched_off_rules_and_rules_of_services_tell_nobody() {
        assert!(rule("ENABLED", Some("{}"), None).may_notify());
        assert!(rule("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", Some("{}"), None).may_notify());
        assert!(!rule("DISABLED", Some("{}"), None).may_notify());
        assert!(!rule("ENABLED", None, None).may_notify());
        assert!(!rule("ENABLED", Some("{}"), Some("autoscaling.amazonaws.com")).may_notify());
    }
}
