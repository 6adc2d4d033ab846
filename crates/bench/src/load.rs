//! Sending a given number of requests, so many at once, and measuring what that cost this process.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use anyhow::Context;
use serde::Serialize;
use tokio::{task::JoinSet, time::Instant};

/// What so many requests cost.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Cost {
    /// Requests that were answered.
    pub calls: usize,
    /// Those among them that were answered with an error of the service's: "not subscribed" is an answer.
    pub refused: usize,
    /// From the first to the last.
    pub wall_seconds: f64,
    /// Of this process, user and system.
    pub cpu_seconds: f64,
    /// The same for one request, in millionths of a second.
    pub cpu_us_per_call: f64,
}

/// Makes the calls of `order`, which are numbers that `call` understands, `at_once` at a time. A call says whether it was answered with
/// success. One without an answer ends it all.
pub async fn run<F, A>(order: Vec<usize>, at_once: usize, call: F) -> anyhow::Result<Cost>
where
    F: Fn(usize) -> A + Clone + Send + 'static,
    A: Future<Output = anyhow::Result<bool>> + Send,
{
    let order: Arc<[usize]> = order.into();
    let next = Arc::new(AtomicUsize::new(0));
    let (started, cpu_before) = (Instant::now(), cpu_seconds()?);
    let mut tasks = JoinSet::new();
    for _ in 0..at_once {
        let (order, next, call) = (Arc::clone(&order), Arc::clone(&next), call.clone());
        tasks.spawn(async move {
            let mut refused = 0;
            while let Some(&number) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                refused += usize::from(!call(number).await?);
            }
            anyhow::Ok(refused)
        });
    }
    let mut refused = 0;
    while let Some(ended) = tasks.join_next().await {
        refused += ended??;
    }
    let (wall_seconds, cpu_seconds) = (started.elapsed().as_secs_f64(), cpu_seconds()? - cpu_before);
    let calls = order.len();
    Ok(Cost { calls, refused, wall_seconds, cpu_seconds, cpu_us_per_call: cpu_seconds * 1e6 / calls.max(1) as f64 })
}

/// User and system time of this process so far, in hundredths of a second.
fn cpu_seconds() -> anyhow::Result<f64> {
    /// What Linux shows to programs, whatever it counts in.
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat").context("/proc/self/stat cannot be read: the benchmarks need Linux")?;
    // The program's name, in brackets, may have spaces.
    let (_, rest) = stat.rsplit_once(')').context("/proc/self/stat has no program name")?;
    let ticks = rest.split_whitespace().skip(11).take(2).map(str::parse::<u32>).sum::<Result<u32, _>>()?;
    Ok(f64::from(ticks) / TICKS_PER_SECOND)
}
