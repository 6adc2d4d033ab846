//! What a right check says, by construction: the outcome beside a variant's name, unless the account keeps it from being seen.

use serde::Serialize;

use crate::org::{Account, Organization};
use crate::posture::{self, Check, Scope, Verdict, View};

/// The right verdict of one check on one account and region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TruthRow {
    /// The account's 12 digits.
    pub account_id: String,
    /// The region's name, or `global`.
    pub region: &'static str,
    /// The check's id.
    pub check: &'static str,
    /// `pass`, `fail`, `not_applicable` or `unknown`.
    pub status: &'static str,
    /// Why an `unknown` is unknown: `role_missing` and `account_suspended` where the account is out of reach, `iam_deny` and
    /// `scp_deny` where an action is refused, `needs_attestation` where no answer of AWS could tell, or what a variant names itself,
    /// such as `aws_error`.
    pub blind_reason: Option<&'static str>,
    /// How many resources a `fail` lists.
    pub failing: Option<u32>,
}

pub(crate) fn rows(organization: &Organization) -> Vec<TruthRow> {
    let of = |scope| -> Vec<&'static Check> { posture::checks().filter(|check| check.scope == scope).collect() };
    let (whole, account_wide, regional) = (of(Scope::Organization), of(Scope::Account), of(Scope::Region));
    let mut rows = Vec::new();
    for (index, account) in organization.accounts.iter().enumerate() {
        let mut add = |region, checks: &[&'static Check]| {
            for check in checks {
                let view = View { organization, index, region, check };
                rows.push(row(account, region, check, verdict(&view)));
            }
        };
        if index == organization.settings.management {
            add("global", &whole);
        }
        add("global", &account_wide);
        // Nobody can ask an account that is out of reach which regions it has: those that every account has are expected of it.
        let regions = if account.reachable() { account.enabled } else { organization.settings.default_regions };
        for region in regions.iter() {
            add(region, &regional);
        }
    }
    rows
}

fn row(account: &Account, region: &'static str, check: &Check, verdict: Verdict) -> TruthRow {
    let (status, blind_reason, failing) = match verdict {
        Verdict::Pass => ("pass", None, None),
        Verdict::Fail(count) => ("fail", None, Some(count)),
        Verdict::NotApplicable => ("not_applicable", None, None),
        Verdict::Unknown(reason) => ("unknown", Some(reason), None),
    };
    TruthRow { account_id: account.id.clone(), region, check: check.id, status, blind_reason, failing }
}

fn verdict(view: &View<'_>) -> Verdict {
    match (view.blind(view.check.needs), view.check.special) {
        (Some(reason), _) => Verdict::Unknown(reason),
        (None, Some(special)) => special(view),
        (None, None) => view.own(),
    }
}

#[cfg(test)]
mod tests {
    use crate::Simulation;

    const TRAIL: &str = "cloudtrail-multi-region-logging";

    /// Three accounts: management 1…, security 2… that owns the organization's analyzer in eu-west-1, and member 3…. The keys
    /// given are added to theirs; the verdict is the member's.
    fn verdict(security: &str, member: &str, region: &str, check: &str) -> String {
        verdict_with("", security, member, region, check)
    }

    fn verdict_with(management: &str, security: &str, member: &str, region: &str, check: &str) -> String {
        verdict_of("333333333333", management, security, member, region, check)
    }

    fn verdict_of(account: &str, management: &str, security: &str, member: &str, region: &str, check: &str) -> String {
        let text = format!(
            r#"
organization: {{id: o-exampleorgid, management_account_id: "111111111111"}}
default_posture: pass
analyzers: {{organization: {{account: "222222222222", regions: [eu-west-1]}}}}
accounts:
  - {{id: "111111111111", name: management{management}}}
  - {{id: "222222222222", name: security{security}}}
  - {{id: "333333333333", name: member{member}}}
"#
        );
        let rows = Simulation::from_yaml(&text).unwrap().truth();
        let row = rows.iter().find(|row| row.account_id == account && row.region == region && row.check == check).unwrap();
        row.blind_reason.unwrap_or(row.status).to_owned()
    }

    #[test]
    fn an_organization_analyzer_covers_its_regions_while_its_owner_can_be_asked() {
        let check = "access-analyzer-enabled";
        let none = ", posture: {access-analyzer-enabled: none}";
        let deny = ", deny: [{action: 'access-analyzer:*', scp: true}]";
        assert_eq!(verdict("", none, "eu-west-1", check), "pass");
        assert_eq!(verdict("", none, "us-east-1", check), "fail");
        assert_eq!(verdict(", role: missing", none, "eu-west-1", check), "role_missing");
        assert_eq!(verdict(", state: SUSPENDED", none, "us-east-1", check), "account_suspended");
        assert_eq!(verdict(deny, none, "us-east-1", check), "scp_deny");
        assert_eq!(verdict(deny, "", "us-east-1", check), "pass", "its own analyzer needs no owner");
        // Another owner that cannot be asked matters only where none is seen to cover the region.
        assert_eq!(verdict_with(deny, "", none, "eu-west-1", check), "pass");
        assert_eq!(verdict_with(deny, "", none, "us-east-1", check), "scp_deny");
        let only_there = ", deny: [{action: 'access-analyzer:ListAnalyzers', regions: [us-east-1]}]";
        assert_eq!(verdict(only_there, none, "us-east-1", check), "iam_deny");
        assert_eq!(verdict(only_there, none, "eu-west-1", check), "pass");
        for action in ["DescribeOrganization", "ListDelegatedAdministrators"] {
            let unasked = format!(", deny: [{{action: 'organizations:{action}'}}]");
            assert_eq!(verdict_with(&unasked, "", none, "eu-west-1", check), "iam_deny", "{action}");
            assert_eq!(verdict_with(&unasked, "", "", "eu-west-1", check), "pass", "{action}");
        }
    }

    #[test]
    fn an_action_is_missed_only_where_it_is_needed() {
        let global = |member: &str, check: &str| verdict("", member, "global", check);
        assert_eq!(global(", deny: [{action: 'cloudtrail:GetTrailStatus'}]", TRAIL), "iam_deny");
        for variant in ["none", "single_region"] {
            let member = format!(", deny: [{{action: 'cloudtrail:Get*'}}], posture: {{{TRAIL}: {variant}}}");
            assert_eq!(global(&member, TRAIL), "fail", "{variant}");
        }
        let elsewhere = |region: &str| {
            format!(", deny: [{{action: 'cloudtrail:GetEventSelectors', regions: [{region}]}}], posture: {{{TRAIL}: own_other_home}}")
        };
        assert_eq!(global(&elsewhere("us-east-1"), TRAIL), "pass", "a trail is asked about in its home region");
        assert_eq!(global(&elsewhere("ap-northeast-1"), TRAIL), "iam_deny");
        let detector = ", deny: [{action: 'guardduty:GetDetector'}]";
        assert_eq!(verdict("", detector, "us-east-1", "guardduty-enabled"), "iam_deny");
        let no_detector = format!("{detector}, posture: {{guardduty-enabled: no_detector}}");
        assert_eq!(verdict("", &no_detector, "us-east-1", "guardduty-enabled"), "fail");
        let entries = ", deny: [{action: 'ec2:GetManagedPrefixListEntries'}]";
        assert_eq!(verdict("", entries, "us-east-1", "security-group-admin-port-open"), "pass");
        let list = format!("{entries}, posture: {{security-group-admin-port-open: prefix_list_private}}");
        assert_eq!(verdict("", &list, "us-east-1", "security-group-admin-port-open"), "iam_deny");
        let report = ", deny: [{action: 'iam:GetCredentialReport', scp: true}]";
        assert_eq!(global(report, "iam-password-policy-strong"), "scp_deny");
        assert_eq!(global(report, "root-mfa-enabled"), "pass");
    }

    /// The verdicts on the trails of the management account and of a member that sees the organization's.
    fn organization_trail(management: &str, member: &str) -> (String, String) {
        let member = format!("{member}, posture: {{{TRAIL}: organization_trail}}");
        let of = |account| verdict_of(account, management, "", &member, "global", TRAIL);
        (of("111111111111"), of("333333333333"))
    }

    #[test]
    fn only_the_owner_of_the_organizations_trail_may_ask_for_its_selectors() {
        let both = |verdict: &str| (verdict.to_owned(), verdict.to_owned());
        let split = |management: &str, member: &str| (management.to_owned(), member.to_owned());
        assert_eq!(organization_trail("", ""), both("pass"));
        for action in ["DescribeTrails", "GetEventSelectors"] {
            let deny = format!(", deny: [{{action: 'cloudtrail:{action}', scp: true}}]");
            assert_eq!(organization_trail(&deny, ""), both("scp_deny"), "{action}");
            let away = format!(", deny: [{{action: 'cloudtrail:{action}', regions: [eu-west-1]}}]");
            assert_eq!(organization_trail(&away, ""), both("pass"), "{action}");
        }
        assert_eq!(organization_trail(", role: missing", ""), both("role_missing"));
        let status = ", deny: [{action: 'cloudtrail:GetTrailStatus'}]";
        assert_eq!(organization_trail(status, ""), split("iam_deny", "pass"), "each asks for the status itself");
        assert_eq!(organization_trail("", status), split("pass", "iam_deny"));
        let hub = ", deny: [{action: 'organizations:DescribeOrganization'}]";
        assert_eq!(organization_trail(hub, ""), split("pass", "iam_deny"), "whose trail it is, the management account need not ask");
        assert_eq!(organization_trail("", ", deny: [{action: 'cloudtrail:GetEventSelectors'}]"), both("pass"));
        let own_reason_first = ", deny: [{action: 'cloudtrail:DescribeTrails'}]";
        assert_eq!(organization_trail(", deny: [{action: 'cloudtrail:*', scp: true}]", own_reason_first), split("scp_deny", "iam_deny"));
        assert_eq!(verdict_with(", role: missing", "", "", "global", TRAIL), "pass", "its own trail needs no owner");
    }

    #[test]
    fn the_management_account_passes_by_the_organizations_trail() {
        for variant in ["none", "stopped", "write_only", "own", "organization_trail"] {
            let management = format!(", posture: {{{TRAIL}: {variant}}}");
            assert_eq!(organization_trail(&management, ""), ("pass".to_owned(), "pass".to_owned()), "{variant}");
        }
        let stopped = format!(", posture: {{{TRAIL}: stopped}}");
        assert_eq!(verdict_of("111111111111", &stopped, "", "", "global", TRAIL), "fail", "there is no organization trail");
    }

    #[test]
    fn account_checks_are_asked_in_the_home_region() {
        let deny = |region: &str| format!(", deny: [{{action: 'iam:GetAccountSummary', regions: [{region}]}}]");
        assert_eq!(verdict("", &deny("eu-west-1"), "global", "root-mfa-enabled"), "pass");
        assert_eq!(verdict("", &deny("us-east-1"), "global", "root-mfa-enabled"), "iam_deny");
    }

    #[test]
    fn global_types_matter_in_the_home_region_alone() {
        let member = ", posture: {config-recorder-enabled: no_global_types}";
        assert_eq!(verdict("", member, "us-east-1", "config-recorder-enabled"), "fail");
        assert_eq!(verdict("", member, "eu-west-1", "config-recorder-enabled"), "pass");
    }

    #[test]
    fn a_password_policy_binds_nobody_where_nobody_has_a_password() {
        for users in ["no_users", "keys_only_user"] {
            let member = format!(", posture: {{iam-user-mfa-enabled: {users}, iam-password-policy-strong: none}}");
            assert_eq!(verdict("", &member, "global", "iam-password-policy-strong"), "not_applicable");
        }
    }

    /// What the payer has covers members, where it can be seen.
    #[test]
    fn the_payer_s_budgets_monitors_and_alarms_cover_members() {
        let of = |management: &str, member: &str, check: &str| {
            verdict_with(management, "", &format!(", posture: {{{member}}}"), "global", check)
        };
        let (budget, alerts) = ("budgets-budget-configured", "budgets-alert-thresholds");
        let (anomalies, alarm) = ("cost-anomaly-detection-enabled", "billing-alarm-configured");
        let denied = ", deny: [{action: 'budgets:ViewBudget', scp: true}]";
        for (management, member, check, wanted) in [
            ("", "budgets-budget-configured: none", budget, "fail"),
            ("", "budgets-budget-configured: payer_filters_on_it", budget, "pass"),
            (denied, "budgets-budget-configured: payer_filters_on_it", budget, "scp_deny"),
            (denied, "budgets-budget-configured: none", budget, "scp_deny"),
            (denied, "budgets-budget-configured: own", budget, "pass"),
            ("", "budgets-budget-configured: payer_filter_not_clear", budget, "aws_error"),
            ("", "budgets-alert-thresholds: only_at_100", alerts, "fail"),
            (denied, "budgets-alert-thresholds: only_at_100", alerts, "scp_deny"),
            ("", "budgets-budget-configured: payer_filters_on_it, budgets-alert-thresholds: only_at_100", alerts, "fail"),
            ("", "budgets-budget-configured: payer_filters_on_it, budgets-alert-thresholds: no_forecast", alerts, "pass"),
            ("", "cost-anomaly-detection-enabled: payer_names_it", anomalies, "pass"),
            (", role: missing", "cost-anomaly-detection-enabled: payer_names_it", anomalies, "role_missing"),
            (
                ", posture: {cost-anomaly-detection-enabled: cost_explorer_not_enabled}",
                "cost-anomaly-detection-enabled: payer_names_it",
                anomalies,
                "fail",
            ),
            ("", "billing-alarm-configured: none", alarm, "not_applicable"),
            ("", "billing-alarm-configured: own", alarm, "pass"),
            (", posture: {billing-alarm-configured: no_topic}", "billing-alarm-configured: none", alarm, "fail"),
            (", posture: {billing-alarm-configured: topic_of_another_account}", "billing-alarm-configured: none", alarm, "iam_deny"),
            (", deny: [{action: 'cloudwatch:DescribeAlarms'}]", "billing-alarm-configured: none", alarm, "iam_deny"),
        ] {
            assert_eq!(of(management, member, check), wanted, "{management} {member}");
        }
    }
}
