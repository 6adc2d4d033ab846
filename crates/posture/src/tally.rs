//! What accounts amount to. The organization's totals are kept by taking an account's tally off before it changes and adding it after.

use orgsweep_model::BlindReason;

use crate::{
    account::AccountBoard,
    config::Level,
    entry::{Entry, Standing},
    layout::Layout,
    place::PlaceBoard,
    shown,
};

/// Number of targets by what stands for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Targets whose pass stands and is still valid.
    pub pass: u64,
    /// Targets whose failure stands, unless it is waived.
    pub fail: u64,
    /// Targets whose failure stands and is waived.
    pub waived: u64,
    /// Targets for which the question does not arise.
    pub not_applicable: u64,
    /// Targets that were expected but never decided, or not lately enough.
    pub unknown: u64,
}

impl Counts {
    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            pass: self.pass + other.pass,
            fail: self.fail + other.fail,
            waived: self.waived + other.waived,
            not_applicable: self.not_applicable + other.not_applicable,
            unknown: self.unknown + other.unknown,
        }
    }
}

/// How much of what is expected could be decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Targets whose newest evaluation could conclude something that still counts.
    pub decided: u64,
    /// All targets but those that wait for an attestation.
    pub expected: u64,
}

impl Coverage {
    /// The share, from 0 to 1; absent where nothing is expected.
    pub fn ratio(&self) -> Option<f64> {
        (self.expected > 0).then(|| self.decided as f64 / self.expected as f64)
    }
}

/// What one account, or all together, amount to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    /// By check.
    pub checks: Vec<Counts>,
    /// By waiver: how many targets have a failing resource that it covers.
    pub waivers: Vec<u64>,
    pub coverage: Coverage,
    /// How many series of accounts there are at [`Level::Region`] once all is swept, and never less than there are now.
    pub region_series: u64,
    /// The same at [`Level::Account`].
    pub account_series: u64,
}

impl Tally {
    fn zero(layout: &Layout) -> Self {
        Self {
            checks: vec![Counts::default(); layout.checks.len()],
            waivers: vec![0; layout.exceptions.waivers.len()],
            coverage: Coverage::default(),
            region_series: 0,
            account_series: 0,
        }
    }

    /// What one account amounts to.
    pub fn of(account: &AccountBoard, layout: &Layout) -> Self {
        let mut tally = Self::zero(layout);
        for (slot, &check) in layout.global(account.management).iter().enumerate() {
            tally.count(check, account.global.entry(slot), account.global.waived(slot));
        }
        for place in account.regions.values() {
            for (slot, &check) in layout.region.iter().enumerate() {
                tally.count(check, place.entry(slot), place.waived(slot));
            }
        }
        for waiver in std::iter::once(&account.global).chain(account.regions.values()).flat_map(PlaceBoard::waivers) {
            tally.waivers[waiver] += 1;
        }
        let series = |level| {
            let mut series = 0;
            // A target that shows nothing yet will show something.
            shown::each_check(account, layout, level, |_, _, shown| series += shown.series().max(1));
            shown::each_measure(account, level, |_, _, _| series += 1);
            series
        };
        let cadences = |places: u64| layout.cadences(layout.global(account.management)) + places * layout.cadences(&layout.region);
        let regions = account.regions.len() as u64;
        tally.region_series = series(Level::Region) + cadences(regions);
        tally.account_series = series(Level::Account) + cadences(regions.min(1));
        tally
    }

    /// What all accounts amount to.
    pub fn of_all<'a>(accounts: impl Iterator<Item = &'a AccountBoard>, layout: &Layout) -> Self {
        let mut total = Self::zero(layout);
        let mut management = false;
        let mut any = false;
        for account in accounts {
            total.add(&Self::of(account, layout));
            management |= account.management;
            any = true;
        }
        // Without a management account to ask, the organization's checks are still expected: that nobody answers them must show.
        if any && !management {
            layout.organization().iter().for_each(|&check| total.count(check, Entry::default(), false));
        }
        total
    }

    fn count(&mut self, check: usize, entry: Entry, waived: bool) {
        let counts = &mut self.checks[check];
        match entry.standing {
            Standing::Pass => counts.pass += 1,
            Standing::Fail if waived => counts.waived += 1,
            Standing::Fail => counts.fail += 1,
            Standing::NotApplicable => counts.not_applicable += 1,
            Standing::Undecided => counts.unknown += 1,
        }
        if entry.blind != Some(BlindReason::NeedsAttestation) {
            self.coverage.expected += 1;
            self.coverage.decided += u64::from(entry.blind.is_none() && entry.standing != Standing::Undecided);
        }
    }

    pub fn add(&mut self, other: &Self) {
        self.combine(other, |total, part| *total += part);
    }

    /// Takes off what was added before.
    pub fn subtract(&mut self, other: &Self) {
        self.combine(other, |total, part| *total -= part);
    }

    fn combine(&mut self, other: &Self, with: fn(&mut u64, u64)) {
        for (total, part) in self.checks.iter_mut().zip(&other.checks) {
            with(&mut total.pass, part.pass);
            with(&mut total.fail, part.fail);
            with(&mut total.waived, part.waived);
            with(&mut total.not_applicable, part.not_applicable);
            with(&mut total.unknown, part.unknown);
        }
        for (total, part) in self.waivers.iter_mut().zip(&other.waivers) {
            with(total, *part);
        }
        with(&mut self.coverage.decided, other.coverage.decided);
        with(&mut self.coverage.expected, other.coverage.expected);
        with(&mut self.region_series, other.region_series);
        with(&mut self.account_series, other.account_series);
    }
}
