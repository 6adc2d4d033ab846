//! Facts of the organization, shared by all accounts' sweeps: whoever needs one first asks, all others wait for that answer.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use orgsweep_aws::Hub;
use orgsweep_model::{FactKind, FactSet, Region};
use tokio::time::Instant;

/// A blind answer is asked again this soon: a hiccup at the owner must not blind all accounts for an hour.
const BLIND_VALID: Duration = Duration::from_mins(1);

type Slot = Arc<tokio::sync::Mutex<Option<(FactSet, Instant)>>>;

/// The cache, by fact and region.
#[derive(Debug)]
pub(crate) struct OrganizationFacts {
    valid: Duration,
    slots: Mutex<HashMap<(FactKind, Region), Slot>>,
}

impl OrganizationFacts {
    /// `valid` is how long an answer is taken as true.
    pub fn new(valid: Duration) -> Self {
        Self { valid, slots: Mutex::default() }
    }

    /// Adds to `set` those of `kinds` that are facts of the organization.
    pub async fn add_to(&self, set: &mut FactSet, kinds: &[FactKind], hub: &Hub, region: &Region) {
        for kind in kinds.iter().filter(|kind| kind.spec().scope.is_shared()) {
            let slot = {
                let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
                Arc::clone(slots.entry((*kind, region.clone())).or_default())
            };
            let mut slot = slot.lock().await;
            let valid = |facts: &FactSet| if facts.all_seen() { self.valid } else { self.valid.min(BLIND_VALID) };
            let fresh = slot.as_ref().is_some_and(|(facts, asked)| asked.elapsed() < valid(facts));
            if !fresh {
                *slot = orgsweep_aws::collect_organization(*kind, hub, region).await.map(|facts| (facts, Instant::now()));
            }
            if let Some((facts, _)) = &*slot {
                set.absorb(facts);
            }
        }
    }
}
