//! The configuration: a YAML file, overridden by the environment, validated as a whole before anything starts.
//!
//! [`load`] gives either a configuration that needs no further checks, or every mistake in it with its place.

mod decode;
mod deserializer;
mod duration;
mod environment;
mod exceptions;
mod mistake;
mod number;
mod outputs;
mod pattern;
mod sections;
mod selection;
mod text;
mod tree;
mod validate;

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use orgsweep_checks::{CHECKS, ConfiguredCheck, RegisteredCheck};
use orgsweep_model::{Cadence, CheckMeta, Severity, check::Activation};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use exceptions::{AttestationEntry, LoadedExceptions, WaiverEntry};
pub use mistake::{AllErrors, ConfigErrors, Mistake, Place};
pub use outputs::{ClusterConfig, Detail, LogConfig, LogFormat, MetricsConfig, OtlpConfig, ServerConfig, StoreConfig};
pub use sections::{
    ChecksConfig, LimitsConfig, ManagementAccount, OrganizationConfig, ScheduleConfig, ServiceRates, SessionsConfig, StaticAccount,
};
pub use selection::Selection;
pub use text::ListenAddress;
use tree::Node;
pub use validate::not_allowed;

/// Where the configuration is looked for when no file is named.
const PLACES: [&str; 2] = ["orgsweep.yaml", "/etc/orgsweep/orgsweep.yaml"];

/// The configuration of orgsweep. Every key is optional. Relative paths start at the working directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the list of accounts comes from.
    pub organization: OrganizationConfig,
    /// How sessions in member accounts are made.
    pub sessions: SessionsConfig,
    /// Which accounts and regions are looked at.
    pub select: Selection,
    /// How often checks are asked.
    pub schedule: ScheduleConfig,
    /// How fast AWS is asked.
    pub limits: LimitsConfig,
    /// Which checks are asked, and what is different about them here.
    pub checks: ChecksConfig,
    /// The file of waivers.
    pub waivers: PathBuf,
    /// The file of attestations.
    pub attestations: PathBuf,
    /// What the metrics show.
    pub metrics: MetricsConfig,
    /// The database of verdicts.
    pub store: StoreConfig,
    /// The HTTP server.
    pub server: ServerConfig,
    /// Sharing the work among processes.
    pub cluster: ClusterConfig,
    /// The log.
    pub log: LogConfig,
    /// `OpenTelemetry` export.
    pub otlp: OtlpConfig,
}

/// A check that is asked, as it is configured.
#[derive(Debug)]
pub struct EnabledCheck {
    /// Its entry in the catalogue.
    pub registered: &'static RegisteredCheck,
    /// The check with its parameters.
    pub configured: ConfiguredCheck,
    /// How much a failure matters here.
    pub severity: Severity,
    /// How often it is asked here.
    pub cadence: Cadence,
}

/// A configuration that was read.
#[derive(Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// The waivers and attestations that it names.
    pub exceptions: LoadedExceptions,
    /// The file it comes from; absent for the built-in defaults.
    pub source: Option<PathBuf>,
    /// There is nothing in the file.
    pub blank: bool,
    /// What is accepted but deserves a word.
    pub warnings: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            organization: OrganizationConfig::default(),
            sessions: SessionsConfig::default(),
            select: Selection::default(),
            schedule: ScheduleConfig::default(),
            limits: LimitsConfig::default(),
            checks: ChecksConfig::default(),
            waivers: "waivers.yaml".into(),
            attestations: "attestations.yaml".into(),
            metrics: MetricsConfig::default(),
            store: StoreConfig::default(),
            server: ServerConfig::default(),
            cluster: ClusterConfig::default(),
            log: LogConfig::default(),
            otlp: OtlpConfig::default(),
        }
    }
}

impl Config {
    /// The checks that are asked, in the order of the catalogue.
    #[expect(clippy::expect_used, reason = "`load` has configured every check with the same parameters")]
    pub fn enabled_checks(&self) -> Vec<EnabledCheck> {
        let ChecksConfig { severity, cadence, params, .. } = &self.checks;
        let enabled = CHECKS.iter().filter(|check| self.is_enabled(check.meta));
        enabled
            .map(|check| {
                let id = check.meta.id.as_str();
                EnabledCheck {
                    registered: check,
                    configured: check.configure(params.get(id)).expect("validated parameters"),
                    severity: severity.get(id).copied().unwrap_or(check.meta.severity),
                    cadence: cadence.get(id).copied().unwrap_or(check.meta.cadence),
                }
            })
            .collect()
    }
}

impl Config {
    fn is_enabled(&self, check: &CheckMeta) -> bool {
        let ChecksConfig { enable, disable, .. } = &self.checks;
        let asked = match check.activation {
            Activation::Default => true,
            Activation::ByName => enable.iter().any(|id| id == check.id.as_str()),
            Activation::ByAllowBillable => self.checks.allows(check),
        };
        asked && !disable.iter().any(|pattern| pattern.matches(check.id.as_str()))
    }
}

/// The process's environment. A variable that is not Unicode cannot be one of ours.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// The files that a configuration is made of, whether or not they are there.
pub fn files(path: Option<&Path>, config: &Config) -> Vec<PathBuf> {
    let configuration = path.map_or_else(|| PLACES.map(PathBuf::from).to_vec(), |path| vec![path.to_path_buf()]);
    configuration.into_iter().chain([config.waivers.clone(), config.attestations.clone()]).collect()
}

/// Reads the configuration from the file, or from the first of the usual places that has one, and from the environment.
pub fn load(path: Option<&Path>, environment: impl Iterator<Item = (String, String)>) -> Result<Loaded, AllErrors> {
    let source = path.map(Path::to_path_buf).or_else(|| PLACES.iter().map(PathBuf::from).find(|path| path.exists()));
    let text = match &source {
        None => String::new(),
        Some(file) => read(file).map_err(|errors| AllErrors(vec![errors]))?,
    };
    let blank = text.trim().is_empty();
    let (config, mut warnings) =
        parse(&text, environment).map_err(|mistakes| AllErrors(vec![ConfigErrors { file: source.clone(), text, mistakes }]))?;
    let mut exceptions = exceptions::load(&config, Timestamp::now()).map_err(AllErrors)?;
    warnings.append(&mut exceptions.warnings);
    Ok(Loaded { config, exceptions, source, blank, warnings })
}

fn read(file: &Path) -> Result<String, ConfigErrors> {
    // Some editors begin a file with a byte order mark. It is no part of the text, and columns are counted without it.
    let text = fs::read_to_string(file).map(|text| text.trim_start_matches('\u{feff}').to_owned());
    text.map_err(|error| {
        let why = match error.kind() {
            io::ErrorKind::NotFound => "there is no such file".to_owned(),
            io::ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
            _ => error.to_string(),
        };
        let mistake = Mistake { place: Place::File, path: String::new(), message: format!("cannot be read: {why}") };
        ConfigErrors { file: Some(file.to_path_buf()), text: String::new(), mistakes: vec![mistake] }
    })
}

fn parse(text: &str, environment: impl Iterator<Item = (String, String)>) -> Result<(Config, Vec<String>), Vec<Mistake>> {
    let mut tree = Node::parse(text, &Place::File).map_err(|mistake| vec![mistake])?;
    let mut mistakes = Vec::new();
    environment::overlay(&mut tree, environment, &mut mistakes);
    let config = decode::decode(&mut tree, &mut mistakes);
    mistakes.extend(validate::mistakes(&config, &tree));
    if mistakes.is_empty() {
        let warnings = validate::warnings(&config);
        Ok((config, warnings))
    } else {
        mistakes.sort();
        Err(mistakes)
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
