//! How accounts are listed: their units from the last listing, their tags asked for once.

use orgsweep_aws::collect;
use orgsweep_model::{
    Account, Blind, FactKind, FactSet, Observed, Unseen,
    fact::organizations::{AccountListing, OrganizationAccounts},
};

use crate::stage::{ORGANIZATION, PATIENCE, Stage, account, listed, stage, stage_of};

const MANAGEMENT: &str = "111111111111";

/// A fact of an account, as a listing would show it, in the home region.
async fn one(stage: &Stage, kind: FactKind, listed: &Account) -> FactSet {
    let session = stage.hub.session(listed.id).await.unwrap();
    let caller = stage.hub.caller(&session, "us-east-1".parse().unwrap());
    collect(&[kind], &stage.hub, listed, &caller, PATIENCE).await
}

async fn accounts(stage: &Stage, listed: &Account) -> Result<OrganizationAccounts, Unseen> {
    one(stage, FactKind::OrganizationAccounts, listed).await.organization_accounts.unwrap().seen().cloned()
}

async fn listing(stage: &Stage, listed: &Account) -> Result<AccountListing, Unseen> {
    one(stage, FactKind::AccountListing, listed).await.account_listing.unwrap().seen().cloned()
}

fn blind(unseen: Unseen) -> Blind {
    match unseen {
        Unseen::Blind(blind) => blind,
        Unseen::NotOffered(sentence) => panic!("{sentence}"),
    }
}

#[tokio::test]
async fn tags_are_asked_for_once_whoever_needs_them_and_only_of_accounts_in_use() {
    let stage = stage(|_| {}).await;
    let organization = stage.hub.list_organization().await.unwrap();
    let shop = &organization.accounts[1];
    let one = listing(&stage, shop).await.unwrap();
    assert_eq!(one.ou_path.to_string(), "/Workloads/Production");
    assert_eq!(one.tags.seen().unwrap()["Environment"], "production");
    let all = accounts(&stage, &organization.accounts[0]).await.unwrap().accounts;
    let ids: Vec<String> = all.iter().map(|listed| listed.id.to_string()).collect();
    assert_eq!(ids, [MANAGEMENT, "222222222222", "444444444444", "555555555555"], "333333333333 is suspended");
    assert_eq!(all[1].listing, one);
    assert_eq!(listing(&stage, shop).await.unwrap(), one);
    assert_eq!(stage.meter.calls().by_operation["organizations:ListTagsForResource"], 4);
}

#[tokio::test]
async fn configured_accounts_bring_their_own_tags() {
    let shop = Account {
        id: account("222222222222"),
        name: "shop".into(),
        ou_path: orgsweep_model::OuPath::default(),
        state: orgsweep_model::AccountState::Active,
        tags: [("Environment".to_owned(), "blue".to_owned())].into(),
    };
    let configured = vec![shop.clone()];
    let stage = stage(|settings| settings.static_accounts = configured).await;
    stage.hub.list_organization().await.unwrap();
    assert_eq!(listing(&stage, &shop).await.unwrap().tags.seen().unwrap()["Environment"], "blue");
    assert_eq!(stage.meter.calls().by_operation.get("organizations:ListTagsForResource"), None);
}

/// An organization whose management account may not do this.
fn without(action: &str) -> String {
    ORGANIZATION.replace("name: management, ou: /", &format!("name: management, ou: /, deny: [{{action: \"{action}\"}}]"))
}

#[tokio::test]
async fn units_that_could_not_be_read_are_not_taken_for_none() {
    for action in ["organizations:ListRoots", "organizations:ListOrganizationalUnitsForParent"] {
        let stage = stage_of(&without(action), |_| {}).await;
        let organization = stage.hub.list_organization().await.unwrap();
        for unseen in
            [listing(&stage, &organization.accounts[1]).await.unwrap_err(), accounts(&stage, &organization.accounts[0]).await.unwrap_err()]
        {
            assert_eq!(blind(unseen).action.as_deref(), Some(action));
        }
    }
}

#[tokio::test]
async fn an_organization_that_could_not_be_listed_has_no_accounts_to_judge() {
    let stage = stage_of(&without("organizations:ListAccounts"), |_| {}).await;
    stage.hub.list_organization().await.unwrap_err();
    let management = listed(account(MANAGEMENT));
    assert_eq!(blind(accounts(&stage, &management).await.unwrap_err()).action.as_deref(), Some("organizations:ListAccounts"));
}

#[tokio::test]
async fn tags_that_may_not_be_read_leave_the_units() {
    let stage = stage_of(&without("organizations:ListTagsForResource"), |_| {}).await;
    let organization = stage.hub.list_organization().await.unwrap();
    let listing = listing(&stage, &organization.accounts[1]).await.unwrap();
    assert_eq!(listing.ou_path.to_string(), "/Workloads/Production");
    let Observed::Blind(denied) = listing.tags else { panic!("the tags were seen") };
    assert_eq!(denied.action.as_deref(), Some("organizations:ListTagsForResource"));
}

/// An organization large enough for the tagging API; every tenth account has no tags.
fn large() -> String {
    let tags = |number: u64| {
        if number.is_multiple_of(10) {
            ", posture: {account-environment-declared: no_tag}".to_owned()
        } else {
            format!(", tags: {{Number: \"{number}\"}}")
        }
    };
    let rows: Vec<String> =
        (200..320).map(|number| format!("  - {{id: \"777777777{number}\", name: shop, ou: /Workloads{}}}", tags(number))).collect();
    format!("{ORGANIZATION}{}\n", rows.join("\n"))
}

#[tokio::test]
async fn a_large_organizations_tags_come_a_hundred_at_a_time_and_only_what_is_not_shown_is_asked_singly() {
    let stage = stage_of(&large(), |_| {}).await;
    stage.hub.list_organization().await.unwrap();
    for number in [201, 202, 203, 210, 319] {
        let tags = listing(&stage, &listed(account(&format!("777777777{number}")))).await.unwrap().tags;
        let found = tags.seen().unwrap().get("Number").cloned();
        assert_eq!(found, (number != 210).then(|| number.to_string()));
    }
    let calls = stage.meter.calls().by_operation;
    assert_eq!((calls["tagging:GetResources"], calls["organizations:ListTagsForResource"]), (2, 1), "{calls:?}");
}

#[tokio::test]
async fn without_the_tagging_api_accounts_are_asked_singly() {
    let organization = large().replace("name: management, ou: /}", "name: management, ou: /, deny: [{action: \"tag:GetResources\"}]}");
    let stage = stage_of(&organization, |_| {}).await;
    stage.hub.list_organization().await.unwrap();
    let tags = listing(&stage, &listed(account("777777777201"))).await.unwrap().tags;
    assert_eq!(tags.seen().unwrap()["Number"], "201");
}
