//! `orgsweep run`: the daemon.

use std::{fs, process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context;
use jiff::Timestamp;
use orgsweep_aws::Aws;
use orgsweep_server::{Readiness, Server, SweepNow, Token};
use orgsweep_sweep::Daemon;
use prometheus::{IntGauge, IntGaugeVec, Opts, Registry};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    cli::RunArgs,
    config::{Config, Loaded, LoadedExceptions},
    engine::{self, Engine, Narrowing},
    output, shutdown,
};

/// How long the server and the daemon may take to end. The rest of the five seconds is for the process itself.
const DRAIN: Duration = Duration::from_secs(4);

/// Runs the command.
pub fn run(args: &RunArgs) -> anyhow::Result<ExitCode> {
    let Loaded { config, exceptions, .. } = engine::load(&args.config, None)?;
    let runtime = engine::runtime()?;
    let done = runtime.block_on(async {
        let shutdown = CancellationToken::new();
        shutdown::on_signal(&shutdown)?;
        let token = token(&config)?;
        let listener = bind(config.server.listen.as_ref(), "server.listen").await?;
        tracing::info!("listening on http://{}", listener.local_addr()?);
        serve(&config, exceptions, Aws::Ambient, listener, token, shutdown).await
    });
    // A name being looked up would hold the process for as long as the resolver takes.
    runtime.shutdown_background();
    done.map(|()| ExitCode::SUCCESS)
}

/// Binds an address. `setting` is what people change to have another.
pub async fn bind(address: &str, setting: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address} ({setting})"))
}

/// The token that requests have to bear, if the configuration names a file with one.
fn token(config: &Config) -> anyhow::Result<Option<Token>> {
    let Some(file) = &config.server.auth_token_file else { return Ok(None) };
    let bad = |why: String| output::BadInput(format!("{}: {why} (server.auth_token_file)", file.display()));
    let text = fs::read_to_string(file).map_err(|error| bad(format!("cannot be read: {error}")))?;
    if text.trim().is_empty() {
        return Err(bad("is empty".to_owned()).into());
    }
    Ok(Some(Token::new(&text)))
}

/// Sweeps and serves until `shutdown`.
pub async fn serve(
    config: &Config,
    exceptions: LoadedExceptions,
    aws: Aws,
    listener: TcpListener,
    token: Option<Token>,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let engine = Engine::new(config, exceptions, aws, Narrowing::default()).await?;
    register_static_figures(&engine.registry)?;
    let board = Arc::new(engine.board(config));
    let readiness = Readiness::default();
    let listing = readiness.latch("the first listing of the organization");

    let daemon = Arc::new(engine.daemon(config, Arc::clone(&board)));
    let server = Server { board, registry: engine.registry.clone(), readiness, sweep: sweep_now(&daemon), token };
    let mut parts = tokio::task::JoinSet::new();
    let stop = shutdown.clone();
    parts.spawn(async move { orgsweep_server::serve(listener, server, stop).await.context("the HTTP server failed") });
    let stop = shutdown.clone();
    parts.spawn(async move { daemon.run(stop, move || listing.release()).await.context("sweeping failed") });

    // The first part to end, by failure or because it was told to, ends the other.
    let mut result = Ok(());
    let first = parts.join_next().await;
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

/// The server's way to the daemon.
fn sweep_now(daemon: &Arc<Daemon>) -> SweepNow {
    let daemon = Arc::clone(daemon);
    Arc::new(move |account| match account {
        Some(account) => daemon.sweep_now(account),
        None => Some(daemon.sweep_all_now()),
    })
}

/// Figures that this process knows when it starts.
fn register_static_figures(registry: &Registry) -> anyhow::Result<()> {
    let build = IntGaugeVec::new(Opts::new("orgsweep_build_info", "1, with the version of this program as label."), &["version"])?;
    build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
    registry.register(Box::new(build))?;
    let loaded =
        IntGauge::new("orgsweep_config_last_reload_successful", "1 if the configuration was read without mistakes the last time.")?;
    loaded.set(1);
    registry.register(Box::new(loaded))?;
    let when =
        IntGauge::new("orgsweep_config_last_reload_success_timestamp_seconds", "When the configuration was last read without mistakes.")?;
    when.set(Timestamp::now().as_second());
    registry.register(Box::new(when))?;
    Ok(())
}
