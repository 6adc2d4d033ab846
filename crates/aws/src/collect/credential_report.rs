//! IAM's credential report.

use std::time::Duration;

use aws_sdk_iam::types::ReportStateType;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use jiff::{SignedDuration, Timestamp};
use orgsweep_model::{
    Blind, BlindReason, Unseen,
    fact::iam::{AccessKey, CredentialReport, ReportTime, RootCredentials, UserCredentials},
};
use serde::Deserialize;
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
        parse(content.as_ref()).map_err(|error| probe.malformed(&format!("the credential report cannot be read: {error}")))?;
    Ok(Some(CredentialReport { generated_at, root, users }))
}

/// The columns that checks read.
#[derive(Deserialize)]
struct Row {
    user: String,
    arn: String,
    user_creation_time: String,
    password_enabled: String,
    password_last_used: String,
    password_last_changed: String,
    mfa_active: String,
    access_key_1_active: String,
    access_key_1_last_rotated: String,
    access_key_1_last_used_date: String,
    access_key_2_active: String,
    access_key_2_last_rotated: String,
    access_key_2_last_used_date: String,
}

/// Their names.
const COLUMNS: [&str; 13] = [
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
];

/// The root user's row, which AWS includes and other endpoints leave out, and the users.
fn parse(content: &[u8]) -> Result<(Option<RootCredentials>, Vec<UserCredentials>), String> {
    let (mut root, mut users) = (None, Vec::new());
    let mut report = csv::Reader::from_reader(content);
    // Without rows nobody would miss the columns, and a report that is not one would say that there are no users.
    let columns = report.headers().map_err(|error| error.to_string())?;
    if let Some(missing) = COLUMNS.iter().find(|name| !columns.iter().any(|column| column == **name)) {
        return Err(format!("it has no column {missing}"));
    }
    for row in report.deserialize::<Row>() {
        let row = row.map_err(|error| error.to_string())?;
        if row.user == "<root_account>" {
            root = Some(row.root()?);
        } else {
            users.push(row.user()?);
        }
    }
    Ok((root, users))
}

impl Row {
    fn root(&self) -> Result<RootCredentials, String> {
        let (access_key_1, access_key_2) = self.access_keys()?;
        Ok(RootCredentials { password_last_used: self.time("password_last_used", &self.password_last_used)?, access_key_1, access_key_2 })
    }

    fn user(self) -> Result<UserCredentials, String> {
        let (access_key_1, access_key_2) = self.access_keys()?;
        let ReportTime::At(created) = self.time("user_creation_time", &self.user_creation_time)? else {
            return Err(format!("user_creation_time of {} is {:?}, not a time", self.user, self.user_creation_time));
        };
        Ok(UserCredentials {
            created,
            password_enabled: self.boolean("password_enabled", &self.password_enabled)?,
            password_last_used: self.time("password_last_used", &self.password_last_used)?,
            password_last_changed: self.time("password_last_changed", &self.password_last_changed)?,
            mfa_active: self.boolean("mfa_active", &self.mfa_active)?,
            access_key_1,
            access_key_2,
            user: self.user,
            arn: self.arn,
        })
    }

    fn access_keys(&self) -> Result<(AccessKey, AccessKey), String> {
        let first = AccessKey {
            active: self.boolean("access_key_1_active", &self.access_key_1_active)?,
            last_rotated: self.time("access_key_1_last_rotated", &self.access_key_1_last_rotated)?,
            last_used: self.time("access_key_1_last_used_date", &self.access_key_1_last_used_date)?,
        };
        let second = AccessKey {
            active: self.boolean("access_key_2_active", &self.access_key_2_active)?,
            last_rotated: self.time("access_key_2_last_rotated", &self.access_key_2_last_rotated)?,
            last_used: self.time("access_key_2_last_used_date", &self.access_key_2_last_used_date)?,
        };
        Ok((first, second))
    }

    /// `true` or `false`, which AWS documents as `TRUE` and `FALSE`.
    fn boolean(&self, column: &str, word: &str) -> Result<bool, String> {
        match word.to_ascii_lowercase().as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(format!("{column} of {} is {word:?}, neither true nor false", self.user)),
        }
    }

    fn time(&self, column: &str, word: &str) -> Result<ReportTime, String> {
        ReportTime::try_from(word.to_owned()).map_err(|why| format!("{column} of {} is {why}", self.user))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = "ana,arn:aws:iam::111122223333:user/ana,2020-01-01T00:00:00+00:00,TRUE,no_information,2020-01-02T00:00:00+00:00,\
                        false,true,2020-01-03T00:00:00+00:00,N/A,false,N/A,N/A";
    const ROOT: &str = "<root_account>,arn:aws:iam::111122223333:root,2020-01-01T00:00:00+00:00,not_supported,2024-05-06T07:08:09+00:00,\
                        not_supported,true,false,N/A,N/A,false,N/A,N/A";

    fn report(rows: &[&str]) -> Result<(Option<RootCredentials>, Vec<UserCredentials>), String> {
        parse(format!("{}\n{}\n", COLUMNS.join(","), rows.join("\n")).as_bytes())
    }

    #[test]
    fn the_root_row_is_optional_and_not_a_user() {
        let (root, users) = report(&[ROOT, USER]).unwrap();
        assert_eq!(root.unwrap().password_last_used.to_string(), "2024-05-06T07:08:09Z");
        assert_eq!(users.len(), 1);
        let ana = &users[0];
        assert!(ana.password_enabled && !ana.mfa_active && ana.access_key_1.active && !ana.access_key_2.active);
        assert_eq!((ana.password_last_used, ana.access_key_1.last_used), (ReportTime::NoInformation, ReportTime::NotApplicable));
        assert_eq!(ana.access_key_1.last_rotated.to_string(), "2020-01-03T00:00:00Z");
        assert_eq!(report(&[USER]).unwrap(), (None, users));
        assert_eq!(report(&[]).unwrap(), (None, Vec::new()));
    }

    #[test]
    fn what_is_no_report_is_no_answer() {
        for content in ["", "<html></html>", "user,arn,password_enabled\n"] {
            assert!(parse(content.as_bytes()).is_err(), "{content:?}");
        }
    }

    #[test]
    fn a_word_that_aws_does_not_document_is_no_answer() {
        for (was, is, column) in [
            ("TRUE", "maybe", "password_enabled"),
            ("no_information", "yesterday", "password_last_used"),
            ("2020-01-01T00:00:00+00:00", "N/A", "user_creation_time"),
            ("false,N/A,N/A", "false,N/A,", "access_key_2_last_used_date"),
        ] {
            let error = report(&[&USER.replace(was, is)]).unwrap_err();
            assert!(error.starts_with(&format!("{column} of ana")), "{error}");
        }
    }
}
