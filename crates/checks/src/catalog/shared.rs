//! What several checks need to say the same thing in the same way.

use std::num::NonZeroU16;

use jiff::Timestamp;
use orgsweep_model::{Blind, BlindReason, Unseen};

use crate::Context;

/// The ARN of a resource of the target's own account and place.
pub(crate) fn arn(context: &Context, service: &str, resource: &str) -> String {
    let partition = context.home_region.partition();
    let region = context.place.region().map_or("", |region| region.as_str());
    format!("arn:{partition}:{service}:{region}:{}:{resource}", context.account)
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn join<S: AsRef<str>>(items: &[S]) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match items.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `1 thing`, `2 things`.
pub(crate) fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// The default of a parameter that may not be zero.
pub(crate) const fn positive(number: u16) -> NonZeroU16 {
    match NonZeroU16::new(number) {
        Some(number) => number,
        None => NonZeroU16::MIN,
    }
}

/// Whole days from one moment to another; none where it lies ahead.
pub(crate) fn days_between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.duration_since(from).as_hours() / 24).unwrap_or_default()
}

/// `less than a day ago`, `1 day ago`, `2 days ago`.
pub(crate) fn days_ago(days: u64) -> String {
    match days {
        0 => "less than a day ago".to_owned(),
        1 => "1 day ago".to_owned(),
        days => format!("{days} days ago"),
    }
}

/// A list that is a parameter's default.
pub(crate) fn list(words: &str) -> Vec<String> {
    words.split_whitespace().map(str::to_owned).collect()
}

/// An answer that lacks what the rule needs, or that cannot be understood: nothing may be concluded from it.
pub(crate) fn unclear(detail: impl Into<String>) -> Unseen {
    Unseen::Blind(Blind::new(BlindReason::AwsError, detail))
}

/// No API shows the answer: a person's word has to.
pub(crate) fn needs_attestation(detail: impl Into<String>) -> Unseen {
    Unseen::Blind(Blind::new(BlindReason::NeedsAttestation, detail))
}

/// A part was said not to be offered where the rest of the answer was. The two contradict each other, and "not applicable" would hide
/// what was seen of the rest.
pub(crate) fn contradiction(unseen: Unseen) -> Unseen {
    match unseen {
        Unseen::NotOffered(sentence) => unclear(sentence),
        blind @ Unseen::Blind(_) => blind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        assert_eq!(join::<&str>(&[]), "");
        assert_eq!(join(&["a"]), "a");
        assert_eq!(join(&["a", "b"]), "a and b");
        assert_eq!(join(&["a", "b", "c"]), "a, b and c");
        assert_eq!(count(1, "port"), "1 port");
        assert_eq!(count(0, "port"), "0 ports");
    }

    #[test]
    fn a_day_counts_when_it_is_over() {
        let at = |time: &str| time.parse::<Timestamp>().unwrap();
        let noon = at("2026-03-01T12:00:00Z");
        for (from, days) in [
            ("2026-03-02T12:00:00Z", 0),
            ("2026-03-01T12:00:00Z", 0),
            ("2026-02-28T12:00:01Z", 0),
            ("2026-02-28T12:00:00Z", 1),
            ("2025-12-01T12:00:00Z", 90),
        ] {
            assert_eq!(days_between(at(from), noon), days, "{from}");
        }
    }
}
