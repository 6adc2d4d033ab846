//! The bearer token.

use std::{fmt, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use subtle::ConstantTimeEq;

/// The token that requests have to bear. Clones share it; it is never shown.
#[derive(Clone)]
pub struct Token(Arc<str>);

impl Token {
    /// A token, without the white space around it that a file brings. An empty one is borne by no request.
    pub fn new(token: &str) -> Self {
        Self(token.trim().into())
    }

    fn accepts(&self, request: &Request) -> bool {
        let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some((scheme, given)) = given.and_then(|value| value.split_once(' ')) else { return false };
        // The comparison takes as long for a nearly right token as for a wrong one; only its length shows.
        let same: bool = self.0.as_bytes().ct_eq(given.trim().as_bytes()).into();
        scheme.eq_ignore_ascii_case("bearer") && same && !self.0.is_empty()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Lets a request through only if it bears the token.
pub(crate) async fn require(State(token): State<Token>, request: Request, next: Next) -> Response {
    if token.accepts(&request) {
        return next.run(request).await;
    }
    let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
    (StatusCode::UNAUTHORIZED, challenge, "This needs the header `Authorization: Bearer <token>`.\n").into_response()
}
