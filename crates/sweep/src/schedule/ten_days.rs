//! Days of a simulated organization: sweeps take their time and now and then very long, accounts fail for hours, all of them fail once,
//! some leave and come back, and some are swept by hand. What was swept when is recorded, and each test looks at the record.

use std::{collections::BTreeMap, sync::LazyLock};

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
const AT_ONCE: usize = 64;

static USUAL: LazyLock<Record> =
    LazyLock::new(|| simulate(Intervals { frequent: 15 * MINUTE, standard: HOUR, daily: DAY, jitter: 0.1 }, 500, 10 * DAY));

/// Intervals that are no multiples of each other, and out of order.
static ODD: LazyLock<Record> =
    LazyLock::new(|| simulate(Intervals { frequent: 11 * MINUTE, standard: 7 * MINUTE, daily: 100 * MINUTE, jitter: 0.2 }, 100, 4 * DAY));

/// One sweep; times are since the start.
#[derive(Clone, Debug)]
struct Sweep {
    began: Duration,
    ended: Duration,
    cadences: Cadences,
    /// For how long it had been due, because there was no room.
    late: Duration,
    retry: bool,
    /// The first one, a retry, or one by hand.
    off_phase: bool,
    answered: bool,
}

struct Record {
    rhythm: Rhythm,
    start: Instant,
    /// By account and stay in the organization, with when the stay began and ended.
    stays: BTreeMap<(AccountId, Duration), (Vec<Sweep>, Duration)>,
    overruns: u64,
}

/// Numbers that look random and are the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 += 1;
        u64::try_from(crate::rhythm::hash(self.0) % u128::from(limit)).unwrap()
    }

    fn between(&mut self, least: Duration, most: Duration) -> Duration {
        least + Duration::from_millis(self.below(most.saturating_sub(least).as_millis().try_into().unwrap()))
    }

    fn sweep_takes(&mut self) -> Duration {
        match self.below(1500) {
            0 => self.between(10 * MINUTE, HOUR),
            1..75 => self.between(30 * SECOND, 2 * MINUTE),
            _ => self.between(SECOND, 12 * SECOND),
        }
    }
}

/// Whether an account does not answer at this time: for stretches of five hours now and then, and all of them on the fourth day.
fn is_failing(account: AccountId, at: Duration) -> bool {
    let outage = 75 * HOUR..78 * HOUR;
    outage.contains(&at) || crate::rhythm::hash((account, at.as_secs() / (5 * 3600))).is_multiple_of(25)
}

fn simulate(intervals: Intervals, accounts: u64, length: Duration) -> Record {
    let start = Instant::now();
    let mut random = Random(0);
    let mut schedule = Schedule::new(intervals, Cadence::ALL.to_vec(), AT_ONCE / 2, start);
    let all: Vec<AccountId> = (1..=accounts).map(|number| format!("{number:012}").parse().unwrap()).collect();
    let mut away: BTreeMap<AccountId, Duration> = BTreeMap::new();
    let mut stay_of: BTreeMap<AccountId, Duration> = BTreeMap::new();
    let mut by_hand: HashSet<AccountId> = HashSet::new();
    let mut running: BTreeMap<AccountId, (Duration, Sweep)> = BTreeMap::new();
    let mut ends: BinaryHeap<Reverse<(Duration, AccountId)>> = BinaryHeap::new();
    let mut stays: BTreeMap<(AccountId, Duration), (Vec<Sweep>, Duration)> = BTreeMap::new();
    let mut listing = Duration::ZERO;
    let mut overruns = 0;
    let mut now = Duration::ZERO;
    while now < length {
        while let Some(Reverse((_, account))) = ends.peek().copied().filter(|Reverse((end, _))| *end <= now) {
            ends.pop();
            let (stay, sweep) = running.remove(&account).unwrap();
            let swept = if sweep.answered { Swept::Answered { blind: Vec::new() } } else { Swept::Failed };
            stays.get_mut(&(account, stay)).unwrap().0.push(sweep);
            schedule.finished(account, &swept, start + now);
        }
        if listing <= now {
            listing += 10 * MINUTE;
            away.retain(|_, until| *until > now);
            if now > Duration::ZERO {
                away.insert(all[usize::try_from(random.below(accounts)).unwrap()], now + random.between(MINUTE, 12 * HOUR));
            }
            let listed: Vec<AccountId> = all.iter().copied().filter(|account| !away.contains_key(account)).collect();
            stay_of.retain(|account, stay| {
                let gone = away.contains_key(account);
                if gone {
                    stays.get_mut(&(*account, *stay)).unwrap().1 = now;
                }
                !gone
            });
            for account in &listed {
                let stay = *stay_of.entry(*account).or_insert(now);
                stays.entry((*account, stay)).or_insert((Vec::new(), length));
            }
            schedule.set_accounts(&listed, start + now);
            if random.below(10) == 0 {
                let account = listed[usize::try_from(random.below(listed.len() as u64)).unwrap()];
                schedule.request(account, start + now).unwrap();
                by_hand.insert(account);
            }
            if now == 5 * DAY {
                schedule.request_all(start + now);
                by_hand.extend(listed);
            }
        }
        while running.len() < AT_ONCE {
            let due = schedule.next_due();
            let Some(Work { account, turn, retry }) = schedule.pop(start + now) else { break };
            let stay = stay_of[&account];
            let first = stays[&(account, stay)].0.is_empty();
            let answered = !is_failing(account, now);
            let sweep = Sweep {
                began: now,
                ended: now + if answered { random.sweep_takes() } else { random.between(SECOND, MINUTE) },
                cadences: turn.cadences,
                late: start + now - due.unwrap(),
                retry,
                off_phase: first | retry | by_hand.remove(&account),
                answered,
            };
            ends.push(Reverse((sweep.ended, account)));
            assert!(running.insert(account, (stay, sweep)).is_none(), "{account} is swept twice at once");
        }
        overruns += schedule.take_overruns();
        let room = running.len() < AT_ONCE;
        let due = schedule.next_due().filter(|_| room).map(|due| due - start);
        let end = ends.peek().map(|Reverse((end, _))| *end);
        now = [due, end].into_iter().flatten().fold(listing, Duration::min).max(now);
    }
    Record { rhythm: Rhythm::new(intervals, start), start, stays, overruns }
}

impl Record {
    fn all(&self) -> impl Iterator<Item = &Sweep> {
        self.stays.values().flat_map(|(sweeps, _)| sweeps)
    }

    /// The sweeps of the schedule, with their account and the sweep before.
    fn scheduled(&self) -> impl Iterator<Item = (AccountId, &Sweep, &Sweep)> {
        self.stays.iter().flat_map(|((account, _), (sweeps, _))| {
            let pairs = sweeps.iter().zip(sweeps.iter().skip(1)).filter(|(_, sweep)| !sweep.off_phase);
            pairs.map(|(before, sweep)| (*account, before, sweep))
        })
    }

    /// Whether a sweep is no further from the time of a cadence than the slack: later by the jitter, or earlier to ride along.
    fn is_on_time(&self, account: AccountId, cadence: Cadence, sweep: &Sweep) -> bool {
        let (due, slack) = (self.start + sweep.began - sweep.late, self.rhythm.slack());
        self.rhythm.next(account, cadence, due - slack) <= due + self.early()
    }

    /// How early a sweep may be to ride along with another one: not at all where rarer cadences come round with the frequent one.
    fn early(&self) -> Duration {
        let Intervals { frequent, standard, daily, .. } = self.rhythm.intervals;
        let together = [standard, daily].iter().all(|interval| interval.as_nanos().is_multiple_of(frequent.as_nanos()));
        if together { Duration::ZERO } else { self.rhythm.slack() }
    }

    /// Whether a cadence came round during a sweep, too late for this one to include it.
    fn came_round(&self, account: AccountId, cadence: Cadence, during: &Sweep) -> bool {
        let (began, slack) = (self.start + during.began, self.rhythm.slack());
        let mut nominal = self.rhythm.next(account, cadence, began - slack.min(during.began));
        if self.rhythm.due(account, nominal) <= began + slack {
            nominal += self.rhythm.intervals.of(cadence);
        }
        self.rhythm.due(account, nominal) <= self.start + during.ended + slack
    }

    fn no_drift(&self) {
        let mut kept = 0;
        for (account, before, sweep) in self.scheduled() {
            for cadence in sweep.cadences.iter() {
                let on_time = self.is_on_time(account, cadence, sweep);
                // What comes round during a sweep is made up for by the next one.
                assert!(on_time || self.came_round(account, cadence, before), "{account} {cadence:?}: out of its phase in {sweep:?}");
                kept += usize::from(on_time);
            }
        }
        assert!(kept > 10_000);
    }

    /// Every cadence of every account comes in time, but where the account does not answer or a sweep overruns.
    fn no_starvation(&self) {
        let Intervals { frequent, standard, .. } = self.rhythm.intervals;
        let (slack, quickest) = (self.rhythm.slack() + self.early(), frequent.min(standard));
        for ((account, stay), (sweeps, left)) in &self.stays {
            for cadence in Cadence::ALL {
                let interval = self.rhythm.intervals.of(cadence);
                let mut in_time = *stay + MINUTE;
                for sweep in sweeps {
                    if sweep.cadences.contains(cadence) {
                        let late = sweep.began.saturating_sub(in_time + sweep.late);
                        assert!(late.is_zero(), "{account} {cadence:?}: {late:?} too late, {sweep:?}");
                    }
                    if !sweep.answered {
                        // The next try is soon, and asks for all that this one did not get.
                        in_time = in_time.max(sweep.ended + frequent);
                    } else if sweep.cadences.contains(cadence) {
                        let off_phase = sweep.off_phase || !self.is_on_time(*account, cadence, sweep);
                        in_time = sweep.began + interval + if off_phase { interval / 4 } else { Duration::ZERO } + slack;
                    }
                    if self.came_round(*account, cadence, sweep) {
                        in_time = in_time.max(sweep.ended + quickest + slack);
                    }
                }
                let last = sweeps.last().map_or(Duration::ZERO, |sweep| sweep.ended + HOUR + frequent);
                assert!(in_time.max(last) + MINUTE >= *left, "{account} {cadence:?} was given up");
            }
        }
        let late = self.all().filter(|sweep| !sweep.off_phase && sweep.began > HOUR).map(|sweep| sweep.late).max().unwrap();
        assert!(late < 10 * SECOND, "{late:?} late, although there is room");
    }

    /// New accounts are swept within a minute of the listing that shows them.
    fn new_accounts_are_swept_soon(&self) {
        let mut new = 0;
        for ((account, stay), (sweeps, left)) in self.stays.iter().filter(|((_, stay), _)| !stay.is_zero()) {
            let before = self.stays.range(..(*account, *stay)).next_back().filter(|((before, _), _)| before == account);
            let busy = before.is_some_and(|(_, (sweeps, _))| sweeps.last().is_some_and(|sweep| sweep.ended > *stay));
            let soon = sweeps.first().map_or(*left, |sweep| sweep.began) < *stay + MINUTE;
            assert!(soon || busy, "{account}, new at {stay:?}: {:?}", sweeps.first());
            new += 1;
        }
        assert!(new > 100, "{new} new accounts");
    }

    /// A cadence that was answered is not asked again soon.
    fn no_double(&self) {
        for ((account, _), (sweeps, _)) in &self.stays {
            for cadence in Cadence::ALL {
                let interval = self.rhythm.intervals.of(cadence);
                let mut next = Duration::ZERO;
                for sweep in sweeps.iter().filter(|sweep| sweep.cadences.contains(cadence)) {
                    assert!(sweep.off_phase || sweep.began + self.early() >= next, "{account} {cadence:?}: too early, {sweep:?}");
                    if sweep.answered {
                        let off_phase = sweep.off_phase || !self.is_on_time(*account, cadence, sweep);
                        next = sweep.began + if off_phase { interval / 4 } else { interval / 2 };
                    }
                }
            }
        }
    }

    /// What was asked in vain is asked by every try, until one is answered.
    fn debts_are_paid(&self) {
        let mut paid = 0;
        for ((account, _), (sweeps, _)) in &self.stays {
            let mut owed = Cadences::default();
            for sweep in sweeps {
                assert!(owed.iter().all(|cadence| sweep.cadences.contains(cadence)), "{account} owes {owed:?}: {sweep:?}");
                owed = if sweep.answered { Cadences::default() } else { sweep.cadences };
                paid += usize::from(sweep.retry && sweep.answered);
            }
        }
        assert!(paid > 100, "{paid} circuits closed");
    }

    /// How many accounts are swept in each twentieth of a cadence's interval, as shares of the mean.
    fn histogram(&self, cadence: Cadence) -> Vec<f64> {
        let interval = self.rhythm.intervals.of(cadence).as_nanos();
        let swept = self.scheduled().filter(|(.., sweep)| sweep.cadences.contains(cadence));
        let last: BTreeMap<AccountId, u128> = swept.map(|(account, _, sweep)| (account, sweep.began.as_nanos())).collect();
        let mut bins = [0_u32; 20];
        for began in last.values() {
            bins[usize::try_from(began % interval * 20 / interval).unwrap()] += 1;
        }
        let mean = last.len() as f64 / 20.0;
        bins.iter().map(|count| f64::from(*count) / mean).collect()
    }
}

#[test]
fn phases_do_not_drift() {
    USUAL.no_drift();
    ODD.no_drift();
}

#[test]
fn no_account_starves() {
    USUAL.no_starvation();
    ODD.no_starvation();
    assert!(USUAL.overruns > 50, "{} overruns: too few to prove anything", USUAL.overruns);
}

#[test]
fn new_accounts_are_swept_within_a_minute() {
    USUAL.new_accounts_are_swept_soon();
    ODD.new_accounts_are_swept_soon();
}

#[test]
fn nothing_is_swept_twice() {
    USUAL.no_double();
    ODD.no_double();
}

#[test]
fn what_is_owed_is_done_by_the_first_good_try() {
    USUAL.debts_are_paid();
    ODD.debts_are_paid();
}

#[test]
fn phases_are_spread_over_each_interval() {
    for cadence in Cadence::ALL {
        let bins = USUAL.histogram(cadence);
        assert!(bins.iter().all(|share| (0.5..1.5).contains(share)), "{cadence:?}: {bins:.2?}");
    }
    let mut minutes = BTreeMap::new();
    for sweep in USUAL.all().filter(|sweep| sweep.began > HOUR && !sweep.off_phase) {
        *minutes.entry(sweep.began.as_secs() / 60).or_insert(0_u32) += 1;
    }
    let busiest = minutes.values().max().unwrap();
    assert!(*busiest < 500 / 15 * 2, "{busiest} sweeps began in the busiest minute");
}

#[test]
fn sweeps_are_as_many_as_there_should_be() {
    let swept = |cadence: Cadence| USUAL.all().filter(|sweep| sweep.answered && sweep.cadences.contains(cadence)).count() as f64;
    let stayed: Duration = USUAL.stays.iter().map(|((_, from), (_, to))| to.saturating_sub(*from)).sum();
    for (cadence, least) in [(Cadence::Frequent, 0.9), (Cadence::Standard, 0.9), (Cadence::Daily, 0.9)] {
        let wanted = stayed.as_secs_f64() / USUAL.rhythm.intervals.of(cadence).as_secs_f64();
        let share = swept(cadence) / wanted;
        assert!((least..1.6).contains(&share), "{cadence:?}: {share:.2} of what there should be");
    }
}
