//! The database: what it gives back, and what becomes of the board when it cannot be used.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use orgsweep_model::{Attestation, BlindReason, Cadence, CheckId, Finding, Organization, Place, Verdict};
use orgsweep_posture::{
    AttestedCheck, Board, BoardConfig, Condition, Detail, Exceptions, HistoryFilter, Level, Store, StoreReader, StoreStatus, Waiver,
};
use rusqlite::Connection;

use crate::support::*;

const YEAR: Duration = Duration::from_hours(400 * 24);

/// A folder of its own that goes with the test.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("orgsweep-store-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub fn file(&self) -> PathBuf {
        self.0.join("orgsweep.db")
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Kept {
    board: Board,
    status: Arc<StoreStatus>,
    reader: StoreReader,
}

impl Kept {
    fn condition(&self) -> Condition {
        self.status.health().condition
    }

    fn keep_store(&self, now: i64) {
        self.board.keep_store(|_| organization(&[1, 2]), |_| true, time(now));
    }
}

/// A board that took up what the file holds.
pub fn restored(file: &Path, config: BoardConfig, now: i64) -> Board {
    open(file, config, now).board
}

fn open(file: &Path, config: BoardConfig, now: i64) -> Kept {
    let store = Store::new(file.to_path_buf(), YEAR, "program".to_owned(), time(now));
    let (status, reader) = (store.status(), store.reader());
    let board = Board::kept_in(config, store);
    board.restore(Clone::clone, |_| true, time(now));
    Kept { board, status, reader }
}

fn first(file: &Path) -> Kept {
    let kept = open(file, config(), 0);
    kept.board.set_organization(&organization(&[1, 2]), &regions(&[EAST]), time(0));
    kept
}

fn failing(board: &Board) -> Vec<String> {
    series(board, "check_failing_since_timestamp_seconds")
}

const FAILS_SINCE_1000: [&str; 1] = [r#"{account_id="1",aws_region="us-east-1",check="ebs-encryption"} 1000"#];

#[test]
fn a_restart_gives_everything_back() {
    let folder = Folder::new();
    let before = {
        let kept = first(&folder.file());
        Sweep::of(1, 1000).regions(&[EAST, WEST]).region(EAST, REGION_CHECK, fail(3)).global(ACCOUNT_CHECK, pass()).commit(&kept.board);
        Sweep::of(1, 1100)
            .region(EAST, REGION_CHECK, unknown(BlindReason::Throttled))
            .region(WEST, REGION_CHECK, pass())
            .commit(&kept.board);
        Sweep::of(2, 1200).unreachable().region(EAST, REGION_CHECK, unknown(BlindReason::RoleMissing)).commit(&kept.board);
        assert_eq!(kept.condition(), Condition::Ok);
        text(&kept.board)
    };
    let after = open(&folder.file(), config(), 1300);
    assert_eq!(text(&after.board), before);
    assert_eq!(failing(&after.board), FAILS_SINCE_1000);
    assert_eq!(after.board.expire(time(1300)), Some(time(1101 + STANDARD_VALID)), "what is to be renewed is still to be renewed");
}

#[test]
fn what_expired_or_left_does_not_come_back() {
    let folder = Folder::new();
    let before = {
        let kept = first(&folder.file());
        Sweep::of(1, 1000).region(EAST, REGION_CHECK, pass()).global(ACCOUNT_CHECK, fail(1)).commit(&kept.board);
        Sweep::of(2, 1000).region(EAST, REGION_CHECK, fail(1)).commit(&kept.board);
        kept.board.expire(time(1001 + STANDARD_VALID));
        kept.board.set_organization(&organization(&[1]), &regions(&[EAST]), time(2000));
        text(&kept.board)
    };
    let after = open(&folder.file(), config(), 2000);
    assert_eq!(text(&after.board), before);
    let history = after.reader.history(&HistoryFilter::default(), 10).unwrap();
    let told: Vec<_> = history
        .iter()
        .rev()
        .map(|line| (line.account.as_str(), line.check.as_str(), line.from.as_str(), line.to.as_str(), line.at))
        .collect();
    assert_eq!(
        told,
        [
            ("000000000001", ACCOUNT_CHECK, "unknown", "fail", 1000),
            ("000000000002", REGION_CHECK, "unknown", "fail", 1000),
            ("000000000001", REGION_CHECK, "pass", "unknown", 1001 + STANDARD_VALID),
            ("000000000002", REGION_CHECK, "fail", "removed", 2000),
        ]
    );
}

#[test]
fn a_pass_whose_time_ran_out_while_nothing_ran_is_let_go() {
    let folder = Folder::new();
    Sweep::of(1, 1000).region(EAST, REGION_CHECK, pass()).commit(&first(&folder.file()).board);
    let after = open(&folder.file(), config(), 1_000_000);
    after.board.expire(time(1_000_000));
    assert_eq!(verdicts(&after.board, REGION_CHECK), [0, 0, 0, 0, 2]);
}

#[test]
fn texts_and_history_are_there_for_those_who_ask() {
    let folder = Folder::new();
    let kept = first(&folder.file());
    Sweep::of(1, 1000).region(EAST, REGION_CHECK, fail(2)).commit(&kept.board);
    Sweep::of(1, 1100).region(EAST, REGION_CHECK, unknown(BlindReason::IamDeny)).commit(&kept.board);
    let target = (account_id(1), Place::Region(EAST.parse().unwrap()), CheckId(REGION_CHECK));
    let said = kept.reader.said(&[target.clone(), (account_id(2), Place::Global, CheckId(ACCOUNT_CHECK))], 100).unwrap();
    assert_eq!(said[0].findings.len(), 2);
    assert_eq!(said[0].reason.as_deref(), Some("2 resources fail; the first, r0: observed off, wanted on"));
    assert_eq!(said[0].blind_detail.as_deref(), Some("ec2:DescribeVpcs said no"));
    assert_eq!((said[0].confirmed_at, said[0].evaluated_at), (Some(1000), Some(1100)));
    assert_eq!(said[1], orgsweep_posture::Said::default());
    Sweep::of(1, 1200).region(EAST, REGION_CHECK, pass()).commit(&kept.board);
    let said = kept.reader.said(&[target], 100).unwrap();
    assert_eq!((said[0].findings.len(), said[0].blind_detail.as_deref()), (0, None));
    let mended = HistoryFilter { account: Some(account_id(1)), to: Some("pass".into()), ..HistoryFilter::default() };
    assert_eq!(kept.reader.history(&mended, 10).unwrap().len(), 1);
    assert_eq!(kept.reader.history(&HistoryFilter { since: Some(1201), ..mended }, 10).unwrap(), []);
}

#[test]
fn history_is_kept_for_its_time() {
    let folder = Folder::new();
    let kept = first(&folder.file());
    Sweep::of(1, 1000).region(EAST, REGION_CHECK, fail(1)).commit(&kept.board);
    let keep = i64::try_from(YEAR.as_secs()).unwrap();
    kept.keep_store(1000 + keep);
    assert_eq!(kept.reader.history(&HistoryFilter::default(), 10).unwrap().len(), 1);
    kept.keep_store(2000 + keep);
    assert_eq!(kept.reader.history(&HistoryFilter::default(), 10).unwrap().len(), 0);
    assert_eq!(failing(&kept.board), FAILS_SINCE_1000, "what stands is no history");
}

#[test]
fn a_corrupt_file_is_moved_aside_and_a_new_one_begun() {
    for spoil in [garbage, damage] {
        let folder = Folder::new();
        {
            let kept = first(&folder.file());
            for account in [1, 2] {
                Sweep::of(account, 1000).region(EAST, REGION_CHECK, fail(50)).commit(&kept.board);
            }
        }
        spoil(&folder.file());
        let kept = open(&folder.file(), config(), 2000);
        assert_eq!(kept.condition(), Condition::Ok);
        assert_eq!(kept.status.health().moved_aside, 1);
        assert!(folder.names().iter().any(|name| name.contains(".corrupt-")), "{:?}", folder.names());
        kept.board.set_organization(&organization(&[1, 2]), &regions(&[EAST]), time(2000));
        Sweep::of(1, 2000).region(EAST, REGION_CHECK, fail(1)).commit(&kept.board);
        let shown = text(&kept.board);
        drop(kept);
        assert_eq!(text(&restored(&folder.file(), config(), 2000)), shown);
    }
}

#[test]
fn a_file_that_is_found_corrupt_while_it_is_written_is_moved_aside_and_all_that_stands_is_in_the_new_one() {
    let folder = Folder::new();
    let kept = first(&folder.file());
    for account in [1, 2] {
        Sweep::of(account, 1000).region(EAST, REGION_CHECK, fail(300)).commit(&kept.board);
    }
    let other = Connection::open(folder.file()).unwrap();
    other.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let mut bytes = fs::read(folder.file()).unwrap();
    bytes[8192..].fill(0x5a);
    fs::write(folder.file(), bytes).unwrap();
    // What the board's own connection still has in its memory does not count after somebody else has written.
    other.execute_batch("PRAGMA user_version = 1").unwrap();
    drop(other);
    Sweep::of(1, 2000).region(EAST, REGION_CHECK, fail(2)).commit(&kept.board);
    assert_eq!(kept.status.health().moved_aside, 1, "{:?}", kept.status.health());
    kept.keep_store(2000);
    assert_eq!((kept.condition(), kept.status.health().behind), (Condition::Ok, 0), "{:?}", kept.status.health());
    let shown = text(&kept.board);
    assert_eq!(failing(&kept.board).len(), 2);
    drop(kept);
    assert_eq!(text(&restored(&folder.file(), config(), 2000)), shown);
}

fn garbage(file: &Path) {
    fs::write(file, "this is no database\n".repeat(1000)).unwrap();
}

/// Overwrites pages in the middle of the file.
fn damage(file: &Path) {
    // What is still in the journal comes into the file first.
    Connection::open(file).unwrap().pragma_update(None, "journal_mode", "DELETE").unwrap();
    let mut bytes = fs::read(file).unwrap();
    let length = bytes.len();
    bytes[8192..length - 4096].fill(0x5a);
    fs::write(file, bytes).unwrap();
}

#[test]
fn a_file_that_is_newer_or_anothers_is_left_alone_and_the_board_goes_on() {
    for (sql, condition) in [("PRAGMA user_version = 999", Condition::Newer), ("PRAGMA application_id = 7", Condition::Foreign)] {
        let folder = Folder::new();
        drop(first(&folder.file()));
        Connection::open(folder.file()).unwrap().execute_batch(sql).unwrap();
        let kept = first(&folder.file());
        Sweep::of(1, 1000).region(EAST, REGION_CHECK, fail(1)).commit(&kept.board);
        kept.keep_store(1000);
        assert_eq!(kept.condition(), condition);
        assert_eq!(failing(&kept.board), FAILS_SINCE_1000);
        let rows = |sql| Connection::open(folder.file()).unwrap().query_row::<i64, _, _>(sql, [], |row| row.get(0)).unwrap();
        assert_eq!(rows("SELECT count(*) FROM verdict"), 0, "nothing was written");
    }
}

#[test]
fn a_folder_that_is_not_there_yet_is_waited_for_and_then_everything_is_written() {
    let folder = Folder::new();
    let file = folder.0.join("volume/orgsweep.db");
    let kept = first(&file);
    Sweep::of(1, 1000).region(EAST, REGION_CHECK, fail(2)).commit(&kept.board);
    assert_eq!(kept.condition(), Condition::ReadOnly);
    fs::create_dir(folder.0.join("volume")).unwrap();
    kept.keep_store(1010);
    assert_eq!((kept.condition(), kept.status.health().behind), (Condition::Ok, 0));
    let shown = text(&kept.board);
    assert_eq!(kept.reader.history(&HistoryFilter::default(), 10).unwrap().len(), 1, "history is made up for");
    drop(kept);
    assert_eq!(text(&restored(&file, config(), 1010)), shown);
}

#[test]
fn two_processes_do_not_write_one_file_and_the_second_takes_over_what_the_first_knew() {
    let folder = Folder::new();
    let one = first(&folder.file());
    Sweep::of(1, 1000).region(EAST, REGION_CHECK, fail(1)).commit(&one.board);
    let two = first(&folder.file());
    assert_eq!(two.condition(), Condition::InUse);
    Sweep::of(1, 2000).region(EAST, REGION_CHECK, fail(1)).commit(&two.board);
    two.keep_store(2000);
    assert_eq!(two.condition(), Condition::InUse);
    drop(one);
    two.keep_store(2010);
    assert_eq!(two.condition(), Condition::Ok);
    assert_eq!(failing(&two.board), FAILS_SINCE_1000, "how long it fails was known to the first");
}

/// A file in which account 1 fails and account 2 passes, held by its first writer.
fn held(folder: &Folder) -> Kept {
    let held = first(&folder.file());
    Sweep::of(1, 1000).region(EAST, REGION_CHECK, fail(1)).commit(&held.board);
    Sweep::of(2, 1000).region(EAST, REGION_CHECK, pass()).commit(&held.board);
    held
}

#[test]
fn a_database_that_opens_before_there_is_a_listing_loses_nothing() {
    let folder = Folder::new();
    let one = held(&folder);
    let before = text(&one.board);
    let two = open(&folder.file(), config(), 1100);
    assert_eq!((two.condition(), failing(&two.board).len()), (Condition::InUse, 0));
    drop(one);
    let joined = two.board.keep_store(|listing| listing, |_| true, time(1110)).expect("what it holds is taken up");
    assert_eq!((joined.accounts.len(), two.condition()), (2, Condition::Ok));
    assert_eq!(text(&two.board), before);
    drop(two);
    assert_eq!(text(&restored(&folder.file(), config(), 1200)), before);
}

#[test]
fn a_database_that_opens_after_a_listing_brings_those_back_whom_that_did_not_show() {
    let folder = Folder::new();
    let one = held(&folder);
    let before = text(&one.board);
    let two = open(&folder.file(), config(), 1100);
    two.board.set_organization(&organization(&[2]), &regions(&[EAST]), time(1100));
    drop(one);
    let join = |listing: Organization| {
        assert_eq!(listing.accounts.len(), 2);
        organization(&[1, 2])
    };
    two.board.keep_store(join, |_| true, time(1110)).unwrap();
    assert_eq!(text(&two.board), before);
    // From then on, who leaves has left.
    two.board.set_organization(&organization(&[2]), &regions(&[EAST]), time(1200));
    assert_eq!(failing(&two.board).len(), 0);
    let removed = HistoryFilter { to: Some("removed".into()), ..HistoryFilter::default() };
    assert_eq!(two.reader.history(&removed, 10).unwrap().len(), 1);
    drop(two);
    assert_eq!(failing(&restored(&folder.file(), config(), 1300)).len(), 0);
}

#[test]
fn what_was_seen_before_a_database_opens_is_put_together_with_what_it_knows() {
    let folder = Folder::new();
    let one = held(&folder);
    let two = open(&folder.file(), config(), 1100);
    two.board.set_organization(&organization(&[1, 2]), &regions(&[EAST]), time(1100));
    // The role is gone in the one account, and the other fails meanwhile.
    Sweep::of(1, 1200).unreachable().region(EAST, REGION_CHECK, unknown(BlindReason::RoleMissing)).commit(&two.board);
    Sweep::of(2, 1200).region(EAST, REGION_CHECK, fail(1)).commit(&two.board);
    drop(one);
    two.keep_store(1210);
    let second = r#"{account_id="2",aws_region="us-east-1",check="ebs-encryption"} 1200"#;
    assert_eq!(failing(&two.board), [FAILS_SINCE_1000[0], second], "an outage ends no failure");
    assert_eq!(series(&two.board, "check_unknown").len(), 1);
    let shown = text(&two.board);
    let history = two.reader.history(&HistoryFilter::default(), 10).unwrap();
    let told: Vec<_> = history.iter().map(|line| (line.account.as_str(), line.from.as_str(), line.to.as_str(), line.at)).collect();
    assert_eq!(told, [("000000000002", "pass", "fail", 1200), ("000000000001", "unknown", "fail", 1000)]);
    drop(two);
    assert_eq!(text(&restored(&folder.file(), config(), 1300)), shown);
}

#[test]
fn a_database_that_was_only_read_and_can_be_written_again_has_each_change_once() {
    let folder = Folder::new();
    drop(held(&folder));
    // Nobody else can write while somebody does, but all can be read.
    let other = Connection::open(folder.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let kept = open(&folder.file(), config(), 1100);
    assert_eq!((kept.condition(), failing(&kept.board).len()), (Condition::InUse, 1));
    Sweep::of(1, 1200).region(EAST, REGION_CHECK, pass()).commit(&kept.board);
    kept.board.set_organization(&organization(&[1]), &regions(&[EAST]), time(1300));
    other.execute_batch("ROLLBACK").unwrap();
    kept.keep_store(1310);
    assert_eq!(kept.condition(), Condition::Ok);
    let history = kept.reader.history(&HistoryFilter::default(), 10).unwrap();
    let told: Vec<_> = history.iter().map(|line| (line.from.as_str(), line.to.as_str(), line.at)).collect();
    assert_eq!(told, [("fail", "pass", 1200), ("unknown", "fail", 1000)]);
    let shown = text(&kept.board);
    drop(kept);
    assert_eq!(text(&restored(&folder.file(), config(), 1400)), shown, "who left meanwhile does not come back");
}

#[test]
fn an_account_that_cannot_be_read_is_not_taken_for_one_of_which_nothing_is_known() {
    let folder = Folder::new();
    drop(held(&folder));
    let rename = |from: &str, to: &str| {
        Connection::open(folder.file()).unwrap().execute_batch(&format!("ALTER TABLE {from} RENAME TO {to}")).unwrap();
    };
    rename("finding", "elsewhere");
    let kept = open(&folder.file(), config(), 1100);
    assert_eq!(kept.condition(), Condition::Failing);
    kept.board.set_organization(&organization(&[1, 2]), &regions(&[EAST]), time(1100));
    Sweep::of(1, 1200).region(EAST, REGION_CHECK, unknown(BlindReason::Throttled)).commit(&kept.board);
    rename("elsewhere", "finding");
    kept.keep_store(1210);
    assert_eq!((kept.condition(), failing(&kept.board)), (Condition::Ok, vec![FAILS_SINCE_1000[0].to_owned()]));
}

#[test]
fn findings_of_another_failure_are_not_taken_for_those_of_one_that_could_not_be_written() {
    for (resource, waived) in [(Some("r0"), 0), (None, 1)] {
        let folder = Folder::new();
        let kept = first(&folder.file());
        Sweep::of(1, 1000).region(EAST, REGION_CHECK, fail(1)).commit(&kept.board);
        let other = Connection::open(folder.file()).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        Sweep::of(1, 1100).region(EAST, REGION_CHECK, fail(2)).commit(&kept.board);
        other.execute_batch("ROLLBACK").unwrap();
        kept.keep_store(1200);
        drop(kept);
        // Only r0 is waived, and r1 fails, too; or all that fails is.
        let after = restored(&folder.file(), with(vec![waiver(resource)], Vec::new()), 1300);
        assert_eq!((failing(&after).len(), series(&after, "check_waived").len()), (1, waived), "{resource:?}");
    }
}

#[test]
fn how_finely_the_metrics_are_cut_outlives_a_restart() {
    let folder = Folder::new();
    let auto = |max_series| BoardConfig { detail: Detail::Auto, max_series, ..config() };
    let kept = open(&folder.file(), auto(1), 0);
    kept.board.set_organization(&organization(&[1, 2]), &regions(&[EAST]), time(0));
    Sweep::of(1, 1000).region(EAST, REGION_CHECK, fail(1)).commit(&kept.board);
    kept.keep_store(1000);
    let level = kept.board.level();
    let finest = usize::try_from(kept.board.series()).unwrap() + 20;
    drop(kept);
    // A finer level fits, but with too little room to spare.
    assert_eq!(restored(&folder.file(), auto(finest), 1100).level(), level);
    assert_eq!(restored(&Folder::new().file(), auto(finest), 1100).level(), Level::Region);
}

#[test]
fn since_when_sweeps_ask_what_they_ask_outlives_restarts_and_another_program_begins_anew() {
    let folder = Folder::new();
    let asked = |program: &str, now| {
        let store = Store::new(folder.file(), YEAR, program.to_owned(), time(now));
        let board = Board::kept_in(config(), store);
        board.restore(Clone::clone, |_| true, time(now)).unwrap();
        board
    };
    let since = |program: &str, now| asked(program, now).asked_since();
    assert_eq!([since("one", 1000), since("one", 1100)], [Some(0); 2], "nothing was swept for anything else");
    assert_eq!([since("two", 1200), since("two", 1300)], [Some(1201); 2]);
    let board = asked("two", 1400);
    for (program, now, expected) in [("two", 1500, 1201), ("three", 1600, 1601), ("three", 1700, 1601)] {
        board.reconfigure(config(), YEAR, program.to_owned(), None, |_| true, time(now));
        assert_eq!(board.asked_since(), Some(expected));
    }
    drop(board);
    assert_eq!(since("three", 1800), Some(1601));
    assert_eq!(since("two", 1900), Some(1901));
}

#[test]
fn what_a_listing_was_asked_for_is_known_after_a_restart() {
    for (tagged, placed) in [(false, true), (true, false)] {
        let folder = Folder::new();
        let listed = Organization { tagged, placed, ..organization(&[1]) };
        first(&folder.file()).board.set_organization(&listed, &[], time(0));
        let store = Store::new(folder.file(), YEAR, "program".to_owned(), time(10));
        let restored = Board::kept_in(config(), store).restore(Clone::clone, |_| true, time(10));
        assert_eq!(restored, Some(listed));
    }
}

#[test]
fn times_of_a_clock_that_was_ahead_do_not_hold_for_ever() {
    const AHEAD: i64 = 1_000_000_000;
    let folder = Folder::new();
    let kept = first(&folder.file());
    Sweep::of(1, AHEAD).region(EAST, REGION_CHECK, pass()).commit(&kept.board);
    Sweep::of(2, AHEAD).region(EAST, REGION_CHECK, pass()).commit(&kept.board);
    Sweep::of(2, 1000).region(EAST, REGION_CHECK, fail(1)).commit(&kept.board);
    assert_eq!(failing(&kept.board).len(), 1, "what is seen once the clock is right counts");
    drop(kept);
    let after = open(&folder.file(), config(), 1100);
    Sweep::of(1, 1200).region(EAST, REGION_CHECK, fail(1)).commit(&after.board);
    assert_eq!(failing(&after.board).len(), 2);
}

#[test]
fn a_clock_that_is_behind_for_a_while_does_not_change_since_when_something_fails() {
    let folder = Folder::new();
    Sweep::of(1, 1_000_000).region(EAST, REGION_CHECK, fail(1)).commit(&first(&folder.file()).board);
    let behind = open(&folder.file(), config(), 10);
    Sweep::of(1, 20).region(EAST, REGION_CHECK, fail(1)).commit(&behind.board);
    drop(behind);
    let since = [FAILS_SINCE_1000[0].replace("1000", "1000000")];
    assert_eq!(failing(&restored(&folder.file(), config(), 2_000_000)), since);
}

#[test]
fn a_cadence_that_nothing_is_asked_at_any_more_has_no_time_of_its_last_sweep() {
    let folder = Folder::new();
    Sweep::of(1, 1000).region(EAST, REGION_CHECK, pass()).region(EAST, OTHER_REGION_CHECK, pass()).commit(&first(&folder.file()).board);
    let mut fewer = config();
    fewer.checks.retain(|check| check.cadence != Cadence::Daily);
    let evaluated = |board: &Board| series(board, "check_last_evaluated_timestamp_seconds").len();
    assert_eq!(evaluated(&restored(&folder.file(), config(), 1100)), 2);
    assert_eq!(evaluated(&restored(&folder.file(), fewer, 1100)), 1);
}

#[test]
fn what_could_not_be_written_is_written_when_it_can_be() {
    let folder = Folder::new();
    let kept = first(&folder.file());
    Sweep::of(1, 1000).region(EAST, REGION_CHECK, fail(1)).commit(&kept.board);
    // Nobody else can write while somebody does.
    let other = Connection::open(folder.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    Sweep::of(2, 1100).region(EAST, REGION_CHECK, fail(2)).commit(&kept.board);
    assert_eq!((kept.condition(), kept.status.health().behind), (Condition::InUse, 1));
    Sweep::of(1, 1200).region(EAST, REGION_CHECK, pass()).commit(&kept.board);
    let shown = text(&kept.board);
    assert!(shown.contains(r#"check_compliant{account_id="000000000001",aws_region="us-east-1",check="ebs-encryption"} 1"#));
    other.execute_batch("ROLLBACK").unwrap();
    kept.keep_store(1300);
    assert_eq!((kept.condition(), kept.status.health().behind), (Condition::Ok, 0));
    assert_eq!(kept.reader.history(&HistoryFilter::default(), 10).unwrap().len(), 3);
    drop(kept);
    assert_eq!(text(&restored(&folder.file(), config(), 1300)), shown);
}

fn waiver(resource: Option<&'static str>) -> Waiver {
    Waiver {
        checks: vec![CheckId(REGION_CHECK)],
        account: Box::new(|_| true),
        place: Box::new(|_| true),
        resource: resource.map(|id| -> orgsweep_posture::Test<Finding> { Box::new(move |finding| finding.resource == id) }),
        reason: "being moved".to_owned(),
        owner: Some("ana".to_owned()),
        ticket: None,
        expires: None,
        written: "waivers.yaml:1".to_owned(),
    }
}

fn with(waivers: Vec<Waiver>, attestations: Vec<AttestedCheck>) -> BoardConfig {
    BoardConfig { exceptions: Arc::new(Exceptions { waivers, attestations }), ..config() }
}

fn word() -> AttestedCheck {
    AttestedCheck {
        check: CheckId(ACCOUNT_CHECK),
        account: Box::new(|_| true),
        word: Attestation { by: "Ana".to_owned(), on: time(0), until: time(100_000), evidence: None },
    }
}

fn reconfigure(board: &Board, config: BoardConfig, now: i64) {
    board.reconfigure(config, YEAR, "program".to_owned(), Some(organization(&[1, 2])), |_| true, time(now));
}

#[test]
fn another_configuration_puts_exceptions_on_top_at_once_and_after_a_restart() {
    let folder = Folder::new();
    let kept = first(&folder.file());
    Sweep::of(1, 1000)
        .region(EAST, REGION_CHECK, fail(1))
        .global(ACCOUNT_CHECK, unknown(BlindReason::NeedsAttestation))
        .commit(&kept.board);
    Sweep::of(2, 1000).region(EAST, REGION_CHECK, fail(2)).commit(&kept.board);
    let plain = text(&kept.board);
    assert_eq!(verdicts(&kept.board, REGION_CHECK), [0, 2, 0, 0, 0]);

    reconfigure(&kept.board, with(vec![waiver(Some("r0"))], vec![word()]), 1500);
    assert_eq!(verdicts(&kept.board, REGION_CHECK), [0, 1, 1, 0, 0], "r1 of account 2 is not covered");
    assert_eq!(verdicts(&kept.board, ACCOUNT_CHECK), [1, 0, 0, 0, 1]);
    let excepted = text(&kept.board);
    drop(kept);

    let again = restored(&folder.file(), with(vec![waiver(Some("r0"))], vec![word()]), 1600);
    assert_eq!(text(&again), excepted);
    drop(again);
    let without = open(&folder.file(), config(), 1700);
    assert_eq!(text(&without.board), plain);
    drop(without);
    assert_eq!(text(&restored(&folder.file(), config(), 1800)), plain);
}

#[test]
fn what_is_switched_off_leaves_at_once_and_for_good() {
    let folder = Folder::new();
    let kept = first(&folder.file());
    let sweep = Sweep::of(1, 1000).regions(&[EAST, WEST]).region(EAST, REGION_CHECK, fail(1)).region(WEST, REGION_CHECK, fail(1));
    sweep.region(EAST, OTHER_REGION_CHECK, fail(1)).commit(&kept.board);
    Sweep::of(2, 1000).region(EAST, REGION_CHECK, fail(1)).commit(&kept.board);

    let mut fewer = config();
    fewer.checks.retain(|check| check.id.as_str() != OTHER_REGION_CHECK);
    kept.board.reconfigure(
        fewer.clone(),
        YEAR,
        "program".to_owned(),
        Some(organization(&[1])),
        |region| region.as_str() == EAST,
        time(2000),
    );
    assert_eq!(failing(&kept.board), FAILS_SINCE_1000);
    let removed = HistoryFilter { to: Some("removed".into()), ..HistoryFilter::default() };
    assert_eq!(kept.reader.history(&removed, 10).unwrap().len(), 3);
    let shown = text(&kept.board);
    drop(kept);
    assert_eq!(text(&restored(&folder.file(), fewer, 2000)), shown);
    let back = restored(&folder.file(), config(), 2000);
    assert_eq!(failing(&back), FAILS_SINCE_1000, "what left does not come back with its old time");
}

#[test]
fn what_was_switched_off_while_nothing_ran_leaves_too() {
    let folder = Folder::new();
    {
        let kept = first(&folder.file());
        let sweep = Sweep::of(1, 1000).regions(&[EAST, WEST]).region(EAST, REGION_CHECK, fail(1)).region(WEST, REGION_CHECK, fail(1));
        sweep.region(EAST, OTHER_REGION_CHECK, fail(1)).commit(&kept.board);
        Sweep::of(2, 1000).region(EAST, REGION_CHECK, fail(1)).commit(&kept.board);
    }
    let mut fewer = config();
    fewer.checks.retain(|check| check.id.as_str() != OTHER_REGION_CHECK);
    let store = Store::new(folder.file(), YEAR, "program".to_owned(), time(2000));
    let reader = store.reader();
    let board = Board::kept_in(fewer, store);
    let select = |listing: &Organization| {
        let mut organization = listing.clone();
        organization.accounts.retain(|account| account.id == account_id(1));
        organization
    };
    board.restore(select, |region| region.as_str() == EAST, time(2000));
    assert_eq!(failing(&board), FAILS_SINCE_1000);
    let removed = HistoryFilter { to: Some("removed".into()), ..HistoryFilter::default() };
    assert_eq!(reader.history(&removed, 10).unwrap().len(), 3);
    board.close();
    let rows = |sql| Connection::open(folder.file()).unwrap().query_row::<i64, _, _>(sql, [], |row| row.get(0)).unwrap();
    assert_eq!((rows("SELECT count(*) FROM verdict"), rows("SELECT count(*) FROM account")), (1, 1));
    assert!(!folder.names().iter().any(|name| name.ends_with("-wal")), "a closed database is one file: {:?}", folder.names());
}

#[test]
fn a_failure_that_stands_keeps_its_time_through_another_configuration() {
    let board = board();
    Sweep::of(1, 1000).region(EAST, REGION_CHECK, fail(1)).commit(&board);
    let mut other = config();
    other.checks.reverse();
    reconfigure(&board, other, 2000);
    assert_eq!(failing(&board), FAILS_SINCE_1000);
    Sweep::of(1, 3000).region(EAST, REGION_CHECK, Verdict::pass("")).commit(&board);
    assert_eq!(verdicts(&board, REGION_CHECK), [1, 0, 0, 0, 1]);
}
