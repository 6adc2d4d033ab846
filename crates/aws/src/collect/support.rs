//! AWS Support facts. Support has one endpoint per partition.

use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use orgsweep_model::{Unseen, fact::support::SupportLevels};

use super::Probe;

pub(super) async fn support_levels(probe: &Probe<'_>) -> Result<SupportLevels, Unseen> {
    match probe.caller.support().describe_severity_levels().language("en").send().await {
        Ok(answer) => {
            let levels = probe.needed(answer.severity_levels, "list of severity levels")?;
            let codes = levels.into_iter().map(|level| probe.needed(level.code, "severity level's code"));
            Ok(SupportLevels::Levels(codes.collect::<Result<_, Unseen>>()?))
        }
        Err(error) if error.as_service_error().and_then(ProvideErrorMetadata::code) == Some("SubscriptionRequiredException") => {
            Ok(SupportLevels::SubscriptionRequired)
        }
        Err(error) => Err(probe.failed("DescribeSeverityLevels")(error)),
    }
}
