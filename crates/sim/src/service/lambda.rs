//! Lambda: functions.

use super::Service;
use crate::wire::Protocol;

pub(super) const SERVICE: Service = Service { signing_name: "lambda", protocol: Protocol::RestJson, operations: &[], ..Service::BASE };
