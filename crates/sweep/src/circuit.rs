//! The circuit of an account: one that cannot be asked anything is left alone for a while, and longer each time. Pure: time is handed in.

use std::time::Duration;

use orgsweep_model::AccountId;
use tokio::time::Instant;

use crate::rhythm::hash;

/// The first wait, unless the frequent interval is so short that a thirtieth of it is less.
const FIRST: Duration = Duration::from_secs(30);
const SHORTEST: Duration = Duration::from_secs(1);

/// Closed, so that the schedule holds; or open until a moment at which one try is made.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Circuit {
    failures: u8,
    until: Option<Instant>,
}

impl Circuit {
    /// When the next try is; `None` while closed.
    pub const fn next_try(self) -> Option<Instant> {
        self.until
    }

    pub const fn is_open(self) -> bool {
        self.until.is_some()
    }

    /// A sweep failed that ended now. The wait doubles each time, up to `frequent`; a little less, differently for each account, so that
    /// accounts that failed together are not tried together.
    pub fn failed(&mut self, account: AccountId, now: Instant, frequent: Duration) {
        let first = FIRST.min(frequent / 30).max(SHORTEST);
        let wait = first.saturating_mul(1 << self.failures.min(30)).min(frequent);
        self.failures = self.failures.saturating_add(1);
        let spread = (wait / 5).as_nanos().max(1);
        self.until = Some(now + wait - Duration::from_nanos_u128(hash((account, self.failures)) % spread));
    }

    /// A sweep went well, or there is reason to think that the next one will.
    pub fn close(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(number: u64, frequent: Duration) -> Vec<f64> {
        let account = format!("{number:012}").parse().unwrap();
        let (now, mut circuit) = (Instant::now(), Circuit::default());
        let wait = |_| {
            circuit.failed(account, now, frequent);
            (circuit.next_try().unwrap() - now).as_secs_f64()
        };
        (0..300).map(wait).collect()
    }

    #[test]
    fn waits_double_up_to_the_frequent_interval_and_stay_there() {
        for (frequent, longest) in [
            (Duration::from_mins(15), [30.0, 60.0, 120.0, 240.0, 480.0, 900.0, 900.0]),
            (Duration::from_hours(6), [30.0, 60.0, 120.0, 240.0, 480.0, 960.0, 1920.0]),
            (Duration::from_secs(30), [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]),
            (Duration::from_millis(500), [0.5; 7]),
        ] {
            let waits = waits(1, frequent);
            for (wait, longest) in waits.iter().zip(longest) {
                assert!((longest * 0.8..=longest).contains(wait), "{wait} s instead of {longest} s or a little less");
            }
            assert!((0.8..=1.0).contains(&(waits[299] / frequent.as_secs_f64())), "{} s in the end", waits[299]);
        }
    }

    #[test]
    fn accounts_that_fail_together_are_not_tried_together() {
        let mut first: Vec<f64> = (0..50).map(|number| waits(number, Duration::from_mins(15))[0]).collect();
        first.sort_by(f64::total_cmp);
        assert!(first[0] < 25.5 && first[49] > 28.5, "from {} to {} s", first[0], first[49]);
    }

    #[test]
    fn a_closed_circuit_starts_over() {
        let (now, mut circuit) = (Instant::now(), Circuit::default());
        for _ in 0..5 {
            circuit.failed("000000000001".parse().unwrap(), now, Duration::from_mins(15));
        }
        circuit.close();
        assert!(!circuit.is_open());
        circuit.failed("000000000001".parse().unwrap(), now, Duration::from_mins(15));
        assert!(circuit.next_try().unwrap() <= now + FIRST);
    }
}
