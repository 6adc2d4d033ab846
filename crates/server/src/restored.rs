//! Waiting for the board to be restored. A half-filled board must not be scraped, because alerts on what it lacks would resolve.

use std::time::Duration;

use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::{sync::watch, time};

/// What is waited for, and how long.
#[derive(Clone)]
pub(crate) struct Restored {
    pub restored: watch::Receiver<bool>,
    pub patience: Duration,
}

/// Lets a request through once the board is restored. Whoever restored it is not needed any more then.
pub(crate) async fn wait(State(Restored { mut restored, patience }): State<Restored>, request: Request, next: Next) -> Response {
    if matches!(time::timeout(patience, restored.wait_for(|restored| *restored)).await, Ok(Ok(_))) {
        return next.run(request).await;
    }
    let later = [(header::RETRY_AFTER, "2")];
    (StatusCode::SERVICE_UNAVAILABLE, later, "What was known before the restart is still being restored. Ask again.\n").into_response()
}
