//! A board that is still being restored.

use orgsweep_server::Limits;

use crate::support::{Running, SHORT, Setup};

#[tokio::test(flavor = "multi_thread")]
async fn scrapes_wait_until_the_board_is_restored() {
    let running = Running::with(Setup { restoring: true, ..Setup::default() }).await;
    let mut client = running.connect();
    client.send("GET", "/metrics", &[]);
    assert!(client.is_silent());
    assert_eq!(running.ask("GET", "/-/healthy", &[]).status, 200, "health is answered at once");
    running.restored.send(true).unwrap();
    assert_eq!(client.answer("GET").status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scrape_that_waited_too_long_is_told_to_come_again() {
    let limits = Limits { restore_wait: SHORT, ..Limits::default() };
    let running = Running::with(Setup { restoring: true, ..Setup::limited(limits) }).await;
    let answer = running.ask("GET", "/metrics", &[]);
    assert_eq!((answer.status, answer.headers["retry-after"].as_str()), (503, "2"));
    assert!(answer.body.ends_with(".\n") && !answer.body.contains("orgsweep_"), "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_restores_may_go_afterwards_but_not_before() {
    let Running { restored, server, shutdown, .. } = Running::start(None).await;
    drop((restored, shutdown));
    assert!(*server.restored.borrow());

    let mut running = Running::with(Setup { restoring: true, ..Setup::default() }).await;
    running.restored = tokio::sync::watch::channel(true).0;
    assert_eq!(running.ask("GET", "/metrics", &[]).status, 503, "at once");
    let mut running = Running::start(None).await;
    running.restored = tokio::sync::watch::channel(true).0;
    assert_eq!(running.ask("GET", "/metrics", &[]).status, 200);
}
