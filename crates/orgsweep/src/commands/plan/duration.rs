//! How long a sweep of all accounts takes at the least: as long as the narrowest of what it has to pass.

use std::{collections::BTreeMap, time::Duration};

use orgsweep_aws::{Allowance, Limits};

use super::{
    asks::{Asks, Calls, service, sum},
    extent::Extent,
    rhythm::Rhythm,
};

/// Facts of one target that are asked for at once.
const FACTS_AT_ONCE: f64 = 12.0;
/// Requests before an account's targets can be swept: for the session, to see where it acts, and for the regions.
const BEFORE_TARGETS: f64 = 3.0;

/// Something that a sweep has to pass, and how long it takes at the least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Its name in JSON.
    pub name: &'static str,
    /// What it is, in words.
    pub what: String,
    pub at_least: Duration,
}

/// How fast requests may go and are answered.
pub struct Pace<'a> {
    pub limits: &'a Limits,
    pub workers: usize,
    pub latency: Duration,
}

/// The bounds of a sweep, the narrowest first. `calls` are all that it takes, `listing` those of them for the organization's listing.
pub fn bounds(asks: &Asks<'_>, extent: &Extent, rhythm: &Rhythm, calls: &Calls, listing: &Calls, pace: &Pace<'_>) -> Vec<Bound> {
    let Pace { limits, workers, latency } = pace;
    let waits = |name, what: String, seconds: f64| Bound { name, what, at_least: lasting(seconds) };
    let shared = |service: &str, calls: f64| at_rate(calls, limits.of_service(service, true));
    let latency = latency.as_secs_f64();
    let of = |calls: &Calls, wanted: &str| calls.iter().filter(|(name, _)| service(name) == wanted).map(|(_, count)| count).sum::<f64>();

    // Accounts and units are listed page after page, before anything is swept. Tags are asked for eight at a time.
    let tags: f64 = ["organizations:ListTagsForResource"].iter().filter_map(|name| listing.get(*name)).sum();
    let listed = (sum(listing) - tags) * latency + tags / 8.0 * latency;
    let listed = listed.max(shared("organizations", of(listing, "organizations")));

    let (account, region) = (asks.in_account(rhythm), asks.in_region(rhythm));
    let mut in_home_region = account.clone();
    super::asks::add(&mut in_home_region, &region, 1.0);
    let (key, slowest) = slowest_key(&in_home_region, limits);
    let target = |calls: &Calls| (sum(calls) / FACTS_AT_ONCE * latency).max(slowest_key(calls, limits).1);
    let share = (workers / 4).max(1) as f64;
    let rounds = if extent.reachable > 0.0 { (extent.targets / extent.reachable / share).ceil().max(1.0) } else { 0.0 };
    let one = if extent.reachable > 0.0 { BEFORE_TARGETS * latency + rounds * target(&region).max(target(&account)) } else { 0.0 };
    let busy = extent.reachable * target(&account) + extent.targets * target(&region);

    let organizations = of(calls, "organizations");
    let roles = calls.get("sts:AssumeRole").copied().unwrap_or_default();
    let mut bounds = vec![
        waits(
            "organizations",
            format!("{organizations:.0} requests to Organizations at {} a second", limits.of_service("organizations", true).rate),
            shared("organizations", organizations),
        ),
        waits(
            "sts",
            format!("{roles:.0} roles to assume at {} a second", limits.of_service("sts", true).rate),
            listed + shared("sts", roles),
        ),
        waits(
            "account",
            match key {
                Some(key) if slowest > one => format!("the requests of one account to {key}, at the rate of its own"),
                _ => "the sweep of a single account".to_owned(),
            },
            listed + slowest.max(one),
        ),
        waits("workers", format!("{workers} targets at once (limits.workers)"), listed + busy / *workers as f64),
        waits(
            "in_flight",
            format!("{} requests at once (limits.in_flight)", limits.in_flight),
            listed + (sum(calls) - sum(listing)).max(0.0) * latency / limits.in_flight.max(1) as f64,
        ),
    ];
    bounds.sort_by_key(|bound| std::cmp::Reverse(bound.at_least));
    bounds
}

/// So many seconds. What is too long for a duration is the longest, and not none.
fn lasting(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

/// How long so many requests take that are allowed so much, after a pause.
fn at_rate(calls: f64, Allowance { rate, burst }: Allowance) -> f64 {
    ((calls - f64::from(burst)) / rate).max(0.0)
}

/// The service, or the operation with a limit of its own, that takes longest in one account and region, and how long.
fn slowest_key(calls: &Calls, limits: &Limits) -> (Option<String>, f64) {
    let mut by_key: BTreeMap<&str, (f64, Allowance)> = BTreeMap::new();
    for (name, count) in calls {
        let (of, operation) = (service(name), name.split_once(':').map_or("", |(_, operation)| operation));
        by_key.entry(of).or_insert((0.0, limits.of_service(of, false))).0 += count;
        if let Some(allowed) = Limits::of_operation(of, operation) {
            by_key.insert(name, (*count, allowed));
        }
    }
    let times = by_key.into_iter().map(|(key, (calls, allowed))| (Some(key.to_owned()), at_rate(calls, allowed)));
    times.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((None, 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits {
            in_flight: 100,
            per_account_rps: [("default".to_owned(), 10.0), ("securityhub".to_owned(), 30.0)].into(),
            shared_rps: [("sts".to_owned(), 100.0), ("organizations".to_owned(), 5.0)].into(),
        }
    }

    fn calls(given: &[(&str, f64)]) -> Calls {
        given.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    }

    #[test]
    fn what_is_too_long_to_tell_is_not_told_as_nothing() {
        assert_eq!(lasting(1.5), Duration::from_millis(1500));
        assert_eq!(lasting(1e30), Duration::MAX);
    }

    #[test]
    fn a_burst_goes_at_once() {
        let allowed = |rate, burst| Allowance { rate, burst };
        assert!(at_rate(10.0, allowed(10.0, 10)) < f64::EPSILON);
        assert!((at_rate(110.0, allowed(10.0, 10)) - 10.0).abs() < 1e-9);
        assert!((at_rate(2.0, allowed(0.5, 1)) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn the_slowest_key_is_a_service_or_an_operation_with_a_limit_of_its_own() {
        let (key, seconds) = slowest_key(&calls(&[("iam:A", 15.0), ("iam:B", 5.0), ("ec2:C", 12.0)]), &limits());
        assert_eq!(key.as_deref(), Some("iam"));
        assert!((seconds - 1.2).abs() < 1e-9);
        let (key, seconds) = slowest_key(&calls(&[("securityhub:GetFindings", 8.0), ("securityhub:DescribeHub", 1.0)]), &limits());
        assert_eq!(key.as_deref(), Some("securityhub:GetFindings"));
        assert!((seconds - 1.0).abs() < 1e-9);
        assert_eq!(slowest_key(&Calls::new(), &limits()), (None, 0.0));
    }
}
