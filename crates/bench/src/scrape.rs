//! Scrapes a server with many series over TCP while accounts are committed all the time, and beside it lets the `prometheus` crate encode as
//! many series, in the same run. Prints its figures as JSON; `bench/scrape.py` keeps them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use orgsweep_bench::board::{filled, registry, report, shown, text};
use orgsweep_posture::{Board, Store};
use orgsweep_server::{About, Api, Readiness, Reload, ServeSettings, Server};
use prometheus::{Encoder, Registry, TextEncoder};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::Instant,
};
use tokio_util::sync::CancellationToken;

const SERIES: usize = 1_000_000;
const SCRAPES: usize = 20;
const ENCODINGS: usize = 3;
/// Accounts whose sweeps end again and again.
const SWEPT: usize = 200;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let board = Arc::new(filled(SERIES));
    let series = shown(&board);
    let bytes = text(&board).len();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let shutdown = CancellationToken::new();
    let mut serving = JoinSet::new();
    serving.spawn(orgsweep_server::serve(listener, server(&board), ServeSettings::default(), shutdown.clone()));

    let (stop, commits) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let sweeping = tokio::task::spawn_blocking({
        let (board, stop, commits) = (Arc::clone(&board), Arc::clone(&stop), Arc::clone(&commits));
        move || {
            while !stop.load(Ordering::Relaxed) {
                let number = commits.fetch_add(1, Ordering::Relaxed);
                board.commit(&report(usize::try_from(number).unwrap_or_default() % SWEPT));
            }
        }
    });
    let begun = Instant::now();
    let mut plain = Vec::new();
    let mut gzip = Vec::new();
    for _ in 0..SCRAPES {
        plain.push(scrape(address, "identity").await?);
        gzip.push(scrape(address, "gzip").await?);
    }
    let per_second = commits.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64();
    stop.store(true, Ordering::Relaxed);
    sweeping.await?;

    let crate_registry = registry(&String::from_utf8(text(&board))?);
    let mut encoded = Vec::new();
    for _ in 0..ENCODINGS {
        let begun = Instant::now();
        let mut out = Vec::new();
        TextEncoder::new().encode(&crate_registry.gather(), &mut out)?;
        encoded.push((begun.elapsed(), out.len()));
    }
    shutdown.cancel();
    while serving.join_next().await.is_some() {}
    println(&serde_json::json!({
        "series": series,
        "bytes": bytes,
        "gzip_bytes": gzip.first().map(|(_, bytes)| *bytes),
        "commits_per_second_meanwhile": per_second,
        "scrape_ms": milliseconds(&plain),
        "scrape_gzip_ms": milliseconds(&gzip),
        "prometheus_crate_encode_ms": milliseconds(&encoded),
    }))
}

fn println(figures: &serde_json::Value) -> anyhow::Result<()> {
    use std::io::Write;
    writeln!(std::io::stdout().lock(), "{figures:#}").context("the figures cannot be written")
}

fn server(board: &Arc<Board>) -> Server {
    let (restored, is_restored) = watch::channel(true);
    drop(restored);
    let readiness = Readiness::default();
    let store = Store::new("/nonexistent/orgsweep.db".into(), Duration::from_hours(1), String::new(), jiff::Timestamp::UNIX_EPOCH);
    let at = jiff::Timestamp::UNIX_EPOCH;
    let reload = Reload { successful: true, succeeded_at: at };
    let about = About { version: "", started_at: at, listed_at: None, reload, pending: 0, circuits_open: 0, lag_seconds: 0.0 };
    Server {
        board: Arc::clone(board),
        registry: Registry::new(),
        readiness: readiness.clone(),
        restored: is_restored,
        sweep: Arc::new(|_| None),
        reload: Arc::new(|| Box::pin(async { Ok(String::new()) })),
        api: Api {
            board: Arc::clone(board),
            reader: store.reader(),
            store: store.status(),
            readiness,
            about: Arc::new(move || about.clone()),
            meta: |_| None,
        },
        token: None,
    }
}

/// How long a scrape takes from the connection to the last byte, and how many bytes it gets.
async fn scrape(address: std::net::SocketAddr, encoding: &str) -> anyhow::Result<(Duration, usize)> {
    let begun = Instant::now();
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /metrics HTTP/1.1\r\nhost: {address}\r\naccept-encoding: {encoding}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut buffer = vec![0; 1 << 20];
    let mut bytes = 0;
    loop {
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            break;
        }
        anyhow::ensure!(bytes > 0 || buffer.starts_with(b"HTTP/1.1 200"), "the scrape was refused");
        bytes += read;
    }
    Ok((begun.elapsed(), bytes))
}

/// The smallest, the middle and the largest time.
fn milliseconds(times: &[(Duration, usize)]) -> serde_json::Value {
    let mut times: Vec<f64> = times.iter().map(|(time, _)| time.as_secs_f64() * 1000.0).collect();
    times.sort_by(f64::total_cmp);
    serde_json::json!({"min": times.first(), "median": times.get(times.len() / 2), "max": times.last()})
}
