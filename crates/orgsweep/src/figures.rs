//! The daemon's own metrics, which outlive a change of the configuration.

use std::sync::Arc;

use jiff::Timestamp;
use orgsweep_aws::Meter;
use orgsweep_posture::{Condition, StoreStatus};
use orgsweep_server::Reload;
use orgsweep_sweep::SweepMetrics;
use prometheus::{
    IntGauge, IntGaugeVec, Opts, Registry,
    core::{Collector, Desc},
    process_collector::ProcessCollector,
    proto::MetricFamily,
};

/// The daemon's own metrics.
#[derive(Clone)]
pub struct Figures {
    /// All of them.
    pub registry: Registry,
    /// Counts every request.
    pub meter: Arc<Meter>,
    /// About sweeping.
    pub sweeps: Arc<SweepMetrics>,
}

impl Figures {
    /// Metrics that have counted nothing yet.
    pub fn new() -> anyhow::Result<Self> {
        let registry = Registry::new();
        registry.register(Box::new(ProcessCollector::for_self()))?;
        let meter = Arc::new(Meter::new(&registry)?);
        let sweeps = Arc::new(SweepMetrics::new(&registry)?);
        Ok(Self { registry, meter, sweeps })
    }

    /// Adds what only the daemon has: its version, and how the database is doing.
    pub fn add_daemon(&self, store: Arc<StoreStatus>) -> anyhow::Result<()> {
        let build = IntGaugeVec::new(Opts::new("orgsweep_build_info", "1, with the version of this program as label."), &["version"])?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        self.registry.register(Box::new(build))?;
        self.registry.register(Box::new(StoreFigures::new(store)?))?;
        Ok(())
    }
}

/// How the configuration was last read, for metrics and the API.
#[derive(Clone, Debug)]
pub struct ReloadFigures {
    successful: IntGauge,
    succeeded_at: IntGauge,
}

impl ReloadFigures {
    /// The configuration that the process began with had no mistakes.
    pub fn new(registry: &Registry) -> anyhow::Result<Self> {
        let successful =
            IntGauge::new("orgsweep_config_last_reload_successful", "1 if the configuration was read without mistakes the last time.")?;
        let succeeded_at = IntGauge::new(
            "orgsweep_config_last_reload_success_timestamp_seconds",
            "When the configuration was last read without mistakes.",
        )?;
        registry.register(Box::new(successful.clone()))?;
        registry.register(Box::new(succeeded_at.clone()))?;
        let figures = Self { successful, succeeded_at };
        figures.done(true);
        Ok(figures)
    }

    /// The configuration was read, without mistakes or with some.
    pub fn done(&self, successful: bool) {
        self.successful.set(successful.into());
        if successful {
            self.succeeded_at.set(Timestamp::now().as_second());
        }
    }

    /// The same for the API.
    pub fn reload(&self) -> Reload {
        Reload { successful: self.successful.get() == 1, succeeded_at: Timestamp::from_second(self.succeeded_at.get()).unwrap_or_default() }
    }
}

/// How the database is doing, asked when a scrape does.
struct StoreFigures {
    status: Arc<StoreStatus>,
    condition: IntGaugeVec,
    behind: IntGauge,
    errors: prometheus::IntCounter,
    lost: prometheus::IntCounter,
    aside: prometheus::IntCounter,
}

impl StoreFigures {
    fn new(status: Arc<StoreStatus>) -> anyhow::Result<Self> {
        use prometheus::IntCounter;
        let condition = Opts::new("orgsweep_store_condition", "1 for the condition that the database is in, 0 for the others.");
        Ok(Self {
            status,
            condition: IntGaugeVec::new(condition, &["condition"])?,
            behind: IntGauge::new(
                "orgsweep_store_accounts_behind",
                "Accounts whose newest state is only in memory, because the database could not be written.",
            )?,
            errors: IntCounter::new("orgsweep_store_errors_total", "Times that the database could not be opened, read or written.")?,
            lost: IntCounter::new(
                "orgsweep_store_transitions_lost_total",
                "Transitions that history lacks, because the database could not be written for too long.",
            )?,
            aside: IntCounter::new("orgsweep_store_moved_aside_total", "Corrupt databases that were moved aside.")?,
        })
    }

    fn all(&self) -> [&dyn Collector; 5] {
        [&self.condition, &self.behind, &self.errors, &self.lost, &self.aside]
    }
}

impl Collector for StoreFigures {
    fn desc(&self) -> Vec<&Desc> {
        self.all().into_iter().flat_map(Collector::desc).collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let health = self.status.health();
        for condition in Condition::ALL {
            self.condition.with_label_values(&[condition.as_str()]).set((condition == health.condition).into());
        }
        self.behind.set(i64::try_from(health.behind).unwrap_or(i64::MAX));
        for (counter, total) in [(&self.errors, health.errors), (&self.lost, health.lost_transitions), (&self.aside, health.moved_aside)] {
            counter.inc_by(total.saturating_sub(counter.get()));
        }
        self.all().into_iter().flat_map(Collector::collect).collect()
    }
}
