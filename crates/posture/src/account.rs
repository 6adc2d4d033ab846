//! What the board knows of one account.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use orgsweep_model::{AccountId, AccountReport, BlindReason, Cadence, CheckId, Place, Region};

use crate::{
    change::{AccountChange, Reached, Told, Transition, VerdictChange},
    entry::{Entry, NEVER, Standing},
    exceptions::Applying,
    layout::{Layout, NoSlot},
    place::{Before, PlaceBoard},
};

/// Reports may come in any order, but none is this much older than the last one, in seconds, unless the clock was ahead then.
const CLOCK_WAS_WRONG: i64 = 24 * 3600;

/// What the board knows of one account. Its places are those it is expected to have verdicts for.
#[derive(Debug)]
pub(crate) struct AccountBoard {
    pub id: AccountId,
    /// Whether the organization's checks are asked here.
    pub management: bool,
    /// The exceptions that are about it, as of the last listing.
    pub applying: Applying,
    /// Whether a session could be had; absent until a sweep tried.
    pub reachable: Option<bool>,
    /// Why it could not, if so.
    pub unreachable: Option<BlindReason>,
    pub reachable_at: i64,
    /// As of when the regions are known; [`NEVER`] while they are assumed.
    pub regions_at: i64,
    /// The account as a whole.
    pub global: PlaceBoard,
    /// Its regions.
    pub regions: BTreeMap<Region, PlaceBoard>,
    /// Until when all that stands counts, at the least.
    pub valid_until: Option<i64>,
}

impl AccountBoard {
    pub fn new(id: AccountId) -> Self {
        Self {
            id,
            management: false,
            applying: Applying::default(),
            reachable: None,
            unreachable: None,
            reachable_at: NEVER,
            regions_at: NEVER,
            global: PlaceBoard::default(),
            regions: BTreeMap::new(),
            valid_until: None,
        }
    }

    /// Its places, each with the checks of its entries.
    pub fn places<'a>(&'a self, layout: &'a Layout) -> impl Iterator<Item = (Place, &'a PlaceBoard, &'a [usize])> {
        let global = std::iter::once((Place::Global, &self.global, layout.global(self.management)));
        global.chain(self.regions.iter().map(|(region, place)| (Place::Region(region.clone()), place, layout.region.as_slice())))
    }

    /// One of its places, to be changed.
    pub fn place_mut(&mut self, place: &Place) -> Option<&mut PlaceBoard> {
        match place {
            Place::Global => Some(&mut self.global),
            Place::Region(region) => self.regions.get_mut(region),
        }
    }

    /// Takes in what a listing says. Gives the failures that left with a place or a check.
    pub fn relist(&mut self, management: bool, default_regions: &BTreeSet<Region>, layout: &Layout, now: i64) -> Relisted {
        let mut left = Vec::new();
        if self.regions_at == NEVER {
            self.regions.retain(|region, place| default_regions.contains(region) || !place.is_blank());
            for region in default_regions {
                self.regions.entry(region.clone()).or_default();
            }
        }
        let demoted = self.management && !management;
        if demoted {
            let forgotten = self.global.forget_from(layout.global(false).len());
            let why = "the account is not the management account any more";
            left.extend(forgotten.into_iter().filter_map(|before| {
                let check = layout.checks[layout.global(true)[before.slot]].id;
                removed(self.id, &Place::Global, check, before.entry, now, why)
            }));
        }
        self.management = management;
        Relisted { demoted, left }
    }

    /// Takes in a report. `names` holds the one copy of each region's name that all accounts share. Gives what is new.
    pub fn apply<'a>(
        &mut self,
        report: &'a AccountReport,
        layout: &Layout,
        names: &mut BTreeSet<Region>,
    ) -> (AccountChange<'a>, Vec<Transition>) {
        let at = report.started_at.as_second();
        if self.reachable_at.saturating_sub(at) > CLOCK_WAS_WRONG {
            self.not_after(at);
        }
        let mut change = AccountChange::of(self.id);
        let mut transitions = Vec::new();
        if at >= self.reachable_at {
            self.reachable = Some(report.unreachable.is_none());
            self.unreachable = report.unreachable.as_ref().map(|blind| blind.reason);
            self.reachable_at = at;
            let detail = report.unreachable.as_ref().map(|blind| blind.detail.as_str());
            change.reached = Some(Reached { at, reachable: report.unreachable.is_none(), reason: self.unreachable, detail });
        }
        if let Some(regions) = report.regions.as_ref().filter(|_| at >= self.regions_at) {
            let left = self.regions.extract_if(.., |region, _| !regions.contains(region));
            for (region, place) in left.collect::<Vec<_>>() {
                let why = "the region is not enabled or not selected any more";
                transitions.extend(self.failures(&Place::Region(region), &place, &layout.region, layout, at, why));
            }
            for region in regions {
                self.regions.entry(shared(names, region)).or_default();
            }
            self.regions_at = at;
            change.regions = Some((at, regions.clone()));
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
            change.measures.extend(place.dated_measures().map(|(measure, at, value)| (target.place.clone(), measure, at, value)));
            for (check, verdict) in &target.verdicts {
                match layout.slot(&target.place, management, *check) {
                    Ok(slot) => {
                        let entry = &layout.checks[checks[slot]];
                        let judged = layout.exceptions.judge(&self.applying, entry, &target.place, verdict, report.started_at);
                        let before = place.entry(slot);
                        if let Some(told) = place.apply(checks.len(), slot, verdict, &judged, at) {
                            let after = place.entry(slot);
                            let reason = || judged.verdict.reason().into_owned();
                            transitions.extend(became(self.id, &target.place, *check, before, after, at, reason));
                            change.verdicts.push(VerdictChange { place: target.place.clone(), check: *check, entry: after, told });
                        }
                        // A single check that is asked again between times is not its cadence's sweep.
                        if verdict.blind().is_none() && report.cadences.contains(&entry.cadence) {
                            place.evaluate(entry.cadence, at);
                        }
                    }
                    // Switched off while the sweep was under way.
                    Err(NoSlot::Disabled) => {}
                    Err(NoSlot::Misplaced) => {
                        tracing::warn!(account = %report.account, place = %target.place, %check, "ignored a verdict about a place that the check is not asked about");
                    }
                }
            }
            change.evaluated.extend(evaluations(&target.place, place));
        }
        self.look_ahead(layout);
        (change, transitions)
    }

    /// Dates nothing that is known later, so that newer reports replace it and passes expire.
    fn not_after(&mut self, latest: i64) {
        self.reachable_at = self.reachable_at.min(latest);
        self.regions_at = self.regions_at.min(latest);
        std::iter::once(&mut self.global).chain(self.regions.values_mut()).for_each(|place| place.not_after(latest));
    }

    /// Lets go what does not count any more at `now`. Gives what is new.
    pub fn expire(&mut self, now: i64, layout: &Layout) -> (AccountChange<'static>, Vec<Transition>) {
        let (id, management) = (self.id, self.management);
        let mut change = AccountChange::of(id);
        let mut transitions = Vec::new();
        let global = std::iter::once((Place::Global, &mut self.global, layout.global(management)));
        let regions = self.regions.iter_mut().map(|(region, place)| (Place::Region(region.clone()), place, layout.region.as_slice()));
        for (place, board, checks) in global.chain(regions) {
            let (ended, unwaived) = board.expire(now, checks, layout);
            for check in unwaived.into_iter().map(|slot| layout.checks[checks[slot]].id) {
                tracing::warn!(event = "waiver_ended", account = %id, region = place.as_str(), check = check.as_str(), "a waiver has ended, and what it covered still fails");
            }
            for Before { slot, entry } in ended {
                let check = layout.checks[checks[slot]].id;
                let after = board.entry(slot);
                let why = || {
                    let why = if after.blind.is_some() && entry.blind.is_none() {
                        "the attestation has ended"
                    } else {
                        "it could not be confirmed in time"
                    };
                    why.to_owned()
                };
                transitions.extend(became(id, &place, check, entry, after, now, why));
                change.verdicts.push(VerdictChange { place: place.clone(), check, entry: after, told: Told::Ended });
            }
        }
        self.look_ahead(layout);
        (change, transitions)
    }

    /// All that is known of it, without what was said: that is not kept here.
    pub fn image(&self, layout: &Layout) -> AccountChange<'static> {
        let mut change = AccountChange { whole: true, ..AccountChange::of(self.id) };
        change.reached =
            self.reachable.map(|reachable| Reached { at: self.reachable_at, reachable, reason: self.unreachable, detail: None });
        change.regions = (self.regions_at != NEVER).then(|| (self.regions_at, self.regions.keys().cloned().collect()));
        for (place, board, checks) in self.places(layout) {
            let known = board.entries().zip(checks).filter(|((_, entry), _)| *entry != Entry::default());
            change.verdicts.extend(known.map(|((slot, entry), &check)| VerdictChange {
                place: place.clone(),
                check: layout.checks[check].id,
                entry,
                told: Told::Lost { attested: board.attested(slot) },
            }));
            change.evaluated.extend(evaluations(&place, board));
            change.measures.extend(board.dated_measures().map(|(measure, at, value)| (place.clone(), measure, at, value)));
        }
        change
    }

    /// The failures that leave with the account or with checks.
    pub fn leave(&self, layout: &Layout, leaves: impl Fn(&Transition) -> bool, at: i64, why: &str) -> Vec<Transition> {
        let places = self.places(layout);
        let left = places.flat_map(|(place, board, checks)| self.failures(&place, board, checks, layout, at, why));
        left.filter(leaves).collect()
    }

    fn failures(&self, place: &Place, board: &PlaceBoard, checks: &[usize], layout: &Layout, at: i64, why: &str) -> Vec<Transition> {
        let entries = board.entries().zip(checks);
        entries.filter_map(|((_, entry), &check)| removed(self.id, place, layout.checks[check].id, entry, at, why)).collect()
    }

    /// Finds when something will have to go.
    pub fn look_ahead(&mut self, layout: &Layout) {
        let regions = self.regions.values().filter_map(|place| place.valid_until(&layout.region, layout)).min();
        self.valid_until = [self.global.valid_until(layout.global(true), layout), regions].into_iter().flatten().min();
    }
}

/// What a listing did to an account.
#[derive(Debug)]
pub(crate) struct Relisted {
    /// It is not the management account any more.
    pub demoted: bool,
    pub left: Vec<Transition>,
}

fn evaluations(place: &Place, board: &PlaceBoard) -> Vec<(Place, Cadence, i64)> {
    Cadence::ALL.iter().filter_map(|&cadence| Some((place.clone(), cadence, board.evaluated(cadence)?))).collect()
}

/// The transition from one entry to the next, if what stands is another. That a target passes which was never looked at before is no news.
pub(crate) fn became(
    account: AccountId,
    place: &Place,
    check: CheckId,
    before: Entry,
    after: Entry,
    at: i64,
    reason: impl Fn() -> String,
) -> Option<Transition> {
    let first = before.confirmed_at == NEVER;
    let news = before.standing != after.standing && (!first || after.standing == Standing::Fail);
    let at = Timestamp::from_second(at).ok().filter(|_| news)?;
    let (from, to) = (before.standing, Some(after.standing));
    Some(Transition { at, account, place: place.clone(), check, from, to, reason: reason(), first })
}

/// The transition of a failure that leaves. Of anything else that leaves nothing is left to say.
fn removed(account: AccountId, place: &Place, check: CheckId, entry: Entry, at: i64, why: &str) -> Option<Transition> {
    let at = Timestamp::from_second(at).ok().filter(|_| entry.standing == Standing::Fail)?;
    Some(Transition { at, account, place: place.clone(), check, from: entry.standing, to: None, reason: why.to_owned(), first: false })
}

/// The one copy of a region's name. A report brings its own, which would otherwise be kept once for each account.
pub(crate) fn shared(names: &mut BTreeSet<Region>, region: &Region) -> Region {
    if let Some(known) = names.get(region) {
        return known.clone();
    }
    names.insert(region.clone());
    region.clone()
}
