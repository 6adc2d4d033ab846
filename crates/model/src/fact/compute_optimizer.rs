//! Compute Optimizer.

use serde::{Deserialize, Serialize};

use super::{FactScope, FactSpec, Operation};

const GET_ENROLLMENT_STATUS: Operation =
    Operation::new("compute-optimizer", "GetEnrollmentStatus", "compute-optimizer:GetEnrollmentStatus");

/// `compute-optimizer:GetEnrollmentStatus`. An account is enrolled as a whole, whatever region is asked.
pub const COMPUTE_OPTIMIZER: FactSpec = FactSpec { scope: FactScope::Account, operations: &[GET_ENROLLMENT_STATUS], hub_operations: &[] };

/// Whether the account is enrolled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComputeOptimizer {
    /// `Active`, `Inactive`, `Pending` or `Failed`; absent where AWS says that the account never opted in.
    #[serde(default)]
    pub status: Option<String>,
    /// Why, where AWS says so.
    #[serde(default)]
    pub reason: Option<String>,
}
