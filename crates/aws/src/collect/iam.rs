//! IAM facts.

use std::time::Duration;

use aws_sdk_iam::types::{ReportStateType, SummaryKeyType};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use jiff::{SignedDuration, Timestamp};
use orgsweep_model::{
    Blind, BlindReason, Unseen,
    fact::iam::{AccountSummary, CredentialReport, PasswordPolicy, PasswordRules, UserCredentials},
};
use serde::Deserialize;
use tokio::time::Instant;

use super::Probe;

/// AWS makes a new credential report at most this often.
const REPORT_FRESH: SignedDuration = SignedDuration::from_hours(4);
/// How long making one may take. A big account needs a minute or more.
const REPORT_PATIENCE: Duration = Duration::from_mins(2);

pub(super) async fn account_summary(probe: &Probe<'_>) -> Result<AccountSummary, Unseen> {
    let answer = probe.caller.iam().get_account_summary().send().await.map_err(probe.failed("GetAccountSummary"))?;
    let Some(map) = answer.summary_map() else { return Err(probe.malformed("the answer has no summary")) };
    let count = |name: &str| map.get(&SummaryKeyType::from(name)).copied();
    Ok(AccountSummary {
        account_mfa_enabled: count("AccountMFAEnabled"),
        account_password_present: count("AccountPasswordPresent"),
        account_access_keys_present: count("AccountAccessKeysPresent"),
        account_signing_certificates_present: count("AccountSigningCertificatesPresent"),
    })
}

pub(super) async fn password_policy(probe: &Probe<'_>) -> Result<PasswordPolicy, Unseen> {
    let answer = match probe.caller.iam().get_account_password_policy().send().await {
        Ok(answer) => answer,
        Err(error)
            if error.as_service_error().is_some_and(
                aws_sdk_iam::operation::get_account_password_policy::GetAccountPasswordPolicyError::is_no_such_entity_exception,
            ) =>
        {
            return Ok(PasswordPolicy::NotSet);
        }
        Err(error) => return Err(probe.failed("GetAccountPasswordPolicy")(error)),
    };
    let Some(policy) = answer.password_policy() else { return Err(probe.malformed("the answer has no policy")) };
    Ok(PasswordPolicy::Set(PasswordRules {
        minimum_length: policy.minimum_password_length().unwrap_or_default(),
        require_uppercase: policy.require_uppercase_characters(),
        require_lowercase: policy.require_lowercase_characters(),
        require_numbers: policy.require_numbers(),
        require_symbols: policy.require_symbols(),
    }))
}

pub(super) async fn credential_report(probe: &Probe<'_>) -> Result<CredentialReport, Unseen> {
    if let Some(report) = fetch(probe).await?
        && Timestamp::now().duration_since(report.generated_at) < REPORT_FRESH
    {
        return Ok(report);
    }
    make(probe).await?;
    fetch(probe).await?.ok_or_else(|| probe.malformed("AWS made a credential report and then said that there is none"))
}

/// Asks for a new report and waits until AWS has made it.
async fn make(probe: &Probe<'_>) -> Result<(), Unseen> {
    let deadline = Instant::now() + REPORT_PATIENCE;
    let mut pause = Duration::from_millis(250);
    loop {
        let answer = probe.caller.iam().generate_credential_report().send().await.map_err(probe.failed("GenerateCredentialReport"))?;
        if answer.state() == Some(&ReportStateType::Complete) {
            return Ok(());
        }
        if Instant::now() + pause > deadline {
            let seconds = REPORT_PATIENCE.as_secs();
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
    let users = parse(content.as_ref()).map_err(|error| probe.malformed(&format!("the credential report cannot be read: {error}")))?;
    Ok(Some(CredentialReport { generated_at, users }))
}

/// The columns that checks read.
#[derive(Deserialize)]
struct Row {
    user: String,
    arn: String,
    password_enabled: String,
    mfa_active: String,
}

/// The users of a report. The root user's row, which AWS includes and other endpoints leave out, is not a user.
fn parse(content: &[u8]) -> Result<Vec<UserCredentials>, String> {
    let mut users = Vec::new();
    let mut report = csv::Reader::from_reader(content);
    // Without rows nobody would miss the columns, and a report that is not one would say that there are no users.
    let columns = report.headers().map_err(|error| error.to_string())?;
    if let Some(missing) =
        ["user", "arn", "password_enabled", "mfa_active"].iter().find(|name| !columns.iter().any(|column| column == **name))
    {
        return Err(format!("it has no column {missing}"));
    }
    for row in report.deserialize::<Row>() {
        let row = row.map_err(|error| error.to_string())?;
        if row.user == "<root_account>" {
            continue;
        }
        users.push(UserCredentials {
            password_enabled: boolean(&row.password_enabled).ok_or_else(|| odd(&row, "password_enabled", &row.password_enabled))?,
            mfa_active: boolean(&row.mfa_active).ok_or_else(|| odd(&row, "mfa_active", &row.mfa_active))?,
            user: row.user,
            arn: row.arn,
        });
    }
    Ok(users)
}

fn boolean(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

fn odd(row: &Row, column: &str, value: &str) -> String {
    format!("{column} of user {} is {value:?}, neither true nor false", row.user)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,mfa_active\n";

    #[test]
    fn the_root_row_is_optional_and_not_a_user() {
        let root = "<root_account>,arn:aws:iam::111122223333:root,2020-01-01T00:00:00+00:00,not_supported,no_information,true\n";
        let ana = "ana,arn:aws:iam::111122223333:user/ana,2020-01-01T00:00:00+00:00,true,no_information,false\n";
        let users = parse(format!("{HEADER}{root}{ana}").as_bytes()).unwrap();
        assert_eq!(users.len(), 1);
        assert!(users[0].password_enabled && !users[0].mfa_active);
        assert_eq!(parse(format!("{HEADER}{ana}").as_bytes()).unwrap(), users);
        assert!(parse(HEADER.as_bytes()).unwrap().is_empty());
    }

    #[test]
    fn what_is_no_report_is_no_answer() {
        for content in ["", "<html></html>", "user,arn,password_enabled\n"] {
            assert!(parse(content.as_bytes()).is_err(), "{content:?}");
        }
    }

    #[test]
    fn a_word_that_is_neither_true_nor_false_is_no_answer() {
        let row = "ana,arn,2020,maybe,no_information,false\n";
        let error = parse(format!("{HEADER}{row}").as_bytes()).unwrap_err();
        assert!(error.contains("password_enabled of user ana"), "{error}");
    }
}
