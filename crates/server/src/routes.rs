//! Which path answers what.

use std::{fmt::Write as _, sync::Arc};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, Uri},
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use orgsweep_posture::Board;
use prometheus::Registry;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use crate::{
    Api, Limits, Readiness, ReloadNow, SweepNow, TokenFile, api, auth, bounds, guard,
    guard::Guard,
    headers, metrics,
    reload::{self, Reloading},
    restored::{self, Restored},
    scrapes::{self, Scrapes},
    sweep,
};

pub(crate) const HEALTHY: &str = "/-/healthy";
pub(crate) const READY: &str = "/-/ready";
pub(crate) const METRICS: &str = "/metrics";
const API: &str = "/api/v1/openapi.json";
const SWEEP: &str = "/-/sweep";
const RELOAD: &str = "/-/reload";

/// Every page, with how it is asked for and what it is.
const PAGES: [(&str, &str, &str); 6] = [
    ("GET", METRICS, "the metrics"),
    ("GET", API, "what the API answers; it begins with /api/v1"),
    ("GET", HEALTHY, "whether the process serves"),
    ("GET", READY, "whether the organization was listed, or what is waited for"),
    ("POST", SWEEP, "sweeps all accounts now, or with ?account=ID one"),
    ("POST", RELOAD, "reads the configuration anew"),
];

/// What the server answers from. Clones share it.
#[derive(Clone)]
pub struct Server {
    /// The posture.
    pub board: Arc<Board>,
    /// The daemon's own metrics. It must not hold a family of the board's.
    pub registry: Registry,
    /// Whether the daemon is ready.
    pub readiness: Readiness,
    /// Whether the board has what was known before the restart. Until it has, what comes from the board waits. The sender may go once it
    /// has said so; if it goes before, the board is never shown.
    pub restored: watch::Receiver<bool>,
    /// Who is asked for sweeps by hand.
    pub sweep: SweepNow,
    /// Who is asked to read the configuration anew.
    pub reload: ReloadNow,
    /// What the API answers from.
    pub api: Api,
    /// What requests have to bear, except those for health; absent where all may ask.
    pub token: Option<TokenFile>,
}

/// Every path, with what guards it. Reloads run among the tasks.
pub(crate) fn router(server: Server, guard: Guard, limits: Limits, tasks: TaskTracker) -> Router {
    let restored = Restored { restored: server.restored.clone(), patience: limits.restore_wait };
    let scrapes = Scrapes::new(limits);
    // The last layer is the first to see a request: a scrape that waits for the board takes no place from others.
    let board = Router::new()
        .route(METRICS, get(metrics::metrics).route_layer(from_fn_with_state(scrapes, scrapes::one_of_few)))
        .merge(api::router(server.api.clone(), limits))
        .route_layer(from_fn_with_state(restored.clone(), restored::wait));

    // A body is read only from those who may have something done.
    let small_body = from_fn_with_state(limits, bounds::small_body);
    let may_act = from_fn_with_state(server.token.is_some(), guard::may_act);
    let guarded = |action: MethodRouter<Server>| action.route_layer(small_body.clone()).route_layer(may_act.clone());
    let reloading = Reloading { reload: Arc::clone(&server.reload), tasks };
    let actions = Router::new()
        // Before the accounts are known there is nobody to sweep.
        .route(SWEEP, guarded(post(sweep::sweep).route_layer(from_fn_with_state(restored, restored::wait))))
        .route(RELOAD, guarded(post(reload::reload).with_state(reloading)));

    let mut guarded = board.merge(actions).fallback(not_found);
    if let Some(token) = server.token.clone() {
        guarded = guarded.layer(from_fn_with_state(token, auth::require));
    }
    // Kubernetes asks for health without a token.
    let open = Router::new().route(HEALTHY, get(async || "ok\n")).route(READY, get(ready));
    guarded
        .merge(open)
        .layer(from_fn_with_state(guard, guard::guard))
        .layer(from_fn_with_state(limits, bounds::answered))
        .layer(from_fn(api::errors_as_json))
        .layer(from_fn(headers::careful))
        .with_state(server)
}

async fn ready(State(server): State<Server>) -> Response {
    let awaited = server.readiness.awaited();
    if awaited.is_empty() {
        return "ok\n".into_response();
    }
    let lines = awaited.join("\nwaiting for ");
    (StatusCode::SERVICE_UNAVAILABLE, format!("waiting for {lines}\n")).into_response()
}

async fn not_found(uri: Uri) -> Response {
    if uri.path().starts_with("/api/") {
        return (StatusCode::NOT_FOUND, format!("The API has no such page. {API} describes those there are.\n")).into_response();
    }
    let mut text = "There is no such page. There are:\n".to_owned();
    for (method, path, what) in PAGES {
        let _ = writeln!(text, "{method:4} {path:20} {what}");
    }
    (StatusCode::NOT_FOUND, text).into_response()
}
