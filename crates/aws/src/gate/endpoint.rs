//! Endpoints that have fallen silent. A region behind a black hole must cost a few time-outs, not one for every account.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use orgsweep_model::AccountId;
use tokio::time::Instant;

/// So many accounts must have waited in vain since the endpoint answered anybody: one sick account harms nobody.
const ACCOUNTS: usize = 3;
/// A silent endpoint is tried again this often, by one request.
const TRIAL: Duration = Duration::from_secs(15);

/// One service in one region, as all accounts see it.
#[derive(Debug, Default)]
pub(super) struct Endpoint {
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
    pub fn answered(&self) {
        if self.suspect.load(Ordering::Relaxed) {
            *self.silence() = Silence::default();
            self.suspect.store(false, Ordering::Relaxed);
        }
    }

    /// An account waited in vain. Returns whether the endpoint counts as silent only now.
    pub fn silent_for(&self, account: AccountId, now: Instant) -> bool {
        let mut silence = self.silence();
        self.suspect.store(true, Ordering::Relaxed);
        if silence.accounts.len() < ACCOUNTS {
            silence.accounts.insert(account);
        }
        let news = silence.accounts.len() == ACCOUNTS && silence.next_trial.is_none();
        if news {
            silence.next_trial = Some(now + TRIAL);
        }
        news
    }

    /// Whether it counts as silent.
    pub fn is_silent(&self) -> bool {
        self.suspect.load(Ordering::Relaxed) && self.silence().next_trial.is_some()
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

    #[test]
    fn one_account_that_waits_in_vain_makes_no_endpoint_silent() {
        let (endpoint, now) = (Endpoint::default(), Instant::now());
        for _ in 0..10 {
            assert!(!endpoint.silent_for(account(1), now));
        }
        assert!(!endpoint.silent_for(account(2), now));
        assert!(endpoint.may_try(now) && !endpoint.is_silent());
    }

    #[test]
    fn a_silent_endpoint_is_tried_now_and_then_until_it_answers() {
        let (endpoint, now) = (Endpoint::default(), Instant::now());
        let news: Vec<bool> = (1..=4).map(|number| endpoint.silent_for(account(number), now)).collect();
        assert_eq!(news, [false, false, true, false], "it is said once");
        assert!(!endpoint.may_try(now));
        assert!(endpoint.may_try(now + TRIAL), "one tries");
        assert!(!endpoint.may_try(now + TRIAL), "and only one");
        endpoint.answered();
        assert!(endpoint.may_try(now + TRIAL) && !endpoint.is_silent());
    }

    #[test]
    fn an_answer_to_anybody_starts_the_count_anew() {
        let (endpoint, now) = (Endpoint::default(), Instant::now());
        for number in 1..10 {
            assert!(!endpoint.silent_for(account(number), now));
            endpoint.answered();
        }
    }
}
