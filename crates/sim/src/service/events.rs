//! `EventBridge`: rules and their targets.

use super::Service;
use crate::wire::Protocol;

pub(super) const SERVICE: Service =
    Service { signing_name: "events", protocol: Protocol::Json, target: "AWSEvents", operations: &[], ..Service::BASE };
