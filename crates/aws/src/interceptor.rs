//! What every SDK client of ours does to every request: names it for the gate, counts its outcome, refuses what was not declared.

use std::{sync::Arc, time::Duration};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept,
            context::{BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextMut, FinalizerInterceptorContextRef},
        },
        orchestrator::{HttpResponse, Metadata},
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use orgsweep_model::Operation;

use crate::{
    flight::{Attempt, InFlight},
    gate::{Key, Target},
    meter::Outcome,
    retry::Health,
};

/// What the gate has to know of a request. Rides on it as an extension.
#[derive(Clone, Debug)]
pub(crate) struct RequestTag {
    pub key: Arc<Key>,
    pub target: Target,
    pub operation: String,
    pub attempt: Attempt,
    /// Of the session that asks.
    pub health: Option<Arc<Health>>,
    /// What AWS charges for it, in millionths of a dollar.
    pub micro_usd: u32,
}

tokio::task_local! {
    /// The operations that the collector running in this task has declared.
    pub(crate) static DECLARED: &'static [Operation];
}

/// The interceptor. One per client.
#[derive(Debug)]
pub(crate) struct Tagger {
    pub key: Arc<Key>,
    pub target: Target,
    /// Of the session that asks; absent for the base identity.
    pub health: Option<Arc<Health>>,
    /// Whether a refusal of the credentials says something about them. A region that the account has not enabled refuses good ones.
    pub telling: bool,
    /// With an endpoint of the user's own (`AWS_ENDPOINT_URL`), the prefix that S3 Control puts before its host, which resolves nowhere.
    pub strip_host_prefix: Option<String>,
}

impl Intercept for Tagger {
    fn name(&self) -> &'static str {
        "orgsweep::Tagger"
    }

    /// An operation that its fact does not declare is missing in the IAM policy that ships: it must not work anywhere.
    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = cfg.load::<Metadata>().map_or("", Metadata::name);
        let declared = DECLARED
            .try_with(|operations| operations.iter().any(|declared| declared.service == self.key.service && declared.name == operation));
        match declared {
            Ok(false) => Err(format!("{}:{operation} is not among the operations that the fact declares", self.key.service).into()),
            // Outside a collector: the organization's listing and sessions, whose operations are fixed in their own files.
            Ok(true) | Err(_) => Ok(()),
        }
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(prefix) = &self.strip_host_prefix {
            let request = context.request_mut();
            for scheme in ["http", "https"] {
                if let Some(rest) = request.uri().strip_prefix(&format!("{scheme}://{prefix}")) {
                    let uri = format!("{scheme}://{rest}");
                    request.set_uri(uri)?;
                    break;
                }
            }
        }
        Ok(())
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = cfg.load::<Metadata>().map_or("", Metadata::name).to_owned();
        let price = |operations: &[Operation]| {
            operations.iter().find(|declared| declared.service == self.key.service && declared.name == operation).map(|it| it.micro_usd)
        };
        // Outside a collector nothing is asked that costs money.
        let micro_usd = DECLARED.try_with(|operations| price(operations)).ok().flatten().unwrap_or_default();
        let attempt = cfg.load::<Attempt>().copied().unwrap_or_default();
        context.request_mut().add_extension(RequestTag {
            key: Arc::clone(&self.key),
            target: self.target.clone(),
            operation,
            attempt,
            health: self.health.clone(),
            micro_usd,
        });
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // Without an answer the connector has counted already, or nothing was sent.
        let Some(response) = context.response() else { return Ok(()) };
        let code = error_code(response);
        let failed = context.output_or_error().is_none_or(|result| result.is_err());
        let outcome = outcome(response, code.as_deref(), failed);
        if let Some(health) = &self.health {
            if self.telling && code.as_deref().is_some_and(is_session_refusal) {
                health.reject();
            }
            health.note(outcome);
        }
        if outcome == Outcome::ServerError {
            let before = cfg.load::<Attempt>().copied().unwrap_or_default();
            cfg.interceptor_state().store_put(Attempt { server_errors: before.server_errors + 1 });
        }
        if let Some(in_flight) = response.extension::<Arc<InFlight>>() {
            in_flight.ended(outcome, retry_after(response).filter(|_| outcome == Outcome::Throttled));
        }
        Ok(())
    }
}

impl Storable for Attempt {
    type Storer = StoreReplace<Self>;
}

/// How long AWS says to wait: in milliseconds with its own header, in seconds with HTTP's.
fn retry_after(response: &HttpResponse) -> Option<Duration> {
    let number = |header| response.headers().get(header)?.trim().parse::<u32>().ok().map(u64::from);
    number("x-amz-retry-after").map(Duration::from_millis).or_else(|| number("retry-after").map(Duration::from_secs))
}

fn outcome(response: &HttpResponse, code: Option<&str>, failed: bool) -> Outcome {
    match response.status().as_u16() {
        429 => Outcome::Throttled,
        400.. if code.is_some_and(is_throttling) => Outcome::Throttled,
        400..500 => Outcome::ClientError,
        500.. => Outcome::ServerError,
        _ if failed => Outcome::NoAnswer,
        _ => Outcome::Ok,
    }
}

/// Every code by which an AWS service says "slow down".
const THROTTLING_CODES: [&str; 13] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// Whether an error code means throttling.
pub(crate) fn is_throttling(code: &str) -> bool {
    THROTTLING_CODES.contains(&code)
}

/// Codes by which AWS refuses the session rather than what it asks for.
fn is_session_refusal(code: &str) -> bool {
    ["AuthFailure", "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "RequestExpired", "UnrecognizedClientException"]
        .contains(&code)
}

/// The error's code, read where each protocol has it: a header, `<Code>` in XML, `__type` or `code` in JSON.
pub(crate) fn error_code(response: &HttpResponse) -> Option<String> {
    if response.status().as_u16() < 400 {
        return None;
    }
    if let Some(header) = response.headers().get("x-amzn-errortype") {
        return Some(bare_code(header).to_owned());
    }
    let text = String::from_utf8_lossy(response.body().bytes()?);
    let between = |start: &str, end: char| text.split_once(start).and_then(|(_, rest)| rest.split(end).next());
    let code = between("<Code>", '<').or_else(|| {
        let rest = ["\"__type\"", "\"code\"", "\"Code\""].iter().find_map(|key| text.split_once(key).map(|(_, rest)| rest))?;
        rest.split('"').nth(1)
    });
    code.map(|code| bare_code(code).to_owned())
}

/// `aws.protocoltests#ThrottlingException:http://…` → `ThrottlingException`.
fn bare_code(code: &str) -> &str {
    let code = code.rsplit_once('#').map_or(code, |(_, code)| code);
    code.split(':').next().unwrap_or(code)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aws_smithy_runtime_api::http::{Response, StatusCode};
    use aws_smithy_types::body::SdkBody;
    use orgsweep_sim::{Options, Simulation};
    use tokio::{net::TcpListener, task::JoinSet};
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::{Aws, Gate, Hub, HubSettings, Limits, ManagementAccount, Meter, SessionSettings};

    const LIST: Operation = Operation::new("guardduty", "ListDetectors", "guardduty:ListDetectors");

    fn response(status: u16, header: Option<&'static str>, body: &'static str) -> HttpResponse {
        let mut response = Response::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body));
        if let Some(header) = header {
            response.headers_mut().insert("x-amzn-errortype", header);
        }
        response
    }

    fn judged(response: &HttpResponse, failed: bool) -> Outcome {
        outcome(response, error_code(response).as_deref(), failed)
    }

    #[test]
    fn throttling_is_read_in_every_protocol() {
        let throttled = [
            response(400, None, "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code></Error></ErrorResponse>"),
            response(503, None, "<Response><Errors><Error><Code>RequestLimitExceeded</Code></Error></Errors></Response>"),
            response(400, None, r#"{"__type":"com.amazonaws#ThrottlingException","message":"Rate exceeded"}"#),
            response(400, Some("TooManyRequestsException:http://internal.amazon.com/"), "{}"),
            response(429, None, ""),
        ];
        for answer in throttled {
            assert_eq!(judged(&answer, true), Outcome::Throttled, "{answer:?}");
        }
    }

    #[test]
    fn other_answers_are_told_apart() {
        assert_eq!(judged(&response(200, None, "{}"), false), Outcome::Ok);
        assert_eq!(judged(&response(200, None, "{"), true), Outcome::NoAnswer, "an answer that was cut off");
        assert_eq!(judged(&response(403, Some("AccessDeniedException"), "{}"), true), Outcome::ClientError);
        assert_eq!(judged(&response(500, None, "<html>"), true), Outcome::ServerError);
    }

    /// The guard behind "read-only, provably": what a fact does not declare never leaves the process.
    #[tokio::test]
    async fn an_undeclared_operation_is_refused_before_it_is_sent() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut serving = JoinSet::new();
        let simulation = Arc::new(Simulation::generated(1, 1));
        let account = simulation.management_account_id().parse().unwrap();
        serving.spawn(orgsweep_sim::serve(simulation, listener, Options::default(), CancellationToken::new()));
        let settings = HubSettings {
            aws: Aws::Simulation(url),
            home_region: "us-east-1".parse().unwrap(),
            organization_role_arn: None,
            static_accounts: Vec::new(),
            tags: false,
            units: false,
            sessions: SessionSettings {
                role_name: "OrgsweepAudit".into(),
                external_id: None,
                session_name: "orgsweep".into(),
                duration: Duration::from_hours(1),
                restrict: false,
                management_account: ManagementAccount::Role,
            },
            facts: Vec::new(),
        };
        let limits = Limits { in_flight: 8, per_account_rps: [].into(), shared_rps: [].into() };
        let meter = Arc::new(Meter::new(&prometheus::Registry::new()).unwrap());
        let hub = Hub::new(settings, Arc::new(Gate::new(limits)), Arc::clone(&meter)).await.unwrap();
        let session = hub.session(account).await.unwrap();
        let caller = hub.caller(&session, "us-east-1".parse().unwrap());
        let before = meter.calls();

        let refused = DECLARED.scope(&[LIST], caller.ec2().describe_vpcs().send()).await.unwrap_err();
        let words = format!("{:?}", refused.into_source());
        assert!(words.contains("ec2:DescribeVpcs is not among the operations"), "{words}");
        assert_eq!(meter.calls(), before, "the request was sent");

        DECLARED.scope(&[LIST], caller.guardduty().list_detectors().send()).await.unwrap();
        assert_eq!(meter.calls().requests, before.requests + 1);
    }
}
