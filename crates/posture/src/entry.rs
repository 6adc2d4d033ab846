//! What the board knows of one target: the two rules of honesty are here.

use orgsweep_model::{BlindReason, Verdict};

/// Before every report. Times are seconds since 1970.
pub(crate) const NEVER: i64 = i64::MIN;

/// What stands of a target, whatever the newest evaluation saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// Never decided, or decided too long ago to count.
    #[default]
    Undecided,
    /// The last decided verdict, and still valid.
    Pass,
    /// The last decided verdict.
    Fail,
    /// The last decided verdict, and still valid.
    NotApplicable,
}

impl Standing {
    /// The word in the API, the log and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Undecided => "unknown",
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NotApplicable => "not_applicable",
        }
    }

    /// What a word means.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Undecided, Self::Pass, Self::Fail, Self::NotApplicable].into_iter().find(|standing| standing.as_str() == word)
    }
}

/// What the board knows of one target. There are millions: keep it small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// When what stands began.
    pub since: i64,
    /// As of when the last decided verdict is, even if it does not count any more.
    pub confirmed_at: i64,
    /// As of when the newest evaluation is.
    pub evaluated_at: i64,
    /// How many resources fail; 0 unless a failure stands.
    pub findings: u32,
    /// What stands.
    pub standing: Standing,
    /// Why the newest evaluation was blind, if it was.
    pub blind: Option<BlindReason>,
}

const _: () = assert!(size_of::<Entry>() <= 32);

impl Default for Entry {
    fn default() -> Self {
        Self { since: NEVER, confirmed_at: NEVER, evaluated_at: NEVER, findings: 0, standing: Standing::Undecided, blind: None }
    }
}

impl Entry {
    /// Takes in a verdict that is as of `at`. What is known to be newer is left as it is, so that reports may come in any order. Returns
    /// whether it is what stands now.
    pub fn apply(&mut self, verdict: &Verdict, at: i64) -> bool {
        let decided = match verdict {
            Verdict::Unknown(blind) => {
                if at >= self.evaluated_at {
                    self.blind = Some(blind.reason);
                    self.evaluated_at = at;
                }
                return false;
            }
            Verdict::Pass(_) => Standing::Pass,
            Verdict::Fail(_) => Standing::Fail,
            Verdict::NotApplicable(_) => Standing::NotApplicable,
        };
        let newest = at >= self.confirmed_at;
        if newest {
            if self.standing != decided {
                self.standing = decided;
                self.since = at;
            }
            self.findings = u32::try_from(verdict.findings().len()).unwrap_or(u32::MAX);
            self.confirmed_at = at;
        }
        if at >= self.evaluated_at {
            self.blind = None;
            self.evaluated_at = at;
        }
        newest
    }

    /// The last moment at which what stands counts, if it does not count for ever. A failure does.
    pub fn valid_until(&self, validity: i64) -> Option<i64> {
        match self.standing {
            Standing::Pass | Standing::NotApplicable => Some(self.confirmed_at.saturating_add(validity)),
            Standing::Fail | Standing::Undecided => None,
        }
    }

    /// What two know together of one target: what was decided last, and what was evaluated last. Whether the decided part is `other`'s.
    #[must_use]
    pub fn merged(self, other: Self) -> (Self, bool) {
        let others = other.confirmed_at >= self.confirmed_at;
        let (decided, older) = if others { (other, self) } else { (self, other) };
        let evaluated = if other.evaluated_at >= self.evaluated_at { other } else { self };
        // How long a failure stands, the older one may know better.
        let both = decided.standing == Standing::Fail && older.standing == Standing::Fail;
        let since = if both { decided.since.min(older.since) } else { decided.since };
        (Self { since, evaluated_at: evaluated.evaluated_at, blind: evaluated.blind, ..decided }, others)
    }

    /// The same, seen no later. When it began is left as it is: it may be the clock of this moment that is wrong.
    #[must_use]
    pub fn not_after(self, latest: i64) -> Self {
        Self { confirmed_at: self.confirmed_at.min(latest), evaluated_at: self.evaluated_at.min(latest), ..self }
    }

    /// What stands was vouched for by a word that has ended.
    pub fn retract(&mut self, reason: BlindReason) {
        self.expire();
        self.blind = Some(reason);
    }

    /// What stands counts no more. When it was decided stays known, so that a report from before cannot slip in.
    pub fn expire(&mut self) {
        self.standing = Standing::Undecided;
        self.since = NEVER;
    }
}

#[cfg(test)]
mod tests {
    use orgsweep_model::{Blind, Finding};

    use super::*;

    fn fail(findings: usize) -> Verdict {
        Verdict::Fail((0..findings).map(|n| Finding::new(format!("r{n}"), "observed off, wanted on")).collect())
    }

    fn blind(reason: BlindReason) -> Verdict {
        Verdict::Unknown(Blind::new(reason, ""))
    }

    fn after(verdicts: &[(i64, Verdict)]) -> Entry {
        let mut entry = Entry::default();
        for (at, verdict) in verdicts {
            entry.apply(verdict, *at);
        }
        entry
    }

    #[test]
    fn since_is_when_the_status_began_not_when_it_was_last_confirmed() {
        let entry = after(&[(10, Verdict::pass("")), (20, fail(2)), (30, fail(3))]);
        assert_eq!((entry.standing, entry.since, entry.findings), (Standing::Fail, 20, 3));
        let entry = after(&[(20, fail(2)), (30, Verdict::pass(""))]);
        assert_eq!((entry.standing, entry.since, entry.findings), (Standing::Pass, 30, 0));
    }

    #[test]
    fn a_standing_verdict_outlives_blindness_and_the_reason_follows_the_newest_evaluation() {
        let entry = after(&[(10, fail(2)), (20, blind(BlindReason::Timeout)), (30, blind(BlindReason::ScpDeny))]);
        assert_eq!((entry.standing, entry.since, entry.findings, entry.blind), (Standing::Fail, 10, 2, Some(BlindReason::ScpDeny)));
        let entry = after(&[(20, blind(BlindReason::Timeout)), (30, Verdict::pass(""))]);
        assert_eq!((entry.standing, entry.blind), (Standing::Pass, None));
    }

    #[test]
    fn reports_in_any_order_leave_the_same_standing_and_the_same_blindness() {
        let verdicts = [(10, Verdict::pass("")), (20, fail(1)), (30, blind(BlindReason::Timeout))];
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            assert_eq!(after(&order.map(|n: usize| verdicts[n].clone())), after(&verdicts), "{order:?}");
        }
    }

    #[test]
    fn only_what_has_to_be_renewed_expires() {
        assert_eq!(after(&[(10, Verdict::pass(""))]).valid_until(5), Some(15));
        assert_eq!(after(&[(10, Verdict::not_applicable(""))]).valid_until(5), Some(15));
        assert_eq!(after(&[(10, fail(1))]).valid_until(5), None);
        assert_eq!(after(&[(10, blind(BlindReason::Timeout))]).valid_until(5), None);
        assert_eq!(
            after(&[(10, Verdict::pass("")), (20, blind(BlindReason::Timeout))]).valid_until(5),
            Some(15),
            "blindness renews nothing"
        );
    }

    #[test]
    fn two_that_are_merged_know_what_either_saw_last() {
        let failed = after(&[(10, fail(2))]);
        let blinded = after(&[(20, blind(BlindReason::RoleMissing))]);
        let both = after(&[(10, fail(2)), (20, blind(BlindReason::RoleMissing))]);
        assert_eq!((blinded.merged(failed), failed.merged(blinded)), ((both, true), (both, false)));
        let passed = after(&[(5, Verdict::pass("")), (30, blind(BlindReason::Timeout))]);
        let (merged, others) = failed.merged(passed);
        assert_eq!(
            (merged.standing, merged.since, merged.evaluated_at, merged.blind, others),
            (Standing::Fail, 10, 30, passed.blind, false)
        );
        let still = after(&[(40, fail(1))]);
        assert_eq!(still.merged(failed), (Entry { since: 10, ..still }, false));
    }

    #[test]
    fn a_report_from_before_an_expired_pass_does_not_slip_in() {
        let mut entry = after(&[(10, Verdict::pass(""))]);
        entry.expire();
        entry.apply(&fail(1), 9);
        assert_eq!(entry.standing, Standing::Undecided);
        entry.apply(&Verdict::pass(""), 50);
        assert_eq!((entry.standing, entry.since), (Standing::Pass, 50), "a renewed pass begins anew");
    }
}
