//! The phases of accounts: at which times a cadence of an account comes round. Arithmetic alone; it remembers nothing, so nothing drifts.

use std::{
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash},
    time::Duration,
};

use jiff::Timestamp;
use orgsweep_model::{AccountId, Cadence};
use tokio::time::Instant;

/// More jitter than this share would let a sweep come right after the one before.
const MOST_JITTER: f64 = 0.25;

/// The rhythms.
#[derive(Clone, Copy, Debug)]
pub struct Intervals {
    /// Of frequent checks.
    pub frequent: Duration,
    /// Of standard checks.
    pub standard: Duration,
    /// Of daily checks.
    pub daily: Duration,
    /// How late a sweep may be, as a share of the shortest interval. Above a quarter it counts as a quarter.
    pub jitter: f64,
}

impl Intervals {
    /// The interval of a cadence.
    pub const fn of(&self, cadence: Cadence) -> Duration {
        match cadence {
            Cadence::Frequent => self.frequent,
            Cadence::Standard => self.standard,
            Cadence::Daily => self.daily,
        }
    }
}

/// A moment as the schedule counts it and as calendars do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Epoch {
    pub instant: Instant,
    /// How long after the beginning of 1970 that is.
    pub since_1970: Duration,
}

impl Epoch {
    /// Now.
    pub fn now() -> Self {
        Self { instant: Instant::now(), since_1970: since_1970(Timestamp::now()) }
    }
}

/// For tests, to which the date makes no difference.
impl From<Instant> for Epoch {
    fn from(instant: Instant) -> Self {
        Self { instant, since_1970: Duration::ZERO }
    }
}

/// How long after the beginning of 1970 a moment is; nothing before it.
pub(crate) fn since_1970(moment: Timestamp) -> Duration {
    moment.as_duration().try_into().unwrap_or_default()
}

/// Intervals, and a moment to count from. Phases are counted from the beginning of 1970, so that a restart does not change them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rhythm {
    pub intervals: Intervals,
    epoch: Epoch,
}

impl Rhythm {
    pub fn new(intervals: Intervals, epoch: impl Into<Epoch>) -> Self {
        Self { intervals, epoch: epoch.into() }
    }

    /// A moment on the calendar.
    pub fn date(&self, instant: Instant) -> Duration {
        self.epoch.since_1970 + instant.saturating_duration_since(self.epoch.instant)
    }

    /// The span by which a sweep may be late, and within which sweeps of one account are taken together.
    pub fn slack(&self) -> Duration {
        let Intervals { frequent, standard, daily, jitter } = self.intervals;
        frequent.min(standard).min(daily).mul_f64(jitter.clamp(0.0, MOST_JITTER))
    }

    /// The first time from `from` on at which a cadence of an account comes round.
    pub fn next(&self, account: AccountId, cadence: Cadence, from: Instant) -> Instant {
        self.instant(self.next_date(account, cadence, self.date(from)))
    }

    /// When a date is, if that is not before the epoch.
    pub fn instant(&self, date: Duration) -> Instant {
        self.epoch.instant + date.saturating_sub(self.epoch.since_1970)
    }

    /// The same on the calendar, where it may be long before the process began.
    pub fn next_date(&self, account: AccountId, cadence: Cadence, from: Duration) -> Duration {
        let interval = nanos(self.intervals.of(cadence));
        let phase = self.phase(account, cadence);
        let turns = from.as_nanos().saturating_sub(phase).div_ceil(interval);
        Duration::from_nanos_u128(phase + turns * interval)
    }

    /// When the account is swept whose time this is: a little later, each time differently, so that accounts do not fall into step. All
    /// cadences that come round at one time move together.
    pub fn due(&self, account: AccountId, nominal: Instant) -> Instant {
        let turn = self.date(nominal);
        nominal + Duration::from_nanos_u128(hash((account, turn)) % nanos(self.slack()))
    }

    /// How long after the epoch a cadence of an account comes round for the first time: spread over its interval. A rarer cadence whose
    /// interval is a multiple of the frequent one rides along with one of the account's frequent sweeps.
    fn phase(&self, account: AccountId, cadence: Cadence) -> u128 {
        let frequent = nanos(self.intervals.frequent);
        let interval = nanos(self.intervals.of(cadence));
        if interval.is_multiple_of(frequent) {
            let which = hash((account, cadence)) % (interval / frequent);
            hash(account) % frequent + which * frequent
        } else {
            hash((account, cadence)) % interval
        }
    }
}

/// A number that looks random and is the same for the same thing.
pub(crate) fn hash(of: impl Hash) -> u128 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(of).into()
}

/// At least one, to divide by.
fn nanos(duration: Duration) -> u128 {
    duration.as_nanos().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);
    const USUAL: Intervals =
        Intervals { frequent: MINUTE.saturating_mul(15), standard: Duration::from_hours(1), daily: Duration::from_hours(24), jitter: 0.1 };

    fn account(number: u64) -> AccountId {
        format!("{number:012}").parse().unwrap()
    }

    #[test]
    fn a_cadence_comes_round_once_in_each_interval() {
        let epoch = Instant::now();
        let rhythm = Rhythm::new(USUAL, epoch);
        for cadence in Cadence::ALL {
            let interval = USUAL.of(cadence);
            let mut last = rhythm.next(account(7), cadence, epoch);
            assert!(last - epoch < interval);
            assert_eq!(rhythm.next(account(7), cadence, last), last, "from on means that it may be that very moment");
            for _ in 0..1000 {
                let next = rhythm.next(account(7), cadence, last + Duration::from_nanos(1));
                assert_eq!(next - last, interval);
                last = next;
            }
        }
    }

    #[test]
    fn phases_are_spread_evenly_whether_or_not_intervals_are_multiples() {
        let epoch = Instant::now();
        for intervals in [USUAL, Intervals { standard: 40 * MINUTE, daily: 1000 * MINUTE, ..USUAL }] {
            let rhythm = Rhythm::new(intervals, epoch);
            for cadence in Cadence::ALL {
                let interval = intervals.of(cadence).as_nanos();
                let mut bins = [0_u32; 20];
                for number in 0..20_000 {
                    let phase = (rhythm.next(account(number), cadence, epoch) - epoch).as_nanos();
                    bins[usize::try_from(phase * 20 / interval).unwrap()] += 1;
                }
                assert!(bins.iter().all(|count| (880..1120).contains(count)), "{cadence:?} of {intervals:?}: {bins:?}");
            }
        }
    }

    #[test]
    fn rarer_cadences_ride_along_where_intervals_are_multiples() {
        let epoch = Instant::now();
        let rhythm = Rhythm::new(USUAL, epoch);
        for number in 0..100 {
            for cadence in [Cadence::Standard, Cadence::Daily] {
                let nominal = rhythm.next(account(number), cadence, epoch + 100 * MINUTE);
                assert_eq!(rhythm.next(account(number), Cadence::Frequent, nominal), nominal, "{number} {cadence:?}");
            }
        }
    }

    #[test]
    fn jitter_moves_a_sweep_by_less_than_the_slack_and_each_time_differently() {
        let epoch = Instant::now();
        for (jitter, most) in [(0.1, 90), (1.0, 225)] {
            let rhythm = Rhythm::new(Intervals { jitter, ..USUAL }, epoch);
            let late: Vec<Duration> =
                (0..1000_u32).map(|turn| epoch + turn * USUAL.frequent).map(|nominal| rhythm.due(account(1), nominal) - nominal).collect();
            assert!(late.iter().all(|late| *late < Duration::from_secs(most)));
            let sum: Duration = late.iter().sum();
            let middle = Duration::from_secs(most) / 2;
            assert!((middle * 900..middle * 1100).contains(&sum), "{:?} on average", sum / 1000);
        }
        let rhythm = Rhythm::new(Intervals { jitter: 0.0, ..USUAL }, epoch);
        assert_eq!(rhythm.due(account(1), epoch), epoch);
    }
}
