//! Pages of a list.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Failure, Protocol};

/// How lists are cut into pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Paging {
    /// As the caller asks, within the operation's limits.
    #[default]
    Asked,
    /// The last page comes again and again, with a fresh token each time.
    Endless,
    /// Everything at once, whatever the caller asks.
    Whole,
}

/// Where a page begins; its text is what callers send back as the token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) offset: usize,
    /// This page is empty, and the one after it begins at `offset`.
    pub(crate) empty: bool,
    /// How often this page was given already.
    pub(crate) again: usize,
}

impl Mark {
    /// Base64, as AWS's tokens are: their `+`, `/` and `=` show whether callers encode what they send back.
    pub(crate) fn token(self) -> String {
        let Self { offset, again, .. } = self;
        let kind = if self.empty { "gap" } else { "page" };
        STANDARD.encode(if again == 0 { format!("{kind}>>?{offset}") } else { format!("{kind}>>?{offset}>>?{again}") })
    }

    /// Reads a token back. `None`: not one of ours.
    fn parse(token: &str) -> Option<Self> {
        let text = String::from_utf8(STANDARD.decode(token).ok()?).ok()?;
        let (kind, place) = text.split_once(">>?")?;
        let (offset, again) = place.split_once(">>?").unwrap_or((place, "0"));
        let empty = match kind {
            "gap" => true,
            "page" => false,
            _ => return None,
        };
        Some(Self { offset: offset.parse().ok()?, empty, again: again.parse().ok()? })
    }

    /// The page that a request asks for.
    pub(crate) fn of(protocol: Protocol, token: Option<&str>) -> Result<Self, Failure> {
        token.map_or(Ok(Self::default()), |token| {
            Self::parse(token).ok_or_else(|| Failure::bad_parameter(protocol, format!("Invalid NextToken: {token}")))
        })
    }

    /// Which of `length` items are on this page, if it has `size`, and the page after it.
    pub(crate) fn window(self, length: usize, size: usize, paging: Paging) -> (Range<usize>, Option<Self>) {
        let start = self.offset.min(length);
        let end = if paging == Paging::Whole { length } else { start.saturating_add(size).min(length) };
        let next = match paging {
            _ if end < length => Some(Self { offset: end, ..Self::default() }),
            Paging::Endless => Some(Self { offset: start, empty: false, again: self.again.saturating_add(1) }),
            Paging::Asked | Paging::Whole => None,
        };
        (start..end, next)
    }
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
    use std::collections::BTreeSet;

    use super::*;

    /// The items of the first so many pages, and whether there are more.
    fn walk(pages: usize, length: usize, paging: Paging) -> (Vec<usize>, bool) {
        let (mut mark, mut seen, mut tokens) = (Mark::default(), Vec::new(), BTreeSet::new());
        for _ in 0..pages {
            let (range, next) = mark.window(length, 5, paging);
            seen.extend(range);
            let Some(next) = next else { return (seen, false) };
            assert!(tokens.insert(next.token()), "a token comes once");
            mark = Mark::of(Protocol::Ec2, Some(&next.token())).unwrap();
            assert_eq!(mark, next);
        }
        (seen, true)
    }

    #[test]
    fn pages_follow_each_other() {
        assert_eq!(walk(9, 12, Paging::Asked), ((0..12).collect(), false));
        assert_eq!(walk(9, 10, Paging::Asked), ((0..10).collect(), false));
        assert_eq!(walk(9, 0, Paging::Asked), (Vec::new(), false));
    }

    #[test]
    fn endless_pages_repeat_the_last() {
        let expected = (0..12).chain(10..12).chain(10..12).collect();
        assert_eq!(walk(5, 12, Paging::Endless), (expected, true));
        assert_eq!(walk(50, 0, Paging::Endless), (Vec::new(), true));
    }

    #[test]
    fn a_huge_page_has_everything() {
        assert_eq!(walk(9, 12, Paging::Whole), ((0..12).collect(), false));
    }

    #[test]
    fn foreign_tokens_and_sizes_are_refused() {
        assert_eq!(Mark::of(Protocol::Ec2, Some("x")).unwrap_err().code, "InvalidParameterValue");
        assert_eq!(size(Protocol::Json, Some("21"), 1..=20, 20).unwrap_err().code, "InvalidInputException");
        assert_eq!(size(Protocol::Json, Some("3"), 1..=20, 20).unwrap(), 3);
        assert_eq!(size(Protocol::Json, None, 1..=20, 20).unwrap(), 20);
    }
}
