//! The sections of the configuration that say where results go: metrics, store, server, logs.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    duration::HumanDuration,
    number::positive,
    text::{HttpUrl, ListenAddress, LogFilter},
};

/// What the metrics show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MetricsConfig {
    /// How finely verdicts are shown.
    pub detail: Detail,
    /// How many series the detail `auto` may use.
    #[serde(deserialize_with = "positive")]
    #[schemars(range(min = 1))]
    pub max_series: u32,
    /// Keys of account tags that become labels of `orgsweep_account_info`.
    pub account_labels: Vec<String>,
}

/// How finely verdicts are shown in the metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// Every account and region.
    Region,
    /// Every account; its worst region stands for it.
    Account,
    /// The organization as a whole.
    Organization,
    /// The finest that keeps the number of series under `max_series`.
    #[default]
    Auto,
}

/// The database of verdicts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StoreConfig {
    /// Its file.
    pub path: PathBuf,
    /// How long the history of verdicts is kept.
    pub keep_transitions: HumanDuration,
}

/// The HTTP server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// The address it listens on.
    pub listen: ListenAddress,
    /// TLS.
    pub tls: TlsConfig,
    /// A file with the bearer token that everything but health then needs.
    pub auth_token_file: Option<PathBuf>,
    /// The URL under which people reach it.
    pub external_url: Option<HttpUrl>,
}

/// TLS of the HTTP server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TlsConfig {
    /// The certificate chain, PEM.
    pub cert: Option<PathBuf>,
    /// The private key, PEM.
    pub key: Option<PathBuf>,
    /// The authority that clients' certificates must come from, PEM.
    pub client_ca: Option<PathBuf>,
}

/// Sharing the work among processes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ClusterConfig {
    /// The NATS servers; without them, this process does all the work.
    pub nats: Option<NatsConfig>,
}

/// The NATS servers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NatsConfig {
    /// Their URL.
    pub url: String,
    /// A file with credentials.
    #[serde(default)]
    pub credentials_file: Option<PathBuf>,
    /// TLS.
    #[serde(default)]
    pub tls: NatsTls,
}

/// TLS towards the NATS servers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NatsTls {
    /// The authority that the servers' certificates come from, PEM.
    pub ca: Option<PathBuf>,
    /// The client's certificate, PEM.
    pub cert: Option<PathBuf>,
    /// The client's private key, PEM.
    pub key: Option<PathBuf>,
}

/// The log, on standard error.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// Its form.
    pub format: LogFormat,
    /// What is logged: a level, or levels by module like `warn,orgsweep=debug`. `RUST_LOG` wins over it.
    pub level: LogFilter,
}

/// The log's form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    #[default]
    Auto,
    /// Lines for people.
    Text,
    /// An object a line.
    Json,
}

/// Traces of the sweeps, where orgsweep was built with the feature `otlp`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OtlpConfig {
    /// The collector of `OpenTelemetry` that they are sent to over HTTP, at `/v1/traces` below this.
    pub endpoint: Option<HttpUrl>,
}

impl Default for MetricsConfig {
    fn default() -> Self {
        Self { detail: Detail::Auto, max_series: 200_000, account_labels: Vec::new() }
    }
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self { path: "orgsweep.db".into(), keep_transitions: HumanDuration::from_secs(400 * 86_400) }
    }
}
