//! Support: which plan an account has.

use super::Service;
use crate::wire::Protocol;

pub(super) const SERVICE: Service = Service {
    signing_name: "support",
    protocol: Protocol::Json,
    target: "AWSSupport_20130415",
    global: true,
    operations: &[],
    ..Service::BASE
};
