//! Attestations: a person's word on what no API shows.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Verdict, check::Attestable};

/// Who vouches for what a check cannot see, and for how long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attestation {
    /// Who looked.
    pub by: String,
    /// When: it holds from then on.
    pub on: Timestamp,
    /// Until when it holds; at this moment it does not any more.
    pub until: Timestamp,
    /// What was seen, or where that is written down.
    #[serde(default)]
    pub evidence: Option<String>,
}

impl Attestation {
    /// Whether it holds at a moment.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.on <= now && now < self.until
    }
}

impl Verdict {
    /// The verdict with a person's word beside what was seen. A word that does not hold (any more) changes nothing but the reason of an
    /// `unknown`, which then says so.
    #[must_use]
    pub fn attested(self, attestable: Attestable, attestation: Option<&Attestation>, now: Timestamp) -> Self {
        let open_to_it = matches!(
            (attestable, &self),
            (Attestable::WhenUnknown | Attestable::WhenUnknownOrFailing, Self::Unknown(_))
                | (Attestable::WhenUnknownOrFailing, Self::Fail(_))
        );
        let Some(word) = attestation.filter(|_| open_to_it) else { return self };
        let date = |time: Timestamp| time.strftime("%Y-%m-%d").to_string();
        // The end of a day is the beginning of the next.
        let last_day = date(word.until.checked_sub(SignedDuration::from_secs(1)).unwrap_or(word.until));
        if word.holds(now) {
            let evidence = word.evidence.as_deref().map_or_else(String::new, |evidence| format!(": {evidence}"));
            return Self::pass(format!("attested by {} on {}, good until {last_day}{evidence}", word.by, date(word.on)));
        }
        match self {
            Self::Unknown(mut blind) => {
                let why = if now < word.on { format!("holds only from {}", date(word.on)) } else { format!("ended after {last_day}") };
                blind.detail = format!("{}; the attestation by {} {why}", blind.detail, word.by);
                Self::Unknown(blind)
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Blind, BlindReason, Finding};

    fn word() -> Attestation {
        Attestation {
            by: "Ana".to_owned(),
            on: "2026-01-01T00:00:00Z".parse().unwrap(),
            until: "2026-07-01T00:00:00Z".parse().unwrap(),
            evidence: None,
        }
    }

    fn at(day: &str, attestable: Attestable, verdict: Verdict) -> Verdict {
        verdict.attested(attestable, Some(&word()), format!("{day}T12:00:00Z").parse().unwrap())
    }

    #[test]
    fn a_word_holds_from_its_day_until_its_end() {
        let unknown = || Verdict::Unknown(Blind::new(BlindReason::NeedsAttestation, "no API shows it"));
        assert_eq!(at("2026-03-01", Attestable::WhenUnknown, unknown()).status(), "pass");
        for (day, words) in [("2025-12-31", "holds only from 2026-01-01"), ("2026-07-01", "ended after 2026-06-30")] {
            let verdict = at(day, Attestable::WhenUnknown, unknown());
            assert_eq!(verdict.status(), "unknown");
            assert!(verdict.reason().contains(words), "{}", verdict.reason());
        }
    }

    #[test]
    fn a_word_stands_in_only_where_the_check_allows_it() {
        let fail = || Verdict::fail(Finding::new("x", "observed a, wanted b"));
        let blind = || Verdict::Unknown(Blind::new(BlindReason::IamDeny, "denied"));
        for (attestable, verdict, status) in [
            (Attestable::No, blind(), "unknown"),
            (Attestable::WhenUnknown, blind(), "pass"),
            (Attestable::WhenUnknown, fail(), "fail"),
            (Attestable::WhenUnknownOrFailing, fail(), "pass"),
            (Attestable::WhenUnknownOrFailing, Verdict::not_applicable("no"), "not_applicable"),
        ] {
            assert_eq!(at("2026-03-01", attestable, verdict).status(), status, "{attestable:?}");
        }
    }
}
