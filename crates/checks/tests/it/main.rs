//! The catalogue held against its fixtures and its own rules.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by failing there")]

mod alarms;
mod fixtures;
mod pattern;
mod registry;
