//! The collector of traces, reached over HTTP with what the AWS SDK's connections are made of.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, anyhow};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use opentelemetry_http::{HttpClient, HttpError};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use tokio::runtime::{self, Runtime};

/// How long an attempt may take, as in the specification of OTLP.
const TIMEOUT: Duration = Duration::from_secs(10);
/// An answer is a few bytes.
const LONGEST_ANSWER: usize = 64 * 1024;

/// The collector of traces.
#[derive(Debug)]
pub struct Collector {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    /// The exporter works on a thread of its own, outside of the runtime that sweeps. As long as the process, because a runtime cannot be
    /// dropped everywhere.
    runtime: &'static Runtime,
    failing: AtomicBool,
}

impl Collector {
    /// Says nothing to it yet.
    pub fn new(endpoint: &str) -> anyhow::Result<Self> {
        let provider = aws_lc_rs::default_provider();
        let tls = if endpoint.starts_with("https:") {
            HttpsConnectorBuilder::new().with_provider_and_native_roots(provider).context("no authority is trusted here")?
        } else {
            let config = ClientConfig::builder_with_provider(Arc::new(provider)).with_safe_default_protocol_versions()?;
            HttpsConnectorBuilder::new().with_tls_config(config.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
        };
        // Batches are seconds apart: a connection that is kept would often be closed from the other side when the next one comes.
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(tls.https_or_http().enable_http1().build());
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { client, runtime: Box::leak(Box::new(runtime)), failing: AtomicBool::new(false) })
    }

    async fn send(&self, request: Request<Bytes>) -> anyhow::Result<Response<Bytes>> {
        let answer = async {
            let (head, body) = self.client.request(request.map(Full::new)).await?.into_parts();
            let body = Limited::new(body, LONGEST_ANSWER).collect().await.map_err(|error| anyhow!(error))?;
            anyhow::Ok(Response::from_parts(head, body.to_bytes()))
        };
        tokio::time::timeout(TIMEOUT, answer).await.unwrap_or_else(|_| Err(anyhow!("no answer within {} s", TIMEOUT.as_secs())))
    }

    /// Says when it begins and when it ends, and not for every batch.
    fn say(&self, trouble: Option<String>) {
        let failed = self.failing.swap(trouble.is_some(), Ordering::Relaxed);
        match trouble {
            Some(detail) if !failed => {
                tracing::warn!(detail, "traces cannot be sent (otlp.endpoint): they are dropped until they can be again");
            }
            None if failed => tracing::info!("traces can be sent again"),
            _ => {}
        }
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let answer = self.runtime.block_on(self.send(request));
        self.say(match &answer {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("it answers with status {}", answer.status())),
            Err(error) => Some(format!("{error:#}")),
        });
        Ok(answer?)
    }
}
