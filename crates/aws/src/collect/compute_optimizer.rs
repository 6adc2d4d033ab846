//! Compute Optimizer facts.

use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use orgsweep_model::{Unseen, fact::compute_optimizer::ComputeOptimizer};

use super::Probe;

pub(super) async fn compute_optimizer(probe: &Probe<'_>) -> Result<ComputeOptimizer, Unseen> {
    match probe.caller.compute_optimizer().get_enrollment_status().send().await {
        Ok(answer) => Ok(ComputeOptimizer {
            status: Some(probe.needed(answer.status, "status")?.as_str().to_owned()),
            reason: answer.status_reason.filter(|reason| !reason.is_empty()),
        }),
        Err(error) if error.as_service_error().and_then(ProvideErrorMetadata::code) == Some("OptInRequiredException") => {
            Ok(ComputeOptimizer { status: None, reason: None })
        }
        Err(error) => Err(probe.failed("GetEnrollmentStatus")(error)),
    }
}
