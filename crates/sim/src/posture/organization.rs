//! The organization as a whole: its features, policies, environments and Identity Center.

use super::Outcome::{Fail, Pass, Unknown};
use super::account_settings::{Belonging, UNITS};
use super::{Check, Trait, Verdict, View, variants};
use crate::org::{AccountState, Organization};
use crate::regions;

pub(crate) const CHECKS: &[&Check] = &[
    AllFeatures::CHECK,
    ServiceControl::CHECK,
    Separated::CHECK,
    LandingZone::CHECK,
    RootAccess::CHECK,
    IdentityCenter::CHECK,
    PermissionSets::CHECK,
    Attested::CHECK,
];

variants! {
    /// What the organization can do.
    AllFeatures Organization "organizations-all-features" needs ["organizations:DescribeOrganization"] {
        All "all" 90 Pass;
        ConsolidatedBilling "consolidated_billing" 10 Fail(1);
    }
}

variants! {
    /// The service control policies beside AWS's own.
    ServiceControl Organization "organizations-custom-scp-attached"
    needs ["organizations:ListPolicies"]
    sometimes ["organizations:ListTargetsForPolicy"]
    special service_control
    {
        Attached "attached" 60 Pass;
        /// On the second page, after many that are attached to nothing.
        LastOfMany "last_of_many" 20 Pass;
        None "none" 8 Fail(1);
        Unattached "attached_to_nothing" 8 Fail(1);
        /// The organization does not have the type of policy.
        NotEnabled "type_not_enabled" 4 Fail(1);
    }
}

/// What a policy is attached to matters only where there is one.
fn service_control(view: &View<'_>) -> Verdict {
    match view.variant() {
        ServiceControl::None | ServiceControl::NotEnabled => view.own(),
        _ => view.denied(view.check.sometimes).map_or(view.own(), Verdict::Unknown),
    }
}

variants! {
    /// Whether production has accounts of its own. What the accounts say decides; there is no other state of it.
    Separated Organization "organizations-environments-separated" needs UNITS special separated {
        AsDescribed "as_described" 1 Pass;
    }
}

fn separated(view: &View<'_>) -> Verdict {
    let (mut production, mut other) = (false, false);
    for account in view.organization.accounts.iter().filter(|account| account.state == AccountState::Active) {
        match Belonging::of(view.organization, account) {
            Belonging::One("production") => production = true,
            Belonging::One(_) => other = true,
            Belonging::None | Belonging::Two => {}
        }
    }
    if production && other { Verdict::Pass } else { Verdict::Fail(1) }
}

variants! {
    /// Control Tower's landing zone.
    LandingZone Organization "organizations-control-tower-landing-zone"
    needs []
    sometimes ["controltower:ListLandingZones", "ec2:DescribeRegions"]
    special landing_zone
    {
        Home "home" 60 Pass;
        /// In another region than the home region of the audit.
        Elsewhere "other_region" 20 Pass;
        /// The same, and the home region does not have the service.
        NotAtHome "not_offered_at_home" 10 Pass;
        None "none" 10 Fail(1);
    }
}

fn landing_zone(view: &View<'_>) -> Verdict {
    wherever(view, "controltower:ListLandingZones", place_of(view.organization, view.variant::<LandingZone>()))
}

/// The region of a landing zone.
pub(crate) fn place_of(organization: &Organization, zone: LandingZone) -> Option<&'static str> {
    match zone {
        LandingZone::Home => Some(regions::HOME),
        LandingZone::Elsewhere | LandingZone::NotAtHome => Some(organization.management().other_home()),
        LandingZone::None => None,
    }
}

/// What lies in one region of the management account is asked for in the home region, and then in all others.
fn wherever(view: &View<'_>, action: &'static str, place: Option<&'static str>) -> Verdict {
    let found = |region| place == Some(region) && view.at(region).denied(&[action]).is_none();
    if found(regions::HOME) {
        return Verdict::Pass;
    }
    let at_home = view.denied(&[action]);
    if let Some(reason) = view.denied(&["ec2:DescribeRegions"]) {
        return Verdict::Unknown(at_home.unwrap_or(reason));
    }
    let elsewhere: Vec<_> = view.account().enabled.iter().filter(|&region| region != regions::HOME).collect();
    if elsewhere.iter().copied().any(found) {
        return Verdict::Pass;
    }
    at_home
        .or_else(|| elsewhere.into_iter().find_map(|region| view.at(region).denied(&[action])))
        .map_or(Verdict::Fail(1), Verdict::Unknown)
}

variants! {
    /// What of the members' root users is managed centrally.
    RootAccess Organization "iam-root-credentials-centrally-managed" needs ["iam:ListOrganizationsFeatures"] {
        Both "both" 70 Pass;
        CredentialsAlone "credentials_alone" 12 Pass;
        SessionsAlone "sessions_alone" 5 Fail(1);
        None "none" 5 Fail(1);
        NotTrusted "not_trusted" 5 Fail(1);
        NotAllFeatures "not_all_features" 3 Fail(1);
    }
}

variants! {
    /// The organization's Identity Center.
    IdentityCenter Organization "identity-center-enabled"
    needs []
    sometimes ["sso:ListInstances", "ec2:DescribeRegions"]
    special identity_center
    {
        Home "home" 60 Pass;
        Elsewhere "other_region" 20 Pass;
        None "none" 8 Fail(1);
        Creating "being_created" 6 Fail(1);
        /// An instance that a member made for itself.
        OfMember "of_a_member" 6 Fail(1);
    }
}

impl IdentityCenter {
    /// The region of the instance, if there is any.
    pub(crate) fn place(self, organization: &Organization) -> Option<&'static str> {
        match self {
            Self::Home | Self::Creating | Self::OfMember => Some(regions::HOME),
            Self::Elsewhere => Some(organization.management().other_home()),
            Self::None => None,
        }
    }

    fn works(self) -> bool {
        matches!(self, Self::Home | Self::Elsewhere)
    }
}

fn identity_center(view: &View<'_>) -> Verdict {
    let instance: IdentityCenter = view.variant();
    wherever(view, "sso:ListInstances", instance.place(view.organization).filter(|_| instance.works()))
}

const OF_EACH_SET: [&str; 3] =
    ["sso:DescribePermissionSet", "sso:ListManagedPoliciesInPermissionSet", "sso:GetInlinePolicyForPermissionSet"];

variants! {
    /// Identity Center's permission sets.
    PermissionSets Organization "identity-center-least-privilege"
    needs []
    sometimes [
        "sso:ListInstances",
        "ec2:DescribeRegions",
        "sso:ListPermissionSets",
        "sso:DescribePermissionSet",
        "sso:ListManagedPoliciesInPermissionSet",
        "sso:GetInlinePolicyForPermissionSet",
    ]
    special permission_sets
    {
        Mixed "mixed" 50 Pass;
        /// A dozen sets over several pages, the last of them less than administrator.
        Many "many" 20 Pass;
        InlineLesser "inline_lesser" 10 Pass;
        AdministratorsOnly "administrators_only" 6 Fail(1);
        InlineAdministrator "inline_administrator" 4 Fail(1);
        NoSets "no_sets" 3 Fail(1);
        /// Longer than Identity Center allows today.
        LongSession "long_session" 4 Fail(1);
        /// What they grant is in policies that only the members see.
        CustomerManaged "customer_managed_only" 3 Unknown("aws_error");
    }
}

fn permission_sets(view: &View<'_>) -> Verdict {
    match identity_center(view) {
        Verdict::Pass => {}
        other => return other,
    }
    let region = view.variant::<IdentityCenter>().place(view.organization).unwrap_or(regions::HOME);
    let there = view.at(region);
    let sets: PermissionSets = view.variant();
    let listed = there.denied(&["sso:ListPermissionSets"]);
    let looked_at = if sets == PermissionSets::NoSets { None } else { there.denied(&OF_EACH_SET) };
    listed.or(looked_at).map_or(view.own(), Verdict::Unknown)
}

variants! {
    /// Whether Identity Center asks for MFA.
    Attested Organization "identity-center-mfa-required" needs [] {
        Unattested "unattested" 1 Unknown("needs_attestation");
    }
}

#[cfg(test)]
mod tests {
    use crate::Simulation;

    /// The verdict on the organization, with this in its management account, and these accounts beside it.
    fn verdict(check: &str, management: &str, others: &str) -> String {
        let text = format!(
            "{{organization: {{id: o-exampleorgid, management_account_id: '111111111111'}}, default_posture: pass, regions: [us-east-1, eu-west-1],\n\
             organizational_units: [{{name: Production}}, {{name: Sandbox}}, {{name: Teams}}],\n\
             accounts: [{{id: '111111111111', name: m{management}}}{others}]}}"
        );
        let rows = Simulation::from_yaml(&text).unwrap().truth();
        let row = rows.iter().find(|row| row.check == check && row.account_id == "111111111111").unwrap();
        row.blind_reason.unwrap_or(row.status).to_owned()
    }

    #[test]
    fn environments_are_what_the_accounts_say() {
        let separated = |management: &str, others: &str| verdict("organizations-environments-separated", management, others);
        let shared = ", tags: {Environment: shared}";
        assert_eq!(separated(shared, ""), "fail");
        assert_eq!(separated(shared, ", {id: '222222222222', name: a, ou: /Production}"), "pass");
        assert_eq!(separated(shared, ", {id: '222222222222', name: a, ou: /Production, state: SUSPENDED}"), "fail");
        assert_eq!(separated(shared, ", {id: '222222222222', name: a, ou: /Production, tags: {Environment: dev}}"), "fail");
        assert_eq!(separated(shared, ", {id: '222222222222', name: a, ou: /Teams, tags: {Environment: prod}}"), "pass");
        assert_eq!(separated(", deny: [{action: 'organizations:ListTagsForResource'}]", ""), "iam_deny");
        let declared = |management: &str| verdict("account-environment-declared", management, "");
        assert_eq!(declared(""), "pass", "without any sign of its own it gets one");
        assert_eq!(declared(", posture: {account-environment-declared: no_tag}"), "fail");
        assert_eq!(declared(", posture: {account-environment-declared: contradiction}"), "pass", "there is nothing to contradict");
        assert_eq!(declared(", ou: /Sandbox, posture: {account-environment-declared: contradiction}"), "fail");
        assert_eq!(declared(", ou: /Sandbox, posture: {account-environment-declared: unknown_value}"), "pass");
    }

    #[test]
    fn what_one_region_shows_is_enough_and_what_one_hides_matters() {
        let check = "organizations-control-tower-landing-zone";
        let zone = |variant: &str, action: &str, regions: &str| {
            let management = format!(", posture: {{{check}: {variant}}}, deny: [{{action: '{action}', regions: {regions}}}]");
            verdict(check, &management, "")
        };
        let list = "controltower:ListLandingZones";
        assert_eq!(zone("home", list, "[us-east-1]"), "iam_deny");
        assert_eq!(zone("home", list, "[eu-west-1]"), "pass");
        assert_eq!(zone("other_region", list, "[us-east-1]"), "pass");
        assert_eq!(zone("other_region", list, "[eu-west-1]"), "iam_deny");
        assert_eq!(zone("none", list, "[eu-west-1]"), "iam_deny");
        assert_eq!(zone("none", list, "[ap-east-1]"), "fail");
        assert_eq!(zone("none", "ec2:DescribeRegions", "[]"), "iam_deny");
        assert_eq!(zone("home", "ec2:DescribeRegions", "[]"), "pass");
    }

    #[test]
    fn permission_sets_are_those_of_an_instance_that_works() {
        let check = "identity-center-least-privilege";
        let sets = |more: &str| verdict(check, more, "");
        for instance in ["none", "being_created", "of_a_member"] {
            assert_eq!(sets(&format!(", posture: {{identity-center-enabled: {instance}}}")), "fail", "{instance}");
        }
        assert_eq!(sets(", deny: [{action: 'sso:ListInstances', scp: true}]"), "scp_deny");
        assert_eq!(sets(", deny: [{action: 'sso:GetInlinePolicyForPermissionSet'}]"), "iam_deny");
        assert_eq!(sets(&format!(", posture: {{{check}: no_sets}}, deny: [{{action: 'sso:GetInlinePolicyForPermissionSet'}}]")), "fail");
        assert_eq!(sets(&format!(", posture: {{{check}: customer_managed_only}}")), "aws_error");
        assert_eq!(
            verdict("organizations-custom-scp-attached", ", deny: [{action: 'organizations:ListTargetsForPolicy'}]", ""),
            "iam_deny"
        );
    }
}
