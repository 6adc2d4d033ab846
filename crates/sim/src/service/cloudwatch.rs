//! `CloudWatch`: alarms.

use super::Service;
use crate::wire::Protocol;

pub(super) const SERVICE: Service = Service {
    signing_name: "monitoring",
    protocol: Protocol::Cbor,
    target: "GraniteServiceVersion20100801",
    operations: &[],
    ..Service::BASE
};
