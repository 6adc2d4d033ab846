//! The board: one writer at a time changes it, any number of scrapes read what was last published.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use bytes::Bytes;
use jiff::Timestamp;
use orgsweep_model::{AccountId, AccountReport, AccountState, CheckId, Organization, Region};

use crate::{
    account::AccountBoard,
    chunks::Chunks,
    config::{BoardConfig, Detail, Level},
    family::Family,
    layout::Layout,
    level::{self, Sizes},
    summary::{self, Summary},
    tally::{Counts, Coverage, Tally},
};

/// The latest verdict of every (account, place, check).
pub struct Board {
    layout: Layout,
    detail: Detail,
    max_series: u64,
    account_labels: Vec<String>,
    /// Headers of the families with a chunk per account.
    headers: [Bytes; Family::PER_ACCOUNT.len()],
    check_info: Bytes,
    /// What is known. Whoever changes it publishes before letting go.
    state: Mutex<State>,
    /// What a scrape reads. Locked only to clone or swap pointers.
    published: RwLock<Published>,
}

struct State {
    accounts: BTreeMap<AccountId, AccountBoard>,
    account_states: BTreeMap<AccountState, u64>,
    /// The one copy of each region's name.
    region_names: BTreeSet<Region>,
    totals: Tally,
    level: Level,
    /// How many series the published chunks have, by family.
    series: [u64; Family::PER_ACCOUNT.len()],
}

#[derive(Default)]
struct Published {
    chunks: BTreeMap<AccountId, Arc<Chunks>>,
    account_info: Bytes,
    summary: Bytes,
}

/// What has to be published besides the summary.
#[derive(Default)]
struct Change {
    /// Accounts whose chunks are stale.
    accounts: Vec<AccountId>,
    /// Accounts that left.
    gone: Vec<AccountId>,
    /// What a new listing says.
    account_info: Option<Bytes>,
}

impl Board {
    /// An empty board.
    pub fn new(config: BoardConfig) -> Self {
        let layout = Layout::new(&config);
        let board = Self {
            headers: Family::PER_ACCOUNT.map(|family| family.header().into()),
            check_info: summary::check_info(&layout.checks),
            state: Mutex::new(State {
                accounts: BTreeMap::new(),
                account_states: BTreeMap::new(),
                region_names: BTreeSet::new(),
                totals: Tally::of_all([].into_iter(), &layout),
                level: Level::Region,
                series: [0; Family::PER_ACCOUNT.len()],
            }),
            published: RwLock::default(),
            layout,
            detail: config.detail,
            max_series: config.max_series as u64,
            account_labels: config.account_labels,
        };
        board.publish(&mut board.state(), Change::default());
        board
    }

    /// Takes in a complete listing of the selected accounts: those that are not in it leave the board. An account whose own regions no
    /// sweep has reported yet is expected to have `default_regions`.
    pub fn set_organization(&self, organization: &Organization, default_regions: &[Region]) {
        let mut guard = self.state();
        let state = &mut *guard;
        state.region_names.extend(default_regions.iter().cloned());
        let default_regions: BTreeSet<Region> =
            state.region_names.iter().filter(|region| default_regions.contains(region)).cloned().collect();

        let mut known = std::mem::take(&mut state.accounts);
        let mut changed = Vec::new();
        state.account_states.clear();
        for listed in &organization.accounts {
            let mut account = known.remove(&listed.id).unwrap_or_else(AccountBoard::new);
            account.applying = self.layout.exceptions.applying(listed);
            if account.relist(organization.management_account_id == Some(listed.id), &default_regions, &self.layout) {
                changed.push(listed.id);
            }
            state.accounts.insert(listed.id, account);
            *state.account_states.entry(listed.state).or_default() += 1;
        }
        state.totals = Tally::of_all(state.accounts.values(), &self.layout);

        let account_info = Some(summary::account_info(&organization.accounts, &self.account_labels));
        self.publish(state, Change { accounts: changed, gone: known.into_keys().collect(), account_info });
    }

    /// Takes in what a sweep found: all its verdicts appear together. A report about an account that is not in the organization (any
    /// more) is ignored, as are parts of it that are older than what is known. Verdicts that it does not name stay, except that regions
    /// missing from its list of regions leave.
    pub fn commit(&self, report: &AccountReport) {
        let mut guard = self.state();
        let state = &mut *guard;
        let Some(account) = state.accounts.get_mut(&report.account) else { return };
        state.totals.subtract(&Tally::of(account, &self.layout));
        account.apply(report, &self.layout, &self.layout.exceptions, &mut state.region_names);
        state.totals.add(&Tally::of(account, &self.layout));
        self.publish(state, Change { accounts: vec![report.account], ..Change::default() });
    }

    /// Lets go the passes that were not confirmed in time. Returns when the next one will go if it is not confirmed until then; a commit
    /// can bring that forward, so ask again after one.
    pub fn expire(&self, now: Timestamp) -> Option<Timestamp> {
        let now = now.as_second();
        let mut guard = self.state();
        let state = &mut *guard;
        let mut changed = Vec::new();
        for (&id, account) in &mut state.accounts {
            if account.valid_until.is_some_and(|until| now > until) {
                state.totals.subtract(&Tally::of(account, &self.layout));
                account.expire(now, &self.layout);
                state.totals.add(&Tally::of(account, &self.layout));
                changed.push(id);
            }
        }
        if !changed.is_empty() {
            self.publish(state, Change { accounts: changed, ..Change::default() });
        }
        let next = state.accounts.values().filter_map(|account| account.valid_until).min()?;
        Timestamp::from_second(next.saturating_add(1)).ok()
    }

    /// The posture as Prometheus text, to be sent piece after piece. It costs the same whatever the accounts' number of verdicts, and
    /// waits for no sweep.
    pub fn render(&self) -> Vec<Bytes> {
        let (chunks, account_info, summary) = {
            let published = self.published.read().unwrap_or_else(PoisonError::into_inner);
            let chunks: Vec<Arc<Chunks>> = published.chunks.values().cloned().collect();
            (chunks, published.account_info.clone(), published.summary.clone())
        };
        let mut pieces = Vec::new();
        for (family, header) in self.headers.iter().enumerate() {
            let mut texts = chunks.iter().map(|chunks| &chunks.text[family]).filter(|text| !text.is_empty()).peekable();
            if texts.peek().is_some() {
                pieces.push(header.clone());
                pieces.extend(texts.cloned());
            }
        }
        pieces.extend([account_info, self.check_info.clone(), summary].into_iter().filter(|text| !text.is_empty()));
        pieces
    }

    /// How much of what is expected could be decided.
    pub fn coverage(&self) -> Coverage {
        self.state().totals.coverage
    }

    /// Number of targets of each check by what stands for them.
    pub fn counts(&self) -> Vec<(CheckId, Counts)> {
        let checks = self.layout.checks.iter().map(|check| check.id);
        checks.zip(self.state().totals.checks.iter().copied()).collect()
    }

    /// How many targets have a failing resource that each waiver covers, by its position.
    pub fn waiver_uses(&self) -> Vec<u64> {
        self.state().totals.waivers.clone()
    }

    /// The level of detail in force.
    pub fn level(&self) -> Level {
        self.state().level
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides the level of detail, renders the accounts that changed, or all when the level did, and swaps in the result.
    fn publish(&self, state: &mut State, mut change: Change) {
        let level = level::choose(self.detail, state.level, self.sizes(state), self.max_series);
        if level != state.level {
            state.level = level;
            change.accounts = state.accounts.keys().copied().collect();
        }
        let accounts = change.accounts.iter().filter_map(|&id| Some((id, state.accounts.get(&id)?)));
        let rendered: Vec<(AccountId, Arc<Chunks>)> =
            accounts.map(|(id, account)| (id, Arc::new(Chunks::render(id, account, &self.layout, level)))).collect();
        {
            // Chunks are replaced by writers alone, and this is the only one: what is read here is what is swapped out below.
            let published = self.published.read().unwrap_or_else(PoisonError::into_inner);
            for old in change.accounts.iter().chain(&change.gone).filter_map(|id| published.chunks.get(id)) {
                state.series.iter_mut().zip(old.series).for_each(|(total, part)| *total -= part);
            }
        }
        for (_, new) in &rendered {
            state.series.iter_mut().zip(new.series).for_each(|(total, part)| *total += part);
        }
        let (totals, states, per_account) = (&state.totals, &state.account_states, state.series);
        let summary = Summary { layout: &self.layout, totals, level, states, per_account }.render();

        // Kept until the lock is let go: freeing takes longer than swapping.
        let mut old = Vec::with_capacity(rendered.len() + change.gone.len());
        let mut published = self.published.write().unwrap_or_else(PoisonError::into_inner);
        published.summary = summary;
        if let Some(account_info) = change.account_info {
            published.account_info = account_info;
        }
        old.extend(change.gone.iter().map(|id| published.chunks.remove(id)));
        old.extend(rendered.into_iter().map(|(id, chunks)| published.chunks.insert(id, chunks)));
        drop(published);
    }

    fn sizes(&self, state: &State) -> Sizes {
        let accounts = state.accounts.len() as u64;
        let fixed: u64 = summary::fixed_series(&self.layout, accounts).map(|(_, series)| series).sum();
        // Every account has a series that says whether it can be reached.
        let common = fixed + accounts;
        Sizes { region: common + state.totals.region_series, account: common + state.totals.account_series }
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use super::*;
    use crate::PassValidity;

    #[test]
    fn a_scrape_waits_for_no_commit() {
        let day = Duration::from_hours(24);
        let board = Arc::new(Board::new(BoardConfig {
            checks: Vec::new(),
            pass_valid: PassValidity { frequent: day, standard: day, daily: day },
            detail: Detail::Auto,
            max_series: 1000,
            account_labels: Vec::new(),
            exceptions: Arc::default(),
        }));
        let (rendered, done) = mpsc::channel();
        let writing = board.state();
        let scraper = std::thread::spawn({
            let board = Arc::clone(&board);
            move || rendered.send(board.render().len())
        });
        let pieces = done.recv_timeout(Duration::from_secs(10));
        drop(writing);
        scraper.join().unwrap().unwrap();
        assert_eq!(pieces, Ok(1));
    }
}
