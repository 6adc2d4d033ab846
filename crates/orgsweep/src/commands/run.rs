//! `orgsweep run`: the daemon.

use std::process::ExitCode;

use anyhow::Context;
use orgsweep_aws::Aws;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    cli::RunArgs,
    engine, output,
    service::{self, Door, Source},
    shutdown,
};

/// Runs the command.
pub fn run(args: &RunArgs) -> anyhow::Result<ExitCode> {
    let loaded = engine::load(&args.config, None)?;
    let runtime = engine::runtime()?;
    let done = runtime.block_on(async {
        let shutdown = CancellationToken::new();
        shutdown::on_signal(&shutdown)?;
        let door = Door::new(&loaded.config.server).map_err(|mistake| output::BadInput(mistake.to_string()))?;
        let listener = bind(loaded.config.server.listen.as_ref(), "server.listen").await?;
        tracing::info!("listening on {}://{}", door.scheme(), listener.local_addr()?);
        let source = Source::File(args.config.config.clone());
        Box::pin(service::serve(loaded, source, Aws::Ambient, listener, door, shutdown)).await
    });
    // A name being looked up would hold the process for as long as the resolver takes.
    runtime.shutdown_background();
    done.map(|()| ExitCode::SUCCESS)
}

/// Binds an address. `setting` is what people change to have another.
pub async fn bind(address: &str, setting: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address} ({setting})"))
}
