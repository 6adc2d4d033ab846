//! `orgsweep plan`: what watching an organization will take, before it is watched.
//!
//! It lists the organization and looks into a few accounts: whether the role can be assumed, and which regions are enabled. That is what
//! every sweep asks first. The rest is arithmetic: what the enabled checks ask, how often, and how fast the configuration lets them.

mod asks;
mod duration;
mod extent;
mod json;
mod rhythm;
mod sample;
mod table;

use std::{collections::BTreeMap, process::ExitCode, time::Duration};

use jiff::Timestamp;
use orgsweep_aws::{ApiCalls, Aws};
use orgsweep_model::{Cadence, Organization, fact::expected::Quantity};
use orgsweep_posture::{Forecast, ForecastAccount};

use self::{
    asks::{Asks, Assumptions, Calls, Factors, add, service, sum},
    duration::{Bound, Pace},
    extent::{Extent, Looked},
    rhythm::Rhythm,
    sample::Sampled,
};
use super::scan::progress;
use crate::{
    cli::{Format, PlanArgs},
    config::{Config, Loaded},
    engine::{self, Engine, Narrowing},
    output,
};

/// The share of all checks in all places that is taken to fail where no sample says better.
const FAILING: f64 = 0.3;
const HOURS_A_DAY: f64 = 24.0;
const DAYS_A_MONTH: f64 = 30.0;
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// What is predicted, and from what.
struct Plan<'a> {
    planned_at: Timestamp,
    config: &'a Config,
    /// All accounts that the configuration selects.
    organization: Organization,
    looked: Vec<Looked>,
    sampled: Option<Sampled>,
    assumptions: Assumptions,
    latency: Duration,
    extent: Extent,
    full: Sweep,
    /// What a full sweep would take if every account could be reached; absent where all can.
    if_all_answered: Option<f64>,
    /// The quickest cadence, its interval, and a sweep for it alone.
    quickest: Option<(Cadence, Duration, Sweep)>,
    /// A day of the daemon.
    day: Day,
    failing: f64,
    /// Where all passes, as expected, and where all fails.
    series: [Forecast; 3],
    /// What was asked for this.
    api: ApiCalls,
}

/// One sweep of all accounts.
struct Sweep {
    calls: Calls,
    /// The narrowest first.
    bounds: Vec<Bound>,
}

/// A day of the daemon.
struct Day {
    calls: Calls,
    services: Vec<Service>,
}

/// What a day takes of one service.
struct Service {
    name: String,
    /// Requests in a day.
    calls: f64,
    /// Requests a second that the configuration allows: in all, or in each account and region.
    limit: f64,
    shared: bool,
    /// How much of that is used on average, where most is used.
    share: f64,
}

/// Runs the command.
pub fn run(args: &PlanArgs) -> anyhow::Result<ExitCode> {
    let bars = progress::bars();
    let Loaded { config, exceptions, .. } = engine::load(&args.config, Some(&bars))?;
    let runtime = engine::runtime()?;
    let planned = runtime.block_on(async {
        let engine = Engine::new(&config, exceptions, Aws::Ambient, Narrowing::default()).await?;
        plan(&engine, &config, args, &bars).await
    });
    // A name being looked up would hold the process for as long as the resolver takes.
    runtime.shutdown_background();
    let plan = planned?;
    if plan.extent.reachable < 1.0 {
        tracing::warn!("none of the accounts that were looked into can be reached: hardly anything would be asked as things are");
    }
    output::result(&match args.format {
        Format::Json => json::text(&plan)?,
        Format::Table => table::text(&plan, output::coloured_results()),
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn plan<'a>(engine: &Engine, config: &'a Config, args: &PlanArgs, bars: &indicatif::MultiProgress) -> anyhow::Result<Plan<'a>> {
    let planned_at = Timestamp::now();
    let waiting = progress::Waiting::start(bars, "listing the organization");
    let listed = engine.sweeper.hub().list_organization().await?;
    let listing = sample::since(&ApiCalls::default(), &engine.meter.calls());
    let organization = engine.sweeper.select(&listed);
    anyhow::ensure!(
        !organization.accounts.is_empty(),
        "the configuration selects no account of the organization (select.include, select.exclude)"
    );
    drop(waiting);
    let waiting = progress::Waiting::start(bars, "looking into a few accounts");
    let (looked, default_regions) = extent::look(engine, config, &organization).await;
    let default_regions = default_regions.len();
    drop(waiting);

    let accounts = extent::accounts(&organization, &looked, default_regions, false);
    let extent_of = |accounts: &[ForecastAccount]| extent::extent(config, &listed, &organization, &listing, accounts, &looked);
    let extent = extent_of(&accounts);
    let assumptions = Assumptions(args.assume.iter().copied().collect::<BTreeMap<Quantity, f64>>());
    let none = Factors::default();
    let as_assumed = Asks {
        program: &engine.program,
        assumptions: &assumptions,
        factors: &none,
        home: engine.sweeper.hub().home_region(),
        shared_valid: engine::shared_valid(config),
    };
    let sampled = if args.sample > 0 {
        let _waiting = progress::Waiting::start(bars, "sweeping a few accounts");
        Some(sample::take(engine, &organization, &looked, &as_assumed, &extent, args.sample).await)
    } else {
        None
    };
    let asks = Asks { factors: sampled.as_ref().map_or(&none, |sampled| &sampled.factors), ..as_assumed };

    let latency = Duration::from_millis(args.latency);
    let limits = engine::limits(config);
    let pace = Pace { limits: &limits, workers: engine::workers(config), latency };
    let full = scan(&asks, &extent, &listing, config, &pace, &engine.program.cadences());
    let all = extent_of(&extent::accounts(&organization, &looked, default_regions, true));
    let if_all_answered = (all.reachable > extent.reachable)
        .then(|| sum(&scan(&asks, &Extent { owner_answers: true, ..all }, &listing, config, &pace, &engine.program.cadences()).calls));

    let intervals: Vec<(Cadence, Duration)> =
        engine.program.cadences().into_iter().map(|cadence| (cadence, config.schedule.interval(cadence))).collect();
    let quickest = intervals.iter().min_by_key(|(_, interval)| *interval).map(|(cadence, interval)| {
        let rhythm = Rhythm::once(vec![*cadence]);
        let calls = asks.sweeps(&extent, &rhythm);
        let bounds = duration::bounds(&asks, &extent, &rhythm, &calls, &Calls::new(), &pace);
        (*cadence, *interval, Sweep { calls, bounds })
    });
    let slack = intervals.iter().map(|(_, interval)| *interval).min().unwrap_or_default().mul_f64(config.schedule.jitter.get());
    let day = day(&asks, &extent, &listing, config, &pace, &Rhythm::of_a_day(&intervals, slack));

    let failing = sampled.as_ref().and_then(|sampled| sampled.failing).unwrap_or(FAILING);
    let board = engine.board_config(config);
    let series = [0.0, failing, 1.0].map(|failing| orgsweep_posture::forecast(&board, &engine.program.facts(), &accounts, failing));
    let api = engine.meter.calls();
    Ok(Plan {
        planned_at,
        config,
        organization,
        looked,
        sampled,
        assumptions,
        latency,
        extent,
        full,
        if_all_answered,
        quickest,
        day,
        failing,
        series,
        api,
    })
}

/// What `orgsweep scan` takes: the listing, a session and one sweep for everything in each account.
fn scan(asks: &Asks<'_>, extent: &Extent, listing: &Calls, config: &Config, pace: &Pace<'_>, cadences: &[Cadence]) -> Sweep {
    let rhythm = Rhythm::once(cadences.to_vec());
    let mut calls = asks.sweeps(extent, &rhythm);
    add(&mut calls, listing, 1.0);
    add(&mut calls, &sessions(extent, config, &rhythm), 1.0);
    // Before the first sweep one account is asked which regions every account has.
    *calls.entry("ec2:DescribeRegions".to_owned()).or_default() += extent.reachable.min(1.0);
    let bounds = duration::bounds(asks, extent, &rhythm, &calls, listing, pace);
    Sweep { calls, bounds }
}

/// Getting sessions.
fn sessions(extent: &Extent, config: &Config, rhythm: &Rhythm) -> Calls {
    let renewals = rhythm.sessions(config.sessions.duration.get());
    let refused = (extent.sweepable - extent.reachable).max(0.0);
    let assumed = (extent.reachable - extent.ambient) * renewals + refused * rhythm.refusals();
    Calls::from([("sts:AssumeRole".to_owned(), assumed), ("sts:GetCallerIdentity".to_owned(), extent.reachable * renewals)])
}

fn day(asks: &Asks<'_>, extent: &Extent, listing: &Calls, config: &Config, pace: &Pace<'_>, rhythm: &Rhythm) -> Day {
    let mut calls = asks.sweeps(extent, rhythm);
    add(&mut calls, &sessions(extent, config, rhythm), 1.0);
    let listings = Rhythm {
        period: DAY,
        spread: false,
        kinds: vec![(Vec::new(), DAY.as_secs_f64() / config.organization.refresh.get().as_secs_f64())],
    };
    for (name, count) in listing {
        // The units are walked, and the tags asked for, no more than once an hour; a role's session lasts a while.
        let kept = match name.split_once(':').unwrap_or_default() {
            ("organizations", "ListRoots" | "ListOrganizationalUnitsForParent" | "ListTagsForResource") | ("tagging", _) => Some(HOUR),
            ("sts", _) => Some(config.sessions.duration.get().mul_f64(0.8)),
            _ => None,
        };
        *calls.entry(name.clone()).or_default() += count * listings.kept(listings.sweeps(), kept);
    }
    let mut in_home_region = asks.in_account(rhythm);
    add(&mut in_home_region, &asks.in_region(rhythm), 1.0);
    let services = services(&calls, &in_home_region, pace);
    Day { calls, services }
}

/// What each service has to bear, the most asked first.
fn services(calls: &Calls, in_home_region: &Calls, pace: &Pace<'_>) -> Vec<Service> {
    let of = |calls: &Calls, wanted: &str| calls.iter().filter(|(name, _)| service(name) == wanted).map(|(_, count)| count).sum::<f64>();
    let names: std::collections::BTreeSet<&str> = calls.keys().map(|name| service(name)).collect();
    let services = names.into_iter().map(|name| {
        // Roles are assumed with the organization's own credentials; that a session acts where it should is asked with its own.
        let shared = match name {
            "organizations" | "tagging" => Some(of(calls, name)),
            "sts" => Some(calls.get("sts:AssumeRole").copied().unwrap_or_default()),
            _ => None,
        };
        let limit = pace.limits.of_service(name, shared.is_some()).rate;
        let busiest = shared.unwrap_or_else(|| of(in_home_region, name));
        Service {
            name: name.to_owned(),
            calls: of(calls, name),
            limit,
            shared: shared.is_some(),
            share: busiest / DAY.as_secs_f64() / limit,
        }
    });
    let mut services: Vec<Service> = services.filter(|service| service.calls > 0.0).collect();
    services.sort_by(|a, b| b.calls.total_cmp(&a.calls));
    services
}

impl Plan<'_> {
    /// Accounts that were looked into and cannot be reached.
    fn unreachable(&self) -> impl Iterator<Item = (&Looked, &orgsweep_model::Blind)> {
        self.looked.iter().filter_map(|looked| Some((looked, looked.seen.as_ref().err()?)))
    }
}

impl Sweep {
    fn sessions(&self) -> f64 {
        self.calls.get("sts:AssumeRole").copied().unwrap_or_default()
    }
}
