//! The JSON API: what the board and the database know, page by page, for dashboards, scripts and people.
//!
//! It only reads. Statuses and times come from the board, so they are what the metrics show; texts and history come from the database,
//! and where that cannot be read they are missing, and the answer says so. Its description, `/api/v1/openapi.json`, is made from the types
//! and handlers here.

#![expect(unused_qualifications, reason = "utoipa's macro writes them")]

mod accounts;
mod answer;
mod ask;
mod checks;
mod openapi;
mod reading;
mod status;
mod transitions;
mod verdicts;
mod waivers;

use std::sync::Arc;

use axum::{Json, Router, routing::get};
use orgsweep_model::{CheckId, CheckMeta};
use orgsweep_posture::{Board, StoreReader, StoreStatus};
use utoipa::OpenApi;

pub(crate) use answer::errors_as_json;
use reading::Reading;
pub use status::{About, Reload};

use crate::{Limits, Readiness};

/// What the API answers from. Clones share it.
#[derive(Clone)]
pub struct Api {
    /// Statuses and times.
    pub board: Arc<Board>,
    /// Texts and history.
    pub reader: StoreReader,
    /// How the database is doing.
    pub store: Arc<StoreStatus>,
    /// Whether the daemon is ready.
    pub readiness: Readiness,
    /// What the daemon says of itself.
    pub about: Arc<dyn Fn() -> About + Send + Sync>,
    /// The catalogue.
    pub meta: fn(CheckId) -> Option<&'static CheckMeta>,
}

/// Every page of the API.
pub(crate) fn router<S: Clone + Send + Sync + 'static>(api: Api, limits: Limits) -> Router<S> {
    Router::new()
        .route("/api/v1/status", get(status::status))
        .route("/api/v1/accounts", get(accounts::accounts))
        .route("/api/v1/accounts/{id}", get(accounts::account))
        .route("/api/v1/checks", get(checks::checks))
        .route("/api/v1/checks/{id}", get(checks::check))
        .route("/api/v1/verdicts", get(verdicts::verdicts))
        .route("/api/v1/transitions", get(transitions::transitions))
        .route("/api/v1/waivers", get(waivers::waivers))
        .route("/api/v1/openapi.json", get(async || Json(openapi::Description::openapi())))
        .with_state(Reading::new(api, limits))
}
