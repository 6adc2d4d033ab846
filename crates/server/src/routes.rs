//! Which path answers what.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use orgsweep_posture::Board;
use prometheus::Registry;

use crate::{Readiness, SweepNow, Token, auth, metrics, sweep};

const HEALTHY: &str = "/-/healthy";
const READY: &str = "/-/ready";
const METRICS: &str = "/metrics";
const SWEEP: &str = "/-/sweep";

/// What the server answers from. Clones share it.
#[derive(Clone)]
pub struct Server {
    /// The posture.
    pub board: Arc<Board>,
    /// The daemon's own metrics. It must not hold a family of the board's.
    pub registry: Registry,
    /// Whether the daemon is ready.
    pub readiness: Readiness,
    /// Who is asked for sweeps by hand.
    pub sweep: SweepNow,
    /// What requests have to bear, except those for health; absent where all may ask.
    pub token: Option<Token>,
}

/// Every path, with what guards it.
pub fn router(server: Server) -> Router {
    let mut guarded = Router::new().route(METRICS, get(metrics::metrics)).route(SWEEP, post(sweep::sweep)).fallback(not_found);
    if let Some(token) = server.token.clone() {
        guarded = guarded.layer(middleware::from_fn_with_state(token, auth::require));
    }
    // Kubernetes asks for health without a token.
    let open = Router::new().route(HEALTHY, get(async || "ok\n")).route(READY, get(ready));
    guarded.merge(open).with_state(server)
}

async fn ready(State(server): State<Server>) -> Response {
    let awaited = server.readiness.awaited();
    if awaited.is_empty() {
        return "ok\n".into_response();
    }
    let lines = awaited.join("\nwaiting for ");
    (StatusCode::SERVICE_UNAVAILABLE, format!("waiting for {lines}\n")).into_response()
}

async fn not_found() -> Response {
    (StatusCode::NOT_FOUND, format!("There is no such page. There are {METRICS}, {HEALTHY}, {READY} and, to post to, {SWEEP}.\n"))
        .into_response()
}
