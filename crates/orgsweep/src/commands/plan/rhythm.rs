//! How often accounts are swept, and for what.

use std::time::Duration;

use orgsweep_model::Cadence;

const DAY: Duration = Duration::from_hours(24);

/// So many of the quickest sweeps show how the others fall in with them.
const ENOUGH: u32 = 20_000;

/// The wait before an account that is out of reach is tried again, in the end, as a share of the quickest interval: waits differ from
/// account to account by up to a fifth.
const TRIED_AGAIN: f64 = 0.9;

/// The sweeps of one account in a period, by the cadences that they serve.
#[derive(Clone, Debug, PartialEq)]
pub struct Rhythm {
    pub period: Duration,
    /// Whether accounts are swept all over the period, and not together.
    pub spread: bool,
    /// The cadences, and how many sweeps serve just these.
    pub kinds: Vec<(Vec<Cadence>, f64)>,
}

impl Rhythm {
    /// One sweep for these cadences, and nothing before or after it.
    pub fn once(cadences: Vec<Cadence>) -> Self {
        Self { period: DAY, spread: false, kinds: vec![(cadences, 1.0)] }
    }

    /// A day of the daemon. Cadences that are due together, within `slack`, are one sweep.
    pub fn of_a_day(intervals: &[(Cadence, Duration)], slack: Duration) -> Self {
        let Some(quickest) = intervals.iter().map(|(_, interval)| *interval).min() else {
            return Self { period: DAY, spread: true, kinds: Vec::new() };
        };
        let longest = intervals.iter().map(|(_, interval)| *interval).fold(DAY, Duration::max);
        let horizon = longest.min(quickest * ENOUGH);
        let (seen, rare): (Vec<_>, Vec<_>) = intervals.iter().copied().partition(|(_, interval)| *interval <= horizon);
        let mut next: Vec<_> = seen.iter().map(|(cadence, interval)| (*cadence, *interval, *interval)).collect();
        let mut kinds: Vec<(Vec<Cadence>, f64)> = Vec::new();
        let mut add = |cadences: Vec<Cadence>, often: f64| match kinds.iter_mut().find(|(known, _)| *known == cadences) {
            Some((_, times)) => *times += often,
            None => kinds.push((cadences, often)),
        };
        let share = DAY.as_secs_f64() / horizon.as_secs_f64();
        while let Some(now) = next.iter().map(|(.., due)| *due).min().filter(|now| *now <= horizon) {
            let mut cadences = Vec::new();
            for (cadence, interval, due) in next.iter_mut().filter(|(.., due)| *due <= now + slack) {
                cadences.push(*cadence);
                *due += *interval;
            }
            cadences.sort_unstable();
            add(cadences, share);
        }
        // What comes less than once in the horizon rides along with the others.
        for (_, interval) in rare {
            let mut all: Vec<Cadence> = intervals.iter().map(|(cadence, _)| *cadence).collect();
            all.sort_unstable();
            add(all, DAY.as_secs_f64() / interval.as_secs_f64());
        }
        Self { period: DAY, spread: true, kinds }
    }

    /// Sweeps in the period.
    pub fn sweeps(&self) -> f64 {
        self.kinds.iter().map(|(_, often)| often).sum()
    }

    /// How often something is really asked that is wanted so often in the period, where an answer is kept.
    pub fn kept(&self, often: f64, kept: Option<Duration>) -> f64 {
        match kept {
            Some(kept) if often > 0.0 => {
                let gap = self.period.as_secs_f64() / often;
                often / (kept.as_secs_f64() / gap).ceil().max(1.0)
            }
            _ => often,
        }
    }

    /// How often an account's session is renewed in the period. Sessions are renewed at 70 to 80 % of their life, another share in each
    /// account, by the first sweep that comes after that.
    pub fn sessions(&self, life: Duration) -> f64 {
        const SHARES: [f64; 5] = [0.71, 0.73, 0.75, 0.77, 0.79];
        SHARES.iter().map(|share| self.kept(self.sweeps(), Some(life.mul_f64(*share)))).sum::<f64>() / SHARES.len() as f64
    }

    /// How often an answer that all accounts share is asked for in the period, when each wants it so often and it is taken as true for a while.
    pub fn shared(&self, often: f64, accounts: f64, valid: Duration) -> f64 {
        if !self.spread {
            return often;
        }
        let wanted = often * accounts;
        wanted / (1.0 + wanted * valid.as_secs_f64() / self.period.as_secs_f64())
    }

    /// How often a role that is refused is asked for in the period.
    pub fn refusals(&self) -> f64 {
        if self.spread { self.sweeps() / TRIED_AGAIN } else { self.sweeps() }
    }
}

#[cfg(test)]
mod tests {
    use Cadence::{Daily, Frequent, Standard};

    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    fn day(intervals: &[(Cadence, Duration)]) -> Rhythm {
        Rhythm::of_a_day(intervals, MINUTE)
    }

    fn defaults() -> Rhythm {
        day(&[(Frequent, 15 * MINUTE), (Standard, 60 * MINUTE), (Daily, DAY)])
    }

    fn often(rhythm: &Rhythm, cadences: &[Cadence]) -> f64 {
        rhythm.kinds.iter().filter(|(kind, _)| kind == cadences).map(|(_, often)| often).sum()
    }

    #[test]
    fn rarer_cadences_ride_along_with_quicker_ones() {
        let day = defaults();
        assert!((often(&day, &[Frequent]) - 72.0).abs() < 1e-9);
        assert!((often(&day, &[Frequent, Standard]) - 23.0).abs() < 1e-9);
        assert!((often(&day, &Cadence::ALL) - 1.0).abs() < 1e-9);
        assert!((day.sweeps() - 96.0).abs() < 1e-9);
    }

    #[test]
    fn cadences_that_are_out_of_step_are_sweeps_of_their_own() {
        let day = day(&[(Frequent, 15 * MINUTE), (Standard, 40 * MINUTE)]);
        assert!((often(&day, &[Frequent, Standard]) - 12.0).abs() < 1e-9, "every two hours they meet: {day:?}");
        assert!((often(&day, &[Standard]) - 24.0).abs() < 1e-9);
    }

    #[test]
    fn what_comes_once_in_ten_years_beside_what_comes_every_second_is_counted() {
        let years = day(&[(Frequent, Duration::from_secs(1)), (Daily, 3_650 * DAY)]);
        assert!((years.sweeps() / 86_400.0 - 1.0).abs() < 0.001, "{}", years.sweeps());
        assert!((often(&years, &[Frequent, Daily]) * 3_650.0 - 1.0).abs() < 0.001);
        assert!(day(&[]).sweeps().abs() < 1e-9);
    }

    #[test]
    fn an_answer_that_is_kept_is_not_asked_for_by_every_sweep() {
        let day = defaults();
        let hours = |hours| Some(Duration::from_hours(hours));
        assert!((day.kept(96.0, hours(4)) - 6.0).abs() < 1e-9);
        assert!((day.kept(24.0, hours(1)) - 24.0).abs() < 1e-9);
        assert!((day.kept(1.0, hours(4)) - 1.0).abs() < 1e-9);
        assert!((day.kept(96.0, None) - 96.0).abs() < 1e-9);
    }

    #[test]
    fn what_all_share_is_asked_by_the_first_and_again_when_it_is_old() {
        let valid = Duration::from_mins(15);
        let day = defaults();
        assert!((0.9..=1.0).contains(&day.shared(1.0, 1.0, valid)));
        assert!(
            (80.0..96.0).contains(&day.shared(1.0, 1_000.0, valid)),
            "daily sweeps of a thousand accounts come at all times of the day"
        );
        assert!((90.0..=96.0).contains(&day.shared(96.0, 50.0, valid)));
        assert!((Rhythm::once(vec![Daily]).shared(1.0, 1_000.0, valid) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_session_of_an_hour_is_renewed_by_the_third_or_fourth_sweep() {
        let renewals = defaults().sessions(Duration::from_hours(1));
        assert!((24.0..32.0).contains(&renewals), "{renewals}");
        assert!((96.0..108.0).contains(&defaults().refusals()), "a refused role is tried by every sweep, or a little sooner");
        assert!((Rhythm::once(vec![Frequent]).sessions(Duration::from_hours(1)) - 1.0).abs() < 1e-9);
    }
}
