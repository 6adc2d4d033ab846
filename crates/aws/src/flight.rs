//! A request that has left: its place in flight, and the duty to be counted.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedSemaphorePermit;

use crate::meter::{Meter, Outcome};

/// One attempt between the gate and the end of its answer. Rides on the answer, so that the place is held until the body has been read
/// too. Dropped without a word about its outcome, because a time-out or the end of the sweep cut it off, it counts as unanswered.
#[derive(Debug)]
pub(crate) struct InFlight {
    meter: Arc<Meter>,
    service: &'static str,
    operation: String,
    permit: Mutex<Option<OwnedSemaphorePermit>>,
}

impl InFlight {
    pub fn new(meter: Arc<Meter>, service: &'static str, operation: String, permit: OwnedSemaphorePermit) -> Self {
        Self { meter, service, operation, permit: Mutex::new(Some(permit)) }
    }

    /// It ended like this. Only the first word counts.
    pub fn ended(&self, outcome: Outcome) {
        if self.permit.lock().unwrap_or_else(PoisonError::into_inner).take().is_some() {
            self.meter.attempted(self.service, &self.operation, outcome);
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.ended(Outcome::NoAnswer);
    }
}
