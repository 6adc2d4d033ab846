//! What a check may know: the facts it declared, and the circumstances of the sweep.

use std::cell::Cell;

use jiff::Timestamp;
use orgsweep_model::{AccountId, Blind, BlindReason, Fact, FactKind, FactSet, Place, Region, Unseen};

/// The circumstances of a sweep. "Now" comes from here and from nowhere else.
#[derive(Clone, Debug)]
pub struct Context {
    /// When the sweep asked.
    pub now: Timestamp,
    /// Whose account.
    pub account: AccountId,
    /// Which part of it.
    pub place: Place,
    /// The region where global resources are recorded.
    pub home_region: Region,
    /// The organization's management account, which pays for all; absent where none is known.
    pub management_account: Option<AccountId>,
}

/// The facts of one target as one check sees them.
pub struct Facts<'a> {
    set: &'a FactSet,
    declared: &'static [FactKind],
    /// The circumstances.
    pub context: &'a Context,
    read: Cell<u128>,
}

impl<'a> Facts<'a> {
    /// A view of `set` that shows only the facts in `declared`.
    pub fn new(set: &'a FactSet, declared: &'static [FactKind], context: &'a Context) -> Self {
        const { assert!(FactKind::ALL.len() <= 128, "`read` has a bit per kind of fact") };
        Self { set, declared, context, read: Cell::new(0) }
    }

    /// A fact, or why it was not seen. A fact that the check did not declare, or that was never asked for, is blind: a mistake in the
    /// program must not look like an answer.
    pub fn get<F: Fact>(&self) -> Result<&'a F, Unseen> {
        self.read.set(self.read.get() | 1 << F::KIND as u128);
        let missing = |why: &str| Unseen::Blind(Blind::new(BlindReason::AwsError, format!("the fact {} was {why}", F::KIND.name())));
        if !self.declared.contains(&F::KIND) {
            return Err(missing("read but not declared by the check"));
        }
        F::slot(self.set).ok_or_else(|| missing("not collected"))?.seen()
    }

    /// The kinds of fact read so far, declared or not.
    pub fn read(&self) -> Vec<FactKind> {
        FactKind::ALL.iter().copied().filter(|kind| self.read.get() & 1 << *kind as u128 != 0).collect()
    }
}
