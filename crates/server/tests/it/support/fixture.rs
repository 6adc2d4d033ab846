//! What the running server answers from.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use orgsweep_model::{Account, AccountId, AccountReport, AccountState, Organization, OuPath, Requested};
use orgsweep_posture::{Board, BoardConfig, Detail, PassValidity, Store};
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

/// A board of so many accounts that its text is sent in many pieces.
pub fn board() -> Board {
    let day = Duration::from_hours(24);
    let board = Board::new(BoardConfig {
        checks: Vec::new(),
        pass_valid: PassValidity { frequent: day, standard: day, daily: day },
        detail: Detail::Region,
        max_series: 100_000,
        account_labels: Vec::new(),
        exceptions: Arc::default(),
    });
    let accounts = (0..2000).map(|id| Account {
        id: format!("{id:012}").parse().unwrap(),
        name: format!("account {id}"),
        ou_path: OuPath::default(),
        state: AccountState::Active,
        tags: BTreeMap::new(),
    });
    let organization = Organization { accounts: accounts.collect(), ..Organization::default() };
    board.set_organization(&organization, &[], jiff::Timestamp::UNIX_EPOCH);
    for account in organization.accounts {
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        board.commit(&AccountReport {
            account: account.id,
            started_at: at,
            finished_at: at,
            cadences: Vec::new(),
            unreachable: None,
            regions: None,
            targets: Vec::new(),
        });
    }
    board
}

/// An API over a board whose database is not there.
pub fn api(board: Arc<Board>, readiness: Readiness) -> Api {
    let store = Store::new("/nonexistent/orgsweep.db".into(), Duration::from_hours(1), String::new(), jiff::Timestamp::UNIX_EPOCH);
    let about = About {
        version: "1.2.3",
        started_at: jiff::Timestamp::UNIX_EPOCH,
        listed_at: None,
        reload: Reload { successful: true, succeeded_at: jiff::Timestamp::UNIX_EPOCH },
        pending: 0,
        circuits_open: 0,
        lag_seconds: 0.0,
    };
    Api { board, reader: store.reader(), store: store.status(), readiness, about: Arc::new(move || about.clone()), meta: |_| None }
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
