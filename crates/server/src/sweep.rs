//! `POST /-/sweep`: sweeps one account, or all, as soon as there is room.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use orgsweep_model::{AccountId, Requested};

use crate::Server;

/// A request with one of these comes through a proxy or from a web page, so its peer is not who asks.
const SENT_BY_OTHERS: [&str; 4] = ["forwarded", "x-forwarded-for", "via", "origin"];

/// Asks for a sweep of an account, or of all. `None` if there is no such account.
pub type SweepNow = Arc<dyn Fn(Option<AccountId>) -> Option<Requested> + Send + Sync>;

pub(crate) async fn sweep(
    State(server): State<Server>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Query(parameters): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Response {
    if !asks_itself(peer.ip(), &headers) {
        let why = "Only a program on the daemon's own machine may ask for a sweep, directly and not through a proxy or a browser.\n";
        return (StatusCode::FORBIDDEN, why).into_response();
    }
    // A misspelt parameter must not sweep the whole organization.
    let account = match parameters.as_slice() {
        [] => None,
        [(name, account)] if name == "account" => match account.parse::<AccountId>() {
            Ok(account) => Some(account),
            Err(error) => return (StatusCode::BAD_REQUEST, format!("{error}.\n")).into_response(),
        },
        _ => {
            return (StatusCode::BAD_REQUEST, "The only parameter is one account=ID; without it, all accounts are swept.\n")
                .into_response();
        }
    };
    match ((server.sweep)(account), account) {
        (Some(Requested { accounts, running }), _) => {
            tracing::info!(account = account.map(tracing::field::display), accounts, running, "a sweep was asked for by hand");
            let body = format!("{{\"accounts\":{accounts},\"running\":{running}}}\n");
            (StatusCode::ACCEPTED, [(header::CONTENT_TYPE, "application/json")], body).into_response()
        }
        (None, Some(account)) => {
            let why = format!("Account {account} is not among the accounts that are swept: it is not listed, or `select` leaves it out.\n");
            (StatusCode::NOT_FOUND, why).into_response()
        }
        (None, None) => (StatusCode::NOT_FOUND, "There is no account to sweep.\n").into_response(),
    }
}

/// Whether it is a program on this machine that asks, and nobody through it.
fn asks_itself(peer: IpAddr, headers: &HeaderMap) -> bool {
    peer.to_canonical().is_loopback() && !SENT_BY_OTHERS.iter().any(|name| headers.contains_key(*name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_asks_itself() {
        for (peer, expected) in [
            ("127.0.0.1", true),
            ("127.8.8.8", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("10.0.0.1", false),
            ("::ffff:10.0.0.1", false),
            ("fe80::1", false),
            ("0.0.0.0", false),
        ] {
            assert_eq!(asks_itself(peer.parse().unwrap(), &HeaderMap::new()), expected, "{peer}");
        }
    }
}
