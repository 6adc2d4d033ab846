//! Scrapes at once.

use orgsweep_server::Limits;

use crate::support::{BALLAST, DEADLINE, Running, SHORT, Setup};

#[tokio::test(flavor = "multi_thread")]
async fn the_ninth_waits_for_a_place() {
    let limits = Limits { scrape_wait: DEADLINE, ..Limits::default() };
    let running = Running::with(Setup { ballast: BALLAST, ..Setup::limited(limits) }).await;
    let mut eight: Vec<_> = (0..8).map(|_| running.connect()).collect();
    for client in &mut eight {
        client.send("GET", "/metrics", &[]);
        assert_eq!(client.head().status, 200);
    }
    let mut ninth = running.connect();
    ninth.send("HEAD", "/metrics", &[]);
    assert!(ninth.is_silent());
    assert_eq!(running.ask("GET", "/-/healthy", &[]).status, 200, "health needs no place");
    eight.pop();
    assert_eq!(ninth.head().status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_does_not_wait_for_ever() {
    let limits = Limits { scrapes: 1, scrape_wait: SHORT, ..Limits::default() };
    let running = Running::with(Setup { ballast: BALLAST, ..Setup::limited(limits) }).await;
    let mut one = running.connect();
    one.send("GET", "/metrics", &[]);
    assert_eq!(one.head().status, 200);
    let answer = running.ask("GET", "/metrics", &[]);
    assert_eq!((answer.status, answer.headers["retry-after"].as_str()), (503, "5"));
    assert!(!answer.body.contains("orgsweep_"));
}
