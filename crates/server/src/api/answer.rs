//! What all answers have in common.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use orgsweep_posture::Counts;
use serde::Serialize;
use utoipa::ToSchema;

/// Why there is no answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// What is wrong and what to do, for people.
    pub error: String,
    #[serde(skip)]
    pub status: u16,
}

impl Problem {
    /// What was asked for makes no sense.
    pub fn bad_request(error: impl Into<String>) -> Self {
        Self { error: error.into(), status: 400 }
    }

    /// There is no such thing.
    pub fn not_found(error: impl Into<String>) -> Self {
        Self { error: error.into(), status: 404 }
    }

    /// It cannot be read now.
    pub fn unavailable(error: impl Into<String>) -> Self {
        Self { error: error.into(), status: 503 }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self)).into_response()
    }
}

/// Number of targets by what stands for them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CountsAnswer {
    /// A pass stands and is still valid.
    pub pass: u64,
    /// A failure stands and is not waived.
    pub fail: u64,
    /// A failure stands, and waivers cover all of it.
    pub waived: u64,
    /// The question does not arise.
    pub not_applicable: u64,
    /// Never decided, or not lately enough.
    pub unknown: u64,
}

impl From<Counts> for CountsAnswer {
    fn from(counts: Counts) -> Self {
        let Counts { pass, fail, waived, not_applicable, unknown } = counts;
        Self { pass, fail, waived, not_applicable, unknown }
    }
}

/// Reads what may take a while, or wait for the disk, where nobody else waits for it.
pub(crate) async fn read<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "reading for the API panicked");
        Problem { error: "This is a bug; the daemon's log has more.".to_owned(), status: 500 }
    })
}
