//! What the daemon answers over HTTP: metrics, health, and the wish for a sweep or for a reload.

mod api;
mod auth;
mod bounds;
mod connection;
mod guard;
mod headers;
mod limits;
mod metrics;
mod place;
mod readiness;
mod reload;
mod restored;
mod routes;
mod scrapes;
mod serve;
mod sweep;
mod talk;
mod tls;
mod watched;

pub use api::{About, Api, Reload};
pub use auth::{TokenError, TokenFile};
pub use guard::Peer;
pub use limits::Limits;
pub use place::{ExternalUrl, ExternalUrlError};
pub use readiness::{Latch, Readiness};
pub use reload::ReloadNow;
pub use routes::Server;
pub use serve::{ServeSettings, serve};
pub use sweep::SweepNow;
pub use tls::{Tls, TlsError, TlsFiles};
