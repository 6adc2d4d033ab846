//! Rate limits as AWS has them: a token bucket for each account, region and service, or for one operation of these.
//!
//! Beside the bucket that admits requests there is a second one that every request takes from, and that may run into debt. The deepest
//! debt is the largest excess of requests over `burst + rate × window` in any window whatever.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::org::Organization;
use crate::regions;
use crate::service::{SERVICES, Service};
use crate::site::Site;

/// How many keys the figures name.
const NAMED: usize = 20;
/// At this many keys, those that have nothing to tell are forgotten.
const TIDY_AT: usize = 100_000;

/// What a bucket holds, and how fast it fills again, in requests and requests a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bucket {
    pub(crate) rate: f64,
    pub(crate) burst: f64,
}

/// The limits of one service.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ServiceLimit {
    pub(crate) bucket: Bucket,
    /// Whether each operation has such a bucket for itself.
    pub(crate) per_operation: bool,
    /// The operations, by index, that have a bucket of their own and leave the service's alone.
    pub(crate) operations: HashMap<usize, Bucket>,
}

/// Whose bucket it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    account: u32,
    region: u8,
    service: u8,
    /// 0: all operations that have no bucket of their own. Those that the simulation does not have share one.
    operation: u16,
}

/// A bucket's level, and what was seen of it.
#[derive(Debug)]
struct Level {
    bucket: Bucket,
    at: Instant,
    tokens: f64,
    /// The level if no request were ever refused.
    unrefused: f64,
    requests: u64,
    throttled: u64,
    excess: f64,
}

#[derive(Debug, Default)]
struct Table {
    levels: HashMap<Key, Level>,
    tidy_at: usize,
    /// Of all keys, also those that were forgotten.
    requests: u64,
    throttled: u64,
}

/// The limits and the buckets.
#[derive(Debug)]
pub(crate) struct Limits {
    enforce: bool,
    /// By index.
    services: Vec<Option<ServiceLimit>>,
    table: Mutex<Table>,
}

impl Level {
    fn full(bucket: Bucket, now: Instant) -> Self {
        Self { bucket, at: now, tokens: bucket.burst, unrefused: bucket.burst, requests: 0, throttled: 0, excess: 0.0 }
    }

    fn fill(&mut self, now: Instant) {
        let Bucket { rate, burst } = self.bucket;
        let more = now.saturating_duration_since(self.at).as_secs_f64() * rate;
        self.tokens = (self.tokens + more).min(burst);
        self.unrefused = (self.unrefused + more).min(burst);
        self.at = now;
    }

    /// Takes a token, if there is one.
    fn take(&mut self, now: Instant) -> bool {
        self.fill(now);
        self.requests += 1;
        self.unrefused -= 1.0;
        self.excess = self.excess.max(-self.unrefused);
        let admitted = self.tokens >= 1.0;
        if admitted {
            self.tokens -= 1.0;
        } else {
            self.throttled += 1;
        }
        admitted
    }

    /// Whether it is as a new one would be, but for its number of requests.
    fn tells_nothing(&mut self, now: Instant) -> bool {
        self.fill(now);
        self.throttled == 0 && self.excess <= 0.0 && self.unrefused >= self.bucket.burst
    }
}

impl Limits {
    pub(crate) fn new(enforce: bool, services: Vec<Option<ServiceLimit>>) -> Self {
        Self { enforce, services, table: Mutex::default() }
    }

    /// Counts a request. Whether it is to be answered.
    pub(crate) fn admit(&self, site: &Site<'_>) -> bool {
        let Some(limit) = &self.services[site.service] else { return true };
        let own = site.operation.and_then(|operation| limit.operations.get(&operation));
        let apart = own.is_some() || limit.per_operation;
        let key = Key {
            account: u32::try_from(site.account).unwrap_or(u32::MAX),
            region: regions::place(site.region).and_then(|place| u8::try_from(place).ok()).unwrap_or(u8::MAX),
            service: u8::try_from(site.service).unwrap_or(u8::MAX),
            operation: if apart { site.operation.and_then(|operation| u16::try_from(operation + 1).ok()).unwrap_or(u16::MAX) } else { 0 },
        };
        let bucket = *own.unwrap_or(&limit.bucket);
        let mut table = self.table();
        // Under the lock, so that time does not run backwards.
        let now = Instant::now();
        let admitted = table.level(key, bucket, now).take(now);
        table.requests += 1;
        table.throttled += u64::from(!admitted);
        admitted || !self.enforce
    }

    /// Begins to count anew. The buckets keep the level that admits requests.
    pub(crate) fn forget(&self) {
        let mut table = self.table();
        (table.requests, table.throttled) = (0, 0);
        let now = Instant::now();
        table.levels.retain(|_, level| {
            level.fill(now);
            let tokens = level.tokens;
            *level = Level { tokens, ..Level::full(level.bucket, now) };
            tokens < level.bucket.burst
        });
    }

    /// What was seen, with the keys that were asked most beyond their limits.
    pub(crate) fn figures(&self, organization: &Organization) -> Value {
        let table = self.table();
        let mut keys: Vec<_> = table.levels.iter().filter(|(_, level)| level.requests > 0).collect();
        let count = keys.len();
        let largest = keys.iter().map(|(_, level)| level.excess).fold(0.0, f64::max);
        let rank = |level: &Level| (level.excess, level.throttled, level.requests);
        keys.sort_by(|(_, one), (_, other)| rank(other).partial_cmp(&rank(one)).unwrap_or(Ordering::Equal));
        let named = keys.into_iter().take(NAMED).map(|(key, level)| {
            let service = SERVICES[usize::from(key.service)];
            json!({
                "account": organization.accounts[key.account as usize].id,
                "region": regions::all().nth(usize::from(key.region)),
                "service": service.name(),
                "operation": usize::from(key.operation).checked_sub(1).map(|index| label(service, index)),
                "requests": level.requests,
                "throttled": level.throttled,
                "excess": thousandths(level.excess),
            })
        });
        json!({
            "enforced": self.enforce,
            "requests": table.requests,
            "throttled": table.throttled,
            "largest_excess": thousandths(largest),
            "keys": count,
            "worst": named.collect::<Vec<_>>(),
        })
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn level(&mut self, key: Key, bucket: Bucket, now: Instant) -> &mut Level {
        if self.levels.len() >= self.tidy_at.max(TIDY_AT) {
            self.levels.retain(|_, level| !level.tells_nothing(now));
            self.tidy_at = 2 * self.levels.len();
        }
        self.levels.entry(key).or_insert_with(|| Level::full(bucket, now))
    }
}

fn label(service: &Service, operation: usize) -> &'static str {
    service.operations.get(operation).map_or("others", |operation| operation.label(service))
}

/// Sums of fractions end in noise.
fn thousandths(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const BUCKET: Bucket = Bucket { rate: 10.0, burst: 5.0 };

    fn site(account: usize) -> Site<'static> {
        Site { account, role_account: None, region: "eu-west-1", service: 3, operation: Some(0), name: "", action: "" }
    }

    fn limits(enforce: bool) -> Limits {
        let limit = ServiceLimit { bucket: BUCKET, per_operation: false, operations: HashMap::new() };
        Limits::new(enforce, vec![Some(limit); SERVICES.len()])
    }

    fn excess(limits: &Limits) -> String {
        format!("{:.3}", limits.table().levels.values().map(|level| level.excess).fold(0.0, f64::max))
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_gives_its_burst_and_then_its_rate() {
        let limits = limits(true);
        assert_eq!((0..8).filter(|_| limits.admit(&site(0))).count(), 5);
        tokio::time::advance(Duration::from_millis(200)).await;
        assert_eq!((0..8).filter(|_| limits.admit(&site(0))).count(), 2);
        assert!(limits.admit(&site(1)), "another account has a bucket of its own");
        tokio::time::advance(Duration::from_mins(1)).await;
        assert_eq!((0..8).filter(|_| limits.admit(&site(0))).count(), 5, "it holds no more than its burst");
    }

    #[tokio::test(start_paused = true)]
    async fn the_excess_is_what_no_window_should_have_had() {
        let limits = limits(false);
        for _ in 0..5 {
            assert!(limits.admit(&site(0)));
        }
        for _ in 0..100 {
            tokio::time::advance(Duration::from_millis(100)).await;
            limits.admit(&site(0));
        }
        assert_eq!(excess(&limits), "0.000", "at its rate for ever");
        assert!(limits.admit(&site(0)) && limits.admit(&site(0)), "not enforced");
        assert_eq!(excess(&limits), "2.000");
        tokio::time::advance(Duration::from_mins(1)).await;
        limits.admit(&site(0));
        assert_eq!(excess(&limits), "2.000", "what was, was");
        limits.forget();
        limits.admit(&site(0));
        assert_eq!(excess(&limits), "0.000");
    }

    #[tokio::test(start_paused = true)]
    async fn operations_with_a_bucket_of_their_own_leave_the_service_s_alone() {
        let own = HashMap::from([(1, Bucket { rate: 1.0, burst: 1.0 })]);
        let limit = ServiceLimit { bucket: BUCKET, per_operation: false, operations: own };
        let limits = Limits::new(true, vec![Some(limit); SERVICES.len()]);
        let asked = |operation| Site { operation, ..site(0) };
        assert_eq!((0..8).filter(|_| limits.admit(&asked(Some(1)))).count(), 1);
        assert_eq!((0..4).filter(|_| limits.admit(&asked(Some(0)))).count(), 4);
        assert_eq!((0..4).filter(|_| limits.admit(&asked(Some(2)))).count(), 1, "the others share");
    }

    #[tokio::test(start_paused = true)]
    async fn calm_keys_are_forgotten_and_others_are_not() {
        let limits = limits(true);
        for _ in 0..6 {
            limits.admit(&site(0));
        }
        for account in 1..TIDY_AT {
            limits.admit(&site(account));
        }
        tokio::time::advance(Duration::from_secs(1)).await;
        limits.admit(&site(TIDY_AT));
        let table = limits.table();
        assert_eq!((table.levels.len(), table.requests, table.throttled), (2, 6 + TIDY_AT as u64, 1));
    }
}
