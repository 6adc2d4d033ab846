//! What a pattern that somebody put into their AWS account would match: [`FilterPattern`] for the metric filters of CloudWatch Logs,
//! [`EventPattern`] for the rules of EventBridge.
//!
//! A check holds a pattern against sample events instead of comparing its text with a published one. A pattern is either understood in
//! full or [`NotUnderstood`]: a construct whose meaning AWS does not document is not guessed at, because a guess would become a verdict.
//!
//! Both evaluators are our own, since of the published crates `quamina` 0.7 speaks a dialect without `$or`, `event-ruler` 0.1 is an empty
//! shell, and `fakecloud-logs` leaves out regular expressions and `IS NULL`.

mod event;
mod filter;
mod number;

pub use event::EventPattern;
pub use filter::FilterPattern;

/// Why a pattern was not understood, and where: one sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the pattern is not understood at {place}: {reason}")]
pub struct NotUnderstood {
    place: String,
    reason: String,
}

impl NotUnderstood {
    fn new(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { place: place.into(), reason: reason.into() }
    }
}

/// What of somebody's text may be repeated in a reason: enough to find it, on one line.
fn excerpt(text: &str) -> String {
    const LONGEST: usize = 40;
    let mut shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}
