//! What the running server answers from.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use orgsweep_model::{
    Account, AccountId, AccountReport, AccountState, Cadence, CheckId, Finding, Organization, OuPath, Place, Requested, Scope, Severity,
    TargetReport, Verdict, check::Attestable,
};
use orgsweep_posture::{Board, BoardConfig, CheckEntry, Detail, PassValidity, Store};
use orgsweep_server::{About, Api, Readiness, Reload};
use prometheus::{IntGauge, Registry};

/// There are 2000 accounts, and three of them are being swept. 111111111111 is one of these, and 999999999999 is a bug.
pub fn sweep_now(account: Option<AccountId>) -> Option<Requested> {
    match account.map(|account| account.to_string()).as_deref() {
        None => Some(Requested { accounts: 2000, running: 3 }),
        Some("111111111111") => Some(Requested { accounts: 1, running: 1 }),
        Some("999999999999") => panic!("a bug"),
        Some(_) => None,
    }
}

/// A configuration with these checks.
pub fn config(checks: Vec<CheckEntry>) -> BoardConfig {
    let day = Duration::from_hours(24);
    BoardConfig {
        checks,
        pass_valid: PassValidity { frequent: day, standard: day, daily: day },
        detail: Detail::Region,
        max_series: 100_000,
        account_labels: Vec::new(),
        exceptions: Arc::default(),
    }
}

/// Accounts with these numbers.
pub fn organization(ids: impl Iterator<Item = usize>) -> Organization {
    let accounts = ids.map(|id| Account {
        id: format!("{id:012}").parse().unwrap(),
        name: format!("account {id}"),
        ou_path: OuPath::default(),
        state: AccountState::Active,
        tags: BTreeMap::new(),
    });
    Organization { accounts: accounts.collect(), ..Organization::default() }
}

/// A board of so many accounts that its text is sent in many pieces.
pub fn board() -> Board {
    let board = Board::new(config(Vec::new()));
    let organization = organization(0..2000);
    board.set_organization(&organization, &[], jiff::Timestamp::UNIX_EPOCH);
    for account in organization.accounts {
        board.commit(&swept(account.id, Vec::new()));
    }
    board
}

/// A board with one check, whose accounts have so many failing resources each.
pub fn failing_board(failing: &[usize]) -> Board {
    let id = CheckId("root-mfa-enabled");
    let entry = CheckEntry {
        id,
        title: "A wanted state",
        severity: Severity::High,
        scope: Scope::Account,
        cadence: Cadence::Standard,
        attestable: Attestable::WhenUnknown,
    };
    let board = Board::new(config(vec![entry]));
    let organization = organization(0..failing.len());
    board.set_organization(&organization, &[], jiff::Timestamp::UNIX_EPOCH);
    for (account, failing) in organization.accounts.iter().zip(failing) {
        let findings = (0..*failing).map(|number| Finding::new(format!("r{number}"), "observed off, wanted on"));
        let verdicts = vec![(id, Verdict::Fail(findings.collect()))];
        board.commit(&swept(account.id, vec![TargetReport { place: Place::Global, verdicts, measures: Vec::new() }]));
    }
    board
}

fn swept(account: AccountId, targets: Vec<TargetReport>) -> AccountReport {
    let at = "2026-01-01T00:00:00Z".parse().unwrap();
    AccountReport { account, started_at: at, finished_at: at, cadences: Vec::new(), unreachable: None, regions: None, targets }
}

/// An API over a board whose database is not there.
pub fn api(board: Arc<Board>, readiness: Readiness, about: Arc<dyn Fn() -> About + Send + Sync>) -> Api {
    let store = Store::new("/nonexistent/orgsweep.db".into(), Duration::from_hours(1), String::new(), jiff::Timestamp::UNIX_EPOCH);
    Api { board, reader: store.reader(), store: store.status(), readiness, about, meta: |_| None }
}

/// What the daemon says of itself.
pub fn about() -> About {
    About {
        version: "1.2.3",
        started_at: jiff::Timestamp::UNIX_EPOCH,
        listed_at: None,
        reload: Reload { successful: true, succeeded_at: jiff::Timestamp::UNIX_EPOCH },
        pending: 0,
        circuits_open: 0,
        lag_seconds: 0.0,
    }
}

/// The daemon's own metrics, with some bytes more where they are to be many.
pub fn registry(ballast: usize) -> Registry {
    let registry = Registry::new();
    let help = format!("Number of workers.{}", " ".repeat(ballast));
    let workers = IntGauge::new("orgsweep_workers", help).unwrap();
    workers.set(64);
    registry.register(Box::new(workers)).unwrap();
    registry
}
