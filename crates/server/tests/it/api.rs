//! The API: what it answers whatever it is asked.

use std::cell::RefCell;

use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::Value;

use crate::support::Running;

const PAGES: [&str; 9] = [
    "/api/v1/status",
    "/api/v1/accounts",
    "/api/v1/accounts/000000000001",
    "/api/v1/checks",
    "/api/v1/checks/none",
    "/api/v1/verdicts",
    "/api/v1/transitions",
    "/api/v1/waivers",
    "/api/v1/openapi.json",
];
/// Every parameter of any page.
const PARAMETERS: [&str; 20] = [
    "account",
    "after",
    "all_findings",
    "blind_reason",
    "check",
    "from",
    "holds",
    "limit",
    "ou",
    "owner",
    "reachable",
    "region",
    "severity",
    "since",
    "state",
    "status",
    "to",
    "until",
    "used",
    "unheard_of",
];
/// Values that are right somewhere, or nearly.
const VALUES: [&str; 20] = [
    "000000000001",
    "111122223333/us-east-1/root-mfa-enabled",
    "111122223333/global/",
    "//",
    "true",
    "fail",
    "removed",
    "critical",
    "ACTIVE",
    "us-east-1",
    "global",
    "0",
    "1",
    "1000",
    "-1",
    "99999999999999999999",
    "2026-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "",
    "'; DROP TABLE verdict; --",
];

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |encoded, byte| encoded + &format!("%{byte:02x}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_come_page_by_page() {
    let running = Running::start(None).await;
    let mut client = running.connect();
    let mut ids = Vec::new();
    let mut after = String::new();
    loop {
        let answer = client.ask("GET", &format!("/api/v1/accounts?limit=300{after}"), &[]);
        let page: Value = serde_json::from_str(&answer.body).unwrap();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 300);
        ids.extend(items.iter().map(|item| item["account_id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(ids, (0..2000).map(|id| format!("{id:012}")).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_known_is_said_and_not_passed_over() {
    let running = Running::start(None).await;
    for (page, status, said) in [
        ("/api/v1/verdicts?chekc=root-mfa-enabled", 400, "chekc"),
        ("/api/v1/verdicts?check=root-mfa-enable", 404, "root-mfa-enable"),
        ("/api/v1/verdicts?limit=0", 400, "limit"),
        ("/api/v1/accounts/999999999999", 404, "999999999999"),
        ("/api/v1/accounts/12", 400, "12"),
        ("/api/v1/transitions", 503, "history"),
    ] {
        let answer = running.ask("GET", page, &[]);
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(answer.status, status, "{page}: {body}");
        assert!(body["error"].as_str().unwrap().contains(said), "{page}: {body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_names_every_page() {
    let running = Running::start(None).await;
    let description: Value = serde_json::from_str(&running.ask("GET", "/api/v1/openapi.json", &[]).body).unwrap();
    let described: Vec<&str> = description["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    let pages = PAGES.iter().filter(|page| !page.contains("openapi"));
    for page in pages {
        let page = page.replace("/000000000001", "/{id}").replace("/none", "/{id}");
        assert!(described.contains(&page.as_str()), "{page} is not in {described:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_question_is_answered_by_an_error_of_our_own() {
    let running = Running::start(None).await;
    let client = RefCell::new(running.connect());
    let value =
        prop_oneof![3 => prop::sample::select(VALUES.as_slice()).prop_map(ToOwned::to_owned), 1 => "\\PC{0,20}", 1 => "[0-9a-z/:.-]{0,30}"];
    let parameter = (prop::sample::select(PARAMETERS.as_slice()), value);
    let question = (prop::sample::select(PAGES.as_slice()), prop::collection::vec(parameter, 0..4), "[&=%?a-f0-9]{0,6}");
    let mut runner = TestRunner::new(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() });
    let asked = runner.run(&question, |(page, parameters, rest)| {
        let query: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let target = format!("{page}?{}{rest}", query.join("&"));
        let answer = client.borrow_mut().ask("GET", &target, &[]);
        // Without a database there is no history.
        let no_history = page == "/api/v1/transitions" && answer.status == 503;
        prop_assert!(matches!(answer.status, 200 | 400 | 404) || no_history, "{target}: {} {}", answer.status, answer.body);
        prop_assert_eq!(answer.headers["content-type"].as_str(), "application/json", "{}", target);
        prop_assert!(serde_json::from_str::<Value>(&answer.body).is_ok(), "{target}: {}", answer.body);
        Ok(())
    });
    asked.unwrap();
}
