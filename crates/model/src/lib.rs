//! The words of orgsweep as types: accounts, regions, facts, what was observed of them, checks and verdicts.
//!
//! This crate does no I/O, knows no clock and starts nothing. Every other crate but the simulation speaks in these types,
//! so a term means the same thing everywhere.

mod account;
mod attestation;
pub mod check;
pub mod fact;
mod hidden;
mod measure;
mod observed;
mod place;
mod report;
mod requested;
mod verdict;

pub use account::{Account, AccountId, AccountState, InvalidAccountId, Organization, OuPath};
pub use attestation::Attestation;
pub use check::{Cadence, CheckId, CheckMeta, Scope, Severity};
pub use fact::{Fact, FactKind, FactScope, FactSet, FactSpec, Operation};
pub use hidden::Hidden;
pub use measure::Measure;
pub use observed::{Blind, BlindReason, Observed, Unseen};
pub use place::{InvalidRegion, Place, Region, Target, always_enabled, region_of_global_services};
pub use report::{AccountReport, TargetReport};
pub use requested::Requested;
pub use verdict::{Finding, Verdict};
