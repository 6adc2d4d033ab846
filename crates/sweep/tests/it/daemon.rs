use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use orgsweep_checks::find;
use orgsweep_posture::{Board, BoardConfig, CheckEntry, Detail, PassValidity};
use orgsweep_sweep::{Daemon, DaemonFailed, DaemonSettings, Intervals};
use tokio::{task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::stage::{Stage, named, stage};

const CHECK: &str = "ebs-default-encryption";
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

/// A daemon at work on a stage, which ends with it.
struct AtWork {
    stage: Stage,
    board: Arc<Board>,
    daemon: Arc<Daemon>,
    listed: Arc<AtomicBool>,
    shutdown: CancellationToken,
    running: JoinSet<Result<(), DaemonFailed>>,
}

async fn at_work(frequent: Duration) -> AtWork {
    let stage = stage(vec![named(CHECK)], Duration::ZERO, Duration::from_mins(1)).await;
    let board = board(CHECK);
    let settings = DaemonSettings {
        intervals: Intervals { frequent, standard: 4 * frequent, daily: DAY, jitter: 0.1 },
        refresh: Duration::from_mins(10),
        max_shrink: 0.2,
        accounts_at_once: 4,
    };
    let daemon = Arc::new(Daemon::new(
        settings,
        Arc::clone(&stage.program),
        Arc::clone(&stage.sweeper),
        Arc::clone(&board),
        Arc::clone(&stage.metrics),
    ));
    let (listed, shutdown) = (Arc::new(AtomicBool::new(false)), CancellationToken::new());
    let mut running = JoinSet::new();
    let (seen, stop) = (Arc::clone(&listed), shutdown.clone());
    running.spawn(Arc::clone(&daemon).run(stop, move || seen.store(true, Ordering::Relaxed)));
    AtWork { stage, board, daemon, listed, shutdown, running }
}

async fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "{what}: not within 20 s");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn lists_sweeps_commits_and_ends_when_told() {
    let AtWork { board, listed, shutdown, mut running, stage: _stage, .. } = at_work(Duration::from_mins(15)).await;
    // Two accounts answer and two do not: four verdicts of eight.
    wait_until("four verdicts", || board.coverage().decided == 4).await;
    assert!(listed.load(Ordering::Relaxed));
    assert_eq!(board.coverage().expected, 8);
    let (_, counts) = board.counts()[0];
    assert_eq!((counts.pass, counts.fail), (3, 1));

    shutdown.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(5), running.join_next()).await.expect("it did not end");
    ended.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn sweeps_by_hand() {
    let AtWork { stage, daemon, running: _running, .. } = at_work(DAY).await;
    let done = |count: usize| stage.counted("orgsweep_sweeps_total", "done").to_string() == count.to_string();
    wait_until("a first sweep", || done(4)).await;
    assert_eq!(daemon.sweep_now("999999999999".parse().unwrap()), None);
    assert_eq!(daemon.sweep_now("222222222222".parse().unwrap()).map(|requested| requested.accounts), Some(1));
    wait_until("one account's two regions", || done(6)).await;
    assert_eq!(daemon.sweep_all_now().accounts, 4);
    wait_until("all accounts that answer", || done(10)).await;
}

#[tokio::test]
async fn an_account_without_the_role_is_tried_again_soon_and_asks_aws_each_time() {
    // The first wait is a second.
    let AtWork { stage, running: _running, .. } = at_work(Duration::from_secs(30)).await;
    wait_until("two retries", || stage.counted("orgsweep_account_retries_total", "") >= 2.0).await;
    wait_until("three refusals", || stage.counted("orgsweep_assume_role_total", "refused") >= 3.0).await;
}
