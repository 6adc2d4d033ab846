//! What a pattern says of one value.

use std::{cmp::Ordering, net::IpAddr};

use serde_json::{Number, Value};

use super::{super::number, wildcard::Wildcard};

#[derive(Clone, Debug)]
pub(super) enum Matcher {
    Text(String),
    Address(IpAddr),
    Number(Number),
    /// A boolean or null.
    Literal(Value),
    Exists,
    /// Matches no value: the walk over the fields looks after it.
    Absent,
    Start(String),
    End(String),
    Folded(Fold, String),
    Wildcard(Wildcard),
    Range {
        low: Option<(Number, Inclusive)>,
        high: Option<(Number, Inclusive)>,
    },
    Network {
        address: IpAddr,
        length: u32,
    },
    AnythingBut(Vec<Matcher>),
}

/// Whether the limit itself is in the range.
pub(super) type Inclusive = bool;

/// Which part of a value is compared without regard to case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    Whole,
    Start,
    End,
}

impl Matcher {
    pub(super) fn matches(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Exists, _) => true,
            (Self::Absent, _) => false,
            (Self::AnythingBut(listed), _) => !listed.iter().any(|matcher| matcher.matches(value)),
            (Self::Literal(literal), _) => value == literal,
            (Self::Number(number), Value::Number(value)) => number::compare(value, number) == Some(Ordering::Equal),
            (Self::Range { low, high }, Value::Number(value)) => {
                let within = |limit: &Option<(Number, Inclusive)>, beyond: Ordering| {
                    limit.as_ref().is_none_or(|(limit, inclusive)| match number::compare(value, limit) {
                        Some(Ordering::Equal) => *inclusive,
                        found => found == Some(beyond),
                    })
                };
                within(low, Ordering::Greater) && within(high, Ordering::Less)
            }
            (_, Value::String(text)) => self.matches_text(text),
            _ => false,
        }
    }

    fn matches_text(&self, value: &str) -> bool {
        match self {
            Self::Text(text) => value == text,
            Self::Start(text) => value.starts_with(text.as_str()),
            Self::End(text) => value.ends_with(text.as_str()),
            Self::Folded(fold, text) => folded(*fold, text, value),
            Self::Wildcard(wildcard) => wildcard.covers(value),
            Self::Address(address) => address_of(value) == Some(*address),
            Self::Network { address, length } => address_of(value).is_some_and(|found| same_network(found, *address, *length)),
            _ => false,
        }
    }
}

/// An address as event-ruler reads it: a mapped IPv4 address in digits is that IPv4 address, one with dots is none.
pub(super) fn address_of(text: &str) -> Option<IpAddr> {
    if text.contains(':') && text.contains('.') {
        return None;
    }
    text.parse().ok().map(|address: IpAddr| address.to_canonical())
}

fn same_network(found: IpAddr, address: IpAddr, length: u32) -> bool {
    match (found, address) {
        (IpAddr::V4(found), IpAddr::V4(address)) => (found.to_bits() ^ address.to_bits()).checked_shr(32 - length).unwrap_or(0) == 0,
        (IpAddr::V6(found), IpAddr::V6(address)) => (found.to_bits() ^ address.to_bits()).checked_shr(128 - length).unwrap_or(0) == 0,
        _ => false,
    }
}

/// Character by character: the value's has to be the pattern's in lower or in upper case. These may differ in length, so more than one
/// rest of the value can be left to go on with.
fn folded<'v>(fold: Fold, pattern: &str, value: &'v str) -> bool {
    let mut rests = vec![value];
    let mut signs = pattern.chars();
    while let Some(sign) = if fold == Fold::End { signs.next_back() } else { signs.next() } {
        let cases = [cased(sign, char::to_lowercase), cased(sign, char::to_uppercase)];
        let mut left = Vec::new();
        for case in &cases {
            let cut = |rest: &&'v str| if fold == Fold::End { rest.strip_suffix(case.as_str()) } else { rest.strip_prefix(case.as_str()) };
            left.extend(rests.iter().filter_map(cut));
        }
        rests = left;
        rests.sort_unstable_by_key(|rest: &&str| rest.len());
        rests.dedup_by_key(|rest| rest.len());
    }
    if fold == Fold::Whole { rests.iter().any(|rest| rest.is_empty()) } else { !rests.is_empty() }
}

/// event-ruler folds UTF-16 units, so characters beyond the first plane have one case only.
fn cased<C: Iterator<Item = char>>(sign: char, change: impl Fn(char) -> C) -> String {
    if u32::from(sign) > 0xffff { sign.to_string() } else { change(sign).collect() }
}
