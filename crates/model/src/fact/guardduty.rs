//! GuardDuty: the detectors.

use serde::{Deserialize, Serialize};

use super::{FactScope, FactSpec, Operation};

/// The detectors, each looked into.
pub const DETECTORS: FactSpec = FactSpec {
    scope: FactScope::Region,
    operations: &[
        Operation::new("guardduty", "ListDetectors", "guardduty:ListDetectors"),
        Operation::new("guardduty", "GetDetector", "guardduty:GetDetector"),
    ],
    hub_operations: &[],
};

/// The detectors of a region; AWS allows one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detectors {
    /// The detectors.
    pub detectors: Vec<Detector>,
}

/// One detector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detector {
    /// Its id.
    pub id: String,
    /// `ENABLED` or `DISABLED`.
    pub status: String,
}
