use orgsweep_model::CheckId;

use super::*;

const MINUTE: Duration = Duration::from_mins(1);
const FREQUENT: Duration = Duration::from_mins(15);
const DAY: Duration = Duration::from_hours(24);
const GOOD: Swept = Swept::Answered { blind: Vec::new() };

fn intervals() -> Intervals {
    Intervals { frequent: FREQUENT, standard: 60 * MINUTE, daily: DAY, jitter: 0.1 }
}

fn ids(count: u64) -> Vec<AccountId> {
    (1..=count).map(|number| format!("{number:012}").parse().unwrap()).collect()
}

impl Schedule {
    /// Takes accounts that were never swept before.
    pub fn set_accounts(&mut self, accounts: &[AccountId], now: Instant) {
        self.take_up(accounts, now, |_| LastSwept::default());
    }
}

fn schedule(accounts: u64, now: Instant) -> Schedule {
    let mut schedule = Schedule::new(intervals(), Cadence::ALL.to_vec(), 2, now);
    schedule.set_accounts(&ids(accounts), now);
    schedule
}

/// A schedule of one account whose first sweep is done, with the time at which the next one is due.
fn swept_once(start: Instant) -> (Schedule, AccountId, Instant) {
    let mut schedule = schedule(1, start);
    let work = schedule.pop(start).unwrap();
    schedule.finished(work.account, &GOOD, start);
    let due = schedule.next_due().unwrap();
    (schedule, work.account, due)
}

fn cadences(work: &Work) -> Vec<Cadence> {
    work.turn.cadences.iter().collect()
}

#[test]
fn a_first_sweep_covers_every_cadence_once() {
    let start = Instant::now();
    let mut schedule = schedule(1, start);
    let work = schedule.pop(start).unwrap();
    assert_eq!((cadences(&work).as_slice(), work.retry), (Cadence::ALL.as_slice(), false));
    assert_eq!(schedule.pop(start), None);
}

#[test]
fn first_sweeps_are_spread_and_all_begin_within_a_minute() {
    for (count, last) in [(11, Duration::from_millis(500)), (10_000, Duration::from_millis(44_995) + Duration::from_micros(500))] {
        let start = Instant::now();
        let mut schedule = schedule(count, start);
        let mut begun = Vec::new();
        while let Some(due) = schedule.next_due().filter(|due| *due < start + MINUTE) {
            let work = schedule.pop(due).unwrap();
            schedule.finished(work.account, &GOOD, due);
            begun.push(due - start);
        }
        assert_eq!((begun.len() as u64, begun[0], *begun.last().unwrap()), (count, Duration::ZERO, last));
    }
}

#[test]
fn the_second_sweep_comes_after_a_quarter_of_the_interval_and_before_one_and_a_quarter() {
    let start = Instant::now();
    let mut schedule = schedule(2000, start);
    let mut begun: HashMap<AccountId, Vec<Instant>> = HashMap::new();
    while let Some(due) = schedule.next_due().filter(|due| *due < start + 2 * FREQUENT) {
        let work = schedule.pop(due).unwrap();
        schedule.finished(work.account, &GOOD, due);
        begun.entry(work.account).or_default().push(due);
    }
    let gaps: Vec<Duration> = begun.values().map(|begun| begun[1] - begun[0]).collect();
    let (least, most) = (gaps.iter().min().unwrap(), gaps.iter().max().unwrap());
    assert!(*least >= FREQUENT / 4 && *least < FREQUENT * 3 / 10, "{least:?}");
    assert!(*most < FREQUENT * 5 / 4 + FREQUENT / 10 && *most > FREQUENT * 12 / 10, "{most:?}");
}

#[test]
fn an_overrun_is_counted_and_not_queued() {
    let start = Instant::now();
    let (mut schedule, account, due) = swept_once(start);
    schedule.pop(due).unwrap();
    let later = due + FREQUENT + 2 * MINUTE;
    assert_eq!(schedule.pop(later), None);
    assert_eq!(schedule.take_overruns(), 1);
    assert_eq!(schedule.pending(later), 0);
    schedule.finished(account, &GOOD, later);
    assert_eq!(schedule.pop(later), None, "the one left out does not come back");
    assert!(schedule.pop(due + 2 * FREQUENT + 2 * MINUTE).is_some());
    assert_eq!(schedule.take_overruns(), 0);
}

#[test]
fn an_overrun_does_not_cost_a_rarer_cadence_its_turn() {
    let start = Instant::now();
    let (mut schedule, account, mut due) = swept_once(start);
    let daily = schedule.rhythm.next(account, Cadence::Daily, start + 6 * 60 * MINUTE);
    while due < daily - FREQUENT {
        schedule.pop(due).unwrap();
        schedule.finished(account, &GOOD, due);
        due = schedule.next_due().unwrap();
    }
    // The sweep before takes until after the daily one is due.
    assert!(!cadences(&schedule.pop(due).unwrap()).contains(&Cadence::Daily));
    let end = daily + 5 * MINUTE;
    assert_eq!((schedule.pop(end), schedule.take_overruns()), (None, 1));
    schedule.finished(account, &GOOD, end);
    let next = schedule.next_due().unwrap();
    assert!(next < daily + FREQUENT + 2 * MINUTE);
    assert!(cadences(&schedule.pop(next).unwrap()).contains(&Cadence::Daily));
    assert_eq!(schedule.accounts[&account].next[Cadence::Daily as usize], Some(daily + DAY), "and back in its phase the next day");
}

#[test]
fn the_most_overdue_goes_first_and_lag_is_its_lateness() {
    let start = Instant::now();
    let mut schedule = schedule(2, start);
    let late = start + Duration::from_secs(10);
    assert_eq!(schedule.lag(late), Duration::from_secs(10));
    assert_eq!(schedule.pending(late), 2);
    assert_eq!([schedule.pop(late).unwrap().account, schedule.pop(late).unwrap().account], ids(2)[..]);
    assert_eq!(schedule.lag(late), Duration::ZERO);
}

#[test]
fn accounts_come_and_go() {
    let start = Instant::now();
    let mut schedule = schedule(2, start);
    let new: AccountId = "999999999999".parse().unwrap();
    schedule.set_accounts(&[new], start);
    assert_eq!(schedule.pop(start).unwrap().account, new);
    assert_eq!(schedule.pop(start + MINUTE), None, "accounts that left are not swept");
}

#[test]
fn an_account_that_leaves_and_comes_back_during_its_sweep_is_not_swept_twice_at_once() {
    let start = Instant::now();
    let mut schedule = schedule(1, start);
    let account = schedule.pop(start).unwrap().account;
    schedule.set_accounts(&[], start);
    schedule.set_accounts(&[account], start);
    assert_eq!(schedule.pop(start), None);
    schedule.finished(account, &GOOD, start + MINUTE);
    assert_eq!(cadences(&schedule.pop(start + MINUTE).unwrap()), Cadence::ALL, "it is new");
}

#[test]
fn an_account_that_fails_is_tried_after_growing_waits_and_owes_what_was_due() {
    let start = Instant::now();
    let mut schedule = schedule(1, start);
    let account = schedule.pop(start).unwrap().account;
    let (mut now, mut waits) = (start, Vec::new());
    for _ in 0..10 {
        schedule.finished(account, &Swept::Failed, now);
        assert_eq!(schedule.open_circuits(), 1);
        let next = schedule.next_due().unwrap();
        waits.push((next - now).as_secs());
        let work = schedule.pop(next).unwrap();
        assert_eq!((cadences(&work).as_slice(), work.retry), (Cadence::ALL.as_slice(), true));
        now = next + Duration::from_secs(20);
    }
    for (wait, about) in waits.iter().zip([30, 60, 120, 240, 480, 900, 900, 900, 900, 900]) {
        assert!((about * 8 / 10..=about).contains(wait), "{waits:?}");
    }
    assert_eq!(schedule.take_overruns(), 0, "what is not swept because the circuit is open is no overrun");
    schedule.finished(account, &GOOD, now);
    assert_eq!(schedule.open_circuits(), 0);
    let next = schedule.next_due().unwrap();
    assert!((FREQUENT / 4..FREQUENT * 27 / 20).contains(&(next - now)), "it is back in its phase after {:?}", next - now);
    assert_eq!(cadences(&schedule.pop(next).unwrap()), [Cadence::Frequent]);
}

#[test]
fn what_comes_due_while_the_circuit_is_open_is_swept_by_the_first_good_try() {
    let start = Instant::now();
    let (mut schedule, account, due) = swept_once(start);
    let mut now = due;
    assert_eq!(cadences(&schedule.pop(now).unwrap()), [Cadence::Frequent]);
    while now < start + 40 * 60 * MINUTE {
        schedule.finished(account, &Swept::Failed, now);
        now = schedule.next_due().unwrap();
        schedule.pop(now).unwrap();
    }
    schedule.finished(account, &Swept::Failed, now);
    now = schedule.next_due().unwrap();
    assert_eq!(cadences(&schedule.pop(now).unwrap()), Cadence::ALL);
}

#[test]
fn a_suspended_account_keeps_its_rhythm_and_is_swept_whole_when_it_is_back() {
    let start = Instant::now();
    let mut schedule = schedule(1, start);
    for _ in 0..3 {
        let now = schedule.next_due().unwrap();
        let work = schedule.pop(now).unwrap();
        assert_eq!((cadences(&work).as_slice(), work.retry), (Cadence::ALL.as_slice(), false));
        schedule.finished(work.account, &Swept::Suspended, now);
        assert_eq!(schedule.open_circuits(), 0);
        assert!(schedule.next_due().unwrap() - now > FREQUENT / 5);
    }
}

#[test]
fn blind_checks_are_asked_again_with_the_next_frequent_sweep() {
    let start = Instant::now();
    let mut schedule = schedule(1, start);
    let slow = CheckId("slow-daily");
    let work = schedule.pop(start).unwrap();
    schedule.finished(work.account, &Swept::Answered { blind: vec![(slow, Cadence::Daily)] }, start);
    let now = schedule.next_due().unwrap();
    let work = schedule.pop(now).unwrap();
    assert_eq!((cadences(&work), work.turn.again), (vec![Cadence::Frequent], vec![slow]));
    schedule.finished(work.account, &GOOD, now);
    let now = schedule.next_due().unwrap();
    assert_eq!(schedule.pop(now).unwrap().turn.again, []);
}

#[test]
fn a_sweep_by_hand_comes_at_once_and_covers_everything() {
    let start = Instant::now();
    let (mut schedule, account, due) = swept_once(start);
    let now = due - MINUTE;
    assert_eq!(schedule.request(account, now), Some(Requested { accounts: 1, running: 0 }));
    assert_eq!(schedule.request(account, now), Some(Requested { accounts: 1, running: 0 }));
    let work = schedule.pop(now).unwrap();
    assert_eq!((cadences(&work).as_slice(), work.retry), (Cadence::ALL.as_slice(), false));
    schedule.finished(account, &GOOD, now);
    assert_eq!(schedule.pop(now), None, "asking twice is asking once");
    assert!(schedule.next_due().unwrap() >= now + FREQUENT / 4, "the regular one that would follow at once is left out");
    assert_eq!(schedule.request("999999999999".parse().unwrap(), now), None);
}

#[test]
fn a_sweep_by_hand_follows_the_running_one_once() {
    let start = Instant::now();
    let mut schedule = schedule(1, start);
    let account = schedule.pop(start).unwrap().account;
    for _ in 0..3 {
        assert_eq!(schedule.request(account, start), Some(Requested { accounts: 1, running: 1 }));
    }
    assert_eq!(schedule.pop(start), None);
    schedule.finished(account, &Swept::Failed, start + MINUTE);
    let work = schedule.pop(start + MINUTE).unwrap();
    assert_eq!((cadences(&work).as_slice(), work.retry), (Cadence::ALL.as_slice(), false));
    schedule.finished(account, &GOOD, start + MINUTE);
    assert_eq!((schedule.pop(start + MINUTE), schedule.take_overruns()), (None, 0));
}

#[test]
fn a_sweep_by_hand_resets_the_circuit() {
    let start = Instant::now();
    let mut schedule = schedule(1, start);
    let mut now = start;
    for _ in 0..6 {
        let account = schedule.pop(now).unwrap().account;
        schedule.finished(account, &Swept::Failed, now);
        now = schedule.next_due().unwrap();
    }
    now -= 5 * MINUTE;
    schedule.request_all(now);
    assert_eq!(schedule.open_circuits(), 0);
    let account = schedule.pop(now).unwrap().account;
    schedule.finished(account, &Swept::Failed, now);
    assert!(schedule.next_due().unwrap() <= now + Duration::from_secs(30), "waits begin anew");
}

#[test]
fn sweeping_all_by_hand_is_spread_like_first_sweeps() {
    let start = Instant::now();
    let mut schedule = schedule(3, start);
    let work = schedule.pop(start).unwrap();
    assert_eq!(schedule.request_all(start), Requested { accounts: 3, running: 1 });
    schedule.finished(work.account, &GOOD, start);
    let mut due = Vec::new();
    while let Some(next) = schedule.next_due().filter(|due| *due < start + MINUTE) {
        due.push((next - start).as_millis());
        schedule.pop(next).unwrap();
    }
    assert_eq!(due, [0, 50, 100]);
}

#[test]
fn accounts_that_do_not_answer_leave_room_for_those_that_do() {
    let start = Instant::now();
    let mut schedule = schedule(10, start);
    let first = start + Duration::from_secs(1);
    while let Some(work) = schedule.pop(first) {
        let failed = work.account != ids(10)[9];
        schedule.finished(work.account, &if failed { Swept::Failed } else { GOOD }, first);
    }
    // All nine are to be tried, and the tenth account is due.
    let later = first + 3 * FREQUENT;
    let mut begun = Vec::new();
    while let Some(work) = schedule.pop(later) {
        begun.push(work);
    }
    assert_eq!(begun.iter().filter(|work| work.retry).count(), 2);
    assert!(begun.iter().any(|work| work.account == ids(10)[9]));
    assert!(schedule.next_due().is_none_or(|due| due > later), "what may not be tried yet does not keep the daemon spinning");
    schedule.finished(begun.iter().find(|work| work.retry).unwrap().account, &Swept::Failed, later);
    assert!(schedule.pop(later).unwrap().retry, "the next one has its try");
}

#[test]
fn without_checks_nothing_is_due() {
    let now = Instant::now();
    let mut schedule = Schedule::new(intervals(), Vec::new(), 1, now);
    schedule.set_accounts(&ids(1), now);
    schedule.request_all(now);
    assert_eq!((schedule.next_due(), schedule.pop(now + FREQUENT)), (None, None));
}

/// When an account is first swept after a restart at `now`, for which cadences, if it was last swept so long before.
fn after_restart(before: [Option<Duration>; 3]) -> (Duration, Vec<Cadence>) {
    let (now, date) = (Instant::now(), Duration::from_hours(500_000));
    let mut schedule = Schedule::new(intervals(), Cadence::ALL.to_vec(), 2, Epoch { instant: now, since_1970: date });
    schedule.take_up(&ids(1), now, |_| before.map(|before| date.checked_sub(before?)));
    let due = schedule.next_due().unwrap();
    (due - now, cadences(&schedule.pop(due).unwrap()))
}

#[test]
fn a_restart_sweeps_what_came_due_meanwhile_and_leaves_the_rest_to_its_turn() {
    let all = |before: Duration| [Some(before); 3];
    assert_eq!(after_restart([None; 3]), (Duration::ZERO, Cadence::ALL.to_vec()));
    assert_eq!(after_restart(all(3 * DAY)), (Duration::ZERO, Cadence::ALL.to_vec()));
    let (due, what) = after_restart(all(MINUTE));
    assert!(due > Duration::ZERO && due < FREQUENT + 2 * MINUTE, "{due:?}");
    assert!(what.contains(&Cadence::Frequent));
    let (due, what) = after_restart([Some(3 * FREQUENT), Some(MINUTE), Some(MINUTE)]);
    assert_eq!((due, what), (Duration::ZERO, vec![Cadence::Frequent]), "an hourly sweep of a minute ago is good enough");
}

#[test]
fn phases_survive_a_restart() {
    let (start, date) = (Instant::now(), Duration::from_hours(500_000));
    let rhythm = |after: Duration| Rhythm::new(intervals(), Epoch { instant: start + after, since_1970: date + after });
    let later = start + 10 * DAY;
    for cadence in Cadence::ALL {
        let next = rhythm(Duration::ZERO).next(ids(1)[0], cadence, later);
        assert_eq!(rhythm(DAY + 7 * MINUTE).next(ids(1)[0], cadence, later), next);
        assert_eq!(rhythm(DAY).due(ids(1)[0], next), rhythm(Duration::ZERO).due(ids(1)[0], next));
    }
}

#[test]
fn a_clock_that_was_set_back_keeps_nobody_waiting() {
    let (now, date) = (Instant::now(), Duration::from_hours(500_000));
    let mut schedule = Schedule::new(intervals(), Cadence::ALL.to_vec(), 2, Epoch { instant: now, since_1970: date });
    schedule.take_up(&ids(1), now, |_| [Some(date + DAY); 3]);
    assert_eq!(schedule.next_due(), Some(now));
}
