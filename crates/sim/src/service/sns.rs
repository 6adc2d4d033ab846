//! SNS: subscriptions.

use super::Service;
use crate::wire::Protocol;

pub(super) const SERVICE: Service = Service {
    signing_name: "sns",
    protocol: Protocol::Query,
    namespace: "http://sns.amazonaws.com/doc/2010-03-31/",
    operations: &[],
    ..Service::BASE
};
