//! The Account API: contacts.

use super::Service;
use crate::wire::Protocol;

pub(super) const SERVICE: Service =
    Service { signing_name: "account", protocol: Protocol::RestJson, global: true, operations: &[], ..Service::BASE };
