//! `orgsweep scan`: one full sweep, then exit.

mod json;
mod packed;
pub mod progress;
mod table;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{self, BufWriter, Write},
    process::ExitCode,
    sync::Arc,
};

use anyhow::Context;
use futures::{StreamExt, stream};
use jiff::Timestamp;
use orgsweep_aws::{ApiCalls, Aws};
use orgsweep_model::{Account, AccountReport, CheckId, Organization, Place, Severity, Verdict};
use orgsweep_posture::Judged;

use self::packed::Packed;
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
    reports: Vec<Packed>,
    /// The checks, by the position at which the reports name them.
    checks: Vec<CheckId>,
    totals: Totals,
    calls: ApiCalls,
}

/// What all verdicts amount to.
pub struct Totals {
    all: Summary,
    /// By the position of the check.
    by_check: Vec<Summary>,
    /// By what is missing: the action, or else the reason.
    unknown: BTreeMap<String, usize>,
    /// How many findings each waiver covers.
    waiver_uses: Vec<usize>,
    /// The worst severity of a failure that is not waived.
    worst: Option<Severity>,
}

/// A verdict with the exceptions to it, its account and its place.
pub struct Row<'a> {
    account: &'a Account,
    place: &'a Place,
    check: CheckId,
    judged: Judged<'a>,
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

    if scan.totals.all.decided() == 0 {
        tracing::warn!("every verdict is unknown: nothing was looked into, so nothing is known to be right");
    }
    if narrowing == Narrowing::default() {
        for (waiver, _) in engine
            .exceptions
            .waivers
            .iter()
            .zip(&scan.totals.waiver_uses)
            .filter(|(waiver, uses)| **uses == 0 && waiver.holds(scan.started_at))
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
    let failed = args.fail_on.is_some_and(|least| scan.totals.worst.is_some_and(|worst| worst >= least));
    Ok(if failed { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
}

/// Writes what was found, piece by piece: a large organization's JSON is larger than all that was found.
fn write(args: &ScanArgs, engine: &Engine, scan: &Scan, mut out: impl Write) -> io::Result<()> {
    match args.format {
        Format::Json => json::write(engine, scan, &mut out)?,
        Format::Table => out.write_all(table::text(engine, scan, args.output.is_none() && output::coloured_results())?.as_bytes())?,
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
            (account, report)
        }
    };
    let checks: Vec<CheckId> = engine.checks.iter().map(|check| check.id).collect();
    let mut totals = Totals::new(engine);
    let (mut packed, mut regions) = (BTreeMap::new(), BTreeSet::new());
    let mut sweeps = stream::iter(organization.accounts.clone()).map(one).buffer_unordered(at_once);
    while let Some((account, report)) = sweeps.next().await {
        totals.add(engine, &account, &report, &checks);
        regions.extend(report.targets.iter().filter_map(|target| target.place.region().cloned()));
        packed.insert(account.id, Packed::pack(&report, &checks)?);
    }
    drop(sweeps);
    progress.finish();
    for wanted in &narrowing.regions {
        anyhow::ensure!(
            regions.contains(wanted) || !engine.has_regional_checks(),
            "region {wanted} is enabled in no selected account, or the configuration does not select it"
        );
    }
    let reports = packed.into_values().collect();
    Ok(Scan { started_at, finished_at: Timestamp::now(), organization, reports, checks, totals, calls: engine.meter.calls() })
}

impl Scan {
    /// Calls `each` with every verdict, account by account. Only one account's are unpacked at a time.
    fn each<E: From<io::Error>>(&self, engine: &Engine, mut each: impl FnMut(Row<'_>) -> Result<(), E>) -> Result<(), E> {
        for (account, report) in self.accounts() {
            let applying = engine.exceptions.applying(account);
            for (place, check, verdict) in &report.unpack(&self.checks)? {
                let Some(entry) = engine.entry(*check) else { continue };
                let judged = engine.exceptions.judge(&applying, entry, place, verdict, report.started_at);
                each(Row { account, place, check: *check, judged })?;
            }
        }
        Ok(())
    }

    fn accounts(&self) -> impl Iterator<Item = (&Account, &Packed)> {
        self.organization.accounts.iter().zip(&self.reports)
    }
}

impl Totals {
    fn new(engine: &Engine) -> Self {
        Self {
            all: Summary::default(),
            by_check: vec![Summary::default(); engine.checks.len()],
            unknown: BTreeMap::new(),
            waiver_uses: vec![0; engine.exceptions.waivers.len()],
            worst: None,
        }
    }

    fn add(&mut self, engine: &Engine, account: &Account, report: &AccountReport, checks: &[CheckId]) {
        let applying = engine.exceptions.applying(account);
        for (target, (check, verdict)) in report.targets.iter().flat_map(|target| target.verdicts.iter().map(move |found| (target, found)))
        {
            let Some(position) = checks.iter().position(|known| known == check) else { continue };
            let judged = engine.exceptions.judge(&applying, &engine.checks[position], &target.place, verdict, report.started_at);
            self.all.count(&judged);
            self.by_check[position].count(&judged);
            if let Verdict::Unknown(blind) = &*judged.verdict {
                *self.unknown.entry(blind.action.clone().unwrap_or_else(|| blind.reason.as_str().to_owned())).or_default() += 1;
            }
            if judged.status() == "fail" {
                self.worst = self.worst.max(Some(engine.checks[position].severity));
            }
            judged.waivers.into_iter().flatten().for_each(|waiver| self.waiver_uses[waiver] += 1);
        }
    }
}

/// How many verdicts there are of each status.
#[derive(Clone, Default, serde::Serialize)]
struct Summary {
    pass: usize,
    fail: usize,
    waived: usize,
    not_applicable: usize,
    unknown: usize,
}

impl Summary {
    const fn decided(&self) -> usize {
        self.pass + self.fail + self.waived + self.not_applicable
    }

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
