//! Compute Optimizer: whether the account takes part.

use serde_json::json;

use super::{Call, Operation, Service};
use crate::posture::cost::ComputeOptimizer;
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol, time};

pub(super) const SERVICE: Service = Service {
    signing_name: "compute-optimizer",
    protocol: Protocol::Cbor,
    target: "ComputeOptimizerService",
    operations: &[Operation {
        name: "GetEnrollmentStatus",
        action: "compute-optimizer:GetEnrollmentStatus",
        route: "",
        run: get_enrollment_status,
    }],
    ..Service::BASE
};

fn get_enrollment_status(call: &Call<'_>) -> Result<Body, Failure> {
    let status = match call.variant() {
        ComputeOptimizer::Active => "Active",
        ComputeOptimizer::Inactive => "Inactive",
        ComputeOptimizer::Pending => "Pending",
        ComputeOptimizer::Failed => "Failed",
        ComputeOptimizer::NeverOptedIn => {
            return Err(Failure::new("OptInRequiredException", 403, "Aws account is not registered for recommendation."));
        }
    };
    Ok(json!({"status": status, "memberAccountsEnrolled": false, "lastUpdatedTimestamp": time::stamp(time::ago(86_400))}).into())
}
