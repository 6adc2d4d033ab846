//! A simulated AWS organization that answers AWS's wire protocols over plain HTTP.
//!
//! Every account, in every region, has a posture made of named variants. The services answer from the variants, and
//! [`Simulation::truth`] tells what a right check says about them, so that a sweep can be compared with what it should have seen.
//!
//! What an account is like is a function of the seed, its id and the region: nothing is stored for an account beyond its
//! description, the sessions issued for it, and when it last asked for a credential report.

mod admin;
mod faults;
mod file;
mod generate;
mod identity;
mod mix;
mod org;
mod posture;
mod regions;
mod server;
mod service;
mod site;
mod stats;
mod truth;
mod wire;

use std::sync::atomic::{AtomicU64, Ordering};

pub use file::{FileError, Mistake};
pub use server::{Options, serve};
pub use truth::TruthRow;

use faults::{Current, Faults};
use identity::session::Sessions;
use org::Organization;
use service::Reports;
use stats::Stats;

/// A simulated organization: its description, which never changes, the sessions it has issued, and what goes wrong in it.
#[derive(Debug)]
pub struct Simulation {
    organization: Organization,
    sessions: Sessions,
    reports: Reports,
    requests: AtomicU64,
    faults: Current,
    stats: Stats,
}

impl Simulation {
    /// An organization of so many accounts (at least one, the management account), made up from a seed.
    pub fn generated(accounts: usize, seed: u64) -> Self {
        Self::new(generate::organization(accounts, seed))
    }

    /// The organization that a YAML file describes; `examples/organization.yaml` shows every key.
    pub fn from_yaml(text: &str) -> Result<Self, FileError> {
        file::read(text).map(Self::new)
    }

    /// The account that base credentials act in.
    pub fn management_account_id(&self) -> &str {
        &self.organization.management().id
    }

    /// What a right check says about every account, region and check: account checks first, then region by region.
    pub fn truth(&self) -> Vec<TruthRow> {
        truth::rows(&self.organization)
    }

    /// From now on what this YAML says goes wrong, and nothing else; `examples/faults.yaml` shows every key. With a mistake in it,
    /// everything stays as it was.
    pub fn set_faults(&self, yaml: &str) -> Result<(), FileError> {
        let faults = Faults::read(yaml, &self.organization)?;
        self.faults.set(Some(faults));
        Ok(())
    }

    /// From now on nothing goes wrong.
    pub fn clear_faults(&self) {
        self.faults.set(None);
    }

    /// What was asked and what became of it, as `GET /-/stats` gives it.
    pub fn stats(&self) -> serde_json::Value {
        let mut figures = self.stats.figures(&self.organization);
        if let Some(current) = self.faults.get() {
            figures.insert("faults".to_owned(), current.figures());
            if let Some(limits) = &current.limits {
                figures.insert("rate_limits".to_owned(), limits.figures(&self.organization));
            }
        }
        figures.into()
    }

    /// Sets the counters to zero. The rules of the faults go on counting.
    pub fn forget_stats(&self) {
        self.stats.forget();
        if let Some(limits) = self.faults.get().as_ref().and_then(|current| current.limits.as_ref()) {
            limits.forget();
        }
    }

    fn new(organization: Organization) -> Self {
        Self {
            stats: Stats::new(organization.accounts.len()),
            organization,
            sessions: Sessions::default(),
            reports: Reports::default(),
            requests: AtomicU64::new(0),
            faults: Current::default(),
        }
    }

    fn request_id(&self) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let digits = mix::characters(self.organization.settings.seed, &["request", &number.to_string()], "0123456789abcdef", 32);
        format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..])
    }
}
