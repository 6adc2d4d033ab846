//! Reports and boards in few words.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use orgsweep_model::{
    Account, AccountId, AccountReport, AccountState, Blind, BlindReason, Cadence, CheckId, Finding, Measure, Organization, OuPath, Place,
    Region, Scope, Severity, TargetReport, Verdict, check::Attestable,
};
use orgsweep_posture::{Board, BoardConfig, CheckEntry, Detail, PassValidity};

/// Validities in seconds of the cadences of `board`'s checks.
pub const STANDARD_VALID: i64 = 300;
pub const DAILY_VALID: i64 = 1000;

pub const ACCOUNT_CHECK: &str = "root-mfa";
pub const REGION_CHECK: &str = "ebs-encryption";
pub const OTHER_REGION_CHECK: &str = "default-vpc";
pub const ORG_CHECK: &str = "org-trail";

pub const EAST: &str = "us-east-1";
pub const WEST: &str = "us-west-2";

pub fn check(id: &'static str, scope: Scope, cadence: Cadence) -> CheckEntry {
    CheckEntry {
        id: CheckId(id),
        title: "A \"wanted\" state",
        severity: Severity::High,
        scope,
        cadence,
        attestable: Attestable::WhenUnknown,
    }
}

pub fn config() -> BoardConfig {
    BoardConfig {
        checks: vec![
            check(REGION_CHECK, Scope::Region, Cadence::Standard),
            check(ACCOUNT_CHECK, Scope::Account, Cadence::Daily),
            check(OTHER_REGION_CHECK, Scope::Region, Cadence::Daily),
        ],
        pass_valid: PassValidity {
            frequent: Duration::from_secs(100),
            standard: Duration::from_secs(STANDARD_VALID.unsigned_abs()),
            daily: Duration::from_secs(DAILY_VALID.unsigned_abs()),
        },
        detail: Detail::Region,
        max_series: 1_000_000,
        account_labels: Vec::new(),
        exceptions: Arc::default(),
    }
}

/// A board with `config`'s checks on accounts 1 and 2, of which nothing was swept.
pub fn board() -> Board {
    board_with(config())
}

pub fn board_with(config: BoardConfig) -> Board {
    let board = Board::new(config);
    board.set_organization(&organization(&[1, 2]), &regions(&[EAST]), time(0));
    board
}

pub fn account(id: u64) -> Account {
    Account {
        id: account_id(id),
        name: format!("account {id}"),
        ou_path: OuPath::default(),
        state: AccountState::Active,
        tags: BTreeMap::new(),
    }
}

pub fn account_id(id: u64) -> AccountId {
    format!("{id:012}").parse().unwrap()
}

/// An organization whose management account is account 1.
pub fn organization(ids: &[u64]) -> Organization {
    Organization {
        id: Some("o-1".into()),
        management_account_id: Some(account_id(1)),
        accounts: ids.iter().map(|&id| account(id)).collect(),
        tagged: true,
        placed: true,
    }
}

pub fn regions(names: &[&str]) -> Vec<Region> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

pub fn time(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

pub fn pass() -> Verdict {
    Verdict::pass("as wanted")
}

pub fn fail(findings: usize) -> Verdict {
    Verdict::Fail((0..findings).map(|n| Finding::new(format!("r{n}"), "observed off, wanted on")).collect())
}

pub fn not_applicable() -> Verdict {
    Verdict::not_applicable("there is none")
}

pub fn unknown(reason: BlindReason) -> Verdict {
    Verdict::Unknown(Blind::new(reason, "ec2:DescribeVpcs said no"))
}

/// A report in the making. It says nothing of the account's regions unless told.
pub struct Sweep(AccountReport);

impl Sweep {
    pub fn of(account: u64, started_at: i64) -> Self {
        Self(AccountReport {
            account: account_id(account),
            started_at: time(started_at),
            finished_at: time(started_at + 5),
            cadences: Cadence::ALL.to_vec(),
            unreachable: None,
            regions: None,
            targets: Vec::new(),
        })
    }

    pub fn regions(mut self, names: &[&str]) -> Self {
        self.0.regions = Some(regions(names));
        self
    }

    /// A sweep for these cadences alone.
    pub fn cadences(mut self, cadences: &[Cadence]) -> Self {
        self.0.cadences = cadences.to_vec();
        self
    }

    pub fn unreachable(mut self) -> Self {
        self.0.unreachable = Some(Blind::new(BlindReason::RoleMissing, "sts:AssumeRole was refused"));
        self
    }

    pub fn global(self, check: &'static str, verdict: Verdict) -> Self {
        self.target(Place::Global, check, verdict)
    }

    pub fn region(self, region: &str, check: &'static str, verdict: Verdict) -> Self {
        self.target(Place::Region(region.parse().unwrap()), check, verdict)
    }

    pub fn target(mut self, place: Place, check: &'static str, verdict: Verdict) -> Self {
        let verdict = (CheckId(check), verdict);
        match self.0.targets.iter_mut().find(|target| target.place == place) {
            Some(target) => target.verdicts.push(verdict),
            None => self.0.targets.push(TargetReport { place, verdicts: vec![verdict], measures: Vec::new() }),
        }
        self
    }

    /// Beside a verdict about the place.
    pub fn measured(mut self, place: &Place, measure: Measure, value: f64) -> Self {
        let target = self.0.targets.iter_mut().find(|target| target.place == *place);
        target.unwrap().measures.push((measure, value));
        self
    }

    pub fn commit(self, board: &Board) {
        board.commit(&self.0);
    }
}

pub fn text(board: &Board) -> String {
    String::from_utf8(board.render().concat()).unwrap()
}

/// The series of a family without its name, with account ids cut to their last digit: `{account_id="1",…} 0`.
pub fn series(board: &Board, family: &str) -> Vec<String> {
    let text = text(board);
    let lines = text.lines().filter_map(|line| line.strip_prefix("orgsweep_")?.strip_prefix(family));
    lines.filter(|rest| rest.starts_with(['{', ' '])).map(|rest| rest.trim_start().replace("00000000000", "")).collect()
}

/// The value of `orgsweep_verdicts` for a check: pass, fail, waived, not applicable, unknown.
pub fn verdicts(board: &Board, check: &str) -> [u64; 5] {
    let series = series(board, "verdicts");
    ["pass", "fail", "waived", "not_applicable", "unknown"].map(|status| {
        let start = format!("{{check=\"{check}\",status=\"{status}\"}} ");
        series.iter().find_map(|line| line.strip_prefix(&start)).unwrap().parse().unwrap()
    })
}
