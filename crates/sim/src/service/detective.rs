//! Detective: graphs and invitations to them.

use super::Service;
use crate::wire::Protocol;

pub(super) const SERVICE: Service = Service { signing_name: "detective", protocol: Protocol::RestJson, operations: &[], ..Service::BASE };
