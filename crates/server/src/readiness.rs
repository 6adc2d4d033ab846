//! Whether everything that has to happen first has happened.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Ready when every latch was let go. Clones share the latches.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<Mutex<Open>>);

#[derive(Debug, Default)]
struct Open {
    taken: u64,
    /// What is awaited, by the latch's number, so in the order of taking.
    awaited: BTreeMap<u64, String>,
}

impl Readiness {
    /// A latch that keeps the daemon from being ready until it is dropped. `awaited` completes the sentence "waiting for …".
    #[must_use = "dropping the latch lets it go"]
    pub fn latch(&self, awaited: impl Into<String>) -> Latch {
        let mut open = self.open();
        open.taken += 1;
        let number = open.taken;
        open.awaited.insert(number, awaited.into());
        Latch { readiness: self.clone(), number }
    }

    /// What is still awaited, in the order in which the latches were taken; empty when ready.
    pub fn awaited(&self) -> Vec<String> {
        self.open().awaited.values().cloned().collect()
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps the daemon from being ready until it is dropped.
#[derive(Debug)]
pub struct Latch {
    readiness: Readiness,
    number: u64,
}

impl Latch {
    /// What was awaited has happened. The same as dropping it, said aloud.
    pub fn release(self) {}
}

impl Drop for Latch {
    fn drop(&mut self) {
        self.readiness.open().awaited.remove(&self.number);
    }
}
