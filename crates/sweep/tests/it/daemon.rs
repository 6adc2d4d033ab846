use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use orgsweep_checks::find;
use orgsweep_posture::{Board, BoardConfig, CheckEntry, Detail, PassValidity};
use orgsweep_sweep::{Daemon, DaemonSettings, Intervals};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::stage::{named, stage};

const DAY: Duration = Duration::from_hours(24);

fn board(id: &str) -> Arc<Board> {
    let meta = find(id).unwrap().meta;
    let entry = CheckEntry {
        id: meta.id,
        title: meta.en.title,
        severity: meta.severity,
        scope: meta.scope,
        cadence: meta.cadence,
        attestable: meta.attestable,
    };
    Arc::new(Board::new(BoardConfig {
        checks: vec![entry],
        pass_valid: PassValidity { frequent: DAY, standard: DAY, daily: DAY },
        detail: Detail::Region,
        max_series: 1000,
        account_labels: Vec::new(),
        exceptions: Arc::default(),
    }))
}

#[tokio::test]
async fn lists_sweeps_commits_and_ends_when_told() {
    let id = "ebs-default-encryption";
    let stage = stage(vec![named(id)], Duration::ZERO, Duration::from_mins(1)).await;
    let board = board(id);
    let minute = Duration::from_mins(1);
    let settings = DaemonSettings {
        intervals: Intervals { frequent: 15 * minute, standard: 60 * minute, daily: DAY, jitter: 0.1 },
        refresh: 10 * minute,
        max_shrink: 0.2,
        accounts_at_once: 4,
    };
    let daemon = Daemon::new(
        settings,
        &stage.program,
        Arc::clone(&stage.sweeper),
        Arc::clone(&board),
        Arc::clone(&stage.metrics),
        Arc::clone(&stage.gate),
    );
    let listed = Arc::new(AtomicBool::new(false));
    let shutdown = CancellationToken::new();
    let mut running = tokio::task::JoinSet::new();
    let (seen, stop) = (Arc::clone(&listed), shutdown.clone());
    running.spawn(Arc::new(daemon).run(stop, move || seen.store(true, Ordering::Relaxed)));

    // Two accounts answer and two do not: four verdicts of eight.
    let deadline = Instant::now() + Duration::from_secs(20);
    while board.coverage().decided < 4 {
        assert!(Instant::now() < deadline, "coverage after 20 s: {:?}", board.coverage());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(listed.load(Ordering::Relaxed));
    assert_eq!(board.coverage().expected, 8);
    let (_, counts) = board.counts()[0];
    assert_eq!((counts.pass, counts.fail), (3, 1));

    shutdown.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(5), running.join_next()).await.expect("it did not end");
    ended.unwrap().unwrap().unwrap();
}
