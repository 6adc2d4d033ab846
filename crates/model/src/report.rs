//! What one sweep of an account found: the unit that is committed to the board.

use jiff::Timestamp;

use crate::{AccountId, Blind, Cadence, CheckId, Measure, Place, Region, Verdict};

/// Everything one sweep of an account found.
#[derive(Clone, Debug)]
pub struct AccountReport {
    /// The account.
    pub account: AccountId,
    /// When the sweep began. Verdicts are as of this moment: what AWS answered later can only be newer.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// The rhythms it swept for: all checks of these cadences have a verdict here. A check of another one has if it was asked again,
    /// because it got no answer when its own sweep was.
    pub cadences: Vec<Cadence>,
    /// Why no session in the account could be had; absent when one could.
    pub unreachable: Option<Blind>,
    /// The regions that are enabled in the account and selected by the configuration; absent when they could not be listed, so that a
    /// region that merely was not seen keeps its verdicts.
    pub regions: Option<Vec<Region>>,
    /// What was found, place by place.
    pub targets: Vec<TargetReport>,
}

/// What was found in one place of the account.
#[derive(Clone, Debug)]
pub struct TargetReport {
    /// The place.
    pub place: Place,
    /// One verdict for each check that was due there.
    pub verdicts: Vec<(CheckId, Verdict)>,
    /// What else was measured there.
    pub measures: Vec<(Measure, f64)>,
}
