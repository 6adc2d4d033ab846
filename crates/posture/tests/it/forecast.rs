//! The forecast of series held against what a board really shows.

use orgsweep_model::{FactKind, Measure, Place, Scope, Verdict};
use orgsweep_posture::{Board, BoardConfig, Detail, Forecast, ForecastAccount, Level, forecast};

use crate::support::{
    ACCOUNT_CHECK, EAST, ORG_CHECK, OTHER_REGION_CHECK, REGION_CHECK, Sweep, WEST, board_with, check, config, fail, pass, text,
};

const FACTS: [FactKind; 2] = [FactKind::CredentialReport, FactKind::SecurityHubScore];

fn config_with_organization_check(detail: Detail) -> BoardConfig {
    let mut config = BoardConfig { detail, ..config() };
    config.checks.push(check(ORG_CHECK, Scope::Organization, orgsweep_model::Cadence::Frequent));
    config
}

/// The lines of a board on which every verdict is this one: account 1, the management account, has two regions, account 2 has one.
fn shown(detail: Detail, verdict: fn() -> Verdict) -> u64 {
    let board: Board = board_with(config_with_organization_check(detail));
    for (account, regions) in [(1, &[EAST, WEST][..]), (2, &[EAST])] {
        let mut sweep = Sweep::of(account, 1000).regions(regions).global(ACCOUNT_CHECK, verdict());
        if account == 1 {
            sweep = sweep.global(ORG_CHECK, verdict());
        }
        sweep = sweep.measured(&Place::Global, Measure::CredentialReportGenerated, 1.0);
        for region in regions {
            let place = Place::Region(region.parse().unwrap());
            sweep = sweep.region(region, REGION_CHECK, verdict()).region(region, OTHER_REGION_CHECK, verdict());
            sweep = sweep.measured(&place, Measure::SecurityHubScore, 0.5);
        }
        sweep.commit(&board);
    }
    text(&board).lines().filter(|line| !line.starts_with('#')).count() as u64
}

fn expected(detail: Detail, failing: f64) -> Forecast {
    let accounts = [(true, 2), (false, 1)].map(|(management, regions)| ForecastAccount { management, reachable: true, regions });
    forecast(&config_with_organization_check(detail), &FACTS, &accounts, failing)
}

#[test]
fn every_level_has_as_many_series_as_foreseen_where_all_passes_and_where_all_fails() {
    for (failing, verdict) in [(0.0, pass as fn() -> Verdict), (1.0, || fail(1))] {
        let forecast = expected(Detail::Region, failing);
        assert_eq!(shown(Detail::Region, verdict), forecast.region, "{failing}");
        assert_eq!(shown(Detail::Account, verdict), forecast.account, "{failing}");
        assert_eq!(shown(Detail::Organization, verdict), forecast.organization, "{failing}");
    }
}

#[test]
fn auto_chooses_what_the_board_will_choose() {
    let at = |max_series, failing| {
        let config = BoardConfig { max_series, ..config_with_organization_check(Detail::Auto) };
        let account = ForecastAccount { management: false, reachable: true, regions: 17 };
        forecast(&config, &FACTS, &[account; 10], failing).level
    };
    assert_eq!(at(1_000_000, 1.0), Level::Region);
    assert_eq!((at(1_000, 0.0), at(1_000, 1.0)), (Level::Region, Level::Account));
    assert_eq!(at(100, 0.0), Level::Organization);
}

#[test]
fn what_cannot_be_reached_is_unknown_once_for_each_check() {
    let unreachable = ForecastAccount { management: false, reachable: false, regions: 2 };
    let of = |failing| forecast(&config(), &FACTS, &[unreachable], failing);
    assert_eq!(of(0.0), of(1.0));
}
