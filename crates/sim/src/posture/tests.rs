//! What has to hold for every check, and what a declaration and a view mean.

use super::Outcome::{Fail, FailAtHome, NotApplicable, Pass, Unknown};
use super::*;
use crate::org::Organization;
use crate::service;

#[test]
fn every_check_begins_with_a_pass_and_names_no_variant_twice() {
    for check in checks() {
        let passes = check.variants.iter().any(|variant| variant.outcome == Pass);
        assert!(!passes || check.variants[0].outcome == Pass, "{}", check.id);
        let mut names: Vec<_> = check.variants.iter().map(|variant| variant.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), check.variants.len(), "{}", check.id);
    }
}

#[test]
fn passes_outweigh_failures() {
    for check in checks() {
        let weight = |counts: fn(Outcome) -> bool| -> u64 {
            check.variants.iter().filter(|variant| counts(variant.outcome)).map(|variant| variant.weight).sum()
        };
        let (pass, fail) = (weight(|outcome| outcome == Pass), weight(|outcome| matches!(outcome, Fail(_) | FailAtHome)));
        assert!(fail == 0 || pass > 2 * fail, "{}", check.id);
    }
}

#[test]
fn no_check_is_there_twice() {
    for (number, one) in checks().enumerate() {
        assert!(checks().skip(number + 1).all(|other| other.id != one.id), "{}", one.id);
    }
}

#[test]
fn every_action_that_a_check_needs_is_an_operation_s() {
    for check in checks() {
        for action in check.needs.iter().chain(check.sometimes) {
            assert!(service::actions().any(|known| known == *action), "{}: {action}", check.id);
        }
    }
}

#[test]
fn what_only_some_variants_need_has_a_hook_that_looks_at_it() {
    for check in checks() {
        assert!(check.sometimes.is_empty() || check.special.is_some(), "{}", check.id);
    }
}

#[test]
fn nothing_depends_on_a_variant_of_the_organization() {
    for check in checks() {
        let companions = check.variants.iter().flat_map(|variant| variant.with).chain(check.together_with);
        assert!(companions.into_iter().all(|companion| companion.check.scope != Scope::Organization), "{}", check.id);
    }
}

variants! {
    /// With everything that can be said about a check.
    Whole Organization "test-whole"
    needs ["organizations:DescribeOrganization"]
    sometimes ["iam:GetAccountSummary"]
    special whole
    together_with [Region::Two]
    {
        One "one" 3 Pass, with Region::One, Region::Two;
        Two "two" 2 NotApplicable;
        Three "three" 1 Unknown("needs_attestation");
    }
}

variants! {
    /// With as little as possible.
    Region Region "test-region" needs [] {
        One "one" 1 Pass;
        Two "two" 1 FailAtHome;
    }
}

fn whole(view: &View<'_>) -> Verdict {
    view.management().denied(view.check.sometimes).map_or_else(|| view.own(), Verdict::Unknown)
}

#[test]
fn all_that_a_declaration_says_is_in_the_table() {
    let check = Whole::CHECK;
    assert_eq!((check.needs.len(), check.sometimes.len(), check.special.is_some()), (1, 1, true));
    assert_eq!((check.together_with[0].check.id, check.together_with[0].variant), ("test-region", Region::Two as usize));
    assert_eq!(check.variants[0].with.iter().map(|companion| companion.variant).collect::<Vec<_>>(), [0, 1]);
    assert!(check.variants[1].with.is_empty() && Region::CHECK.needs.is_empty() && Region::CHECK.special.is_none());
}

fn organization(management: &str) -> Organization {
    let text = format!(
        "organization: {{id: o-exampleorgid, management_account_id: '111111111111'}}\n\
         accounts: [{{id: '111111111111', name: m{management}}}, {{id: '222222222222', name: n, role: missing}}]"
    );
    crate::file::read(&text).unwrap()
}

#[test]
fn the_organization_has_one_variant_whoever_asks() {
    for seed in 0..20 {
        let mut organization = organization("");
        organization.settings.seed = seed;
        let [management, member] = [&organization.accounts[0], &organization.accounts[1]];
        let variant: Whole = organization.variant(management, "global");
        assert_eq!(variant, organization.variant(member, "eu-west-1"));
        assert_eq!(organization.variant::<Region>(member, "global"), organization.variant(member, "us-east-1"));
    }
}

#[test]
fn a_view_knows_who_is_asked_and_where() {
    let deny = ", deny: [{action: 'organizations:*', scp: true}, {action: 'iam:*', regions: [us-east-1]}]";
    let organization = organization(deny);
    let view = View { organization: &organization, index: 1, region: "eu-west-1", check: Whole::CHECK };
    assert_eq!(view.denied(&["iam:GetAccountSummary"]), None);
    assert_eq!(view.blind(&[]), Some("role_missing"));
    assert_eq!(view.denied(&["organizations:DescribeOrganization"]), Some("scp_deny"));
    let management = view.management();
    assert!(management.is_management() && !view.is_management());
    assert_eq!(management.blind(&["iam:GetAccountSummary"]), Some("iam_deny"), "a global service is asked at home");
    assert_eq!(whole(&view), Verdict::Unknown("iam_deny"));
    assert_eq!(View { check: Region::CHECK, ..view }.at("eu-west-1").own(), Verdict::Pass);
}

#[test]
fn outcomes_are_verdicts() {
    let mut organization = organization("");
    let mut own = |check: &'static Check, region, variant| {
        organization.accounts[0].posture = vec![Named { check: check.id, region: None, variant }];
        View { organization: &organization, index: 0, region, check }.own()
    };
    assert_eq!(own(Whole::CHECK, "global", 1), Verdict::NotApplicable);
    assert_eq!(own(Whole::CHECK, "global", 2), Verdict::Unknown("needs_attestation"));
    assert_eq!(own(Region::CHECK, "us-east-1", 1), Verdict::Fail(1));
    assert_eq!(own(Region::CHECK, "eu-west-1", 1), Verdict::Pass);
}
