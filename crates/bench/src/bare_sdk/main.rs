//! The AWS SDK as it comes, in a loop: the measure for what a sweep costs.
//!
//! One HTTP client for all, one client for each account, region and service, made before the clock starts, default retries, no gate, no
//! facts and no verdicts. It asks what a sweep asks, in the sweep's own proportions.

mod prepare;
mod record;

use std::{fs, io::Write, path::PathBuf, sync::Arc, thread};

use anyhow::Context;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_http_client::{Builder, tls};
use clap::Parser;
use orgsweep_bench::{load, mix};
use prepare::Prepared;
use record::Recorder;

/// The SDK reads Security Hub's findings on the stack, and needs more of it than a thread usually has.
const STACK: usize = 16 << 20;

#[derive(Parser)]
struct Args {
    /// The simulation
    #[arg(long)]
    endpoint: String,
    /// A JSON object of requests by operation: a scan's `api.by_operation`
    #[arg(long)]
    mix: PathBuf,
    /// The accounts to ask, separated by commas
    #[arg(long, value_delimiter = ',', required = true)]
    accounts: Vec<String>,
    /// The role to assume in them
    #[arg(long, default_value = "OrgsweepAudit")]
    role: String,
    /// How many requests
    #[arg(long, default_value_t = 50_000)]
    calls: usize,
    /// How many of them at once
    #[arg(long, default_value_t = 64)]
    at_once: usize,
    /// Measure nothing: write every request that would be sent to this file, once
    #[arg(long)]
    record: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    // The first thread's stack is as usual, whatever the runtime's are.
    let all = thread::Builder::new().stack_size(STACK).spawn(run)?;
    all.join().map_err(|_| anyhow::anyhow!("the benchmark panicked"))?
}

fn run() -> anyhow::Result<()> {
    let args = Args::parse();
    tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build()?.block_on(async {
        match &args.record {
            Some(file) => {
                let recorder = Recorder::default();
                Box::pin(prepare(&args, Some(&recorder))).await?;
                recorder.write(file)
            }
            None => measure(&args, Box::pin(prepare(&args, None)).await?).await,
        }
    })
}

async fn prepare(args: &Args, recorder: Option<&Recorder>) -> anyhow::Result<Vec<Prepared>> {
    let base = base_config(&args.endpoint).await;
    let mut prepared = Vec::new();
    for account in &args.accounts {
        let session = assume(&base, account, &args.role).await?;
        let config = base.to_builder().credentials_provider(SharedCredentialsProvider::new(session)).build();
        Box::pin(prepare::account(&mut prepared, &config, account, recorder)).await?;
    }
    Ok(prepared)
}

async fn measure(args: &Args, prepared: Vec<Prepared>) -> anyhow::Result<()> {
    let mix = serde_json::from_str(&fs::read_to_string(&args.mix)?).context("the mix is no JSON object of numbers")?;
    let names: Vec<&str> = prepared.iter().map(|call| call.operation).collect();
    let plan = mix::plan(&mix, &names, args.calls);
    let prepared: Arc<[Prepared]> = prepared.into();
    let warm_up = Arc::clone(&prepared);
    load::run((0..prepared.len()).collect(), args.at_once, move |number| warm_up[number].send()).await?;
    let cost = load::run(plan.order, args.at_once, move |number| prepared[number].send()).await?;
    let result = serde_json::json!({ "cost": cost, "covered": plan.covered, "left_out": plan.left_out });
    writeln!(std::io::stdout(), "{result}")?;
    Ok(())
}

async fn base_config(endpoint: &str) -> SdkConfig {
    let http = Builder::new().tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc)).build_https();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .endpoint_url(endpoint)
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("AKIAIOSFODNN7EXAMPLE", "simulated", None, None, "benchmark"))
        .load()
        .await
}

#[expect(clippy::disallowed_methods, reason = "what the gate costs is to be seen against clients without it")]
async fn assume(base: &SdkConfig, account: &str, role: &str) -> anyhow::Result<Credentials> {
    let arn = format!("arn:aws:iam::{account}:role/{role}");
    let answer = aws_sdk_sts::Client::new(base).assume_role().role_arn(&arn).role_session_name("benchmark").send().await;
    let given = answer.with_context(|| format!("{arn} cannot be assumed"))?.credentials.context("AssumeRole gave no credentials")?;
    let token = Some(given.session_token);
    Ok(Credentials::new(given.access_key_id, given.secret_access_key, token, None, "benchmark"))
}
