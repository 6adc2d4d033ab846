//! The gate as the benchmarks meet it.

use orgsweep_model::{AccountId, Region};

use super::{Ask, Gate, Key, Target};

/// Requests of one account to one service in one region.
#[derive(Debug)]
pub struct Traveller {
    key: Key,
    target: Target,
}

impl Traveller {
    /// Whose requests, to what.
    pub fn new(account: AccountId, region: Region, service: &'static str) -> Self {
        Self { key: Key { account: Some(account), region, service }, target: Target::default() }
    }

    /// A request's way through the gate and back. Says whether it got through.
    pub async fn pass(&self, gate: &Gate, operation: &str) -> bool {
        let passed = gate.enter(Ask { key: &self.key, operation, target: &self.target }).await;
        passed.map(|pass| pass.answered()).is_ok()
    }
}
