//! Which failures are tried again, and how often: the SDK's standard retries, with less patience where more would help nobody.
//!
//! Every work unit and service has a retry quota of its own, so that a failing account uses up nobody else's.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use aws_config::retry::RetryConfig;
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::client::{
    interceptors::context::InterceptorContext,
    orchestrator::HttpResponse,
    retries::classifiers::{ClassifyRetry, RetryAction, RetryClassifierPriority},
};

use crate::{flight::InFlight, interceptor::error_code, meter::Outcome};

/// Attempts at most, the first included. With every third request throttled and every tenth failing, one call in ten million still fails.
const ATTEMPTS: u32 = 18;
/// Answers of AWS's own failure that one call bears.
const SERVER_ERRORS: u32 = 8;
/// The same where the answer is none of AWS's, or none at all that can be read: a proxy, a balancer, an endpoint that lacks the operation.
const FOREIGN_ERRORS: u32 = 3;
/// Connections that were not to be had in a row, after which a client does not try the same call again: nobody is there.
const UNCONNECTED: u32 = 3;
/// Failures in a row, whatever was asked, after which an account's calls are tried once each, until one succeeds.
const HOPELESS: u32 = 30;

/// The retries that all clients share.
pub(crate) fn config() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(Duration::from_millis(250))
        .with_max_backoff(Duration::from_secs(10))
}

/// A retry quota of one's own. The SDK's default is one for `service-region` in the whole process; a named one would stay in a static map
/// for ever, this one lives as long as its client.
pub(crate) fn partition() -> RetryPartition {
    RetryPartition::custom("orgsweep").token_bucket(TokenBucket::default()).build()
}

/// How a session fares, over all its regions and services.
#[derive(Debug, Default)]
pub(crate) struct Health {
    /// AWS refused the credentials themselves: the role was made anew, or the machine slept through their life.
    rejected: AtomicBool,
    /// Failures since the last answer that was one.
    failures: AtomicU32,
}

impl Health {
    pub fn reject(&self) {
        self.rejected.store(true, Ordering::Relaxed);
    }

    pub fn is_rejected(&self) -> bool {
        self.rejected.load(Ordering::Relaxed)
    }

    /// An attempt ended like this. A throttle is neither: AWS works.
    pub fn note(&self, outcome: Outcome) {
        match outcome {
            Outcome::Ok | Outcome::ClientError => self.failures.store(0, Ordering::Relaxed),
            Outcome::ServerError | Outcome::NoAnswer => {
                self.failures.fetch_add(1, Ordering::Relaxed);
            }
            Outcome::Throttled => {}
        }
    }

    fn is_hopeless(&self) -> bool {
        self.failures.load(Ordering::Relaxed) >= HOPELESS
    }
}

/// Takes back the SDK's wish to try again where it helps nobody, and tries again what arrived spoilt. One per client.
#[derive(Debug)]
pub(crate) struct Restraint {
    /// Of the session that asks; absent for the base identity.
    health: Option<Arc<Health>>,
    /// Connections that were not to be had since the last answer.
    unconnected: AtomicU32,
}

impl Restraint {
    pub fn new(health: Option<Arc<Health>>) -> Self {
        Self { health, unconnected: AtomicU32::new(0) }
    }

    /// Whether nobody is there, as it seems. Takes note of how this attempt ended.
    fn is_alone(&self, context: &InterceptorContext) -> bool {
        if context.response().is_some() {
            self.unconnected.store(0, Ordering::Relaxed);
            return false;
        }
        let error = context.output_or_error().and_then(Result::err);
        let failed = error.and_then(|error| error.as_connector_error()).is_some_and(|error| error.is_timeout() || is_connect(error));
        failed && self.unconnected.fetch_add(1, Ordering::Relaxed) + 1 >= UNCONNECTED
    }
}

/// Whether a connection was not to be had. The connector's own types are private: its words have to do.
fn is_connect(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source()).any(|error| error.to_string().contains("(Connect)"))
}

impl ClassifyRetry for Restraint {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let alone = self.is_alone(context);
        if !context.is_failed() {
            return RetryAction::NoActionIndicated;
        }
        let hopeless = self.health.as_ref().is_some_and(|health| health.is_hopeless());
        let answered = context.response();
        let before = answered.and_then(|response| response.extension::<Arc<InFlight>>()).map_or(0, |it| it.attempt.bad_answers);
        let borne = match answered {
            None => u32::MAX,
            // A good answer that cannot be read, which the SDK would not ask for again.
            Some(response) if response.status().is_success() => FOREIGN_ERRORS,
            Some(response) if is_server_error(response) && is_foreign(response) => FOREIGN_ERRORS,
            Some(response) if is_server_error(response) => SERVER_ERRORS,
            // A refusal is an answer, and a throttle is a promise of one.
            Some(_) => return RetryAction::NoActionIndicated,
        };
        match answered {
            _ if hopeless || alone || before + 1 >= borne => RetryAction::RetryForbidden,
            Some(response) if response.status().is_success() => RetryAction::transient_error(),
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "orgsweep::Restraint"
    }

    fn priority(&self) -> RetryClassifierPriority {
        // After all of the SDK's own: it has the last word.
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

/// AWS failed, which is not the same as asking to slow down, though EC2 says that with a 503, too.
fn is_server_error(response: &HttpResponse) -> bool {
    response.status().is_server_error() && !error_code(response).is_some_and(|code| crate::interceptor::is_throttling(&code))
}

/// No error code in any place where AWS's protocols have one.
fn is_foreign(response: &HttpResponse) -> bool {
    error_code(response).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_in_a_row_take_an_accounts_retries_until_something_works() {
        let health = Health::default();
        for _ in 0..HOPELESS {
            assert!(!health.is_hopeless());
            health.note(Outcome::ServerError);
            health.note(Outcome::Throttled);
        }
        assert!(health.is_hopeless());
        health.note(Outcome::ClientError);
        assert!(!health.is_hopeless(), "a denial is an answer");
    }
}
