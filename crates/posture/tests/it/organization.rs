//! What is expected, and what leaves.

use orgsweep_model::{AccountState, BlindReason, Cadence, Organization, Scope};
use orgsweep_posture::{Board, Coverage};

use crate::support::*;

#[test]
fn coverage_counts_what_is_expected_before_anything_is_swept() {
    let board = Board::new(config());
    assert_eq!(series(&board, "coverage_ratio"), [""; 0], "nothing is expected yet");
    board.set_organization(&organization(&[1, 2]), &regions(&[EAST, WEST]), time(0));
    assert_eq!(board.coverage(), Coverage { decided: 0, expected: 10 });
    assert_eq!(series(&board, "coverage_ratio"), ["0"]);
    assert_eq!(verdicts(&board, REGION_CHECK), [0, 0, 0, 0, 4]);
    assert_eq!(verdicts(&board, ACCOUNT_CHECK), [0, 0, 0, 0, 2]);
}

#[test]
fn coverage_asks_the_newest_evaluation() {
    let board = board();
    Sweep::of(1, 1000).global(ACCOUNT_CHECK, fail(1)).region(EAST, REGION_CHECK, pass()).commit(&board);
    assert_eq!(board.coverage(), Coverage { decided: 2, expected: 6 });
    Sweep::of(1, 2000).global(ACCOUNT_CHECK, unknown(BlindReason::IamDeny)).commit(&board);
    assert_eq!(board.coverage(), Coverage { decided: 1, expected: 6 });
    Sweep::of(1, 3000).global(ACCOUNT_CHECK, unknown(BlindReason::NeedsAttestation)).commit(&board);
    assert_eq!(board.coverage(), Coverage { decided: 1, expected: 5 });
    assert_eq!(series(&board, "coverage_ratio"), ["0.2"]);
}

#[test]
fn an_accounts_own_regions_replace_the_assumed_ones() {
    let board = board();
    Sweep::of(1, 1000).regions(&[EAST, WEST]).commit(&board);
    assert_eq!(board.coverage().expected, 8);
    board.set_organization(&organization(&[1, 2]), &[], time(0));
    assert_eq!(board.coverage().expected, 6, "only of account 2 were they assumed");
}

#[test]
fn a_region_leaves_when_a_report_lists_the_regions_without_it() {
    let board = board();
    let sweep = |at| Sweep::of(1, at).region(EAST, REGION_CHECK, fail(1)).region(WEST, REGION_CHECK, fail(1));
    sweep(1000).regions(&[EAST, WEST]).commit(&board);
    Sweep::of(1, 2000).commit(&board);
    assert_eq!(series(&board, "check_compliant").len(), 2, "regions that could not be listed leave nothing behind");
    Sweep::of(1, 3000).regions(&[EAST]).commit(&board);
    assert_eq!(series(&board, "check_compliant"), [r#"{account_id="1",aws_region="us-east-1",check="ebs-encryption"} 0"#]);
    sweep(3500).commit(&board);
    assert_eq!(series(&board, "check_compliant").len(), 1, "a sweep of a region that is not listed does not bring it back");
}

#[test]
fn an_account_leaves_with_the_listing_and_returns_empty() {
    let board = board();
    for id in [1, 2] {
        Sweep::of(id, 1000).global(ACCOUNT_CHECK, fail(1)).commit(&board);
    }
    board.set_organization(&organization(&[2]), &regions(&[EAST]), time(0));
    assert_eq!(series(&board, "check_compliant"), [r#"{account_id="2",aws_region="global",check="root-mfa"} 0"#]);
    assert_eq!(verdicts(&board, ACCOUNT_CHECK), [0, 1, 0, 0, 0]);
    board.set_organization(&organization(&[1, 2]), &regions(&[EAST]), time(0));
    assert_eq!(verdicts(&board, ACCOUNT_CHECK), [0, 1, 0, 0, 1]);
    board.set_organization(&Organization::default(), &[], time(0));
    assert!(series(&board, "check_compliant").is_empty());
    assert!(series(&board, "coverage_ratio").is_empty());
}

#[test]
fn the_organizations_checks_are_expected_once() {
    let mut config = config();
    config.checks.push(check(ORG_CHECK, Scope::Organization, Cadence::Daily));
    let board = board_with(config);
    assert_eq!(verdicts(&board, ORG_CHECK), [0, 0, 0, 0, 1]);
    Sweep::of(2, 1000).global(ORG_CHECK, pass()).commit(&board);
    assert_eq!(verdicts(&board, ORG_CHECK), [0, 0, 0, 0, 1], "only the management account answers them");
    Sweep::of(1, 1000).global(ORG_CHECK, fail(1)).commit(&board);
    assert_eq!(verdicts(&board, ORG_CHECK), [0, 1, 0, 0, 0]);
    assert_eq!(series(&board, "check_compliant"), [r#"{account_id="1",aws_region="global",check="org-trail"} 0"#]);

    // Another management account: what the former one said is gone.
    let mut other = organization(&[1, 2]);
    other.management_account_id = Some(account_id(2));
    board.set_organization(&other, &regions(&[EAST]), time(0));
    assert_eq!(verdicts(&board, ORG_CHECK), [0, 0, 0, 0, 1]);
    assert!(series(&board, "check_compliant").is_empty());

    // None: nobody answers, and it shows.
    other.management_account_id = None;
    board.set_organization(&other, &regions(&[EAST]), time(0));
    assert_eq!(verdicts(&board, ORG_CHECK), [0, 0, 0, 0, 1]);
    assert_eq!(board.coverage().expected, 7);
}

#[test]
fn reachability_shows_once_known() {
    let board = board();
    assert!(series(&board, "account_reachable").is_empty());
    Sweep::of(1, 1000).commit(&board);
    Sweep::of(2, 1000).unreachable().commit(&board);
    assert_eq!(series(&board, "account_reachable"), [r#"{account_id="1"} 1"#, r#"{account_id="2"} 0"#]);
}

#[test]
fn accounts_are_described_and_counted_by_state() {
    let mut config = config();
    config.account_labels = vec!["team".into(), "cost-center".into(), "cost_center".into()];
    let board = Board::new(config);
    let mut listing = organization(&[1, 2]);
    listing.accounts[0].ou_path.names = vec!["Workloads".into(), "Production".into()];
    listing.accounts[0].tags = [("cost_center".into(), "42".into()), ("unasked".into(), "x".into())].into();
    listing.accounts[1].name = "a\\b \"c\"\nd".into();
    listing.accounts[1].state = AccountState::Suspended;
    board.set_organization(&listing, &[], time(0));
    assert_eq!(
        series(&board, "account_info"),
        [
            r#"{account_id="1",account_name="account 1",ou_path="/Workloads/Production",state="ACTIVE",tag_cost_center="42",tag_team=""} 1"#,
            r#"{account_id="2",account_name="a\\b \"c\"\nd",ou_path="/",state="SUSPENDED",tag_cost_center="",tag_team=""} 1"#,
        ]
    );
    let states = series(&board, "accounts");
    assert_eq!(states.len(), 6);
    assert!(states.contains(&r#"{state="ACTIVE"} 1"#.to_owned()) && states.contains(&r#"{state="CLOSED"} 0"#.to_owned()), "{states:?}");
}
