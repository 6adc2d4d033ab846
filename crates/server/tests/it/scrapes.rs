//! Scrapes at once.

use orgsweep_server::Limits;

use crate::support::{BALLAST, DEADLINE, Running, SHORT, Setup, until};

#[tokio::test(flavor = "multi_thread")]
async fn the_ninth_waits_for_a_place() {
    let limits = Limits { place_wait: DEADLINE, scrapes_per_peer: 8, ..Limits::default() };
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
    let limits = Limits { scrapes: 1, place_wait: SHORT, ..Limits::default() };
    let running = Running::with(Setup { ballast: BALLAST, ..Setup::limited(limits) }).await;
    let mut one = running.connect();
    one.send("GET", "/metrics", &[]);
    assert_eq!(one.head().status, 200);
    let answer = running.ask("GET", "/metrics", &[]);
    assert_eq!((answer.status, answer.headers["retry-after"].as_str()), (503, "5"));
    assert!(!answer.body.contains("orgsweep_"));
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_readers_of_one_peer_leave_places_to_others() {
    let limits = Limits { place_wait: SHORT, ..Limits::default() };
    let running = Running::with(Setup { ballast: BALLAST, ..Setup::limited(limits) }).await;
    let mut slow: Vec<_> = (0..10).map(|_| running.connect()).collect();
    for client in &mut slow {
        client.send("GET", "/metrics", &[]);
    }
    let mut answers: Vec<u16> = slow.iter_mut().map(|client| client.head().status).collect();
    answers.sort_unstable();
    assert_eq!(answers, [[200; 2].as_slice(), &[503; 8]].concat());
    for address in [[127, 0, 0, 2], [127, 0, 0, 3]] {
        assert_eq!(running.connect_from(address).await.ask("GET", "/metrics", &[]).status, 200);
    }
    assert_eq!(running.ask("GET", "/metrics", &[]).status, 503, "both places of the peer are still taken");
    slow.clear();
    until("they are free", || running.ask("HEAD", "/metrics", &[]).status == 200).await;
}
