//! Taking up again what was known before: after a restart from the database, after a change of the configuration from the old board.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use jiff::Timestamp;
use orgsweep_model::{AccountId, Blind, BlindReason, Cadence, CheckId, Finding, Measure, Organization, Place, Region, Verdict};

use crate::{
    account::{AccountBoard, became, shared},
    board::{Shown, State, View},
    change::{AccountChange, Change, Transition, VerdictChange},
    config::BoardConfig,
    entry::{Entry, NEVER, Standing},
    layout::Layout,
    place::told,
    summary,
    tally::Tally,
};

/// What was known of one target.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub place: Place,
    pub check: CheckId,
    pub entry: Entry,
    /// What was seen when it was decided, as far as it is still known and exceptions can be about it.
    pub seen: Option<Verdict>,
}

/// What was known of one account.
#[derive(Clone, Debug)]
pub(crate) struct KnownAccount {
    pub account: AccountId,
    /// Whether a session could be had, as of when, and why not.
    pub reached: Option<(bool, i64, Option<BlindReason>)>,
    pub regions: Option<(i64, Vec<Region>)>,
    /// Regions were left out of it that it had.
    pub narrowed: bool,
    pub verdicts: Vec<Known>,
    pub evaluated: Vec<(Place, Cadence, i64)>,
    pub measures: Vec<(Place, Measure, i64, f64)>,
}

/// What was said with a verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Texts {
    pub findings: Vec<Finding>,
    pub blind: Option<Blind>,
}

impl Known {
    /// What was seen, for exceptions to be put on top anew. Without its texts, a failure is one that no waiver of single resources covers.
    pub fn seen(entry: Entry, attested: bool, texts: Option<Texts>) -> Option<Verdict> {
        let Texts { findings, blind } = texts.unwrap_or_default();
        let unknown = |reason| Verdict::Unknown(blind.clone().unwrap_or_else(|| Blind::new(reason, "")));
        match (entry.standing, entry.blind) {
            (Standing::Pass, _) if attested && !findings.is_empty() => Some(Verdict::Fail(findings)),
            (Standing::Pass, _) if attested => Some(unknown(BlindReason::NeedsAttestation)),
            (Standing::Fail, _) => Some(Verdict::Fail(findings)),
            (Standing::Undecided, Some(reason)) => Some(unknown(reason)),
            (Standing::Pass | Standing::NotApplicable | Standing::Undecided, _) => None,
        }
    }
}

impl KnownAccount {
    /// Leaves out regions that are not looked at any more.
    pub fn narrow(&mut self, keep: impl Fn(&Region) -> bool) {
        if let Some((_, regions)) = &mut self.regions {
            let all = regions.len();
            regions.retain(&keep);
            self.narrowed = regions.len() < all;
        }
        self.verdicts.retain(|verdict| verdict.place.region().is_none_or(&keep));
    }
}

impl AccountBoard {
    /// Takes up what was known. What is not asked any more is left out, and exceptions are put on top as they are now. Gives what
    /// that changed.
    pub fn put_back(
        &mut self,
        known: &KnownAccount,
        layout: &Layout,
        names: &mut BTreeSet<Region>,
        now: Timestamp,
    ) -> (AccountChange<'static>, Vec<Transition>) {
        // A clock that was set back since must not keep what is known from being replaced.
        let latest = now.as_second();
        if let Some((reachable, at, unreachable)) = known.reached.filter(|(_, at, _)| *at >= self.reachable_at) {
            self.reachable = Some(reachable);
            self.unreachable = unreachable;
            self.reachable_at = at.min(latest);
        }
        if let Some((at, regions)) = known.regions.as_ref().filter(|(at, _)| *at >= self.regions_at) {
            self.regions.retain(|region, place| regions.contains(region) || !place.is_blank());
            for region in regions {
                self.regions.entry(shared(names, region)).or_default();
            }
            self.regions_at = (*at).min(latest);
        }
        let mut change = AccountChange::of(self.id);
        change.regions = known.regions.clone().filter(|_| known.narrowed);
        let mut transitions = Vec::new();
        for Known { place, check, entry: was, seen } in &known.verdicts {
            let Ok(slot) = layout.slot(place, self.management, *check) else { continue };
            let was = was.not_after(latest);
            let checks = if *place == Place::Global { layout.global(true) } else { &layout.region };
            let judged = seen.as_ref().map(|seen| layout.exceptions.judge(&self.applying, &layout.checks[checks[slot]], place, seen, now));
            if let Some(region) = place.region().filter(|_| self.regions_at == NEVER) {
                self.regions.entry(shared(names, region)).or_default();
            }
            let Some(board) = self.place_mut(place) else { continue };
            board.put_back(checks.len(), slot, was, judged.as_ref());
            let is = board.entry(slot);
            if is == was {
                continue;
            }
            if is.confirmed_at > was.confirmed_at {
                // It was found before this was known.
                let reason = || "it was seen while the database could not be used".to_owned();
                transitions.extend(became(self.id, place, *check, was, is, is.confirmed_at, reason));
                continue;
            }
            if let (Some(seen), Some(judged)) = (seen, &judged) {
                let reason = || judged.verdict.reason().into_owned();
                transitions.extend(became(self.id, place, *check, was, is, latest, reason));
                change.verdicts.push(VerdictChange {
                    place: place.clone(),
                    check: *check,
                    entry: is,
                    told: told(seen, judged).into_owned(),
                });
            }
        }
        for (place, cadence, at) in &known.evaluated {
            let checks = if *place == Place::Global { layout.global(self.management) } else { &layout.region };
            let asked = checks.iter().any(|&check| layout.checks[check].cadence == *cadence);
            if let Some(board) = self.place_mut(place).filter(|_| asked) {
                board.evaluate(*cadence, (*at).min(latest));
            }
        }
        for (place, measure, at, value) in &known.measures {
            if let Some(board) = self.place_mut(place) {
                board.measure(*measure, *value, (*at).min(latest));
            }
        }
        self.look_ahead(layout);
        (change, transitions)
    }

    /// What is known of it, to be put back into a board with another layout. `texts` tells what was said with a verdict.
    pub fn known(
        &self,
        layout: &Layout,
        keep: impl Fn(&Region) -> bool,
        texts: impl Fn(&Place, CheckId, Entry) -> Option<Texts>,
    ) -> KnownAccount {
        let kept = |place: &Place| place.region().is_none_or(&keep);
        let mut known = KnownAccount {
            account: self.id,
            reached: self.reachable.map(|reachable| (reachable, self.reachable_at, self.unreachable)),
            regions: (self.regions_at != NEVER)
                .then(|| (self.regions_at, self.regions.keys().filter(|&region| keep(region)).cloned().collect())),
            narrowed: !self.regions.keys().all(&keep),
            verdicts: Vec::new(),
            evaluated: Vec::new(),
            measures: Vec::new(),
        };
        for (place, board, checks) in self.places(layout).filter(|(place, ..)| kept(place)) {
            let entries = board.entries().zip(checks).filter(|((_, entry), _)| *entry != Entry::default());
            known.verdicts.extend(entries.map(|((slot, entry), &check)| {
                let check = layout.checks[check].id;
                let judged = entry.standing == Standing::Fail || board.attested(slot);
                let texts = judged.then(|| texts(&place, check, entry)).flatten();
                Known { place: place.clone(), check, entry, seen: Known::seen(entry, board.attested(slot), texts) }
            }));
            let evaluated = Cadence::ALL.iter().filter_map(|&cadence| Some((place.clone(), cadence, board.evaluated(cadence)?)));
            known.evaluated.extend(evaluated);
            known.measures.extend(board.dated_measures().map(|(measure, at, value)| (place.clone(), measure, at, value)));
        }
        known
    }
}

impl State {
    /// Goes over to another configuration. `texts` tells what was said with the verdicts of an account.
    pub fn reconfigure(
        &mut self,
        config: BoardConfig,
        organization: &Organization,
        keep_region: impl Fn(&Region) -> bool,
        texts: impl Fn(AccountId) -> HashMap<(String, String), (i64, Texts)>,
        now: Timestamp,
    ) -> (Change<'static>, Shown) {
        let layout = Arc::new(Layout::new(&config));
        let old_layout = std::mem::replace(&mut self.layout, Arc::clone(&layout));
        let old = std::mem::take(&mut self.accounts);
        self.view = View::of(config);
        let default_regions: Vec<Region> = self.default_regions.iter().filter(|&region| keep_region(region)).cloned().collect();
        let (mut change, mut shown) = self.relist(organization, &default_regions, now);
        for account in old.values() {
            let selected = self.accounts.contains_key(&account.id);
            let why = "the configuration does not ask for it any more";
            let leaves = |transition: &Transition| {
                let asked = layout.check(transition.check.as_str()).is_some() && transition.place.region().is_none_or(&keep_region);
                !selected || !asked
            };
            change.transitions.extend(account.leave(&old_layout, leaves, now.as_second(), why));
            if !selected {
                change.gone.push(account.id);
                shown.gone.push(account.id);
                continue;
            }
            let said = texts(account.id);
            let said = |place: &Place, check: CheckId, entry: Entry| {
                let (at, texts) = said.get(&(place.as_str().to_owned(), check.as_str().to_owned()))?;
                (*at == entry.confirmed_at).then(|| texts.clone())
            };
            let known = account.known(&old_layout, &keep_region, said);
            self.take_up(&known, now, &mut change, &mut shown);
        }
        self.count_anew();
        shown.accounts = self.accounts.keys().copied().collect();
        shown.check_info = Some(summary::check_info(&self.layout.checks));
        (change, shown)
    }

    /// Counts the totals, after accounts have changed otherwise than one by one.
    pub fn count_anew(&mut self) {
        self.totals = Tally::of_all(self.accounts.values(), &self.layout);
    }

    /// Takes up what was known of an account. The totals have to be counted anew after that.
    pub fn take_up(&mut self, known: &KnownAccount, now: Timestamp, change: &mut Change<'static>, shown: &mut Shown) {
        let Some(account) = self.accounts.get_mut(&known.account) else { return };
        let (of_account, transitions) = account.put_back(known, &self.layout, &mut self.region_names, now);
        shown.accounts.push(known.account);
        if !of_account.verdicts.is_empty() || of_account.regions.is_some() {
            change.accounts.push(of_account);
        }
        change.transitions.extend(transitions);
    }
}
