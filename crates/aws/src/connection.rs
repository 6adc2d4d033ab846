//! The one HTTP client that all requests share, with the gate round it.

use std::{env, fs, sync::Arc, time::Duration};

use aws_smithy_http_client::{
    Connector, proxy,
    tls::{self, TlsContext, TrustStore},
};
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::{
    body::SdkBody,
    byte_stream::{self, ByteStream},
    retry::ErrorKind,
};
use bytes::BytesMut;
use tokio::time::Instant;

use crate::{
    flight::InFlight,
    gate::{Ask, Gate, Held},
    interceptor::RequestTag,
    meter::{Meter, Outcome},
    xml,
};

/// How long one attempt may take once it is through the gate, until the end of its answer. The SDK's own attempt time-out would count
/// the wait at the gate, so it stays unset and this one holds.
const ATTEMPT: Duration = Duration::from_secs(20);
/// How long connecting may take.
const CONNECT: Duration = Duration::from_millis(3_100);

/// Idle connections kept to one host. Every region of every service is a host, so that most need a few; IAM and a local endpoint are one
/// host for all accounts, and opening connections anew costs them more than the requests.
const IDLE_PER_HOST: usize = 256;

/// An answer longer than this is none. The longest pages of AWS have a few megabytes.
const LONGEST_ANSWER: usize = 64 << 20;

/// Why an attempt has no answer, besides the transport's own reasons.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAnswer {
    /// It took longer than [`ATTEMPT`].
    #[error("no answer within {} s", ATTEMPT.as_secs())]
    InTime,
    /// Its body did not arrive as a whole.
    #[error("the answer broke off: {0}")]
    Whole(byte_stream::error::Error),
    /// It is longer than [`LONGEST_ANSWER`].
    #[error("the answer has more than {} MiB", LONGEST_ANSWER >> 20)]
    Short,
}

/// The HTTP client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// `AWS_CA_BUNDLE` names a file that cannot be read.
    #[error("AWS_CA_BUNDLE names {path}, which cannot be read: {source}")]
    CaBundle {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The certificates in it cannot be used.
    #[error("the certificates in AWS_CA_BUNDLE cannot be used: {0}")]
    Tls(String),
}

/// The shared client. Honours `AWS_CA_BUNDLE` and the proxy variables.
pub(crate) fn http_client(gate: Arc<Gate>, meter: Arc<Meter>) -> Result<SharedHttpClient, ConnectionError> {
    let mut trust = TrustStore::default();
    if let Some(path) = env::var("AWS_CA_BUNDLE").ok().filter(|path| !path.is_empty()) {
        let pem = fs::read(&path).map_err(|source| ConnectionError::CaBundle { path, source })?;
        trust = TrustStore::empty().with_pem_certificate(pem);
    }
    let tls = TlsContext::builder().with_trust_store(trust).build().map_err(|error| ConnectionError::Tls(error.to_string()))?;
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT).build();
    // Made once with its own settings: a connector per client configuration would be a connection pool per client configuration.
    let connector = Connector::builder()
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc))
        .tls_context(tls)
        .connector_settings(settings)
        .proxy_config(proxy::ProxyConfig::from_env())
        .pool_idle_timeout(Duration::from_secs(50))
        .pool_max_idle_per_host(IDLE_PER_HOST)
        .sleep_impl(aws_smithy_async::rt::sleep::TokioSleep::new())
        .build();
    let gated = GatedConnector { inner: SharedHttpConnector::new(connector), gate, meter };
    Ok(SharedHttpClient::new(GatedClient(SharedHttpConnector::new(gated))))
}

/// Hands the same connector to every client, whatever its settings: one pool.
#[derive(Debug)]
struct GatedClient(SharedHttpConnector);

impl HttpClient for GatedClient {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        self.0.clone()
    }
}

#[derive(Debug)]
struct GatedConnector {
    inner: SharedHttpConnector,
    gate: Arc<Gate>,
    meter: Arc<Meter>,
}

impl HttpConnector for GatedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (inner, gate, meter) = (self.inner.clone(), Arc::clone(&self.gate), Arc::clone(&self.meter));
        HttpConnectorFuture::new(async move {
            let tag = request.extension::<RequestTag>().cloned();
            let waiting = Instant::now();
            let pass = match &tag {
                Some(tag) => gate.enter(Ask { key: &tag.key, operation: &tag.operation, target: &tag.target }).await,
                None => Ok(gate.enter_flight().await),
            };
            // Requests without a tag are the SDK's own, for base credentials.
            let (service, operation) = tag.as_ref().map_or(("credentials", "provide"), |tag| (tag.key.service, &tag.operation));
            meter.waited(service, waiting.elapsed());
            // Its turn may come with the next signature, but a silent endpoint is left alone.
            let pass = pass.map_err(|held| match held {
                Held::TooLong => ConnectorError::other(held.into(), Some(ErrorKind::ThrottlingError)),
                Held::Silent => ConnectorError::other(held.into(), None),
            })?;
            if let Some(tag) = tag.as_ref().filter(|tag| tag.micro_usd > 0) {
                meter.billed(tag.micro_usd);
            }
            let attempt = tag.as_ref().map(|tag| tag.attempt).unwrap_or_default();
            let in_flight = InFlight::new(Arc::clone(&meter), service, operation.to_owned(), attempt, pass);
            let sent = Instant::now();
            let answer = tokio::time::timeout(ATTEMPT, whole(inner.call(request))).await;
            meter.answered(service, sent.elapsed());
            let failed = |error: ConnectorError| {
                // With an answer, the interceptor notes it.
                if let Some(health) = tag.as_ref().and_then(|tag| tag.health.as_ref()) {
                    health.note(Outcome::NoAnswer);
                }
                error
            };
            // Not an error that the SDK tries again: a place that took 20 s to say nothing would take a worker many times as long.
            let answer = answer.map_err(|_| {
                in_flight.silent(tag.as_ref().map_or("", |tag| tag.key.region.as_str()));
                failed(ConnectorError::other(NoAnswer::InTime.into(), None))
            })?;
            let mut response = answer.map_err(failed)?;
            in_flight.answered();
            if tag.is_none() {
                in_flight.ended(if response.status().is_success() { Outcome::Ok } else { Outcome::ClientError }, None);
            }
            response.add_extension(Arc::new(in_flight));
            Ok(response)
        })
    }
}

/// An answer with its body, which the SDK reads as a whole anyway: a body that breaks off or drips is the attempt's failure, and is tried
/// again like one.
async fn whole(answer: HttpConnectorFuture) -> Result<HttpResponse, ConnectorError> {
    let mut response = answer.await?;
    if response.body().bytes().is_some() {
        return Ok(response);
    }
    let mut body = ByteStream::new(std::mem::replace(response.body_mut(), SdkBody::taken()));
    let mut whole = BytesMut::new();
    while let Some(part) = body.next().await {
        let part = part.map_err(|error| ConnectorError::io(NoAnswer::Whole(error).into()))?;
        if whole.len() + part.len() > LONGEST_ANSWER {
            return Err(ConnectorError::other(NoAnswer::Short.into(), None));
        }
        whole.extend_from_slice(&part);
    }
    let is_xml = whole.trim_ascii_start().starts_with(b"<") && response.status().is_success();
    if is_xml && !std::str::from_utf8(&whole).is_ok_and(xml::is_whole) {
        // Which the SDK's readers refuse, whatever they would have made of the half that is there.
        whole.clear();
    }
    *response.body_mut() = SdkBody::from(whole.freeze());
    Ok(response)
}
