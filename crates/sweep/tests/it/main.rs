//! Sweeps of a simulated organization.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod daemon;
mod stage;
mod sweeping;
