//! Systems Manager: the instances that report to it.

use super::Service;
use crate::wire::Protocol;

pub(super) const SERVICE: Service =
    Service { signing_name: "ssm", protocol: Protocol::Json, target: "AmazonSSM", operations: &[], ..Service::BASE };
