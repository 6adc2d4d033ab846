//! Control Tower: landing zones.

use super::Service;
use crate::wire::Protocol;

pub(super) const SERVICE: Service =
    Service { signing_name: "controltower", protocol: Protocol::RestJson, operations: &[], ..Service::BASE };
