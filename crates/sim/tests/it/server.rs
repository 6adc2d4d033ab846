//! The server itself.

use std::time::Duration;

use orgsweep_sim::{Options, Simulation};
use tokio::time::Instant;

use crate::http::{Identity, Server};

#[tokio::test]
async fn latency_holds_every_answer_back() {
    let latency = Duration::from_millis(60);
    let server = Server::start_with(Simulation::generated(1, 7), Options { latency }).await;
    let start = Instant::now();
    let answer = server.query(&Identity::base(), "us-east-1", "sts", "Action=GetCallerIdentity").await;
    assert_eq!(answer.status, 200);
    assert!(start.elapsed() >= latency, "{:?}", start.elapsed());
}

#[tokio::test]
async fn it_ends_when_asked() {
    let server = Server::start(Simulation::generated(1, 7)).await;
    assert_eq!(server.query(&Identity::base(), "us-east-1", "sts", "Action=GetCallerIdentity").await.status, 200);
    server.stop().await;
}
