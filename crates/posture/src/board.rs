//! The board: one writer at a time changes it, any number of scrapes read what was last published.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use bytes::Bytes;
use jiff::Timestamp;
use orgsweep_model::{AccountId, AccountReport, AccountState, BlindReason, Cadence, CheckId, Organization, Region};

use crate::{
    account::{AccountBoard, Relisted},
    change::{Change, Transition},
    chunks::Chunks,
    compressed::Text,
    config::{BoardConfig, Detail, Level},
    entry::NEVER,
    exceptions::Exceptions,
    family::Family,
    layout::Layout,
    level::{self, Sizes},
    published::Published,
    store::{Kept, Store},
    summary::{self, Summary},
    tally::{Counts, Coverage, Tally},
};

/// How many transitions of one change are logged one by one. An account that leaves takes hundreds with it.
const SAID: usize = 100;

/// Accounts whose changes are written in one transaction, where there may be changes of all.
const AT_ONCE: usize = 50;

/// The latest verdict of every (account, place, check).
pub struct Board {
    /// Held by whoever changes the board, from the first look to the last. What changes is written to the database before it is shown.
    writing: Mutex<Option<Store>>,
    /// What is known. Locked by the writer for as long as it takes to change it, and by those who ask for more than the metrics.
    state: RwLock<State>,
    /// What a scrape reads. Locked only to clone or swap pointers.
    published: RwLock<Published>,
}

pub(crate) struct State {
    pub layout: Arc<Layout>,
    pub view: View,
    /// What the listing says of the accounts, and who manages them.
    pub organization: Organization,
    pub accounts: BTreeMap<AccountId, AccountBoard>,
    /// The regions that every account has.
    pub default_regions: Vec<Region>,
    /// The one copy of each region's name.
    pub region_names: BTreeSet<Region>,
    pub totals: Tally,
    pub level: Level,
    /// How many series the published chunks have, by family.
    series: [u64; Family::PER_ACCOUNT.len()],
}

/// How the configuration wants the metrics.
pub(crate) struct View {
    detail: Detail,
    max_series: u64,
    account_labels: Vec<String>,
}

/// What has to be published besides the summary.
#[derive(Default)]
pub(crate) struct Shown {
    /// Accounts whose chunks are stale.
    pub accounts: Vec<AccountId>,
    /// Accounts that left.
    pub gone: Vec<AccountId>,
    /// What a new listing says.
    pub account_info: Option<Text>,
    /// What the configuration says of the checks.
    pub check_info: Option<Text>,
}

impl Board {
    /// An empty board that is kept in memory alone.
    pub fn new(config: BoardConfig) -> Self {
        Self::with(config, None)
    }

    /// An empty board that writes what changes to a database. [`Board::restore`] opens that.
    pub fn kept_in(config: BoardConfig, store: Store) -> Self {
        Self::with(config, Some(store))
    }

    fn with(config: BoardConfig, store: Option<Store>) -> Self {
        let layout = Arc::new(Layout::new(&config));
        let shown = Shown { check_info: Some(summary::check_info(&layout.checks)), ..Shown::default() };
        let board = Self {
            writing: Mutex::new(store),
            state: RwLock::new(State {
                organization: Organization::default(),
                accounts: BTreeMap::new(),
                default_regions: Vec::new(),
                region_names: BTreeSet::new(),
                totals: Tally::of_all([].into_iter(), &layout),
                level: Level::Region,
                series: [0; Family::PER_ACCOUNT.len()],
                layout,
                view: View::of(config),
            }),
            published: RwLock::new(Published::new()),
        };
        board.publish(&mut board.change(), shown);
        board
    }

    /// Takes in a complete listing of the selected accounts: those that are not in it leave the board. An account whose own regions no
    /// sweep has reported yet is expected to have `default_regions`.
    pub fn set_organization(&self, organization: &Organization, default_regions: &[Region], now: Timestamp) {
        let mut store = self.writing();
        let (mut change, shown) = self.change().relist(organization, default_regions, now);
        change.listing = Some((organization, default_regions));
        self.record(&mut store, &change);
        self.publish(&mut self.change(), shown);
    }

    /// Takes in what a sweep found: all its verdicts appear together. A report about an account that is not in the organization (any
    /// more) is ignored, as are parts of it that are older than what is known. Verdicts that it does not name stay, except that regions
    /// missing from its list of regions leave.
    pub fn commit(&self, report: &AccountReport) {
        let mut store = self.writing();
        let change = {
            let mut guard = self.change();
            let state = &mut *guard;
            let Some(account) = state.accounts.get_mut(&report.account) else { return };
            state.totals.subtract(&Tally::of(account, &state.layout));
            let (account_change, transitions) = account.apply(report, &state.layout, &mut state.region_names);
            state.totals.add(&Tally::of(account, &state.layout));
            Change { accounts: vec![account_change], transitions, ..Change::default() }
        };
        self.record(&mut store, &change);
        self.publish(&mut self.change(), Shown { accounts: vec![report.account], ..Shown::default() });
    }

    /// Lets go the passes that were not confirmed in time. Returns when the next one will go if it is not confirmed until then; a commit
    /// can bring that forward, so ask again after one.
    pub fn expire(&self, now: Timestamp) -> Option<Timestamp> {
        let mut store = self.writing();
        let over = |account: &AccountBoard| account.valid_until.is_some_and(|until| now.as_second() > until);
        let accounts: Vec<AccountId> = self.state().accounts.values().filter(|account| over(account)).map(|account| account.id).collect();
        // Some at a time: after days without a process, it may be everything.
        for some in accounts.chunks(AT_ONCE) {
            let mut change = Change::default();
            {
                let mut guard = self.change();
                let State { accounts, layout, totals, .. } = &mut *guard;
                for id in some {
                    let Some(account) = accounts.get_mut(id) else { continue };
                    totals.subtract(&Tally::of(account, layout));
                    let (ended, transitions) = account.expire(now.as_second(), layout);
                    totals.add(&Tally::of(account, layout));
                    change.accounts.push(ended);
                    change.transitions.extend(transitions);
                }
            }
            self.record(&mut store, &change);
        }
        if !accounts.is_empty() {
            self.publish(&mut self.change(), Shown { accounts, ..Shown::default() });
        }
        let next = self.state().accounts.values().filter_map(|account| account.valid_until).min()?;
        Timestamp::from_second(next.saturating_add(1)).ok()
    }

    /// Takes up what the database holds. The listing in it, as far as `select` takes it, is what counts until there is a new one. Gives
    /// the listing as it was; nothing if the database cannot be opened, which [`Board::keep_store`] will try again.
    pub fn restore(
        &self,
        select: impl FnOnce(&Organization) -> Organization,
        keep_region: impl Fn(&Region) -> bool,
        now: Timestamp,
    ) -> Option<Organization> {
        let mut store = self.writing();
        let mut kept = store.as_mut()?.open(false)?;
        let listing = std::mem::take(&mut kept.organization);
        if let Some(level) = kept.level {
            self.change().level = level;
        }
        self.take_in(&mut store, &kept, &select(&listing), keep_region, now)?;
        Some(listing)
    }

    /// Takes in what the database holds, with these accounts and no others.
    fn take_in(
        &self,
        store: &mut Option<Store>,
        kept: &Kept,
        organization: &Organization,
        keep_region: impl Fn(&Region) -> bool,
        now: Timestamp,
    ) -> Option<()> {
        let layout = Arc::clone(&self.state().layout);
        let mut default_regions = self.default_regions();
        if default_regions.is_empty() {
            default_regions = kept.default_regions.iter().filter(|&region| keep_region(region)).cloned().collect();
        }
        let (mut change, mut shown) = self.change().relist(organization, &default_regions, now);
        let database = store.as_mut()?;
        let accounts: Vec<AccountId> = organization.accounts.iter().map(|account| account.id).collect();
        let checks: Vec<CheckId> = layout.checks.iter().map(|check| check.id).collect();
        database.prune(&accounts, &checks, &keep_region, now);
        // One after the other, so that what the database holds is never in memory as a whole.
        let mut read = organization.accounts.iter().map(|account| {
            // One that cannot be read is not one of which nothing is known.
            let mut known = database.account(kept, account.id, |id| layout.check(id))?;
            known.narrow(&keep_region);
            database.revise_history(&known);
            self.change().take_up(&known, now, &mut change, &mut shown);
            Some(())
        });
        let all = read.all(|account| account.is_some());
        self.change().count_anew();
        self.record(store, &change);
        self.publish(&mut self.change(), shown);
        store.as_mut().filter(|_| all)?.take();
        Some(())
    }

    /// Looks after the database: opens it if that failed before, writes what was missed, and deletes history that is too old. Where it is
    /// opened for the first time, `join` is given the listing in it and says which accounts count now: those whom only an earlier process
    /// has seen have not left because of that. Gives these accounts then.
    pub fn keep_store(
        &self,
        join: impl FnOnce(Organization) -> Organization,
        keep_region: impl Fn(&Region) -> bool,
        now: Timestamp,
    ) -> Option<Organization> {
        let mut guard = self.writing();
        let store = guard.as_mut()?;
        let mut joined = None;
        if store.may_try(now)
            && let Some(mut kept) = store.open(true)
            // What it held before is on the board, as far as it still counts.
            && !store.is_taken()
        {
            let organization = join(std::mem::take(&mut kept.organization));
            joined = self.take_in(&mut guard, &kept, &organization, keep_region, now).map(|()| organization);
        }
        self.write_what_is_missing(&mut guard, now);
        joined
    }

    fn write_what_is_missing(&self, store: &mut Option<Store>, now: Timestamp) {
        let Some(store) = store.as_mut().filter(|store| store.is_open()) else { return };
        store.keep_level(self.level());
        if store.is_behind() {
            let (organization, default_regions, accounts) = {
                let state = self.state();
                let accounts = store.behind().unwrap_or_else(|| state.accounts.keys().copied().collect());
                (state.organization.clone(), state.default_regions.clone(), accounts)
            };
            store.catch_up((&organization, &default_regions), &accounts, |id| {
                let state = self.state();
                state.accounts.get(&id).map(|account| account.image(&state.layout))
            });
        }
        store.forget(now);
    }

    /// Closes the database. What changes after that is kept in memory alone.
    pub fn close(&self) {
        drop(self.writing().take());
    }

    /// Goes over to another configuration, with the accounts that it selects; with the same as before, if it gives none. What is known stays
    /// known, as far as it is still asked, and exceptions are put on top as they are now. All of it shows at once.
    pub fn reconfigure(
        &self,
        config: BoardConfig,
        keep_history: std::time::Duration,
        program: String,
        organization: Option<Organization>,
        keep_region: impl Fn(&Region) -> bool,
        now: Timestamp,
    ) {
        let mut guard = self.writing();
        let organization = organization.unwrap_or_else(|| self.organization());
        let texts = |account| guard.as_ref().map(|store| store.texts(account)).unwrap_or_default();
        let (mut change, shown) = self.change().reconfigure(config, &organization, keep_region, texts, now);
        let default_regions = self.default_regions();
        change.listing = Some((&organization, &default_regions));
        change.checks = Some(self.state().layout.checks.iter().map(|check| check.id).collect());
        self.record(&mut guard, &change);
        // Later, so that sweeps begin anew if it does not come to that.
        if let Some(store) = guard.as_mut() {
            store.set(keep_history, program, now);
        }
        self.publish(&mut self.change(), shown);
    }

    /// The posture as Prometheus text, to be sent piece after piece. It costs the same whatever the accounts' number of verdicts, and
    /// waits for no sweep.
    pub fn render(&self) -> Vec<Bytes> {
        self.texts().iter().map(|text| text.plain().clone()).collect()
    }

    /// The same, compressed as well.
    pub fn texts(&self) -> Vec<Text> {
        let snapshot = self.published.read().unwrap_or_else(PoisonError::into_inner).snapshot();
        snapshot.texts()
    }

    /// How much of what is expected could be decided.
    pub fn coverage(&self) -> Coverage {
        self.state().totals.coverage
    }

    /// Number of targets of each check by what stands for them.
    pub fn counts(&self) -> Vec<(CheckId, Counts)> {
        let state = self.state();
        state.layout.checks.iter().map(|check| check.id).zip(state.totals.checks.iter().copied()).collect()
    }

    /// How many targets have a failing resource that each waiver covers, by its position.
    pub fn waiver_uses(&self) -> Vec<u64> {
        self.state().totals.waivers.clone()
    }

    /// What people say beside what was seen.
    pub fn exceptions(&self) -> Arc<Exceptions> {
        Arc::clone(&self.state().layout.exceptions)
    }

    /// Since when sweeps ask what they ask now, in Unix seconds; absent without a database.
    pub fn asked_since(&self) -> Option<i64> {
        self.writing().as_ref().map(Store::asked_since)
    }

    /// The regions that every account has, as far as they are selected.
    pub fn default_regions(&self) -> Vec<Region> {
        self.state().default_regions.clone()
    }

    /// The regions that an account has, if a sweep has reported them.
    pub fn regions(&self, account: AccountId) -> Option<Vec<Region>> {
        let state = self.state();
        let account = state.accounts.get(&account).filter(|account| account.regions_at != NEVER)?;
        Some(account.regions.keys().cloned().collect())
    }

    /// When each account was last evaluated at each cadence, in any of its places.
    pub fn last_evaluated(&self) -> Vec<(AccountId, [Option<Timestamp>; Cadence::ALL.len()])> {
        let state = self.state();
        let of = |account: &AccountBoard| {
            Cadence::ALL.map(|cadence| {
                let newest = account.places(&state.layout).filter_map(|(_, place, _)| place.evaluated(cadence)).max()?;
                Timestamp::from_second(newest).ok()
            })
        };
        state.accounts.iter().map(|(&id, account)| (id, of(account))).collect()
    }

    /// The checks of each account that are blind somewhere for a reason of these.
    pub fn blind(&self, reasons: impl Fn(BlindReason) -> bool) -> Vec<(AccountId, Vec<(CheckId, Cadence)>)> {
        let state = self.state();
        let of = |account: &AccountBoard| {
            let checks: BTreeSet<usize> = account
                .places(&state.layout)
                .flat_map(|(_, place, checks)| place.entries().zip(checks))
                .filter_map(|((_, entry), &check)| entry.blind.is_some_and(&reasons).then_some(check))
                .collect();
            checks.into_iter().map(|check| (state.layout.checks[check].id, state.layout.checks[check].cadence)).collect()
        };
        state.accounts.iter().map(|(&id, account)| (id, of(account))).filter(|(_, checks): &(_, Vec<_>)| !checks.is_empty()).collect()
    }

    /// The accounts as the last listing showed them.
    pub fn organization(&self) -> Organization {
        self.state().organization.clone()
    }

    /// How many posture series there are.
    pub fn series(&self) -> u64 {
        let state = self.state();
        let fixed: u64 = summary::fixed_series(&state.layout, state.accounts.len() as u64).map(|(_, series)| series).sum();
        fixed + state.series.iter().sum::<u64>()
    }

    /// The level of detail in force.
    pub fn level(&self) -> Level {
        self.state().level
    }

    pub(crate) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn writing(&self) -> MutexGuard<'_, Option<Store>> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a change down and says it, before it is shown.
    fn record(&self, store: &mut Option<Store>, change: &Change<'_>) {
        let layout = Arc::clone(&self.state().layout);
        if let Some(store) = store {
            store.record(change, &layout.exceptions.waivers);
        }
        say(&change.transitions);
    }

    /// Decides the level of detail, renders the accounts that changed, or all when the level did, and swaps in the result.
    fn publish(&self, state: &mut State, mut shown: Shown) {
        let level = level::choose(state.view.detail, state.level, state.sizes(), state.view.max_series);
        if level != state.level {
            state.level = level;
            shown.accounts = state.accounts.keys().copied().collect();
        }
        // Chunks are replaced by writers alone, and this is the only one: what is read here is what is swapped out below.
        let replaced: BTreeMap<AccountId, Arc<Chunks>> = {
            let published = self.published.read().unwrap_or_else(PoisonError::into_inner);
            let replaced = shown.accounts.iter().chain(&shown.gone).filter_map(|id| Some((*id, published.chunks.get(id)?.clone())));
            replaced.collect()
        };
        for old in replaced.values() {
            state.series.iter_mut().zip(old.series).for_each(|(total, part)| *total -= part);
        }
        let accounts: BTreeSet<AccountId> = shown.accounts.iter().copied().collect();
        let accounts = accounts.into_iter().filter_map(|id| Some((id, state.accounts.get(&id)?)));
        let rendered: Vec<(AccountId, Arc<Chunks>)> = accounts
            .map(|(id, account)| (id, Arc::new(Chunks::render(id, account, &state.layout, level, replaced.get(&id).map(AsRef::as_ref)))))
            .collect();
        for (_, new) in &rendered {
            state.series.iter_mut().zip(new.series).for_each(|(total, part)| *total += part);
        }
        let summary =
            Summary { layout: &state.layout, totals: &state.totals, level, states: &state.account_states(), per_account: state.series }
                .render();

        // Kept until the lock is let go: freeing takes longer than swapping.
        let mut old = Vec::with_capacity(rendered.len() + shown.gone.len());
        let mut published = self.published.write().unwrap_or_else(PoisonError::into_inner);
        published.summary = summary;
        if let Some(account_info) = shown.account_info {
            published.account_info = account_info;
        }
        if let Some(check_info) = shown.check_info {
            published.check_info = check_info;
        }
        old.extend(shown.gone.iter().map(|id| published.chunks.remove(id)));
        old.extend(rendered.into_iter().map(|(id, chunks)| published.chunks.insert(id, chunks)));
        drop(published);
    }
}

impl View {
    pub fn of(config: BoardConfig) -> Self {
        Self { detail: config.detail, max_series: config.max_series as u64, account_labels: config.account_labels }
    }
}

impl State {
    /// Takes a listing.
    pub fn relist(&mut self, organization: &Organization, default_regions: &[Region], now: Timestamp) -> (Change<'static>, Shown) {
        self.default_regions = default_regions.to_vec();
        self.region_names.extend(default_regions.iter().cloned());
        let default_regions: BTreeSet<Region> =
            self.region_names.iter().filter(|region| default_regions.contains(region)).cloned().collect();

        let mut known = std::mem::take(&mut self.accounts);
        let mut change = Change::default();
        let mut shown = Shown::default();
        for listed in &organization.accounts {
            let mut account = known.remove(&listed.id).unwrap_or_else(|| AccountBoard::new(listed.id));
            account.applying = self.layout.exceptions.applying(listed);
            let management = organization.management_account_id == Some(listed.id);
            let Relisted { demoted, left } = account.relist(management, &default_regions, &self.layout, now.as_second());
            if demoted {
                shown.accounts.push(listed.id);
                change.accounts.push(account.image(&self.layout));
            }
            change.transitions.extend(left);
            self.accounts.insert(listed.id, account);
        }
        for gone in known.values() {
            change.transitions.extend(gone.leave(
                &self.layout,
                |_| true,
                now.as_second(),
                "the account left the organization or its selection",
            ));
        }
        self.totals = Tally::of_all(self.accounts.values(), &self.layout);
        self.organization = organization.clone();
        change.gone = known.into_keys().collect();
        shown.gone.clone_from(&change.gone);
        shown.account_info = Some(summary::account_info(&organization.accounts, &self.view.account_labels));
        (change, shown)
    }

    fn account_states(&self) -> BTreeMap<AccountState, u64> {
        let mut states = BTreeMap::new();
        for account in &self.organization.accounts {
            *states.entry(account.state).or_default() += 1;
        }
        states
    }

    fn sizes(&self) -> Sizes {
        let accounts = self.accounts.len() as u64;
        let fixed: u64 = summary::fixed_series(&self.layout, accounts).map(|(_, series)| series).sum();
        // Every account has a series that says whether it can be reached.
        let common = fixed + accounts;
        Sizes { region: common + self.totals.region_series, account: common + self.totals.account_series }
    }
}

/// Says what became of what stood. What is found when a target is looked at for the first time is no news of that kind.
fn say(transitions: &[Transition]) {
    let news = || transitions.iter().filter(|transition| !transition.first);
    let more = news().count().saturating_sub(SAID);
    if more > 0 {
        tracing::info!(event = "transitions", more, "many verdicts changed at once: some follow, and /api/v1/transitions has all of them");
    }
    for transition in news().take(SAID) {
        let Transition { account, place, check, from, reason, .. } = transition;
        tracing::info!(
            event = "transition",
            %account,
            region = place.as_str(),
            check = check.as_str(),
            from = from.as_str(),
            to = transition.to_word(),
            detail = reason,
            "a verdict changed"
        );
    }
}
