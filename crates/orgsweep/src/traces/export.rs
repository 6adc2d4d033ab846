//! Spans on their way out: a bounded queue, and a thread of its own that sends what is in it. Neither holds up a sweep: where the queue is
//! full, spans are dropped.

use std::{sync::OnceLock, time::Duration};

use anyhow::Context;
use opentelemetry::{Key, KeyValue, trace::TracerProvider};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, filter_fn},
    registry::LookupSpan,
};

use super::collector::Collector;

/// How long the last spans may take at the end of the process. The parts of the daemon have four of its five seconds.
const LAST: Duration = Duration::from_millis(500);

/// There is one, and whoever ends the process waits for its last spans.
static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// Begins to send spans to `endpoint`.
pub fn start<S>(endpoint: &str) -> anyhow::Result<Box<dyn Layer<S> + Send + Sync>>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let provider = provider(endpoint).context("traces cannot be sent (otlp.endpoint)")?;
    let layer = layer(&provider);
    // Logging is started once.
    let _ = PROVIDER.set(provider);
    Ok(layer)
}

/// Sends what is left, if that does not take long.
pub fn end() {
    if let Some(Err(error)) = PROVIDER.get().map(|provider| provider.shutdown_with_timeout(LAST)) {
        tracing::debug!(%error, "the last traces could not be sent");
    }
}

fn provider(endpoint: &str) -> anyhow::Result<SdkTracerProvider> {
    // Like OTEL_EXPORTER_OTLP_ENDPOINT, it is what the paths of all signals begin with.
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Collector::new(endpoint)?)
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .with_protocol(Protocol::HttpBinary)
        .build()?;
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource()).build())
}

/// Who sends. `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` win.
fn resource() -> Resource {
    let builder = || Resource::builder().with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
    let resource = builder().build();
    let named = resource.get(&Key::from_static_str("service.name")).is_some_and(|name| !name.as_str().starts_with("unknown_service"));
    if named { resource } else { builder().with_service_name("orgsweep").build() }
}

fn layer<S>(provider: &SdkTracerProvider) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    // Lines of code, threads and idle times are of no use to who looks at sweeps, and cost something in every span.
    tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("orgsweep"))
        .with_context_activation(false)
        .with_location(false)
        .with_target(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(filter_fn(is_own).with_max_level_hint(LevelFilter::DEBUG))
        .boxed()
}

/// The sweeps, and what is said in them. Not the spans of the SDK, of which each request has a dozen.
fn is_own(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::DEBUG && metadata.target().starts_with("orgsweep")
}
