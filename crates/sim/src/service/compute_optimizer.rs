//! Compute Optimizer: whether the account takes part.

use super::Service;
use crate::wire::Protocol;

pub(super) const SERVICE: Service = Service {
    signing_name: "compute-optimizer",
    protocol: Protocol::Cbor,
    target: "ComputeOptimizerService",
    operations: &[],
    ..Service::BASE
};
