//! The enabled checks, arranged for sweeping.

use std::collections::BTreeSet;

use orgsweep_checks::ConfiguredCheck;
use orgsweep_model::{Blind, Cadence, CheckId, FactKind, FactSet, Place, Scope, Verdict};

use crate::turn::Turn;

/// An enabled check with the cadence it runs at.
#[derive(Debug)]
pub struct ProgramCheck {
    /// The check with its parameters.
    pub check: ConfiguredCheck,
    /// Its cadence, after the configuration.
    pub cadence: Cadence,
}

/// All enabled checks.
#[derive(Debug)]
pub struct Program {
    checks: Vec<ProgramCheck>,
}

impl Program {
    /// A program of these checks.
    pub const fn new(checks: Vec<ProgramCheck>) -> Self {
        Self { checks }
    }

    /// The union of the facts of all checks: what may ever be asked.
    pub fn facts(&self) -> Vec<FactKind> {
        union(self.checks.iter())
    }

    /// The cadences that have a check.
    pub fn cadences(&self) -> Vec<Cadence> {
        let used: BTreeSet<Cadence> = self.checks.iter().map(|check| check.cadence).collect();
        used.into_iter().collect()
    }

    /// An enabled check.
    pub(crate) fn check(&self, id: CheckId) -> Option<&ProgramCheck> {
        self.checks.iter().find(|check| check.check.meta.id == id)
    }

    /// The facts that a sweep of a place for these cadences needs, those of the organization included.
    pub fn facts_due(&self, place: &Place, is_management: bool, cadences: &[Cadence]) -> Vec<FactKind> {
        self.due(place, is_management, &Turn::of(cadences)).facts()
    }

    /// The checks that are due in a place of an account in its turn. Checks about the organization run in the management account.
    pub(crate) fn due<'a>(&'a self, place: &Place, is_management: bool, turn: &Turn) -> Due<'a> {
        let fits = |scope: Scope| match scope {
            Scope::Organization => *place == Place::Global && is_management,
            Scope::Account => *place == Place::Global,
            Scope::Region => *place != Place::Global,
        };
        let due = |check: &&ProgramCheck| fits(check.check.meta.scope) && turn.includes(check.check.meta.id, check.cadence);
        Due(self.checks.iter().filter(due).collect())
    }
}

/// The checks due in one place.
#[derive(Debug)]
pub(crate) struct Due<'a>(Vec<&'a ProgramCheck>);

impl Due<'_> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The facts they need, each once.
    pub fn facts(&self) -> Vec<FactKind> {
        union(self.0.iter().copied())
    }

    /// A verdict for each.
    pub fn evaluate(&self, facts: &FactSet, context: &orgsweep_checks::Context) -> Vec<(CheckId, Verdict)> {
        self.0.iter().map(|check| (check.check.meta.id, check.check.evaluate(facts, context))).collect()
    }

    /// The same blind verdict for all.
    pub fn blind(&self, blind: &Blind) -> Vec<(CheckId, Verdict)> {
        self.0.iter().map(|check| (check.check.meta.id, Verdict::Unknown(blind.clone()))).collect()
    }
}

fn union<'a>(checks: impl Iterator<Item = &'a ProgramCheck>) -> Vec<FactKind> {
    let kinds: BTreeSet<FactKind> = checks.flat_map(|check| check.check.facts).copied().collect();
    kinds.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use orgsweep_checks::find;

    use super::*;

    #[test]
    fn due_are_the_checks_of_the_cadences_and_those_that_are_asked_again() {
        let check = |id: &str, cadence| ProgramCheck { check: find(id).unwrap().configure(None).unwrap(), cadence };
        let program = Program::new(vec![
            check("ebs-default-encryption", Cadence::Frequent),
            check("vpc-default-absent", Cadence::Daily),
            check("guardduty-enabled", Cadence::Daily),
            check("root-mfa-enabled", Cadence::Daily),
        ]);
        let again = vec![CheckId("vpc-default-absent"), CheckId("root-mfa-enabled")];
        let turn = Turn { again, ..Turn::of(&[Cadence::Frequent]) };
        let due = |place| program.due(&place, false, &turn).0.iter().map(|check| check.check.meta.id.as_str()).collect::<Vec<_>>();
        assert_eq!(due(Place::Region("eu-west-1".parse().unwrap())), ["ebs-default-encryption", "vpc-default-absent"]);
        assert_eq!(due(Place::Global), ["root-mfa-enabled"]);
    }
}
