//! A change of the configuration while the daemon runs: all of it or nothing.

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError},
    time::Duration,
};

use anyhow::Context;
use jiff::Timestamp;
use orgsweep_aws::Aws;
use orgsweep_model::Organization;
use orgsweep_posture::{Board, BoardConfig};
use orgsweep_server::ReloadNow;
use orgsweep_sweep::{Daemon, Selection, Sweeper};
use tokio::{
    signal::unix::Signal,
    sync::{mpsc, oneshot},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use super::{Current, Listed, Source, generation::Generation, watch::Watched};
use crate::{
    config::{self, Config, Loaded},
    engine::{self, Engine, Narrowing},
    figures::{Figures, ReloadFigures},
    logging,
};

/// How long after a configuration was refused it is read once more.
const AFTER_REFUSAL: Duration = Duration::from_mins(1);

/// Who wants to know what became of a reload.
type Reply = oneshot::Sender<Result<String, String>>;

/// Asks for reloads.
#[derive(Clone)]
pub struct Reloads(mpsc::Sender<Reply>);

/// What was asked for.
pub struct Asked(mpsc::Receiver<Reply>);

/// All who ask for reloads.
pub struct Wishes {
    /// People.
    pub asked: Asked,
    /// SIGHUP.
    pub hangup: Signal,
    /// The configuration's files.
    pub watched: Watched,
}

/// A way to ask for reloads, which are done one after the other.
pub fn channel() -> (Reloads, Asked) {
    let (send, receive) = mpsc::channel(8);
    (Reloads(send), Asked(receive))
}

impl Reloads {
    /// For the HTTP server.
    pub fn handler(&self) -> ReloadNow {
        let reloads = self.0.clone();
        Arc::new(move || {
            let reloads = reloads.clone();
            Box::pin(async move {
                let stopping = || "The daemon is stopping.".to_owned();
                let (reply, done) = oneshot::channel();
                reloads.send(reply).await.map_err(|_| stopping())?;
                done.await.map_err(|_| stopping())?
            })
        })
    }
}

/// What a reload needs to know and to change.
pub struct Reloader {
    pub source: Source,
    /// What the configuration in force was read from.
    pub read: Read,
    pub aws: Aws,
    pub figures: Figures,
    pub reload_figures: ReloadFigures,
    pub board: Arc<Board>,
    pub current: Current,
    /// The configuration in force.
    pub config: Config,
    /// The configuration that the process began with.
    pub started: Config,
    /// Whether its waivers need accounts' tags.
    pub tags: bool,
    /// Told when the organization was listed for the first time.
    pub listed: Listed,
}

/// What a configuration was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    file: Option<PathBuf>,
    /// There was nothing in it.
    blank: bool,
}

impl Read {
    /// What this one was read from.
    pub fn of(loaded: &Loaded) -> Self {
        Self { file: loaded.source.clone(), blank: loaded.blank }
    }

    /// A file that went, or that is still empty because somebody is writing it, does not ask for the defaults.
    fn check(&self, next: &Self) -> Result<(), NotTaken> {
        let Some(file) = &self.file else { return Ok(()) };
        let why = if next.file.as_ref() != Some(file) && !file.exists() {
            "the configuration file is not there any more"
        } else if next.blank && !self.blank {
            "the configuration file is empty, and was not before: write {} into it to have the defaults"
        } else {
            return Ok(());
        };
        Err(NotTaken::Mistakes(format!("{}: {why}", next.file.as_ref().unwrap_or(file).display())))
    }
}

/// Why a configuration was not taken.
#[derive(Debug, thiserror::Error)]
enum NotTaken {
    #[error("{0}")]
    Mistakes(String),
    #[error("{0:#}")]
    Failed(#[from] anyhow::Error),
}

impl Reloader {
    /// Sweeps, and reloads when that is asked for by hand, by SIGHUP or by a changed file, until `shutdown`.
    pub async fn run(
        mut self,
        mut generation: Generation,
        reloads: Reloads,
        wishes: Wishes,
        shutdown: CancellationToken,
    ) -> anyhow::Result<()> {
        // As long as this one is there, the channel is not closed.
        let _reloads = reloads;
        let Wishes { mut asked, mut hangup, mut watched } = wishes;
        let mut refused: Option<String> = None;
        loop {
            let reply = tokio::select! {
                () = shutdown.cancelled() => {
                    super::tell_service_manager(&[sd_notify::NotifyState::Stopping]);
                    return generation.stop().await;
                }
                failed = generation.failed() => return Err(failed),
                Some(reply) = asked.0.recv() => {
                    tracing::info!("a reload was asked for by hand");
                    Some(reply)
                }
                Some(()) = hangup.recv() => {
                    tracing::info!("SIGHUP: reading the configuration anew");
                    None
                }
                changed = watched.changed() => {
                    tracing::info!(file = %changed.display(), "a file of the configuration changed: reading it anew");
                    None
                }
                // What it names, or what that was about, may have become right without any of the files that are watched.
                () = sleep(AFTER_REFUSAL), if refused.is_some() => {
                    tracing::debug!("the configuration was refused: reading it once more");
                    None
                }
            };
            // Looked at before it is read: what changes meanwhile is seen the next time.
            watched.settle().await;
            let (next, done) = Box::pin(self.reload(generation, refused.as_deref())).await;
            refused = done.as_ref().err().cloned();
            generation = next?;
            watched.watch(self.source.files(&self.config)).await;
            if let Some(reply) = reply {
                // Whoever asked may have gone.
                let _ = reply.send(done);
            }
        }
    }

    /// Reads the configuration anew and takes it, or keeps the old one. Gives the sweeping that goes on, and what to tell people.
    async fn reload(&mut self, generation: Generation, refused: Option<&str>) -> (anyhow::Result<Generation>, Result<String, String>) {
        let loaded = match self.read().await {
            Ok(Some(loaded)) => loaded,
            Ok(None) => return (Ok(generation), Ok("The configuration is built in: there is nothing to read.".to_owned())),
            Err(not_taken) => return (Ok(generation), Err(self.keep(&not_taken, refused))),
        };
        let read = Read::of(&loaded);
        let warnings = [loaded.warnings.clone(), needs_restart(&self.started, &loaded.config)].concat();
        let sweeps_otherwise = sweeping(&self.config) != sweeping(&loaded.config) || self.tags != loaded.exceptions.tags;
        let taken = if sweeps_otherwise { self.replace(loaded, generation).await } else { self.redraw(loaded, generation).await };
        match taken {
            Ok(generation) => {
                self.read = read;
                self.reload_figures.done(true);
                for warning in &warnings {
                    tracing::warn!("{warning}");
                }
                let how = if sweeps_otherwise { "with new sweeps" } else { "the sweeps go on as they were" };
                tracing::info!("the configuration was read and taken, {how}");
                let told = std::iter::once(format!("The configuration was read and taken, {how}."));
                let told = told.chain(warnings.iter().map(|warning| format!("warning: {warning}")));
                (Ok(generation), Ok(told.collect::<Vec<_>>().join("\n")))
            }
            Err((Some(generation), error)) => (Ok(generation), Err(self.keep(&NotTaken::Failed(error), refused))),
            // The old sweeping has ended and the new one cannot begin: a daemon that does not sweep must not look alive.
            Err((None, error)) => (Err(error), Err("The daemon failed.".to_owned())),
        }
    }

    /// Says why the configuration is not taken, unless that was `said` of it before.
    fn keep(&self, not_taken: &NotTaken, said: Option<&str>) -> String {
        self.reload_figures.done(false);
        let mistakes = not_taken.to_string();
        if said == Some(&mistakes) {
            return mistakes;
        }
        for mistake in mistakes.lines() {
            tracing::error!("{mistake}");
        }
        tracing::error!("the configuration has mistakes: the one from before stays");
        mistakes
    }

    async fn read(&self) -> Result<Option<Loaded>, NotTaken> {
        let Source::File(named) = &self.source else { return Ok(None) };
        let (named, before) = (named.clone(), self.read.clone());
        let read = tokio::task::spawn_blocking(move || {
            let loaded = config::load(named.as_deref(), config::environment()).map_err(|errors| NotTaken::Mistakes(errors.to_string()))?;
            before.check(&Read::of(&loaded))?;
            // Files that only the next start needs, and that would keep it from starting.
            super::Door::new(&loaded.config.server).map_err(|mistake| NotTaken::Mistakes(mistake.to_string()))?;
            Ok(loaded)
        });
        read.await.context("reading the configuration panicked")?.map(Some)
    }

    /// Takes a configuration with which the sweeps are the same.
    async fn redraw(&mut self, loaded: Loaded, generation: Generation) -> Result<Generation, (Option<Generation>, anyhow::Error)> {
        let Loaded { config, exceptions, .. } = loaded;
        let drawn = engine::board_config(&config, engine::check_entries(&config), Arc::new(exceptions.exceptions));
        if let Err(error) = self.reconfigure(drawn, &config, None, &generation.sweeper().selection()).await {
            return Err((Some(generation), error));
        }
        logging::set_level(&config.log);
        generation.daemon().retry_now();
        self.config = config;
        Ok(generation)
    }

    /// Takes a configuration that needs other sweeps: those under way are let end, and new ones begin where they were.
    async fn replace(&mut self, loaded: Loaded, generation: Generation) -> Result<Generation, (Option<Generation>, anyhow::Error)> {
        let Loaded { config, exceptions, .. } = loaded;
        let tags = exceptions.tags;
        let engine = match Engine::with(&config, exceptions, self.aws.clone(), Narrowing::default(), &self.figures).await {
            Ok(engine) => engine,
            Err(error) => return Err((Some(generation), error)),
        };
        let before = generation.daemon();
        let sweeper = engine.sweeper();
        let listing = match self.listing_for(&before, &sweeper).await {
            Ok(listing) => listing,
            Err(error) => return Err((Some(generation), error)),
        };
        generation.stop().await.map_err(|error| (None, error))?;

        // Other accounts than before are no shrunk listing.
        let (old, new) = (&self.config.organization, &config.organization);
        let of_same = before.listing().is_some() && old.accounts == new.accounts && old.role_arn == new.role_arn;
        let organization = listing.as_ref().map(|listing| sweeper.select_kept(listing));
        self.reconfigure(engine.board_config(&config), &config, organization, &sweeper.selection()).await.map_err(|error| (None, error))?;
        let daemon = Arc::new(engine.daemon(&config, Arc::clone(&self.board)).resume(listing, of_same));
        let out_of_reach = before.out_of_reach();
        {
            // Whoever asks for a sweep meanwhile waits, and asks the new one.
            let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
            before.asked().into_iter().chain(out_of_reach).for_each(|account| {
                daemon.sweep_now(account);
            });
            *current = Arc::clone(&daemon);
        }
        let generation = Generation::start(daemon, sweeper, self.listed.clone());
        logging::set_level(&config.log);
        self.config = config;
        self.tags = tags;
        Ok(generation)
    }

    /// The last good listing, for sweeps that begin with it. If it does not tell what they want to know of the accounts, it is made anew while
    /// the old ones go on: nobody leaves because something was not asked before.
    async fn listing_for(&self, before: &Daemon, sweeper: &Sweeper) -> anyhow::Result<Option<Organization>> {
        let Some(known) = before.listing().or_else(|| before.swept()) else { return Ok(None) };
        if sweeper.may_select(&known) && (known.tagged || !sweeper.hub().lists_tags()) {
            return Ok(Some(known));
        }
        tracing::info!("the configuration asks for the accounts' tags or units, which are not known: listing the organization first");
        Ok(Some(before.listing_with(sweeper.hub().list_organization().await?)))
    }

    async fn reconfigure(
        &self,
        drawn: BoardConfig,
        config: &Config,
        organization: Option<Organization>,
        selection: &Arc<dyn Selection>,
    ) -> anyhow::Result<()> {
        let (board, selection) = (Arc::clone(&self.board), Arc::clone(selection));
        let (keep, program) = (config.store.keep_transitions.get(), engine::program_name(config));
        tokio::task::spawn_blocking(move || {
            board.reconfigure(drawn, keep, program, organization, |region| selection.region(region), Timestamp::now());
        })
        .await
        .context("taking the configuration panicked")
    }
}

/// What of a configuration sweeps depend on.
fn sweeping(config: &Config) -> Config {
    let unused = Config::default();
    Config {
        waivers: unused.waivers,
        attestations: unused.attestations,
        metrics: config::MetricsConfig {
            // They decide whether accounts' tags are asked for.
            account_labels: config.metrics.account_labels.clone(),
            ..unused.metrics
        },
        store: unused.store,
        server: unused.server,
        cluster: unused.cluster,
        log: unused.log,
        otlp: unused.otlp,
        ..config.clone()
    }
}

/// What has changed and takes effect at the next start only.
fn needs_restart(old: &Config, new: &Config) -> Vec<String> {
    let later = |key: &str| format!("{key} has changed: that takes effect when orgsweep is restarted");
    [
        (old.server != new.server, "server"),
        (old.store.path != new.store.path, "store.path"),
        (old.cluster != new.cluster, "cluster"),
        (old.otlp != new.otlp, "otlp"),
        (old.log.format != new.log.format, "log.format"),
    ]
    .into_iter()
    .filter(|(changed, _)| *changed)
    .map(|(_, key)| later(key))
    .collect()
}
