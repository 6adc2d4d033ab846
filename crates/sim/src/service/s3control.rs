//! S3 Control: the account's public access block.

use super::{Call, Operation, Service};
use crate::posture::s3::PublicAccessBlock;
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol, Request, Xml};

const PROTOCOL: Protocol = Protocol::RestXml;

pub(super) const SERVICE: Service = Service {
    signing_name: "s3",
    claims: Some(is_control),
    protocol: PROTOCOL,
    namespace: "http://awss3control.amazonaws.com/doc/2018-08-20/",
    operations: &[Operation {
        name: "PublicAccessBlockConfiguration",
        action: "s3:GetAccountPublicAccessBlock",
        route: "GET /v20180820/configuration/publicAccessBlock",
        run: get_public_access_block,
    }],
    ..Service::BASE
};

/// S3 itself is signed for by the same name.
fn is_control(request: &Request) -> bool {
    request.header("x-amz-account-id").is_some() || request.path.starts_with("/v20180820/")
}

fn get_public_access_block(call: &Call<'_>) -> Result<Body, Failure> {
    let account = call.account();
    // The SDKs name the account twice, in a header and before the endpoint's host; one is enough.
    let asked = call.request.header("x-amz-account-id").or_else(|| call.request.header("host")?.split('.').next());
    if asked != Some(&account.id) {
        return Err(Failure::access_denied(PROTOCOL, "Access Denied"));
    }
    let (acls, policies) = match call.variant() {
        PublicAccessBlock::All => (true, true),
        PublicAccessBlock::Partial => (true, false),
        PublicAccessBlock::NotSet => {
            let message = "The public access block configuration was not found";
            return Err(Failure::new("NoSuchPublicAccessBlockConfiguration", 404, message));
        }
    };
    let mut xml = Xml::default();
    xml.text("BlockPublicAcls", acls)
        .text("IgnorePublicAcls", acls)
        .text("BlockPublicPolicy", policies)
        .text("RestrictPublicBuckets", policies);
    Ok(xml.into())
}
