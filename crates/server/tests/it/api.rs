//! The API: what it answers whatever it is asked.

use std::{
    cell::RefCell,
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

use jiff::Timestamp;
use orgsweep_server::{About, Limits};
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::Value;

use crate::support::{Running, SHORT, Setup, fixture, until};

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
        ("/api/v1/verdicts?account=999999999999", 404, "999999999999"),
        ("/api/v1/accounts/999999999999", 404, "999999999999"),
        ("/api/v1/accounts/12", 400, "12"),
        ("/api/v1/accounts/000000000001?ou=/", 400, "ou"),
        ("/api/v1/checks/root-mfa-enabled?limit=1", 400, "limit"),
        ("/api/v1/status?limit=1", 400, "limit"),
        ("/api/v1/nothing", 404, "/api/v1/openapi.json"),
        ("/api/v1/status/", 404, "/api/v1/openapi.json"),
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
        for status in ["400", "401", "403", "421", "503"] {
            let problem = &description["paths"][&page]["get"]["responses"][status]["content"]["application/json"]["schema"]["$ref"];
            assert_eq!(problem, "#/components/schemas/Problem", "{page} {status}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_error_is_json_whoever_finds_it() {
    let token = "authorization: Bearer s3cret";
    let unheard_of = ["host: evil.com", "user-agent: Mozilla/5.0"];
    let with_token = Running::start(Some("s3cret")).await;
    let running = Running::start(None).await;
    let limits = Limits { restore_wait: Duration::from_millis(10), ..Limits::default() };
    let restoring = Running::with(Setup { restoring: true, ..Setup::limited(limits) }).await;
    for (running, method, headers, status, header) in [
        (&with_token, "GET", [].as_slice(), 401, "www-authenticate"),
        (&with_token, "GET", &["origin: https://evil.com", token], 403, "content-type"),
        (&running, "GET", &unheard_of, 421, "content-type"),
        (&running, "GET", &["host: a b"], 400, "content-type"),
        (&running, "POST", &["content-length: 0"], 405, "allow"),
        (&restoring, "GET", &[], 503, "retry-after"),
    ] {
        let answer = running.ask(method, "/api/v1/status", headers);
        assert_eq!((answer.status, answer.headers["content-type"].as_str()), (status, "application/json"));
        assert!(answer.headers.contains_key(header), "{status}");
        assert_eq!(answer.headers["cache-control"], "no-store");
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        assert!(body["error"].as_str().is_some_and(|error| !error.is_empty() && !error.ends_with('\n')), "{status}: {body}");
    }
    assert_eq!(running.ask("GET", "/nothing", &[]).headers["content-type"], "text/plain; charset=utf-8");
}

// One worker thread, so that a handler that waits for the board would keep everybody waiting.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_board_that_is_busy_keeps_nobody_else_waiting() {
    let running = Running::with(Setup::limited(Limits { api: PAGES.len(), ..Limits::default() })).await;
    let organization = fixture::organization(0..3);
    let board = Arc::clone(&running.server.board);
    board.set_organization(&organization, &["us-east-1".parse().unwrap()], Timestamp::UNIX_EPOCH);
    let (say, said) = mpsc::channel();
    let (go, wait) = mpsc::channel::<()>();
    let reconfiguring = thread::spawn(move || {
        let slow = |_: &_| {
            let _ = say.send(());
            wait.recv().is_err()
        };
        let hour = Duration::from_hours(1);
        board.reconfigure(fixture::config(Vec::new()), hour, String::new(), Some(organization), slow, Timestamp::UNIX_EPOCH);
    });
    said.recv().unwrap();
    let mut clients = PAGES.map(|page| {
        let mut client = running.connect();
        client.send("GET", page, &[]);
        client
    });
    for _ in 0..3 {
        assert_eq!(running.ask("GET", "/-/healthy", &[]).status, 200);
    }
    drop(go);
    for client in &mut clients {
        assert!(matches!(client.answer("GET").status, 200 | 404 | 503));
    }
    reconfiguring.join().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn few_read_at_once_and_a_place_is_taken_until_the_reading_ends() {
    let (go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let about = move || -> About {
        let _ = wait.lock().unwrap().recv();
        fixture::about()
    };
    let limits = Limits { handler: SHORT, place_wait: SHORT / 3, ..Limits::default() };
    let running = Running::with(Setup { about: Some(Arc::new(about)), ..Setup::limited(limits) }).await;
    let mut four = [(); 4].map(|()| {
        let mut client = running.connect();
        client.send("GET", "/api/v1/status", &[]);
        client
    });
    for client in &mut four {
        let answer = client.answer("GET");
        assert_eq!((answer.status, answer.body.contains("in time")), (503, true), "{}", answer.body);
    }
    let answer = running.ask("GET", "/api/v1/waivers", &[]);
    assert_eq!((answer.status, answer.headers["retry-after"].as_str()), (503, "5"));
    assert!(answer.body.contains("Too many requests"), "{}", answer.body);
    assert_eq!(running.ask("GET", "/metrics", &[]).status, 200, "others have places of their own");
    drop(go);
    until("there are places again", || running.ask("GET", "/api/v1/waivers", &[]).status == 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_ends_before_it_has_too_many_findings() {
    let board = fixture::failing_board(&[3000, 3000, 3000, 3000, 20_000, 1]);
    let running = Running::with(Setup { board: Some(board), ..Setup::default() }).await;
    let pages = |query: &str| {
        let (mut sizes, mut after) = (Vec::new(), String::new());
        loop {
            let answer = running.ask("GET", &format!("/api/v1/verdicts?limit=1000{query}{after}"), &[]);
            let page: Value = serde_json::from_str(&answer.body).unwrap();
            sizes.push(page["items"].as_array().unwrap().len());
            let Some(next) = page["next"].as_str() else { return sizes };
            after = format!("&after={next}");
        }
    };
    assert_eq!(pages("&all_findings=true"), [3, 1, 1, 1]);
    assert_eq!(pages(""), [6], "a hundred of each");
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
