//! Many connections at once, most of them of no use.

use std::{
    env,
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    sync::{Arc, mpsc},
    time::Duration,
};

use orgsweep_server::{Limits, ReloadNow};
use tokio::{sync::Semaphore, task::JoinSet, time::Instant};

use crate::support::{BALLAST, Client, DEADLINE, Running, SHORT, Setup, log, until};

/// With these, nothing but a lack of room closes a connection that waits.
fn patient() -> Limits {
    Limits { head: Duration::from_hours(1), idle: Duration::from_hours(1), ..Limits::default() }
}

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
    let running = Running::with(Setup::limited(patient())).await;
    let mut halves = loris(&running, 200);
    scrapes_go_on(&running);
    assert!(halves[0].is_closed(), "the oldest made room for those that came later");
}

#[tokio::test(flavor = "multi_thread")]
async fn halves_of_requests_from_everywhere_keep_nobody_from_scraping() {
    let running = Running::with(Setup::limited(Limits { connections: 100, waiting_per_peer: 1000, ..patient() })).await;
    let mut halves = loris(&running, 200);
    scrapes_go_on(&running);
    assert!(halves[0].is_closed(), "the oldest made room for those that came later");
}

/// Other peers' scrapes, at once.
async fn others_are_answered(running: &Running) {
    for address in [[127, 0, 0, 2], [127, 0, 0, 3]] {
        let start = Instant::now();
        assert_eq!(running.connect_from(address).await.ask("GET", "/metrics", &[]).status, 200);
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_do_not_come_and_readers_that_do_not_read_keep_no_other_peer_from_scraping() {
    let limits = Limits { connections: 40, per_peer: 16, waiting_per_peer: 8, place_wait: DEADLINE, ..patient() };
    let running = Running::with(Setup { ballast: BALLAST, ..Setup::limited(limits) }).await;
    let mut clients = Vec::new();
    for _ in 0..25 {
        for (method, path) in [("GET", "/metrics"), ("POST", "/-/sweep")] {
            let mut client = running.connect();
            client.send(method, path, &["content-length: 10"]);
            clients.push(client);
        }
    }
    others_are_answered(&running).await;
    drop(clients);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_awaited_makes_room() {
    let limits = Limits { connections: 2, body: Duration::from_hours(1), ..patient() };
    let running = Running::with(Setup::limited(limits)).await;
    let mut halves = [(); 2].map(|()| {
        let mut client = running.connect();
        client.send("POST", "/-/sweep", &["content-length: 10"]);
        client.0.write_all(b"half").unwrap();
        client
    });
    others_are_answered(&running).await;
    assert!(!halves.iter_mut().all(Client::is_silent), "one of them is closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_with_too_many_connections_is_refused_at_once_and_no_other_waits() {
    let (running, go, mut busy) = being_answered(3, Limits { per_peer: 3, ..Limits::default() }).await;
    assert!(running.connect().is_closed());
    others_are_answered(&running).await;
    go.add_permits(1);
    until("one of the three is answered and makes room", || {
        let mut client = running.connect();
        let asked = client.0.write_all(b"GET /-/healthy HTTP/1.1\r\nhost: localhost\r\n\r\n");
        asked.is_ok() && client.0.read(&mut [0]).is_ok_and(|bytes| bytes == 1)
    })
    .await;
    go.add_permits(2);
    assert!(busy.iter_mut().filter_map(|client| client.0.read(&mut [0]).ok()).filter(|bytes| *bytes == 1).count() >= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_over_its_share_holds_up_no_other() {
    let limits = Limits { per_peer: 8, waiting_per_peer: 4, settling: Duration::from_hours(1), ..patient() };
    let running = Running::with(Setup::limited(limits)).await;
    let mut halves = loris(&running, 20);
    others_are_answered(&running).await;
    assert_eq!(running.ask("GET", "/metrics", &[]).status, 200, "the peer's own, for which its oldest goes");
    assert!(halves[0].is_closed());
}

// One worker thread: the first connection is known to be idle before the second one's request is read.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_longest_idle_connection_makes_room() {
    let running = Running::with(Setup::limited(Limits { connections: 2, ..patient() })).await;
    let ask = |client: &mut Client<TcpStream>| assert_eq!(client.ask("GET", "/-/healthy", &[]).status, 200);
    let mut clients = [(); 3].map(|()| {
        let mut client = running.connect();
        ask(&mut client);
        client
    });
    assert!(clients[0].is_closed());
    clients[1..].iter_mut().for_each(ask);
}

// One worker thread, which does something else until all have asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn many_that_ask_at_once_are_all_answered() {
    let running = Running::with(Setup::limited(patient())).await;
    let (go, wait) = mpsc::channel::<()>();
    let mut elsewhere = JoinSet::new();
    elsewhere.spawn(async move { wait.recv().unwrap_err() });
    let ask = |_| {
        let mut client = running.connect();
        client.send("GET", "/-/healthy", &[]);
        client
    };
    let mut clients: Vec<_> = (0..100).map(ask).collect();
    drop(go);
    for client in &mut clients {
        assert_eq!(client.answer("GET").status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_just_came_makes_no_room() {
    let limits = Limits { connections: 2, settling: Duration::from_hours(1), ..patient() };
    let running = Running::with(Setup::limited(limits)).await;
    let mut first = running.connect();
    assert_eq!(first.ask("GET", "/-/healthy", &[]).status, 200);
    let _second = running.connect();
    let mut third = running.connect();
    third.send("GET", "/-/healthy", &[]);
    assert!(third.is_silent());
    drop(first);
    assert_eq!(third.answer("GET").status, 200);
}

/// Tells the test below that it runs with few file descriptors.
const FEW: &str = "ORGSWEEP_TEST_FEW_FILES";
const TEST: &str = "crowd::want_of_file_descriptors_ends_nothing";

/// A process of its own, because what is used up there is used up for all of its tests.
#[tokio::test(flavor = "multi_thread")]
async fn want_of_file_descriptors_ends_nothing() {
    if env::var_os(FEW).is_some() {
        with_few_file_descriptors().await;
        return;
    }
    // The limit is the process's, so this test runs itself in one of its own.
    let this = env::current_exe().unwrap();
    let script = "ulimit -n 64 && exec \"$0\" --exact \"$1\" --nocapture";
    let output = Command::new("sh").args(["-c", script]).arg(this).arg(TEST).env(FEW, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

async fn with_few_file_descriptors() {
    let running = Running::with(Setup::limited(patient())).await;
    let mut clients = Vec::new();
    while let Ok(client) = TcpStream::connect(running.address) {
        clients.push(client);
        assert!(clients.len() < 64, "there are few file descriptors");
    }
    until("the server is in want of them, too", || log::lines(&["a connection could not be accepted"]) > 0).await;
    drop(clients);
    assert_eq!(running.ask("GET", "/metrics", &[]).status, 200);
}

/// So many connections that are being answered, until there are permits for them.
async fn being_answered(connections: usize, limits: Limits) -> (Running, Arc<Semaphore>, Vec<Client<TcpStream>>) {
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
    let running = Running::with(Setup { reload: Some(reload), ..Setup::limited(limits) }).await;
    let mut busy: Vec<_> = (0..connections).map(|_| running.connect()).collect();
    for client in &mut busy {
        client.send("POST", "/-/reload", &["content-length: 0"]);
    }
    until("all are being answered", || under_way.available_permits() == connections).await;
    (running, go, busy)
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_being_answered_make_no_room() {
    let (running, go, mut busy) = being_answered(2, Limits { connections: 2, ..Limits::default() }).await;
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
    let limits = Limits { stall: SHORT, scrapes: 1, place_wait: DEADLINE, ..Limits::default() };
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
    let limits = Limits { scrape: Duration::from_secs(2), scrapes: 1, place_wait: Duration::from_millis(50), ..Limits::default() };
    let running = Running::with(Setup { ballast: BALLAST, ..Setup::limited(limits) }).await;
    let mut drawn_out = running.connect();
    drawn_out.send("GET", "/metrics", &[]);
    assert_eq!(drawn_out.head().status, 200);
    assert_eq!(running.ask("HEAD", "/metrics", &[]).status, 503);
    until("its place is free", || running.ask("HEAD", "/metrics", &[]).status == 200).await;
    drop(drawn_out);
}
