//! Traces: the spans of the sweeps, sent over OTLP. Only where the feature `otlp` is built in.

#[cfg(feature = "otlp")]
mod collector;
#[cfg(feature = "otlp")]
mod export;

#[cfg(feature = "otlp")]
pub use export::end;
use tracing::Subscriber;
use tracing_subscriber::{Layer, registry::LookupSpan};

use crate::config::OtlpConfig;

/// Whether traces can be sent at all.
pub const BUILT_IN: bool = cfg!(feature = "otlp");

/// Takes the spans, if there is somewhere to send them to.
#[cfg_attr(not(feature = "otlp"), expect(clippy::unnecessary_wraps, reason = "with the feature it can fail"))]
pub fn layer<S>(config: &OtlpConfig) -> anyhow::Result<Option<Box<dyn Layer<S> + Send + Sync>>>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    match &config.endpoint {
        #[cfg(feature = "otlp")]
        Some(endpoint) => export::start(endpoint.as_ref()).map(Some),
        _ => Ok(None),
    }
}

/// There is nothing to wait for.
#[cfg(not(feature = "otlp"))]
pub const fn end() {}
