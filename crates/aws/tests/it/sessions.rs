use std::sync::Arc;

use orgsweep_aws::ManagementAccount;
use orgsweep_model::{BlindReason, FactKind};
use tokio::task::JoinSet;

use crate::stage::{PATIENCE, account, listed, stage};

#[tokio::test]
async fn all_who_need_a_session_share_one() {
    let stage = stage(|_| {}).await;
    let mut waiting = JoinSet::new();
    for _ in 0..50 {
        let hub = Arc::clone(&stage.hub);
        waiting.spawn(async move { hub.session(account("222222222222")).await.is_ok() });
    }
    assert!(waiting.join_all().await.into_iter().all(|got| got));
    let calls = stage.meter.calls().by_operation;
    assert_eq!((calls["sts:AssumeRole"], calls["sts:GetCallerIdentity"]), (1, 1));
}

#[tokio::test]
async fn a_refusal_says_role_missing_and_is_remembered() {
    let stage = stage(|_| {}).await;
    for _ in 0..3 {
        let blind = stage.hub.session(account("444444444444")).await.unwrap_err();
        assert_eq!(blind.reason, BlindReason::RoleMissing);
        assert!(blind.detail.contains("arn:aws:iam::444444444444:role/OrgsweepAudit"), "{}", blind.detail);
    }
    assert_eq!(stage.meter.calls().by_operation["sts:AssumeRole"], 1);
}

#[tokio::test]
async fn a_refusal_that_is_forgotten_is_asked_for_again() {
    let stage = stage(|_| {}).await;
    for _ in 0..3 {
        stage.hub.forget_refusal(account("444444444444"));
        assert!(stage.hub.session(account("444444444444")).await.is_err());
    }
    assert_eq!(stage.meter.calls().by_operation["sts:AssumeRole"], 3);
}

#[tokio::test]
async fn a_wrong_external_id_is_refused() {
    let stage = stage(|settings| settings.sessions.external_id = None).await;
    assert_eq!(stage.hub.session(account("222222222222")).await.unwrap_err().reason, BlindReason::RoleMissing);
}

#[tokio::test]
async fn a_session_is_confined_to_what_the_facts_declare() {
    let stage = stage(|settings| settings.facts = vec![FactKind::AccountSummary]).await;
    let session = stage.hub.session(account("222222222222")).await.unwrap();
    let caller = stage.hub.caller(&session, "us-east-1".parse().unwrap());
    let facts =
        orgsweep_aws::collect(&[FactKind::AccountSummary, FactKind::Detectors], &stage.hub, &listed(session.account), &caller, PATIENCE)
            .await;
    assert!(facts.account_summary.unwrap().seen().is_ok());
    let blind = format!("{:?}", facts.detectors.unwrap());
    assert!(blind.contains("IamDeny") && blind.contains("session policy"), "{blind}");
}

#[tokio::test]
async fn the_management_account_is_skipped_or_read_with_the_base_identity() {
    let skipping = stage(|settings| settings.sessions.management_account = ManagementAccount::Skip).await;
    skipping.hub.list_organization().await.unwrap();
    assert!(skipping.hub.is_skipped(account("111111111111")));
    assert!(skipping.hub.session(account("111111111111")).await.is_err());

    let ambient = stage(|settings| settings.sessions.management_account = ManagementAccount::Ambient).await;
    ambient.hub.list_organization().await.unwrap();
    ambient.hub.session(account("111111111111")).await.unwrap();
    assert_eq!(ambient.meter.calls().by_operation.get("sts:AssumeRole"), None);
}

#[tokio::test]
async fn enabled_regions_are_the_account_s_own() {
    let stage = stage(|_| {}).await;
    let session = stage.hub.session(account("222222222222")).await.unwrap();
    let regions = stage.hub.enabled_regions(&session).await.unwrap();
    let shown: Vec<_> = regions.iter().map(|enabled| (enabled.region.as_str(), enabled.always)).collect();
    assert_eq!(shown, [("eu-south-1", false), ("eu-west-1", true), ("us-east-1", true)]);
}
