//! The server held against its contract, over real TCP.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by failing there")]

mod answers;
mod api;
mod bounds;
mod crowd;
mod guard;
mod reload;
mod restored;
mod scrapes;
mod shutdown;
mod support;
mod sweep;
mod tls;
mod token;
