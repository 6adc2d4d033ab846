//! Where each enabled check has its entry, so that an entry need not name its check.

use std::{collections::HashMap, sync::Arc};

use orgsweep_model::{Cadence, CheckId, Place, Scope};

use crate::{
    config::{BoardConfig, CheckEntry},
    exceptions::Exceptions,
};

/// Where each enabled check has its entry. Checks are named by their position in the configuration.
pub(crate) struct Layout {
    /// The enabled checks.
    pub checks: Vec<CheckEntry>,
    /// How long a pass of each check counts, in seconds.
    pub validity: Vec<i64>,
    /// The entries of an account as a whole: those of its own checks, then, in the management account, those of the organization's.
    global: Vec<usize>,
    account_checks: usize,
    /// The entries of a region.
    pub region: Vec<usize>,
    slots: HashMap<CheckId, usize>,
    /// What people say beside what was seen.
    pub exceptions: Arc<Exceptions>,
}

/// Why a verdict has no entry.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoSlot {
    /// The check is not enabled; perhaps not any more.
    Disabled,
    /// The check is not asked about such a place.
    Misplaced,
}

impl Layout {
    pub fn new(config: &BoardConfig) -> Self {
        let of_scope = |scope| {
            let checks = config.checks.iter().enumerate();
            checks.filter(move |(_, check)| check.scope == scope).map(|(index, _)| index).collect::<Vec<_>>()
        };
        let account = of_scope(Scope::Account);
        let region = of_scope(Scope::Region);
        let account_checks = account.len();
        let global = [account, of_scope(Scope::Organization)].concat();
        let slots = [&global, &region].into_iter().flat_map(|place| place.iter().enumerate());
        Self {
            slots: slots.map(|(slot, &check)| (config.checks[check].id, slot)).collect(),
            validity: config.checks.iter().map(|check| config.pass_valid.seconds(check.cadence)).collect(),
            checks: config.checks.clone(),
            exceptions: Arc::clone(&config.exceptions),
            global,
            account_checks,
            region,
        }
    }

    /// The checks of an account as a whole, entry by entry.
    pub fn global(&self, management: bool) -> &[usize] {
        if management { &self.global } else { &self.global[..self.account_checks] }
    }

    /// The organization's checks.
    pub fn organization(&self) -> &[usize] {
        &self.global[self.account_checks..]
    }

    /// Where a check has its entry among those of a place.
    pub fn slot(&self, place: &Place, management: bool, check: CheckId) -> Result<usize, NoSlot> {
        let &slot = self.slots.get(&check).ok_or(NoSlot::Disabled)?;
        let checks = match place {
            Place::Global => self.global(management),
            Place::Region(_) => &self.region,
        };
        let fits = checks.get(slot).is_some_and(|&index| self.checks[index].id == check);
        if fits { Ok(slot) } else { Err(NoSlot::Misplaced) }
    }

    /// The enabled check of this id.
    pub fn check(&self, id: &str) -> Option<CheckId> {
        self.checks.iter().map(|check| check.id).find(|check| check.as_str() == id)
    }

    /// How many rhythms these checks have.
    pub fn cadences(&self, checks: &[usize]) -> u64 {
        Cadence::ALL.iter().map(|&cadence| u64::from(checks.iter().any(|&check| self.checks[check].cadence == cadence))).sum()
    }
}
