//! The bearer token, and the file that it comes from.

use std::{
    fmt, fs, io,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use subtle::ConstantTimeEq;
use tokio::time;

/// The token that requests have to bear: what its file holds, without the white space around it. While a server runs, it looks at the
/// file every few seconds, and only the newest token counts. Clones share it; it is never shown.
#[derive(Clone)]
pub struct TokenFile(Arc<File>);

struct File {
    path: PathBuf,
    token: RwLock<String>,
}

/// Why there is no token in a file.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The file cannot be read, or is no text.
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why it cannot.
        source: io::Error,
    },
    /// There is only white space in the file.
    #[error("{}: is empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// There is something in it that no header bears, so that no request could ever bear the token.
    #[error("{}: has a character that no request can bear: a token is one line of printable ASCII", path.display())]
    Unbearable {
        /// The file.
        path: PathBuf,
    },
}

impl TokenFile {
    /// The token in a file.
    pub fn load(path: impl Into<PathBuf>) -> Result<Self, TokenError> {
        let path = path.into();
        let token = token(&path, fs::read_to_string(&path))?;
        Ok(Self(Arc::new(File { path, token: RwLock::new(token) })))
    }

    /// Takes what the file holds, every so often, for ever. A bad file changes nothing, and is logged once until it changes again.
    pub(crate) async fn follow(&self, every: Duration) {
        let mut last_mistake = None;
        loop {
            time::sleep(every).await;
            let read = tokio::fs::read_to_string(&self.0.path).await;
            match token(&self.0.path, read) {
                Ok(new) => {
                    last_mistake = None;
                    if *self.0.token.read().unwrap_or_else(PoisonError::into_inner) != new {
                        *self.0.token.write().unwrap_or_else(PoisonError::into_inner) = new;
                        tracing::info!(file = %self.0.path.display(), "the token changed, and only the new one counts");
                    }
                }
                Err(error) => {
                    let mistake = error.to_string();
                    if last_mistake.as_ref() != Some(&mistake) {
                        tracing::warn!(%error, "the token's file is bad: the token from before stays");
                        last_mistake = Some(mistake);
                    }
                }
            }
        }
    }

    /// Whether a request with these headers bears the token.
    pub(crate) fn accepts(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some((scheme, given)) = given.and_then(|value| value.split_once(' ')) else { return false };
        let token = self.0.token.read().unwrap_or_else(PoisonError::into_inner);
        // The comparison takes as long for a nearly right token as for a wrong one. Only the token's length shows, which helps nobody to
        // guess a token that is long enough.
        let same: bool = token.as_bytes().ct_eq(given.trim().as_bytes()).into();
        scheme.eq_ignore_ascii_case("bearer") && same
    }
}

impl fmt::Debug for TokenFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TokenFile").field(&self.0.path).finish()
    }
}

/// The token in what was read. An empty one would be borne by requests that have none, so it is no token.
fn token(path: &std::path::Path, read: io::Result<String>) -> Result<String, TokenError> {
    let text = read.map_err(|source| TokenError::Unreadable { path: path.to_owned(), source })?;
    match text.trim() {
        "" => Err(TokenError::Empty { path: path.to_owned() }),
        token if token.bytes().all(|byte| matches!(byte, b' '..=b'~')) => Ok(token.to_owned()),
        _ => Err(TokenError::Unbearable { path: path.to_owned() }),
    }
}

/// Lets a request through only if it bears the token.
pub(crate) async fn require(State(token): State<TokenFile>, request: Request, next: Next) -> Response {
    if token.accepts(request.headers()) {
        return next.run(request).await;
    }
    let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
    (StatusCode::UNAUTHORIZED, challenge, "This needs the header `Authorization: Bearer <token>`.\n").into_response()
}
