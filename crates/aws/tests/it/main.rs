//! The AWS side against a simulated organization: the real SDK, the real gate, real HTTP.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by failing there")]

mod collecting;
mod confinement;
mod listing;
mod organization;
mod sessions;
mod stage;
