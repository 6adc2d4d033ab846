//! `GuardDuty`'s detector.

use super::Outcome::{Fail, Pass};
use super::{Check, Trait, Verdict, View, variants};

pub(crate) const CHECKS: &[&Check] = &[GuardDuty::CHECK];

variants! {
    /// GuardDuty's detector.
    GuardDuty Region "guardduty-enabled"
    needs ["guardduty:ListDetectors"]
    sometimes ["guardduty:GetDetector"]
    special detector
    {
        Enabled "enabled" 88 Pass;
        NoDetector "no_detector" 8 Fail(1);
        Suspended "suspended" 4 Fail(1);
    }
}

/// Only a detector that exists is asked about.
fn detector(view: &View<'_>) -> Verdict {
    let blind = match view.variant() {
        GuardDuty::NoDetector => None,
        GuardDuty::Enabled | GuardDuty::Suspended => view.denied(&["guardduty:GetDetector"]),
    };
    blind.map_or_else(|| view.own(), Verdict::Unknown)
}
