//! What keeps one request from taking all: a time for the answer, a size and a time for its body, and a place for what panics.

use std::{
    any::Any,
    future::{self, Future},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::Poll,
};

use axum::{
    body::Body,
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body::Body as _;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time;

use crate::Limits;

/// Answers in time, also when the handler panics. What is being sent already is not cut: this is about the answer's head.
pub(crate) async fn answered(State(limits): State<Limits>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    match time::timeout(limits.handler, caught(next.run(request))).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(panic)) => {
            let panic = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
            tracing::error!(%method, path, panic, "answering a request panicked");
            (StatusCode::INTERNAL_SERVER_ERROR, "This is a bug; the daemon's log has more.\n").into_response()
        }
        Err(_) => {
            tracing::warn!(%method, path, "a request could not be answered in time");
            (StatusCode::SERVICE_UNAVAILABLE, "This could not be answered in time.\n").into_response()
        }
    }
}

/// What a future gives, or what it panicked with.
async fn caught<F: Future>(future: F) -> Result<F::Output, Box<dyn Any + Send>> {
    let mut future = pin!(future);
    // Nothing is used again after a panic but what locks guard, and those are taken over poisoned.
    future::poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(polled) => polled.map(Ok),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

/// Reads the request's body before it is done what is asked for: one that is too long, or too long in coming, is refused.
pub(crate) async fn small_body(State(limits): State<Limits>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    if body.is_end_stream() {
        return next.run(Request::from_parts(head, body)).await;
    }
    let too_large = || (StatusCode::PAYLOAD_TOO_LARGE, format!("The body may have {} bytes.\n", limits.body_bytes)).into_response();
    if body.size_hint().lower() > limits.body_bytes as u64 {
        return too_large();
    }
    match time::timeout(limits.body, Limited::new(body, limits.body_bytes).collect()).await {
        Ok(Ok(body)) => next.run(Request::from_parts(head, Body::from(body.to_bytes()))).await,
        Ok(Err(error)) if error.is::<LengthLimitError>() => too_large(),
        Ok(Err(_)) => (StatusCode::BAD_REQUEST, "The body broke off or is no proper one.\n").into_response(),
        Err(_) => (StatusCode::REQUEST_TIMEOUT, "The body did not come in time.\n").into_response(),
    }
}
