//! What the board knows of one account.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use orgsweep_model::{AccountReport, BlindReason, Cadence, Measure, Place, Region};

use crate::{
    entry::{Entry, NEVER},
    exceptions::{Applying, Exceptions, Judged},
    layout::{Layout, NoSlot},
};

/// What the board knows of one place of an account.
#[derive(Debug, Default)]
pub(crate) struct PlaceBoard {
    /// By the layout; empty until the first verdict.
    entries: Box<[Entry]>,
    /// By cadence: as of when its last sweep with a decided verdict is.
    evaluated: [Option<i64>; Cadence::ALL.len()],
    /// Exceptions to what stands, by slot. Few entries have any.
    exceptions: BTreeMap<usize, Exception>,
    /// The latest of each measure, and as of when it is.
    measures: BTreeMap<Measure, (i64, f64)>,
}

/// The exception to what stands in an entry. Times are the last seconds at which it holds.
#[derive(Debug, Default, PartialEq, Eq)]
struct Exception {
    /// The waivers of the failure that stands, each once.
    waivers: Vec<usize>,
    /// They cover all of it until then; absent where they cover a part.
    waived_until: Option<i64>,
    /// The pass that stands is a person's word, until then.
    attested_until: Option<i64>,
}

impl PlaceBoard {
    /// The entry in a slot of the layout.
    pub fn entry(&self, slot: usize) -> Entry {
        self.entries.get(slot).copied().unwrap_or_default()
    }

    /// As of when the last sweep of a cadence with a decided verdict is.
    pub fn evaluated(&self, cadence: Cadence) -> Option<i64> {
        self.evaluated[cadence as usize]
    }

    /// Whether waivers cover all of the failure that stands in a slot.
    pub fn waived(&self, slot: usize) -> bool {
        self.exceptions.get(&slot).is_some_and(|exception| exception.waived_until.is_some())
    }

    /// The waivers that cover something here, by position, once for each failure.
    pub fn waivers(&self) -> impl Iterator<Item = usize> {
        self.exceptions.values().flat_map(|exception| exception.waivers.iter().copied())
    }

    /// The latest of each measure.
    pub fn measures(&self) -> impl Iterator<Item = (Measure, f64)> {
        self.measures.iter().map(|(&measure, &(_, value))| (measure, value))
    }

    fn measure(&mut self, measure: Measure, value: f64, at: i64) {
        let latest = self.measures.entry(measure).or_insert((at, value));
        if at >= latest.0 {
            *latest = (at, value);
        }
    }

    fn apply(&mut self, slots: usize, slot: usize, judged: &Judged<'_>, at: i64) {
        if self.entries.is_empty() {
            self.entries = vec![Entry::default(); slots].into();
        }
        // What stands keeps its exceptions while nothing newer is decided.
        if self.entries[slot].apply(&judged.verdict, at) {
            self.except(slot, judged);
        }
    }

    fn except(&mut self, slot: usize, judged: &Judged<'_>) {
        let last = |end: Timestamp| end.as_second().saturating_sub(1);
        let mut waivers: Vec<usize> = judged.waivers.iter().copied().flatten().collect();
        waivers.sort_unstable();
        waivers.dedup();
        let exception = Exception { waivers, waived_until: judged.waived_until.map(last), attested_until: judged.attested_until.map(last) };
        if exception == Exception::default() {
            self.exceptions.remove(&slot);
        } else {
            self.exceptions.insert(slot, exception);
        }
    }

    /// Lets go what does not count any more at `now`, and says until when all that is left counts.
    fn expire(&mut self, now: i64, checks: &[usize], layout: &Layout) -> Option<i64> {
        let Self { entries, exceptions, .. } = self;
        exceptions.retain(|&slot, exception| {
            if exception.attested_until.is_some_and(|until| now > until) {
                entries[slot].retract(BlindReason::NeedsAttestation);
                return false;
            }
            exception.waived_until.is_none_or(|until| now <= until)
        });
        for (slot, (entry, &check)) in entries.iter_mut().zip(checks).enumerate() {
            if entry.valid_until(layout.validity[check]).is_some_and(|until| now > until) {
                entry.expire();
                exceptions.remove(&slot);
            }
        }
        let ends = exceptions.values().flat_map(|exception| [exception.waived_until, exception.attested_until]).flatten();
        let valid = entries.iter().zip(checks).filter_map(|(entry, &check)| entry.valid_until(layout.validity[check]));
        ends.chain(valid).min()
    }
}

/// What the board knows of one account. Its places are those it is expected to have verdicts for.
#[derive(Debug)]
pub(crate) struct AccountBoard {
    /// Whether the organization's checks are asked here.
    pub management: bool,
    /// The exceptions that are about it, as of the last listing.
    pub applying: Applying,
    /// Whether a session could be had; absent until a sweep tried.
    pub reachable: Option<bool>,
    reachable_at: i64,
    /// As of when the regions are known; [`NEVER`] while they are assumed.
    regions_at: i64,
    /// The account as a whole.
    pub global: PlaceBoard,
    /// Its regions.
    pub regions: BTreeMap<Region, PlaceBoard>,
    /// Until when all that stands counts, at the least.
    pub valid_until: Option<i64>,
}

impl AccountBoard {
    pub fn new() -> Self {
        Self {
            management: false,
            applying: Applying::default(),
            reachable: None,
            reachable_at: NEVER,
            regions_at: NEVER,
            global: PlaceBoard::default(),
            regions: BTreeMap::new(),
            valid_until: None,
        }
    }

    /// Takes in what a listing says. Returns whether verdicts left.
    pub fn relist(&mut self, management: bool, default_regions: &BTreeSet<Region>, layout: &Layout) -> bool {
        if self.regions_at == NEVER {
            self.regions.retain(|region, place| default_regions.contains(region) || !place.entries.is_empty());
            for region in default_regions {
                self.regions.entry(region.clone()).or_default();
            }
        }
        let demoted = self.management && !management;
        if demoted {
            let own = layout.global(false).len();
            self.global.entries.iter_mut().skip(own).for_each(|entry| *entry = Entry::default());
            self.global.exceptions.retain(|&slot, _| slot < own);
        }
        self.management = management;
        demoted
    }

    /// Takes in a report. `names` holds the one copy of each region's name that all accounts share.
    pub fn apply(&mut self, report: &AccountReport, layout: &Layout, exceptions: &Exceptions, names: &mut BTreeSet<Region>) {
        let at = report.started_at.as_second();
        if at >= self.reachable_at {
            self.reachable = Some(report.unreachable.is_none());
            self.reachable_at = at;
        }
        if let Some(regions) = report.regions.as_ref().filter(|_| at >= self.regions_at) {
            self.regions.retain(|region, _| regions.contains(region));
            for region in regions {
                self.regions.entry(shared(names, region)).or_default();
            }
            self.regions_at = at;
        }
        for target in &report.targets {
            let management = self.management;
            let (place, checks) = match &target.place {
                Place::Global => (&mut self.global, layout.global(true)),
                // A region that is known not to be swept any more does not come back with an old report.
                Place::Region(region) if self.regions_at != NEVER && !self.regions.contains_key(region) => continue,
                Place::Region(region) => (self.regions.entry(shared(names, region)).or_default(), layout.region.as_slice()),
            };
            for &(measure, value) in &target.measures {
                place.measure(measure, value, at);
            }
            for (check, verdict) in &target.verdicts {
                match layout.slot(&target.place, management, *check) {
                    Ok(slot) => {
                        let check = &layout.checks[checks[slot]];
                        let judged = exceptions.judge(&self.applying, check, &target.place, verdict, report.started_at);
                        place.apply(checks.len(), slot, &judged, at);
                        // A single check that is asked again between times is not its cadence's sweep.
                        if verdict.blind().is_none() && report.cadences.contains(&check.cadence) {
                            let evaluated = &mut place.evaluated[check.cadence as usize];
                            *evaluated = (*evaluated).max(Some(at));
                        }
                    }
                    // Switched off while the sweep was under way.
                    Err(NoSlot::Disabled) => {}
                    Err(NoSlot::Misplaced) => {
                        tracing::warn!(account = %report.account, place = %target.place, %check, "ignored a verdict about a place that the check is not asked about");
                    }
                }
            }
        }
        // As of the earliest moment there is: nothing goes, only the time when something will is found.
        self.expire(NEVER, layout);
    }

    /// Lets go the passes that do not count any more at `now`.
    pub fn expire(&mut self, now: i64, layout: &Layout) {
        let regions = self.regions.values_mut().filter_map(|place| place.expire(now, &layout.region, layout)).min();
        self.valid_until = [self.global.expire(now, layout.global(true), layout), regions].into_iter().flatten().min();
    }
}

/// The one copy of a region's name. A report brings its own, which would otherwise be kept once for each account.
fn shared(names: &mut BTreeSet<Region>, region: &Region) -> Region {
    if let Some(known) = names.get(region) {
        return known.clone();
    }
    names.insert(region.clone());
    region.clone()
}
