//! What is due when: each account's next moment in a heap. Pure: time is handed in.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, HashSet},
    time::Duration,
};

use orgsweep_model::{AccountId, Cadence, CheckId, Requested};
use tokio::time::Instant;

use crate::{
    again::Again,
    circuit::Circuit,
    rhythm::{Epoch, Intervals, Rhythm},
    swept::Swept,
    turn::{Cadences, Turn},
};

/// Sweeps of many accounts that are asked for at one moment begin this far apart, so that not everything is asked at once.
const SPACING: Duration = Duration::from_millis(50);
/// However many there are, the last begins this soon.
const SPACED_WITHIN: Duration = Duration::from_secs(45);
/// The shortest time, as a share of its interval, from a sweep of a cadence to the next one.
const SHORTEST_GAP: f64 = 0.5;
/// The same after one that did not keep the account's phase: the first, one by hand, a retry, one that makes up for another.
const SHORTEST_GAP_OFF_PHASE: f64 = 0.25;

/// One account's sweep to be done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Work {
    pub account: AccountId,
    pub turn: Turn,
    /// Whether this is the one try of an open circuit.
    pub retry: bool,
}

/// Which heap holds an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// By the schedule, or by hand.
    Due,
    /// The tries of open circuits. They have a line of their own, so that accounts that do not answer do not hold up those that do.
    Tries,
}

/// When each cadence of an account was last swept, as a time since 1970; absent where it was not.
pub(crate) type LastSwept = [Option<Duration>; Cadence::ALL.len()];

type Heap = BinaryHeap<Reverse<(Instant, AccountId)>>;

#[derive(Debug, Default)]
struct Entry {
    /// The nominal times of the next sweeps, by cadence; what is due is a little later.
    next: [Option<Instant>; Cadence::ALL.len()],
    /// Whatever the schedule says, it is swept at this moment: for the first time, or by hand.
    asked: Option<Instant>,
    /// What the next sweep has to make up for.
    owed: Cadences,
    /// What is being asked in it now.
    running: Option<Turn>,
    /// Whether that is the try of an open circuit.
    trying: bool,
    circuit: Circuit,
    again: Again,
    /// It has left the organization while it was being swept.
    left: bool,
    /// Where its next moment is. A heap may hold others, which do not hold any more.
    place: Option<(Line, Instant)>,
}

/// The due times.
#[derive(Debug)]
pub(crate) struct Schedule {
    rhythm: Rhythm,
    /// Those that have a check, the quickest first.
    cadences: Vec<Cadence>,
    accounts: HashMap<AccountId, Entry>,
    due: Heap,
    tries: Heap,
    tries_at_once: usize,
    trying: usize,
    overruns: u64,
}

impl Schedule {
    /// A schedule whose phases begin at `epoch`. At most `tries_at_once` accounts with an open circuit are tried at a time.
    pub fn new(intervals: Intervals, mut cadences: Vec<Cadence>, tries_at_once: usize, epoch: impl Into<Epoch>) -> Self {
        cadences.sort_by_key(|cadence| (intervals.of(*cadence), *cadence));
        Self {
            rhythm: Rhythm::new(intervals, epoch),
            cadences,
            accounts: HashMap::new(),
            due: Heap::new(),
            tries: Heap::new(),
            tries_at_once: tries_at_once.max(1),
            trying: 0,
            overruns: 0,
        }
    }

    /// Takes the accounts that are to be swept; those gone are dropped. Of new ones, what was swept in time before a restart waits for its
    /// turn, and everything else is due at once, spread a little.
    pub fn take_up(&mut self, accounts: &[AccountId], now: Instant, last_swept: impl Fn(AccountId) -> LastSwept) {
        let listed: HashSet<AccountId> = accounts.iter().copied().collect();
        self.accounts.retain(|account, entry| {
            entry.left |= !listed.contains(account);
            // One that is being swept stays until that ends, so that it is not swept twice at once if it comes back meanwhile.
            !entry.left || entry.running.is_some()
        });
        let known = |account: &AccountId| self.accounts.get(account).is_some_and(|entry| !entry.left);
        let new: Vec<AccountId> = accounts.iter().copied().filter(|account| !known(account)).collect();
        let due: Vec<(AccountId, Cadences)> =
            new.into_iter().map(|account| (account, self.begin(account, now, last_swept(account)))).collect();
        let spacing = spacing(due.iter().filter(|(_, owed)| owed.iter().next().is_some()).count());
        let mut begins = now;
        for (account, owed) in due {
            if owed.iter().next().is_some() {
                self.owe(account, owed, begins);
                begins += spacing;
            } else {
                self.place(account);
            }
        }
    }

    /// Takes an account in. What is due in it now.
    fn begin(&mut self, account: AccountId, now: Instant, last_swept: LastSwept) -> Cadences {
        let today = self.rhythm.date(now);
        let mut owed = Cadences::default();
        let entry = self.accounts.entry(account).or_default();
        entry.left = false;
        for cadence in self.cadences.iter().copied() {
            // A clock that was set back must not keep an account waiting.
            let Some(last) = last_swept[cadence as usize].filter(|last| *last <= today) else {
                owed.insert(cadence);
                continue;
            };
            let gap = self.rhythm.intervals.of(cadence).mul_f64(SHORTEST_GAP);
            let next = self.rhythm.next_date(account, cadence, last + gap);
            if next <= today {
                owed.insert(cadence);
            } else {
                entry.next[cadence as usize] = Some(self.rhythm.instant(next));
            }
        }
        owed
    }

    /// Sweeps an account as soon as it can be, all cadences, whatever its circuit says. One that is being swept is swept once more
    /// after that.
    pub fn request(&mut self, account: AccountId, now: Instant) -> Option<Requested> {
        let entry = self.accounts.get(&account).filter(|entry| !entry.left)?;
        let running = usize::from(entry.running.is_some());
        self.ask(account, now);
        Some(Requested { accounts: 1, running })
    }

    /// The same for all accounts, spread like first sweeps.
    pub fn request_all(&mut self, now: Instant) -> Requested {
        let mut accounts: Vec<AccountId> = self.accounts.iter().filter(|(_, entry)| !entry.left).map(|(account, _)| *account).collect();
        accounts.sort_unstable();
        let spacing = spacing(accounts.len());
        let mut requested = Requested::default();
        for (account, turn) in accounts.into_iter().zip(0..) {
            if let Some(one) = self.request(account, now + spacing * turn) {
                requested.accounts += one.accounts;
                requested.running += one.running;
            }
        }
        requested
    }

    /// The accounts that are to be swept whatever the schedule says, and are not yet.
    pub fn asked(&self) -> Vec<AccountId> {
        self.accounts.iter().filter(|(_, entry)| !entry.left && entry.asked.is_some()).map(|(account, _)| *account).collect()
    }

    /// These checks of an account got no answer before it was taken up.
    pub fn ask_again(&mut self, account: AccountId, blind: &[(CheckId, Cadence)]) {
        let sweeps_in = self.sweeps_in();
        if let Some(entry) = self.accounts.get_mut(&account) {
            entry.again.settle(&Turn::default(), blind, sweeps_in);
        }
    }

    /// How many sweeps of an account there are in the interval of a cadence.
    fn sweeps_in(&self) -> impl Fn(Cadence) -> u128 + use<> {
        let intervals = self.rhythm.intervals;
        let shortest = self.cadences.first().map_or(Duration::MAX, |quickest| intervals.of(*quickest)).as_nanos();
        move |cadence| intervals.of(cadence).as_nanos() / shortest.max(1)
    }

    /// The most overdue account, with all that is due in it now or within the slack.
    pub fn pop(&mut self, now: Instant) -> Option<Work> {
        loop {
            let (line, _, account) = self.first().filter(|(_, at, _)| *at <= now)?;
            let entry = self.accounts.get_mut(&account)?;
            // The heap's own copy of the place does not hold any more with this.
            entry.place = None;
            if entry.running.is_none() {
                return self.start(account, line, now);
            }
            self.leave_out(account, now);
        }
    }

    /// The account's sweep has ended.
    pub fn finished(&mut self, account: AccountId, swept: &Swept, now: Instant) {
        let sweeps_in = self.sweeps_in();
        let Some(entry) = self.accounts.get_mut(&account) else { return };
        let Some(turn) = entry.running.take() else { return };
        self.trying -= usize::from(std::mem::take(&mut entry.trying));
        if entry.left {
            self.accounts.remove(&account);
            return;
        }
        match swept {
            Swept::Answered { blind } => {
                entry.circuit.close();
                entry.again.settle(&turn, blind, sweeps_in);
            }
            // It owes all, so that all is asked in the first sweep after it is taken up again. Until then, owing costs no call.
            Swept::Suspended => {
                entry.circuit.close();
                entry.owed.extend(turn.cadences.iter());
            }
            Swept::Failed => {
                entry.circuit.failed(account, now, self.rhythm.intervals.frequent);
                entry.owed.extend(turn.cadences.iter());
            }
        }
        self.place(account);
    }

    /// When something is due next.
    pub fn next_due(&mut self) -> Option<Instant> {
        self.first().map(|(_, at, _)| at)
    }

    /// Accounts that are due and not being swept.
    pub fn pending(&self, now: Instant) -> usize {
        self.waiting().filter(|at| *at <= now).count()
    }

    /// By how much the most overdue account is late.
    pub fn lag(&self, now: Instant) -> Duration {
        self.waiting().min().map_or(Duration::ZERO, |at| now.saturating_duration_since(at))
    }

    /// Accounts whose circuit is open.
    pub fn open_circuits(&self) -> usize {
        self.accounts.values().filter(|entry| !entry.left && entry.circuit.is_open()).count()
    }

    /// Sweeps left out because the one before was not done. Counted since the last call.
    pub fn take_overruns(&mut self) -> u64 {
        std::mem::take(&mut self.overruns)
    }

    /// Makes an account due at a moment for everything.
    fn ask(&mut self, account: AccountId, at: Instant) {
        let mut all = Cadences::default();
        all.extend(self.cadences.iter().copied());
        self.owe(account, all, at);
    }

    /// Makes an account due at a moment for these cadences.
    fn owe(&mut self, account: AccountId, cadences: Cadences, at: Instant) {
        let Some(entry) = self.accounts.get_mut(&account).filter(|_| !self.cadences.is_empty()) else { return };
        entry.circuit.close();
        entry.owed.extend(cadences.iter());
        entry.asked = Some(entry.asked.map_or(at, |asked| asked.min(at)));
        self.place(account);
    }

    fn start(&mut self, account: AccountId, line: Line, now: Instant) -> Option<Work> {
        let entry = self.accounts.get_mut(&account)?;
        let retry = line == Line::Tries;
        let soon = now + self.rhythm.slack();
        let owed = std::mem::take(&mut entry.owed);
        let mut cadences = owed;
        for cadence in self.cadences.iter().copied() {
            let next = &mut entry.next[cadence as usize];
            if owed.contains(cadence) || next.is_some_and(|nominal| self.rhythm.due(account, nominal) <= soon) {
                cadences.insert(cadence);
                let gap = if retry || owed.contains(cadence) { SHORTEST_GAP_OFF_PHASE } else { SHORTEST_GAP };
                // A late sweep keeps the phase: what would follow too soon is left out.
                *next = Some(self.rhythm.next(account, cadence, now + self.rhythm.intervals.of(cadence).mul_f64(gap)));
            }
        }
        let turn = Turn { cadences, again: entry.again.take() };
        entry.asked = None;
        entry.running = Some(turn.clone());
        entry.trying = retry;
        self.trying += usize::from(retry);
        self.place(account);
        Some(Work { account, turn, retry })
    }

    /// An account is due whose last sweep is not done: this one is left out, never queued twice. The quickest cadence waits for its next
    /// turn. A rarer one, whose next turn may be hours away, is made up for with the next sweep. The try of an open circuit overruns nothing,
    /// because nothing else would have been done.
    fn leave_out(&mut self, account: AccountId, now: Instant) {
        let Some(entry) = self.accounts.get_mut(&account) else { return };
        self.overruns += u64::from(!entry.trying);
        let soon = now + self.rhythm.slack();
        for (cadence, is_quickest) in self.cadences.iter().copied().zip([true, false, false]) {
            let Some(nominal) = entry.next[cadence as usize].filter(|nominal| self.rhythm.due(account, *nominal) <= soon) else { continue };
            if !is_quickest {
                entry.owed.insert(cadence);
            }
            entry.next[cadence as usize] = Some(self.rhythm.next(account, cadence, now.max(nominal) + Duration::from_nanos(1)));
        }
        self.place(account);
    }

    /// Puts an account where its next moment is.
    fn place(&mut self, account: AccountId) {
        let Some(entry) = self.accounts.get_mut(&account) else { return };
        let due = entry.next.iter().flatten().map(|nominal| self.rhythm.due(account, *nominal)).min();
        let place = match (entry.asked, entry.circuit.next_try()) {
            _ if entry.running.is_some() => due.map(|at| (Line::Due, at)),
            (Some(asked), _) => Some((Line::Due, asked)),
            (None, Some(next_try)) => Some((Line::Tries, next_try)),
            (None, None) => due.map(|at| (Line::Due, at)),
        };
        if place == entry.place {
            return;
        }
        entry.place = place;
        match place {
            Some((Line::Due, at)) => self.due.push(Reverse((at, account))),
            Some((Line::Tries, at)) => self.tries.push(Reverse((at, account))),
            None => {}
        }
    }

    /// The head of the line that is served next.
    fn first(&mut self) -> Option<(Line, Instant, AccountId)> {
        let due = Self::head(&mut self.due, Line::Due, &self.accounts);
        let tries = Self::head(&mut self.tries, Line::Tries, &self.accounts).filter(|_| self.trying < self.tries_at_once);
        [due, tries].into_iter().flatten().min_by_key(|(_, at, _)| *at)
    }

    /// The first of a line, once places that do not hold any more are out of the way.
    fn head(heap: &mut Heap, line: Line, accounts: &HashMap<AccountId, Entry>) -> Option<(Line, Instant, AccountId)> {
        loop {
            let Reverse((at, account)) = *heap.peek()?;
            if accounts.get(&account).is_some_and(|entry| entry.place == Some((line, at))) {
                return Some((line, at, account));
            }
            heap.pop();
        }
    }

    /// When those are or were due that wait for it.
    fn waiting(&self) -> impl Iterator<Item = Instant> {
        let waiting = self.accounts.values().filter(|entry| entry.running.is_none());
        waiting.filter_map(|entry| entry.place.filter(|(line, _)| *line == Line::Due).map(|(_, at)| at))
    }
}

/// How far apart so many sweeps begin.
fn spacing(count: usize) -> Duration {
    SPACING.min(SPACED_WITHIN / u32::try_from(count).unwrap_or(u32::MAX).max(1))
}

#[cfg(test)]
mod ten_days;
#[cfg(test)]
mod tests;
