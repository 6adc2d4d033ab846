//! The IAM credential report: made on demand, slowly, and good for four hours.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use tokio::time::Instant;

use super::Call;
use super::iam_users::{Key, NO_KEY, NONE, Password, When, users};
use crate::org::{Account, Organization};
use crate::posture::iam::{RootKey, RootMfa, RootUse};
use crate::wire::answer::Body;
use crate::wire::{Failure, Xml, time};

/// How long making a report takes.
const WORK: Duration = Duration::from_millis(200);
/// How long AWS answers with the same report.
const FRESH: Duration = Duration::from_hours(4);

const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,\
access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,\
access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,\
cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

/// When each account's report was asked for. Only accounts that asked for one are here.
#[derive(Debug, Default)]
pub(crate) struct Reports(Mutex<HashMap<usize, Started>>);

#[derive(Clone, Copy, Debug)]
struct Started {
    at: Instant,
    time: Timestamp,
}

enum Progress {
    Absent,
    Working,
    Ready(Timestamp),
    Expired,
}

impl Reports {
    fn progress(&self, account: usize) -> Progress {
        let reports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match reports.get(&account) {
            None => Progress::Absent,
            Some(report) if report.at.elapsed() < WORK => Progress::Working,
            Some(report) if report.at.elapsed() < FRESH => Progress::Ready(report.time),
            Some(_) => Progress::Expired,
        }
    }

    fn start(&self, account: usize) {
        let started = Started { at: Instant::now(), time: time::ago(0) };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(account, started);
    }
}

pub(super) fn generate(call: &Call<'_>) -> Result<Body, Failure> {
    let (account, reports) = (call.caller.account, &call.simulation.reports);
    let (state, description) = match reports.progress(account) {
        Progress::Absent | Progress::Expired => {
            reports.start(account);
            ("STARTED", Some("No report exists. Starting a new report generation task"))
        }
        Progress::Working => ("INPROGRESS", None),
        Progress::Ready(_) => ("COMPLETE", None),
    };
    let mut xml = Xml::default();
    xml.text("State", state).optional("Description", description);
    Ok(xml.into())
}

pub(super) fn get(call: &Call<'_>) -> Result<Body, Failure> {
    let made = match call.simulation.reports.progress(call.caller.account) {
        Progress::Absent => return Err(Failure::new("ReportNotPresent", 410, "Credential report is not present.")),
        Progress::Working => return Err(Failure::new("ReportInProgress", 404, "Credential report is being generated.")),
        Progress::Expired => return Err(Failure::new("ReportExpired", 410, "Credential report has expired.")),
        Progress::Ready(made) => made,
    };
    let mut xml = Xml::default();
    xml.text("Content", STANDARD.encode(csv(call.organization(), call.account())));
    xml.text("ReportFormat", "text/csv").text("GeneratedTime", time::iso(made));
    Ok(xml.into())
}

fn csv(organization: &Organization, account: &Account) -> String {
    let mut text = format!("{HEADER}\n");
    if let Some(row) = root(organization, account) {
        text.push_str(&row);
    }
    for user in users(organization, account) {
        let name = user.name;
        let password =
            user.password.map_or_else(|| "false,N/A,N/A,N/A".to_owned(), |Password { used, set }| format!("true,{used},{set},N/A"));
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            "{name},arn:aws:iam::{}:user/{name},2023-04-05T06:07:08+00:00,{password},{},{},{},false,N/A,false,N/A",
            account.id,
            user.mfa,
            key(user.keys[0]),
            key(user.keys[1]),
        );
    }
    text
}

/// The five columns of an access key.
fn key(key: Key) -> String {
    let Key { active, made, used } = key;
    let whereabouts = if matches!(used, When::Days(_)) { "us-east-1,s3" } else { "N/A,N/A" };
    format!("{active},{made},{used},{whereabouts}")
}

fn root(organization: &Organization, account: &Account) -> Option<String> {
    let mfa: RootMfa = organization.variant(account, "global");
    let present: RootKey = organization.variant(account, "global");
    let usage: RootUse = organization.variant(account, "global");
    let password = match usage {
        RootUse::NoRow => return None,
        RootUse::Never | RootUse::Key => When::Word(if mfa == RootMfa::NoPassword { "N/A" } else { "no_information" }),
        RootUse::NotSupported => When::Word("not_supported"),
        RootUse::Yesterday => When::Days(1),
        RootUse::EightyNineDays => When::Days(89),
        RootUse::NinetyDays => When::Days(90),
        RootUse::LongAgo => When::Days(500),
    };
    let used = if usage == RootUse::Key { When::Days(3) } else { NONE };
    let first = if present == RootKey::AccessKey { Key { active: true, made: When::Days(900), used } } else { NO_KEY };
    // Accounts that were born into an organization have no root credentials at all.
    let enabled = if mfa == RootMfa::NoPassword { "false" } else { "not_supported" };
    let certificate = if present == RootKey::SigningCertificate { "true,2021-03-05T05:06:07+00:00" } else { "false,N/A" };
    Some(format!(
        "<root_account>,arn:aws:iam::{}:root,2021-03-04T05:06:07+00:00,{enabled},{password},not_supported,not_supported,{},{},{},{certificate},false,N/A\n",
        account.id,
        mfa == RootMfa::On,
        key(first),
        key(NO_KEY),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_the_header_s_columns() {
        let simulation = crate::Simulation::generated(60, 7);
        for account in &simulation.organization.accounts {
            for row in csv(&simulation.organization, account).lines() {
                assert_eq!(row.split(',').count(), 22, "{row}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_report_takes_a_while_and_expires() {
        let reports = Reports::default();
        assert!(matches!(reports.progress(0), Progress::Absent));
        reports.start(0);
        assert!(matches!(reports.progress(0), Progress::Working));
        tokio::time::advance(WORK).await;
        assert!(matches!(reports.progress(0), Progress::Ready(_)));
        tokio::time::advance(FRESH).await;
        assert!(matches!(reports.progress(0), Progress::Expired));
        assert!(matches!(reports.progress(1), Progress::Absent));
    }
}
