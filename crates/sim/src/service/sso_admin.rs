//! IAM Identity Center: instances and permission sets.

use super::Service;
use crate::wire::Protocol;

pub(super) const SERVICE: Service =
    Service { signing_name: "sso", protocol: Protocol::Json, target: "SWBExternalService", operations: &[], ..Service::BASE };
