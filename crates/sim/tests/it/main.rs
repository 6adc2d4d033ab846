//! The simulation over HTTP, with nothing of an SDK in between: what is on the wire is what is tested.
#![allow(clippy::unwrap_used, reason = "a test says what went wrong by failing there")]

mod admin;
mod faults;
mod http;
mod identity;
mod old_clients;
mod protocols;
mod scale;
mod server;
mod size;
