//! The gate: the one place where a request waits for its turn.
//!
//! A bucket per (account, region, service) lets requests through at the configured rate, first come first served; requests with the
//! organization's own credentials share a bucket per service. The few operations that AWS limits by themselves have a bucket of their own
//! before that. When AWS throttles, the bucket's pace is cut, and grows again with time. What is in flight is bounded for each target and
//! over all. Waiting is on tokio's clock, so that tests can pause it; a waiter that is dropped frees its place, and none waits longer than
//! [`LONGEST_WAIT`], because its request is signed already.

mod bucket;
mod endpoint;
mod pace;
#[cfg(test)]
mod tests;
mod traveller;

pub use traveller::Traveller;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use orgsweep_model::{AccountId, Region};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use bucket::{Bucket, TokioClock};
use endpoint::Endpoint;

/// A bucket that nobody used for so long, and that is full again, is as good as new and forgotten.
const IDLE: Duration = Duration::from_secs(20);
/// One whose pace was cut is remembered for longer.
const IDLE_SLOWED: Duration = Duration::from_mins(2);
/// How often new buckets have the idle ones forgotten: a scan of a large organization makes a million, and needs each for seconds.
const PURGE_EVERY: Duration = Duration::from_secs(5);

/// The longest wait for a turn. AWS takes a signature for five minutes only, and clocks differ.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// Requests at once of one account in one region, so that a huge account leaves places to others.
const IN_FLIGHT_OF_TARGET: usize = 16;

/// Operations that AWS limits by themselves, in requests a second, below what their services bear.
const OPERATION_RPS: [(&str, &str, f64); 3] =
    [("account", "GetAlternateContact", 10.0), ("account", "ListRegions", 5.0), ("securityhub", "GetFindings", 3.0)];

/// Security Hub's own buckets have room for two seconds' worth: 6 for `GetFindings` at 3 a second, 30 for its others at 10. Those of the
/// other services are taken to have room for a second's worth.
///
/// Source: <https://docs.aws.amazon.com/securityhub/1.0/APIReference/Welcome.html>.
const BUCKET_SECONDS: [(&str, f64); 1] = [("securityhub", 2.0)];
/// So much of that room stays unused, in seconds: requests that are so late on their way come close together, and AWS counts arrivals.
const LATE: f64 = 0.2;

/// How fast some requests may go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Allowance {
    /// Requests a second.
    pub rate: f64,
    /// Requests at once, after a pause.
    pub burst: u32,
}

impl Allowance {
    fn new(service: &str, rate: f64) -> Self {
        let rate = rate.clamp(0.01, 100_000.0);
        let seconds = BUCKET_SECONDS.iter().find(|known| known.0 == service).map_or(1.0, |known| known.1);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate is not negative and at most 100000")]
        let burst = (rate * (seconds - LATE)) as u32;
        Self { rate, burst: burst.max(1) }
    }
}

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
    /// How fast a service may be asked: with an account's own credentials, or with the organization's.
    pub fn of_service(&self, service: &str, shared: bool) -> Allowance {
        const FALLBACK: f64 = 10.0;
        let per_account = || self.per_account_rps.get(service).or_else(|| self.per_account_rps.get("default"));
        let rate = if shared { self.shared_rps.get(service).or_else(per_account) } else { per_account() };
        Allowance::new(service, rate.copied().unwrap_or(FALLBACK))
    }

    /// How fast an operation may be asked for that AWS limits by itself.
    pub fn of_operation(service: &str, operation: &str) -> Option<Allowance> {
        let limited = OPERATION_RPS.iter().find(|limited| (limited.0, limited.1) == (service, operation))?;
        Some(Allowance::new(service, limited.2))
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

/// How many requests one account has in flight in one region.
#[derive(Clone, Debug)]
pub(crate) struct Target(Arc<Semaphore>);

impl Default for Target {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(IN_FLIGHT_OF_TARGET)))
    }
}

/// What a request wants to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask<'a> {
    pub key: &'a Key,
    pub operation: &'a str,
    pub target: &'a Target,
}

/// A request's places in flight, and the buckets that it came through. Dropping it frees the places.
#[derive(Debug)]
pub(crate) struct Pass {
    account: Option<AccountId>,
    sent: Instant,
    /// Its key's bucket.
    bucket: Option<Arc<Bucket>>,
    /// Its operation's own.
    own: Option<Arc<Bucket>>,
    _flight: OwnedSemaphorePermit,
    _target: Option<OwnedSemaphorePermit>,
}

/// Why a request did not get through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Held {
    /// Its turn did not come in time. It was not sent.
    #[error("its turn did not come within {} s, because the requests before it were as many as the limits allow", LONGEST_WAIT.as_secs())]
    TooLong,
    /// The endpoint is silent for everybody. It was not sent.
    #[error("the endpoint has not answered lately, so it was not asked again yet")]
    Silent,
}

/// The gate. One per process.
#[derive(Debug)]
pub struct Gate {
    limits: Limits,
    clock: TokioClock,
    buckets: Mutex<Buckets>,
    in_flight: Arc<Semaphore>,
}

#[derive(Debug)]
struct Buckets {
    purged: Instant,
    by_key: HashMap<Key, Arc<Bucket>>,
    by_operation: HashMap<(Key, String), Arc<Bucket>>,
    /// By region, then service.
    endpoints: HashMap<Region, HashMap<&'static str, Arc<Endpoint>>>,
}

/// What the gate does now, for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GateState {
    /// Requests that have left and are not answered.
    pub in_flight: usize,
    /// Keys (account, region, service) that are asked more slowly than configured, because AWS throttled them.
    pub slowed: usize,
    /// Services in a region that do not answer anybody.
    pub silent: usize,
}

impl Gate {
    /// A gate with these limits.
    pub fn new(limits: Limits) -> Self {
        let in_flight = Arc::new(Semaphore::new(limits.in_flight.max(1)));
        Self { limits, clock: TokioClock::new(), buckets: Mutex::new(Buckets::new()), in_flight }
    }

    /// Waits for this request's turn. The pass is held while the request is in flight.
    pub(crate) async fn enter(&self, ask: Ask<'_>) -> Result<Pass, Held> {
        let (bucket, own) = self.buckets_of(ask);
        let now = Instant::now();
        if ask.key.account.is_some() && !(bucket.own_endpoint.may_try(now) && bucket.endpoint.may_try(now)) {
            return Err(Held::Silent);
        }
        let places = async || {
            let target = acquire(&ask.target.0).await;
            (acquire(&self.in_flight).await, target)
        };
        let waits = async {
            // Its line stays closed until the request goes, so that no more than one token of it is taken before its time.
            let _line = match &own {
                Some(own) => Some(own.enter(async || ()).await),
                None => None,
            };
            bucket.enter(places).await.1
        };
        let (flight, target) = tokio::time::timeout(LONGEST_WAIT, waits).await.map_err(|_| Held::TooLong)?;
        Ok(Pass { account: ask.key.account, sent: Instant::now(), bucket: Some(bucket), own, _flight: flight, _target: Some(target) })
    }

    /// Waits for a place in flight only: for the SDK's own requests for credentials, which have no quota of ours.
    pub(crate) async fn enter_flight(&self) -> Pass {
        Pass { account: None, sent: Instant::now(), bucket: None, own: None, _flight: acquire(&self.in_flight).await, _target: None }
    }

    /// Forgets the buckets that nobody used for a while. Called once a round, so that the gate's size follows what is in flight.
    pub fn retain_recent(&self) {
        self.lock().forget_idle();
    }

    /// What it does now.
    pub fn state(&self) -> GateState {
        let buckets = self.lock();
        GateState {
            in_flight: self.limits.in_flight.max(1).saturating_sub(self.in_flight.available_permits()),
            slowed: buckets.by_key.values().chain(buckets.by_operation.values()).filter(|bucket| bucket.share() < 1.0).count(),
            silent: buckets.endpoints.values().flat_map(HashMap::values).filter(|endpoint| endpoint.is_silent()).count(),
        }
    }

    /// The limits.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The buckets that a request goes through: its key's, and its operation's own.
    fn buckets_of(&self, Ask { key, operation, .. }: Ask<'_>) -> (Arc<Bucket>, Option<Arc<Bucket>>) {
        let mut buckets = self.lock();
        let now = Instant::now();
        if now.duration_since(buckets.purged) >= PURGE_EVERY {
            buckets.forget_idle();
            buckets.purged = now;
        }
        let Buckets { by_key, by_operation, endpoints, .. } = &mut *buckets;
        let bucket = if let Some(bucket) = by_key.get(key) {
            Arc::clone(bucket)
        } else {
            let new = || Arc::new(Endpoint::of_all(now));
            let endpoint = Arc::clone(endpoints.entry(key.region.clone()).or_default().entry(key.service).or_insert_with(new));
            let allowed = self.limits.of_service(key.service, key.account.is_none());
            let bucket = Arc::new(Bucket::new(allowed, self.clock.clone(), endpoint));
            by_key.insert(key.clone(), Arc::clone(&bucket));
            bucket
        };
        bucket.touch();
        let own = Limits::of_operation(key.service, operation).map(|allowed| {
            let new = || Arc::new(Bucket::new(allowed, self.clock.clone(), Arc::clone(&bucket.endpoint)));
            let own = Arc::clone(by_operation.entry((key.clone(), operation.to_owned())).or_insert_with(new));
            own.touch();
            own
        });
        (bucket, own)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Buckets> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Buckets {
    fn new() -> Self {
        Self { purged: Instant::now(), by_key: HashMap::new(), by_operation: HashMap::new(), endpoints: HashMap::new() }
    }

    fn forget_idle(&mut self) {
        let idle = |bucket: &Bucket| bucket.is_idle(IDLE_SLOWED) || bucket.is_idle(IDLE) && bucket.share() >= 1.0;
        let stays = |bucket: &Arc<Bucket>| Arc::strong_count(bucket) > 1 || !idle(bucket);
        self.by_key.retain(|_, bucket| stays(bucket));
        self.by_operation.retain(|_, bucket| stays(bucket));
        // What a burst of new keys took is given back.
        if self.by_key.capacity() > 4 * self.by_key.len() {
            self.by_key.shrink_to(2 * self.by_key.len());
        }
    }
}

impl Pass {
    /// The endpoint answered, whatever it said.
    pub fn answered(&self) {
        if let Some(bucket) = &self.bucket {
            let now = Instant::now();
            bucket.endpoint.answered(now);
            bucket.own_endpoint.answered(now);
        }
    }

    /// The endpoint said nothing in time. Returns whether it counts as silent for everybody only now.
    pub fn silent(&self) -> bool {
        let Some((bucket, account)) = self.bucket.as_ref().zip(self.account) else { return false };
        let now = Instant::now();
        bucket.own_endpoint.silent_for(account, self.sent, now);
        bucket.endpoint.silent_for(account, self.sent, now)
    }

    /// AWS throttled it. Returns whether its key is slowed down now.
    pub fn throttled(&self, retry_after: Option<Duration>) -> bool {
        self.own.as_ref().or(self.bucket.as_ref()).is_some_and(|bucket| bucket.throttled(retry_after))
    }
}

async fn acquire(places: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    match Arc::clone(places).acquire_owned().await {
        Ok(permit) => permit,
        Err(_closed) => unreachable!("the gate never closes its semaphores"),
    }
}
