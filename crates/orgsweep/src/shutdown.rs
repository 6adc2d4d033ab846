//! Ending in order: the first signal asks, the second insists.

use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// What a shell reports for a process that a second signal ended.
const INSISTED: i32 = 130;

/// SIGHUP, which asks for the configuration to be read anew. From here on, it does not end the process.
pub fn hangup() -> anyhow::Result<Signal> {
    signal(SignalKind::hangup()).context("cannot listen for SIGHUP")
}

/// Cancels `shutdown` at the first SIGINT or SIGTERM, and ends the process at the second.
pub fn on_signal(shutdown: &CancellationToken) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let shutdown = shutdown.clone();
    let mut received = async move || {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    #[expect(clippy::disallowed_methods, reason = "lives as long as the process and cannot panic")]
    tokio::spawn(async move {
        received().await;
        tracing::info!("stopping; a second signal ends at once");
        shutdown.cancel();
        received().await;
        std::process::exit(INSISTED);
    });
    Ok(())
}
