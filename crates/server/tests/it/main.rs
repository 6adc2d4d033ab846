//! The server held against its contract, over real TCP.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod answers;
mod shutdown;
mod support;
mod token;
