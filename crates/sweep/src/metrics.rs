//! The daemon's own figures about sweeping.

use jiff::Timestamp;
use prometheus::{Gauge, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, Opts, Registry};

/// How a target's sweep ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It asked and judged; single facts may be blind.
    Done,
    /// No session could be had.
    Unreachable,
    /// It was cut off at `schedule.sweep_timeout`.
    Timeout,
    /// It panicked: a bug in orgsweep.
    Panicked,
}

impl Outcome {
    const ALL: [Self; 4] = [Self::Done, Self::Unreachable, Self::Timeout, Self::Panicked];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Panicked => "panicked",
        }
    }
}

/// The figures, registered.
#[derive(Debug)]
pub struct SweepMetrics {
    sweeps: IntCounterVec,
    pub(crate) duration: Histogram,
    pub(crate) overruns: IntCounter,
    pub(crate) lag: Gauge,
    pub(crate) pending: IntGauge,
    pub(crate) busy: IntGauge,
    pub(crate) workers: IntGauge,
    pub(crate) circuits_open: IntGauge,
    pub(crate) retries: IntCounter,
    pub(crate) last_listing: Gauge,
    pub(crate) listing_shrunk: IntGauge,
}

impl SweepMetrics {
    /// Figures, registered with `registry`.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            sweeps: IntCounterVec::new(
                Opts::new("orgsweep_sweeps_total", "Sweeps of one account and region (or the account as a whole), by how they ended."),
                &["outcome"],
            )?,
            duration: Histogram::with_opts(
                HistogramOpts::new(
                    "orgsweep_sweep_duration_seconds",
                    "How long a sweep of one account and region took, once it had a worker.",
                )
                .buckets(vec![0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0]),
            )?,
            overruns: IntCounter::new(
                "orgsweep_sweeps_overrun_total",
                "Sweeps left out because the account's last one had not ended when they were due.",
            )?,
            lag: Gauge::new("orgsweep_schedule_lag_seconds", "By how much the most overdue account is late.")?,
            pending: IntGauge::new("orgsweep_schedule_pending", "Accounts that are due and wait for a worker.")?,
            busy: IntGauge::new("orgsweep_workers_busy", "Workers that are sweeping.")?,
            workers: IntGauge::new("orgsweep_workers", "Workers there are: limits.workers.")?,
            circuits_open: IntGauge::new(
                "orgsweep_accounts_circuit_open",
                "Accounts that could not be asked anything the last time. They are tried again after growing waits.",
            )?,
            retries: IntCounter::new("orgsweep_account_retries_total", "Tries of accounts whose circuit was open.")?,
            last_listing: Gauge::new(
                "orgsweep_organization_last_listing_timestamp_seconds",
                "When the organization was last listed completely and the listing believed. 0 before the first time.",
            )?,
            listing_shrunk: IntGauge::new(
                "orgsweep_organization_listing_shrunk",
                "1 if the newest listing lost more accounts than organization.max_shrink allows, so that those missing are kept.",
            )?,
        };
        for outcome in Outcome::ALL {
            metrics.sweeps.with_label_values(&[outcome.as_str()]);
        }
        registry.register(Box::new(metrics.sweeps.clone()))?;
        registry.register(Box::new(metrics.duration.clone()))?;
        registry.register(Box::new(metrics.overruns.clone()))?;
        registry.register(Box::new(metrics.lag.clone()))?;
        registry.register(Box::new(metrics.pending.clone()))?;
        registry.register(Box::new(metrics.busy.clone()))?;
        registry.register(Box::new(metrics.workers.clone()))?;
        registry.register(Box::new(metrics.circuits_open.clone()))?;
        registry.register(Box::new(metrics.retries.clone()))?;
        registry.register(Box::new(metrics.last_listing.clone()))?;
        registry.register(Box::new(metrics.listing_shrunk.clone()))?;
        Ok(metrics)
    }

    /// Accounts that are due and wait for a worker.
    pub fn pending(&self) -> u64 {
        self.pending.get().unsigned_abs()
    }

    /// Accounts that could not be asked anything the last time.
    pub fn circuits_open(&self) -> u64 {
        self.circuits_open.get().unsigned_abs()
    }

    /// By how much the most overdue account is late.
    pub fn lag_seconds(&self) -> f64 {
        self.lag.get()
    }

    /// When the organization was last listed and the listing believed.
    pub fn listed_at(&self) -> Option<Timestamp> {
        #[expect(clippy::cast_possible_truncation, reason = "whole seconds were put in")]
        let second = self.last_listing.get() as i64;
        Timestamp::from_second(second).ok().filter(|_| second > 0)
    }

    pub(crate) fn ended(&self, outcome: Outcome) {
        self.sweeps.with_label_values(&[outcome.as_str()]).inc();
    }
}
