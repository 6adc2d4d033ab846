//! What goes wrong on demand: rules that say which requests meet which fault, and how often.
//!
//! A file or the admin endpoint brings the rules. They are tried in their order, each with a draw of its own. A fault that answers the
//! request ends the trying; one that only slows it down or changes its pages does not.

mod build;
mod failure;
mod limits;
mod shape;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::file::FileError;
use crate::identity::policy::matches_action;
use crate::mix;
use crate::org::Organization;
use crate::regions::RegionSet;
use crate::site::Site;
use crate::wire::page::Paging;

pub(crate) use failure::{clock_skewed, html, internal, throttled};
pub(crate) use limits::Limits;

/// What can go wrong, as a file names it.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Deny,
    ScpDeny,
    Throttle,
    Error,
    Reset,
    Truncate,
    Malform,
    SlowFirstByte,
    SlowDrip,
    BlackHole,
    Latency,
    ExpiredToken,
    ClockSkew,
    EndlessPages,
    HugePages,
}

impl Kind {
    pub(crate) const COUNT: usize = 15;
    pub(crate) const NAMES: [&str; Self::COUNT] = [
        "deny",
        "scp_deny",
        "throttle",
        "error",
        "reset",
        "truncate",
        "malform",
        "slow_first_byte",
        "slow_drip",
        "black_hole",
        "latency",
        "expired_token",
        "clock_skew",
        "endless_pages",
        "huge_pages",
    ];

    pub(crate) fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

/// A fault that settles what becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum End {
    Deny {
        scp: bool,
    },
    Throttle {
        retry_after: Option<Duration>,
    },
    Error {
        status: u16,
        html: bool,
    },
    Reset,
    Truncate,
    Malform,
    BlackHole,
    ExpiredToken,
    /// By so many seconds the simulation's clock is ahead.
    ClockSkew(i64),
}

impl End {
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Deny { scp: false } => Kind::Deny,
            Self::Deny { scp: true } => Kind::ScpDeny,
            Self::Throttle { .. } => Kind::Throttle,
            Self::Error { .. } => Kind::Error,
            Self::Reset => Kind::Reset,
            Self::Truncate => Kind::Truncate,
            Self::Malform => Kind::Malform,
            Self::BlackHole => Kind::BlackHole,
            Self::ExpiredToken => Kind::ExpiredToken,
            Self::ClockSkew(_) => Kind::ClockSkew,
        }
    }
}

/// What a rule does to the requests it is for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Effect {
    End(End),
    /// The answer is late.
    Latency(Duration),
    /// The answer's body is later than its head.
    SlowFirstByte(Duration),
    /// The answer's body comes at so many bytes a second.
    SlowDrip(u32),
    Pages(Paging),
}

impl Effect {
    fn kind(self) -> Kind {
        match self {
            Self::End(end) => end.kind(),
            Self::Latency(_) => Kind::Latency,
            Self::SlowFirstByte(_) => Kind::SlowFirstByte,
            Self::SlowDrip(_) => Kind::SlowDrip,
            Self::Pages(Paging::Whole) => Kind::HugePages,
            Self::Pages(_) => Kind::EndlessPages,
        }
    }
}

/// What becomes of one request.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Fate {
    pub(crate) end: Option<End>,
    pub(crate) latency: Duration,
    pub(crate) first_byte: Duration,
    pub(crate) bytes_per_second: Option<u32>,
    pub(crate) paging: Paging,
}

/// One rule: which requests it is for, how many of them it meets, and what it does to those.
#[derive(Debug)]
struct Rule {
    effect: Effect,
    /// By index; `None`: all.
    accounts: Option<Vec<bool>>,
    /// The account of the role that is assumed; a rule with this is for `AssumeRole` alone.
    role_accounts: Option<Vec<bool>>,
    regions: Option<RegionSet>,
    /// By index.
    services: Option<Vec<bool>>,
    operations: Option<Vec<String>>,
    probability: f64,
    after: u64,
    times: u64,
    /// How many requests it was for.
    matched: AtomicU64,
    /// How many it met.
    fired: AtomicU64,
}

impl Rule {
    fn is_for(&self, site: &Site<'_>) -> bool {
        self.accounts.as_ref().is_none_or(|accounts| accounts[site.account])
            && self.services.as_ref().is_none_or(|services| services[site.service])
            && self.regions.is_none_or(|regions| regions.contains(site.region))
            && self.role_accounts.as_ref().is_none_or(|accounts| site.role_account.is_some_and(|account| accounts[account]))
            && self.operations.as_ref().is_none_or(|patterns| {
                patterns.iter().any(|pattern| matches_action(pattern, site.name) || matches_action(pattern, site.action_name()))
            })
    }

    /// Whether the rule meets this one of its requests. The same requests in the same order always have the same luck.
    fn fires(&self, seed: u64, place: usize) -> bool {
        let number = self.matched.fetch_add(1, Ordering::Relaxed);
        if number < self.after || (self.probability < 1.0 && mix::share(seed, place as u64, number) >= self.probability) {
            return false;
        }
        let more = |fired: u64| (fired < self.times).then_some(fired + 1);
        self.fired.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }
}

/// A file's rules and rate limits.
#[derive(Debug)]
pub(crate) struct Faults {
    /// The file's text.
    source: String,
    seed: u64,
    rules: Vec<Rule>,
    pub(crate) limits: Option<Limits>,
}

impl Faults {
    /// Reads a file about this organization.
    pub(crate) fn read(text: &str, organization: &Organization) -> Result<Self, FileError> {
        build::faults(text, &crate::file::parse(text)?, organization)
    }

    /// What the rules do to a request.
    pub(crate) fn fate(&self, site: &Site<'_>) -> Fate {
        let mut fate = Fate::default();
        for (place, rule) in self.rules.iter().enumerate() {
            if !rule.is_for(site) || !rule.fires(self.seed, place) {
                continue;
            }
            match rule.effect {
                Effect::End(end) => {
                    fate.end = Some(end);
                    break;
                }
                Effect::Latency(more) => fate.latency += more,
                Effect::SlowFirstByte(more) => fate.first_byte += more,
                Effect::SlowDrip(rate) => fate.bytes_per_second = Some(rate),
                Effect::Pages(paging) => fate.paging = paging,
            }
        }
        fate
    }

    /// For each rule how many requests it was for, and how many it met.
    pub(crate) fn figures(&self) -> Value {
        let figures = |(place, rule): (usize, &Rule)| {
            json!({
                "rule": place + 1,
                "fault": rule.effect.kind().name(),
                "matched": rule.matched.load(Ordering::Relaxed),
                "fired": rule.fired.load(Ordering::Relaxed),
            })
        };
        self.rules.iter().enumerate().map(figures).collect()
    }
}

/// The faults that hold now. Where there are none, asking costs one load.
#[derive(Debug, Default)]
pub(crate) struct Current {
    any: AtomicBool,
    faults: RwLock<Option<Arc<Faults>>>,
}

impl Current {
    pub(crate) fn get(&self) -> Option<Arc<Faults>> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        self.faults.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set(&self, faults: Option<Faults>) {
        let mut current = self.faults.write().unwrap_or_else(PoisonError::into_inner);
        self.any.store(faults.is_some(), Ordering::Release);
        *current = faults.map(Arc::new);
    }

    /// The text that the faults were read from.
    pub(crate) fn source(&self) -> String {
        self.get().map_or_else(|| "faults: []\n".to_owned(), |faults| faults.source.clone())
    }
}
