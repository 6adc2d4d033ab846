//! How much of its configured rate a key uses: less after a throttle, more again with time. Pure: time is handed in.

use std::time::Duration;

use tokio::time::Instant;

/// What is left of the pace after a throttle.
const CUT: f64 = 0.7;
/// Throttles that come closer together than this are one: the requests behind them left before the first was known.
const ONE_CUT_WITHIN: Duration = Duration::from_secs(1);
/// The least share of the configured rate, however often AWS throttles.
const LEAST: f64 = 0.1;
/// The least pace where the configured rate allows it, in requests a second: slower would be no sweep.
const LEAST_RPS: f64 = 1.0;
/// Growth of the share a second, far below where AWS throttled last.
const QUICK: f64 = 0.05;
/// And near or above it, as a part of the share at which AWS throttled last: a limit lower than the configured rate is then touched once in
/// a thousand requests or less. A key that is not used for a while starts anew at the full rate.
const SLOW: f64 = 0.0002;
/// Where growing becomes slow, as a part of the share at which AWS throttled last.
const NEAR: f64 = 0.8;
/// The longest that AWS's own word (`Retry-After`) holds a key up.
const MOST_HELD: Duration = Duration::from_secs(30);

/// The pace of one key: additive increase, multiplicative decrease.
#[derive(Debug)]
pub(super) struct Pace {
    /// Requests a second by the configuration.
    rate: f64,
    /// The share of the rate that held at `as_of`.
    share: f64,
    as_of: Instant,
    /// The share at the last throttle.
    ceiling: f64,
    last_cut: Option<Instant>,
    /// The next request may not go before.
    next: Option<Instant>,
}

impl Pace {
    pub fn new(rate: f64, now: Instant) -> Self {
        Self { rate, share: 1.0, as_of: now, ceiling: 1.0, last_cut: None, next: None }
    }

    /// The share of the configured rate that holds now.
    pub fn share(&self, now: Instant) -> f64 {
        if self.share >= 1.0 {
            return 1.0;
        }
        let near = self.ceiling * NEAR;
        let passed = now.saturating_duration_since(self.as_of).as_secs_f64();
        let quick = ((near - self.share).max(0.0) / QUICK).min(passed);
        (self.share + quick * QUICK + (passed - quick) * SLOW * self.ceiling).min(1.0)
    }

    /// How long the next request has to wait.
    pub fn wait(&self, now: Instant) -> Duration {
        self.next.map_or(Duration::ZERO, |next| next.saturating_duration_since(now))
    }

    /// A request goes. Below the full rate there are no bursts: the next one keeps its distance.
    pub fn went(&mut self, now: Instant) {
        let share = self.share(now);
        self.next = (share < 1.0).then(|| now + Duration::from_secs_f64(1.0 / (self.rate * share)));
    }

    /// AWS throttled a request, and may have said how long to wait. Returns whether the pace was cut.
    pub fn throttled(&mut self, now: Instant, retry_after: Option<Duration>) -> bool {
        if let Some(hold) = retry_after {
            let until = now + hold.min(MOST_HELD);
            self.next = Some(self.next.map_or(until, |next| next.max(until)));
        }
        if self.last_cut.is_some_and(|cut| now.saturating_duration_since(cut) < ONE_CUT_WITHIN) {
            return false;
        }
        let least = LEAST.max(LEAST_RPS / self.rate).min(1.0);
        let share = self.share(now);
        (self.share, self.ceiling, self.as_of, self.last_cut) = ((share * CUT).max(least), share, now, Some(now));
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn start() -> Instant {
        Instant::now()
    }

    #[test]
    fn throttles_of_one_second_are_one_cut() {
        let now = start();
        let mut pace = Pace::new(10.0, now);
        assert!(pace.throttled(now, None));
        assert!(!pace.throttled(now + SECOND / 2, None));
        assert!((pace.share(now) - 0.7).abs() < 1e-9);
        assert!(pace.throttled(now + SECOND, None));
    }

    #[test]
    fn it_grows_quickly_up_to_where_it_was_throttled_and_slowly_from_there() {
        let now = start();
        let mut pace = Pace::new(10.0, now);
        pace.throttled(now, None);
        assert!((pace.share(now + 2 * SECOND) - 0.8).abs() < 1e-9, "two seconds for a tenth");
        let (minute, hour) = (Duration::from_mins(1), Duration::from_hours(1));
        assert!((0.81..0.82).contains(&pace.share(now + minute)), "{}", pace.share(now + minute));
        assert!((pace.share(now + hour) - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn it_never_falls_below_a_request_a_second() {
        let mut now = start();
        for (rate, least) in [(20.0, 2.0), (10.0, 1.0), (3.0, 1.0), (0.5, 0.5)] {
            let mut pace = Pace::new(rate, now);
            for _ in 0..100 {
                now += SECOND;
                pace.throttled(now, None);
            }
            assert!((pace.share(now) * rate - least).abs() < 1e-9, "{rate}");
        }
    }

    #[test]
    fn what_aws_says_to_wait_is_waited_but_not_for_ever() {
        let now = start();
        let mut pace = Pace::new(10.0, now);
        pace.throttled(now, Some(Duration::from_secs(7)));
        assert_eq!(pace.wait(now), Duration::from_secs(7));
        pace.throttled(now, Some(Duration::from_hours(1)));
        assert_eq!(pace.wait(now), MOST_HELD);
    }

    /// An endpoint with a token bucket of its own: how many of `requests` it throttles when they come as the pace lets them.
    fn throttled_by(limit: f64, burst: f64, configured: f64, requests: usize) -> Vec<bool> {
        let mut now = start();
        let mut pace = Pace::new(configured, now);
        let (mut tokens, mut filled) = (burst, now);
        (0..requests)
            .map(|_| {
                // At the full rate the gate spaces requests; below it, the pace does.
                now += pace.wait(now).max(Duration::from_secs_f64(1.0 / configured));
                pace.went(now);
                tokens = (tokens + limit * (now - filled).as_secs_f64()).min(burst);
                filled = now;
                if tokens >= 1.0 {
                    tokens -= 1.0;
                    return false;
                }
                pace.throttled(now, None);
                true
            })
            .collect()
    }

    #[test]
    fn a_lower_limit_than_configured_is_found_and_then_hardly_touched() {
        for (limit, burst) in [(10.0, 10.0), (5.0, 20.0), (15.0, 50.0), (3.0, 3.0)] {
            let throttled = throttled_by(limit, burst, 20.0, 20_000);
            let late = throttled.iter().skip(60 * 20).filter(|throttled| **throttled).count();
            assert!(late < 18, "{limit} a second, burst {burst}: {late} of 18,800 throttled after the first minute");
        }
    }

    proptest! {
        #[test]
        fn the_share_stays_within_bounds(rate in 0.1..200.0_f64, steps in prop::collection::vec((0_u64..5_000, any::<bool>()), 1..200)) {
            let mut now = start();
            let mut pace = Pace::new(rate, now);
            for (milliseconds, throttled) in steps {
                now += Duration::from_millis(milliseconds);
                if throttled {
                    pace.throttled(now, None);
                }
                let share = pace.share(now);
                prop_assert!((LEAST..=1.0).contains(&share), "{share}");
                pace.went(now);
                prop_assert!(pace.wait(now).as_secs_f64() <= 1.0 / (rate * LEAST) + 1e-6);
            }
        }
    }
}
