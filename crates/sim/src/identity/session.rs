//! The sessions that `AssumeRole` has issued.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio::time::Instant;

use super::policy::{self, AllowedActions, PolicyError};
use crate::mix;

const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A role's session in one account.
#[derive(Debug)]
pub(crate) struct Session {
    /// The account, an index.
    pub(crate) account: usize,
    pub(crate) name: String,
    pub(crate) token: String,
    /// What the session policy leaves; `None` where there is none.
    pub(crate) allowed: Option<Arc<AllowedActions>>,
    pub(crate) expires: Instant,
}

/// What a caller gets for a new session.
#[derive(Debug)]
pub(crate) struct Issued {
    pub(crate) access_key: String,
    pub(crate) secret: String,
    pub(crate) token: String,
}

/// The table of sessions by access key.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    table: RwLock<Table>,
    count: AtomicU64,
    /// The session policy read last. A sweep sends the same one for every account: reading it once keeps ten thousand sessions small.
    last_policy: Mutex<Option<(PolicySource, Arc<AllowedActions>)>>,
}

/// An inline policy and the managed ones beside it.
type PolicySource = (Option<String>, Vec<String>);

#[derive(Debug, Default)]
struct Table {
    sessions: HashMap<String, Arc<Session>>,
    /// The size at which expired sessions are looked for, so that doing so costs each `AssumeRole` a constant on average.
    tidy_at: usize,
}

impl Sessions {
    /// Issues a session.
    pub(crate) fn issue(&self, seed: u64, account: usize, name: &str, allowed: Option<Arc<AllowedActions>>, lasts: Duration) -> Issued {
        let number = self.count.fetch_add(1, Ordering::Relaxed).to_string();
        let issued = Issued {
            access_key: format!("ASIA{}", mix::characters(seed, &["key", &number], BASE32, 16)),
            secret: mix::characters(seed, &["secret", &number], "abcdefghijklmnopqrstuvwxyz0123456789+/", 40),
            token: mix::characters(seed, &["token", &number], "abcdefghijklmnopqrstuvwxyz0123456789+/", 120),
        };
        let now = Instant::now();
        let session = Session { account, name: name.to_owned(), token: issued.token.clone(), allowed, expires: now + lasts };
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        if table.sessions.len() >= table.tidy_at {
            table.sessions.retain(|_, session| session.expires > now);
            table.tidy_at = 2 * table.sessions.len() + 1024;
        }
        table.sessions.insert(issued.access_key.clone(), Arc::new(session));
        issued
    }

    /// The session of an access key, expired or not.
    pub(crate) fn find(&self, access_key: &str) -> Option<Arc<Session>> {
        self.table.read().unwrap_or_else(PoisonError::into_inner).sessions.get(access_key).cloned()
    }

    /// Reads a session policy, or finds it read already.
    pub(crate) fn policy(&self, document: Option<&str>, managed: &[String]) -> Result<Option<Arc<AllowedActions>>, PolicyError> {
        let mut last = self.last_policy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(((known, known_managed), allowed)) = last.as_ref()
            && known.as_deref() == document
            && known_managed == managed
        {
            return Ok(Some(Arc::clone(allowed)));
        }
        let Some(allowed) = policy::parse(document, managed)?.map(Arc::new) else { return Ok(None) };
        *last = Some(((document.map(str::to_owned), managed.to_vec()), Arc::clone(&allowed)));
        Ok(Some(allowed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn expired_sessions_are_forgotten_when_the_table_grows() {
        let sessions = Sessions::default();
        let first = sessions.issue(1, 0, "s", None, Duration::from_mins(15));
        assert_eq!(first.access_key.len(), 20);
        assert_eq!(sessions.find(&first.access_key).unwrap().account, 0);
        for _ in 0..1022 {
            sessions.issue(1, 0, "s", None, Duration::from_mins(15));
        }
        tokio::time::advance(Duration::from_secs(901)).await;
        assert!(sessions.find(&first.access_key).is_some());
        sessions.issue(1, 1, "s", None, Duration::from_mins(15));
        sessions.issue(1, 1, "s", None, Duration::from_mins(15));
        assert!(sessions.find(&first.access_key).is_none());
    }

    #[test]
    fn a_policy_is_read_once() {
        let sessions = Sessions::default();
        let text = r#"{"Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}"#;
        let one = sessions.policy(Some(text), &[]).unwrap().unwrap();
        let two = sessions.policy(Some(text), &[]).unwrap().unwrap();
        assert!(Arc::ptr_eq(&one, &two));
        assert_eq!(sessions.policy(None, &[]).unwrap(), None);
    }
}
