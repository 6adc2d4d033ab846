//! Which trails a row of the catalogue is about: those that record what is done, in every region, and deliver it.
//!
//! cloudtrail-multi-region-logging asks whether there is one. The rows after it ask more of "that trail", and mean the same.

use orgsweep_model::{
    AccountId, Finding, Observed, Unseen, Verdict,
    fact::cloudtrail::{ClassicSelector, EventSelectors, FieldSelector, OrganizationTrails, Trail, Trails},
};

use super::shared::{contradiction, join, unclear};
use crate::Facts;

/// Event sources that a trail may usually leave out of its management events. AWS offers these two because they call so often that
/// recording them can cost much.
pub(crate) fn usually_excluded() -> Vec<String> {
    vec!["kms.amazonaws.com".to_owned(), "rdsdata.amazonaws.com".to_owned()]
}

/// The account's multi-region trails, sorted.
pub(crate) struct Judged<'a> {
    /// Those that log read and write management events of every source and deliver them to S3.
    pub good: Vec<&'a Trail>,
    /// The others, and what each lacks.
    pub short: Vec<(&'a Trail, Vec<String>)>,
    /// Why one could not be looked into: it could be a good one.
    pub not_seen: Option<Unseen>,
}

/// Looks into every multi-region trail. Reads [`Trails`], and [`OrganizationTrails`] where another account owns one.
pub(crate) fn judge<'a>(facts: &Facts<'a>, allowed_excluded_sources: &[String]) -> Result<Judged<'a>, Unseen> {
    let mut judged = Judged { good: Vec::new(), short: Vec::new(), not_seen: None };
    for trail in multi_region(facts)? {
        let seen = delivery_shortfalls(trail).and_then(|mut shortfalls| {
            shortfalls.extend(gap(selectors(facts, trail)?, allowed_excluded_sources));
            Ok(shortfalls)
        });
        match seen {
            Ok(shortfalls) if shortfalls.is_empty() => judged.good.push(trail),
            Ok(shortfalls) => judged.short.push((trail, shortfalls)),
            Err(unseen) => judged.not_seen = judged.not_seen.or(Some(unseen)),
        }
    }
    Ok(judged)
}

/// The trails that record every region.
pub(crate) fn multi_region<'a>(facts: &Facts<'a>) -> Result<impl Iterator<Item = &'a Trail> + use<'a>, Unseen> {
    Ok(facts.get::<Trails>()?.trails.iter().filter(|trail| trail.multi_region))
}

/// What a row says of one good trail.
pub(crate) enum Standing {
    /// It is as the row wants it.
    Satisfied,
    /// The row does not ask this of it, and why.
    Exempt(&'static str),
    /// What was observed instead.
    Short(String),
}

/// Judges a row about "that trail", which should come with what is `wanted`. One good trail that satisfies the row is enough. Unknown where none does and one could not be looked
/// into; not applicable where the row asks nothing of any good trail.
pub(crate) fn of_that_trail<'a>(
    facts: &Facts<'a>,
    allowed_excluded_sources: &[String],
    wanted: &str,
    passing: &'static str,
    row: impl Fn(&'a Trail) -> Result<Standing, Unseen>,
) -> Result<Verdict, Unseen> {
    let judged = judge(facts, allowed_excluded_sources)?;
    let (mut findings, mut exempt, mut not_seen) = (Vec::new(), None, judged.not_seen);
    for trail in judged.good {
        match row(trail) {
            Ok(Standing::Satisfied) => return Ok(Verdict::pass(passing)),
            Ok(Standing::Exempt(reason)) => exempt = Some(reason),
            Ok(Standing::Short(observed)) => {
                findings.push(Finding::new(&trail.name, format!("observed {observed}, wanted {wanted}")).with_arn(&trail.arn));
            }
            Err(unseen) => not_seen = not_seen.or(Some(unseen)),
        }
    }
    if let Some(unseen) = not_seen {
        return Err(unseen);
    }
    Ok(match exempt {
        _ if !findings.is_empty() => Verdict::Fail(findings),
        Some(reason) => Verdict::not_applicable(reason),
        None => Verdict::fail(no_trail(facts, wanted)),
    })
}

/// The finding where there is no good trail: what it lacks is another check's finding.
fn no_trail(facts: &Facts<'_>, wanted: &str) -> Finding {
    let observed = "observed no multi-region trail that logs all management events and delivers them (see cloudtrail-multi-region-logging)";
    Finding::new(facts.context.account.to_string(), format!("{observed}, wanted such a trail with {wanted}"))
}

/// Why a trail records nothing, or delivers nothing.
pub(crate) fn delivery_shortfalls(trail: &Trail) -> Result<Vec<String>, Unseen> {
    let status = part(trail, "status", trail.status.as_ref())?;
    let mut shortfalls = Vec::new();
    if !status.logging {
        shortfalls.push("logging off".to_owned());
    }
    if let Some(error) = status.latest_delivery_error.as_deref().filter(|error| !error.is_empty()) {
        shortfalls.push(format!("the delivery error {error}"));
    }
    if trail.s3_bucket.as_deref().unwrap_or_default().is_empty() {
        shortfalls.push("no S3 bucket".to_owned());
    }
    Ok(shortfalls)
}

/// A part of a trail that is asked for trail by trail.
pub(crate) fn part<'a, T>(trail: &Trail, what: &str, observed: Option<&'a Observed<T>>) -> Result<&'a T, Unseen> {
    observed.ok_or_else(|| unclear(format!("the trail {} came without its {what}", trail.arn)))?.seen().map_err(contradiction)
}

/// Whether another account owns the trail. The mark of an organization trail does not tell: its owner sees it too.
pub(crate) fn owned_elsewhere(trail: &Trail, account: AccountId) -> bool {
    is_of_another_account(&trail.arn, account)
}

/// Whether the account in an ARN is another one.
pub(crate) fn is_of_another_account(arn: &str, account: AccountId) -> bool {
    arn.split(':').nth(4).and_then(|owner| owner.parse::<AccountId>().ok()).is_some_and(|owner| owner != account)
}

/// What a trail records. Only its owner may ask for that, so another account's trail is looked up among those of the organization.
pub(crate) fn selectors<'a>(facts: &Facts<'a>, trail: &'a Trail) -> Result<&'a EventSelectors, Unseen> {
    if !owned_elsewhere(trail, facts.context.account) {
        return part(trail, "event selectors", trail.selectors.as_ref());
    }
    let owned = &facts.get::<OrganizationTrails>().map_err(contradiction)?.trails;
    let found = owned.iter().find(|owned| owned.arn == trail.arn);
    found.ok_or_else(|| not_the_owners(trail))?.selectors.seen().map_err(contradiction)
}

/// Another account's trail that the management account does not know.
pub(crate) fn not_the_owners(trail: &Trail) -> Unseen {
    unclear(format!("the trail {} is not among the organization trails of the management account", trail.arn))
}

/// What a selector records of the events that it is about.
#[derive(Clone, Copy)]
pub(crate) struct Recorded {
    pub reads: bool,
    pub writes: bool,
}

/// What the selectors together leave out of the management events.
fn gap(selectors: &EventSelectors, allowed: &[String]) -> Option<String> {
    let selected: Vec<Result<Recorded, String>> = match selectors {
        EventSelectors::Classic(selectors) => {
            selectors.iter().filter(|selector| selector.include_management_events).map(|selector| classic(selector, allowed)).collect()
        }
        EventSelectors::Advanced(selectors) => {
            selectors.iter().filter(|conditions| is_about(conditions, "Management")).map(|list| advanced(list, allowed)).collect()
        }
    };
    let missing = match (selected.iter().flatten().any(|it| it.reads), selected.iter().flatten().any(|it| it.writes)) {
        (true, true) => return None,
        (true, false) => "write",
        (false, true) => "read",
        (false, false) => "read and write",
    };
    let limits: Vec<&str> = selected.iter().filter_map(|it| it.as_ref().err()).map(String::as_str).collect();
    Some(if limits.is_empty() {
        format!("{missing} management events not recorded")
    } else {
        format!("{missing} management events not fully recorded ({})", join(&limits))
    })
}

/// What a classic selector of management events records, or how it is limited.
fn classic(selector: &ClassicSelector, allowed: &[String]) -> Result<Recorded, String> {
    tolerate(&selector.exclude_sources, allowed)?;
    by_type(selector)
}

/// Whether a classic selector records reads, and whether writes.
pub(crate) fn by_type(selector: &ClassicSelector) -> Result<Recorded, String> {
    match selector.read_write_type.as_str() {
        "All" => Ok(Recorded { reads: true, writes: true }),
        "ReadOnly" => Ok(Recorded { reads: true, writes: false }),
        "WriteOnly" => Ok(Recorded { reads: false, writes: true }),
        other => Err(format!("a selector has the type {other}")),
    }
}

/// What a condition on `readOnly` leaves of what an advanced selector records.
pub(crate) fn by_read_only(recorded: Recorded, condition: &FieldSelector) -> Recorded {
    let has = |wanted: &str| condition.equals.iter().any(|value| value == wanted);
    Recorded { reads: recorded.reads && has("true"), writes: recorded.writes && has("false") }
}

/// The same of an advanced selector. All of its conditions must hold, so one that is not understood may leave out anything.
fn advanced(conditions: &[FieldSelector], allowed: &[String]) -> Result<Recorded, String> {
    let mut recorded = Recorded { reads: true, writes: true };
    for condition in conditions.iter().filter(|condition| condition.field != "eventCategory") {
        match condition.field.as_str() {
            "readOnly" if condition.has_only_equals() => recorded = by_read_only(recorded, condition),
            "eventSource" if condition.has_only_not_equals() => tolerate(&condition.not_equals, allowed)?,
            field => return Err(format!("a selector is limited by {field}")),
        }
    }
    Ok(recorded)
}

fn tolerate(excluded: &[String], allowed: &[String]) -> Result<(), String> {
    let wrong: Vec<&str> = excluded.iter().filter(|source| !allowed.contains(source)).map(String::as_str).collect();
    if wrong.is_empty() { Ok(()) } else { Err(format!("a selector leaves out {}", join(&wrong))) }
}

/// Whether an advanced selector is about this category of events, and no other.
pub(crate) fn is_about(conditions: &[FieldSelector], category: &str) -> bool {
    conditions.iter().any(|condition| condition.field == "eventCategory" && condition.has_only_equals() && condition.equals == [category])
}
