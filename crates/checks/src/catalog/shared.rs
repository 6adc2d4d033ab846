//! What several checks need to say the same thing in the same way.

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
}
