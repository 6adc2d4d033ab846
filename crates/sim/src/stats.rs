//! What the simulation was asked, and what became of it. Counting is a few additions a request.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use serde_json::{Map, Value, json};

use crate::faults::Kind;
use crate::org::Organization;
use crate::service::SERVICES;
use crate::site::Site;

/// How many accounts the figures name: those with the most requests.
const NAMED: usize = 1000;

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Ok,
    /// AWS would have said no as well.
    Refused,
    /// The simulation has no such operation.
    UnknownOperation,
    RateLimited,
    Fault(Kind),
}

impl Outcome {
    const COUNT: usize = 4 + Kind::COUNT;

    fn index(self) -> usize {
        match self {
            Self::Ok => 0,
            Self::Refused => 1,
            Self::UnknownOperation => 2,
            Self::RateLimited => 3,
            Self::Fault(kind) => 4 + kind as usize,
        }
    }

    fn name(index: usize) -> &'static str {
        match index {
            0 => "ok",
            1 => "refused",
            2 => "unknown_operation",
            3 => "rate_limited",
            fault => Kind::NAMES[fault - 4],
        }
    }
}

/// The counters.
#[derive(Debug)]
pub(crate) struct Stats {
    outcomes: [AtomicU64; Outcome::COUNT],
    /// By service and operation; the last of each service is for operations that the simulation does not have.
    operations: Vec<Box<[AtomicU64]>>,
    accounts: Box<[AtomicU64]>,
    connections: AtomicU64,
    now: AtomicU64,
    most: AtomicU64,
}

/// A request that is under way.
pub(crate) struct InFlight<'a>(&'a Stats);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Relaxed);
    }
}

fn zeros(count: usize) -> Box<[AtomicU64]> {
    (0..count).map(|_| AtomicU64::new(0)).collect()
}

impl Stats {
    pub(crate) fn new(accounts: usize) -> Self {
        Self {
            outcomes: [const { AtomicU64::new(0) }; Outcome::COUNT],
            operations: SERVICES.iter().map(|service| zeros(service.operations.len() + 1)).collect(),
            accounts: zeros(accounts),
            connections: AtomicU64::new(0),
            now: AtomicU64::new(0),
            most: AtomicU64::new(0),
        }
    }

    pub(crate) fn connected(&self) {
        self.connections.fetch_add(1, Relaxed);
    }

    /// Counts a request as under way until the value that this gives is dropped.
    pub(crate) fn begin(&self) -> InFlight<'_> {
        let now = 1 + self.now.fetch_add(1, Relaxed);
        if now > self.most.load(Relaxed) {
            self.most.fetch_max(now, Relaxed);
        }
        InFlight(self)
    }

    /// Counts where an authenticated request is addressed.
    pub(crate) fn addressed(&self, site: &Site<'_>) {
        let operations = &self.operations[site.service];
        operations[site.operation.unwrap_or(operations.len() - 1)].fetch_add(1, Relaxed);
        self.accounts[site.account].fetch_add(1, Relaxed);
    }

    /// Counts what became of a request.
    pub(crate) fn settled(&self, outcome: Outcome) {
        self.outcomes[outcome.index()].fetch_add(1, Relaxed);
    }

    /// Begins anew. What is under way stays so.
    pub(crate) fn forget(&self) {
        let counters = self.outcomes.iter().chain(self.operations.iter().flatten()).chain(&self.accounts);
        counters.chain([&self.connections]).for_each(|counter| counter.store(0, Relaxed));
        self.most.store(self.now.load(Relaxed), Relaxed);
    }

    pub(crate) fn figures(&self, organization: &Organization) -> Map<String, Value> {
        let outcomes: Vec<u64> = self.outcomes.iter().map(|counter| counter.load(Relaxed)).collect();
        let named = outcomes.iter().enumerate().filter(|(_, count)| **count > 0);
        let named: Map<_, _> = named.map(|(index, count)| (Outcome::name(index).to_owned(), (*count).into())).collect();
        let answer = json!({
            "requests": outcomes.iter().sum::<u64>(),
            "outcomes": named,
            "operations": self.by_operation(),
            "accounts": self.by_account(organization),
            "connections": self.connections.load(Relaxed),
            "in_flight": {"now": self.now.load(Relaxed), "most": self.most.load(Relaxed)},
        });
        if let Value::Object(members) = answer { members } else { Map::new() }
    }

    fn by_operation(&self) -> Map<String, Value> {
        let counted = SERVICES.into_iter().zip(&self.operations).flat_map(|(service, counters)| {
            counters.iter().enumerate().map(move |(index, counter)| {
                let operation = service.operations.get(index).map_or("unknown", |operation| operation.label(service));
                (format!("{}:{operation}", service.name()), counter.load(Relaxed))
            })
        });
        let mut sums = Map::new();
        for (name, count) in counted.filter(|(_, count)| *count > 0) {
            let sum = sums.get(&name).and_then(Value::as_u64).unwrap_or_default() + count;
            sums.insert(name, sum.into());
        }
        sums
    }

    fn by_account(&self, organization: &Organization) -> Value {
        let counted = organization.accounts.iter().zip(&self.accounts).map(|(account, counter)| (account, counter.load(Relaxed)));
        let mut counted: Vec<_> = counted.filter(|(_, count)| *count > 0).collect();
        let seen = counted.len();
        counted.sort_by(|(_, one), (_, other)| other.cmp(one));
        let most: Map<_, _> = counted.into_iter().take(NAMED).map(|(account, count)| (account.id.clone(), count.into())).collect();
        json!({"seen": seen, "requests": most})
    }
}
