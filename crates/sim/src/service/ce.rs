//! Cost Explorer: anomaly monitors and what was spent.

use super::Service;
use crate::wire::Protocol;

pub(super) const SERVICE: Service = Service {
    signing_name: "ce",
    protocol: Protocol::Json,
    target: "AWSInsightsIndexService",
    global: true,
    operations: &[],
    ..Service::BASE
};
