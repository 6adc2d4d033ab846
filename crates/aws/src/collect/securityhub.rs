//! Security Hub facts.

use orgsweep_model::{Unseen, fact::securityhub::SecurityHub};

use super::Probe;

pub(super) async fn hub(probe: &Probe<'_>) -> Result<SecurityHub, Unseen> {
    match probe.caller.securityhub().describe_hub().send().await {
        Ok(answer) => match answer.hub_arn() {
            Some(arn) => Ok(SecurityHub::Hub(arn.to_owned())),
            None => Err(probe.malformed("the answer has no hub ARN")),
        },
        // AWS's words for an account that has not switched Security Hub on.
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_invalid_access_exception() || error.is_resource_not_found_exception()) =>
        {
            Ok(SecurityHub::NotSubscribed)
        }
        Err(error) => Err(probe.failed("DescribeHub")(error)),
    }
}
