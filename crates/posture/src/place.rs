//! What the board knows of one place of an account.

use std::{borrow::Cow, collections::BTreeMap};

use jiff::Timestamp;
use orgsweep_model::{BlindReason, Cadence, Measure, Verdict};

use crate::{
    change::Told,
    entry::{Entry, Standing},
    exceptions::Judged,
    layout::Layout,
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

impl Exception {
    fn of(judged: &Judged<'_>) -> Self {
        let last = |end: Timestamp| end.as_second().saturating_sub(1);
        let mut waivers: Vec<usize> = judged.waivers.iter().copied().flatten().collect();
        waivers.sort_unstable();
        waivers.dedup();
        Self { waivers, waived_until: judged.waived_until.map(last), attested_until: judged.attested_until.map(last) }
    }
}

/// What an entry was before it changed.
pub(crate) struct Before {
    pub slot: usize,
    pub entry: Entry,
}

impl PlaceBoard {
    /// The entry in a slot of the layout.
    pub fn entry(&self, slot: usize) -> Entry {
        self.entries.get(slot).copied().unwrap_or_default()
    }

    /// Whether anything was ever said about it.
    pub fn is_blank(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries, by slot.
    pub fn entries(&self) -> impl Iterator<Item = (usize, Entry)> {
        self.entries.iter().copied().enumerate()
    }

    /// As of when the last sweep of a cadence with a decided verdict is.
    pub fn evaluated(&self, cadence: Cadence) -> Option<i64> {
        self.evaluated[cadence as usize]
    }

    /// Notes a sweep of a cadence with a decided verdict.
    pub fn evaluate(&mut self, cadence: Cadence, at: i64) {
        let evaluated = &mut self.evaluated[cadence as usize];
        *evaluated = (*evaluated).max(Some(at));
    }

    /// Whether waivers cover all of the failure that stands in a slot.
    pub fn waived(&self, slot: usize) -> bool {
        self.exceptions.get(&slot).is_some_and(|exception| exception.waived_until.is_some())
    }

    /// Whether the pass that stands in a slot is a person's word.
    pub fn attested(&self, slot: usize) -> bool {
        self.exceptions.get(&slot).is_some_and(|exception| exception.attested_until.is_some())
    }

    /// The waivers that cover something in a slot.
    pub fn waivers_of(&self, slot: usize) -> &[usize] {
        self.exceptions.get(&slot).map_or(&[], |exception| &exception.waivers)
    }

    /// The waivers that cover something here, by position, once for each failure.
    pub fn waivers(&self) -> impl Iterator<Item = usize> {
        self.exceptions.values().flat_map(|exception| exception.waivers.iter().copied())
    }

    /// The latest of each measure.
    pub fn measures(&self) -> impl Iterator<Item = (Measure, f64)> {
        self.measures.iter().map(|(&measure, &(_, value))| (measure, value))
    }

    /// The same, each with as of when it is.
    pub fn dated_measures(&self) -> impl Iterator<Item = (Measure, i64, f64)> {
        self.measures.iter().map(|(&measure, &(at, value))| (measure, at, value))
    }

    /// Takes a measure, unless a newer one is known.
    pub fn measure(&mut self, measure: Measure, value: f64, at: i64) {
        let latest = self.measures.entry(measure).or_insert((at, value));
        if at >= latest.0 {
            *latest = (at, value);
        }
    }

    /// Dates nothing in it later.
    pub fn not_after(&mut self, latest: i64) {
        self.entries.iter_mut().for_each(|entry| *entry = entry.not_after(latest));
        self.evaluated.iter_mut().flatten().for_each(|at| *at = (*at).min(latest));
        self.measures.values_mut().for_each(|(at, _)| *at = (*at).min(latest));
    }

    /// Takes in a verdict. What was said with it, if it says anything new.
    pub fn apply<'a>(&mut self, slots: usize, slot: usize, seen: &'a Verdict, judged: &Judged<'_>, at: i64) -> Option<Told<'a>> {
        self.make_room(slots);
        let before = self.entries[slot];
        // What stands keeps its exceptions while nothing newer is decided.
        if self.entries[slot].apply(&judged.verdict, at) {
            self.except(slot, Exception::of(judged));
            return Some(told(seen, judged));
        }
        match seen {
            Verdict::Unknown(blind) if self.entries[slot] != before => Some(Told::Blind(Cow::Borrowed(blind))),
            _ => None,
        }
    }

    /// Puts back an entry that was known before, and judges anew what was seen, where that is still known: exceptions may have changed.
    pub fn put_back(&mut self, slots: usize, slot: usize, known: Entry, judged: Option<&Judged<'_>>) {
        self.make_room(slots);
        let entry = &mut self.entries[slot];
        let (merged, is_known) = entry.merged(known);
        *entry = merged;
        if !is_known {
            return;
        }
        self.exceptions.remove(&slot);
        let entry = &mut self.entries[slot];
        let Some(judged) = judged else { return };
        match (known.standing, judged.verdict.as_ref()) {
            // A person's word that does not count any more.
            (Standing::Pass, Verdict::Unknown(blind)) => {
                entry.retract(blind.reason);
                return;
            }
            (_, Verdict::Unknown(_)) => return,
            (Standing::Pass, Verdict::Pass(_)) | (Standing::Fail, Verdict::Fail(_)) => {}
            (_, verdict) => {
                entry.apply(verdict, known.evaluated_at.max(known.confirmed_at));
            }
        }
        self.except(slot, Exception::of(judged));
    }

    /// Forgets the entries from a slot on. Those that it forgot.
    pub fn forget_from(&mut self, slot: usize) -> Vec<Before> {
        let forgotten = self.entries.iter_mut().enumerate().skip(slot).map(|(slot, entry)| Before { slot, entry: std::mem::take(entry) });
        let forgotten = forgotten.collect();
        self.exceptions.retain(|&known, _| known < slot);
        forgotten
    }

    fn make_room(&mut self, slots: usize) {
        if self.entries.is_empty() {
            self.entries = vec![Entry::default(); slots].into();
        }
    }

    fn except(&mut self, slot: usize, exception: Exception) {
        if exception == Exception::default() {
            self.exceptions.remove(&slot);
        } else {
            self.exceptions.insert(slot, exception);
        }
    }

    /// Until when all that is here counts.
    pub fn valid_until(&self, checks: &[usize], layout: &Layout) -> Option<i64> {
        let ends = self.exceptions.values().flat_map(|exception| [exception.waived_until, exception.attested_until]).flatten();
        let valid = self.entries.iter().zip(checks).filter_map(|(entry, &check)| entry.valid_until(layout.validity[check]));
        ends.chain(valid).min()
    }

    /// Lets go what does not count any more at `now`, and says what that was; and of which failures the waivers have ended, by slot.
    pub fn expire(&mut self, now: i64, checks: &[usize], layout: &Layout) -> (Vec<Before>, Vec<usize>) {
        let Self { entries, exceptions, .. } = self;
        let mut ended = Vec::new();
        let mut unwaived = Vec::new();
        exceptions.retain(|&slot, exception| {
            if exception.attested_until.is_some_and(|until| now > until) {
                ended.push(Before { slot, entry: entries[slot] });
                entries[slot].retract(BlindReason::NeedsAttestation);
                return false;
            }
            let holds = exception.waived_until.is_none_or(|until| now <= until);
            if !holds {
                unwaived.push(slot);
            }
            holds
        });
        for (slot, (entry, &check)) in entries.iter_mut().zip(checks).enumerate() {
            if entry.valid_until(layout.validity[check]).is_some_and(|until| now > until) {
                ended.push(Before { slot, entry: *entry });
                entry.expire();
                exceptions.remove(&slot);
            }
        }
        (ended, unwaived)
    }
}

/// What is said with a verdict.
pub(crate) fn told<'a>(seen: &'a Verdict, judged: &Judged<'_>) -> Told<'a> {
    let attested = judged.attested_until.is_some();
    let unseen = seen.blind().filter(|_| attested).map(Cow::Borrowed);
    let Exception { waivers, .. } = Exception::of(judged);
    Told::Decided { reason: judged.verdict.reason().into_owned(), findings: Cow::Borrowed(seen.findings()), waivers, attested, unseen }
}
