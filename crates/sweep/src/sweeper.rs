//! One account's sweep: a session, its regions, every target's facts and verdicts, and the report.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use orgsweep_aws::{EnabledRegion, Hub, Session};
use orgsweep_checks::Context;
use orgsweep_model::{
    Account, AccountId, AccountReport, Blind, BlindReason, Cadence, CheckId, FactScope, FactSet, Measure, Organization, Place, Region,
    TargetReport, Verdict, always_enabled,
};
use tokio::{sync::Semaphore, task::JoinSet, time::Instant};
use tracing::{Instrument, Span};

use crate::{
    metrics::{Outcome, SweepMetrics},
    organization_facts::OrganizationFacts,
    program::Program,
    turn::Turn,
};

/// How many accounts are tried to learn which regions every account has.
const LEARN_FROM: usize = 5;
/// How long that may take: nothing is swept before.
const LEARN_WITHIN: Duration = Duration::from_secs(10);

/// Which accounts and regions the configuration selects.
pub trait Selection: Send + Sync + std::fmt::Debug {
    /// Whether an account is to be swept.
    fn account(&self, account: &Account) -> bool;
    /// Whether a region is to be swept.
    fn region(&self, region: &Region) -> bool;
    /// Whether accounts are told apart by their tags.
    fn by_tags(&self) -> bool;
    /// Whether accounts are told apart by their organizational units.
    fn by_units(&self) -> bool;
}

/// What sweeping needs to know.
#[derive(Clone, Debug)]
pub struct SweeperSettings {
    /// Targets swept at once.
    pub workers: usize,
    /// How long one target's sweep may take once it has a worker.
    pub sweep_timeout: Duration,
    /// How long a fact of the organization is taken as true.
    pub organization_facts_valid: Duration,
}

/// Sweeps accounts. Shared by all sweeps of the process.
#[derive(Debug)]
pub struct Sweeper {
    hub: Arc<Hub>,
    program: Arc<Program>,
    selection: Arc<dyn Selection>,
    settings: SweeperSettings,
    metrics: Arc<SweepMetrics>,
    workers: Arc<Semaphore>,
    organization_facts: Arc<OrganizationFacts>,
    /// The regions that every account has; learned from one that answers.
    default_regions: Mutex<Option<Vec<Region>>>,
    /// Those that an earlier process had learned.
    remembered_regions: Mutex<Vec<Region>>,
    /// What the last good answer of each account said.
    known_regions: Mutex<HashMap<AccountId, Vec<Region>>>,
    /// The accounts whose regions AWS would not list the last time.
    unlisted: Mutex<HashSet<AccountId>>,
}

impl Sweeper {
    /// A sweeper of these checks.
    pub fn new(
        hub: Arc<Hub>,
        program: Arc<Program>,
        selection: Arc<dyn Selection>,
        settings: SweeperSettings,
        metrics: Arc<SweepMetrics>,
    ) -> Self {
        metrics.workers.set(i64::try_from(settings.workers).unwrap_or(i64::MAX));
        Self {
            hub,
            program,
            selection,
            workers: Arc::new(Semaphore::new(settings.workers.max(1))),
            organization_facts: Arc::new(OrganizationFacts::new(settings.organization_facts_valid)),
            settings,
            metrics,
            default_regions: Mutex::default(),
            remembered_regions: Mutex::default(),
            known_regions: Mutex::default(),
            unlisted: Mutex::default(),
        }
    }

    /// The organization's side.
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// What the configuration selects.
    pub fn selection(&self) -> Arc<dyn Selection> {
        Arc::clone(&self.selection)
    }

    /// Whether a region is to be swept.
    pub fn selects_region(&self, region: &Region) -> bool {
        self.selection.region(region)
    }

    /// The accounts of an organization that are to be swept.
    pub fn select(&self, organization: &Organization) -> Organization {
        self.narrowed(organization, |account| self.selection.account(account))
    }

    /// Whether a listing that another configuration made tells what this one wants to know of an account to select it.
    pub fn may_select(&self, organization: &Organization) -> bool {
        (organization.tagged || !self.selection.by_tags()) && (organization.placed || !self.selection.by_units())
    }

    /// The accounts of a listing that another configuration made, as far as they can be selected now: all of them where it does not say what
    /// would have to be known for that. Nothing may leave because it was not asked for then.
    pub fn select_kept(&self, organization: &Organization) -> Organization {
        let configured = self.hub.configured_accounts();
        let there = |account: &Account| configured.is_empty() || configured.iter().any(|known| known.id == account.id);
        let all = !self.may_select(organization);
        self.narrowed(organization, |account| there(account) && (all || self.selection.account(account)))
    }

    fn narrowed(&self, organization: &Organization, wanted: impl Fn(&Account) -> bool) -> Organization {
        let skipped = organization.management_account_id.filter(|_| self.hub.skips_management_account());
        let wanted = |account: &&Account| Some(account.id) != skipped && wanted(account);
        Organization { accounts: organization.accounts.iter().filter(wanted).cloned().collect(), ..organization.clone() }
    }

    /// Learns which regions every account has, but does not wait for it long.
    pub async fn learn_default_regions(&self, organization: &Organization) {
        if tokio::time::timeout(LEARN_WITHIN, self.ask_default_regions(organization)).await.is_err() {
            tracing::warn!("no account said in time which regions every account has: assuming AWS's own list");
        }
    }

    /// Asks an account that answers which regions every account has, so that accounts which do not answer have regions to be unknown in.
    /// Asks nothing once it is known.
    async fn ask_default_regions(&self, organization: &Organization) {
        if self.default_regions.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
            return;
        }
        let management = organization.accounts.iter().filter(|account| Some(account.id) == organization.management_account_id);
        let others = organization.accounts.iter().filter(|account| Some(account.id) != organization.management_account_id);
        for account in management.chain(others).filter(|account| account.state.sweepable()).take(LEARN_FROM) {
            let Ok(session) = self.hub.session(account.id).await else { continue };
            if let Ok(enabled) = self.hub.enabled_regions(&session).await {
                let always = enabled.into_iter().filter(|enabled| enabled.always).map(|enabled| enabled.region).collect();
                *self.default_regions.lock().unwrap_or_else(PoisonError::into_inner) = Some(always);
                return;
            }
        }
    }

    /// The selected regions that every account has.
    pub fn default_regions(&self) -> Vec<Region> {
        let learned = self.default_regions.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let home = self.hub.home_region();
        let remembered = || Some(self.remembered_regions.lock().unwrap_or_else(PoisonError::into_inner).clone());
        let known = learned.or_else(remembered).filter(|regions| !regions.is_empty());
        let regions = known.unwrap_or_else(|| match always_enabled(home.partition()) {
            none if none.is_empty() => vec![home.clone()],
            regions => regions,
        });
        regions.into_iter().filter(|region| self.selection.region(region)).collect()
    }

    /// Forgets what is kept for accounts that are not in the organization any more.
    pub fn retain_accounts(&self, keep: impl Fn(AccountId) -> bool) {
        self.known_regions.lock().unwrap_or_else(PoisonError::into_inner).retain(|account, _| keep(*account));
        self.unlisted.lock().unwrap_or_else(PoisonError::into_inner).retain(|account| keep(*account));
        self.hub.retain_accounts(keep);
    }

    /// Sweeps an account for these cadences. Never fails: what could not be read is in the report as unknown.
    pub async fn sweep(self: &Arc<Self>, account: &Account, cadences: &[Cadence], is_management: bool) -> AccountReport {
        let turn = Turn::of(cadences);
        self.sweep_turn(account, &turn, is_management).instrument(span(account.id, &turn)).await
    }

    /// The same for all that is due in the account's turn. Who calls it is in the account's [`span`].
    pub(crate) async fn sweep_turn(self: &Arc<Self>, account: &Account, turn: &Turn, is_management: bool) -> AccountReport {
        let started_at = Timestamp::now();
        let opened = self.open(account).await;
        let (session, unreachable) = match opened {
            Ok(session) => (Some(session), None),
            Err(blind) => (None, Some(blind)),
        };
        let regions = match &session {
            Some(session) => self.regions(session).await,
            None => None,
        };
        let places = std::iter::once(Place::Global)
            .chain(regions.clone().unwrap_or_else(|| self.assumed_regions(account.id)).into_iter().map(Place::Region));
        let targets = match (&session, &unreachable) {
            (Some(session), _) => self.sweep_targets(account, session, places.collect(), turn, is_management, started_at).await,
            (None, blind) => {
                let blind = blind.clone().unwrap_or_else(|| Blind::new(BlindReason::AwsError, "no session"));
                places.map(|place| self.blind_target(place, &blind, turn, is_management)).collect()
            }
        };
        let report = AccountReport {
            account: account.id,
            started_at,
            finished_at: Timestamp::now(),
            cadences: turn.cadences.iter().collect(),
            unreachable,
            regions,
            targets: targets.into_iter().filter(|target| !target.verdicts.is_empty()).collect(),
        };
        say(&report);
        report
    }

    async fn open(&self, account: &Account) -> Result<Session, Blind> {
        if !account.state.sweepable() {
            return Err(Blind::new(BlindReason::AccountSuspended, format!("account {} is {}", account.id, account.state.as_str())));
        }
        let timeout = self.settings.sweep_timeout;
        tokio::time::timeout(timeout, self.hub.session(account.id))
            .await
            .unwrap_or_else(|_| Err(Blind::new(BlindReason::Timeout, format!("no session in {} within {timeout:?}", account.id))))
    }

    /// The selected regions that are enabled in the account; `None` where AWS does not say.
    async fn regions(&self, session: &Session) -> Option<Vec<Region>> {
        match self.hub.enabled_regions(session).await {
            Ok(enabled) => {
                let regions: Vec<Region> =
                    enabled.into_iter().map(|EnabledRegion { region, .. }| region).filter(|region| self.selection.region(region)).collect();
                self.known_regions.lock().unwrap_or_else(PoisonError::into_inner).insert(session.account, regions.clone());
                self.unlisted.lock().unwrap_or_else(PoisonError::into_inner).remove(&session.account);
                Some(regions)
            }
            Err(blind) => {
                if self.unlisted.lock().unwrap_or_else(PoisonError::into_inner).insert(session.account) {
                    tracing::warn!(
                        detail = blind.detail,
                        "the account's regions cannot be listed: sweeping those known, or those that every account has, and no others"
                    );
                }
                None
            }
        }
    }

    /// Takes every account to have these regions until one that answers says otherwise.
    pub fn remember_default_regions(&self, regions: Vec<Region>) {
        *self.remembered_regions.lock().unwrap_or_else(PoisonError::into_inner) = regions;
    }

    /// Takes the regions of an account to be these until it says otherwise.
    pub fn learn_regions(&self, account: AccountId, regions: Vec<Region>) {
        let regions = regions.into_iter().filter(|region| self.selection.region(region)).collect();
        self.known_regions.lock().unwrap_or_else(PoisonError::into_inner).insert(account, regions);
    }

    fn assumed_regions(&self, account: AccountId) -> Vec<Region> {
        let known = self.known_regions.lock().unwrap_or_else(PoisonError::into_inner).get(&account).cloned();
        known.unwrap_or_else(|| self.default_regions())
    }

    fn blind_target(&self, place: Place, blind: &Blind, turn: &Turn, is_management: bool) -> TargetReport {
        let verdicts = self.program.due(&place, is_management, turn).blind(blind);
        if !verdicts.is_empty() {
            self.metrics.ended(Outcome::Unreachable);
        }
        TargetReport { place, verdicts, measures: Vec::new() }
    }

    /// Sweeps the targets, as many at once as there are workers for. A panic in one is that one's failure.
    async fn sweep_targets(
        self: &Arc<Self>,
        account: &Account,
        session: &Session,
        places: Vec<Place>,
        turn: &Turn,
        is_management: bool,
        now: Timestamp,
    ) -> Vec<TargetReport> {
        let account = Arc::new(account.clone());
        // No account takes more than a quarter of the workers: a huge or slow one leaves the others theirs.
        let share = Arc::new(Semaphore::new((self.settings.workers / 4).max(1)));
        let mut running = JoinSet::new();
        let mut place_of = HashMap::new();
        for place in places.into_iter().filter(|place| !self.program.due(place, is_management, turn).is_empty()) {
            let (sweeper, account, session, turn) = (Arc::clone(self), Arc::clone(&account), session.clone(), turn.clone());
            let span = tracing::info_span!("target", region = %place);
            let task = {
                let (place, share) = (place.clone(), Arc::clone(&share));
                async move {
                    let _share = share.acquire().await;
                    sweeper.sweep_target(&account, &session, &place, &turn, is_management, now).await
                }
                .instrument(span)
            };
            place_of.insert(running.spawn(task).id(), place);
        }
        let mut targets = Vec::new();
        while let Some(joined) = running.join_next_with_id().await {
            let (id, (verdicts, measures)) = match joined {
                Ok(swept) => swept,
                Err(error) => {
                    self.metrics.ended(Outcome::Panicked);
                    let Some(place) = place_of.get(&error.id()) else { continue };
                    tracing::error!(region = %place, %error, "a sweep failed: this is a bug in orgsweep");
                    let blind = Blind::new(BlindReason::AwsError, "the sweep of this target failed inside orgsweep; its log says more");
                    (error.id(), (self.program.due(place, is_management, turn).blind(&blind), Vec::new()))
                }
            };
            if let Some(place) = place_of.remove(&id) {
                targets.push(TargetReport { place, verdicts, measures });
            }
        }
        targets.sort_by(|a, b| a.place.cmp(&b.place));
        targets
    }

    async fn sweep_target(
        &self,
        account: &Account,
        session: &Session,
        place: &Place,
        turn: &Turn,
        is_management: bool,
        now: Timestamp,
    ) -> (Vec<(CheckId, Verdict)>, Vec<(Measure, f64)>) {
        let due = self.program.due(place, is_management, turn);
        let home = self.hub.home_region();
        let region = place.region().unwrap_or(home);
        let kinds = due.facts();
        // Before it takes a worker: many sweeps wait for the same answer.
        let mut facts = FactSet::default();
        self.organization_facts.add_to(&mut facts, &kinds, &self.hub, region).await;

        let Ok(_worker) = self.workers.acquire().await else { return Default::default() };
        let _busy = Busy::new(&self.metrics);
        let started = Instant::now();
        let timeout = self.settings.sweep_timeout;
        // The session again: waiting for a worker may have taken a good part of its life.
        let session = match self.hub.session(session.account).await {
            Ok(session) => session,
            Err(blind) => return (due.blind(&blind), Vec::new()),
        };
        let caller = self.hub.caller(&session, region.clone());
        let own: Vec<_> = kinds
            .into_iter()
            .filter(|kind| match kind.spec().scope {
                FactScope::Account | FactScope::Region => true,
                FactScope::Management => is_management,
                FactScope::Organization | FactScope::OrganizationRegion => false,
            })
            .collect();
        let mut seen = orgsweep_aws::collect(&own, &self.hub, account, &caller, timeout).await;
        if session.is_rejected()
            && let Ok(session) = self.hub.session(session.account).await
        {
            // The credentials ended on the way. All is asked again, once: parts of what was seen may be blind for it.
            let caller = self.hub.caller(&session, region.clone());
            seen = orgsweep_aws::collect(&own, &self.hub, account, &caller, timeout.saturating_sub(started.elapsed())).await;
        }
        facts.absorb(&seen);
        let context = Context {
            now,
            account: account.id,
            place: place.clone(),
            home_region: home.clone(),
            management_account: self.hub.management_account(),
        };
        let verdicts = due.evaluate(&facts, &context);
        let outcome = if started.elapsed() < timeout { Outcome::Done } else { Outcome::Timeout };
        self.metrics.duration.observe(started.elapsed().as_secs_f64());
        self.metrics.ended(outcome);
        (verdicts, facts.measures())
    }
}

/// What everything that happens in an account's sweep is in, so that each line of the log says whose it is.
pub(crate) fn span(account: AccountId, turn: &Turn) -> Span {
    tracing::info_span!("sweep", %account, cadences = %turn.cadences)
}

fn say(report: &AccountReport) {
    let verdicts = || report.targets.iter().flat_map(|target| &target.verdicts);
    let count = |status| verdicts().filter(|(_, verdict)| verdict.status() == status).count();
    tracing::debug!(
        seconds = report.finished_at.duration_since(report.started_at).as_secs_f64(),
        targets = report.targets.len(),
        pass = count("pass"),
        fail = count("fail"),
        not_applicable = count("not_applicable"),
        unknown = count("unknown"),
        unreachable = report.unreachable.as_ref().map(|blind| blind.reason.as_str()),
        "swept"
    );
}

/// Counts a worker as busy for as long as it lives, however the sweep ends.
struct Busy<'a>(&'a SweepMetrics);

impl<'a> Busy<'a> {
    fn new(metrics: &'a SweepMetrics) -> Self {
        metrics.busy.inc();
        Self(metrics)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.busy.dec();
    }
}
