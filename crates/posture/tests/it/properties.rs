//! What holds after any sequence of listings, reports and time.

use std::collections::BTreeSet;

use orgsweep_model::{BlindReason, Cadence, Place, Scope, Verdict};
use orgsweep_posture::{Board, BoardConfig, Detail};
use proptest::{prelude::*, sample::subsequence};

use crate::{
    store::{Folder, restored},
    support::*,
    text::well_formed,
};

const REGIONS: [&str; 3] = [EAST, WEST, "eu-west-1"];

#[derive(Clone, Debug)]
enum Step {
    List { accounts: Vec<u64>, regions: Vec<&'static str> },
    Commit { account: u64, at: i64, regions: Option<Vec<&'static str>>, verdicts: Vec<(Place, &'static str, Verdict)> },
    Expire { now: i64 },
}

fn blind() -> impl Strategy<Value = Verdict> {
    prop::sample::select(BlindReason::ALL.as_slice()).prop_map(unknown)
}

fn any_verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![Just(pass()), (1..4_usize).prop_map(fail), Just(not_applicable()), blind()]
}

fn place_and_check() -> impl Strategy<Value = (Place, &'static str)> {
    let region = prop::sample::select(REGIONS.as_slice()).prop_map(|name| Place::Region(name.parse().unwrap()));
    prop_oneof![
        prop::sample::select([ACCOUNT_CHECK, ORG_CHECK].as_slice()).prop_map(|check| (Place::Global, check)),
        (region, prop::sample::select([REGION_CHECK, OTHER_REGION_CHECK].as_slice())),
    ]
}

fn commit(at: impl Strategy<Value = i64>, verdict: impl Strategy<Value = Verdict> + Clone) -> impl Strategy<Value = Step> {
    let verdict = (place_and_check(), verdict).prop_map(|((place, check), verdict)| (place, check, verdict));
    let regions = prop::option::of(subsequence(REGIONS.as_slice(), 0..=3));
    (1..=3_u64, at, regions, prop::collection::vec(verdict, 0..8)).prop_map(|(account, at, regions, verdicts)| Step::Commit {
        account,
        at,
        regions,
        verdicts,
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => (subsequence(vec![1, 2, 3], 0..=3), subsequence(REGIONS.as_slice(), 0..=3))
            .prop_map(|(accounts, regions)| Step::List { accounts, regions }),
        6 => commit(0..3000_i64, any_verdict().boxed()),
        1 => (0..4000_i64).prop_map(|now| Step::Expire { now }),
    ]
}

fn take(board: &Board, step: &Step) {
    match step {
        Step::List { accounts, regions: names } => board.set_organization(&organization(accounts), &regions(names), time(0)),
        Step::Commit { account, at, regions, verdicts } => {
            let sweep = match regions {
                Some(regions) => Sweep::of(*account, *at).regions(regions),
                None => Sweep::of(*account, *at),
            };
            let add = |sweep: Sweep, (place, check, verdict): &(Place, &'static str, Verdict)| {
                sweep.target(place.clone(), check, verdict.clone())
            };
            verdicts.iter().fold(sweep, add).commit(board);
        }
        Step::Expire { now } => {
            board.expire(time(*now));
        }
    }
}

fn full_config(detail: Detail) -> BoardConfig {
    let mut config = BoardConfig { detail, max_series: 95, ..config() };
    config.checks.push(check(ORG_CHECK, Scope::Organization, Cadence::Daily));
    config
}

/// The series of `orgsweep_check_compliant` that end in this value.
fn compliant(board: &Board, value: u8) -> BTreeSet<String> {
    series(board, "check_compliant").into_iter().filter(|line| line.ends_with(&format!(" {value}"))).collect()
}

proptest! {
    /// The totals that commits keep up step by step are those of the series that are shown, and those of counting anew.
    #[test]
    fn totals_agree_with_series(steps in prop::collection::vec(step(), 1..20)) {
        let board = board_with(full_config(Detail::Region));
        let (mut listed, mut defaults) = (organization(&[1, 2]), regions(&[EAST]));
        for step in &steps {
            take(&board, step);
            if let Step::List { accounts, regions: names } = step {
                (listed, defaults) = (organization(accounts), regions(names));
            }
            let text_now = text(&board);
            let families = well_formed(&text_now);
            for line in series(&board, "metrics_series") {
                let (family, count) = line.strip_prefix("{family=\"").unwrap().split_once("\"} ").unwrap();
                prop_assert_eq!(families.get(family).copied().unwrap_or(0), count.parse::<u64>().unwrap(), "{}", family);
            }
            for (check, counts) in board.counts() {
                let shown = |value| compliant(&board, value).iter().filter(|line| line.contains(check.as_str())).count() as u64;
                prop_assert_eq!((counts.pass, counts.fail), (shown(1), shown(0)), "{}", check);
            }
            board.set_organization(&listed, &defaults, time(0));
            prop_assert_eq!(text_now, text(&board));
        }
    }

    /// Whatever came before, a restart shows the same.
    #[test]
    fn a_restart_changes_nothing(steps in prop::collection::vec(step(), 1..20)) {
        let folder = Folder::new();
        let board = restored(&folder.file(), full_config(Detail::Region), 0);
        board.set_organization(&organization(&[1, 2]), &regions(&[EAST]), time(0));
        for step in &steps {
            take(&board, step);
        }
        let shown = text(&board);
        drop(board);
        prop_assert_eq!(text(&restored(&folder.file(), full_config(Detail::Region), i64::from(u32::MAX))), shown);
    }

    /// However detail is cut, the text is well formed, and `auto` keeps its promise where the coarsest level can.
    #[test]
    fn auto_keeps_under_its_maximum(steps in prop::collection::vec(step(), 1..20)) {
        let board = board_with(full_config(Detail::Auto));
        for step in &steps {
            take(&board, step);
            prop_assert!(well_formed(&text(&board)).values().sum::<u64>() <= 95);
        }
    }

    /// Blindness changes no failure and makes nothing compliant, whatever came before and whatever time passes.
    #[test]
    fn blindness_mends_nothing_and_vouches_for_nothing(
        before in prop::collection::vec(commit(0..3000_i64, any_verdict().boxed()), 1..10),
        blind in prop::collection::vec(
            prop_oneof![4 => commit(0..9000_i64, blind().boxed()), 1 => (0..9000_i64).prop_map(|now| Step::Expire { now })],
            1..20,
        ),
        detail in prop::sample::select([Detail::Region, Detail::Account].as_slice()),
    ) {
        let board = board_with(full_config(detail));
        for step in &before {
            take(&board, step);
        }
        let state = || {
            let failing = ["check_failing_resources", "check_failing_since_timestamp_seconds"].map(|family| series(&board, family));
            (compliant(&board, 0), failing)
        };
        let (failing, passing) = (state(), compliant(&board, 1));
        for mut step in blind {
            // A region that leaves takes its failures along: not what is asked here.
            if let Step::Commit { regions, .. } = &mut step {
                *regions = None;
            }
            take(&board, &step);
            prop_assert_eq!(&failing, &state());
            prop_assert!(compliant(&board, 1).is_subset(&passing));
        }
    }
}
