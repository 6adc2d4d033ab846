//! What the daemon answers over HTTP: metrics and health.

mod auth;
mod metrics;
mod readiness;
mod routes;
mod serve;

pub use auth::Token;
pub use readiness::{Latch, Readiness};
pub use routes::{Server, router};
pub use serve::serve;
