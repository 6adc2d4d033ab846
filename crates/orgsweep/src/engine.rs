//! Wiring: from a configuration to the parts that work.

use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash, Hasher},
    sync::Arc,
};

use anyhow::Context;
use orgsweep_aws::{Aws, Gate, Hub, HubSettings, Limits, Meter, SessionSettings};
use orgsweep_model::{Account, AccountId, AccountState, CheckId, CheckMeta, FactKind, OuPath, Region, Scope, Severity};
use orgsweep_posture::{Board, BoardConfig, CheckEntry, Exceptions, PassValidity};
use orgsweep_sweep::{Daemon, DaemonSettings, Intervals, Program, ProgramCheck, Selection, SweepMetrics, Sweeper, SweeperSettings};

use crate::{
    config::{self, Config, EnabledCheck, Loaded, LoadedExceptions},
    figures::Figures,
};

/// Files that the process may want to have open at once.
const OPEN_FILES: u64 = 65_536;

/// What a command line narrows a configuration down to. Empty means no narrowing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowing {
    /// Only these accounts.
    pub accounts: Vec<AccountId>,
    /// Only these regions.
    pub regions: Vec<Region>,
    /// Only these checks, even if the configuration switches them off.
    pub checks: Vec<CheckId>,
}

/// The parts, ready to sweep.
pub struct Engine {
    /// Counts every request.
    pub meter: Arc<Meter>,
    /// Sweeps accounts.
    pub sweeper: Arc<Sweeper>,
    /// The enabled checks.
    pub program: Arc<Program>,
    /// How much a failure of each enabled check matters here.
    pub checks: Vec<CheckEntry>,
    /// What people say beside what was seen.
    pub exceptions: Arc<Exceptions>,
    metrics: Arc<SweepMetrics>,
}

impl Engine {
    /// Builds the parts, with metrics of their own. Asks AWS nothing yet.
    pub async fn new(config: &Config, exceptions: LoadedExceptions, aws: Aws, narrowing: Narrowing) -> anyhow::Result<Self> {
        Self::with(config, exceptions, aws, narrowing, &Figures::new()?).await
    }

    /// The same, with metrics that are there already.
    pub async fn with(
        config: &Config,
        exceptions: LoadedExceptions,
        aws: Aws,
        narrowing: Narrowing,
        figures: &Figures,
    ) -> anyhow::Result<Self> {
        let Figures { meter, sweeps: metrics, .. } = figures.clone();
        let gate = Arc::new(Gate::new(limits(config)));

        let enabled = enabled_checks(config, &narrowing.checks);
        let checks = enabled.iter().map(entry).collect();
        let program = enabled.into_iter().map(|check| ProgramCheck { check: check.configured, cadence: check.cadence });
        let program = Arc::new(Program::new(program.collect()));

        let settings = hub_settings(config, &exceptions, aws, program.facts());
        let hub = Hub::new(settings, gate, Arc::clone(&meter)).await?;
        let selection = Arc::new(Narrowed { selection: config.select.clone(), narrowing });
        let settings = SweeperSettings {
            workers: workers(config),
            sweep_timeout: config.schedule.sweep_timeout.get(),
            organization_facts_valid: shared_valid(config),
        };
        let sweeper = Sweeper::new(Arc::new(hub), Arc::clone(&program), selection, settings, Arc::clone(&metrics));
        Ok(Self { meter, sweeper: Arc::new(sweeper), program, checks, exceptions: Arc::new(exceptions.exceptions), metrics })
    }

    /// What the board is told.
    pub fn board_config(&self, config: &Config) -> BoardConfig {
        board_config(config, self.checks.clone(), Arc::clone(&self.exceptions))
    }

    /// Sweeps accounts.
    pub fn sweeper(&self) -> Arc<Sweeper> {
        Arc::clone(&self.sweeper)
    }

    /// The daemon that sweeps for ever and commits to `board`.
    pub fn daemon(&self, config: &Config, board: Arc<Board>) -> Daemon {
        let schedule = &config.schedule;
        let settings = DaemonSettings {
            intervals: Intervals {
                frequent: schedule.frequent.get(),
                standard: schedule.standard.get(),
                daily: schedule.daily.get(),
                jitter: schedule.jitter.get(),
            },
            refresh: config.organization.refresh.get(),
            max_shrink: config.organization.max_shrink.get(),
            accounts_at_once: workers(config),
        };
        Daemon::new(settings, Arc::clone(&self.program), Arc::clone(&self.sweeper), board, Arc::clone(&self.metrics))
    }

    /// Whether any enabled check is about a region.
    pub fn has_regional_checks(&self) -> bool {
        self.checks.iter().any(|check| check.scope == Scope::Region)
    }

    /// How much a failure of this check matters here.
    pub fn severity(&self, check: CheckId) -> Severity {
        self.entry(check).map_or(Severity::Low, |entry| entry.severity)
    }

    /// An enabled check.
    pub fn entry(&self, check: CheckId) -> Option<&CheckEntry> {
        self.checks.iter().find(|entry| entry.id == check)
    }
}

/// What the board is told.
pub fn board_config(config: &Config, checks: Vec<CheckEntry>, exceptions: Arc<Exceptions>) -> BoardConfig {
    use orgsweep_model::Cadence::{Daily, Frequent, Standard};
    let valid = |cadence| config.schedule.pass_valid(cadence);
    BoardConfig {
        checks,
        pass_valid: PassValidity { frequent: valid(Frequent), standard: valid(Standard), daily: valid(Daily) },
        detail: match config.metrics.detail {
            config::Detail::Region => orgsweep_posture::Detail::Region,
            config::Detail::Account => orgsweep_posture::Detail::Account,
            config::Detail::Organization => orgsweep_posture::Detail::Organization,
            config::Detail::Auto => orgsweep_posture::Detail::Auto,
        },
        max_series: config.metrics.max_series as usize,
        account_labels: config.metrics.account_labels.clone(),
        exceptions,
    }
}

/// The enabled checks, as the board knows them.
pub fn check_entries(config: &Config) -> Vec<CheckEntry> {
    config.enabled_checks().iter().map(entry).collect()
}

/// What the catalogue says of a check.
pub fn meta(check: CheckId) -> Option<&'static CheckMeta> {
    orgsweep_checks::find(check.as_str()).map(|found| found.meta)
}

/// A name for what sweeps ask: the program's version, the selected regions, the enabled checks and their parameters. What was swept under another name is swept
/// again.
pub fn program_name(config: &Config) -> String {
    let mut hash = DefaultHasher::new();
    env!("CARGO_PKG_VERSION").hash(&mut hash);
    // A region that was not looked at has not been swept, however lately its account was.
    format!("{:?}", config.select.regions).hash(&mut hash);
    for check in config.enabled_checks() {
        let id = check.registered.meta.id.as_str();
        id.hash(&mut hash);
        config.checks.params.get(id).map(ToString::to_string).hash(&mut hash);
    }
    format!("{:016x}", hash.finish())
}

/// How long an answer that all accounts share is taken as true: no older than what the quickest check may be, whose verdict carries the date
/// of its own sweep.
pub fn shared_valid(config: &Config) -> std::time::Duration {
    config.schedule.frequent.get().min(config.schedule.standard.get())
}

/// Accounts swept at once, and targets swept at once.
pub fn workers(config: &Config) -> usize {
    config.limits.workers as usize
}

fn enabled_checks(config: &Config, only: &[CheckId]) -> Vec<EnabledCheck> {
    if only.is_empty() {
        return config.enabled_checks();
    }
    let mut config = config.clone();
    config.checks.disable.clear();
    config.checks.enable = only.iter().map(ToString::to_string).collect();
    config.enabled_checks().into_iter().filter(|check| only.contains(&check.registered.meta.id)).collect()
}

fn entry(check: &EnabledCheck) -> CheckEntry {
    let meta = check.registered.meta;
    CheckEntry {
        id: meta.id,
        title: meta.en.title,
        severity: check.severity,
        scope: meta.scope,
        cadence: check.cadence,
        attestable: meta.attestable,
    }
}

/// How fast the configuration lets requests go.
pub fn limits(config: &Config) -> Limits {
    let limits = &config.limits;
    let shared = &limits.shared_rps;
    let shared = [("organizations", shared.organizations), ("sts", shared.sts), ("account", shared.account)];
    Limits {
        in_flight: limits.in_flight as usize,
        per_account_rps: limits
            .per_account_rps
            .names()
            .map(|name| (name.to_owned(), limits.per_account_rps.of(name).per_second()))
            .collect(),
        shared_rps: shared.into_iter().map(|(name, rate)| (name.to_owned(), rate.per_second())).collect(),
    }
}

/// What the hub needs to know to ask for these facts.
pub fn hub_settings(config: &Config, exceptions: &LoadedExceptions, aws: Aws, facts: Vec<FactKind>) -> HubSettings {
    let sessions = &config.sessions;
    HubSettings {
        aws,
        home_region: config.select.regions.home.clone(),
        organization_role_arn: config.organization.role_arn.as_ref().map(ToString::to_string),
        static_accounts: config.organization.accounts.iter().map(static_account).collect(),
        tags: exceptions.tags || !config.metrics.account_labels.is_empty() || config.select.by_tags(),
        units: config.select.by_units(),
        sessions: SessionSettings {
            role_name: sessions.role_name.to_string(),
            external_id: sessions.external_id.as_ref().map(ToString::to_string),
            session_name: sessions.session_name.to_string(),
            duration: sessions.duration.get(),
            restrict: sessions.restrict,
            management_account: match sessions.management_account {
                config::ManagementAccount::Role => orgsweep_aws::ManagementAccount::Role,
                config::ManagementAccount::Ambient => orgsweep_aws::ManagementAccount::Ambient,
                config::ManagementAccount::Skip => orgsweep_aws::ManagementAccount::Skip,
            },
        },
        facts,
    }
}

fn static_account(given: &config::StaticAccount) -> Account {
    Account {
        id: given.id,
        name: given.name.clone().unwrap_or_else(|| given.id.to_string()),
        ou_path: OuPath::default(),
        state: AccountState::Active,
        tags: given.tags.clone(),
    }
}

/// The configuration's selection, narrowed by the command line.
#[derive(Debug)]
struct Narrowed {
    selection: config::Selection,
    narrowing: Narrowing,
}

impl Selection for Narrowed {
    fn account(&self, account: &Account) -> bool {
        let only = &self.narrowing.accounts;
        (only.is_empty() || only.contains(&account.id)) && self.selection.account(account)
    }

    fn region(&self, region: &Region) -> bool {
        let only = &self.narrowing.regions;
        (only.is_empty() || only.contains(region)) && self.selection.region(region)
    }

    fn by_tags(&self) -> bool {
        self.selection.by_tags()
    }

    fn by_units(&self) -> bool {
        self.selection.by_units()
    }
}

/// The configuration that a command was told to use, with the waivers and attestations that it names. Starts the log with it, which then says where it came from.
pub fn load(args: &crate::cli::ConfigArgs, bars: Option<&indicatif::MultiProgress>) -> anyhow::Result<Loaded> {
    let loaded = config::load(args.config.as_deref(), config::environment())?;
    crate::logging::start(&loaded.config.log, &loaded.config.otlp, bars)?;
    if let Some(file) = &loaded.source {
        tracing::debug!("configured by {}", file.display());
    } else {
        tracing::debug!("no configuration file: the defaults hold");
    }
    loaded.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    Ok(loaded)
}

/// The runtime that everything asynchronous runs on.
pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    start(&mut tokio::runtime::Builder::new_multi_thread())
}

/// A runtime of so many threads.
pub fn runtime_of(threads: u16) -> anyhow::Result<tokio::runtime::Runtime> {
    if threads == 1 {
        return start(&mut tokio::runtime::Builder::new_current_thread());
    }
    start(tokio::runtime::Builder::new_multi_thread().worker_threads(threads.into()))
}

fn start(builder: &mut tokio::runtime::Builder) -> anyhow::Result<tokio::runtime::Runtime> {
    // Every region of every service is a host with connections of its own, and the usual soft limit is 1024 files.
    if let Err(error) = rlimit::increase_nofile_limit(OPEN_FILES) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
    builder.enable_all().build().context("cannot start the runtime")
}
