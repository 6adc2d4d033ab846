use orgsweep_aws::{collect, collect_organization, permissions};
use orgsweep_model::{FactKind, FactScope, FactSet, Region};

use crate::stage::{ORGANIZATION, PATIENCE, Stage, account, listed, stage, stage_of};

/// The organization, where STS takes session policies of so many characters and no more.
fn with_room_for(characters: usize) -> String {
    ORGANIZATION.replacen("organization: {", &format!("organization: {{packed_policy_limit: {characters}, "), 1)
}

/// What of all facts is not seen with sessions that are confined to them, each asked where it belongs.
async fn unseen(stage: &Stage) -> Vec<String> {
    stage.hub.list_organization().await.unwrap();
    let region: Region = "eu-west-1".parse().unwrap();
    let mut seen = FactSet::default();
    for (id, management) in [("111111111111", true), ("222222222222", false)] {
        let session = stage.hub.session(account(id)).await.unwrap();
        let caller = stage.hub.caller(&session, region.clone());
        let belongs = |kind: &FactKind| !kind.spec().scope.is_shared() && management == (kind.spec().scope == FactScope::Management);
        let kinds: Vec<FactKind> = FactKind::ALL.iter().copied().filter(belongs).collect();
        seen.absorb(&collect(&kinds, &stage.hub, &listed(account(id)), &caller, PATIENCE).await);
    }
    for kind in FactKind::ALL.iter().filter(|kind| kind.spec().scope.is_shared()) {
        seen.absorb(&Box::pin(collect_organization(*kind, &stage.hub, &region)).await.unwrap());
    }
    let json = serde_json::to_value(&seen).unwrap();
    let observed = FactKind::ALL.iter().map(|kind| (kind.name(), json[kind.name()].to_string()));
    let blind = observed.filter(|(_, said)| !said.starts_with("{\"seen\"") || said.contains("_deny"));
    blind.map(|(name, said)| format!("{name}: {said}")).collect()
}

/// The simulation's `SecurityAudit` is AWS's own list. There is no room for the exact policy of everything.
#[tokio::test]
async fn confined_by_security_audit_and_the_rest_nothing_is_denied() {
    let stage = stage_of(&with_room_for(600), |_| {}).await;
    assert_eq!(Box::pin(unseen(&stage)).await, Vec::<String>::new());
}

#[tokio::test]
async fn confined_by_the_best_policy_nothing_is_denied() {
    let stage = stage(|_| {}).await;
    assert_eq!(Box::pin(unseen(&stage)).await, Vec::<String>::new());
}

/// Few enough for an exact policy, and `SecurityAudit` allows them all.
const FEW: [FactKind; 2] = [FactKind::SecurityGroups, FactKind::AccountSummary];

#[tokio::test]
async fn where_sts_finds_the_exact_policy_too_large_the_shorter_form_takes_over_for_good() {
    let stage = stage_of(&with_room_for(60), |settings| settings.facts = FEW.to_vec()).await;
    for (id, assumed) in [("222222222222", 2), ("111111111111", 3)] {
        let session = stage.hub.session(account(id)).await.unwrap();
        assert_eq!(stage.meter.calls().by_operation["sts:AssumeRole"], assumed);
        let caller = stage.hub.caller(&session, "eu-west-1".parse().unwrap());
        let facts = collect(&FEW, &stage.hub, &listed(account(id)), &caller, PATIENCE).await;
        assert!(facts.security_groups.unwrap().seen().is_ok() && facts.account_summary.unwrap().seen().is_ok());
    }
}

/// Not even the short form fits: the account cannot be looked into, and AWS's words say why.
#[tokio::test]
async fn a_policy_that_never_fits_is_told_in_aws_s_words() {
    let stage = stage_of(&with_room_for(10), |settings| settings.facts = FEW.to_vec()).await;
    let blind = stage.hub.session(account("222222222222")).await.unwrap_err();
    assert!(blind.detail.contains("PackedPolicyTooLarge"), "{}", blind.detail);
    assert_eq!(stage.meter.calls().by_operation["sts:AssumeRole"], 2, "each form once");
}

#[tokio::test]
async fn without_restriction_there_is_no_session_policy() {
    let stage = stage_of(&with_room_for(0), |settings| settings.sessions.restrict = false).await;
    stage.hub.session(account("222222222222")).await.unwrap();
}

/// Our list of what `SecurityAudit` allows is a part of the simulation's, which has all of it.
#[test]
fn security_audit_is_not_thought_wider_than_it_is() {
    let read = |text: &'static str| text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>();
    let all = read(include_str!("../../../sim/data/security_audit.txt"));
    for pattern in read(include_str!("../../data/security_audit.txt")) {
        assert!(all.contains(&pattern), "{pattern}");
    }
}

#[test]
fn every_single_fact_has_a_session_policy_that_fits() {
    for kind in FactKind::ALL {
        for policy in permissions::session_policies(&[*kind], "aws").unwrap() {
            assert!(policy.length() <= 2_048, "{}: {}", kind.name(), policy.length());
        }
    }
}
