//! Checks that got no answer for a reason that may pass, in an account that otherwise answered. They are not left unknown until their
//! cadence comes round: they are asked again with the account's next sweep, and then after 2, 4, 8 … of them. What stays blind costs a
//! few requests that way, and never a whole daily sweep.

use orgsweep_model::{Cadence, CheckId};

use crate::turn::Turn;

/// The checks of one account that are blind, each with how long it is to wait. Most accounts have none.
#[derive(Debug, Default)]
pub(crate) struct Again(Vec<Waiting>);

#[derive(Debug)]
struct Waiting {
    check: CheckId,
    cadence: Cadence,
    tries: u8,
    /// Sweeps of the account until it is asked; `None` leaves it to its own cadence.
    left: Option<u16>,
}

impl Again {
    /// A sweep of the account begins: those whose turn it is.
    pub fn take(&mut self) -> Vec<CheckId> {
        let counted = self.0.iter_mut().filter_map(|waiting| {
            let left = waiting.left.as_mut()?;
            *left = left.saturating_sub(1);
            (*left == 0).then_some(waiting.check)
        });
        counted.collect()
    }

    /// A sweep of the account ended well. Of what it asked, `blind` got no answer. `sweeps_in` is how many sweeps of the account there are
    /// in the interval of a cadence.
    pub fn settle(&mut self, asked: &Turn, blind: &[(CheckId, Cadence)], sweeps_in: impl Fn(Cadence) -> u128) {
        let wait = |cadence: Cadence, tries: u8| {
            let sweeps = 1_u16.checked_shl(tries.into())?;
            (u128::from(sweeps) < sweeps_in(cadence)).then_some(sweeps)
        };
        self.0.retain_mut(|waiting| {
            let still = blind.iter().any(|(check, _)| *check == waiting.check);
            if still {
                waiting.tries = waiting.tries.saturating_add(1);
                waiting.left = wait(waiting.cadence, waiting.tries);
            }
            still || !asked.includes(waiting.check, waiting.cadence)
        });
        for (check, cadence) in blind.iter().copied() {
            let known = self.0.iter().any(|waiting| waiting.check == check);
            if let Some(left) = wait(cadence, 0).filter(|_| !known) {
                self.0.push(Waiting { check, cadence, tries: 0, left: Some(left) });
            }
        }
        if self.0.is_empty() {
            self.0 = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAILY: (CheckId, Cadence) = (CheckId("daily-check"), Cadence::Daily);
    const STANDARD: (CheckId, Cadence) = (CheckId("standard-check"), Cadence::Standard);
    const FREQUENT: (CheckId, Cadence) = (CheckId("frequent-check"), Cadence::Frequent);
    const CHECKS: [(CheckId, Cadence); 3] = [DAILY, STANDARD, FREQUENT];

    /// In which sweeps each of the checks is asked, if it is blind in those that `blind` says. All are asked in sweep 0.
    fn asked_in(sweeps: usize, blind: impl Fn(usize, CheckId) -> bool) -> [Vec<usize>; 3] {
        let sweeps_in = |cadence: Cadence| [1, 4, 96][cadence as usize];
        let mut again = Again::default();
        let mut asked: [Vec<usize>; 3] = Default::default();
        for sweep in 0..sweeps {
            let cadences = Cadence::ALL.into_iter().filter(|cadence| (sweep as u128).is_multiple_of(sweeps_in(*cadence))).collect();
            let turn = Turn { cadences, again: again.take() };
            let included: Vec<_> = CHECKS.into_iter().filter(|(check, cadence)| turn.includes(*check, *cadence)).collect();
            for which in included.iter().filter_map(|check| CHECKS.iter().position(|known| known == check)) {
                asked[which].push(sweep);
            }
            let blind: Vec<_> = included.into_iter().filter(|(check, _)| blind(sweep, *check)).collect();
            again.settle(&turn, &blind, sweeps_in);
        }
        asked
    }

    #[test]
    fn what_stays_blind_is_asked_ever_more_rarely() {
        let [daily, standard, frequent] = asked_in(400, |_, _| true);
        assert_eq!(daily, [0, 1, 3, 7, 15, 31, 63, 96, 192, 288, 384], "after 1, 2, 4 … sweeps, then with its own cadence alone");
        assert_eq!(standard[..6], [0, 1, 3, 4, 8, 12]);
        assert_eq!(frequent.len(), 400, "a frequent check is asked each time anyway");
    }

    #[test]
    fn what_answers_is_left_to_its_cadence_and_starts_over_when_it_is_blind_again() {
        let [daily, standard, _] = asked_in(200, |sweep, check| check == DAILY.0 && [0, 1, 96].contains(&sweep));
        assert_eq!(daily, [0, 1, 3, 96, 97, 192]);
        assert!(standard.iter().all(|sweep| sweep % 4 == 0), "the others are not asked more often: {standard:?}");
    }

    #[test]
    fn a_sweep_that_failed_leaves_it_to_the_next_one() {
        let mut again = Again::default();
        again.settle(&Turn::of(&Cadence::ALL), &[DAILY], |_| 96);
        assert_eq!(again.take(), [DAILY.0]);
        assert_eq!(again.take(), [DAILY.0], "the sweep before was not settled");
    }
}
