//! S3: buckets, named in the path. Requests to S3 Control are signed with the same name and are not its.

use super::Service;
use crate::wire::Protocol;

pub(super) const SERVICE: Service = Service {
    signing_name: "s3",
    protocol: Protocol::S3,
    namespace: "http://s3.amazonaws.com/doc/2006-03-01/",
    operations: &[],
    ..Service::BASE
};
