//! An end in time, whatever clients do.

use std::io::{Read, Write};

use crate::support::Running;

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_is_closed_at_once() {
    let running = Running::start(None).await;
    let mut idle = running.connect();
    assert_eq!(idle.ask("GET", "/-/healthy", &[]).status, 200);
    running.shutdown.cancel();
    // A connection that is only left behind when the grace period ends is not closed, and reading from it would time out.
    assert_eq!(idle.0.read(&mut [0]).expect("the server closes the connection"), 0);
    running.ended().await;
}

// One worker thread: it serves connections in the order in which their bytes came.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_request_that_never_ends_delays_the_end_only_for_the_grace_period() {
    let running = Running::start(None).await;
    let mut stuck = running.connect();
    stuck.0.write_all(b"GET /metrics HTTP/1.1\r\nhost: lo").unwrap();
    // With these answers, the server has read the half request too.
    let mut other = running.connect();
    for _ in 0..2 {
        assert_eq!(other.ask("GET", "/-/healthy", &[]).status, 200);
    }
    running.shutdown.cancel();
    running.ended().await;
    drop(stuck);
}
