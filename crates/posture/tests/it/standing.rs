//! What stands of a target through blindness, time and reports out of order.

use std::sync::Arc;

use orgsweep_model::{Attestation, BlindReason, Cadence, CheckId, Place};
use orgsweep_posture::{AttestedCheck, Board, BoardConfig, Exceptions, Waiver};

use crate::support::*;

#[test]
fn a_pass_and_a_failure_show() {
    let board = board();
    Sweep::of(1, 1000).region(EAST, REGION_CHECK, fail(3)).global(ACCOUNT_CHECK, pass()).commit(&board);
    assert_eq!(
        series(&board, "check_compliant"),
        [
            r#"{account_id="1",aws_region="global",check="root-mfa"} 1"#,
            r#"{account_id="1",aws_region="us-east-1",check="ebs-encryption"} 0"#
        ]
    );
    assert_eq!(series(&board, "check_failing_resources"), [r#"{account_id="1",aws_region="us-east-1",check="ebs-encryption"} 3"#]);
    assert_eq!(
        series(&board, "check_failing_since_timestamp_seconds"),
        [r#"{account_id="1",aws_region="us-east-1",check="ebs-encryption"} 1000"#]
    );
    assert_eq!(
        series(&board, "check_last_evaluated_timestamp_seconds"),
        [
            r#"{account_id="1",aws_region="global",cadence="daily"} 1000"#,
            r#"{account_id="1",aws_region="us-east-1",cadence="standard"} 1000"#
        ]
    );
}

#[test]
fn a_check_that_is_asked_between_times_is_not_its_cadence_s_sweep() {
    let board = board();
    Sweep::of(1, 1000).region(EAST, REGION_CHECK, fail(3)).commit(&board);
    Sweep::of(1, 2000).cadences(&[Cadence::Frequent]).region(EAST, REGION_CHECK, pass()).commit(&board);
    assert_eq!(series(&board, "check_compliant"), [r#"{account_id="1",aws_region="us-east-1",check="ebs-encryption"} 1"#]);
    assert_eq!(
        series(&board, "check_last_evaluated_timestamp_seconds"),
        [r#"{account_id="1",aws_region="us-east-1",cadence="standard"} 1000"#]
    );
}

#[test]
fn a_failure_stands_through_blindness_and_any_time_until_it_is_seen_mended() {
    let board = board();
    Sweep::of(1, 1000).region(EAST, REGION_CHECK, fail(2)).commit(&board);
    Sweep::of(1, 2000).region(EAST, REGION_CHECK, unknown(BlindReason::IamDeny)).commit(&board);
    assert_eq!(board.expire(time(1_000_000)), None);

    assert_eq!(series(&board, "check_compliant"), [r#"{account_id="1",aws_region="us-east-1",check="ebs-encryption"} 0"#]);
    assert_eq!(
        series(&board, "check_failing_since_timestamp_seconds"),
        [r#"{account_id="1",aws_region="us-east-1",check="ebs-encryption"} 1000"#]
    );
    assert_eq!(series(&board, "check_unknown"), [r#"{account_id="1",aws_region="us-east-1",check="ebs-encryption",reason="iam_deny"} 1"#]);
    assert_eq!(
        series(&board, "check_last_evaluated_timestamp_seconds"),
        [r#"{account_id="1",aws_region="us-east-1",cadence="standard"} 1000"#],
        "a blind sweep evaluated nothing"
    );
    assert_eq!(verdicts(&board, REGION_CHECK), [0, 1, 0, 0, 1]);

    Sweep::of(1, 3000).region(EAST, REGION_CHECK, pass()).commit(&board);
    assert_eq!(series(&board, "check_compliant"), [r#"{account_id="1",aws_region="us-east-1",check="ebs-encryption"} 1"#]);
    assert!(series(&board, "check_failing_since_timestamp_seconds").is_empty());
    assert!(series(&board, "check_unknown").is_empty());
}

#[test]
fn a_pass_that_is_not_confirmed_in_time_goes() {
    let board = board();
    Sweep::of(1, 1000).region(EAST, REGION_CHECK, pass()).global(ACCOUNT_CHECK, pass()).commit(&board);
    Sweep::of(1, 1200).region(EAST, REGION_CHECK, unknown(BlindReason::Timeout)).commit(&board);

    let first = time(1000 + STANDARD_VALID + 1);
    let second = time(1000 + DAILY_VALID + 1);
    assert_eq!(board.expire(time(1000 + STANDARD_VALID)), Some(first), "valid to the last second");
    assert_eq!(series(&board, "check_compliant").len(), 2);

    assert_eq!(board.expire(first), Some(second));
    assert_eq!(series(&board, "check_compliant"), [r#"{account_id="1",aws_region="global",check="root-mfa"} 1"#]);
    assert_eq!(series(&board, "check_unknown").len(), 1, "the newest evaluation is still blind");
    assert_eq!(verdicts(&board, REGION_CHECK), [0, 0, 0, 0, 2]);

    assert_eq!(board.expire(second), None);
    assert!(series(&board, "check_compliant").is_empty());
    assert_eq!(verdicts(&board, ACCOUNT_CHECK), [0, 0, 0, 0, 2]);
    assert_eq!(board.coverage().decided, 0);
}

#[test]
fn one_pass_goes_without_the_next() {
    let board = board();
    Sweep::of(1, 1000).regions(&[EAST, WEST]).region(EAST, REGION_CHECK, pass()).commit(&board);
    Sweep::of(1, 1001).region(WEST, REGION_CHECK, pass()).commit(&board);
    assert_eq!(board.expire(time(1001 + STANDARD_VALID)), Some(time(1001 + STANDARD_VALID + 1)));
    assert_eq!(series(&board, "check_compliant"), [r#"{account_id="1",aws_region="us-west-2",check="ebs-encryption"} 1"#]);
}

#[test]
fn a_confirmed_pass_counts_from_its_confirmation() {
    let board = board();
    Sweep::of(1, 1000).region(EAST, REGION_CHECK, pass()).commit(&board);
    Sweep::of(1, 1200).region(EAST, REGION_CHECK, pass()).commit(&board);
    assert_eq!(board.expire(time(1000 + STANDARD_VALID + 1)), Some(time(1200 + STANDARD_VALID + 1)));
    assert_eq!(verdicts(&board, REGION_CHECK), [1, 0, 0, 0, 1]);
}

#[test]
fn not_applicable_shows_nothing_and_has_to_be_renewed() {
    let board = board();
    Sweep::of(1, 1000).region(EAST, REGION_CHECK, not_applicable()).commit(&board);
    assert!(series(&board, "check_compliant").is_empty());
    assert_eq!(verdicts(&board, REGION_CHECK), [0, 0, 0, 1, 1]);

    Sweep::of(1, 1100).region(EAST, REGION_CHECK, unknown(BlindReason::Timeout)).commit(&board);
    assert_eq!(verdicts(&board, REGION_CHECK), [0, 0, 0, 1, 1]);
    assert_eq!(board.expire(time(1000 + STANDARD_VALID + 1)), None);
    assert_eq!(verdicts(&board, REGION_CHECK), [0, 0, 0, 0, 2]);
}

#[test]
fn a_target_never_decided_shows_only_why() {
    let board = board();
    Sweep::of(1, 1000).region(EAST, REGION_CHECK, unknown(BlindReason::ScpDeny)).commit(&board);
    assert!(series(&board, "check_compliant").is_empty());
    assert!(series(&board, "check_last_evaluated_timestamp_seconds").is_empty());
    assert_eq!(series(&board, "check_unknown"), [r#"{account_id="1",aws_region="us-east-1",check="ebs-encryption",reason="scp_deny"} 1"#]);
}

#[test]
fn an_older_report_does_not_overwrite_a_newer_one() {
    let board = board();
    Sweep::of(1, 2000).regions(&[EAST]).region(EAST, REGION_CHECK, fail(1)).commit(&board);
    let before = text(&board);
    Sweep::of(1, 1999).unreachable().regions(&[WEST]).region(EAST, REGION_CHECK, pass()).region(WEST, REGION_CHECK, pass()).commit(&board);
    assert_eq!(text(&board), before);
}

#[test]
fn an_older_decided_verdict_still_counts_where_all_that_is_newer_was_blind() {
    let board = board();
    Sweep::of(1, 2000).region(EAST, REGION_CHECK, unknown(BlindReason::Timeout)).commit(&board);
    Sweep::of(1, 1000).region(EAST, REGION_CHECK, fail(1)).commit(&board);
    assert_eq!(series(&board, "check_compliant"), [r#"{account_id="1",aws_region="us-east-1",check="ebs-encryption"} 0"#]);
    assert_eq!(series(&board, "check_unknown").len(), 1);
}

#[test]
fn verdicts_that_a_report_does_not_name_stay() {
    let board = board();
    Sweep::of(1, 1000).region(EAST, REGION_CHECK, fail(1)).region(EAST, OTHER_REGION_CHECK, pass()).commit(&board);
    Sweep::of(1, 1100).region(EAST, OTHER_REGION_CHECK, fail(1)).commit(&board);
    Sweep::of(2, 1100).region(EAST, REGION_CHECK, pass()).commit(&board);
    assert_eq!(verdicts(&board, REGION_CHECK), [1, 1, 0, 0, 0]);
    assert_eq!(verdicts(&board, OTHER_REGION_CHECK), [0, 1, 0, 0, 1]);
}

#[test]
fn verdicts_of_other_checks_or_about_other_places_are_ignored() {
    let board = board();
    let before = text(&board);
    Sweep::of(3, 1000).global(ACCOUNT_CHECK, fail(1)).commit(&board);
    assert_eq!(text(&board), before, "an account that is not in the organization");

    Sweep::of(1, 1000)
        .global("switched-off", fail(1))
        .global(REGION_CHECK, fail(1))
        .target(Place::Region(EAST.parse().unwrap()), ACCOUNT_CHECK, fail(1))
        .commit(&board);
    assert!(series(&board, "check_compliant").is_empty());
    assert!(series(&board, "check_last_evaluated_timestamp_seconds").is_empty());
}

/// One waiver of the regional check, of everything in one account, until a moment; and one word on the account check.
fn excepted(number: u64, until: i64) -> Board {
    let waiver = Waiver {
        checks: vec![CheckId(REGION_CHECK)],
        account: Box::new(move |account| account.id == account_id(number)),
        place: Box::new(|_| true),
        resource: None,
        reason: "being moved".to_owned(),
        owner: Some("ana".to_owned()),
        ticket: None,
        expires: Some(time(until)),
        written: "waivers.yaml:1".to_owned(),
    };
    let word = AttestedCheck {
        check: CheckId(ACCOUNT_CHECK),
        account: Box::new(|_| true),
        word: Attestation { by: "ben".to_owned(), on: time(0), until: time(until), evidence: None },
    };
    let exceptions = Exceptions { waivers: vec![waiver], attestations: vec![word] };
    board_with(BoardConfig { exceptions: Arc::new(exceptions), ..config() })
}

#[test]
fn a_waived_failure_is_still_a_failure_until_its_waiver_ends_and_counts_apart() {
    let board = excepted(1, 2000);
    Sweep::of(1, 1000).region(EAST, REGION_CHECK, fail(2)).commit(&board);
    Sweep::of(2, 1000).region(EAST, REGION_CHECK, fail(2)).commit(&board);
    let waived = [r#"{account_id="1",aws_region="us-east-1",check="ebs-encryption"} 1"#];
    assert_eq!(series(&board, "check_waived"), waived);
    assert_eq!(series(&board, "check_compliant").len(), 2, "both are still 0");
    assert_eq!(series(&board, "waiver_expiry_timestamp_seconds"), [r#"{check="ebs-encryption",owner="ana"} 2000"#]);
    assert_eq!((verdicts(&board, REGION_CHECK)[1..3].to_vec(), board.waiver_uses()), (vec![1, 1], vec![1]));
    assert_eq!(series(&board, "waivers_unused"), ["0"]);

    Sweep::of(1, 1500).region(EAST, REGION_CHECK, unknown(BlindReason::Timeout)).commit(&board);
    assert_eq!(series(&board, "check_waived"), waived, "blindness takes no waiver away");
    assert_eq!(board.expire(time(1999)), Some(time(2000)));
    assert_eq!(series(&board, "check_waived"), waived);
    board.expire(time(2000));
    assert_eq!(series(&board, "check_waived"), Vec::<String>::new());
    assert_eq!((verdicts(&board, REGION_CHECK)[1..3].to_vec(), board.waiver_uses()), (vec![2, 0], vec![0]));
    assert_eq!(series(&board, "waivers_unused"), ["1"]);
}

#[test]
fn what_is_mended_needs_no_waiver() {
    let board = excepted(1, 2000);
    Sweep::of(1, 1000).region(EAST, REGION_CHECK, fail(2)).commit(&board);
    Sweep::of(1, 1100).region(EAST, REGION_CHECK, pass()).commit(&board);
    assert_eq!(series(&board, "check_waived"), Vec::<String>::new());
    assert_eq!(board.waiver_uses(), [0]);
}

#[test]
fn a_word_stands_in_until_it_ends_and_then_the_target_waits_for_another() {
    let board = excepted(1, 1500);
    Sweep::of(1, 1000).global(ACCOUNT_CHECK, unknown(BlindReason::NeedsAttestation)).commit(&board);
    assert_eq!(series(&board, "check_compliant"), [r#"{account_id="1",aws_region="global",check="root-mfa"} 1"#]);
    assert_eq!(series(&board, "check_unknown"), Vec::<String>::new());
    board.expire(time(1500));
    assert_eq!(series(&board, "check_compliant"), Vec::<String>::new());
    let waiting = [r#"{account_id="1",aws_region="global",check="root-mfa",reason="needs_attestation"} 1"#];
    assert_eq!(series(&board, "check_unknown"), waiting);
}
