//! The text of what the organization amounts to.

use std::collections::BTreeMap;

use jiff::Timestamp;
use orgsweep_model::{Account, AccountState};

use crate::{
    compressed::Text,
    config::{CheckEntry, Level},
    family::Family,
    layout::Layout,
    tally::{Counts, Tally},
    text::{sample, tag_label},
};

/// Every state that `orgsweep_accounts` shows, also when no account is in it.
const STATES: [AccountState; 6] = [
    AccountState::PendingActivation,
    AccountState::Active,
    AccountState::Suspended,
    AccountState::PendingClosure,
    AccountState::Closed,
    AccountState::Other,
];

/// How many statuses `orgsweep_verdicts` shows.
const STATUSES: usize = 5;

/// What the organization amounts to.
pub(crate) struct Summary<'a> {
    pub layout: &'a Layout,
    pub totals: &'a Tally,
    pub level: Level,
    /// How many accounts are in each state.
    pub states: &'a BTreeMap<AccountState, u64>,
    /// How many series the families with a chunk per account have.
    pub per_account: [u64; Family::PER_ACCOUNT.len()],
}

impl Summary<'_> {
    /// How many series every family has.
    fn series(&self) -> Vec<(Family, u64)> {
        let accounts = self.states.values().sum();
        let fixed = fixed_series(self.layout, accounts).map(|(family, series)| match family {
            Family::CoverageRatio if self.totals.coverage.expected == 0 => (family, 0),
            _ => (family, series),
        });
        Family::PER_ACCOUNT.into_iter().zip(self.per_account).chain(fixed).collect()
    }

    /// All families that no account has a chunk of, but `orgsweep_account_info` and `orgsweep_check_info`.
    pub fn render(&self) -> Text {
        let mut out = if self.layout.checks.is_empty() { String::new() } else { Family::Verdicts.header() };
        for (check, counts) in self.layout.checks.iter().zip(&self.totals.checks) {
            let &Counts { pass, fail, waived, not_applicable, unknown } = counts;
            let statuses: [_; STATUSES] =
                [("pass", pass), ("fail", fail), ("waived", waived), ("not_applicable", not_applicable), ("unknown", unknown)];
            for (status, count) in statuses {
                sample(&mut out, Family::Verdicts, &[("check", check.id.as_str()), ("status", status)], count);
            }
        }
        out.push_str(&waiver_expiry(self.layout));
        if !self.layout.exceptions.waivers.is_empty() {
            out.push_str(&Family::WaiversUnused.header());
            sample(&mut out, Family::WaiversUnused, &[], self.totals.waivers.iter().filter(|&&uses| uses == 0).count());
        }
        if let Some(ratio) = self.totals.coverage.ratio() {
            out.push_str(&Family::CoverageRatio.header());
            sample(&mut out, Family::CoverageRatio, &[], ratio);
        }
        out.push_str(&Family::Accounts.header());
        for state in STATES {
            let count = self.states.get(&state).copied().unwrap_or_default();
            sample(&mut out, Family::Accounts, &[("state", state.as_str())], count);
        }
        out.push_str(&Family::MetricsSeries.header());
        for (family, series) in self.series() {
            sample(&mut out, Family::MetricsSeries, &[("family", family.name())], series);
        }
        out.push_str(&Family::MetricsDetail.header());
        sample(&mut out, Family::MetricsDetail, &[("detail", self.level.as_str())], 1);
        Text::new(&out)
    }
}

/// How many series the families have that no account has a chunk of, at the most.
pub(crate) fn fixed_series(layout: &Layout, accounts: u64) -> impl Iterator<Item = (Family, u64)> {
    let checks = layout.checks.len() as u64;
    let families = [
        (Family::AccountInfo, accounts),
        (Family::CheckInfo, checks),
        (Family::Accounts, STATES.len() as u64),
        (Family::Verdicts, STATUSES as u64 * checks),
        (Family::WaiverExpiry, waiver_ends(layout).len() as u64),
        (Family::WaiversUnused, u64::from(!layout.exceptions.waivers.is_empty())),
        (Family::CoverageRatio, 1),
        (Family::MetricsDetail, 1),
    ];
    let all = (Family::PER_ACCOUNT.len() + families.len() + 1) as u64;
    families.into_iter().chain([(Family::MetricsSeries, all)])
}

/// When the first waiver of each check and owner ends. A waiver without an end, or of a check that is not enabled, has none to show.
fn waiver_ends(layout: &Layout) -> BTreeMap<(&'static str, &str), i64> {
    let mut ends = BTreeMap::new();
    for waiver in &layout.exceptions.waivers {
        let Some(end) = waiver.expires.map(Timestamp::as_second) else { continue };
        let enabled = waiver.checks.iter().filter(|&&id| layout.checks.iter().any(|check| check.id == id));
        for check in enabled {
            let first = ends.entry((check.as_str(), waiver.owner.as_deref().unwrap_or_default())).or_insert(end);
            *first = end.min(*first);
        }
    }
    ends
}

fn waiver_expiry(layout: &Layout) -> String {
    let ends = waiver_ends(layout);
    let mut out = if ends.is_empty() { String::new() } else { Family::WaiverExpiry.header() };
    for ((check, owner), end) in ends {
        sample(&mut out, Family::WaiverExpiry, &[("check", check), ("owner", owner)], end);
    }
    out
}

/// The family `orgsweep_check_info`; empty without checks.
pub(crate) fn check_info(checks: &[CheckEntry]) -> Text {
    let mut out = if checks.is_empty() { String::new() } else { Family::CheckInfo.header() };
    for check in checks {
        let labels = [
            ("cadence", check.cadence.as_str()),
            ("check", check.id.as_str()),
            ("scope", check.scope.as_str()),
            ("severity", check.severity.as_str()),
            ("title", check.title),
        ];
        sample(&mut out, Family::CheckInfo, &labels, 1);
    }
    Text::new(&out)
}

/// The family `orgsweep_account_info`; empty without accounts. `tag_keys` become labels.
pub(crate) fn account_info(accounts: &[Account], tag_keys: &[String]) -> Text {
    // Keys that differ only in what a label name cannot hold share a label: a label that occurs twice would spoil the whole scrape.
    let mut tags = BTreeMap::<String, Vec<&String>>::new();
    for key in tag_keys {
        tags.entry(tag_label(key)).or_default().push(key);
    }
    let mut out = if accounts.is_empty() { String::new() } else { Family::AccountInfo.header() };
    for account in accounts {
        let (id, ou_path) = (account.id.to_string(), account.ou_path.to_string());
        let mut labels = vec![
            ("account_id", id.as_str()),
            ("account_name", account.name.as_str()),
            ("ou_path", ou_path.as_str()),
            ("state", account.state.as_str()),
        ];
        labels.extend(tags.iter().map(|(label, keys)| {
            let value = keys.iter().find_map(|&key| account.tags.get(key));
            (label.as_str(), value.map_or("", String::as_str))
        }));
        sample(&mut out, Family::AccountInfo, &labels, 1);
    }
    Text::new(&out)
}
