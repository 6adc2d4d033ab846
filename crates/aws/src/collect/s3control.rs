//! S3 Control facts.

use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use orgsweep_model::{
    Unseen,
    fact::s3control::{PublicAccessBlock, PublicAccessSettings},
};

use super::Probe;

pub(super) async fn public_access_block(probe: &Probe<'_>) -> Result<PublicAccessBlock, Unseen> {
    let account = probe.caller.account().map(|account| account.to_string());
    let answer = match probe.caller.s3control().get_public_access_block().set_account_id(account).send().await {
        Ok(answer) => answer,
        Err(error) => {
            let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
            return if code == Some("NoSuchPublicAccessBlockConfiguration") {
                Ok(PublicAccessBlock::NotSet)
            } else {
                Err(probe.failed("GetPublicAccessBlock")(error))
            };
        }
    };
    let Some(settings) = answer.public_access_block_configuration() else {
        return Err(probe.malformed("the answer has no configuration"));
    };
    Ok(PublicAccessBlock::Set(PublicAccessSettings {
        block_public_acls: settings.block_public_acls().unwrap_or_default(),
        ignore_public_acls: settings.ignore_public_acls().unwrap_or_default(),
        block_public_policy: settings.block_public_policy().unwrap_or_default(),
        restrict_public_buckets: settings.restrict_public_buckets().unwrap_or_default(),
    }))
}
