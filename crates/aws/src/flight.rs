//! A request that has left: its place in flight, and the duty to be counted.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::{
    gate::Pass,
    meter::{Meter, Outcome},
};

/// One attempt between the gate and the end of its answer. Rides on the answer until the SDK has understood it. Dropped without a word
/// about its outcome, because a time-out or the end of the sweep cut it off, it counts as unanswered.
#[derive(Debug)]
pub(crate) struct InFlight {
    meter: Arc<Meter>,
    service: &'static str,
    operation: String,
    /// Which attempt of its operation it is.
    pub attempt: Attempt,
    pass: Mutex<Option<Pass>>,
}

/// How often an operation was tried before.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Attempt {
    /// Attempts that AWS answered with its own failure.
    pub server_errors: u32,
}

impl InFlight {
    pub fn new(meter: Arc<Meter>, service: &'static str, operation: String, attempt: Attempt, pass: Pass) -> Self {
        Self { meter, service, operation, attempt, pass: Mutex::new(Some(pass)) }
    }

    /// The endpoint said something.
    pub fn answered(&self) {
        if let Some(pass) = &*self.pass() {
            pass.answered();
        }
    }

    /// The endpoint said nothing in time.
    pub fn silent(&self, region: &str) {
        if self.pass().as_ref().is_some_and(Pass::silent) {
            tracing::warn!(
                service = self.service,
                region,
                "the endpoint answers no account: its questions end as time-outs at once, and it is tried now and then"
            );
        }
    }

    /// It ended like this. Only the first word counts. `retry_after` is what AWS said to wait.
    pub fn ended(&self, outcome: Outcome, retry_after: Option<Duration>) {
        if let Some(pass) = self.pass().take() {
            if outcome == Outcome::Throttled && pass.throttled(retry_after) {
                self.meter.slowed(self.service);
            }
            self.meter.attempted(self.service, &self.operation, outcome);
        }
    }

    fn pass(&self) -> std::sync::MutexGuard<'_, Option<Pass>> {
        self.pass.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.ended(Outcome::NoAnswer, None);
    }
}
