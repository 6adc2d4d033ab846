//! Sweeps of a simulated organization.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by failing there")]

mod daemon;
mod stage;
mod sweeping;
