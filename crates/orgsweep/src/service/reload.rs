//! A change of the configuration while the daemon runs: all of it or nothing.

use std::sync::{Arc, PoisonError};

use anyhow::Context;
use jiff::Timestamp;
use orgsweep_aws::Aws;
use orgsweep_model::Organization;
use orgsweep_posture::{Board, BoardConfig};
use orgsweep_server::ReloadNow;
use orgsweep_sweep::Selection;
use tokio::{
    signal::unix::Signal,
    sync::{mpsc, oneshot},
};
use tokio_util::sync::CancellationToken;

use super::{Current, Listed, Source, generation::Generation, watch::Watched};
use crate::{
    config::{self, Config, Loaded},
    engine::{self, Engine, Narrowing},
    figures::{Figures, ReloadFigures},
    logging,
};

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
            };
            // Looked at before it is read: what changes meanwhile is seen the next time.
            watched.look().await;
            let (next, done) = Box::pin(self.reload(generation)).await;
            generation = next?;
            watched.watch(self.source.files(&self.config)).await;
            if let Some(reply) = reply {
                // Whoever asked may have gone.
                let _ = reply.send(done);
            }
        }
    }

    /// Reads the configuration anew and takes it, or keeps the old one. Gives the sweeping that goes on, and what to tell people.
    async fn reload(&mut self, generation: Generation) -> (anyhow::Result<Generation>, Result<String, String>) {
        let loaded = match self.read().await {
            Ok(Some(loaded)) => loaded,
            Ok(None) => return (Ok(generation), Ok("The configuration is built in: there is nothing to read.".to_owned())),
            Err(not_taken) => return (Ok(generation), Err(self.keep(&not_taken))),
        };
        let warnings = [loaded.warnings.clone(), needs_restart(&self.started, &loaded.config)].concat();
        let sweeps_otherwise = sweeping(&self.config) != sweeping(&loaded.config) || self.tags != loaded.exceptions.tags;
        let taken = if sweeps_otherwise { self.replace(loaded, generation).await } else { self.redraw(loaded, generation).await };
        match taken {
            Ok(generation) => {
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
            Err((Some(generation), error)) => (Ok(generation), Err(self.keep(&NotTaken::Failed(error)))),
            // The old sweeping has ended and the new one cannot begin: a daemon that does not sweep must not look alive.
            Err((None, error)) => (Err(error), Err("The daemon failed.".to_owned())),
        }
    }

    fn keep(&self, not_taken: &NotTaken) -> String {
        self.reload_figures.done(false);
        let mistakes = not_taken.to_string();
        for mistake in mistakes.lines() {
            tracing::error!("{mistake}");
        }
        tracing::error!("the configuration has mistakes: the one from before stays");
        mistakes
    }

    async fn read(&self) -> Result<Option<Loaded>, NotTaken> {
        let Source::File(named) = &self.source else { return Ok(None) };
        let named = named.clone();
        let read = tokio::task::spawn_blocking(move || {
            let loaded = config::load(named.as_deref(), config::environment()).map_err(|errors| NotTaken::Mistakes(errors.to_string()))?;
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
        let organization = self.board.organization();
        if let Err(error) = self.reconfigure(drawn, &config, organization, &generation.sweeper().selection()).await {
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
        generation.stop().await.map_err(|error| (None, error))?;

        // Other accounts than before are no shrunk listing.
        let (old, new) = (&self.config.organization, &config.organization);
        let listing = before.listing().filter(|_| old.accounts == new.accounts && old.role_arn == new.role_arn);
        let organization = listing.as_ref().map_or_else(|| self.board.organization(), |listing| engine.sweeper().select(listing));
        self.reconfigure(engine.board_config(&config), &config, organization, &engine.sweeper().selection())
            .await
            .map_err(|error| (None, error))?;
        let asks_the_same = engine::program_name(&config) == engine::program_name(&self.config);
        let daemon = engine.daemon(&config, Arc::clone(&self.board)).resume(listing, asks_the_same);
        before.out_of_reach().into_iter().for_each(|account| {
            daemon.sweep_now(account);
        });
        let generation = Generation::start(Arc::new(daemon), engine.sweeper(), self.listed.clone());
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = generation.daemon();
        logging::set_level(&config.log);
        self.config = config;
        self.tags = tags;
        Ok(generation)
    }

    async fn reconfigure(
        &self,
        drawn: BoardConfig,
        config: &Config,
        organization: Organization,
        selection: &Arc<dyn Selection>,
    ) -> anyhow::Result<()> {
        let (board, selection) = (Arc::clone(&self.board), Arc::clone(selection));
        let (keep, program) = (config.store.keep_transitions.get(), engine::program_name(config));
        tokio::task::spawn_blocking(move || {
            board.reconfigure(drawn, keep, program, &organization, |region| selection.region(region), Timestamp::now());
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
