//! `CloudWatch` Logs: log groups and metric filters.

use super::Service;
use crate::wire::Protocol;

pub(super) const SERVICE: Service =
    Service { signing_name: "logs", protocol: Protocol::Json, target: "Logs_20140328", operations: &[], ..Service::BASE };
