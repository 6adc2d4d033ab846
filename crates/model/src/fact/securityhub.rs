//! Security Hub: the hub, its standards, and how its controls stand.

use serde::{Deserialize, Serialize};

use super::{FactScope, FactSpec, Operation};

/// `securityhub:DescribeHub`.
pub const SECURITY_HUB: FactSpec = FactSpec {
    scope: FactScope::Region,
    operations: &[Operation::new("securityhub", "DescribeHub", "securityhub:DescribeHub")],
    hub_operations: &[],
};
/// `securityhub:GetEnabledStandards`.
pub const SECURITY_HUB_STANDARDS: FactSpec = FactSpec {
    scope: FactScope::Region,
    operations: &[Operation::new("securityhub", "GetEnabledStandards", "securityhub:GetEnabledStandards")],
    hub_operations: &[],
};
/// `securityhub:GetFindings`: every control finding of the account's own in the region. Slow: AWS answers three requests a second.
pub const SECURITY_HUB_SCORE: FactSpec = FactSpec {
    scope: FactScope::Region,
    operations: &[Operation::new("securityhub", "GetFindings", "securityhub:GetFindings")],
    hub_operations: &[],
};

/// Whether the account has a hub in the region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityHub {
    /// The account is not subscribed.
    NotSubscribed,
    /// The hub's ARN.
    Hub(String),
}

/// The standards of the region's hub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityHubStandards {
    /// The account is not subscribed to Security Hub.
    NotSubscribed,
    /// The standards that are on, being switched on or off.
    Enabled(Vec<Standard>),
}

/// The subscription to a standard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standard {
    /// The standard's ARN.
    pub arn: String,
    /// The ARN of the account's subscription to it.
    pub subscription_arn: String,
    /// `READY`, `PENDING`, `INCOMPLETE`, `FAILED` or `DELETING`.
    pub status: String,
    /// AWS's code of why it is not ready, where there is one.
    #[serde(default)]
    pub reason: Option<String>,
}

/// How the controls of the region's hub stand, counted as AWS counts them for its security score.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecurityHubScore {
    /// Whether the account is subscribed to Security Hub in the region.
    pub subscribed: bool,
    /// Controls all of whose findings passed.
    pub passed_controls: usize,
    /// Controls with a finding that failed.
    pub failed_controls: usize,
    /// Controls without a failed finding whose findings did not all come to a result.
    pub undecided_controls: usize,
}

impl SecurityHubScore {
    /// The passed share of the controls that came to a result, from 0 to 1; absent where none did.
    pub fn score(&self) -> Option<f64> {
        let decided = self.passed_controls + self.failed_controls;
        (decided > 0).then(|| self.passed_controls as f64 / decided as f64)
    }
}
