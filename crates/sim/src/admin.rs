//! The simulation's own paths, which no AWS service has. Only requests without a signature come here.

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Method, Response, StatusCode};

use crate::Simulation;

const PREFIX: &str = "/-/";
const YAML: &str = "application/yaml";
const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

/// Whether a path is one of the simulation's own.
pub(crate) fn is_own(path: &str) -> bool {
    path.starts_with(PREFIX)
}

pub(crate) fn answer(simulation: &Simulation, method: &Method, path: &str, body: &[u8]) -> Response<Bytes> {
    match (path, method.as_str()) {
        ("/-/healthy", "GET" | "HEAD") => respond(StatusCode::OK, TEXT, "ok\n"),
        ("/-/faults", "GET") => respond(StatusCode::OK, YAML, simulation.faults.source()),
        ("/-/faults", "PUT") => match std::str::from_utf8(body) {
            Err(_) => respond(StatusCode::BAD_REQUEST, TEXT, "the body is not UTF-8\n"),
            Ok(text) => match simulation.set_faults(text) {
                Ok(()) => empty(),
                Err(error) => respond(StatusCode::BAD_REQUEST, TEXT, format!("{error}\n")),
            },
        },
        ("/-/faults", "DELETE") => {
            simulation.clear_faults();
            empty()
        }
        ("/-/stats", "GET") => respond(StatusCode::OK, JSON, format!("{:#}\n", simulation.stats())),
        ("/-/stats", "DELETE") => {
            simulation.forget_stats();
            empty()
        }
        ("/-/healthy", _) => not_allowed("GET, HEAD"),
        ("/-/faults", _) => not_allowed("GET, PUT, DELETE"),
        ("/-/stats", _) => not_allowed("GET, DELETE"),
        _ => respond(StatusCode::NOT_FOUND, TEXT, "the simulation's own paths are /-/faults, /-/stats and /-/healthy\n"),
    }
}

fn not_allowed(allowed: &'static str) -> Response<Bytes> {
    let mut response = respond(StatusCode::METHOD_NOT_ALLOWED, TEXT, format!("only {allowed}\n"));
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}

fn empty() -> Response<Bytes> {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

fn respond(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
