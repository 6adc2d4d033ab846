//! IAM's credential report.

mod content;

use std::time::Duration;

use aws_sdk_iam::types::ReportStateType;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use jiff::{SignedDuration, Timestamp};
use orgsweep_model::{Blind, BlindReason, Unseen, fact::iam::CredentialReport};
use tokio::time::Instant;

use super::Probe;

/// AWS makes a new credential report at most this often.
const FRESH: SignedDuration = SignedDuration::from_hours(4);
/// How long making one may take. A big account needs a minute or more.
const PATIENCE: Duration = Duration::from_mins(2);

pub(super) async fn credential_report(probe: &Probe<'_>) -> Result<CredentialReport, Unseen> {
    if let Some(report) = fetch(probe).await?
        && Timestamp::now().duration_since(report.generated_at) < FRESH
    {
        return Ok(report);
    }
    make(probe).await?;
    fetch(probe).await?.ok_or_else(|| probe.malformed("AWS made a credential report and then said that there is none"))
}

/// Asks for a new report and waits until AWS has made it.
async fn make(probe: &Probe<'_>) -> Result<(), Unseen> {
    let deadline = Instant::now() + PATIENCE;
    let mut pause = Duration::from_millis(250);
    loop {
        let answer = probe.caller.iam().generate_credential_report().send().await.map_err(probe.failed("GenerateCredentialReport"))?;
        if answer.state() == Some(&ReportStateType::Complete) {
            return Ok(());
        }
        if Instant::now() + pause > deadline {
            let seconds = PATIENCE.as_secs();
            return Err(Unseen::Blind(Blind::new(BlindReason::Timeout, format!("the credential report was not ready after {seconds} s"))));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(8));
    }
}

/// The report there is; `None` where there is none, or only an expired or unfinished one.
async fn fetch(probe: &Probe<'_>) -> Result<Option<CredentialReport>, Unseen> {
    let answer = match probe.caller.iam().get_credential_report().send().await {
        Ok(answer) => answer,
        Err(error) => {
            let code = error.as_service_error().and_then(ProvideErrorMetadata::code).unwrap_or_default();
            return if matches!(code, "ReportNotPresent" | "ReportExpired" | "ReportInProgress") {
                Ok(None)
            } else {
                Err(probe.failed("GetCredentialReport")(error))
            };
        }
    };
    let generated_at = answer.generated_time().and_then(|time| Timestamp::new(time.secs(), 0).ok());
    let (Some(generated_at), Some(content)) = (generated_at, answer.content()) else {
        return Err(probe.malformed("the credential report has no time or no content"));
    };
    let (root, users) =
        content::parse(content.as_ref()).map_err(|error| probe.malformed(&format!("the credential report cannot be read: {error}")))?;
    Ok(Some(CredentialReport { generated_at, root, users }))
}
