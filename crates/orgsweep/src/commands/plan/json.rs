//! A plan as JSON. The form is a promise to users: fields are added, never renamed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use orgsweep_model::{AccountId, BlindReason, Cadence, fact::expected::Quantity};
use orgsweep_posture::Forecast;
use serde::Serialize;

use super::{
    DAYS_A_MONTH, HOURS_A_DAY, Plan, Sweep,
    asks::{Calls, sum, usd},
};
use crate::config::Detail;

const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    planned_at: Timestamp,
    organization: Organization<'a>,
    accounts: Accounts,
    looked_into: LookedInto<'a>,
    sample: Option<Sample>,
    assumptions: Assumed,
    full_sweep: FullSweep<'a>,
    quickest_sweep: Option<QuickestSweep>,
    per_hour: PerHour<'a>,
    billable_usd: Dollars,
    series: ByDetail,
    /// What was asked for this plan.
    api: Api<'a>,
}

#[derive(Serialize)]
struct Organization<'a> {
    id: Option<&'a str>,
    management_account_id: Option<AccountId>,
}

#[derive(Serialize)]
struct Accounts {
    listed: usize,
    selected: usize,
    /// Selected, but in a state in which no role can be assumed.
    not_active: u64,
    /// Those that can be reached, as far as was looked, and assumed of the others.
    reachable: u64,
    /// Regions of all reachable accounts together.
    regions: u64,
}

#[derive(Serialize)]
struct LookedInto<'a> {
    accounts: usize,
    unreachable: Vec<Unreachable<'a>>,
    unreachable_share: f64,
    /// Accounts whose regions could not be listed: they are taken to have those that every account has.
    regions_unread: usize,
}

#[derive(Serialize)]
struct Unreachable<'a> {
    id: AccountId,
    name: &'a str,
    blind_reason: BlindReason,
    detail: &'a str,
}

#[derive(Serialize)]
struct Sample {
    accounts: usize,
}

#[derive(Serialize)]
struct Assumed {
    latency_ms: u64,
    /// The share of all checks in all places that fails: that of the sample, or a typical one.
    failing_share: f64,
    quantities: Vec<AssumedQuantity>,
}

#[derive(Serialize)]
struct AssumedQuantity {
    name: &'static str,
    value: f64,
    typical: f64,
    what: &'static str,
}

#[derive(Serialize)]
struct FullSweep<'a> {
    requests: u64,
    /// Absent where every account can be reached.
    requests_if_all_reachable: Option<u64>,
    sts_sessions: u64,
    at_least_seconds: f64,
    bounds: Vec<BoundRow<'a>>,
    by_operation: BTreeMap<&'a str, u64>,
}

#[derive(Serialize)]
struct BoundRow<'a> {
    name: &'static str,
    what: &'a str,
    seconds: f64,
}

#[derive(Serialize)]
struct QuickestSweep {
    cadence: Cadence,
    interval_seconds: f64,
    requests: u64,
    at_least_seconds: f64,
}

#[derive(Serialize)]
struct PerHour<'a> {
    requests: u64,
    sts_sessions: f64,
    busiest_operation: Option<&'a str>,
    services: Vec<ServiceRow<'a>>,
    by_operation: BTreeMap<&'a str, f64>,
}

#[derive(Serialize)]
struct ServiceRow<'a> {
    service: &'a str,
    requests: f64,
    limit_rps: f64,
    /// Whether the limit is for all requests together, and not for each account and region.
    shared: bool,
    share: f64,
}

#[derive(Serialize)]
struct Dollars {
    full_sweep: f64,
    day: f64,
    month: f64,
}

#[derive(Serialize)]
struct ByDetail {
    detail: Detail,
    max_series: u32,
    least: Levels,
    expected: Levels,
    most: Levels,
}

#[derive(Serialize)]
struct Levels {
    region: u64,
    account: u64,
    organization: u64,
    /// The level that the configuration brings about.
    chosen: &'static str,
}

#[derive(Serialize)]
struct Api<'a> {
    requests: u64,
    throttled: u64,
    by_operation: &'a BTreeMap<String, u64>,
}

/// The document.
pub fn text(plan: &Plan<'_>) -> serde_json::Result<String> {
    let looked = plan.looked.len();
    let unreachable: Vec<Unreachable<'_>> = plan
        .unreachable()
        .map(|(looked, blind)| Unreachable {
            id: looked.account.id,
            name: &looked.account.name,
            blind_reason: blind.reason,
            detail: &blind.detail,
        })
        .collect();
    let extent = &plan.extent;
    let assumed = |quantity: &Quantity| AssumedQuantity {
        name: quantity.name(),
        value: plan.assumptions.of(*quantity),
        typical: quantity.typical(),
        what: quantity.why(),
    };
    let services = plan.day.services.iter().map(|service| ServiceRow {
        service: &service.name,
        requests: to(1, service.calls / HOURS_A_DAY),
        limit_rps: service.limit,
        shared: service.shared,
        share: to(6, service.share),
    });
    let day = usd(&plan.day.calls);
    let document = Document {
        schema_version: SCHEMA_VERSION,
        planned_at: plan.planned_at,
        organization: Organization { id: plan.organization.id.as_deref(), management_account_id: plan.organization.management_account_id },
        accounts: Accounts {
            listed: extent.listed,
            selected: plan.organization.accounts.len(),
            not_active: whole(plan.organization.accounts.len() as f64 - extent.sweepable),
            reachable: whole(extent.reachable),
            regions: whole(extent.targets),
        },
        looked_into: LookedInto {
            accounts: looked,
            unreachable_share: to(4, unreachable.len() as f64 / looked.max(1) as f64),
            unreachable,
            regions_unread: plan.looked.iter().filter(|looked| looked.regions_unread.is_some()).count(),
        },
        sample: plan.sampled.as_ref().map(|sampled| Sample { accounts: sampled.accounts }),
        assumptions: Assumed {
            latency_ms: u64::try_from(plan.latency.as_millis()).unwrap_or(u64::MAX),
            failing_share: to(4, plan.failing),
            quantities: Quantity::ALL.iter().map(assumed).collect(),
        },
        full_sweep: full_sweep(plan),
        quickest_sweep: plan.quickest.as_ref().map(|(cadence, interval, sweep)| QuickestSweep {
            cadence: *cadence,
            interval_seconds: interval.as_secs_f64(),
            requests: whole(sum(&sweep.calls)),
            at_least_seconds: at_least(sweep),
        }),
        per_hour: PerHour {
            requests: whole(sum(&plan.day.calls) / HOURS_A_DAY),
            sts_sessions: to(1, plan.day.calls.get("sts:AssumeRole").copied().unwrap_or_default() / HOURS_A_DAY),
            busiest_operation: plan.day.calls.iter().max_by(|a, b| a.1.total_cmp(b.1)).map(|(name, _)| name.as_str()),
            services: services.collect(),
            by_operation: plan.day.calls.iter().map(|(name, count)| (name.as_str(), to(1, count / HOURS_A_DAY))).collect(),
        },
        billable_usd: Dollars { full_sweep: to(4, usd(&plan.full.calls)), day: to(4, day), month: to(4, day * DAYS_A_MONTH) },
        series: series(plan),
        api: Api { requests: plan.api.requests, throttled: plan.api.throttled, by_operation: &plan.api.by_operation },
    };
    serde_json::to_string_pretty(&document)
}

fn full_sweep<'a>(plan: &'a Plan<'_>) -> FullSweep<'a> {
    let sweep = &plan.full;
    let bounds =
        sweep.bounds.iter().map(|bound| BoundRow { name: bound.name, what: &bound.what, seconds: to(1, bound.at_least.as_secs_f64()) });
    FullSweep {
        requests: whole(sum(&sweep.calls)),
        requests_if_all_reachable: plan.if_all_answered.map(whole),
        sts_sessions: whole(sweep.sessions()),
        at_least_seconds: at_least(sweep),
        bounds: bounds.collect(),
        by_operation: by_operation(&sweep.calls),
    }
}

fn by_operation(calls: &Calls) -> BTreeMap<&str, u64> {
    calls.iter().map(|(name, count)| (name.as_str(), whole(*count))).filter(|(_, count)| *count > 0).collect()
}

fn series(plan: &Plan<'_>) -> ByDetail {
    let levels = |forecast: &Forecast| Levels {
        region: forecast.region,
        account: forecast.account,
        organization: forecast.organization,
        chosen: forecast.level.as_str(),
    };
    let [least, expected, most] = plan.series.each_ref().map(levels);
    ByDetail { detail: plan.config.metrics.detail, max_series: plan.config.metrics.max_series, least, expected, most }
}

fn at_least(sweep: &Sweep) -> f64 {
    to(1, sweep.bounds.first().map(|bound| bound.at_least.as_secs_f64()).unwrap_or_default())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of requests")]
fn whole(count: f64) -> u64 {
    count.round() as u64
}

/// Rounded to so many digits.
fn to(digits: i32, number: f64) -> f64 {
    let scale = 10_f64.powi(digits);
    (number * scale).round() / scale
}
