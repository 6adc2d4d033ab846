use orgsweep_aws::{Hub, collect, collect_organization};
use orgsweep_model::{AccountId, BlindReason, Fact, FactKind, FactScope, FactSet, Region, Unseen, fact};

use crate::stage::{PATIENCE, account, listed, stage};

async fn everything(hub: &Hub, id: AccountId, region: &str) -> FactSet {
    let session = hub.session(id).await.unwrap();
    let caller = hub.caller(&session, region.parse().unwrap());
    let is_management = hub.management_account() == Some(id);
    let of_the_account = |kind: &FactKind| is_management || kind.spec().scope != FactScope::Management;
    let kinds: Vec<_> = FactKind::ALL.iter().copied().filter(of_the_account).collect();
    collect(&kinds, hub, &listed(id), &caller, PATIENCE).await
}

fn unseen<F: Fact>(set: &FactSet) -> Option<Unseen> {
    F::slot(set).unwrap().seen().err()
}

/// Every collector works within the operations that its fact declares: one that called another would be refused, and be blind here.
#[tokio::test]
async fn every_fact_is_seen_in_a_healthy_account() {
    let stage = stage(|_| {}).await;
    stage.hub.list_organization().await.unwrap();
    let mut set = everything(&stage.hub, account("111111111111"), "us-east-1").await;
    set.absorb(&everything(&stage.hub, account("222222222222"), "eu-west-1").await);
    let region: Region = "eu-west-1".parse().unwrap();
    for kind in FactKind::ALL.iter().filter(|kind| kind.spec().scope.is_shared()) {
        set.absorb(&collect_organization(*kind, &stage.hub, &region).await.unwrap());
    }
    let json = serde_json::to_value(&set).unwrap();
    for kind in FactKind::ALL {
        let observed = &json[kind.name()];
        assert!(observed.get("seen").is_some(), "{}: {observed}", kind.name());
    }
    let called: Vec<String> = stage.meter.calls().by_operation.into_keys().collect();
    let outside = ["sts:AssumeRole", "sts:GetCallerIdentity", "organizations:"];
    for call in called.iter().filter(|call| !outside.iter().any(|prefix| call.starts_with(prefix))) {
        let declared = FactKind::ALL.iter().flat_map(|kind| kind.spec().operations);
        assert!(
            declared.map(|operation| format!("{}:{}", operation.service, operation.name)).any(|name| name == *call),
            "{call} is declared by no fact"
        );
    }
}

/// What costs money is counted as it leaves, and nothing else is.
#[tokio::test]
async fn money_is_spent_for_billable_questions_alone() {
    let stage = stage(|_| {}).await;
    let session = stage.hub.session(account("111111111111")).await.unwrap();
    let caller = stage.hub.caller(&session, "us-east-1".parse().unwrap());
    let billable = |kind: &FactKind| kind.spec().operations.iter().any(|operation| operation.micro_usd > 0);
    let (billable, free): (Vec<FactKind>, Vec<FactKind>) = FactKind::ALL.iter().partition(|kind| billable(kind));
    assert_eq!(billable, [FactKind::CostExplorer]);
    collect(&free, &stage.hub, &listed(account("111111111111")), &caller, PATIENCE).await;
    assert!(stage.meter.billed_usd().abs() < f64::EPSILON);
    let set = collect(&billable, &stage.hub, &listed(account("111111111111")), &caller, PATIENCE).await;
    assert_eq!(unseen::<fact::cost_explorer::CostExplorer>(&set), None);
    assert!((stage.meter.billed_usd() - 0.01).abs() < f64::EPSILON, "{}", stage.meter.billed_usd());
}

#[tokio::test]
async fn a_denied_action_is_named_and_blinds_its_own_fact_alone() {
    let stage = stage(|_| {}).await;
    let set = everything(&stage.hub, account("555555555555"), "us-east-1").await;
    let Some(Unseen::Blind(denied)) = unseen::<fact::iam::AccountSummary>(&set) else { panic!("the summary was seen") };
    assert_eq!((denied.reason, denied.action.as_deref()), (BlindReason::IamDeny, Some("iam:GetAccountSummary")));
    let Some(Unseen::Blind(denied)) = unseen::<fact::guardduty::Detectors>(&set) else { panic!("the detectors were seen") };
    assert_eq!((denied.reason, denied.action.as_deref()), (BlindReason::ScpDeny, Some("guardduty:ListDetectors")));
    assert_eq!(unseen::<fact::iam::PasswordPolicy>(&set), None);
    assert_eq!(unseen::<fact::ec2::SecurityGroups>(&set), None);
}

#[tokio::test]
async fn a_region_that_the_account_has_not_enabled_is_said_to_be_so() {
    let stage = stage(|_| {}).await;
    let set = everything(&stage.hub, account("555555555555"), "eu-south-1").await;
    let Some(Unseen::Blind(blind)) = unseen::<fact::ec2::EbsEncryption>(&set) else { panic!("the setting was seen") };
    assert_eq!(blind.reason, BlindReason::RegionDisabled, "{}", blind.detail);
}

/// The organization's facts need the management account and, here, a role of their own to ask for it with.
#[tokio::test]
async fn facts_of_the_organization_are_seen_however_its_accounts_are_found() {
    let configured = stage(|settings| {
        settings.static_accounts = vec![orgsweep_model::Account {
            id: account("222222222222"),
            name: "shop".into(),
            ou_path: orgsweep_model::OuPath::default(),
            state: orgsweep_model::AccountState::Active,
            tags: std::collections::BTreeMap::new(),
        }];
    });
    let by_role = stage(|settings| settings.organization_role_arn = Some("arn:aws:iam::111111111111:role/OrgsweepAudit".into()));
    for stage in [configured.await, by_role.await] {
        stage.hub.list_organization().await.unwrap();
        let region: Region = "eu-west-1".parse().unwrap();
        for kind in FactKind::ALL.iter().copied().filter(|kind| kind.spec().scope.is_shared()) {
            let set = collect_organization(kind, &stage.hub, &region).await.unwrap();
            assert!(set.all_seen(), "{set:?}");
        }
    }
}
