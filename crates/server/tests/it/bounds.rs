//! Requests that are too long, take too long, or find a bug.

use std::{io::Write, sync::Arc};

use orgsweep_server::{Limits, ReloadNow};

use crate::support::{Running, SHORT, Setup};

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_is_too_long_is_refused() {
    let running = Running::start(None).await;
    let bytes = format!("x-long: {}", "x".repeat(16 * 1024));
    let many: Vec<String> = (0..100).map(|number| format!("x-{number}: x")).collect();
    for headers in [vec![&*bytes], many.iter().map(|header| &**header).collect()] {
        assert_eq!(running.ask("GET", "/metrics", &headers).status, 431, "{} headers", headers.len());
    }
    // Nothing is kept of a head without an end.
    let mut endless = running.connect();
    let block = [b'x'; 1024];
    endless.0.write_all(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nx: ").unwrap();
    let mut sent = 0;
    while sent < 4096 && endless.0.write_all(&block).is_ok() {
        sent += 1;
    }
    assert!(sent < 4096, "4 MiB of a head were taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_long_is_refused() {
    let running = Running::start(None).await;
    assert_eq!(running.ask("POST", "/-/sweep", &["content-length: 65537"]).status, 413, "before it is sent");

    let chunked = "transfer-encoding: chunked";
    let mut client = running.connect();
    client.send("POST", "/-/sweep", &[chunked]);
    client.0.write_all(&[b"10000\r\n", &*vec![b'x'; 0x10000], b"\r\n1\r\nx\r\n"].concat()).unwrap();
    assert_eq!(client.answer("POST").status, 413, "as soon as it is too long");

    let mut client = running.connect();
    client.send("POST", "/-/sweep", &[chunked]);
    client.0.write_all(&[b"10000\r\n", &*vec![b'x'; 0x10000], b"\r\n0\r\n\r\n"].concat()).unwrap();
    assert_eq!(client.answer("POST").status, 202, "just not too long");

    let mut client = running.connect();
    client.send("POST", "/-/sweep", &[chunked]);
    client.0.write_all(b"no number\r\n").unwrap();
    assert_eq!(client.answer("POST").status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_come_is_not_awaited_for_long() {
    let running = Running::with(Setup::limited(Limits { body: SHORT, ..Limits::default() })).await;
    let mut client = running.connect();
    client.send("POST", "/-/sweep", &["content-length: 10"]);
    client.0.write_all(b"half").unwrap();
    assert_eq!(client.answer("POST").status, 408);
    assert!(client.is_closed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_not_awaited_where_nobody_wants_it_or_who_asks_may_not() {
    let running = Running::start(None).await;
    let body = "content-length: 10";
    for (status, method, path, header) in [
        (200, "GET", "/metrics", "x: x"),
        (200, "HEAD", "/-/healthy", "x: x"),
        (200, "GET", "/api/v1/status", "x: x"),
        (404, "POST", "/nothing", "x: x"),
        (405, "POST", "/metrics", "x: x"),
        (405, "GET", "/-/sweep", "x: x"),
        (403, "POST", "/-/sweep", "via: 1.1 proxy"),
    ] {
        let mut client = running.connect();
        client.send(method, path, &[body, header]);
        assert_eq!(client.answer(method).status, status, "{method} {path}");
        assert!(client.is_closed(), "what follows is no request");
    }
    let running = Running::start(Some("s3cret")).await;
    let mut client = running.connect();
    client.send("POST", "/-/sweep", &[body]);
    assert_eq!(client.answer("POST").status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_head_is_awaited_for_less_time_than_the_next_request() {
    let running = Running::with(Setup::limited(Limits { head: SHORT, ..Limits::default() })).await;
    let mut silent = running.connect();
    let mut half = running.connect();
    half.0.write_all(b"GET /-/healthy HTTP/1.1\r\nhost: loc").unwrap();
    let mut idle = running.connect();
    assert_eq!(idle.ask("GET", "/-/healthy", &[]).status, 200);
    assert!(half.is_closed());
    assert!(silent.is_closed());
    assert_eq!(idle.ask("GET", "/-/healthy", &[]).status, 200, "still there");
    idle.0.write_all(b"GET").unwrap();
    assert!(idle.is_closed());

    let running = Running::with(Setup::limited(Limits { idle: SHORT, ..Limits::default() })).await;
    let mut idle = running.connect();
    assert_eq!(idle.ask("GET", "/-/healthy", &[]).status, 200);
    assert!(idle.is_closed());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_does_not_come_is_not_awaited_for_ever() {
    let never: ReloadNow = Arc::new(|| Box::pin(std::future::pending()));
    let limits = Limits { handler: SHORT, ..Limits::default() };
    let running = Running::with(Setup { reload: Some(never), ..Setup::limited(limits) }).await;
    let mut client = running.connect();
    let answer = client.ask("POST", "/-/reload", &["content-length: 0"]);
    assert_eq!((answer.status, answer.body.as_str()), (503, "This could not be answered in time.\n"));
    assert_eq!(client.ask("GET", "/-/healthy", &[]).status, 200, "the connection goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_answered() {
    let running = Running::start(None).await;
    let mut client = running.connect();
    let answer = client.ask("POST", "/-/sweep?account=999999999999", &["content-length: 0"]);
    assert_eq!(answer.status, 500);
    assert!(!answer.body.contains("a bug\n"), "{}", answer.body);
    assert_eq!(client.ask("GET", "/-/healthy", &[]).status, 200, "the connection goes on");
}
