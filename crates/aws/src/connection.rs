//! The one HTTP client that all requests share, with the gate round it.

use std::{env, fs, sync::Arc, time::Duration};

use aws_smithy_http_client::{
    Connector, proxy,
    tls::{self, TlsContext, TrustStore},
};
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector},
    orchestrator::HttpRequest,
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use tokio::time::Instant;

use crate::{
    flight::InFlight,
    gate::Gate,
    interceptor::RequestTag,
    meter::{Meter, Outcome},
};

/// How long one attempt may take once it is through the gate, until the head of its answer. The SDK's own attempt time-out would count
/// the wait at the gate, so it stays unset and this one holds.
const ATTEMPT: Duration = Duration::from_secs(20);
/// How long connecting may take.
const CONNECT: Duration = Duration::from_millis(3_100);

/// Idle connections kept to one host. Every region of every service is a host, so that most need a few; IAM and a local endpoint are one
/// host for all accounts, and opening connections anew costs them more than the requests.
const IDLE_PER_HOST: usize = 128;

/// An attempt took longer than [`ATTEMPT`].
#[derive(Debug, thiserror::Error)]
#[error("no answer within {} s", ATTEMPT.as_secs())]
pub(crate) struct NoAnswerInTime;

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
            let permit = match &tag {
                Some(tag) => gate.enter(&tag.key).await,
                None => gate.enter_flight().await,
            };
            // Requests without a tag are the SDK's own, for base credentials.
            let (service, operation) = tag.as_ref().map_or(("credentials", "provide"), |tag| (tag.key.service, &tag.operation));
            meter.waited(service, waiting.elapsed());
            if let Some(tag) = tag.as_ref().filter(|tag| tag.micro_usd > 0) {
                meter.billed(tag.micro_usd);
            }
            let in_flight = InFlight::new(Arc::clone(&meter), service, operation.to_owned(), permit);
            let sent = Instant::now();
            let answer = tokio::time::timeout(ATTEMPT, inner.call(request)).await;
            meter.answered(service, sent.elapsed());
            // Not an error that the SDK tries again: a place that took 20 s to say nothing would take a worker three times as long.
            let mut response = answer.map_err(|_| ConnectorError::other(NoAnswerInTime.into(), None))??;
            if tag.is_none() {
                in_flight.ended(if response.status().is_success() { Outcome::Ok } else { Outcome::ClientError });
            }
            response.add_extension(Arc::new(in_flight));
            Ok(response)
        })
    }
}
