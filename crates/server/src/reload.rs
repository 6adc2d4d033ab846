//! `POST /-/reload`: reads the configuration anew.

use std::{future::Future, pin::Pin, sync::Arc};

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use tokio_util::task::TaskTracker;

/// Reads the configuration anew. What it did, or the mistakes for which the configuration was not taken. It may be asked again while it is
/// at it.
pub type ReloadNow = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<String, String>> + Send>> + Send + Sync>;

/// What reloads, and where.
#[derive(Clone)]
pub(crate) struct Reloading {
    pub reload: ReloadNow,
    /// A reload goes on when who asked for it has gone: half a one would be worse than either.
    pub tasks: TaskTracker,
}

pub(crate) async fn reload(State(Reloading { reload, tasks }): State<Reloading>) -> Response {
    let (status, text) = match tasks.spawn(reload()).await {
        Ok(Ok(done)) => (StatusCode::OK, done),
        Ok(Err(mistakes)) => (StatusCode::UNPROCESSABLE_ENTITY, mistakes),
        Err(error) => {
            tracing::error!(%error, "a reload panicked");
            (StatusCode::INTERNAL_SERVER_ERROR, "This is a bug; the daemon's log has more.".to_owned())
        }
    };
    (status, format!("{}\n", text.trim_end())).into_response()
}
