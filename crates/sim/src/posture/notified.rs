//! `EventBridge` rules that tell of health events and of findings.

use super::Outcome::{Fail, NotApplicable, Pass, Unknown};
use super::cloudtrail::Trail;
use super::guardduty::GuardDuty;
use super::securityhub::SecurityHub;
use super::{Check, Trait, Verdict, View, variants};
use crate::regions;

pub(crate) const CHECKS: &[&Check] = &[Health::CHECK, HubFindings::CHECK, GuardDutyFindings::CHECK];

/// The account that administers the findings of members, outside of the organization.
pub(crate) const ADMINISTRATOR: &str = "999999999999";

/// Lists the rules.
pub(crate) const RULES: &str = "events:ListRules";
/// Lists a rule's targets.
pub(crate) const TARGETS: &str = "events:ListTargetsByRule";

variants! {
    /// Who is told of health events, by rules of the home region.
    Health Account "health-events-notified"
    needs ["events:ListRules"]
    sometimes ["events:ListTargetsByRule"]
    special health
    {
        All "all_events" 60 Pass;
        Issues "issues_only" 14 Pass;
        None "no_rule" 14 Fail(1);
        Abuse "abuse_events_only" 4 Fail(1);
        Disabled "rule_disabled" 4 Fail(1);
        NoTarget "rule_without_target" 4 Fail(1);
    }
}

variants! {
    /// Who is told of Security Hub's findings.
    HubFindings Region "securityhub-findings-notified"
    needs []
    sometimes ["events:ListRules", "events:ListTargetsByRule", "securityhub:GetAdministratorAccount"]
    special hub_findings
    {
        All "all_findings" 44 Pass;
        Severe "severe_findings_only" 10 Pass;
        /// Another account is in charge, and the rule is there nevertheless.
        MemberWithRule "member_with_rule" 4 Pass, with SecurityHub::Subscribed;
        Member "member" 20 NotApplicable, with SecurityHub::Subscribed;
        /// An invitation is no administrator.
        Invited "invited_only" 4 Fail(1), with SecurityHub::Subscribed;
        None "no_rule" 8 Fail(1);
        LowOnly "low_findings_only" 4 Fail(1);
        Disabled "rule_disabled" 3 Fail(1);
        NoTarget "rule_without_target" 3 Fail(1);
    }
}

variants! {
    /// Who is told of GuardDuty's findings.
    GuardDutyFindings Region "guardduty-findings-notified"
    needs []
    sometimes ["events:ListRules", "events:ListTargetsByRule", "guardduty:ListDetectors", "guardduty:GetAdministratorAccount"]
    special guardduty_findings
    {
        All "all_findings" 44 Pass;
        Severe "severe_findings_only" 10 Pass;
        MemberWithRule "member_with_rule" 4 Pass, with GuardDuty::Enabled;
        Member "member" 20 NotApplicable, with GuardDuty::Enabled;
        Invited "invited_only" 4 Fail(1), with GuardDuty::Enabled;
        None "no_rule" 8 Fail(1);
        LowOnly "low_findings_only" 4 Fail(1);
        Disabled "rule_disabled" 3 Fail(1);
        NoTarget "rule_without_target" 3 Fail(1);
        /// A rule with an operator that is not known: it may be about anything, so no other check fails beside it. Never drawn, and
        /// placed where that does not matter.
        Unreadable "pattern_not_understood" 0 Unknown("aws_error"), with Trail::Organization;
    }
}

/// Whether a rule of the view's region has a pattern that is not understood.
pub(crate) fn has_unreadable_rule(view: &View<'_>) -> bool {
    let region = if view.region == "global" { regions::HOME } else { view.region };
    view.at(region).variant::<GuardDutyFindings>() == GuardDutyFindings::Unreadable
}

/// What a rule that matches is worth, or the lack of one.
#[derive(Clone, Copy)]
enum Rule {
    None,
    Idle,
    Leads,
}

fn told(view: &View<'_>, rule: Rule) -> Verdict {
    if let Some(reason) = view.denied(&[RULES]) {
        return Verdict::Unknown(reason);
    }
    let unreadable = has_unreadable_rule(view);
    match (view.denied(&[TARGETS]), rule) {
        (Some(reason), Rule::Idle | Rule::Leads) => Verdict::Unknown(reason),
        (Some(reason), Rule::None) if unreadable => Verdict::Unknown(reason),
        (None, Rule::Leads) => Verdict::Pass,
        (None, _) if unreadable => Verdict::Unknown("aws_error"),
        _ => Verdict::Fail(1),
    }
}

fn health(view: &View<'_>) -> Verdict {
    told(
        view,
        match view.variant() {
            Health::All | Health::Issues => Rule::Leads,
            Health::NoTarget => Rule::Idle,
            Health::None | Health::Abuse | Health::Disabled => Rule::None,
        },
    )
}

/// Who administers matters only where no rule is known to tell.
fn or_to_the_administrator(told: Verdict, blind: Option<&'static str>, member: bool) -> Verdict {
    match (told, blind) {
        (Verdict::Pass, _) => Verdict::Pass,
        (_, None) if member => Verdict::NotApplicable,
        (Verdict::Fail(_), Some(reason)) => Verdict::Unknown(reason),
        (told, _) => told,
    }
}

fn hub_findings(view: &View<'_>) -> Verdict {
    let variant: HubFindings = view.variant();
    let rule = match variant {
        HubFindings::All | HubFindings::Severe | HubFindings::MemberWithRule => Rule::Leads,
        HubFindings::NoTarget => Rule::Idle,
        _ => Rule::None,
    };
    let member = matches!(variant, HubFindings::Member | HubFindings::MemberWithRule);
    let subscribed = view.variant::<SecurityHub>() != SecurityHub::NotSubscribed;
    or_to_the_administrator(told(view, rule), view.denied(&["securityhub:GetAdministratorAccount"]), member && subscribed)
}

fn guardduty_findings(view: &View<'_>) -> Verdict {
    let variant: GuardDutyFindings = view.variant();
    let rule = match variant {
        GuardDutyFindings::All | GuardDutyFindings::Severe | GuardDutyFindings::MemberWithRule => Rule::Leads,
        GuardDutyFindings::NoTarget => Rule::Idle,
        _ => Rule::None,
    };
    let member = matches!(variant, GuardDutyFindings::Member | GuardDutyFindings::MemberWithRule);
    // Only a detector that exists is asked about.
    let detector = view.variant::<GuardDuty>() != GuardDuty::NoDetector;
    let administrator = || view.denied(&["guardduty:GetAdministratorAccount"]).filter(|_| detector);
    let blind = view.denied(&["guardduty:ListDetectors"]).or_else(administrator);
    or_to_the_administrator(told(view, rule), blind, member && detector)
}
