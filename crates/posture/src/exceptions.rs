//! What people say beside what was seen: waivers of failures they know of, and attestations of what no API shows.
//!
//! An exception holds until its end and not a second longer. It never changes what was seen: a waived failure is still a failure, and an
//! attestation stands in only where its check leaves room for one.

use std::{borrow::Cow, fmt};

use jiff::Timestamp;
use orgsweep_model::{Account, Attestation, CheckId, Finding, Place, Verdict};

use crate::config::CheckEntry;

/// Whether something is meant.
pub type Test<T> = Box<dyn Fn(&T) -> bool + Send + Sync>;

/// A failure that somebody accepts for a time.
pub struct Waiver {
    /// The checks it is about.
    pub checks: Vec<CheckId>,
    /// The accounts.
    pub account: Test<Account>,
    /// The places in them.
    pub place: Test<Place>,
    /// The failing resources; absent means all.
    pub resource: Option<Test<Finding>>,
    /// Why it is accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Where it was decided.
    pub ticket: Option<String>,
    /// From when on it does not hold any more; absent means never.
    pub expires: Option<Timestamp>,
    /// Where it is written, as `file:line`.
    pub written: String,
}

/// A person's word about a check in some accounts.
pub struct AttestedCheck {
    /// The check.
    pub check: CheckId,
    /// The accounts.
    pub account: Test<Account>,
    /// The word.
    pub word: Attestation,
}

/// All exceptions.
#[derive(Default)]
pub struct Exceptions {
    /// The waivers. Others name them by their position.
    pub waivers: Vec<Waiver>,
    /// The attestations.
    pub attestations: Vec<AttestedCheck>,
}

/// The exceptions that are about one account, by position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applying {
    waivers: Box<[usize]>,
    attestations: Box<[usize]>,
}

/// A verdict with the exceptions to it.
#[derive(Debug)]
pub struct Judged<'a> {
    /// What was seen, or the attestation that stands in for it.
    pub verdict: Cow<'a, Verdict>,
    /// For a pass by attestation: when its word ends.
    pub attested_until: Option<Timestamp>,
    /// For a failure: the waiver of each finding, by position. Empty where there is none at all.
    pub waivers: Vec<Option<usize>>,
    /// For a failure whose findings are all waived: when the first of these waivers ends.
    pub waived_until: Option<Timestamp>,
}

impl Judged<'_> {
    /// The word in JSON and metrics.
    pub fn status(&self) -> &'static str {
        if self.waived_until.is_some() { "waived" } else { self.verdict.status() }
    }

    /// The waiver that a failure as a whole is waived by, by position: that of its first finding.
    pub fn waiver(&self) -> Option<usize> {
        self.waived_until.and_then(|_| self.waivers.first().copied().flatten())
    }
}

impl Exceptions {
    /// The exceptions that are about an account.
    pub fn applying(&self, account: &Account) -> Applying {
        let waivers = self.waivers.iter().enumerate().filter(|(_, waiver)| (waiver.account)(account));
        let attestations = self.attestations.iter().enumerate().filter(|(_, attested)| (attested.account)(account));
        Applying { waivers: waivers.map(|(index, _)| index).collect(), attestations: attestations.map(|(index, _)| index).collect() }
    }

    /// What a verdict amounts to at a moment.
    pub fn judge<'a>(&self, applying: &Applying, check: &CheckEntry, place: &Place, verdict: &'a Verdict, now: Timestamp) -> Judged<'a> {
        let mut judged = Judged { verdict: Cow::Borrowed(verdict), attested_until: None, waivers: Vec::new(), waived_until: None };
        if let Some(word) = self.word(applying, check.id, now) {
            let attested = verdict.clone().attested(check.attestable, Some(word), now);
            if attested != *verdict {
                judged.attested_until = matches!(attested, Verdict::Pass(_)).then_some(word.until);
                judged.verdict = Cow::Owned(attested);
            }
        }
        if let Verdict::Fail(findings) = judged.verdict.as_ref() {
            let cover = |finding| self.cover(applying, check.id, place, finding, now);
            let mut waivers: Vec<Option<usize>> = findings.iter().map(|finding| cover(Some(finding))).collect();
            if findings.is_empty() {
                // What fails is not known any more: only a waiver of all resources is sure to cover it.
                waivers.push(cover(None));
            }
            if !waivers.is_empty() && waivers.iter().all(Option::is_some) {
                judged.waived_until = waivers.iter().flatten().map(|&index| self.waivers[index].end()).min();
            }
            if waivers.iter().any(Option::is_some) {
                judged.waivers = waivers;
            }
        }
        judged
    }

    /// The attestation to go by: one that holds, the longest; else the one that ended last.
    fn word(&self, applying: &Applying, check: CheckId, now: Timestamp) -> Option<&Attestation> {
        let words = applying.attestations.iter().filter_map(|&index| self.attestations.get(index));
        words.filter(|attested| attested.check == check).map(|attested| &attested.word).max_by_key(|word| (word.holds(now), word.until))
    }

    /// The waiver of a finding that holds longest; without one, of whatever is found.
    fn cover(&self, applying: &Applying, check: CheckId, place: &Place, finding: Option<&Finding>, now: Timestamp) -> Option<usize> {
        let waivers = applying.waivers.iter().filter_map(|&index| Some((index, self.waivers.get(index)?)));
        let covering = waivers.filter(|(_, waiver)| {
            waiver.checks.contains(&check)
                && (waiver.place)(place)
                && waiver.resource.as_ref().is_none_or(|fits| finding.is_some_and(fits))
                && waiver.holds(now)
        });
        covering.max_by_key(|(_, waiver)| waiver.end()).map(|(index, _)| index)
    }
}

impl Waiver {
    /// Whether it holds at a moment.
    pub fn holds(&self, now: Timestamp) -> bool {
        now < self.end()
    }

    fn end(&self) -> Timestamp {
        self.expires.unwrap_or(Timestamp::MAX)
    }
}

impl fmt::Debug for Exceptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} waivers, {} attestations", self.waivers.len(), self.attestations.len())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use orgsweep_model::{AccountState, Blind, BlindReason, Cadence, OuPath, Scope, Severity, check::Attestable};

    use super::*;

    const CHECK: CheckId = CheckId("vpc-default-absent");

    fn entry(attestable: Attestable) -> CheckEntry {
        CheckEntry { id: CHECK, title: "", severity: Severity::Low, scope: Scope::Region, cadence: Cadence::Daily, attestable }
    }

    fn account() -> Account {
        Account {
            id: "111122223333".parse().unwrap(),
            name: String::new(),
            ou_path: OuPath::default(),
            state: AccountState::Active,
            tags: BTreeMap::new(),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn waiver(resource: Option<&'static str>, expires: Option<&str>) -> Waiver {
        Waiver {
            checks: vec![CHECK],
            account: Box::new(|_| true),
            place: Box::new(|place| *place == Place::Region("eu-west-1".parse().unwrap())),
            resource: resource.map(|id| -> Test<Finding> { Box::new(move |finding| finding.resource == id) }),
            reason: "being moved".to_owned(),
            owner: None,
            ticket: None,
            expires: expires.map(at),
            written: "waivers.yaml:1".to_owned(),
        }
    }

    fn judge<'a>(waivers: Vec<Waiver>, region: &str, verdict: &'a Verdict, now: &str) -> Judged<'a> {
        let exceptions = Exceptions { waivers, attestations: Vec::new() };
        let place = Place::Region(region.parse().unwrap());
        exceptions.judge(&exceptions.applying(&account()), &entry(Attestable::No), &place, verdict, at(now))
    }

    fn two_vpcs() -> Verdict {
        Verdict::Fail(["vpc-1", "vpc-2"].map(|id| Finding::new(id, "observed a default VPC, wanted none")).to_vec())
    }

    #[test]
    fn a_failure_is_waived_when_every_finding_is() {
        let verdict = two_vpcs();
        let one = judge(vec![waiver(Some("vpc-1"), None)], "eu-west-1", &verdict, "2026-03-01T00:00:00Z");
        assert_eq!((one.status(), one.waivers.as_slice()), ("fail", [Some(0), None].as_slice()));
        let ends = Some("2026-06-01T00:00:00Z");
        let both = vec![waiver(Some("vpc-1"), None), waiver(Some("vpc-2"), ends)];
        let both = judge(both, "eu-west-1", &verdict, "2026-03-01T00:00:00Z");
        assert_eq!((both.status(), both.waived_until), ("waived", ends.map(at)));
        let elsewhere = judge(vec![waiver(None, None)], "us-east-1", &verdict, "2026-03-01T00:00:00Z");
        assert_eq!((elsewhere.status(), elsewhere.waivers.len()), ("fail", 0));
    }

    #[test]
    fn a_waiver_ends_when_it_says() {
        let (verdict, ends) = (two_vpcs(), Some("2026-06-01T00:00:00Z"));
        for (now, status) in [("2026-05-31T23:59:59Z", "waived"), ("2026-06-01T00:00:00Z", "fail")] {
            assert_eq!(judge(vec![waiver(None, ends)], "eu-west-1", &verdict, now).status(), status, "{now}");
        }
    }

    #[test]
    fn only_failures_are_waived() {
        for verdict in [Verdict::pass("fine"), Verdict::Unknown(Blind::new(BlindReason::IamDeny, "denied"))] {
            let judged = judge(vec![waiver(None, None)], "eu-west-1", &verdict, "2026-03-01T00:00:00Z");
            assert_eq!(judged.status(), verdict.status());
        }
    }

    #[test]
    fn the_word_that_holds_longest_counts_and_an_ended_one_says_so() {
        let word = |by: &str, until: &str| AttestedCheck {
            check: CHECK,
            account: Box::new(|_| true),
            word: Attestation { by: by.to_owned(), on: at("2026-01-01T00:00:00Z"), until: at(until), evidence: None },
        };
        let attestations =
            vec![word("Ana", "2026-02-01T00:00:00Z"), word("Ben", "2026-06-01T00:00:00Z"), word("Cy", "2026-04-01T00:00:00Z")];
        let exceptions = Exceptions { waivers: Vec::new(), attestations };
        let unknown = Verdict::Unknown(Blind::new(BlindReason::NeedsAttestation, "no API shows it"));
        let judge = |now: &str| {
            exceptions.judge(&exceptions.applying(&account()), &entry(Attestable::WhenUnknown), &Place::Global, &unknown, at(now))
        };
        let judged = judge("2026-03-01T00:00:00Z");
        assert_eq!((judged.status(), judged.attested_until), ("pass", Some(at("2026-06-01T00:00:00Z"))));
        assert!(judged.verdict.reason().contains("Ben"));
        let judged = judge("2026-07-01T00:00:00Z");
        assert_eq!((judged.status(), judged.attested_until), ("unknown", None));
        assert!(judged.verdict.reason().contains("Ben ended after 2026-05-31"), "{}", judged.verdict.reason());
    }
}
