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
use crate::org::{Account, Organization};
use crate::posture::iam::{RootKey, RootMfa, Users};
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

/// An IAM user, as far as the report and the account's summary tell.
#[derive(Clone, Copy, Debug)]
pub(super) struct User {
    name: &'static str,
    password: bool,
    pub(super) mfa: bool,
    key: bool,
}

/// The users that a variant stands for.
pub(super) fn users(variant: Users) -> Vec<User> {
    let person = |name, mfa| User { name, password: true, mfa, key: false };
    let machine = |name| User { name, password: false, mfa: false, key: true };
    match variant {
        Users::Nobody => Vec::new(),
        Users::KeysOnly => vec![machine("svc-deploy")],
        Users::AllMfa => vec![person("alice", true), person("bob@example.com", true), machine("svc-deploy")],
        Users::OneWithout => vec![person("alice", true), person("bob@example.com", false), machine("svc-deploy")],
        Users::Several => {
            vec![
                person("alice", false),
                person("bob@example.com", false),
                person("carol+ops", false),
                person("dave", true),
                machine("svc-deploy"),
            ]
        }
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
    let mfa: RootMfa = organization.variant(account, "global");
    let key: RootKey = organization.variant(account, "global");
    let mut text = format!("{HEADER}\n");
    // Writing into a String cannot fail.
    let _ = writeln!(
        text,
        "<root_account>,arn:aws:iam::{}:root,2021-03-04T05:06:07+00:00,not_supported,no_information,not_supported,not_supported,{},{},{},N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,{},{},false,N/A",
        account.id,
        mfa == RootMfa::On,
        key == RootKey::AccessKey,
        if key == RootKey::AccessKey { "2021-03-05T05:06:07+00:00" } else { "N/A" },
        key == RootKey::SigningCertificate,
        if key == RootKey::SigningCertificate { "2021-03-05T05:06:07+00:00" } else { "N/A" },
    );
    for user in users(organization.variant(account, "global")) {
        let password = if user.password { "true,2024-05-06T07:08:09+00:00,2024-01-02T03:04:05+00:00,N/A" } else { "false,N/A,N/A,N/A" };
        let first_key =
            if user.key { "true,2024-03-04T05:06:07+00:00,2024-05-06T07:08:00+00:00,us-east-1,s3" } else { "false,N/A,N/A,N/A,N/A" };
        let (name, mfa) = (user.name, user.mfa);
        let _ = writeln!(
            text,
            "{name},arn:aws:iam::{}:user/{name},2023-04-05T06:07:08+00:00,{password},{mfa},{first_key},false,N/A,N/A,N/A,N/A,false,N/A,false,N/A",
            account.id
        );
    }
    text
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
