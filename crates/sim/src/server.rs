//! The HTTP server: one handler for every request of every service.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use axum::serve::ListenerExt;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::Simulation;
use crate::identity::{Caller, Scope};
use crate::regions;
use crate::service::{self, Call, Service};
use crate::wire::answer::{Body, Dialect};
use crate::wire::{Failure, Form, Protocol, Request, cbor};

/// How the server behaves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// How long every answer is held back, as if AWS were far away.
    pub latency: Duration,
}

/// Answers on the listener until shut down; requests that are under way then are still answered.
pub async fn serve(simulation: Arc<Simulation>, listener: TcpListener, options: Options, shutdown: CancellationToken) -> io::Result<()> {
    let app = Router::new().fallback(handle).with_state((simulation, options));
    // Answers are small: without this, Nagle's algorithm and delayed acknowledgements would add 40 ms to some.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY not set");
        }
    });
    axum::serve(listener, app).with_graceful_shutdown(shutdown.cancelled_owned()).await
}

async fn handle(
    State((simulation, options)): State<(Arc<Simulation>, Options)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !options.latency.is_zero() {
        tokio::time::sleep(options.latency).await;
    }
    let query = Form::parse(uri.query().unwrap_or_default());
    let request = Request { method, path: uri.path().to_owned(), query, headers, body };
    respond(&simulation, &request)
}

fn respond(simulation: &Simulation, request: &Request) -> Response {
    let form = form(request);
    let request_id = simulation.request_id();
    let scope = request.header("authorization").and_then(Scope::parse);
    let Some(service) = scope.as_ref().and_then(|scope| Service::find(scope.service, request)) else {
        let protocol = service::guess_protocol(request, &form);
        let failure = match scope {
            None => Failure::unsigned(protocol),
            Some(scope) => {
                let operation = request.target().map(|(_, operation)| operation).or(form.get("Action"));
                unknown(protocol, scope.service, operation.unwrap_or(&request.path))
            }
        };
        return Dialect { protocol, namespace: "", request, request_id: &request_id }.error(&failure);
    };
    let protocol = service.spoken(request);
    let dialect = Dialect { protocol, namespace: service.namespace, request, request_id: &request_id };
    let result = scope.ok_or_else(|| Failure::unsigned(protocol)).and_then(|scope| run(simulation, request, &form, service, &scope));
    match result {
        Ok((root, body)) => dialect.success(root, body),
        Err(failure) => dialect.error(&failure),
    }
}

/// Authenticates, authorizes and runs one operation, in AWS's order. Gives its name beside its answer.
fn run(
    simulation: &Simulation,
    request: &Request,
    form: &Form,
    service: &Service,
    scope: &Scope<'_>,
) -> Result<(&'static str, Body), Failure> {
    let (protocol, organization) = (service.spoken(request), &simulation.organization);
    let caller = Caller::identify(organization, &simulation.sessions, protocol, scope.access_key, request)?;
    let region = if service.global { regions::HOME } else { scope.region };
    if !organization.accounts[caller.account].enabled.contains(region) {
        return Err(Failure::invalid_token(protocol));
    }
    let requested = service.requested(request, form);
    let found = service.operation(&requested, request);
    let (operation, params) = found.ok_or_else(|| unknown(protocol, service.signing_name, &requested))?;
    if operation.action != service::NEEDS_NO_PERMISSION {
        caller.authorize(organization, protocol, operation.action, region)?;
    }
    let input = input(protocol, &request.body)?;
    let body = (operation.run)(&Call { simulation, caller: &caller, region, request, protocol, form, input: &input, params: &params })?;
    Ok((operation.name, body))
}

fn form(request: &Request) -> Form {
    let is_form = request.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if is_form { Form::parse(&String::from_utf8_lossy(&request.body)) } else { Form::default() }
}

/// The values in a request's body.
fn input(protocol: Protocol, body: &[u8]) -> Result<Value, Failure> {
    let read = match protocol {
        Protocol::Query | Protocol::Ec2 | Protocol::RestXml | Protocol::S3 => return Ok(Value::Null),
        Protocol::Json | Protocol::Cbor | Protocol::RestJson if body.is_empty() => return Ok(Value::Object(serde_json::Map::new())),
        Protocol::Json | Protocol::RestJson => serde_json::from_slice(body).map_err(|error| error.to_string()),
        Protocol::Cbor => cbor::read(body),
    };
    read.map_err(|error| Failure::new("SerializationException", 400, error))
}

fn unknown(protocol: Protocol, service: &str, operation: &str) -> Failure {
    tracing::warn!(service, operation, "the simulation has no such operation");
    Failure::unknown_operation(protocol, service, operation)
}
