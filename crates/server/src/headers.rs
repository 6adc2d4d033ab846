//! The headers of every answer that tell browsers to be careful with it.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

/// An answer that says something else itself keeps that.
const CAREFUL: [(HeaderName, HeaderValue); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Adds them. `Strict-Transport-Security` is none of them: it would be about all of the host's ports, and so about its other servers.
pub(crate) async fn careful(request: Request, next: Next) -> Response {
    let mut answer = next.run(request).await;
    for (name, value) in CAREFUL {
        answer.headers_mut().entry(name).or_insert(value);
    }
    answer
}
