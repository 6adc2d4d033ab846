//! A board with as many series as are wanted.
#![expect(clippy::unwrap_used, reason = "what is measured is made of literals and of the catalogue")]
#![expect(clippy::missing_panics_doc, reason = "the same")]

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use orgsweep_checks::CHECKS;
use orgsweep_model::{
    Account, AccountId, AccountReport, AccountState, Cadence, Finding, Organization, OuPath, Place, Region, Scope, TargetReport, Verdict,
    always_enabled,
};
use orgsweep_posture::{Board, BoardConfig, CheckEntry, Detail, PassValidity};
use prometheus::{GaugeVec, Opts, Registry};

/// A verdict in so many is a failure.
const FAILING: usize = 5;

fn regions() -> Vec<Region> {
    always_enabled("us-east-1".parse::<Region>().unwrap().partition())
}

/// A board with about so many series.
pub fn filled(series: usize) -> Board {
    let one = shown(&of_accounts(1));
    let two = shown(&of_accounts(2));
    of_accounts((series - one) / (two - one) + 1)
}

fn of_accounts(count: usize) -> Board {
    let week = Duration::from_hours(7 * 24);
    let entry = |check: &&orgsweep_checks::RegisteredCheck| CheckEntry {
        id: check.meta.id,
        title: check.meta.en.title,
        severity: check.meta.severity,
        scope: check.meta.scope,
        cadence: check.meta.cadence,
        attestable: check.meta.attestable,
    };
    let board = Board::new(BoardConfig {
        checks: CHECKS.iter().map(|check| entry(&check)).collect(),
        pass_valid: PassValidity { frequent: week, standard: week, daily: week },
        detail: Detail::Region,
        max_series: usize::MAX,
        account_labels: Vec::new(),
        exceptions: Arc::default(),
    });
    let listed = (0..count).map(|number| Account {
        id: id(number),
        name: format!("workload-{number:05}"),
        ou_path: OuPath::default(),
        state: AccountState::Active,
        tags: BTreeMap::new(),
    });
    let organization = Organization { id: Some("o-1".to_owned()), accounts: listed.collect(), ..Organization::default() };
    board.set_organization(&organization, &regions(), Timestamp::UNIX_EPOCH);
    (0..count).for_each(|number| board.commit(&report(number)));
    board
}

fn id(number: usize) -> AccountId {
    format!("{:012}", 111_122_223_333 + number).parse().unwrap()
}

/// A whole sweep of an account in all its regions.
pub fn report(number: usize) -> AccountReport {
    let at = Timestamp::from_second(1_790_000_000).unwrap();
    let verdicts = |scope: Scope, place: usize| {
        let checks = CHECKS.iter().filter(|check| check.meta.scope == scope).enumerate();
        let verdict = |check: usize| {
            if (number + place + check).is_multiple_of(FAILING) {
                Verdict::fail(Finding::new("sg-0123456789abcdef0", "observed it open, wanted it closed"))
            } else {
                Verdict::pass("as wanted")
            }
        };
        checks.map(|(position, check)| (check.meta.id, verdict(position))).collect()
    };
    let global = TargetReport { place: Place::Global, verdicts: verdicts(Scope::Account, 0), measures: Vec::new() };
    let regional = regions().into_iter().enumerate().map(|(place, region)| TargetReport {
        place: Place::Region(region),
        verdicts: verdicts(Scope::Region, place + 1),
        measures: Vec::new(),
    });
    AccountReport {
        account: id(number),
        started_at: at,
        finished_at: at,
        cadences: Cadence::ALL.to_vec(),
        unreachable: None,
        regions: Some(regions()),
        targets: [global].into_iter().chain(regional).collect(),
    }
}

/// What a scrape gets.
pub fn text(board: &Board) -> Vec<u8> {
    board.render().concat()
}

/// How many series there are.
pub fn shown(board: &Board) -> usize {
    String::from_utf8(text(board)).unwrap().lines().filter(|line| !line.starts_with('#')).count()
}

/// As many series of the same names and labels in the `prometheus` crate, taken from a board's text.
pub fn registry(text: &str) -> Registry {
    let registry = Registry::new();
    let mut families: BTreeMap<String, GaugeVec> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let labels: Vec<(&str, &str)> = labels
            .trim_end_matches('}')
            .split("\",")
            .filter_map(|label| label.split_once("=\""))
            .map(|(label, value)| (label, value.trim_end_matches('"')))
            .collect();
        let family = families.entry(name.to_owned()).or_insert_with(|| {
            let names: Vec<&str> = labels.iter().map(|(label, _)| *label).collect();
            GaugeVec::new(Opts::new(name, "The same help for all."), &names).unwrap()
        });
        family.with_label_values(&labels.iter().map(|(_, value)| *value).collect::<Vec<_>>()).set(value.parse().unwrap());
    }
    for family in families.into_values() {
        registry.register(Box::new(family)).unwrap();
    }
    registry
}
