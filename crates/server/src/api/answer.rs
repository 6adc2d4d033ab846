//! What all answers have in common.

use axum::{
    Json,
    body::to_bytes,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use orgsweep_posture::Counts;
use serde::Serialize;
use utoipa::ToSchema;

/// No text of an error has as many bytes.
const MOST: usize = 64 * 1024;

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
        let mut answer = (status, Json(self)).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        answer
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

/// Every error below the API's path as JSON, whoever found it.
pub(crate) async fn errors_as_json(request: Request, next: Next) -> Response {
    let is_of_api = request.uri().path().starts_with("/api/");
    let answer = next.run(request).await;
    let status = answer.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_of_api || !is_error || answer.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json") {
        return answer;
    }
    let (mut head, body) = answer.into_parts();
    let text = to_bytes(body, MOST).await.unwrap_or_default();
    let error = match str::from_utf8(&text).unwrap_or_default().trim() {
        "" => status.canonical_reason().unwrap_or("error").to_owned(),
        text => text.to_owned(),
    };
    // The other headers, such as a challenge or what is allowed, stay.
    head.headers.remove(header::CONTENT_TYPE);
    head.headers.remove(header::CONTENT_LENGTH);
    (head.headers, Problem { error, status: status.as_u16() }).into_response()
}
