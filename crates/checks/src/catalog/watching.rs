//! Whether somebody would be told of an event in the account: what the alarm checks have in common.
//!
//! There are two ways. The event stands in the log group of a trail, a metric filter counts it, an alarm watches the filter's metric, and
//! a topic that the alarm notifies has a confirmed subscription. Or the event matches an `EventBridge` rule that has a target. Each sample
//! event of a check needs one such way from end to end; several filters, alarms and rules may share the work. Both ways begin with a trail
//! that is switched on: without one, no events come to `EventBridge` either.

use std::collections::BTreeMap;

use orgsweep_model::{
    Finding, Region, Unseen, Verdict,
    fact::{
        alarms::Alarm,
        cloudtrail::{EventSelectors, FieldSelector, Trail},
        events::{EventRule, HomeEventRules},
        trail_alarms::{FilterMetric, MetricFilter, TrailAlarms, WatchedLogGroup},
    },
    region_of_global_services,
};
use serde_json::Value;

use super::{
    alarms::unheard,
    samples::Sample,
    shared::{contradiction, join, unclear},
    trails,
};
use crate::{
    Context, Facts,
    pattern::{EventPattern, FilterPattern},
};

const WANTED: &str = "wanted it to raise an alarm that notifies an SNS topic with a confirmed subscription, or to match an EventBridge rule \
                      with a target";

/// Judges whether somebody would be told of every sample.
pub(crate) fn evaluate(facts: &Facts<'_>, samples: &[Sample]) -> Result<Verdict, Unseen> {
    let multi_region: Vec<&Trail> = trails::multi_region(facts)?.collect();
    let (elsewhere, own): (Vec<&Trail>, Vec<&Trail>) =
        multi_region.into_iter().partition(|trail| trails::owned_elsewhere(trail, facts.context.account));
    if !any_active(&own)? {
        if any_active(&elsewhere)? {
            return Ok(Verdict::not_applicable("The only active multi-region trail is the organization's, and another account owns it."));
        }
        let first = samples.first().map(|sample| sample.name()).unwrap_or_default();
        let observed = format!("observed no active multi-region trail that could record {first}, {WANTED}");
        return Ok(Verdict::fail(Finding::new(facts.context.account.to_string(), observed)));
    }
    let watch = Watch::new(facts, own);
    let mut not_seen = None;
    for sample in samples {
        let search = watch.search(*sample);
        match (search.found, search.not_seen, search.furthest) {
            (true, _, _) => {}
            (false, Some(unseen), _) => not_seen = not_seen.or(Some(unseen)),
            (false, None, Some(reached)) => return Ok(Verdict::fail(reached.finding())),
            (false, None, None) => return Err(unclear(format!("nothing was seen of what becomes of {}", sample.name()))),
        }
    }
    match not_seen {
        Some(unseen) => Err(unseen),
        None => Ok(Verdict::pass("Somebody is told of every such event.")),
    }
}

/// Whether one of the trails is logging; unknown where none is and one could be.
fn any_active(trails: &[&Trail]) -> Result<bool, Unseen> {
    let mut not_seen = None;
    for trail in trails {
        match logging(trail) {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(unseen) => not_seen = not_seen.or(Some(unseen)),
        }
    }
    not_seen.map_or(Ok(false), Err)
}

fn logging(trail: &Trail) -> Result<bool, Unseen> {
    Ok(trails::part(trail, "status", trail.status.as_ref())?.logging)
}

/// Everything that may tell somebody, with its patterns understood as far as they can be.
struct Watch<'a> {
    context: &'a Context,
    /// The account's own multi-region trails that are logging, as far as is known, and the filters on their log groups.
    trails: Vec<(&'a Trail, LogGroup<'a>)>,
    rules: Result<Vec<Matching<'a>>, Unseen>,
    /// The rules of the region of global services, where that is not the home region.
    global: Option<(Region, Result<Vec<Matching<'a>>, Unseen>)>,
}

/// A rule that may tell somebody, and its pattern.
type Matching<'a> = (&'a EventRule, Result<EventPattern, Unseen>);

/// Where a trail delivers to.
enum LogGroup<'a> {
    None,
    NotSeen(Unseen),
    Seen(&'a WatchedLogGroup, Vec<(&'a MetricFilter, Result<FilterPattern, Unseen>)>),
}

/// What was found out about one sample.
#[derive(Default)]
struct Search {
    /// Whether one way leads to somebody.
    found: bool,
    /// Why a way that may lead to somebody could not be followed.
    not_seen: Option<Unseen>,
    /// The way that leads furthest.
    furthest: Option<Reached>,
}

/// How far a way leads. In the order of how much of it there is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Depth {
    Trail,
    LogGroup,
    Rule,
    Filter,
    Alarm,
    NotRecorded,
}

/// Where a way ends.
struct Reached {
    depth: Depth,
    resource: String,
    arn: Option<String>,
    observed: String,
}

impl Reached {
    fn finding(self) -> Finding {
        let finding = Finding::new(self.resource, format!("observed {}, {WANTED}", self.observed));
        if let Some(arn) = self.arn { finding.with_arn(arn) } else { finding }
    }
}

impl Search {
    /// Of two ways that lead equally far, the first counts.
    fn ends_at(&mut self, reached: Reached) {
        if self.furthest.as_ref().is_none_or(|furthest| furthest.depth < reached.depth) {
            self.furthest = Some(reached);
        }
    }

    fn cannot_see(&mut self, unseen: Unseen) {
        self.not_seen.get_or_insert(unseen);
    }
}

impl<'a> Watch<'a> {
    fn new(facts: &Facts<'a>, own: Vec<&'a Trail>) -> Self {
        let alarms = facts.get::<TrailAlarms>().map_err(contradiction);
        let possibly_active = own.into_iter().filter(|trail| logging(trail) != Ok(false));
        let rules = facts.get::<HomeEventRules>().map_err(contradiction);
        Self {
            context: facts.context,
            trails: possibly_active.map(|trail| (trail, log_group(trail, alarms.as_ref(), facts.context))).collect(),
            rules: rules.clone().map(|it| notifying(&it.rules)),
            global: rules.ok().and_then(|it| {
                let rules = it.of_global_services.as_ref()?.seen().map_err(contradiction);
                let region = region_of_global_services(facts.context.home_region.partition())?;
                Some((region, rules.map(|rules| notifying(rules))))
            }),
        }
    }

    /// The event buses that the sample may reach, with their rules.
    fn buses(&self, sample: Sample) -> Vec<(&str, &Result<Vec<Matching<'a>>, Unseen>)> {
        let home = (self.context.home_region.as_str(), &self.rules);
        match &self.global {
            Some((region, rules)) if sample.is_global_alone() => vec![(region.as_str(), rules)],
            Some((region, rules)) if sample.is_global() => vec![home, (region.as_str(), rules)],
            _ => vec![home],
        }
    }

    fn search(&self, sample: Sample) -> Search {
        let mut search = Search::default();
        let record = sample.record(self.context);
        for (trail, log_group) in &self.trails {
            self.search_log_group(&mut search, sample, &record, trail, log_group);
        }
        if search.found {
            return search;
        }
        for (region, rules) in self.buses(sample) {
            match rules {
                Ok(rules) => search_rules(&mut search, sample, &sample.event(self.context, region), rules),
                Err(unseen) => search.cannot_see(unseen.clone()),
            }
        }
        search
    }

    fn search_log_group(&self, search: &mut Search, sample: Sample, record: &Value, trail: &Trail, log_group: &LogGroup<'_>) {
        let name = sample.name();
        let trail_ends = |depth, observed| Reached { depth, resource: trail.name.clone(), arn: Some(trail.arn.clone()), observed };
        match log_group {
            LogGroup::None => {
                search.ends_at(trail_ends(Depth::Trail, format!("the trail {} without a log group for {name}", trail.name)));
            }
            LogGroup::NotSeen(unseen) => search.cannot_see(unseen.clone()),
            LogGroup::Seen(group, filters) => {
                let arn = group.arn.strip_suffix(":*").unwrap_or(&group.arn);
                let resource = arn.splitn(7, ':').nth(6).unwrap_or(arn).to_owned();
                let observed = format!("no metric filter for {name} on the log group {resource}");
                search.ends_at(Reached { depth: Depth::LogGroup, resource, arn: Some(arn.to_owned()), observed });
                for (filter, pattern) in filters {
                    let doubt = match pattern {
                        Ok(pattern) if !pattern.matches(record) => continue,
                        Ok(_) => None,
                        Err(unseen) => Some(unseen),
                    };
                    // A filter that may not match matters only where everything behind it is as it should be.
                    match (self.behind(filter, sample, record, group), doubt) {
                        (Err(unseen), _) => search.cannot_see(unseen),
                        (Ok(Some(_)), Some(_)) => {}
                        (Ok(Some(reached)), None) => search.ends_at(reached),
                        (Ok(None), Some(unseen)) => search.cannot_see(unseen.clone()),
                        (Ok(None), None) => match arrives(trail, sample) {
                            Ok(true) => search.found = true,
                            Ok(false) => {
                                search.ends_at(trail_ends(Depth::NotRecorded, format!("the trail {} not recording {name}", trail.name)));
                            }
                            Err(unseen) => search.cannot_see(unseen),
                        },
                    }
                }
            }
        }
    }

    /// Where the way from a filter that counts the sample ends; `None` where it leads to somebody.
    fn behind(&self, filter: &MetricFilter, sample: Sample, record: &Value, group: &WatchedLogGroup) -> Result<Option<Reached>, Unseen> {
        let alarms = group.alarms.seen().map_err(contradiction)?;
        let (mut not_seen, mut unheard_alarm) = (None, None);
        for (alarm, metric) in alarms.iter().flat_map(|alarm| filter.metrics.iter().map(move |metric| (alarm, metric))) {
            match sees(alarm, metric, record, self.context) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(unseen) => {
                    not_seen = not_seen.or(Some(unseen));
                    continue;
                }
            }
            match unheard(alarm, &group.topics) {
                Ok(None) => return Ok(None),
                Ok(Some(shortfall)) => unheard_alarm = unheard_alarm.or(Some((alarm, shortfall))),
                Err(unseen) => not_seen = not_seen.or(Some(unseen)),
            }
        }
        if let Some(unseen) = not_seen {
            return Err(unseen);
        }
        Ok(Some(match unheard_alarm {
            Some((alarm, shortfall)) => Reached {
                depth: Depth::Alarm,
                resource: alarm.name.clone(),
                arn: Some(alarm.arn.clone()),
                observed: format!("the alarm {} for {} with {shortfall}", alarm.name, sample.name()),
            },
            None => Reached {
                depth: Depth::Filter,
                resource: filter.name.clone(),
                arn: None,
                observed: format!(
                    "the metric filter {} for {} without an alarm on its metric {}",
                    filter.name,
                    sample.name(),
                    join(&filter.metrics.iter().map(in_words).collect::<Vec<_>>())
                ),
            },
        }))
    }
}

fn in_words(metric: &FilterMetric) -> String {
    let dimensions: Vec<&str> = metric.dimensions.keys().map(String::as_str).collect();
    let by = if dimensions.is_empty() { String::new() } else { format!(" by {}", join(&dimensions)) };
    format!("{}/{}{by}", metric.namespace, metric.name)
}

/// The rules that may tell somebody, with what they match.
fn notifying(rules: &[EventRule]) -> Vec<Matching<'_>> {
    rules.iter().filter(|rule| rule.may_notify()).map(|rule| (rule, event_pattern(rule))).collect()
}

fn search_rules(search: &mut Search, sample: Sample, event: &Value, rules: &[Matching<'_>]) {
    for (rule, pattern) in rules {
        let doubt = match pattern {
            Ok(pattern) if !pattern.matches(event) => continue,
            Ok(_) => None,
            Err(unseen) => Some(unseen),
        };
        match (has_target(rule), doubt) {
            (Ok(true), None) => search.found = true,
            (Ok(true), Some(unseen)) => search.cannot_see(unseen.clone()),
            (Ok(false), None) => search.ends_at(Reached {
                depth: Depth::Rule,
                resource: rule.name.clone(),
                arn: Some(rule.arn.clone()),
                observed: format!("the EventBridge rule {} for {} without a target", rule.name, sample.name()),
            }),
            (Ok(false), Some(_)) => {}
            (Err(unseen), _) => search.cannot_see(unseen),
        }
    }
}

/// Whether a rule sends what it matches anywhere.
pub(crate) fn has_target(rule: &EventRule) -> Result<bool, Unseen> {
    let targets = rule.targets.as_ref().ok_or_else(|| unclear(format!("the rule {} came without its targets", rule.arn)))?;
    Ok(!targets.seen().map_err(contradiction)?.is_empty())
}

/// What a rule matches.
pub(crate) fn event_pattern(rule: &EventRule) -> Result<EventPattern, Unseen> {
    let text = rule.pattern.as_deref().unwrap_or_default();
    EventPattern::parse(text).map_err(|error| unclear(format!("the EventBridge rule {}: {error}", rule.name)))
}

fn filter_pattern(filter: &MetricFilter) -> Result<FilterPattern, Unseen> {
    let not_followed = |why: &str| unclear(format!("the metric filter {} {why}", filter.name));
    if let Some(selection) = &filter.selection {
        return Err(not_followed(&format!("counts only events with {selection}")));
    }
    if filter.transformed {
        return Err(not_followed("is held against transformed events"));
    }
    FilterPattern::parse(&filter.pattern).map_err(|error| unclear(format!("the metric filter {}: {error}", filter.name)))
}

fn log_group<'a>(trail: &Trail, alarms: Result<&&'a TrailAlarms, &Unseen>, context: &Context) -> LogGroup<'a> {
    let Some(arn) = trail.log_group_arn.as_deref().filter(|arn| !arn.is_empty()) else { return LogGroup::None };
    if trails::is_of_another_account(arn, context.account) {
        return LogGroup::NotSeen(unclear(format!("the trail {} delivers to {arn}, which another account owns", trail.name)));
    }
    let groups = match alarms {
        Ok(alarms) => &alarms.log_groups,
        Err(unseen) => return LogGroup::NotSeen(unseen.clone()),
    };
    let Some(group) = groups.iter().find(|group| group.arn == arn) else {
        return LogGroup::NotSeen(unclear(format!("the log group {arn} was not looked into")));
    };
    match group.filters.seen() {
        Ok(filters) => LogGroup::Seen(group, filters.iter().map(|filter| (filter, filter_pattern(filter))).collect()),
        Err(unseen) => LogGroup::NotSeen(contradiction(unseen)),
    }
}

/// Whether an alarm sees what a filter counts of the sample. With dimensions it is a metric for each of their values.
fn sees(alarm: &Alarm, metric: &FilterMetric, record: &Value, context: &Context) -> Result<bool, Unseen> {
    let own = context.account.to_string();
    let mut watched = alarm.metrics.iter().filter(|it| it.is(&metric.namespace, &metric.name, Some(&own))).map(|it| &it.dimensions);
    if metric.dimensions.is_empty() {
        return Ok(watched.any(BTreeMap::is_empty));
    }
    let Some(dimensions) = watched.find(|dimensions| dimensions.keys().eq(metric.dimensions.keys())) else { return Ok(false) };
    for (dimension, field) in &metric.dimensions {
        let value = field.strip_prefix("$.").and_then(|path| path.split('.').try_fold(record, |value, step| value.get(step)));
        match value.and_then(Value::as_str) {
            Some(value) if dimensions[dimension] == value => {}
            Some(_) => return Ok(false),
            None => return Err(unclear(format!("the alarm {} watches one value of the dimension {dimension} ({field})", alarm.name))),
        }
    }
    Ok(true)
}

/// Whether the sample comes to the trail's log group: the trail is on, and records such events.
fn arrives(trail: &Trail, sample: Sample) -> Result<bool, Unseen> {
    if !logging(trail)? {
        return Ok(false);
    }
    let source = sample.source();
    Ok(match trails::part(trail, "event selectors", trail.selectors.as_ref())? {
        EventSelectors::Classic(selectors) => selectors.iter().any(|selector| {
            let of_type = trails::by_type(selector).is_ok_and(|recorded| if sample.reads() { recorded.reads } else { recorded.writes });
            selector.include_management_events && of_type && !selector.exclude_sources.contains(&source)
        }),
        EventSelectors::Advanced(selectors) => selectors
            .iter()
            .filter(|conditions| trails::is_about(conditions, "Management"))
            .any(|conditions| conditions.iter().all(|condition| admits(condition, sample, &source))),
    })
}

/// Whether a condition of an advanced selector certainly lets the sample through.
fn admits(condition: &FieldSelector, sample: Sample, source: &String) -> bool {
    match condition.field.as_str() {
        "eventCategory" => true,
        "readOnly" => condition.has_only_equals() && condition.equals.contains(&sample.reads().to_string()),
        "eventSource" if condition.has_only_equals() => condition.equals.contains(source),
        "eventSource" => condition.has_only_not_equals() && !condition.not_equals.contains(source),
        _ => false,
    }
}
