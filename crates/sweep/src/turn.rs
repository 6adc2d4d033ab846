//! What is asked when it is an account's turn.

use std::fmt;

use orgsweep_model::{Cadence, CheckId};

/// A set of cadences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cadences([bool; Cadence::ALL.len()]);

impl Cadences {
    pub const fn contains(self, cadence: Cadence) -> bool {
        self.0[cadence as usize]
    }

    pub const fn insert(&mut self, cadence: Cadence) {
        self.0[cadence as usize] = true;
    }

    pub fn iter(self) -> impl Iterator<Item = Cadence> {
        Cadence::ALL.into_iter().filter(move |cadence| self.contains(*cadence))
    }
}

impl Extend<Cadence> for Cadences {
    fn extend<I: IntoIterator<Item = Cadence>>(&mut self, cadences: I) {
        cadences.into_iter().for_each(|cadence| self.insert(cadence));
    }
}

impl FromIterator<Cadence> for Cadences {
    fn from_iter<I: IntoIterator<Item = Cadence>>(cadences: I) -> Self {
        let mut set = Self::default();
        set.extend(cadences);
        set
    }
}

/// As the log has them: `frequent,standard`.
impl fmt::Display for Cadences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, cadence) in self.iter().enumerate() {
            let comma = if nth == 0 { "" } else { "," };
            write!(f, "{comma}{}", cadence.as_str())?;
        }
        Ok(())
    }
}

/// What one sweep of an account asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Turn {
    /// All checks of these cadences.
    pub cadences: Cadences,
    /// And these of others, because they got no answer when their own turn was.
    pub again: Vec<CheckId>,
}

impl Turn {
    /// All checks of these cadences, and no others.
    pub fn of(cadences: &[Cadence]) -> Self {
        Self { cadences: cadences.iter().copied().collect(), again: Vec::new() }
    }

    pub fn includes(&self, check: CheckId, cadence: Cadence) -> bool {
        self.cadences.contains(cadence) || self.again.contains(&check)
    }
}
