//! The gate: the one place where a request waits for its turn.
//!
//! A bucket per (account, region, service) lets requests through at the configured rate, first come first served; requests with the
//! organization's own credentials share a bucket per service. A bound on what is in flight holds over all of them. Waiting is on tokio's
//! clock, so that tests can pause it, and a waiter that is dropped frees its place.

use std::{
    collections::{BTreeMap, HashMap},
    num::NonZeroU32,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::Clock,
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::{InMemoryState, NotKeyed},
};
use orgsweep_model::{AccountId, Region};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

/// A bucket unused for this long is full again, whatever its rate, and can be forgotten.
const IDLE: Duration = Duration::from_mins(2);

/// After so many new buckets, those idle are forgotten: a scan of a large organization makes a million and needs each for seconds.
const PURGE_EVERY: usize = 16_384;

/// How fast requests may go.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Requests at once, over all accounts.
    pub in_flight: usize,
    /// Requests a second of each (account, region, service), by service; `default` for the others.
    pub per_account_rps: BTreeMap<String, f64>,
    /// Requests a second made with the organization's own credentials, by service; the per-account rate for services not named.
    pub shared_rps: BTreeMap<String, f64>,
}

impl Limits {
    fn rate(&self, key: &Key) -> f64 {
        const FALLBACK: f64 = 10.0;
        let per_account = || self.per_account_rps.get(key.service).or_else(|| self.per_account_rps.get("default"));
        let rate = if key.account.is_none() { self.shared_rps.get(key.service).or_else(per_account) } else { per_account() };
        rate.copied().unwrap_or(FALLBACK)
    }
}

/// Whose quota a request uses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// The account whose session asks; absent for the organization's own credentials.
    pub account: Option<AccountId>,
    /// The region asked; shared quotas are kept per region too, as AWS does.
    pub region: Region,
    /// The service, as [`orgsweep_model::Operation`] names it.
    pub service: &'static str,
}

/// The gate. One per process.
#[derive(Debug)]
pub struct Gate {
    limits: Limits,
    clock: TokioClock,
    buckets: Mutex<HashMap<Key, Arc<Bucket>>>,
    in_flight: Arc<Semaphore>,
}

#[derive(Debug)]
struct Bucket {
    /// Held by the first in line while it waits, so that those behind it keep their order.
    turn: tokio::sync::Mutex<()>,
    limiter: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Nanos>>,
    /// Nanoseconds on the gate's clock.
    last_used: AtomicU64,
}

impl Gate {
    /// A gate with these limits.
    pub fn new(limits: Limits) -> Self {
        let in_flight = Arc::new(Semaphore::new(limits.in_flight.max(1)));
        Self { limits, clock: TokioClock { start: Instant::now() }, buckets: Mutex::default(), in_flight }
    }

    /// Waits for this request's turn. The permit is held while the request is in flight.
    pub(crate) async fn enter(&self, key: &Key) -> OwnedSemaphorePermit {
        let bucket = self.bucket(key);
        {
            let _turn = bucket.turn.lock().await;
            while let Err(not_yet) = bucket.limiter.check() {
                tokio::time::sleep(not_yet.wait_time_from(self.clock.now())).await;
            }
        }
        self.enter_flight().await
    }

    /// Waits for a place in flight only: for the SDK's own requests for credentials, which have no quota of ours.
    pub(crate) async fn enter_flight(&self) -> OwnedSemaphorePermit {
        match Arc::clone(&self.in_flight).acquire_owned().await {
            Ok(permit) => permit,
            Err(_closed) => unreachable!("the gate never closes its semaphore"),
        }
    }

    /// Forgets the buckets that nobody used for a while. Called once a round, so that the gate's size follows what is in flight.
    pub fn retain_recent(&self) {
        self.forget_idle(&mut self.buckets.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn forget_idle(&self, buckets: &mut HashMap<Key, Arc<Bucket>>) {
        let now = self.clock.now().as_u64();
        let idle = u64::try_from(IDLE.as_nanos()).unwrap_or(u64::MAX);
        buckets.retain(|_, bucket| Arc::strong_count(bucket) > 1 || now.saturating_sub(bucket.last_used.load(Ordering::Relaxed)) < idle);
    }

    fn bucket(&self, key: &Key) -> Arc<Bucket> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= PURGE_EVERY && buckets.len().is_multiple_of(PURGE_EVERY) && !buckets.contains_key(key) {
            self.forget_idle(&mut buckets);
        }
        let bucket = match buckets.get(key) {
            Some(bucket) => Arc::clone(bucket),
            None => Arc::clone(buckets.entry(key.clone()).or_insert_with(|| {
                Arc::new(Bucket {
                    turn: tokio::sync::Mutex::default(),
                    limiter: RateLimiter::direct_with_clock(quota(self.limits.rate(key)), self.clock.clone()),
                    last_used: AtomicU64::new(0),
                })
            })),
        };
        bucket.last_used.store(self.clock.now().as_u64(), Ordering::Relaxed);
        bucket
    }
}

/// A second's worth may go at once; after that they are spaced evenly.
fn quota(rate: f64) -> Quota {
    let rate = rate.clamp(0.01, 100_000.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0.01..=100000, and 0 becomes 1")]
    let burst = NonZeroU32::new(rate as u32).unwrap_or(NonZeroU32::MIN);
    Quota::with_period(Duration::from_secs_f64(1.0 / rate)).unwrap_or(Quota::per_second(burst)).allow_burst(burst)
}

/// Tokio's clock for governor.
#[derive(Clone, Debug)]
struct TokioClock {
    start: Instant,
}

impl Clock for TokioClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Instant::now().duration_since(self.start).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(account: Option<&str>, service: &'static str) -> Key {
        Key { account: account.map(|id| id.parse().unwrap()), region: "us-east-1".parse().unwrap(), service }
    }

    fn gate(in_flight: usize) -> Gate {
        Gate::new(Limits {
            in_flight,
            per_account_rps: [("default".to_owned(), 10.0), ("ec2".to_owned(), 20.0)].into(),
            shared_rps: [("sts".to_owned(), 100.0)].into(),
        })
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_gets_a_burst_and_then_its_rate() {
        let gate = gate(1000);
        let key = key(Some("111111111111"), "iam");
        let start = Instant::now();
        for _ in 0..10 {
            drop(gate.enter(&key).await);
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        for _ in 0..20 {
            drop(gate.enter(&key).await);
        }
        let elapsed = start.elapsed();
        assert!((Duration::from_millis(1_990)..=Duration::from_millis(2_030)).contains(&elapsed), "{elapsed:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn one_account_waiting_does_not_hold_up_another() {
        let gate = gate(1000);
        let (busy, calm) = (key(Some("111111111111"), "iam"), key(Some("222222222222"), "iam"));
        for _ in 0..10 {
            drop(gate.enter(&busy).await);
        }
        let start = Instant::now();
        drop(gate.enter(&calm).await);
        assert_eq!(start.elapsed(), Duration::ZERO);
        drop(gate.enter(&busy).await);
        assert!(start.elapsed() > Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn shared_services_have_their_own_rate() {
        let gate = gate(1000);
        let start = Instant::now();
        for _ in 0..100 {
            drop(gate.enter(&key(None, "sts")).await);
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn first_come_first_served() {
        let gate = Arc::new(gate(1000));
        let key = key(Some("111111111111"), "iam");
        for _ in 0..10 {
            drop(gate.enter(&key).await);
        }
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..5 {
            let (gate, key, order) = (Arc::clone(&gate), key.clone(), Arc::clone(&order));
            tasks.spawn(async move {
                drop(gate.enter(&key).await);
                order.lock().unwrap().push(number);
            });
            tokio::task::yield_now().await;
        }
        tasks.join_all().await;
        assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4]);
    }

    #[tokio::test(start_paused = true)]
    async fn in_flight_is_bounded_and_a_dropped_waiter_frees_its_place() {
        let gate = gate(1);
        let key = key(Some("111111111111"), "iam");
        let held = gate.enter(&key).await;
        assert!(tokio::time::timeout(Duration::from_secs(5), gate.enter(&key)).await.is_err(), "a second one got in");
        drop(held);
        assert!(tokio::time::timeout(Duration::from_secs(5), gate.enter(&key)).await.is_ok(), "the place was lost");
    }

    #[tokio::test(start_paused = true)]
    async fn idle_buckets_are_forgotten() {
        let gate = gate(10);
        drop(gate.enter(&key(Some("111111111111"), "iam")).await);
        gate.retain_recent();
        assert_eq!(gate.buckets.lock().unwrap().len(), 1);
        tokio::time::advance(IDLE).await;
        gate.retain_recent();
        assert_eq!(gate.buckets.lock().unwrap().len(), 0);
    }
}
