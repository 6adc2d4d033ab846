//! What the daemon answers over HTTP: metrics, health, and the wish for a sweep.

mod auth;
mod metrics;
mod readiness;
mod routes;
mod serve;
mod sweep;

pub use auth::Token;
pub use readiness::{Latch, Readiness};
pub use routes::{Server, router};
pub use serve::serve;
pub use sweep::SweepNow;
