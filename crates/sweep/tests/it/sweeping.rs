use std::time::Duration;

use orgsweep_checks::RegisteredCheck;
use orgsweep_model::{AccountReport, BlindReason, Cadence, Verdict};

use crate::stage::{Panicky, Stage, named, place, program_check, stage};

const PATIENT: Duration = Duration::from_mins(1);

async fn sweep(stage: &Stage, id: &str) -> AccountReport {
    stage.sweeper.sweep(stage.account(id), &Cadence::ALL, false).await
}

fn verdict<'a>(report: &'a AccountReport, at: &str, check: &str) -> &'a Verdict {
    let target = report.targets.iter().find(|target| target.place == place(at)).unwrap_or_else(|| panic!("nothing in {at}"));
    let found = target.verdicts.iter().find(|(id, _)| id.as_str() == check);
    &found.unwrap_or_else(|| panic!("no verdict of {check} in {at}")).1
}

fn reason(verdict: &Verdict) -> Option<BlindReason> {
    verdict.blind().map(|blind| blind.reason)
}

#[tokio::test]
async fn a_panic_in_one_target_is_that_target_s_failure_alone() {
    static PANICKY: RegisteredCheck = RegisteredCheck::new::<Panicky>("tests", "panicky");
    let checks = vec![program_check(&PANICKY), named("ebs-default-encryption"), named("root-mfa-enabled")];
    let stage = stage(checks, Duration::ZERO, PATIENT).await;
    let report = sweep(&stage, "222222222222").await;
    assert_eq!(reason(verdict(&report, "eu-west-1", "panicky")), Some(BlindReason::AwsError));
    assert_eq!(reason(verdict(&report, "eu-west-1", "ebs-default-encryption")), Some(BlindReason::AwsError), "its facts went with it");
    assert_eq!(verdict(&report, "us-east-1", "panicky").status(), "pass");
    assert_eq!(verdict(&report, "us-east-1", "ebs-default-encryption").status(), "pass");
    assert_eq!(verdict(&report, "global", "root-mfa-enabled").status(), "pass");
    assert_eq!(stage.counted("orgsweep_sweeps_total", "panicked").to_string(), "1");
    assert_eq!(stage.counted("orgsweep_sweeps_total", "done").to_string(), "2");
}

#[tokio::test]
async fn what_does_not_answer_in_time_is_unknown() {
    let checks = vec![named("ebs-default-encryption"), named("root-mfa-enabled")];
    let stage = stage(checks, Duration::from_millis(300), Duration::from_millis(200)).await;
    let report = sweep(&stage, "222222222222").await;
    assert_eq!(report.unreachable.as_ref().map(|blind| blind.reason), Some(BlindReason::Timeout));
    assert_eq!(reason(verdict(&report, "global", "root-mfa-enabled")), Some(BlindReason::Timeout));
}

#[tokio::test]
async fn an_account_out_of_reach_is_unknown_everywhere_it_could_be() {
    let checks = vec![named("ebs-default-encryption"), named("root-mfa-enabled")];
    let stage = stage(checks, Duration::ZERO, PATIENT).await;
    stage.sweeper.learn_default_regions(&stage.organization).await;
    for (id, why) in [("444444444444", BlindReason::RoleMissing), ("333333333333", BlindReason::AccountSuspended)] {
        let report = sweep(&stage, id).await;
        assert_eq!(report.regions, None, "nobody said which regions it has");
        let places: Vec<&str> = report.targets.iter().map(|target| target.place.as_str()).collect();
        assert_eq!(places, ["global", "eu-west-1", "us-east-1"], "the organization's own default regions");
        assert!(report.targets.iter().flat_map(|target| &target.verdicts).all(|(_, verdict)| reason(verdict) == Some(why)), "{id}");
    }
}

#[tokio::test]
async fn a_cadence_asks_its_own_checks_only() {
    let stage = stage(vec![named("ebs-default-encryption"), named("vpc-default-absent")], Duration::ZERO, PATIENT).await;
    let report = stage.sweeper.sweep(stage.account("222222222222"), &[Cadence::Frequent], false).await;
    assert_eq!(verdict(&report, "eu-west-1", "ebs-default-encryption").status(), "fail");
    let checks: Vec<_> = report.targets.iter().flat_map(|target| &target.verdicts).map(|(check, _)| check.as_str()).collect();
    assert_eq!(checks, ["ebs-default-encryption"; 2]);
}
