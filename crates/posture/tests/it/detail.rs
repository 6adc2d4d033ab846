//! The levels of detail.

use orgsweep_model::BlindReason;
use orgsweep_posture::{Board, Detail, Level};

use crate::support::*;

fn board_at(detail: Detail) -> Board {
    board_with(orgsweep_posture::BoardConfig { detail, ..config() })
}

#[test]
fn an_undecided_region_keeps_the_account_from_passing_but_not_from_failing() {
    let board = board_at(Detail::Account);
    let sweep = |at, region| Sweep::of(1, at).regions(&[EAST, WEST]).region(EAST, REGION_CHECK, pass()).region(WEST, REGION_CHECK, region);
    sweep(1000, unknown(BlindReason::IamDeny)).commit(&board);
    assert_eq!(series(&board, "check_compliant"), [""; 0], "one region was never seen");
    sweep(2000, pass()).commit(&board);
    assert_eq!(series(&board, "check_compliant"), [r#"{account_id="1",aws_region="all",check="ebs-encryption"} 1"#]);
    sweep(3000, unknown(BlindReason::IamDeny)).commit(&board);
    assert_eq!(series(&board, "check_compliant").len(), 1, "a pass that is still valid counts");
    Sweep::of(1, 4000).region(EAST, REGION_CHECK, fail(1)).commit(&board);
    assert_eq!(series(&board, "check_compliant"), [r#"{account_id="1",aws_region="all",check="ebs-encryption"} 0"#]);
}

#[test]
fn account_shows_the_worst_region() {
    let board = board_at(Detail::Account);
    Sweep::of(1, 1000)
        .regions(&[EAST, WEST])
        .global(ACCOUNT_CHECK, pass())
        .region(EAST, REGION_CHECK, pass())
        .region(WEST, REGION_CHECK, fail(2))
        .region(EAST, OTHER_REGION_CHECK, not_applicable())
        .region(WEST, OTHER_REGION_CHECK, pass())
        .commit(&board);
    assert_eq!(
        series(&board, "check_compliant"),
        [
            r#"{account_id="1",aws_region="global",check="root-mfa"} 1"#,
            r#"{account_id="1",aws_region="all",check="ebs-encryption"} 0"#,
            r#"{account_id="1",aws_region="all",check="default-vpc"} 1"#
        ]
    );
    Sweep::of(1, 2000)
        .region(EAST, REGION_CHECK, fail(3))
        .region(WEST, REGION_CHECK, unknown(BlindReason::Timeout))
        .region(EAST, OTHER_REGION_CHECK, unknown(BlindReason::Timeout))
        .region(WEST, OTHER_REGION_CHECK, unknown(BlindReason::IamDeny))
        .commit(&board);
    assert_eq!(series(&board, "check_failing_resources"), [r#"{account_id="1",aws_region="all",check="ebs-encryption"} 5"#]);
    assert_eq!(
        series(&board, "check_failing_since_timestamp_seconds"),
        [r#"{account_id="1",aws_region="all",check="ebs-encryption"} 1000"#],
        "the earliest"
    );
    assert_eq!(
        series(&board, "check_unknown"),
        [
            r#"{account_id="1",aws_region="all",check="ebs-encryption",reason="timeout"} 1"#,
            r#"{account_id="1",aws_region="all",check="default-vpc",reason="iam_deny"} 1"#,
            r#"{account_id="1",aws_region="all",check="default-vpc",reason="timeout"} 1"#
        ]
    );
    assert_eq!(
        series(&board, "check_last_evaluated_timestamp_seconds"),
        [
            r#"{account_id="1",aws_region="global",cadence="daily"} 1000"#,
            r#"{account_id="1",aws_region="all",cadence="standard"} 1000"#,
            r#"{account_id="1",aws_region="all",cadence="daily"} 1000"#
        ],
        "the oldest"
    );
    assert_eq!(verdicts(&board, REGION_CHECK), [0, 2, 0, 0, 1], "still by region");
}

#[test]
fn organization_shows_no_single_account_but_counts_all() {
    let board = board_at(Detail::Organization);
    Sweep::of(1, 1000).global(ACCOUNT_CHECK, fail(1)).region(EAST, REGION_CHECK, unknown(BlindReason::Timeout)).commit(&board);
    let text = text(&board);
    assert!(!text.contains("orgsweep_check_compliant{") && !text.contains("orgsweep_check_unknown{"), "{text}");
    assert!(!text.contains("aws_region="), "{text}");
    assert_eq!(series(&board, "account_reachable"), [r#"{account_id="1"} 1"#]);
    assert_eq!(series(&board, "account_info").len(), 2);
    assert_eq!(verdicts(&board, ACCOUNT_CHECK), [0, 1, 0, 0, 1]);
    assert_eq!(series(&board, "metrics_detail"), [r#"{detail="organization"} 1"#]);
}

#[test]
fn auto_becomes_coarser_before_the_maximum_is_passed_and_finer_when_there_is_room() {
    let regions = ["us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1"];
    let board = board_with(orgsweep_posture::BoardConfig { detail: Detail::Auto, max_series: 110, ..config() });
    assert_eq!(board.level(), Level::Region);
    let sweep = |id| {
        let sweep = Sweep::of(id, 1000).regions(&regions).global(ACCOUNT_CHECK, fail(1));
        regions.iter().fold(sweep, |sweep, region| sweep.region(region, REGION_CHECK, fail(1)).region(region, OTHER_REGION_CHECK, pass()))
    };
    let shown = |board: &Board| text(board).lines().filter(|line| !line.starts_with('#')).count();
    sweep(1).commit(&board);
    assert_eq!((board.level(), shown(&board) > 80), (Level::Region, true));
    sweep(2).commit(&board);
    assert_eq!(board.level(), Level::Account);
    assert_eq!(series(&board, "check_compliant").len(), 6, "both accounts are shown anew");
    assert!(shown(&board) <= 110);
    assert_eq!(series(&board, "metrics_detail"), [r#"{detail="account"} 1"#]);

    board.set_organization(&organization(&[2]), &[], time(0));
    assert_eq!(board.level(), Level::Region);
    assert_eq!(series(&board, "check_compliant").len(), 17);
}

#[test]
fn auto_foresees_what_an_unswept_organization_will_show() {
    let board = Board::new(orgsweep_posture::BoardConfig { detail: Detail::Auto, max_series: 100, ..config() });
    board.set_organization(&organization(&[1, 2, 3, 4, 5, 6, 7, 8, 9]), &regions(&[EAST, WEST]), time(0));
    assert_eq!(board.level(), Level::Organization);
}
