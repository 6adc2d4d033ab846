//! Pages of a list.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Failure, Protocol};

/// Where a page begins; its text is what callers send back as the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) offset: usize,
    /// This page is empty, and the one after it begins at `offset`.
    pub(crate) empty: bool,
}

impl Mark {
    /// The first page.
    const START: Self = Self { offset: 0, empty: false };

    /// Base64, as AWS's tokens are: their `+`, `/` and `=` show whether callers encode what they send back.
    pub(crate) fn token(self) -> String {
        STANDARD.encode(format!("{}>>?{}", if self.empty { "gap" } else { "page" }, self.offset))
    }

    /// Reads a token back. `None`: not one of ours.
    fn parse(token: &str) -> Option<Self> {
        let text = String::from_utf8(STANDARD.decode(token).ok()?).ok()?;
        let (kind, offset) = text.split_once(">>?")?;
        let empty = match kind {
            "gap" => true,
            "page" => false,
            _ => return None,
        };
        Some(Self { offset: offset.parse().ok()?, empty })
    }

    /// The page that a request asks for.
    pub(crate) fn of(protocol: Protocol, token: Option<&str>) -> Result<Self, Failure> {
        token.map_or(Ok(Self::START), |token| {
            Self::parse(token).ok_or_else(|| Failure::bad_parameter(protocol, format!("Invalid NextToken: {token}")))
        })
    }
}

/// The items of one page, and the token of the next.
pub(crate) fn page<'a, T>(
    items: &'a [T],
    protocol: Protocol,
    token: Option<&str>,
    size: usize,
) -> Result<(&'a [T], Option<String>), Failure> {
    let start = Mark::of(protocol, token)?.offset.min(items.len());
    let end = start.saturating_add(size).min(items.len());
    let next = (end < items.len()).then(|| Mark { offset: end, empty: false }.token());
    Ok((&items[start..end], next))
}

/// How many items a page may have: the caller's wish, which must lie within the operation's limits.
pub(crate) fn size(
    protocol: Protocol,
    wish: Option<&str>,
    limits: std::ops::RangeInclusive<usize>,
    default: usize,
) -> Result<usize, Failure> {
    let Some(wish) = wish else { return Ok(default) };
    wish.parse().ok().filter(|size| limits.contains(size)).ok_or_else(|| {
        let (least, most) = (limits.start(), limits.end());
        Failure::bad_parameter(
            protocol,
            format!("Value ( {wish} ) for parameter maxResults is invalid. Expecting a value from {least} to {most}."),
        )
    })
}

/// A JSON answer with the token of the next page under this name, where there is one.
pub(crate) fn with_next(mut answer: Value, name: &str, next: Option<String>) -> Value {
    if let Some(token) = next {
        answer[name] = token.into();
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other() {
        let items: Vec<_> = (0..12).collect();
        let (mut token, mut seen) = (None, Vec::new());
        loop {
            let (some, next) = page(&items, Protocol::Ec2, token.as_deref(), 5).unwrap();
            seen.extend_from_slice(some);
            token = next;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(seen, items);
    }

    #[test]
    fn foreign_tokens_and_sizes_are_refused() {
        assert_eq!(page(&[1], Protocol::Ec2, Some("x"), 5).unwrap_err().code, "InvalidParameterValue");
        assert_eq!(size(Protocol::Json, Some("21"), 1..=20, 20).unwrap_err().code, "InvalidInputException");
        assert_eq!(size(Protocol::Json, Some("3"), 1..=20, 20).unwrap(), 3);
        assert_eq!(size(Protocol::Json, None, 1..=20, 20).unwrap(), 20);
    }
}
