//! The catalogue held against its fixtures and its own rules.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod fixtures;
mod registry;
