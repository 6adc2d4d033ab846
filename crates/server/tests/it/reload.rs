//! Asking for a reload.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use orgsweep_server::ReloadNow;
use tokio::sync::Semaphore;

use crate::support::{Answer, Running, Setup, until};

async fn running(answer: Result<&'static str, &'static str>) -> Running {
    let reload: ReloadNow = Arc::new(move || Box::pin(async move { answer.map(str::to_owned).map_err(str::to_owned) }));
    Running::with(Setup { reload: Some(reload), ..Setup::default() }).await
}

fn post(running: &Running, headers: &[&str]) -> Answer {
    running.ask("POST", "/-/reload", &[&["content-length: 0"], headers].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_or_what_is_wrong_is_said() {
    let answer = post(&running(Ok("2 settings changed")).await, &[]);
    assert_eq!((answer.status, answer.body.as_str()), (200, "2 settings changed\n"));
    let answer = post(&running(Err("orgsweep.yaml:3:1: no\norgsweep.yaml:4:1: no\n")).await, &[]);
    assert_eq!((answer.status, answer.body.as_str()), (422, "orgsweep.yaml:3:1: no\norgsweep.yaml:4:1: no\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_guarded_like_a_sweep() {
    let running = Running::start(None).await;
    assert_eq!(running.ask("GET", "/-/reload", &[]).status, 405);
    for header in ["x-forwarded-for: 10.1.2.3", "forwarded: for=10.1.2.3", "via: 1.1 proxy", "origin: https://example.com"] {
        assert_eq!(post(&running, &[header]).status, 403, "{header}");
    }
    let running = Running::start(Some("s3cret")).await;
    assert_eq!(post(&running, &[]).status, 401);
    assert_eq!(post(&running, &["authorization: Bearer s3cret"]).status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_goes_on_when_who_asked_has_gone_and_the_end_waits_for_it() {
    let (go, under_way, done) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicBool::default()), Arc::new(AtomicBool::default()));
    let (wait, begin, end) = (Arc::clone(&go), Arc::clone(&under_way), Arc::clone(&done));
    let reload: ReloadNow = Arc::new(move || {
        let (wait, begin, end) = (Arc::clone(&wait), Arc::clone(&begin), Arc::clone(&end));
        Box::pin(async move {
            begin.store(true, Ordering::Relaxed);
            wait.acquire().await.unwrap().forget();
            end.store(true, Ordering::Relaxed);
            Ok(String::new())
        })
    });
    let running = Running::with(Setup { reload: Some(reload), ..Setup::default() }).await;
    let mut client = running.connect();
    client.send("POST", "/-/reload", &["content-length: 0"]);
    until("the reload begins", || under_way.load(Ordering::Relaxed)).await;
    drop(client);
    running.shutdown.cancel();
    go.add_permits(1);
    running.ended().await;
    assert!(done.load(Ordering::Relaxed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_answered() {
    let reload: ReloadNow = Arc::new(|| Box::pin(async { panic!("a bug") }));
    let running = Running::with(Setup { reload: Some(reload), ..Setup::default() }).await;
    assert_eq!(post(&running, &[]).status, 500);
}
