//! Resource Groups Tagging: nothing but accounts has tags here.

use serde_json::json;

use super::{Operation, Service};
use crate::wire::Protocol;

pub(super) const SERVICE: Service = Service {
    signing_name: "tagging",
    protocol: Protocol::Json,
    target: "ResourceGroupsTaggingAPI_20170126",
    operations: &[Operation {
        name: "GetResources",
        action: "tag:GetResources",
        route: "",
        run: |_| Ok(json!({"ResourceTagMappingList": [], "PaginationToken": ""}).into()),
    }],
    ..Service::BASE
};
