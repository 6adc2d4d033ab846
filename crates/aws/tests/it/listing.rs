use orgsweep_model::{Account, AccountState, OuPath};

use crate::stage::{account, stage};

#[tokio::test]
async fn the_whole_organization_with_states_and_units() {
    let stage = stage(|_| {}).await;
    let organization = stage.hub.list_organization().await.unwrap();
    assert_eq!(organization.id.as_deref(), Some("o-exampleorgid"));
    assert_eq!(organization.management_account_id, Some(account("111111111111")));
    let shown: Vec<_> = organization.accounts.iter().map(|found| (found.name.as_str(), found.state, found.ou_path.to_string())).collect();
    let path = |text: &str| text.to_owned();
    assert_eq!(
        shown,
        [
            ("management", AccountState::Active, path("/")),
            ("shop", AccountState::Active, path("/Workloads/Production")),
            ("gone", AccountState::Suspended, path("/Workloads")),
            ("new", AccountState::Active, path("/Workloads")),
            ("strict", AccountState::Active, path("/Workloads")),
        ]
    );
    assert!(organization.accounts.iter().all(|found| found.tags.is_empty()), "tags cost calls and nobody asked for them");
    assert_eq!(stage.meter.calls().by_operation.get("organizations:ListTagsForResource"), None);
}

#[tokio::test]
async fn tags_where_they_are_needed() {
    let stage = stage(|settings| settings.tags = true).await;
    let organization = stage.hub.list_organization().await.unwrap();
    assert_eq!(organization.accounts[1].tags["Environment"], "production");
}

#[tokio::test]
async fn units_are_walked_once_an_hour_not_at_every_listing() {
    let stage = stage(|_| {}).await;
    stage.hub.list_organization().await.unwrap();
    let walked = stage.meter.calls().by_operation["organizations:ListRoots"];
    stage.hub.list_organization().await.unwrap();
    assert_eq!(stage.meter.calls().by_operation["organizations:ListRoots"], walked);
}

#[tokio::test]
async fn configured_accounts_ask_nothing() {
    let given = Account {
        id: account("222222222222"),
        name: "shop".into(),
        ou_path: OuPath::default(),
        state: AccountState::Active,
        tags: std::collections::BTreeMap::new(),
    };
    let accounts = vec![given.clone()];
    let stage = stage(|settings| settings.static_accounts = accounts).await;
    assert_eq!(stage.hub.list_organization().await.unwrap().accounts, [given]);
    assert_eq!(stage.meter.calls().requests, 0);
}
