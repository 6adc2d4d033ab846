//! The daemon: lists the organization, sweeps what is due, and lets passes expire, until it is told to stop. It can be stopped and another
//! one started that goes on where it was, with another configuration.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use futures::FutureExt;
use jiff::Timestamp;
use orgsweep_model::{Account, AccountId, AccountReport, BlindReason, Organization, Requested};
use orgsweep_posture::Board;
use tokio::{
    sync::Notify,
    task::{JoinError, JoinSet},
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

use crate::{
    metrics::SweepMetrics,
    program::Program,
    rhythm::{Epoch, Intervals, since_1970},
    roster::Roster,
    schedule::{LastSwept, Schedule, Work},
    sweeper::{self, Sweeper},
    swept::{Swept, may_pass},
};

/// A failed listing is tried again this soon, and then twice as late each time, up to the refresh interval.
const LISTING_RETRY: Duration = Duration::from_secs(5);
/// How long the sweeps under way may take to end once the daemon is told to stop. An orderly end has to fit into few seconds.
const DRAIN: Duration = Duration::from_secs(3);
/// How often passes are looked at for expiry, the schedule's figures are brought up to date, and the gate forgets idle keys.
const HOUSEKEEPING: Duration = Duration::from_secs(10);

/// What the daemon needs to know.
#[derive(Clone, Debug)]
pub struct DaemonSettings {
    /// The rhythms.
    pub intervals: Intervals,
    /// How often the organization is listed.
    pub refresh: Duration,
    /// The largest share of accounts that a believable listing loses.
    pub max_shrink: f64,
    /// Accounts swept at once.
    pub accounts_at_once: usize,
}

/// Sweeps for ever.
pub struct Daemon {
    settings: DaemonSettings,
    program: Arc<Program>,
    sweeper: Arc<Sweeper>,
    board: Arc<Board>,
    metrics: Arc<SweepMetrics>,
    schedule: Mutex<Schedule>,
    roster: Mutex<Roster>,
    organization: Mutex<Organization>,
    /// When accounts were swept before this daemon began.
    swept_before: Mutex<HashMap<AccountId, LastSwept>>,
    /// The accounts that could not be swept the last time, and why.
    out_of_reach: Mutex<HashMap<AccountId, BlindReason>>,
    /// Held while the accounts that count become others.
    taking: tokio::sync::Mutex<()>,
    /// Whether the board may be written still. Held while it is.
    open: RwLock<bool>,
    changed: Notify,
}

impl Daemon {
    /// A daemon that commits to `board`.
    pub fn new(
        settings: DaemonSettings,
        program: Arc<Program>,
        sweeper: Arc<Sweeper>,
        board: Arc<Board>,
        metrics: Arc<SweepMetrics>,
    ) -> Self {
        // Half of the room is for the accounts that answer, however many do not.
        let tries_at_once = settings.accounts_at_once / 2;
        let schedule = Mutex::new(Schedule::new(settings.intervals, program.cadences(), tries_at_once, Epoch::now()));
        Self {
            roster: Mutex::new(Roster::new(settings.max_shrink)),
            swept_before: Mutex::default(),
            settings,
            program,
            sweeper,
            board,
            metrics,
            schedule,
            organization: Mutex::default(),
            out_of_reach: Mutex::default(),
            taking: tokio::sync::Mutex::default(),
            open: RwLock::new(true),
            changed: Notify::new(),
        }
    }

    /// Goes on where an earlier process or configuration was. The accounts of its last good listing are swept before there is another, and
    /// those that were asked all this in time wait for their turn. Is the listing `of_same`, from where the next one will come, then accounts
    /// leave as the roster lets them; otherwise whatever the next one lacks has left.
    #[must_use]
    pub fn resume(self, listing: Option<Organization>, of_same: bool) -> Self {
        let asked_since = self.board.asked_since().unwrap_or(i64::MAX);
        let last = |at: Option<Timestamp>| at.filter(|at| at.as_second() >= asked_since).map(since_1970);
        *lock(&self.swept_before) = self.board.last_evaluated().into_iter().map(|(account, at)| (account, at.map(last))).collect();
        let Some(listing) = listing else { return self };
        let selected = self.sweeper.select_kept(&listing);
        if of_same {
            self.join(listing);
        }
        self.take_up(selected);
        self
    }

    /// Takes in a listing from before. Configured accounts are all that count, whatever was listed.
    fn join(&self, listing: Organization) {
        if self.sweeper.hub().configured_accounts().is_empty() {
            lock(&self.roster).join(listing);
        }
    }

    /// Has accounts swept that were known before.
    fn take_up(&self, selected: Organization) {
        self.sweeper.remember_default_regions(self.board.default_regions());
        if let Some(management) = selected.management_account_id {
            self.sweeper.hub().remember_management_account(management);
        }
        // Who is not to be swept is not, even if it takes a listing to know.
        if !self.sweeper.may_select(&selected) {
            return;
        }
        for account in &selected.accounts {
            if let Some(regions) = self.board.regions(account.id) {
                self.sweeper.learn_regions(account.id, regions);
            }
        }
        self.schedule(selected);
        let blind = self.board.blind(may_pass);
        let mut schedule = lock(&self.schedule);
        for (account, checks) in blind {
            schedule.ask_again(account, &checks);
        }
    }

    /// The last good listing, before anything was selected from it.
    pub fn listing(&self) -> Option<Organization> {
        lock(&self.roster).current().cloned()
    }

    /// The accounts that are swept, if any are: they may come from a listing that counts no more, while there is no other.
    pub fn swept(&self) -> Option<Organization> {
        Some(lock(&self.organization).clone()).filter(|organization| !organization.accounts.is_empty())
    }

    /// Takes a complete listing that somebody else got, and gives the accounts that count then, before anything is selected from them.
    pub fn listing_with(&self, listing: Organization) -> Organization {
        lock(&self.roster).apply(listing).0.clone()
    }

    /// The accounts that are to be swept as soon as can be and are not yet.
    pub fn asked(&self) -> Vec<AccountId> {
        lock(&self.schedule).asked()
    }

    /// Works until `shutdown`. `listed` is called once, after the first complete listing. A part that panics ends the daemon with an
    /// error, because a daemon that has stopped sweeping must not look alive.
    pub async fn run(self: Arc<Self>, shutdown: CancellationToken, listed: impl FnOnce() + Send + 'static) -> Result<(), DaemonFailed> {
        let mut parts = JoinSet::new();
        parts.spawn(Arc::clone(&self).keep_listing(listed).map(|()| "listing"));
        parts.spawn(Arc::clone(&self).keep_house().map(|()| "housekeeping"));
        let mut sweeping = JoinSet::new();
        sweeping.spawn(Arc::clone(&self).keep_sweeping(shutdown.clone()));
        let failed = |part: Result<&str, JoinError>| match part {
            Ok(part) => DaemonFailed(format!("its {part} stopped")),
            Err(error) => DaemonFailed(error.to_string()),
        };
        // None of the parts ends by itself. Dropping a set ends what is in it.
        tokio::select! {
            // First, because sweeping ends by itself once it was told to.
            biased;
            () = shutdown.cancelled() => {}
            Some(ended) = parts.join_next() => return Err(failed(ended)),
            Some(ended) = sweeping.join_next() => return Err(failed(ended.map(|()| "sweeping"))),
        }
        if tokio::time::timeout(DRAIN, sweeping.join_next()).await.is_err() {
            tracing::info!("sweeps were still under way after {} s: they are dropped", DRAIN.as_secs());
        }
        drop((parts, sweeping));
        // What was being written to the board is, and nothing comes after that: with another configuration it would be wrong.
        blocking(move || *self.open.write().unwrap_or_else(PoisonError::into_inner) = false).await;
        Ok(())
    }

    /// Changes the board, where nobody waits for the disk, unless this daemon has ended.
    async fn change<T: Send + 'static>(self: &Arc<Self>, change: impl FnOnce(&Self, &Board) -> T + Send + 'static) -> T {
        let daemon = Arc::clone(self);
        let changed = blocking(move || {
            let open = daemon.open.read().unwrap_or_else(PoisonError::into_inner);
            open.then(|| change(&daemon, &daemon.board))
        });
        match changed.await {
            Some(changed) => changed,
            // It is about to be dropped.
            None => std::future::pending().await,
        }
    }

    /// Sweeps an account as soon as there is room, all cadences, and gives its circuit a fresh start. One that is being swept is swept once
    /// more after that. `None` if it is not among the accounts that are swept.
    pub fn sweep_now(&self, account: AccountId) -> Option<Requested> {
        let requested = lock(&self.schedule).request(account, Instant::now());
        self.changed.notify_one();
        requested
    }

    /// The same for all accounts, spread like first sweeps.
    pub fn sweep_all_now(&self) -> Requested {
        let requested = lock(&self.schedule).request_all(Instant::now());
        self.changed.notify_one();
        requested
    }

    /// The accounts that could not be swept the last time.
    pub fn out_of_reach(&self) -> Vec<AccountId> {
        lock(&self.out_of_reach).keys().copied().collect()
    }

    /// Tries the accounts that could not be swept the last time at once.
    pub fn retry_now(&self) {
        self.out_of_reach().into_iter().for_each(|account| {
            self.sweep_now(account);
        });
    }

    async fn keep_listing(self: Arc<Self>, listed: impl FnOnce() + Send) {
        let mut listed = Some(listed);
        let mut retry = LISTING_RETRY;
        loop {
            let wait = match self.sweeper.hub().list_organization().await {
                Ok(listing) => {
                    let _taking = self.taking.lock().await;
                    let (organization, shrunk) = {
                        let mut roster = lock(&self.roster);
                        let (organization, shrunk) = roster.apply(listing);
                        (organization.clone(), shrunk)
                    };
                    self.metrics.listing_shrunk.set(shrunk.is_some().into());
                    match shrunk {
                        Some(shrunk) => tracing::error!("{shrunk}"),
                        None => self.metrics.last_listing.set(Timestamp::now().as_second() as f64),
                    }
                    self.take(&organization).await;
                    if let Some(listed) = listed.take() {
                        listed();
                    }
                    retry = LISTING_RETRY;
                    self.settings.refresh
                }
                Err(error) => {
                    tracing::error!("{error}: trying again in {} s, the last good listing stays", retry.as_secs());
                    let wait = retry;
                    retry = (retry * 2).min(self.settings.refresh);
                    wait
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    async fn take(self: &Arc<Self>, organization: &Organization) {
        let selected = self.sweeper.select(organization);
        self.sweeper.learn_default_regions(&selected).await;
        let listed = selected.accounts.len();
        let default_regions = self.sweeper.default_regions();
        let selected = self.change(move |_, board| {
            board.set_organization(&selected, &default_regions, Timestamp::now());
            selected
        });
        let before = self.schedule(selected.await);
        if before != listed {
            tracing::info!(listed = organization.accounts.len(), selected = listed, "the organization was listed");
        }
    }

    /// Has these accounts swept and no others. How many there were before.
    fn schedule(&self, selected: Organization) -> usize {
        let ids: Vec<AccountId> = selected.accounts.iter().map(|account| account.id).collect();
        let stays = |account: AccountId| ids.binary_search(&account).is_ok();
        self.sweeper.retain_accounts(stays);
        lock(&self.out_of_reach).retain(|account, _| stays(*account));
        // What the schedule gives out has to be found in the organization.
        let before = std::mem::replace(&mut *lock(&self.organization), selected);
        let mut swept_before = lock(&self.swept_before);
        // An account that leaves and comes back is a new one.
        swept_before.retain(|account, _| stays(*account));
        let last_swept = |account| swept_before.get(&account).copied().unwrap_or_default();
        lock(&self.schedule).take_up(&ids, Instant::now(), last_swept);
        self.changed.notify_one();
        before.accounts.len()
    }

    /// Sweeps what is due until `shutdown`, and then lets the sweeps under way end.
    async fn keep_sweeping(self: Arc<Self>, shutdown: CancellationToken) {
        let mut running = JoinSet::new();
        while !shutdown.is_cancelled() {
            while running.len() < self.settings.accounts_at_once {
                let Some(work) = lock(&self.schedule).pop(Instant::now()) else { break };
                let span = sweeper::span(work.account, &work.turn);
                running.spawn(Arc::clone(&self).sweep(work).instrument(span));
            }
            let next_due = lock(&self.schedule).next_due();
            let full = running.len() >= self.settings.accounts_at_once;
            tokio::select! {
                Some(ended) = running.join_next() => say_failure(ended),
                () = shutdown.cancelled() => {}
                () = self.changed.notified() => {}
                () = sleep_until(next_due), if !full => {}
            }
        }
        while let Some(ended) = running.join_next().await {
            say_failure(ended);
        }
    }

    async fn sweep(self: Arc<Self>, Work { account: id, turn, retry }: Work) {
        // However the sweep ends, the account can be swept again; if this is a bug's doing, not at once.
        let mut finished = Finished { daemon: &self, account: id, swept: Swept::Failed };
        let Some((account, is_management)) = self.account(id) else { return };
        self.metrics.retries.inc_by(retry.into());
        // The circuit has decided that it is time to ask AWS.
        self.sweeper.hub().forget_refusal(id);
        let report = self.sweeper.sweep_turn(&account, &turn, is_management).await;
        finished.swept = Swept::of(&report, &self.program);
        self.say(&report, &finished.swept);
        self.change(move |_, board| board.commit(&report)).await;
    }

    /// Says when an account goes out of reach and when it comes back, and not again every quarter of an hour.
    fn say(&self, report: &AccountReport, swept: &Swept) {
        let mut blind = report.targets.iter().flat_map(|target| &target.verdicts).filter_map(|(_, verdict)| verdict.blind());
        let trouble = match swept {
            Swept::Answered { .. } => None,
            Swept::Suspended | Swept::Failed => report.unreachable.as_ref().or_else(|| blind.find(|blind| may_pass(blind.reason))),
        };
        let reason = trouble.map(|blind| blind.reason);
        let before = match reason {
            Some(reason) => lock(&self.out_of_reach).insert(report.account, reason),
            None => lock(&self.out_of_reach).remove(&report.account),
        };
        match trouble {
            // Without a session there is one reason. Calls that all fail may do so for several, in any order.
            Some(blind) if before.is_none() || (before != reason && report.unreachable.is_some()) => {
                tracing::warn!(reason = blind.reason.as_str(), detail = blind.detail, "the account cannot be swept");
            }
            None if before.is_some() => tracing::info!("the account can be swept again"),
            _ => {}
        }
    }

    fn account(&self, id: AccountId) -> Option<(Account, bool)> {
        let organization = lock(&self.organization);
        let index = organization.accounts.binary_search_by_key(&id, |account| account.id).ok()?;
        Some((organization.accounts[index].clone(), organization.management_account_id == Some(id)))
    }

    /// Looks after the database. If it could not be opened before, what it knows is taken up now.
    async fn keep_store(self: &Arc<Self>) {
        // Between a listing and its accounts on the board, nothing may be added to the roster.
        let _taking = self.taking.lock().await;
        let joined = self.change(|daemon, board| {
            let joined = board.keep_store(|kept| daemon.joined(kept), |region| daemon.sweeper.selects_region(region), Timestamp::now());
            if joined.is_some() {
                board.expire(Timestamp::now());
            }
            joined
        });
        if let Some(selected) = joined.await {
            tracing::info!(accounts = selected.accounts.len(), "the database was opened after all, and what it knows was taken up");
            self.take_up(selected);
        }
    }

    /// The accounts that count once a listing from before is taken in: those that were listed since, and those that no listing since has had
    /// the time to lose.
    fn joined(&self, kept: Organization) -> Organization {
        let earlier = self.sweeper.select_kept(&kept);
        let listed = self.listing();
        self.join(kept);
        let Some(listed) = listed else { return earlier };
        let known = |id: AccountId, of: &Organization| of.accounts.binary_search_by_key(&id, |account| account.id).is_ok();
        let all = self.listing().unwrap_or_default();
        let mut selected = self.sweeper.select(&listed);
        selected.tagged &= earlier.tagged;
        selected.placed &= earlier.placed;
        let unlisted = |account: &Account| !known(account.id, &listed) && known(account.id, &all);
        selected.accounts.extend(earlier.accounts.into_iter().filter(unlisted));
        selected.accounts.sort_by_key(|account| account.id);
        selected
    }

    async fn keep_house(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(HOUSEKEEPING);
        loop {
            ticks.tick().await;
            self.change(|_, board| board.expire(Timestamp::now())).await;
            self.keep_store().await;
            self.sweeper.hub().keep_house();
            let now = Instant::now();
            let mut schedule = lock(&self.schedule);
            self.metrics.lag.set(schedule.lag(now).as_secs_f64());
            self.metrics.pending.set(i64::try_from(schedule.pending(now)).unwrap_or(i64::MAX));
            self.metrics.circuits_open.set(i64::try_from(schedule.open_circuits()).unwrap_or(i64::MAX));
            self.metrics.overruns.inc_by(schedule.take_overruns());
        }
    }
}

/// A part of the daemon ended, which none does by itself.
#[derive(Debug, thiserror::Error)]
#[error("the daemon stopped working: {0}")]
pub struct DaemonFailed(String);

struct Finished<'a> {
    daemon: &'a Daemon,
    account: AccountId,
    swept: Swept,
}

impl Drop for Finished<'_> {
    fn drop(&mut self) {
        lock(&self.daemon.schedule).finished(self.account, &self.swept, Instant::now());
    }
}

/// Runs what may wait for the disk where nobody else waits for it.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let span = Span::current();
    match tokio::task::spawn_blocking(move || span.in_scope(work)).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down: nobody waits any more.
            Err(_) => std::future::pending().await,
        },
    }
}

fn say_failure(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "an account's sweep failed: this is a bug in orgsweep");
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
