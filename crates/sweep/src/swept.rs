//! What a sweep that has ended means for when the account is swept next.

use std::collections::BTreeMap;

use orgsweep_model::{AccountReport, BlindReason, Cadence, CheckId};

use crate::program::Program;

/// How a sweep ended, as far as the schedule cares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Swept {
    /// The account answered, but for these checks, for a reason that may pass.
    Answered { blind: Vec<(CheckId, Cadence)> },
    /// Nothing could be asked, and nothing is wrong with that: the account is suspended or closed.
    Suspended,
    /// There was no session, or no answer to any call.
    Failed,
}

impl Swept {
    /// What a report says. A refusal is an answer: who may not ask is told so again and again, and soon enough at the check's own cadence.
    pub fn of(report: &AccountReport, program: &Program) -> Self {
        match report.unreachable.as_ref().map(|blind| blind.reason) {
            Some(BlindReason::AccountSuspended) => return Self::Suspended,
            Some(_) => return Self::Failed,
            None => {}
        }
        let (mut answered, mut failed) = (false, false);
        let mut blind = BTreeMap::new();
        for (id, verdict) in report.targets.iter().flat_map(|target| &target.verdicts) {
            let passing = verdict.blind().is_some_and(|blind| may_pass(blind.reason));
            // Once one call was answered, only what is blind is of interest.
            if answered && !passing {
                continue;
            }
            let Some(check) = program.check(*id) else { continue };
            // A fact of the organization is another account's answer, and may decide alone. A check without facts asks nobody.
            let facts = check.check.facts;
            if !facts.is_empty() && !facts.iter().any(|kind| kind.spec().scope.is_shared()) {
                answered |= !passing;
                failed |= passing;
            }
            if passing {
                blind.insert(*id, check.cadence);
            }
        }
        if failed && !answered { Self::Failed } else { Self::Answered { blind: blind.into_iter().collect() } }
    }
}

/// Whether asking again soon may help. The role can only go missing here if it did during the sweep.
const fn may_pass(reason: BlindReason) -> bool {
    match reason {
        BlindReason::Throttled | BlindReason::Timeout | BlindReason::AwsError | BlindReason::RoleMissing => true,
        BlindReason::IamDeny
        | BlindReason::ScpDeny
        | BlindReason::RegionDisabled
        | BlindReason::AccountSuspended
        | BlindReason::NeedsAttestation
        | BlindReason::Truncated => false,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use orgsweep_checks::find;
    use orgsweep_model::{Blind, Place, TargetReport, Verdict};

    use super::*;
    use crate::program::ProgramCheck;

    const REGIONAL: &str = "ebs-default-encryption";
    const ACCOUNT: &str = "root-mfa-enabled";
    /// One of its facts is the organization's.
    const SHARED: &str = "access-analyzer-enabled";

    fn program() -> Program {
        let check = |id: &&str| {
            let check = find(id).unwrap();
            ProgramCheck { check: check.configure(None).unwrap(), cadence: check.meta.cadence }
        };
        Program::new([REGIONAL, ACCOUNT, SHARED].iter().map(check).collect())
    }

    fn blind(reason: BlindReason) -> Verdict {
        Verdict::Unknown(Blind::new(reason, ""))
    }

    fn swept(unreachable: Option<BlindReason>, verdicts: Vec<(&'static str, Verdict)>) -> Swept {
        let verdicts = verdicts.into_iter().map(|(id, verdict)| (CheckId(id), verdict)).collect();
        let report = AccountReport {
            account: "111111111111".parse().unwrap(),
            started_at: Timestamp::UNIX_EPOCH,
            finished_at: Timestamp::UNIX_EPOCH,
            cadences: Cadence::ALL.to_vec(),
            unreachable: unreachable.map(|reason| Blind::new(reason, "")),
            regions: None,
            targets: vec![TargetReport { place: Place::Global, verdicts, measures: Vec::new() }],
        };
        Swept::of(&report, &program())
    }

    #[test]
    fn an_account_out_of_reach_failed_unless_it_is_suspended() {
        assert_eq!(swept(Some(BlindReason::RoleMissing), vec![(ACCOUNT, blind(BlindReason::RoleMissing))]), Swept::Failed);
        assert_eq!(swept(Some(BlindReason::Timeout), vec![]), Swept::Failed);
        assert_eq!(swept(Some(BlindReason::AccountSuspended), vec![]), Swept::Suspended);
    }

    #[test]
    fn an_account_that_answers_no_call_failed() {
        let (late, error) = (blind(BlindReason::Timeout), blind(BlindReason::AwsError));
        assert_eq!(swept(None, vec![(REGIONAL, late.clone()), (ACCOUNT, error.clone())]), Swept::Failed);
        let with_shared = vec![(SHARED, Verdict::pass("")), (REGIONAL, late), (ACCOUNT, error)];
        assert_eq!(swept(None, with_shared), Swept::Failed, "the organization's answer is not the account's");
        assert_eq!(swept(None, vec![(SHARED, Verdict::pass(""))]), Swept::Answered { blind: vec![] }, "nothing of the account's was due");
    }

    #[test]
    fn one_answer_is_enough_and_a_refusal_is_one() {
        for answer in [Verdict::pass(""), Verdict::not_applicable(""), blind(BlindReason::IamDeny), blind(BlindReason::Truncated)] {
            for order in [[0, 1, 2], [2, 1, 0]] {
                let verdicts =
                    [(REGIONAL, blind(BlindReason::Throttled)), (ACCOUNT, answer.clone()), (REGIONAL, blind(BlindReason::Timeout))];
                let cadence = find(REGIONAL).unwrap().meta.cadence;
                let expected = Swept::Answered { blind: vec![(CheckId(REGIONAL), cadence)] };
                assert_eq!(swept(None, order.map(|n: usize| verdicts[n].clone()).to_vec()), expected, "{answer:?}");
            }
        }
    }

    #[test]
    fn what_was_refused_is_not_asked_again_soon() {
        let verdicts = vec![(REGIONAL, blind(BlindReason::ScpDeny)), (ACCOUNT, blind(BlindReason::IamDeny))];
        assert_eq!(swept(None, verdicts), Swept::Answered { blind: vec![] });
    }
}
