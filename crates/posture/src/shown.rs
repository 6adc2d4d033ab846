//! What a level of detail shows of an account's checks.

use std::collections::BTreeMap;

use orgsweep_model::{BlindReason, Cadence, Measure};

use crate::{
    account::AccountBoard,
    config::{CheckEntry, Level},
    entry::{Entry, Standing},
    layout::Layout,
    place::PlaceBoard,
};

/// What is shown of a check in one place, or in several rolled up as their worst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    pub compliant: Option<bool>,
    /// How many resources fail.
    pub findings: u64,
    /// When the first failure that stands began.
    pub failing_since: Option<i64>,
    /// Whether something fails and waivers cover all of it.
    pub waived: bool,
    blind: u16,
}

const _: () = assert!(BlindReason::ALL.len() <= 16, "`blind` has a bit per reason");

impl Shown {
    /// What is shown of these entries, each with whether its failure is waived, together. One that is undecided keeps the whole from passing: unknown is never pass.
    pub fn of(places: impl IntoIterator<Item = (Entry, bool)>) -> Self {
        let mut undecided = false;
        let noted = places.into_iter().inspect(|(entry, _)| undecided |= entry.standing == Standing::Undecided);
        let shown = noted.fold(Self::default(), Self::and);
        let compliant = shown.compliant.filter(|&compliant| !(compliant && undecided));
        Self { compliant, ..shown }
    }

    fn and(mut self, (entry, waived): (Entry, bool)) -> Self {
        match entry.standing {
            Standing::Fail => {
                self.waived = waived && (self.waived || self.compliant != Some(false));
                self.compliant = Some(false);
                self.findings += u64::from(entry.findings);
                self.failing_since = Some(self.failing_since.map_or(entry.since, |since| since.min(entry.since)));
            }
            Standing::Pass => self.compliant = Some(self.compliant.unwrap_or(true)),
            Standing::NotApplicable | Standing::Undecided => {}
        }
        if let Some(reason) = entry.blind {
            self.blind |= 1 << reason as u16;
        }
        self
    }

    /// Why the newest evaluations were blind.
    pub fn blind(&self) -> impl Iterator<Item = BlindReason> {
        let blind = self.blind;
        BlindReason::ALL.into_iter().filter(move |&reason| blind & (1 << reason as u16) != 0)
    }

    /// How many series show it.
    pub fn series(&self) -> u64 {
        let failing = if self.compliant == Some(false) { 2 } else { 0 };
        u64::from(self.compliant.is_some()) + failing + u64::from(self.waived) + u64::from(self.blind.count_ones())
    }
}

fn at(place: &PlaceBoard, slot: usize) -> (Entry, bool) {
    (place.entry(slot), place.waived(slot))
}

/// Calls `each` with all that a level shows of an account's checks: the label `aws_region`, the check, and what is shown.
pub(crate) fn each_check(account: &AccountBoard, layout: &Layout, level: Level, mut each: impl FnMut(&str, &CheckEntry, Shown)) {
    if level == Level::Organization {
        return;
    }
    for (slot, &check) in layout.global(account.management).iter().enumerate() {
        each("global", &layout.checks[check], Shown::of([at(&account.global, slot)]));
    }
    let regional = || layout.region.iter().enumerate().map(|(slot, &check)| (slot, &layout.checks[check]));
    if level == Level::Region {
        for (region, place) in &account.regions {
            regional().for_each(|(slot, check)| each(region.as_str(), check, Shown::of([at(place, slot)])));
        }
    } else if !account.regions.is_empty() {
        regional().for_each(|(slot, check)| each("all", check, Shown::of(account.regions.values().map(|place| at(place, slot)))));
    }
}

/// Calls `each` with all that a level shows of an account's measures: the label `aws_region`, absent where the measure is of the account
/// as a whole; the measure; and its value, of several regions the lowest.
pub(crate) fn each_measure(account: &AccountBoard, level: Level, mut each: impl FnMut(Option<&str>, Measure, f64)) {
    if level == Level::Organization {
        return;
    }
    account.global.measures().for_each(|(measure, value)| each(None, measure, value));
    if level == Level::Region {
        for (region, place) in &account.regions {
            place.measures().for_each(|(measure, value)| each(Some(region.as_str()), measure, value));
        }
        return;
    }
    let mut lowest = BTreeMap::new();
    for (measure, value) in account.regions.values().flat_map(PlaceBoard::measures) {
        let low = lowest.entry(measure).or_insert(value);
        *low = value.min(*low);
    }
    for (measure, value) in lowest {
        each(Some("all"), measure, value);
    }
}

/// Calls `each` with all that a level shows of when an account was evaluated: the label `aws_region`, the cadence, and the time.
pub(crate) fn each_evaluation(account: &AccountBoard, level: Level, mut each: impl FnMut(&str, Cadence, i64)) {
    let mut oldest_of = |label: &str, places: &[&PlaceBoard]| {
        for cadence in Cadence::ALL {
            if let Some(oldest) = places.iter().filter_map(|place| place.evaluated(cadence)).min() {
                each(label, cadence, oldest);
            }
        }
    };
    if level == Level::Organization {
        return;
    }
    oldest_of("global", &[&account.global]);
    if level == Level::Region {
        account.regions.iter().for_each(|(region, place)| oldest_of(region.as_str(), &[place]));
    } else {
        oldest_of("all", &account.regions.values().collect::<Vec<_>>());
    }
}
