//! The faults file as it is written: keys and their types. What the values mean is checked in `build`.

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::Kind;
use crate::file::Entries;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    pub(super) seed: u64,
    #[serde(default)]
    pub(super) faults: Vec<Rule>,
    pub(super) rate_limits: Option<RateLimits>,
}

/// One rule. Which of the keys below `times` it may have depends on its kind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    pub(super) fault: Spanned<Kind>,
    pub(super) accounts: Option<Vec<Spanned<String>>>,
    pub(super) role_accounts: Option<Vec<Spanned<String>>>,
    pub(super) regions: Option<Vec<Spanned<String>>>,
    pub(super) services: Option<Vec<Spanned<String>>>,
    pub(super) operations: Option<Vec<Spanned<String>>>,
    pub(super) probability: Option<Spanned<f64>>,
    #[serde(default)]
    pub(super) after: u64,
    pub(super) times: Option<u64>,
    pub(super) retry_after: Option<Spanned<f64>>,
    pub(super) status: Option<Spanned<u16>>,
    pub(super) html: Option<Spanned<bool>>,
    pub(super) seconds: Option<Spanned<f64>>,
    pub(super) bytes_per_second: Option<Spanned<f64>>,
    pub(super) ms: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RateLimits {
    #[serde(default = "yes")]
    pub(super) enforce: bool,
    pub(super) default: Option<ServiceLimit>,
    #[serde(default)]
    pub(super) services: Entries<ServiceLimit>,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceLimit {
    pub(super) rate: Spanned<f64>,
    pub(super) burst: Spanned<f64>,
    #[serde(default)]
    pub(super) per_operation: bool,
    #[serde(default)]
    pub(super) operations: Entries<Limit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limit {
    pub(super) rate: Spanned<f64>,
    pub(super) burst: Spanned<f64>,
}
