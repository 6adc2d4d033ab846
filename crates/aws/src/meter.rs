//! Counts and times every request that leaves the process.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use orgsweep_model::BlindReason;
use prometheus::{Counter, CounterVec, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, core::Collector};

use crate::gate::GateState;

/// What became of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// An answer.
    Ok,
    /// AWS asked to slow down.
    Throttled,
    /// AWS refused: permission, a missing thing, a wrong request. For many facts that is an answer.
    ClientError,
    /// AWS failed.
    ServerError,
    /// No whole answer arrived: connection, time-out, cut-off body.
    NoAnswer,
}

impl Outcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Throttled => "throttled",
            Self::ClientError => "client_error",
            Self::ServerError => "server_error",
            Self::NoAnswer => "no_answer",
        }
    }
}

/// Every attempt so far, retries and pages included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiCalls {
    /// Attempts in all.
    pub requests: u64,
    /// Those that AWS throttled.
    pub throttled: u64,
    /// Attempts by `service:Operation`.
    pub by_operation: BTreeMap<String, u64>,
}

/// The counters, as metrics and for reports.
#[derive(Debug)]
pub struct Meter {
    requests: IntCounterVec,
    duration: HistogramVec,
    throttles: IntCounterVec,
    gate_wait: CounterVec,
    slowed: IntCounterVec,
    gate: GateFigures,
    assume_role: IntCounterVec,
    billable: Counter,
    calls: Mutex<Calls>,
}

/// What the gate does, as of the last look.
#[derive(Debug)]
struct GateFigures {
    in_flight: IntGauge,
    slowed: IntGauge,
    silent: IntGauge,
}

#[derive(Debug, Default)]
struct Calls {
    throttled: u64,
    by_operation: BTreeMap<(&'static str, String), u64>,
}

impl Meter {
    /// Counters, registered with `registry`.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let meter = Self {
            requests: IntCounterVec::new(
                Opts::new("orgsweep_aws_requests_total", "Requests sent to AWS, retries and pages included."),
                &["service", "operation", "outcome"],
            )?,
            duration: HistogramVec::new(
                HistogramOpts::new(
                    "orgsweep_aws_request_duration_seconds",
                    "Time from sending a request to AWS until the head of its answer, without waiting at the gate.",
                )
                .buckets(vec![0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0]),
                &["service"],
            )?,
            throttles: IntCounterVec::new(Opts::new("orgsweep_aws_throttles_total", "Requests that AWS throttled."), &["service"])?,
            gate_wait: CounterVec::new(
                Opts::new("orgsweep_aws_gate_wait_seconds_total", "Time requests waited for their turn under the configured limits."),
                &["service"],
            )?,
            slowed: IntCounterVec::new(
                Opts::new(
                    "orgsweep_aws_gate_cuts_total",
                    "How often the pace of an account's requests to a service in a region was cut, because AWS throttled them.",
                ),
                &["service"],
            )?,
            gate: GateFigures {
                in_flight: IntGauge::new("orgsweep_aws_requests_in_flight", "Requests that have left and are not answered.")?,
                slowed: IntGauge::new(
                    "orgsweep_aws_gate_slowed",
                    "Keys (account, region, service) that are asked more slowly than configured, because AWS throttled them lately.",
                )?,
                silent: IntGauge::new(
                    "orgsweep_aws_endpoints_silent",
                    "Services in a region that do not answer any account, and are only tried now and then.",
                )?,
            },
            assume_role: IntCounterVec::new(
                Opts::new("orgsweep_assume_role_total", "Attempts to get a session in an account."),
                &["outcome"],
            )?,
            billable: Counter::new("orgsweep_aws_billable_usd_total", "Dollars that billable AWS requests have cost so far.")?,
            calls: Mutex::default(),
        };
        for metric in meter.collectors() {
            registry.register(metric)?;
        }
        // From the first scrape on, so that rates and alerts have something to start from.
        for outcome in ["ok", "refused", "error"] {
            meter.assume_role.with_label_values(&[outcome]);
        }
        Ok(meter)
    }

    /// Its metrics, also those that have no series yet.
    pub fn collectors(&self) -> [Box<dyn Collector>; 10] {
        [
            Box::new(self.requests.clone()),
            Box::new(self.duration.clone()),
            Box::new(self.throttles.clone()),
            Box::new(self.gate_wait.clone()),
            Box::new(self.slowed.clone()),
            Box::new(self.gate.in_flight.clone()),
            Box::new(self.gate.slowed.clone()),
            Box::new(self.gate.silent.clone()),
            Box::new(self.assume_role.clone()),
            Box::new(self.billable.clone()),
        ]
    }

    /// Every attempt so far.
    pub fn calls(&self) -> ApiCalls {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let by_operation: BTreeMap<String, u64> =
            calls.by_operation.iter().map(|((service, operation), count)| (format!("{service}:{operation}"), *count)).collect();
        ApiCalls { requests: by_operation.values().sum(), throttled: calls.throttled, by_operation }
    }

    /// What the requests so far have cost, in dollars.
    pub fn billed_usd(&self) -> f64 {
        self.billable.get()
    }

    /// A request leaves that costs this much, in millionths of a dollar. AWS may not charge for one that it refuses.
    pub(crate) fn billed(&self, micro_usd: u32) {
        self.billable.inc_by(f64::from(micro_usd) / 1e6);
    }

    /// A session in an account was had, or not, and why not.
    pub(crate) fn session(&self, refused: Option<BlindReason>) {
        let outcome = match refused {
            None => "ok",
            Some(BlindReason::RoleMissing | BlindReason::ScpDeny) => "refused",
            Some(_) => "error",
        };
        self.assume_role.with_label_values(&[outcome]).inc();
    }

    /// Brings the gauges of the gate up to date.
    pub fn show(&self, gate: GateState) {
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.gate.in_flight.set(count(gate.in_flight));
        self.gate.slowed.set(count(gate.slowed));
        self.gate.silent.set(count(gate.silent));
    }

    pub(crate) fn slowed(&self, service: &str) {
        self.slowed.with_label_values(&[service]).inc();
    }

    pub(crate) fn waited(&self, service: &str, waited: Duration) {
        self.gate_wait.with_label_values(&[service]).inc_by(waited.as_secs_f64());
    }

    pub(crate) fn answered(&self, service: &str, took: Duration) {
        self.duration.with_label_values(&[service]).observe(took.as_secs_f64());
    }

    pub(crate) fn attempted(&self, service: &'static str, operation: &str, outcome: Outcome) {
        self.requests.with_label_values(&[service, operation, outcome.as_str()]).inc();
        let throttled = outcome == Outcome::Throttled;
        if throttled {
            self.throttles.with_label_values(&[service]).inc();
        }
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.throttled += u64::from(throttled);
        *calls.by_operation.entry((service, operation.to_owned())).or_default() += 1;
    }
}
