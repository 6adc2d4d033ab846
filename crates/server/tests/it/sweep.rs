//! Asking for a sweep.

use crate::support::{Answer, Running};

fn post(running: &Running, query: &str, headers: &[&str]) -> Answer {
    running.ask("POST", &format!("/-/sweep{query}"), &[&["content-length: 0"], headers].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_account_or_all_are_asked_for() {
    let running = Running::start(None).await;
    let answer = post(&running, "?account=111111111111", &[]);
    assert_eq!((answer.status, answer.body.as_str()), (202, "{\"accounts\":1,\"running\":1}\n"));
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(post(&running, "", &[]).body, "{\"accounts\":2000,\"running\":3}\n");

    let answer = post(&running, "?account=222222222222", &[]);
    assert_eq!(answer.status, 404);
    assert!(answer.body.contains("222222222222"), "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_sweeps_nothing() {
    let running = Running::start(None).await;
    for query in ["?account=", "?account=12345", "?acount=111111111111", "?account=111111111111&account=111111111111", "?account"] {
        let answer = post(&running, query, &[]);
        assert_eq!(answer.status, 400, "{query}: {}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_through_others_is_refused() {
    let running = Running::start(None).await;
    for header in [
        "x-forwarded-for: 10.1.2.3",
        "x-forwarded-host: example.com",
        "x-forwarded-proto: https",
        "x-real-ip: 10.1.2.3",
        "x-request-id: 7f3a",
        "x-envoy-internal: true",
        "forwarded: for=10.1.2.3",
        "via: 1.1 proxy",
        "origin: https://example.com",
    ] {
        assert_eq!(post(&running, "", &[header]).status, 403, "{header}");
    }
    assert_eq!(post(&running, "", &["host: localhost:9847", "origin: http://localhost:9847"]).status, 202, "a page of the server's own");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_needed_where_there_is_one() {
    let running = Running::start(Some("s3cret")).await;
    assert_eq!(post(&running, "", &[]).status, 401);
    let token = "authorization: Bearer s3cret";
    assert_eq!(post(&running, "", &[token]).status, 202);
    // Whoever bears it may ask from anywhere, but for pages of others.
    assert_eq!(post(&running, "", &[token, "x-forwarded-for: 10.1.2.3"]).status, 202);
    assert_eq!(post(&running, "", &[token, "origin: https://example.com"]).status, 403);
}
