//! The sweeping with one configuration.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use jiff::Timestamp;
use orgsweep_model::Organization;
use orgsweep_posture::{Board, Condition, StoreStatus};
use orgsweep_sweep::{Daemon, DaemonFailed, Sweeper};
use tokio::{task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

use super::Listed;
use crate::engine::Engine;

/// The sweeping with one configuration.
pub struct Generation {
    daemon: Arc<Daemon>,
    sweeper: Arc<Sweeper>,
    stop: CancellationToken,
    running: JoinSet<Result<(), DaemonFailed>>,
}

impl Generation {
    /// Begins to sweep, and says when the organization was listed.
    pub fn start(daemon: Arc<Daemon>, sweeper: Arc<Sweeper>, listed: Listed) -> Self {
        let stop = CancellationToken::new();
        let mut running = JoinSet::new();
        running.spawn(Arc::clone(&daemon).run(stop.clone(), move || listed.now()));
        Self { daemon, sweeper, stop, running }
    }

    /// Whom to ask for sweeps.
    pub fn daemon(&self) -> Arc<Daemon> {
        Arc::clone(&self.daemon)
    }

    /// What it selects.
    pub fn sweeper(&self) -> &Sweeper {
        &self.sweeper
    }

    /// Waits until it ends, which it does not by itself.
    pub async fn failed(&mut self) -> anyhow::Error {
        match self.running.join_next().await {
            Some(Ok(Err(error))) => anyhow::Error::new(error).context("sweeping failed"),
            Some(Err(error)) => anyhow::Error::new(error).context("sweeping panicked"),
            Some(Ok(Ok(()))) | None => anyhow::anyhow!("sweeping ended without having been told to"),
        }
    }

    /// Lets the sweeps under way end, for as long as they may take for that, and stops.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.stop.cancel();
        while let Some(ended) = self.running.join_next().await {
            ended.context("sweeping panicked")?.context("sweeping failed")?;
        }
        Ok(())
    }
}

/// How long a database is waited for that another process holds: one that is ending, or a person's `sqlite3`.
const PATIENCE: Duration = Duration::from_secs(30);
const AGAIN: Duration = Duration::from_millis(500);

/// Takes up what the database holds, and gives the listing in it. Nothing is served before, so a database that can soon be had is waited for.
pub async fn restore(board: &Arc<Board>, engine: &Engine, store: &StoreStatus) -> anyhow::Result<Option<Organization>> {
    let begun = Instant::now();
    loop {
        let (board, sweeper) = (Arc::clone(board), engine.sweeper());
        let restored = tokio::task::spawn_blocking(move || {
            let select = |listing: &Organization| sweeper.select_kept(listing);
            let restored = board.restore(select, |region| sweeper.selects_region(region), Timestamp::now());
            board.expire(Timestamp::now());
            restored
        });
        let restored = restored.await.context("taking up what was known before panicked")?;
        if let Some(listing) = &restored {
            tracing::info!(accounts = listing.accounts.len(), seconds = begun.elapsed().as_secs_f64(), "the database was opened");
        } else if store.health().condition == Condition::InUse && begun.elapsed() < PATIENCE {
            tokio::time::sleep(AGAIN).await;
            continue;
        }
        return Ok(restored);
    }
}
