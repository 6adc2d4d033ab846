//! Security Hub facts.

use aws_sdk_securityhub::operation::describe_hub::DescribeHubError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use orgsweep_model::{Unseen, fact::securityhub::SecurityHub};

use super::Probe;

pub(super) async fn hub(probe: &Probe<'_>) -> Result<SecurityHub, Unseen> {
    match probe.caller.securityhub().describe_hub().send().await {
        Ok(answer) => match answer.hub_arn() {
            Some(arn) => Ok(SecurityHub::Hub(arn.to_owned())),
            None => Err(probe.malformed("the answer has no hub ARN")),
        },
        // The same code serves for other refusals: only the words tell that the account has not switched Security Hub on.
        Err(error) if error.as_service_error().is_some_and(not_subscribed) => Ok(SecurityHub::NotSubscribed),
        Err(error) => Err(probe.failed("DescribeHub")(error)),
    }
}

fn not_subscribed(error: &DescribeHubError) -> bool {
    let said = error.message().is_some_and(|message| message.contains("not subscribed"));
    error.is_resource_not_found_exception() || (error.is_invalid_access_exception() && said)
}
