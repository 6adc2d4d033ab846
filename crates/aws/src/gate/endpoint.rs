//! Endpoints that have fallen silent. A region behind a black hole must cost a few time-outs, not one for every account.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use orgsweep_model::AccountId;
use tokio::time::Instant;

/// So many accounts must have waited in vain since the endpoint answered anybody: one sick account harms nobody.
const ACCOUNTS: usize = 3;
/// A silent endpoint is tried again this often, by one request.
const TRIAL: Duration = Duration::from_secs(15);

/// One service in one region: as all accounts see it, or as one does.
#[derive(Debug)]
pub(super) struct Endpoint {
    /// How many accounts must have waited in vain.
    accounts: usize,
    start: Instant,
    /// When it answered last, in nanoseconds since `start`.
    answered: AtomicU64,
    /// Whether anybody waits in vain: all that an answer has to look at.
    suspect: AtomicBool,
    silence: Mutex<Silence>,
}

#[derive(Debug, Default)]
struct Silence {
    /// The accounts that got no answer since the last one that anybody got.
    accounts: BTreeSet<AccountId>,
    /// When the next request may try, once enough accounts got none.
    next_trial: Option<Instant>,
}

impl Endpoint {
    /// As all accounts see it.
    pub fn of_all(now: Instant) -> Self {
        Self::new(ACCOUNTS, now)
    }

    /// As one account sees it.
    pub fn of_one(now: Instant) -> Self {
        Self::new(1, now)
    }

    fn new(accounts: usize, start: Instant) -> Self {
        Self { accounts, start, answered: AtomicU64::new(0), suspect: AtomicBool::new(false), silence: Mutex::default() }
    }

    /// Whether a request may go. Of an endpoint that is silent, one now and then.
    pub fn may_try(&self, now: Instant) -> bool {
        if !self.suspect.load(Ordering::Relaxed) {
            return true;
        }
        let mut silence = self.silence();
        match silence.next_trial {
            Some(next) if now < next => false,
            Some(_) => {
                silence.next_trial = Some(now + TRIAL);
                true
            }
            None => true,
        }
    }

    /// Somebody got an answer, of whatever kind.
    pub fn answered(&self, now: Instant) {
        self.answered.store(self.nanoseconds(now), Ordering::Relaxed);
        if self.suspect.load(Ordering::Relaxed) {
            *self.silence() = Silence::default();
            self.suspect.store(false, Ordering::Relaxed);
        }
    }

    /// An account waited in vain since `sent`. Returns whether the endpoint counts as silent only now. One that answered others of its
    /// requests meanwhile is slow in one thing, not silent.
    pub fn silent_for(&self, account: AccountId, sent: Instant, now: Instant) -> bool {
        if self.answered.load(Ordering::Relaxed) > self.nanoseconds(sent) {
            return false;
        }
        let mut silence = self.silence();
        self.suspect.store(true, Ordering::Relaxed);
        if silence.accounts.len() < self.accounts {
            silence.accounts.insert(account);
        }
        let news = silence.accounts.len() == self.accounts && silence.next_trial.is_none();
        if news {
            silence.next_trial = Some(now + TRIAL);
        }
        news
    }

    /// Whether it counts as silent.
    pub fn is_silent(&self) -> bool {
        self.suspect.load(Ordering::Relaxed) && self.silence().next_trial.is_some()
    }

    fn nanoseconds(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.start).as_nanos()).unwrap_or(u64::MAX)
    }

    fn silence(&self) -> std::sync::MutexGuard<'_, Silence> {
        self.silence.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(number: u64) -> AccountId {
        format!("{number:012}").parse().unwrap()
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn one_account_that_waits_in_vain_makes_no_endpoint_silent() {
        let now = Instant::now();
        let endpoint = Endpoint::of_all(now);
        for _ in 0..10 {
            assert!(!endpoint.silent_for(account(1), now, now));
        }
        assert!(!endpoint.silent_for(account(2), now, now));
        assert!(endpoint.may_try(now) && !endpoint.is_silent());
        let own = Endpoint::of_one(now);
        assert!(own.silent_for(account(1), now, now) && !own.may_try(now), "but one for itself");
    }

    #[test]
    fn a_silent_endpoint_is_tried_now_and_then_until_it_answers() {
        let now = Instant::now();
        let endpoint = Endpoint::of_all(now);
        let news: Vec<bool> = (1..=4).map(|number| endpoint.silent_for(account(number), now, now)).collect();
        assert_eq!(news, [false, false, true, false], "it is said once");
        assert!(!endpoint.may_try(now));
        assert!(endpoint.may_try(now + TRIAL), "one tries");
        assert!(!endpoint.may_try(now + TRIAL), "and only one");
        endpoint.answered(now + TRIAL);
        assert!(endpoint.may_try(now + TRIAL) && !endpoint.is_silent());
    }

    #[test]
    fn an_answer_to_anybody_starts_the_count_anew() {
        let mut now = Instant::now();
        let endpoint = Endpoint::of_all(now);
        for number in 1..10 {
            assert!(!endpoint.silent_for(account(number), now, now));
            now += SECOND;
            endpoint.answered(now);
        }
    }

    #[test]
    fn a_slow_operation_beside_quick_ones_is_no_silence() {
        let sent = Instant::now();
        let endpoint = Endpoint::of_one(sent);
        endpoint.answered(sent + SECOND);
        assert!(!endpoint.silent_for(account(1), sent, sent + 20 * SECOND));
        assert!(endpoint.silent_for(account(1), sent + 2 * SECOND, sent + 22 * SECOND));
    }
}
