//! The alarms on `CloudTrail`'s events: metric filters on the log group of the account's own trails, alarms on what they count, and
//! `EventBridge` rules.

use super::Outcome::{Fail, Pass, Unknown};
use super::alarm_events::{ALARMS, Alarm};
use super::cloudtrail::{Delivery, Retention, Trail, log_group_days};
use super::{Check, Trait, Verdict, View, notified, variants};
use crate::regions;

/// What there is for one of the checks: the same variants for each, in this order. Not every check has the last ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Watch {
    Filter,
    EventRule,
    /// The filter misses an event, and the rule does not.
    Shared,
    OneMissed,
    Nothing,
    NoAlarm,
    ActionsDisabled,
    Unconfirmed,
    NoTarget,
    MetricMath,
    /// Everything is there, but for a pattern of another kind: what it matches is not known.
    Unreadable,
}

impl Watch {
    pub(crate) const ALL: [Self; 11] = [
        Self::Filter,
        Self::EventRule,
        Self::Shared,
        Self::OneMissed,
        Self::Nothing,
        Self::NoAlarm,
        Self::ActionsDisabled,
        Self::Unconfirmed,
        Self::NoTarget,
        Self::MetricMath,
        Self::Unreadable,
    ];

    pub(crate) fn has_filter(self) -> bool {
        !matches!(self, Self::EventRule | Self::Nothing | Self::NoTarget)
    }

    /// Whether the filter counts all events of the check.
    fn counts_all(self) -> bool {
        self.has_filter() && !matches!(self, Self::Shared | Self::OneMissed | Self::Unreadable)
    }

    pub(crate) fn has_alarm(self) -> bool {
        self.has_filter() && self != Self::NoAlarm
    }

    pub(crate) fn has_rule(self) -> bool {
        matches!(self, Self::EventRule | Self::Shared | Self::NoTarget)
    }
}

macro_rules! alarms {
    ($($type:ident $id:literal;)+) => {
        pub(crate) const CHECKS: &[&Check] = &[RootUsage::CHECK, AssumeRoleFailure::CHECK, $($type::CHECK),+];

        $(variants! {
            /// Who is told of such events. See [`Watch`].
            $type Account $id
            needs ["cloudtrail:DescribeTrails"]
            sometimes ACTIONS
            special alarm
            together_with [Trail::Own, Delivery::Recent]
            {
                Filter "metric_filter" 50 Pass;
                EventRule "event_rule" 20 Pass;
                Shared "filter_and_event_rule" 4 Pass;
                OneMissed "one_event_missed" 5 Fail(1);
                Nothing "nothing" 8 Fail(1);
                NoAlarm "no_alarm" 3 Fail(1);
                ActionsDisabled "actions_disabled" 3 Fail(1);
                Unconfirmed "subscription_unconfirmed" 3 Fail(1);
                NoTarget "event_rule_without_target" 2 Fail(1);
            }
        })+
    };
}

variants! {
    /// Who is told of what the root user does.
    RootUsage Account "alarm-root-usage"
    needs ["cloudtrail:DescribeTrails"]
    sometimes ACTIONS
    special alarm
    {
        Filter "metric_filter" 50 Pass, with Trail::Own, Delivery::Recent;
        EventRule "event_rule" 20 Pass, with Trail::Own, Delivery::Recent;
        Shared "filter_and_event_rule" 4 Pass, with Trail::Own, Delivery::Recent;
        OneMissed "one_event_missed" 5 Fail(1), with Trail::Own, Delivery::Recent;
        Nothing "nothing" 8 Fail(1), with Trail::Own, Delivery::Recent;
        NoAlarm "no_alarm" 3 Fail(1), with Trail::Own, Delivery::Recent;
        ActionsDisabled "actions_disabled" 3 Fail(1), with Trail::Own, Delivery::Recent;
        Unconfirmed "subscription_unconfirmed" 3 Fail(1), with Trail::Own, Delivery::Recent;
        NoTarget "event_rule_without_target" 2 Fail(1), with Trail::Own, Delivery::Recent;
        MetricMath "alarm_on_metric_math" 4 Pass, with Trail::Own, Delivery::Recent;
        /// Such a filter could match any event, so no other check fails beside it. Never drawn, and placed where the others are not.
        Unreadable "pattern_not_understood" 0 Unknown("aws_error"), with Trail::Advanced, Delivery::Recent, Retention::Year;
    }
}

variants! {
    /// Who is told of roles that could not be assumed. Who is told of all refused calls is told of these, too.
    AssumeRoleFailure Account "alarm-assume-role-failure"
    needs ["cloudtrail:DescribeTrails"]
    sometimes ACTIONS
    special alarm
    together_with [Trail::Own, Delivery::Recent]
    {
        Filter "metric_filter" 50 Pass, with UnauthorizedCall::Filter;
        EventRule "event_rule" 20 Pass, with UnauthorizedCall::EventRule;
        Shared "filter_and_event_rule" 4 Pass, with UnauthorizedCall::Shared;
        OneMissed "one_event_missed" 5 Fail(1), with UnauthorizedCall::OneMissed;
        Nothing "nothing" 8 Fail(1), with UnauthorizedCall::Nothing;
        NoAlarm "no_alarm" 3 Fail(1), with UnauthorizedCall::NoAlarm;
        ActionsDisabled "actions_disabled" 3 Fail(1), with UnauthorizedCall::ActionsDisabled;
        Unconfirmed "subscription_unconfirmed" 3 Fail(1), with UnauthorizedCall::Unconfirmed;
        NoTarget "event_rule_without_target" 2 Fail(1), with UnauthorizedCall::NoTarget;
    }
}

const STATUS: &str = "cloudtrail:GetTrailStatus";
const SELECTORS: &str = "cloudtrail:GetEventSelectors";
const FILTERS: &str = "logs:DescribeMetricFilters";
const DESCRIBE_ALARMS: &str = "cloudwatch:DescribeAlarms";
const SUBSCRIPTIONS: &str = "sns:ListSubscriptionsByTopic";
const ACTIONS: [&str; 7] = [STATUS, SELECTORS, FILTERS, DESCRIBE_ALARMS, SUBSCRIPTIONS, notified::RULES, notified::TARGETS];

alarms! {
    SignInFailure "alarm-console-sign-in-failure";
    SignInWithoutMfa "alarm-console-sign-in-without-mfa";
    UnauthorizedCall "alarm-unauthorized-api-call";
    PolicyChange "alarm-iam-policy-change";
    RoleChange "alarm-iam-role-change";
    UserCreation "alarm-iam-user-creation";
    KeyCreation "alarm-iam-access-key-creation";
    TrailChange "alarm-cloudtrail-change";
    BucketPolicyChange "alarm-s3-bucket-policy-change";
    KmsKeyDeletion "alarm-kms-key-disable-or-deletion";
    KmsUnusableKeyUse "alarm-kms-unusable-key-use";
    SecurityGroupChange "alarm-security-group-change";
    NetworkAclChange "alarm-network-acl-change";
    GatewayChange "alarm-network-gateway-change";
    VpcChange "alarm-vpc-change";
}

/// A multi-region trail of the account's own.
struct Own {
    home: &'static str,
    logging: bool,
    records_reads: bool,
    records_writes: bool,
}

/// The account's own trails that may be on. The abandoned one tells nothing that the other does not.
fn own_trails(view: &View<'_>) -> Vec<Own> {
    let whole = |home| Own { home, logging: true, records_reads: true, records_writes: true };
    let variant: Trail = view.variant();
    let mut own = Vec::new();
    if variant.own_multi_region() {
        let trail = whole(variant.home(view.account()));
        own.push(match variant {
            Trail::Stopped => Own { logging: false, ..trail },
            Trail::WriteOnly => Own { records_reads: false, ..trail },
            Trail::AdvancedReadOnly => Own { records_writes: false, ..trail },
            Trail::ManagementExcluded | Trail::AdvancedDataOnly => Own { records_reads: false, records_writes: false, ..trail },
            _ => trail,
        });
    }
    if view.organization.owns_organization_trail(view.account()) {
        own.push(whole(regions::HOME));
    }
    own
}

/// What becomes of an event in one trail's log group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Leads,
    Ends,
    Blind(&'static str),
}

fn alarm(view: &View<'_>) -> Verdict {
    let own = own_trails(view);
    let status = |trail: &Own| view.at(trail.home).denied(&[STATUS]);
    if !own.iter().any(|trail| trail.logging && status(trail).is_none()) {
        if let Some(reason) = own.iter().find_map(status) {
            return Verdict::Unknown(reason);
        }
        return match view.denied(&[STATUS]) {
            _ if !view.organization.sees_organization_trail(view.account()) => Verdict::Fail(1),
            Some(reason) => Verdict::Unknown(reason),
            None => Verdict::NotApplicable,
        };
    }
    let Some(alarm) = ALARMS.iter().find(|alarm| alarm.check.id == view.check.id) else { return view.own() };
    let mut ways = vec![];
    for trail in own.iter().filter(|trail| trail.logging || status(trail).is_some()) {
        ways.push(in_log_group(view, alarm, trail, status(trail)));
    }
    ways.push(by_rule(view, alarm));
    if ways.contains(&Way::Leads) {
        return Verdict::Pass;
    }
    ways.iter().find_map(|way| if let Way::Blind(reason) = way { Some(*reason) } else { None }).map_or(Verdict::Fail(1), Verdict::Unknown)
}

/// The alarms whose filters or rules match all events of this one, if they match all of their own.
fn wide_enough(alarm: &Alarm) -> impl Iterator<Item = &'static Alarm> {
    let refused = alarm.check.id == AssumeRoleFailure::CHECK.id;
    let id = alarm.check.id;
    ALARMS.iter().filter(move |other| other.check.id == id || (refused && other.check.id == UnauthorizedCall::CHECK.id))
}

fn in_log_group(view: &View<'_>, alarm: &Alarm, trail: &Own, status: Option<&'static str>) -> Way {
    let delivery: Delivery = view.variant();
    if !delivery.has_log_group() {
        return Way::Ends;
    }
    let there = view.at(trail.home);
    if let Some(reason) = there.denied(&[FILTERS]) {
        return Way::Blind(reason);
    }
    if log_group_days(view.organization, view.account(), trail.home).is_none() {
        return Way::Ends;
    }
    let watches = |alarm: &Alarm| alarm.watch(view.organization, view.account());
    let unreadable = ALARMS.iter().any(|other| watches(other) == Watch::Unreadable);
    let counting: Vec<Watch> = wide_enough(alarm).map(watches).filter(|watch| watch.counts_all()).collect();
    let acting = |watch: &Watch| watch.has_alarm() && *watch != Watch::ActionsDisabled;
    if let Some(reason) = there.denied(&[DESCRIBE_ALARMS]).filter(|_| unreadable || !counting.is_empty()) {
        return Way::Blind(reason);
    }
    if let Some(reason) = there.denied(&[SUBSCRIPTIONS]).filter(|_| unreadable || counting.iter().any(acting)) {
        return Way::Blind(reason);
    }
    let complete = counting.iter().any(|watch| matches!(watch, Watch::Filter | Watch::MetricMath));
    let recorded = if alarm.reads { trail.records_reads } else { trail.records_writes };
    let not_told = status.or_else(|| there.denied(&[SELECTORS])).filter(|_| complete);
    match not_told {
        None if complete && recorded => Way::Leads,
        _ if unreadable => Way::Blind("aws_error"),
        None => Way::Ends,
        Some(reason) => Way::Blind(reason),
    }
}

fn by_rule(view: &View<'_>, alarm: &Alarm) -> Way {
    if let Some(reason) = view.denied(&[notified::RULES]) {
        return Way::Blind(reason);
    }
    let rules: Vec<Watch> =
        wide_enough(alarm).map(|alarm| alarm.watch(view.organization, view.account())).filter(|watch| watch.has_rule()).collect();
    let unreadable = notified::has_unreadable_rule(view);
    match view.denied(&[notified::TARGETS]) {
        Some(reason) if unreadable || !rules.is_empty() => Way::Blind(reason),
        _ if rules.iter().any(|watch| *watch != Watch::NoTarget) => Way::Leads,
        _ if unreadable => Way::Blind("aws_error"),
        _ => Way::Ends,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_the_same_variants_in_the_same_order() {
        for alarm in &ALARMS {
            for (variant, watch) in alarm.check.variants.iter().zip(Watch::ALL) {
                let passes = matches!(watch, Watch::Filter | Watch::EventRule | Watch::Shared | Watch::MetricMath);
                assert_eq!(variant.outcome == Pass, passes, "{} {}", alarm.check.id, variant.name);
            }
            assert!(alarm.rule().is_object(), "{}", alarm.check.id);
            assert_ne!(alarm.filter(Watch::Filter), alarm.filter(Watch::OneMissed), "{}", alarm.check.id);
        }
    }
}
