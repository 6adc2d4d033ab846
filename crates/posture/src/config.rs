//! What the board is told when it is made.

use std::{sync::Arc, time::Duration};

use orgsweep_model::{Cadence, CheckId, Scope, Severity, check::Attestable};

use crate::exceptions::Exceptions;

/// What the board is told when it is made.
#[derive(Clone, Debug)]
pub struct BoardConfig {
    /// The enabled checks. Verdicts of any other are ignored.
    pub checks: Vec<CheckEntry>,
    /// How long a pass counts without being confirmed.
    pub pass_valid: PassValidity,
    /// How finely check series are cut.
    pub detail: Detail,
    /// How many posture series [`Detail::Auto`] may emit.
    pub max_series: usize,
    /// Keys of the account tags that become labels `tag_…` of `orgsweep_account_info`.
    pub account_labels: Vec<String>,
    /// What people say beside what was seen.
    pub exceptions: Arc<Exceptions>,
}

/// An enabled check.
#[derive(Clone, Copy, Debug)]
pub struct CheckEntry {
    /// Its public name.
    pub id: CheckId,
    /// A short statement of what is wanted.
    pub title: &'static str,
    /// How much a failure matters here.
    pub severity: Severity,
    /// What it is asked about.
    pub scope: Scope,
    /// How often it is asked here.
    pub cadence: Cadence,
    /// Whether a person's word can stand in for what no API shows.
    pub attestable: Attestable,
}

/// How long a pass, or a "not applicable", counts without being confirmed. Whole seconds; a fraction is cut off.
#[derive(Clone, Copy, Debug)]
pub struct PassValidity {
    /// For checks of the cadence `frequent`.
    pub frequent: Duration,
    /// For checks of the cadence `standard`.
    pub standard: Duration,
    /// For checks of the cadence `daily`.
    pub daily: Duration,
}

impl PassValidity {
    /// The validity for a cadence, in whole seconds.
    pub(crate) fn seconds(&self, cadence: Cadence) -> i64 {
        let validity = match cadence {
            Cadence::Frequent => self.frequent,
            Cadence::Standard => self.standard,
            Cadence::Daily => self.daily,
        };
        i64::try_from(validity.as_secs()).unwrap_or(i64::MAX)
    }
}

/// How finely check series are to be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Always [`Level::Region`].
    Region,
    /// Always [`Level::Account`].
    Account,
    /// Always [`Level::Organization`].
    Organization,
    /// The finest level that keeps the posture series under the configured maximum.
    Auto,
}

/// How finely check series are cut. Ordered from the finest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A series for each account, region and check.
    Region,
    /// A series for each account and check: the regions are rolled up as `aws_region="all"`.
    Account,
    /// No check series of single accounts.
    Organization,
}

impl Level {
    /// What a word means.
    pub(crate) fn of(word: &str) -> Option<Self> {
        [Self::Region, Self::Account, Self::Organization].into_iter().find(|level| level.as_str() == word)
    }

    /// The word in metrics and configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Region => "region",
            Self::Account => "account",
            Self::Organization => "organization",
        }
    }
}
