//! The daemon as a whole: the board with its database, the HTTP server, and the sweeping, which a reload replaces.

mod door;
mod generation;
mod reload;
mod watch;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context;
use jiff::Timestamp;
use orgsweep_aws::Aws;
use orgsweep_posture::{Board, Store, StoreStatus};
use orgsweep_server::{About, Api, Latch, Readiness, Server};
use orgsweep_sweep::Daemon;
use tokio::{net::TcpListener, sync::watch as watch_channel, task::JoinSet};
use tokio_util::sync::CancellationToken;

pub use door::Door;
use generation::Generation;
use reload::{Read, Reloader, Reloads, Wishes};
use watch::Watched;

use crate::{
    config::{self, Config, Loaded},
    engine::{self, Engine, Narrowing},
    figures::{Figures, ReloadFigures},
};

/// How long the server and the daemon may take to end. The rest of the five seconds is for the process itself.
const DRAIN: Duration = Duration::from_secs(4);

/// Where the configuration comes from when it is read anew.
#[derive(Clone, Debug)]
pub enum Source {
    /// The file that was named, or the usual places, and the environment.
    File(Option<PathBuf>),
    /// It was made by the program: there is nothing to read.
    BuiltIn,
}

impl Source {
    /// The files that a configuration is made of.
    fn files(&self, config: &Config) -> Vec<PathBuf> {
        match self {
            Self::BuiltIn => Vec::new(),
            Self::File(named) => config::files(named.as_deref(), config),
        }
    }
}

/// The sweeping at present. A reload replaces it.
type Current = Arc<Mutex<Arc<Daemon>>>;

/// Sweeps and serves until `shutdown`.
pub async fn serve(
    loaded: Loaded,
    source: Source,
    aws: Aws,
    listener: TcpListener,
    door: Door,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let started_at = Timestamp::now();
    // From here on, a SIGHUP asks for a reload, and a changed file does, however long it takes until one can be done.
    let hangup = crate::shutdown::hangup()?;
    let watched = Watched::new(source.files(&loaded.config));
    let figures = Figures::new()?;
    let read = Read::of(&loaded);
    let Loaded { config, exceptions, .. } = loaded;
    let tags = exceptions.tags;
    let engine = Engine::with(&config, exceptions, aws.clone(), Narrowing::default(), &figures).await?;

    let store = Store::new(config.store.path.clone(), config.store.keep_transitions.get(), engine::program_name(&config), started_at);
    let (status, reader) = (store.status(), store.reader());
    figures.add_daemon(Arc::clone(&status))?;
    let reload_figures = ReloadFigures::new(&figures.registry)?;
    let board = Arc::new(Board::kept_in(engine.board_config(&config), store));

    let readiness = Readiness::default();
    let restoring = readiness.latch("what was known before the restart");
    let listing = readiness.latch("the first listing of the organization");
    let (restored, is_restored) = watch_channel::channel(false);

    let daemon = Arc::new(engine.daemon(&config, Arc::clone(&board)));
    let current: Current = Arc::new(Mutex::new(daemon));
    let (reloads, asked) = reload::channel();
    let about = {
        let (sweeps, reloaded) = (Arc::clone(&figures.sweeps), reload_figures.clone());
        Arc::new(move || About {
            version: env!("CARGO_PKG_VERSION"),
            started_at,
            listed_at: sweeps.listed_at(),
            reload: reloaded.reload(),
            pending: sweeps.pending(),
            circuits_open: sweeps.circuits_open(),
            lag_seconds: sweeps.lag_seconds(),
        })
    };
    let server = Server {
        board: Arc::clone(&board),
        registry: figures.registry.clone(),
        readiness: readiness.clone(),
        restored: is_restored,
        sweep: sweep_now(&current),
        reload: reloads.handler(),
        api: Api { board: Arc::clone(&board), reader, store: Arc::clone(&status), readiness, about, meta: engine::meta },
        token: door.token.clone(),
    };

    let mut parts = JoinSet::new();
    let stop = shutdown.clone();
    parts.spawn(async move { orgsweep_server::serve(listener, server, door.settings, stop).await.context("the HTTP server failed") });
    parts.spawn(sweep(
        Start { engine, config, read, tags, aws, figures, reload_figures, board, store: status, current, source, reloads, listing },
        Wishes { asked, hangup, watched },
        (restoring, restored),
        shutdown.clone(),
    ));
    ended(parts, &shutdown).await
}

/// What sweeping begins with.
struct Start {
    engine: Engine,
    config: Config,
    read: Read,
    tags: bool,
    aws: Aws,
    figures: Figures,
    reload_figures: ReloadFigures,
    board: Arc<Board>,
    store: Arc<StoreStatus>,
    current: Current,
    source: Source,
    reloads: Reloads,
    listing: Latch,
}

/// Takes up what the database holds, and then sweeps, with the newest configuration, until `shutdown`.
async fn sweep(
    start: Start,
    wishes: Wishes,
    (restoring, restored): (Latch, watch_channel::Sender<bool>),
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let Start { engine, config, read, tags, aws, figures, reload_figures, board, store, current, source, reloads, listing } = start;
    let before = generation::restore(&board, &engine, &store).await?;
    let mut daemon = engine.daemon(&config, Arc::clone(&board));
    if before.is_some() {
        daemon = daemon.resume(before.filter(|listing| !listing.accounts.is_empty()), true);
    }
    let listed = Listed(Arc::new(Mutex::new(Some(listing))));
    let generation = Generation::start(Arc::new(daemon), engine.sweeper(), listed.clone());
    *current.lock().unwrap_or_else(PoisonError::into_inner) = generation.daemon();
    restoring.release();
    // Nobody has to be there to hear it.
    let _ = restored.send(true);
    let closing = Arc::clone(&board);
    let started = config.clone();
    let reloader = Reloader { source, read, aws, figures, reload_figures, board, current, config, started, tags, listed };
    let done = Box::pin(reloader.run(generation, reloads, wishes, shutdown)).await;
    // What is still in its journal comes into the database.
    tokio::task::spawn_blocking(move || closing.close()).await.context("closing the database panicked")?;
    done
}

/// Lets go the latch of the first listing, whichever sweeping has that.
#[derive(Clone)]
pub struct Listed(Arc<Mutex<Option<Latch>>>);

impl Listed {
    /// The organization was listed.
    pub fn now(&self) {
        if let Some(listing) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            listing.release();
            tell_service_manager(&[sd_notify::NotifyState::Ready]);
        }
    }
}

/// Tells systemd, if it started the process and wants to know.
fn tell_service_manager(state: &[sd_notify::NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(false, state) {
        tracing::debug!(%error, "the service manager cannot be told");
    }
}

/// The server's way to the daemon of the moment.
fn sweep_now(current: &Current) -> orgsweep_server::SweepNow {
    let current = Arc::clone(current);
    Arc::new(move |account| {
        // Held until it is asked for: a reload takes over what was asked for before it changes the daemon.
        let daemon = current.lock().unwrap_or_else(PoisonError::into_inner);
        match account {
            Some(account) => daemon.sweep_now(account),
            None => Some(daemon.sweep_all_now()),
        }
    })
}

/// Waits for the end. The first part to end, by failure or because it was told to, ends the other.
async fn ended(mut parts: JoinSet<anyhow::Result<()>>, shutdown: &CancellationToken) -> anyhow::Result<()> {
    let mut result = Ok(());
    let first = tokio::select! {
        first = parts.join_next() => first,
        () = shutdown.cancelled() => None,
    };
    shutdown.cancel();
    let drained = tokio::time::timeout(DRAIN, async {
        let mut ended: Vec<_> = first.into_iter().collect();
        while let Some(next) = parts.join_next().await {
            ended.push(next);
        }
        ended
    });
    if let Ok(ended) = drained.await {
        for part in ended {
            result = result.and(part.context("a part of the daemon panicked").and_then(|part| part));
        }
    } else {
        tracing::warn!("not everything ended within {} s: leaving all the same", DRAIN.as_secs());
    }
    tracing::info!("stopped");
    result
}
