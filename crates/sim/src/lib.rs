//! A simulated AWS organization that answers AWS's wire protocols over plain HTTP.
//!
//! Every account, in every region, has a posture made of named variants. The services answer from the variants, and
//! [`Simulation::truth`] tells what a right check says about them, so that a sweep can be compared with what it should have seen.
//!
//! What an account is like is a function of the seed, its id and the region: nothing is stored for an account beyond its
//! description, the sessions issued for it, and when it last asked for a credential report.

mod file;
mod generate;
mod identity;
mod mix;
mod org;
mod posture;
mod regions;
mod server;
mod service;
mod truth;
mod wire;

use std::sync::atomic::{AtomicU64, Ordering};

pub use file::{Mistake, OrgFileError};
pub use server::{Options, serve};
pub use truth::TruthRow;

use identity::session::Sessions;
use org::Organization;
use service::Reports;

/// A simulated organization: its description, which never changes, and the sessions it has issued.
#[derive(Debug)]
pub struct Simulation {
    organization: Organization,
    sessions: Sessions,
    reports: Reports,
    requests: AtomicU64,
}

impl Simulation {
    /// An organization of so many accounts (at least one, the management account), made up from a seed.
    pub fn generated(accounts: usize, seed: u64) -> Self {
        Self::new(generate::organization(accounts, seed))
    }

    /// The organization that a YAML file describes; `examples/organization.yaml` shows every key.
    pub fn from_yaml(text: &str) -> Result<Self, OrgFileError> {
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

    fn new(organization: Organization) -> Self {
        Self { organization, sessions: Sessions::default(), reports: Reports::default(), requests: AtomicU64::new(0) }
    }

    fn request_id(&self) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let digits = mix::characters(self.organization.settings.seed, &["request", &number.to_string()], "0123456789abcdef", 32);
        format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..])
    }
}
