//! `POST /-/sweep`: sweeps one account, or all, as soon as there is room.

use std::sync::Arc;

use axum::{
    extract::{Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use orgsweep_model::{AccountId, Requested};

use crate::Server;

/// Asks for a sweep of an account, or of all. `None` if there is no such account.
pub type SweepNow = Arc<dyn Fn(Option<AccountId>) -> Option<Requested> + Send + Sync>;

pub(crate) async fn sweep(State(server): State<Server>, Query(parameters): Query<Vec<(String, String)>>) -> Response {
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
