//! `orgsweep demo`: a simulated organization and the daemon in one process.

use std::{
    env, fs,
    path::PathBuf,
    process::{self, ExitCode},
    sync::Arc,
};

use anyhow::Context;
use orgsweep_aws::Aws;
use orgsweep_sim::{Options, Simulation};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    cli::DemoArgs,
    commands::run,
    config::{Config, Loaded, LoadedExceptions, LogConfig, OtlpConfig},
    engine, logging, output,
    service::{self, Door, Source},
    shutdown,
};

/// The same organization every time.
const SEED: u64 = 7;

/// Runs the command.
pub fn run(args: &DemoArgs) -> anyhow::Result<ExitCode> {
    logging::start(&LogConfig::default(), &OtlpConfig::default(), None)?;
    let runtime = engine::runtime()?;
    let done = runtime.block_on(async {
        let shutdown = CancellationToken::new();
        shutdown::on_signal(&shutdown)?;
        let simulated = TcpListener::bind("127.0.0.1:0").await.context("cannot listen for the simulation")?;
        let aws = format!("http://{}", simulated.local_addr()?);
        let listener = run::bind(args.listen.as_ref(), "--listen").await?;
        output::note(&welcome(args.accounts, &aws, &format!("http://{}", listener.local_addr()?)));

        let simulation = Arc::new(Simulation::generated(args.accounts as usize, SEED));
        let mut endpoint = tokio::task::JoinSet::new();
        endpoint.spawn(orgsweep_sim::serve(simulation, simulated, Options::default(), shutdown.clone()));
        let mut config = Config::default();
        // On one machine with the simulation: few accounts at once, so that the first are done soon.
        config.limits.workers = 16;
        let folder = Folder::new()?;
        config.store.path = folder.0.join("orgsweep.db");
        let door = Door::new(&config.server)?;
        let loaded = Loaded { config, exceptions: LoadedExceptions::default(), source: None, blank: true, warnings: Vec::new() };
        Box::pin(service::serve(loaded, Source::BuiltIn, Aws::Simulation(aws), listener, door, shutdown)).await
    });
    runtime.shutdown_background();
    done.map(|()| ExitCode::SUCCESS)
}

/// A folder for the database, which goes with the demonstration.
struct Folder(PathBuf);

impl Folder {
    fn new() -> anyhow::Result<Self> {
        let folder = env::temp_dir().join(format!("orgsweep-demo-{}", process::id()));
        fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left behind is in the folder for temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn welcome(accounts: u32, aws: &str, page: &str) -> String {
    format!(
        "orgsweep sweeps a simulated organization of {accounts} accounts. Nothing leaves this machine.\n\n\
         Open\n  {page}/metrics      the verdicts, as Prometheus sees them (listening on {page})\n  {page}/-/ready      whether the organization was listed\n  {page}/api/v1/status      how it is doing; {page}/api/v1/openapi.json describes the rest\n\n\
         Or ask the simulated AWS at {aws} yourself:\n  \
         AWS_ENDPOINT_URL={aws} AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=anything orgsweep scan\n\n\
         Ctrl-C ends it.\n"
    )
}
