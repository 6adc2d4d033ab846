//! What a right check says, by construction: the outcome beside a variant's name, unless the account keeps it from being seen.

use serde::Serialize;

use crate::org::{Account, AccountState, Organization};
use crate::posture::account::{PasswordPolicy, RootKey, RootMfa, Trail, Users};
use crate::posture::region::{AccessAnalyzer, AdminPort, DefaultVpc, EbsEncryption, GuardDuty, Recorder, SecurityHub};
use crate::posture::{self, CHECKS, Check, Outcome, Scope, Trait};
use crate::regions;

/// The right verdict of one check on one account and region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TruthRow {
    /// The account's 12 digits.
    pub account_id: String,
    /// The region's name, or `global`.
    pub region: String,
    /// The check's id.
    pub check: &'static str,
    /// `pass`, `fail`, `not_applicable` or `unknown`.
    pub status: &'static str,
    /// Why an `unknown` is unknown: `role_missing`, `account_suspended`, `iam_deny` or `scp_deny`.
    pub blind_reason: Option<&'static str>,
    /// How many resources a `fail` lists.
    pub failing: Option<u32>,
}

#[derive(Clone, Copy)]
enum Verdict {
    Pass,
    Fail(u32),
    NotApplicable,
    Unknown(&'static str),
}

pub(crate) fn rows(organization: &Organization) -> Vec<TruthRow> {
    let mut rows = Vec::new();
    for (index, account) in organization.accounts.iter().enumerate() {
        // Nobody can ask an account that is out of reach which regions it has: those that every account has are expected of it.
        let regions = if account.reachable() { account.enabled } else { organization.settings.default_regions };
        let places = [("global", Scope::Account)].into_iter().chain(regions.iter().map(|region| (region, Scope::Region)));
        for (region, scope) in places {
            for check in CHECKS.into_iter().filter(|check| check.scope == scope) {
                rows.push(row(account, region, check, verdict(organization, index, check, region)));
            }
        }
    }
    rows
}

fn row(account: &Account, region: &str, check: &Check, verdict: Verdict) -> TruthRow {
    let (status, blind_reason, failing) = match verdict {
        Verdict::Pass => ("pass", None, None),
        Verdict::Fail(count) => ("fail", None, Some(count)),
        Verdict::NotApplicable => ("not_applicable", None, None),
        Verdict::Unknown(reason) => ("unknown", Some(reason), None),
    };
    TruthRow { account_id: account.id.clone(), region: region.to_owned(), check: check.id, status, blind_reason, failing }
}

fn verdict(organization: &Organization, index: usize, check: &'static Check, region: &str) -> Verdict {
    let account = &organization.accounts[index];
    if let Some(reason) = out_of_reach(account) {
        return Verdict::Unknown(reason);
    }
    if check.id == Trail::CHECK.id {
        return trails(organization, account);
    }
    if let Some(reason) = denied(account, &actions(organization, account, check, region), region) {
        return Verdict::Unknown(reason);
    }
    if check.id == PasswordPolicy::CHECK.id && !organization.variant::<Users>(account, region).any_password() {
        return Verdict::NotApplicable;
    }
    let variant = posture::choose(check, organization.settings.seed, organization.settings.default_posture, account, region);
    match check.variants[variant].outcome {
        Outcome::FailAtHome if region == regions::HOME => Verdict::Fail(1),
        Outcome::Pass | Outcome::FailAtHome => Verdict::Pass,
        Outcome::Fail(_) if check.id == AccessAnalyzer::CHECK.id => covered_by_organization(organization, region),
        Outcome::Fail(count) => Verdict::Fail(count),
    }
}

/// A trail of the account's own, or the organization's. Trail by trail: one that may not be asked about matters where no other is good.
fn trails(organization: &Organization, account: &Account) -> Verdict {
    if let Some(reason) = denied(account, &["cloudtrail:DescribeTrails"], regions::HOME) {
        return Verdict::Unknown(reason);
    }
    let variant: Trail = organization.variant(account, "global");
    let mut blind = None;
    if variant.own_multi_region() {
        blind = denied(account, &["cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors"], variant.home(account));
        if blind.is_none() && Trail::CHECK.variants[variant as usize].outcome == Outcome::Pass {
            return Verdict::Pass;
        }
    }
    if organization.sees_organization_trail(account) {
        let status = denied(account, &["cloudtrail:GetTrailStatus"], regions::HOME);
        match status.or_else(|| organization_selectors_denied(organization, account)) {
            None => return Verdict::Pass,
            Some(reason) => blind = blind.or(Some(reason)),
        }
    }
    blind.map_or(Verdict::Fail(1), Verdict::Unknown)
}

/// Why the selectors of the organization's trail, which is good, cannot be read for this account. Only its owner may ask for them.
fn organization_selectors_denied(organization: &Organization, account: &Account) -> Option<&'static str> {
    if organization.owns_organization_trail(account) {
        return denied(account, &["cloudtrail:GetEventSelectors"], regions::HOME);
    }
    let owner = organization.management();
    denied(owner, &["organizations:DescribeOrganization"], regions::HOME)
        .or_else(|| out_of_reach(owner))
        .or_else(|| denied(owner, &["cloudtrail:DescribeTrails", "cloudtrail:GetEventSelectors"], regions::HOME))
}

/// An account without an analyzer of its own passes by an analyzer of the organization, if its owner can be asked.
fn covered_by_organization(organization: &Organization, region: &str) -> Verdict {
    let owners = ["organizations:DescribeOrganization", "organizations:ListDelegatedAdministrators"];
    if let Some(reason) = denied(organization.management(), &owners, regions::HOME) {
        return Verdict::Unknown(reason);
    }
    let mut blind = None;
    for owner in organization.analyzer_owners() {
        let account = &organization.accounts[owner];
        match out_of_reach(account).or_else(|| denied(account, &["access-analyzer:ListAnalyzers"], region)) {
            Some(reason) => blind = blind.or(Some(reason)),
            None if organization.owns_organization_analyzer(owner, region) => return Verdict::Pass,
            None => {}
        }
    }
    blind.map_or(Verdict::Fail(1), Verdict::Unknown)
}

/// Why nothing about an account can be seen.
fn out_of_reach(account: &Account) -> Option<&'static str> {
    if account.state != AccountState::Active {
        Some("account_suspended")
    } else if !account.role {
        Some("role_missing")
    } else {
        None
    }
}

/// Why one of the actions is refused. Account checks are asked in the home region.
fn denied(account: &Account, actions: &[&str], region: &str) -> Option<&'static str> {
    let region = if region == "global" { regions::HOME } else { region };
    let deny = actions.iter().find_map(|action| account.denied(action, region))?;
    Some(if deny.scp { "scp_deny" } else { "iam_deny" })
}

/// The actions that a check needs; for some checks that depends on what there is to ask about.
fn actions(organization: &Organization, account: &Account, check: &Check, region: &str) -> Vec<&'static str> {
    let report = ["iam:GenerateCredentialReport", "iam:GetCredentialReport"];
    match check.id {
        id if id == RootMfa::CHECK.id || id == RootKey::CHECK.id => vec!["iam:GetAccountSummary"],
        id if id == Users::CHECK.id => report.to_vec(),
        id if id == PasswordPolicy::CHECK.id => vec!["iam:GetAccountPasswordPolicy", report[0], report[1]],
        id if id == Recorder::CHECK.id => vec![
            "config:DescribeConfigurationRecorders",
            "config:DescribeConfigurationRecorderStatus",
            "config:DescribeDeliveryChannelStatus",
        ],
        id if id == SecurityHub::CHECK.id => vec!["securityhub:DescribeHub"],
        id if id == GuardDuty::CHECK.id => {
            let mut actions = vec!["guardduty:ListDetectors"];
            if organization.variant::<GuardDuty>(account, region) != GuardDuty::NoDetector {
                actions.push("guardduty:GetDetector");
            }
            actions
        }
        id if id == AccessAnalyzer::CHECK.id => vec!["access-analyzer:ListAnalyzers"],
        id if id == EbsEncryption::CHECK.id => vec!["ec2:GetEbsEncryptionByDefault"],
        id if id == DefaultVpc::CHECK.id => vec!["ec2:DescribeVpcs", "ec2:DescribeNetworkInterfaces"],
        id if id == AdminPort::CHECK.id => {
            let mut actions = vec!["ec2:DescribeSecurityGroups"];
            if organization.variant::<AdminPort>(account, region).prefix_list() {
                actions.push("ec2:GetManagedPrefixListEntries");
            }
            actions
        }
        _ => vec!["s3:GetAccountPublicAccessBlock"],
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
}
