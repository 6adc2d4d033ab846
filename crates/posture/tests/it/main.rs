//! The board held against what it promises, through the text it renders.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by failing there")]

mod detail;
mod forecast;
mod organization;
mod properties;
mod standing;
mod store;
mod support;
mod text;
