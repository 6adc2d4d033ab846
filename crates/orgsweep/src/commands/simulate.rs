//! `orgsweep simulate`: the simulated AWS endpoint alone.

use std::{fs, path::Path, process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context;
use orgsweep_sim::{FileError, Mistake, Options, Simulation};
use tokio_util::sync::CancellationToken;

use crate::{
    cli::SimulateArgs,
    commands::run,
    config::{LogConfig, OtlpConfig},
    engine, logging, output, shutdown,
};

/// Runs the command.
pub fn run(args: &SimulateArgs) -> anyhow::Result<ExitCode> {
    let simulation = match &args.org {
        Some(file) => Simulation::from_yaml(&read(file)?).map_err(|error| mistakes(file, &error))?,
        None => Simulation::generated(args.accounts as usize, args.seed),
    };
    if let Some(file) = &args.faults {
        simulation.set_faults(&read(file)?).map_err(|error| mistakes(file, &error))?;
    }
    if args.truth {
        output::result(&serde_json::to_string_pretty(&simulation.truth())?)?;
        return Ok(ExitCode::SUCCESS);
    }
    logging::start(&LogConfig::default(), &OtlpConfig::default(), None)?;
    let runtime = engine::runtime_of(args.threads)?;
    runtime.block_on(async {
        let shutdown = CancellationToken::new();
        shutdown::on_signal(&shutdown)?;
        let listener = run::bind(args.listen.as_ref(), "--listen").await?;
        let url = format!("http://{}", listener.local_addr()?);
        output::note(&format!(
            "listening on {url}\n\nPoint orgsweep, the AWS CLI or an SDK at it:\n  export AWS_ENDPOINT_URL={url} AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=anything AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1\n\nWatch it, and make things go wrong:\n  curl {url}/-/stats\n  curl -X PUT --data-binary @faults.yaml {url}/-/faults"
        ));
        let options = Options { latency: Duration::from_millis(args.latency) };
        orgsweep_sim::serve(Arc::new(simulation), listener, options, shutdown).await.context("the simulation failed")
    })?;
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path) -> anyhow::Result<String> {
    fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
}

/// What people have to mend in a file.
fn mistakes(file: &Path, error: &FileError) -> output::BadInput {
    let line = |mistake: &Mistake| format!("{}:{}:{}: {}\n", file.display(), mistake.line, mistake.column, mistake.message);
    output::BadInput(error.mistakes.iter().map(line).collect())
}
