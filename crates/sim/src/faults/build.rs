//! From what a faults file says to the rules it means, collecting every mistake on the way.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use serde_saphyr::{Location, Spanned};

use super::limits::{Bucket, Limits, ServiceLimit};
use super::shape::{self, File};
use super::{Effect, End, Faults, Kind, Rule};
use crate::file::{FileError, Mistakes};
use crate::identity::policy::matches_action;
use crate::org::Organization;
use crate::regions::{self, RegionSet};
use crate::service::{Operation, SERVICES};
use crate::wire::page::Paging;

/// The longest that anything may take.
const DAY: f64 = 86_400.0;

/// The rules and limits that a file means.
pub(super) fn faults(text: &str, file: &File, organization: &Organization) -> Result<Faults, FileError> {
    let mut mistakes = Mistakes::default();
    let rules = file.faults.iter().map(|shape| rule(shape, organization, &mut mistakes)).collect();
    let limits = file.rate_limits.as_ref().map(|shape| limits(shape, &mut mistakes));
    mistakes.or(Some(Faults { source: text.to_owned(), seed: file.seed, rules, limits }))
}

fn rule(shape: &shape::Rule, organization: &Organization, mistakes: &mut Mistakes) -> Rule {
    let services = shape.services.as_ref().map(|names| services(names, mistakes));
    Rule {
        effect: effect(shape, mistakes),
        accounts: shape.accounts.as_ref().map(|ids| accounts(ids, organization, mistakes)),
        role_accounts: shape.role_accounts.as_ref().map(|ids| accounts(ids, organization, mistakes)),
        regions: shape.regions.as_ref().map(|names| regions(names, mistakes)),
        operations: shape.operations.as_ref().map(|names| operations(names, services.as_deref(), mistakes)),
        services,
        probability: shape.probability.as_ref().map_or(1.0, |given| number(given, 0.0..=1.0, mistakes)),
        after: shape.after,
        times: shape.times.unwrap_or(u64::MAX),
        matched: AtomicU64::new(0),
        fired: AtomicU64::new(0),
    }
}

/// What the rule does.
fn effect(shape: &shape::Rule, mistakes: &mut Mistakes) -> Effect {
    let kind = shape.fault.value;
    only_fitting_keys(shape, mistakes);
    let mut needed = |key: &str, given: &Option<Spanned<f64>>, range| {
        let Some(given) = given else {
            mistakes.add(shape.fault.referenced, format!("{} needs `{key}`", kind.name()));
            return 0.0;
        };
        number(given, range, mistakes)
    };
    match kind {
        Kind::Deny => Effect::End(End::Deny { scp: false }),
        Kind::ScpDeny => Effect::End(End::Deny { scp: true }),
        Kind::Throttle => {
            let retry_after = shape.retry_after.as_ref().map(|given| Duration::from_secs_f64(number(given, 0.0..=DAY, mistakes)));
            Effect::End(End::Throttle { retry_after })
        }
        Kind::Error => Effect::End(error(shape, mistakes)),
        Kind::Reset => Effect::End(End::Reset),
        Kind::Truncate => Effect::End(End::Truncate),
        Kind::Malform => Effect::End(End::Malform),
        Kind::BlackHole => Effect::End(End::BlackHole),
        Kind::ExpiredToken => Effect::End(End::ExpiredToken),
        #[expect(clippy::cast_possible_truncation, reason = "at most a day")]
        Kind::ClockSkew => Effect::End(End::ClockSkew(needed("seconds", &shape.seconds, -DAY..=DAY) as i64)),
        Kind::SlowFirstByte => Effect::SlowFirstByte(Duration::from_secs_f64(needed("seconds", &shape.seconds, 0.0..=DAY))),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in the range just before")]
        Kind::SlowDrip => Effect::SlowDrip(needed("bytes_per_second", &shape.bytes_per_second, 1.0..=1e9) as u32),
        Kind::Latency => Effect::Latency(Duration::from_secs_f64(needed("ms", &shape.ms, 0.0..=1000.0 * DAY) / 1000.0)),
        Kind::EndlessPages => Effect::Pages(Paging::Endless),
        Kind::HugePages => Effect::Pages(Paging::Whole),
    }
}

/// Of the keys that say how a fault shows itself, each kind has its own.
fn only_fitting_keys(shape: &shape::Rule, mistakes: &mut Mistakes) {
    fn place<T>(given: Option<&Spanned<T>>) -> Option<Location> {
        given.map(|given| given.referenced)
    }
    let fitting: &[&str] = match shape.fault.value {
        Kind::Throttle => &["retry_after"],
        Kind::Error => &["status", "html"],
        Kind::SlowFirstByte | Kind::ClockSkew => &["seconds"],
        Kind::SlowDrip => &["bytes_per_second"],
        Kind::Latency => &["ms"],
        _ => &[],
    };
    for (key, place) in [
        ("retry_after", place(shape.retry_after.as_ref())),
        ("status", place(shape.status.as_ref())),
        ("html", place(shape.html.as_ref())),
        ("seconds", place(shape.seconds.as_ref())),
        ("bytes_per_second", place(shape.bytes_per_second.as_ref())),
        ("ms", place(shape.ms.as_ref())),
    ] {
        if let Some(place) = place.filter(|_| !fitting.contains(&key)) {
            mistakes.add(place, format!("`{key}` means nothing to {}", shape.fault.value.name()));
        }
    }
}

fn error(shape: &shape::Rule, mistakes: &mut Mistakes) -> End {
    let html = shape.html.as_ref().is_some_and(|given| given.value);
    // A load balancer has more ways to say that nobody is there.
    let known: &[u16] = if html { &[500, 502, 503, 504] } else { &[500, 503] };
    let status = shape.status.as_ref().map_or(500, |given| given.value);
    if let Some(given) = shape.status.as_ref().filter(|_| !known.contains(&status)) {
        mistakes.add(given.referenced, format!("{status} is not one of {known:?}"));
    }
    End::Error { status, html }
}

fn number(given: &Spanned<f64>, range: RangeInclusive<f64>, mistakes: &mut Mistakes) -> f64 {
    if range.contains(&given.value) {
        return given.value;
    }
    mistakes.add(given.referenced, format!("{} is not a number from {} to {}", given.value, range.start(), range.end()));
    *range.end()
}

/// Which of `known` match a pattern. A pattern that matches none is a mistake.
fn chosen(patterns: &[Spanned<String>], known: &[&str], what: &str, mistakes: &mut Mistakes) -> Vec<bool> {
    for pattern in patterns {
        if !known.iter().any(|name| matches_action(&pattern.value, name)) {
            mistakes.add(pattern.referenced, format!("{:?} is no {what}", pattern.value));
        }
    }
    known.iter().map(|name| patterns.iter().any(|pattern| matches_action(&pattern.value, name))).collect()
}

fn accounts(patterns: &[Spanned<String>], organization: &Organization, mistakes: &mut Mistakes) -> Vec<bool> {
    let ids: Vec<&str> = organization.accounts.iter().map(|account| account.id.as_str()).collect();
    chosen(patterns, &ids, "account of the organization", mistakes)
}

fn regions(patterns: &[Spanned<String>], mistakes: &mut Mistakes) -> RegionSet {
    let names: Vec<&str> = regions::all().collect();
    let mut set = RegionSet::default();
    for (name, chosen) in names.iter().zip(chosen(patterns, &names, "region", mistakes)) {
        if chosen {
            set.insert(name);
        }
    }
    set
}

fn services(patterns: &[Spanned<String>], mistakes: &mut Mistakes) -> Vec<bool> {
    let names: Vec<&str> = SERVICES.iter().map(|service| service.name()).collect();
    let what = format!("service of the simulation; it has {}", names.join(", "));
    chosen(patterns, &names, &what, mistakes)
}

/// The patterns. Each has to match an operation of one of the services.
fn operations(patterns: &[Spanned<String>], services: Option<&[bool]>, mistakes: &mut Mistakes) -> Vec<String> {
    let asked = SERVICES.iter().enumerate().filter(|(index, _)| services.is_none_or(|services| services[*index]));
    let names: Vec<&str> = asked.flat_map(|(_, service)| service.operations).flat_map(Operation::names).collect();
    chosen(patterns, &names, "operation of these services in the simulation", mistakes);
    patterns.iter().map(|pattern| pattern.value.clone()).collect()
}

fn limits(shape: &shape::RateLimits, mistakes: &mut Mistakes) -> Limits {
    let default = shape.default.as_ref().map(|limit| {
        if let Some((name, _)) = limit.operations.0.first() {
            mistakes.add(name.referenced, "`default` has no operations of its own: name them under their service".to_owned());
        }
        service_limit(limit, &[], mistakes)
    });
    let mut services = vec![default; SERVICES.len()];
    for (name, limit) in &shape.services.0 {
        if let Some(index) = SERVICES.iter().position(|service| service.name() == name.value) {
            services[index] = Some(service_limit(limit, SERVICES[index].operations, mistakes));
        } else {
            let names: Vec<&str> = SERVICES.iter().map(|service| service.name()).collect();
            mistakes.add(name.referenced, format!("{:?} is no service of the simulation; it has {}", name.value, names.join(", ")));
        }
    }
    Limits::new(shape.enforce, services)
}

fn service_limit(shape: &shape::ServiceLimit, operations: &[Operation], mistakes: &mut Mistakes) -> ServiceLimit {
    let mut own = HashMap::new();
    for (name, limit) in &shape.operations.0 {
        match operations.iter().position(|operation| operation.names().any(|known| known == name.value)) {
            Some(index) => _ = own.insert(index, bucket(&limit.rate, &limit.burst, mistakes)),
            None if operations.is_empty() => {}
            None => mistakes.add(name.referenced, format!("{:?} is no operation of this service in the simulation", name.value)),
        }
    }
    ServiceLimit { bucket: bucket(&shape.rate, &shape.burst, mistakes), per_operation: shape.per_operation, operations: own }
}

fn bucket(rate: &Spanned<f64>, burst: &Spanned<f64>, mistakes: &mut Mistakes) -> Bucket {
    Bucket { rate: number(rate, 0.001..=1e6, mistakes), burst: number(burst, 1.0..=1e6, mistakes) }
}
