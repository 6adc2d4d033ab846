//! `orgsweep scan`: one full sweep, then exit.

mod json;
mod progress;
mod table;

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    process::ExitCode,
    sync::Arc,
};

use anyhow::Context;
use futures::{StreamExt, stream};
use jiff::Timestamp;
use orgsweep_aws::{ApiCalls, Aws};
use orgsweep_model::{Account, AccountReport, CheckId, Organization, Place, Verdict};
use orgsweep_posture::Judged;

use crate::{
    cli::{Format, ScanArgs},
    config::{Loaded, not_allowed},
    engine::{self, Engine, Narrowing},
    output::{self, BadInput},
};

/// The exit code when a check of the severity given with `--fail-on` fails.
const FAILED: u8 = 2;

/// What a scan found.
pub struct Scan {
    started_at: Timestamp,
    finished_at: Timestamp,
    organization: Organization,
    /// In the order of the accounts of the organization.
    reports: Vec<AccountReport>,
    calls: ApiCalls,
}

/// Runs the command.
pub fn run(args: &ScanArgs) -> anyhow::Result<ExitCode> {
    let bars = progress::bars();
    let Loaded { config, exceptions, .. } = engine::load(&args.config, Some(&bars))?;
    if let Some(check) = args.check.iter().find(|check| !config.checks.allows(check.meta)) {
        return Err(BadInput(format!("--check: {}", not_allowed(check.meta))).into());
    }
    let narrowing = Narrowing {
        accounts: args.account.clone(),
        regions: args.region.clone(),
        checks: args.check.iter().map(|check| check.meta.id).collect(),
    };
    let runtime = engine::runtime()?;
    let swept = runtime.block_on(async {
        let engine = Engine::new(&config, exceptions, Aws::Ambient, narrowing.clone()).await?;
        let scan = sweep(&engine, engine::workers(&config), &narrowing, &bars).await?;
        anyhow::Ok((engine, scan))
    });
    // A name being looked up would hold the process for as long as the resolver takes.
    runtime.shutdown_background();
    let (engine, scan) = swept?;

    if scan.verdicts(&engine).all(|(.., judged)| matches!(*judged.verdict, Verdict::Unknown(_))) {
        tracing::warn!("every verdict is unknown: nothing was looked into, so nothing is known to be right");
    }
    if narrowing == Narrowing::default() {
        for (waiver, _) in engine
            .exceptions
            .waivers
            .iter()
            .zip(scan.waiver_uses(&engine))
            .filter(|(waiver, uses)| *uses == 0 && waiver.holds(scan.started_at))
        {
            tracing::warn!("{}: this waiver matches no failure: mended, or mistaken?", waiver.written);
        }
    }
    match &args.output {
        Some(file) => {
            let written = File::create(file).and_then(|file| write(args, &engine, &scan, BufWriter::new(file)));
            written.with_context(|| format!("{} cannot be written", file.display()))?;
        }
        None => output::results(|stdout| write(args, &engine, &scan, stdout))?,
    }
    let failed = args.fail_on.is_some_and(|least| {
        scan.verdicts(&engine).any(|(.., check, judged)| judged.status() == "fail" && engine.severity(check) >= least)
    });
    Ok(if failed { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
}

/// Writes what was found, piece by piece: a large organization's JSON is larger than all that was found.
fn write(args: &ScanArgs, engine: &Engine, scan: &Scan, mut out: impl Write) -> io::Result<()> {
    match args.format {
        Format::Json => json::write(engine, scan, &mut out)?,
        Format::Table => out.write_all(table::text(engine, scan, args.output.is_none() && output::coloured_results()).as_bytes())?,
    }
    out.flush()
}

async fn sweep(engine: &Engine, at_once: usize, narrowing: &Narrowing, bars: &indicatif::MultiProgress) -> anyhow::Result<Scan> {
    let started_at = Timestamp::now();
    let sweeper = &engine.sweeper;
    let waiting = progress::Waiting::start(bars, "listing the organization");
    let organization = sweeper.select(&sweeper.hub().list_organization().await?);
    for wanted in &narrowing.accounts {
        let selected = organization.accounts.iter().any(|account| account.id == *wanted);
        anyhow::ensure!(selected, "account {wanted} is not in the organization, or the configuration does not select it");
    }
    anyhow::ensure!(
        !organization.accounts.is_empty(),
        "the configuration selects no account of the organization (select.include, select.exclude)"
    );
    sweeper.learn_default_regions(&organization).await;
    drop(waiting);

    let progress = progress::Progress::start(bars, organization.accounts.len(), Arc::clone(&engine.meter));
    let cadences = engine.program.cadences();
    let one = |account: Account| {
        let (cadences, progress) = (&cadences, &progress);
        let is_management = organization.management_account_id == Some(account.id);
        async move {
            let report = sweeper.sweep(&account, cadences, is_management).await;
            progress.account_done();
            report
        }
    };
    let mut reports: Vec<_> = stream::iter(organization.accounts.clone()).map(one).buffer_unordered(at_once).collect().await;
    reports.sort_by_key(|report| report.account);
    progress.finish();
    for wanted in &narrowing.regions {
        let swept = reports.iter().flat_map(|report| &report.targets).any(|target| target.place.region() == Some(wanted));
        anyhow::ensure!(
            swept || !engine.has_regional_checks(),
            "region {wanted} is enabled in no selected account, or the configuration does not select it"
        );
    }
    Ok(Scan { started_at, finished_at: Timestamp::now(), organization, reports, calls: engine.meter.calls() })
}

impl Scan {
    /// Every verdict, with the exceptions to it, and its account and place.
    fn verdicts<'a>(&'a self, engine: &'a Engine) -> impl Iterator<Item = (&'a Account, &'a Place, CheckId, Judged<'a>)> {
        self.accounts().flat_map(move |(account, report)| {
            let applying = engine.exceptions.applying(account);
            let verdicts =
                report.targets.iter().flat_map(|target| target.verdicts.iter().map(move |(check, verdict)| (target, *check, verdict)));
            verdicts.filter_map(move |(target, check, verdict)| {
                let judged = engine.exceptions.judge(&applying, engine.entry(check)?, &target.place, verdict, report.started_at);
                Some((account, &target.place, check, judged))
            })
        })
    }

    /// How many findings each waiver covers.
    fn waiver_uses(&self, engine: &Engine) -> Vec<usize> {
        let mut uses = vec![0; engine.exceptions.waivers.len()];
        self.verdicts(engine).flat_map(|(.., judged)| judged.waivers).flatten().for_each(|waiver| uses[waiver] += 1);
        uses
    }

    fn accounts(&self) -> impl Iterator<Item = (&Account, &AccountReport)> {
        self.organization.accounts.iter().zip(&self.reports)
    }
}

/// How many verdicts there are of each status.
#[derive(Default, serde::Serialize)]
struct Summary {
    pass: usize,
    fail: usize,
    waived: usize,
    not_applicable: usize,
    unknown: usize,
}

impl Summary {
    fn count(&mut self, judged: &Judged<'_>) {
        *match &*judged.verdict {
            Verdict::Fail(_) if judged.status() == "waived" => &mut self.waived,
            Verdict::Pass(_) => &mut self.pass,
            Verdict::Fail(_) => &mut self.fail,
            Verdict::NotApplicable(_) => &mut self.not_applicable,
            Verdict::Unknown(_) => &mut self.unknown,
        } += 1;
    }
}
