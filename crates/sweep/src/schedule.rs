//! What is due when: a heap of due times over (account, cadence). Pure: time is handed in.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, HashMap},
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    time::Duration,
};

use orgsweep_model::{AccountId, Cadence};
use tokio::time::Instant;

/// First sweeps begin this far apart, so that a start does not ask everything at once.
const FIRST_SPACING: Duration = Duration::from_millis(50);

/// The rhythms.
#[derive(Clone, Copy, Debug)]
pub struct Intervals {
    /// Of frequent checks.
    pub frequent: Duration,
    /// Of standard checks.
    pub standard: Duration,
    /// Of daily checks.
    pub daily: Duration,
    /// How far a sweep may move, as a share of the frequent interval.
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

    /// The span within which sweeps of one account are taken together.
    fn slack(&self) -> Duration {
        self.frequent.mul_f64(self.jitter.clamp(0.0, 1.0))
    }
}

/// One account's sweep to be done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Work {
    pub account: AccountId,
    pub cadences: Vec<Cadence>,
}

#[derive(Debug)]
struct Rhythm {
    /// The nominal time of the next sweep; what is due moves round it with the jitter.
    nominal: Instant,
    due: Instant,
    turn: u64,
}

#[derive(Debug, Default)]
struct Entry {
    rhythms: BTreeMap<Cadence, Rhythm>,
    running: bool,
}

/// The due times.
#[derive(Debug)]
pub(crate) struct Schedule {
    intervals: Intervals,
    cadences: Vec<Cadence>,
    accounts: HashMap<AccountId, Entry>,
    /// May hold times that no longer hold; the entry decides.
    heap: BinaryHeap<Reverse<(Instant, AccountId, Cadence)>>,
    overruns: u64,
}

impl Schedule {
    pub fn new(intervals: Intervals, cadences: Vec<Cadence>) -> Self {
        Self { intervals, cadences, accounts: HashMap::new(), heap: BinaryHeap::new(), overruns: 0 }
    }

    /// Takes the accounts that are to be swept. New ones are due at once, spread a little; those gone are dropped.
    pub fn set_accounts(&mut self, accounts: &[AccountId], now: Instant) {
        let keep: std::collections::HashSet<AccountId> = accounts.iter().copied().collect();
        self.accounts.retain(|account, _| keep.contains(account));
        let most = self.intervals.frequent;
        let mut offset = Duration::ZERO;
        for account in accounts {
            if self.accounts.contains_key(account) {
                continue;
            }
            let first = now + offset.min(most);
            offset += FIRST_SPACING;
            let entry = self.accounts.entry(*account).or_default();
            for cadence in &self.cadences {
                entry.rhythms.insert(*cadence, Rhythm { nominal: first, due: first, turn: 0 });
                self.heap.push(Reverse((first, *account, *cadence)));
            }
        }
    }

    /// The most overdue account, with all its cadences that are due now or within the slack.
    pub fn pop(&mut self, now: Instant) -> Option<Work> {
        while let Some(Reverse((due, account, cadence))) = self.heap.peek().copied() {
            if due > now {
                return None;
            }
            self.heap.pop();
            let Some(entry) = self.accounts.get_mut(&account) else { continue };
            if entry.rhythms.get(&cadence).is_none_or(|rhythm| rhythm.due != due) {
                continue;
            }
            if entry.running {
                // Its last sweep is not done: this one is left out, never queued twice.
                self.overruns += 1;
                self.leave_out(account, cadence, now);
                continue;
            }
            entry.running = true;
            let soon = now + self.intervals.slack();
            let cadences: Vec<Cadence> =
                entry.rhythms.iter().filter(|(_, rhythm)| rhythm.due <= soon).map(|(cadence, _)| *cadence).collect();
            for cadence in &cadences {
                self.advance(account, *cadence, now);
            }
            return Some(Work { account, cadences });
        }
        None
    }

    /// The account's sweep has ended.
    pub fn finished(&mut self, account: AccountId) {
        if let Some(entry) = self.accounts.get_mut(&account) {
            entry.running = false;
        }
    }

    /// When something is due next.
    pub fn next_due(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((due, ..))| *due)
    }

    /// Accounts that are due and not being swept.
    pub fn pending(&self, now: Instant) -> usize {
        self.accounts.values().filter(|entry| !entry.running && entry.rhythms.values().any(|rhythm| rhythm.due <= now)).count()
    }

    /// By how much the most overdue account is late.
    pub fn lag(&self, now: Instant) -> Duration {
        let waiting = self.accounts.values().filter(|entry| !entry.running);
        let earliest = waiting.flat_map(|entry| entry.rhythms.values().map(|rhythm| rhythm.due)).min();
        earliest.map_or(Duration::ZERO, |due| now.saturating_duration_since(due))
    }

    /// Sweeps left out because the one before was not done. Counted since the last call.
    pub fn take_overruns(&mut self) -> u64 {
        std::mem::take(&mut self.overruns)
    }

    /// The quickest cadence waits for its next turn. A rarer one, whose next turn is hours away, rides along with that.
    fn leave_out(&mut self, account: AccountId, cadence: Cadence, now: Instant) {
        let Some(quickest) = self.cadences.first().copied() else { return };
        let due_of =
            |schedule: &Self| schedule.accounts.get(&account).and_then(|entry| entry.rhythms.get(&quickest)).map(|rhythm| rhythm.due);
        if cadence == quickest || due_of(self).is_none_or(|due| due <= now) {
            self.advance(account, quickest, now);
        }
        if cadence == quickest {
            return;
        }
        let Some(due) = due_of(self) else { return };
        if let Some(rhythm) = self.accounts.get_mut(&account).and_then(|entry| entry.rhythms.get_mut(&cadence)) {
            rhythm.due = due;
            self.heap.push(Reverse((due, account, cadence)));
        }
    }

    fn advance(&mut self, account: AccountId, cadence: Cadence, now: Instant) {
        let interval = self.intervals.of(cadence);
        let slack = self.intervals.slack();
        let Some(rhythm) = self.accounts.get_mut(&account).and_then(|entry| entry.rhythms.get_mut(&cadence)) else { return };
        rhythm.turn += 1;
        rhythm.nominal += interval;
        // A late sweep keeps its phase: whole intervals that have passed meanwhile are left out.
        while rhythm.nominal <= now {
            rhythm.nominal += interval;
        }
        // All cadences of an account move together, so that one session and one listing of regions serve them.
        rhythm.due = rhythm.nominal + slack.mul_f64(fraction(account, rhythm.nominal));
        self.heap.push(Reverse((rhythm.due, account, cadence)));
    }
}

/// A number in 0..1 that looks random and is the same for the same sweep.
fn fraction(account: AccountId, nominal: Instant) -> f64 {
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one((account, nominal));
    (hash >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    fn intervals() -> Intervals {
        Intervals { frequent: 15 * MINUTE, standard: 60 * MINUTE, daily: 24 * 60 * MINUTE, jitter: 0.1 }
    }

    fn schedule(accounts: u64, now: Instant) -> Schedule {
        let mut schedule = Schedule::new(intervals(), Cadence::ALL.to_vec());
        let ids: Vec<AccountId> = (1..=accounts).map(|number| format!("{number:012}").parse().unwrap()).collect();
        schedule.set_accounts(&ids, now);
        schedule
    }

    #[tokio::test(start_paused = true)]
    async fn a_first_sweep_covers_every_cadence_once() {
        let now = Instant::now();
        let mut schedule = schedule(1, now);
        let work = schedule.pop(now).unwrap();
        assert_eq!(work.cadences, Cadence::ALL);
        assert_eq!(schedule.pop(now), None);
    }

    #[tokio::test(start_paused = true)]
    async fn every_account_is_swept_at_its_rhythm_and_standard_rides_along_with_frequent() {
        let start = Instant::now();
        let mut schedule = schedule(3, start);
        let mut sweeps: HashMap<AccountId, Vec<Vec<Cadence>>> = HashMap::new();
        for second in 0..4 * 3600 {
            let now = start + Duration::from_secs(second);
            while let Some(work) = schedule.pop(now) {
                schedule.finished(work.account);
                sweeps.entry(work.account).or_default().push(work.cadences);
            }
        }
        for (account, sweeps) in sweeps {
            let standard = sweeps.iter().filter(|cadences| cadences.contains(&Cadence::Standard)).count();
            assert_eq!((sweeps.len(), standard), (16, 4), "{account}: sweeps in four hours, standard ones among them");
            assert_eq!(sweeps.iter().filter(|cadences| cadences.contains(&Cadence::Daily)).count(), 1, "{account}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_overrun_is_counted_and_not_queued() {
        let start = Instant::now();
        let mut schedule = schedule(1, start);
        let work = schedule.pop(start).unwrap();
        let later = start + 17 * MINUTE;
        assert_eq!(schedule.pop(later), None);
        assert_eq!(schedule.take_overruns(), 1);
        assert_eq!(schedule.pending(later), 0);
        schedule.finished(work.account);
        assert_eq!(schedule.pop(later), None, "the one left out does not come back");
        assert!(schedule.pop(start + 32 * MINUTE).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn an_overrun_does_not_cost_a_rarer_cadence_its_turn() {
        let start = Instant::now();
        let mut schedule = schedule(1, start);
        let mut account = schedule.pop(start).unwrap().account;
        schedule.finished(account);
        // Frequent sweeps go well until one takes from 45 to 70 minutes, over the hour at which the standard one is due.
        let mut standard_at = None;
        for minute in 1..100 {
            let now = start + minute * MINUTE;
            if minute == 70 {
                schedule.finished(account);
            }
            while let Some(work) = schedule.pop(now) {
                account = work.account;
                if work.cadences.contains(&Cadence::Standard) {
                    standard_at = standard_at.or(Some(minute));
                }
                if !(45..70).contains(&minute) {
                    schedule.finished(account);
                }
            }
        }
        assert!(schedule.take_overruns() > 0);
        assert!(standard_at.is_some_and(|minute| (70..=80).contains(&minute)), "the standard sweep ran at minute {standard_at:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_most_overdue_goes_first_and_lag_is_its_lateness() {
        let start = Instant::now();
        let mut schedule = schedule(2, start);
        let late = start + Duration::from_secs(10);
        assert_eq!(schedule.lag(late), Duration::from_secs(10));
        assert_eq!(schedule.pending(late), 2);
        assert_eq!(schedule.pop(late).unwrap().account.to_string(), "000000000001");
        assert_eq!(schedule.pop(late).unwrap().account.to_string(), "000000000002");
        assert_eq!(schedule.lag(late), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn accounts_come_and_go() {
        let start = Instant::now();
        let mut schedule = schedule(2, start);
        let new: AccountId = "999999999999".parse().unwrap();
        schedule.set_accounts(&[new], start);
        assert_eq!(schedule.pop(start).unwrap().account, new);
        assert_eq!(schedule.pop(start + MINUTE), None, "accounts that left are not swept");
    }
}
