//! From a request to its answer: who asks whom for what, whether that goes well, and what is said.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, DATE, HeaderName, RETRY_AFTER, SERVER};
use http::{HeaderValue, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::Simulation;
use crate::faults::{self, End, Fate, Faults};
use crate::identity::{Caller, Scope};
use crate::regions;
use crate::service::{self, Call, SERVICES, Service};
use crate::site::Site;
use crate::stats::Outcome;
use crate::wire::answer::{Body, Dialect};
use crate::wire::{Failure, Form, Protocol, Request, cbor};

const X_AMZ_RETRY_AFTER: HeaderName = HeaderName::from_static("x-amz-retry-after");

/// The answer, and what becomes of it on the way.
pub(super) fn respond(simulation: &Simulation, request: &Request) -> (Response<Bytes>, Fate) {
    let form = form(request);
    let request_id = simulation.request_id();
    let scope = request.header("authorization").and_then(Scope::parse);
    let found = scope.as_ref().and_then(|scope| Service::find(scope.service, request));
    let (Some(scope), Some(index)) = (&scope, found) else {
        let protocol = service::guess_protocol(request, &form);
        let (failure, outcome) = match &scope {
            None => (Failure::unsigned(protocol), Outcome::Refused),
            Some(scope) => {
                let operation = request.target().map(|(_, operation)| operation).or(form.get("Action"));
                (unknown(protocol, scope.service, operation.unwrap_or(&request.path)), Outcome::UnknownOperation)
            }
        };
        simulation.stats.settled(outcome);
        return (Dialect { protocol, namespace: "", request, request_id: &request_id }.error(&failure), Fate::default());
    };
    let service = SERVICES[index];
    let protocol = service.spoken(request);
    let dialect = Dialect { protocol, namespace: service.namespace, request, request_id: &request_id };
    let mut fate = Fate::default();
    let asked = Asked { simulation, request, form: &form, index, service, protocol };
    let (mut response, outcome) = match asked.run(scope, &mut fate) {
        Ok((root, body)) => (dialect.success(root, body), Outcome::Ok),
        Err(Refusal { failure, outcome }) => (dialect.error(&failure), outcome),
    };
    let outcome = match fate.end {
        // These happen to the answer, whatever it says.
        Some(end @ (End::Reset | End::BlackHole | End::Truncate | End::Malform)) => Outcome::Fault(end.kind()),
        _ => outcome,
    };
    simulation.stats.settled(outcome);
    if let Some(end) = fate.end {
        mark(&mut response, end, protocol);
    }
    (response, fate)
}

/// A request to a service of the simulation.
struct Asked<'a> {
    simulation: &'a Simulation,
    request: &'a Request,
    form: &'a Form,
    /// The service's.
    index: usize,
    service: &'static Service,
    protocol: Protocol,
}

/// Why there is no answer, and what that counts as.
struct Refusal {
    failure: Failure,
    outcome: Outcome,
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self { failure, outcome: Outcome::Refused }
    }
}

impl Asked<'_> {
    /// Authenticates, authorizes and runs one operation, in AWS's order. Gives its name beside its answer.
    fn run(&self, scope: &Scope<'_>, fate: &mut Fate) -> Result<(&'static str, Body), Refusal> {
        let Self { simulation, request, form, service, protocol, .. } = *self;
        let organization = &simulation.organization;
        let caller = Caller::identify(organization, &simulation.sessions, protocol, scope.access_key, request)?;
        let region = if service.global { regions::HOME } else { scope.region };
        if !organization.accounts[caller.account].enabled.contains(region) {
            return Err(Failure::invalid_token(protocol).into());
        }
        let requested = service.requested(request, form);
        let found = service.operation(&requested, request);
        let operation = found.as_ref().map(|(place, _)| &service.operations[*place]);
        let site = Site {
            account: caller.account,
            role_account: None,
            region,
            service: self.index,
            operation: found.as_ref().map(|(place, _)| *place),
            name: operation.map_or(&requested, |operation| operation.name),
            action: operation.map_or("", |operation| operation.action),
        };
        simulation.stats.addressed(&site);
        if let Some(current) = simulation.faults.get() {
            let site = Site { role_account: self.role_account(&site), ..site };
            self.meet(&current, &caller, &site, fate)?;
        }
        let (Some((_, params)), Some(operation)) = (&found, operation) else {
            let failure = unknown(protocol, service.signing_name, &requested);
            return Err(Refusal { failure, outcome: Outcome::UnknownOperation });
        };
        if operation.action != service::NEEDS_NO_PERMISSION {
            caller.authorize(organization, protocol, operation.action, region)?;
        }
        let input = input(protocol, &request.body)?;
        let paging = fate.paging;
        let call = Call { simulation, caller: &caller, region, request, protocol, form, input: &input, params, paging };
        Ok((operation.name, (operation.run)(&call)?))
    }

    /// The account whose role the request is to assume.
    fn role_account(&self, site: &Site<'_>) -> Option<usize> {
        let arn = self.form.get("RoleArn").filter(|_| site.action == "sts:AssumeRole")?;
        self.simulation.organization.find(arn.split(':').nth(4)?)
    }

    /// What rate limits and faults make of the request.
    fn meet(&self, faults: &Faults, caller: &Caller, site: &Site<'_>, fate: &mut Fate) -> Result<(), Refusal> {
        *fate = faults.fate(site);
        if faults.limits.as_ref().is_some_and(|limits| !limits.admit(site)) {
            fate.end = None;
            let failure = faults::throttled(self.service, self.protocol);
            return Err(Refusal { failure, outcome: Outcome::RateLimited });
        }
        let Some(end) = fate.end else { return Ok(()) };
        let protocol = self.protocol;
        let failure = match end {
            // There is nothing to deny.
            End::Deny { .. } if site.action.is_empty() || site.action == service::NEEDS_NO_PERMISSION => {
                fate.end = None;
                return Ok(());
            }
            End::Deny { scp } => {
                let resource = self.form.get("RoleArn").filter(|_| site.role_account.is_some()).unwrap_or("*");
                caller.denied(&self.simulation.organization, protocol, site.action, resource, scp)
            }
            End::Throttle { .. } => faults::throttled(self.service, protocol),
            End::Error { status, .. } => faults::internal(protocol, status),
            End::ExpiredToken => Failure::expired_token(protocol),
            End::ClockSkew(seconds) => match faults::clock_skewed(protocol, self.request, ahead(seconds)) {
                Some(failure) => failure,
                None => return Ok(()),
            },
            End::Reset | End::BlackHole | End::Truncate | End::Malform => return Ok(()),
        };
        Err(Refusal { failure, outcome: Outcome::Fault(end.kind()) })
    }
}

/// The time on a clock that is so many seconds ahead.
fn ahead(seconds: i64) -> Timestamp {
    Timestamp::now().saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

/// Gives an answer the marks of its fault.
fn mark(response: &mut Response<Bytes>, end: End, protocol: Protocol) {
    match end {
        End::Throttle { retry_after: Some(wait) } => {
            let headers = response.headers_mut();
            let milliseconds = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
            headers.insert(RETRY_AFTER, milliseconds.div_ceil(1000).into());
            headers.insert(X_AMZ_RETRY_AFTER, milliseconds.into());
        }
        End::Error { status, html: true } => {
            *response = Response::new(faults::html(status).into());
            *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
            headers.insert(SERVER, HeaderValue::from_static("awselb/2.0"));
        }
        End::Malform => *response.body_mut() = malformed(response.body(), protocol),
        End::ClockSkew(seconds) => {
            if let Ok(date) = ahead(seconds).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string().parse() {
                response.headers_mut().insert(DATE, date);
            }
        }
        _ => {}
    }
}

/// The first half of a body, and an end that no parser takes.
fn malformed(body: &[u8], protocol: Protocol) -> Bytes {
    let end: &[u8] = match protocol {
        Protocol::Query | Protocol::Ec2 | Protocol::RestXml | Protocol::S3 => b"<<",
        Protocol::Json | Protocol::RestJson => b"}]\"",
        // A break where nothing was begun that it could end.
        Protocol::Cbor => b"\xff",
    };
    [&body[..body.len() / 2], end].concat().into()
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
