//! Resource Groups Tagging: the accounts of the organization that have tags.

use serde_json::json;

use super::{Call, Operation, Service};
use crate::posture::account_settings;
use crate::wire::answer::Body;
use crate::wire::page;
use crate::wire::{Failure, Protocol};

/// The most that a page has, and what it has where nobody asks for more.
const PAGE: usize = 100;
/// The parameters that carry a page's token and its size.
const PAGED: (&str, &str) = ("PaginationToken", "ResourcesPerPage");
/// Where the resources of global services are.
const REGION: &str = "us-east-1";

pub(super) const SERVICE: Service = Service {
    signing_name: "tagging",
    protocol: Protocol::Json,
    target: "ResourceGroupsTaggingAPI_20170126",
    operations: &[Operation { name: "GetResources", action: "tag:GetResources", route: "", run: get_resources }],
    ..Service::BASE
};

/// Only accounts are shown, and only to their owner, the management account. Those without tags are not.
fn get_resources(call: &Call<'_>) -> Result<Body, Failure> {
    let organization = call.organization();
    let wanted = call.input.get("ResourceTypeFilters").and_then(|filters| filters.as_array());
    let wants_accounts = wanted.is_none_or(|types| types.iter().any(|kind| kind == "organizations" || kind == "organizations:account"));
    let mut accounts = Vec::new();
    if call.region == REGION && call.caller.account == organization.settings.management && wants_accounts {
        for account in &organization.accounts {
            let tags: Vec<_> = account_settings::tags(organization, account).into_iter().collect();
            if !tags.is_empty() {
                accounts.push((account, tags));
            }
        }
    }
    let (shown, next) = call.page(&accounts, PAGED, 1..=PAGE, PAGE)?;
    let (id, management) = (&organization.settings.id, &organization.management().id);
    let mappings: Vec<_> = shown
        .iter()
        .map(|(account, tags)| {
            let tags: Vec<_> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
            json!({"ResourceARN": format!("arn:aws:organizations::{management}:account/{id}/{}", account.id), "Tags": tags})
        })
        .collect();
    let answer = page::with_next(json!({"ResourceTagMappingList": mappings}), PAGED.0, next);
    Ok(answer.into())
}
