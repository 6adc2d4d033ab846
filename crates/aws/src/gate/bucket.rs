//! The queue of one key: first come first served, at the configured rate at most, and slower after a throttle.

use std::{
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
use tokio::{sync::MutexGuard, time::Instant};

use super::{Allowance, endpoint::Endpoint, pace::Pace};

/// One key's queue.
#[derive(Debug)]
pub(crate) struct Bucket {
    /// Held by the first in line while it waits, so that those behind it keep their order.
    turn: tokio::sync::Mutex<()>,
    limiter: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Nanos>>,
    pace: Mutex<Pace>,
    clock: TokioClock,
    /// How long until it is full again, at most.
    refill: Duration,
    /// Nanoseconds on the gate's clock.
    last_used: AtomicU64,
    /// What the key's service and region are to everybody.
    pub(super) endpoint: Arc<Endpoint>,
    /// And to this account.
    pub(super) own_endpoint: Endpoint,
}

impl Bucket {
    pub fn new(allowed: Allowance, clock: TokioClock, endpoint: Arc<Endpoint>) -> Self {
        let Allowance { rate, burst } = allowed;
        Self {
            turn: tokio::sync::Mutex::default(),
            limiter: RateLimiter::direct_with_clock(quota(allowed), clock.clone()),
            pace: Mutex::new(Pace::new(rate, Instant::now())),
            clock,
            refill: Duration::from_secs_f64(f64::from(burst) / rate),
            last_used: AtomicU64::new(0),
            endpoint,
            own_endpoint: Endpoint::of_one(Instant::now()),
        }
    }

    /// Waits for a request's turn, and for what `places` gives it to go with. The token is taken last, when nothing is left to wait for:
    /// requests that had one and waited for a place would go together when places come free, faster than the rate allows. Until the
    /// guard is dropped it is nobody else's turn.
    pub async fn enter<P, F: Future<Output = P>>(&self, places: impl Fn() -> F) -> (MutexGuard<'_, ()>, P) {
        let turn = self.turn.lock().await;
        loop {
            let held = places().await;
            let Err(wait) = self.try_go() else { return (turn, held) };
            // Others can use them meanwhile.
            drop(held);
            tokio::time::sleep(wait).await;
        }
    }

    /// Takes a token; or says how long to wait before the next try.
    fn try_go(&self) -> Result<(), Duration> {
        // The pace first: what it holds up must not use up the limiter's allowance.
        let held = self.pace().wait(Instant::now());
        if !held.is_zero() {
            return Err(held);
        }
        self.limiter.check().map_err(|not_yet| not_yet.wait_time_from(self.clock.now()))?;
        self.pace().went(Instant::now());
        Ok(())
    }

    /// AWS throttled one of its requests. Returns whether that slowed it down.
    pub fn throttled(&self, retry_after: Option<Duration>) -> bool {
        self.pace().throttled(Instant::now(), retry_after)
    }

    /// The share of its configured rate that it uses now.
    pub fn share(&self) -> f64 {
        self.pace().share(Instant::now())
    }

    pub fn touch(&self) {
        self.last_used.store(self.clock.now().as_u64(), Ordering::Relaxed);
    }

    /// Whether nobody used it for so long, and it is full again.
    pub fn is_idle(&self, idle: Duration) -> bool {
        let idle = idle.max(self.refill);
        let idle = u64::try_from(idle.as_nanos()).unwrap_or(u64::MAX);
        self.clock.now().as_u64().saturating_sub(self.last_used.load(Ordering::Relaxed)) >= idle
    }

    fn pace(&self) -> std::sync::MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A burst may go at once; after that they are spaced evenly.
fn quota(Allowance { rate, burst }: Allowance) -> Quota {
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    Quota::with_period(Duration::from_secs_f64(1.0 / rate)).unwrap_or(Quota::per_second(burst)).allow_burst(burst)
}

/// Tokio's clock for governor.
#[derive(Clone, Debug)]
pub(crate) struct TokioClock {
    start: Instant,
}

impl TokioClock {
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Clock for TokioClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Instant::now().duration_since(self.start).into()
    }
}
