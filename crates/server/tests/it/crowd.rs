//! Many connections at once, most of them of no use.

use std::{io::Write, net::TcpStream, sync::Arc, time::Duration};

use orgsweep_server::{Limits, ReloadNow};
use tokio::{sync::Semaphore, time::Instant};

use crate::support::{BALLAST, Client, Running, SHORT, Setup, until};

/// So many connections that each send half a request.
fn loris(running: &Running, connections: usize) -> Vec<Client<TcpStream>> {
    let half = |_| {
        let mut client = running.connect();
        client.0.write_all(b"GET /metrics HTTP/1.1\r\nhost: loc").unwrap();
        client
    };
    (0..connections).map(half).collect()
}

fn scrapes_go_on(running: &Running) {
    for _ in 0..10 {
        let start = Instant::now();
        assert_eq!(running.ask("GET", "/metrics", &[]).status, 200);
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn halves_of_requests_keep_nobody_from_scraping() {
    let running = Running::start(None).await;
    let mut halves = loris(&running, 200);
    scrapes_go_on(&running);
    assert!(halves[0].is_closed(), "the oldest made room for those that came later");
}

#[tokio::test(flavor = "multi_thread")]
async fn halves_of_requests_from_everywhere_keep_nobody_from_scraping() {
    let running = Running::with(Setup::limited(Limits { connections: 100, waiting_per_peer: 1000, ..Limits::default() })).await;
    let mut halves = loris(&running, 200);
    scrapes_go_on(&running);
    assert!(halves[0].is_closed(), "the oldest made room for those that came later");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_idle_connection_makes_room() {
    let running = Running::with(Setup::limited(Limits { connections: 2, ..Limits::default() })).await;
    let mut clients: Vec<_> = (0..3).map(|_| running.connect()).collect();
    for client in &mut clients {
        assert_eq!(client.ask("GET", "/-/healthy", &[]).status, 200);
    }
    assert!(clients[0].is_closed());
    for client in &mut clients[1..] {
        assert_eq!(client.ask("GET", "/-/healthy", &[]).status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_being_answered_make_no_room() {
    let (go, under_way) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (wait, begin) = (Arc::clone(&go), Arc::clone(&under_way));
    let reload: ReloadNow = Arc::new(move || {
        let wait = Arc::clone(&wait);
        begin.add_permits(1);
        Box::pin(async move {
            wait.acquire().await.unwrap().forget();
            Ok("done".to_owned())
        })
    });
    let limits = Limits { connections: 2, ..Limits::default() };
    let running = Running::with(Setup { reload: Some(reload), ..Setup::limited(limits) }).await;
    let mut busy: Vec<_> = (0..2).map(|_| running.connect()).collect();
    for client in &mut busy {
        client.send("POST", "/-/reload", &["content-length: 0"]);
    }
    until("both are being answered", || under_way.available_permits() == 2).await;
    let mut third = running.connect();
    third.send("GET", "/-/healthy", &[]);
    assert!(third.is_silent());
    go.add_permits(2);
    assert_eq!(third.answer("GET").status, 200);
    for client in &mut busy {
        assert_eq!(client.answer("POST").status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_takes_nothing_is_dropped() {
    let limits = Limits { stall: SHORT, scrapes: 1, ..Limits::default() };
    let running = Running::with(Setup { ballast: BALLAST, ..Setup::limited(limits) }).await;
    let mut stalled = running.connect();
    stalled.send("GET", "/metrics", &[]);
    assert_eq!(stalled.head().status, 200);
    // There is one place for scrapes, so the stalled one is over when this is answered.
    assert_eq!(running.ask("GET", "/metrics", &[]).status, 200);
    drop(stalled);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_drawn_out_is_cut() {
    let limits = Limits { answer: SHORT, scrapes: 1, ..Limits::default() };
    let running = Running::with(Setup { ballast: BALLAST, ..Setup::limited(limits) }).await;
    let mut drawn_out = running.connect();
    drawn_out.send("GET", "/metrics", &[]);
    assert_eq!(drawn_out.head().status, 200);
    let mut next = running.connect();
    next.send("HEAD", "/metrics", &[]);
    assert_eq!(next.head().status, 200);
    drop(drawn_out);
}
