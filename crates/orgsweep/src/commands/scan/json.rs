//! A scan as JSON. The form is a promise to users: fields are added, never renamed.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    io::{self, Write},
};

use jiff::Timestamp;
use orgsweep_model::{AccountId, BlindReason, CheckId, Finding, Severity};
use serde::{Serialize, Serializer};

use super::{Scan, Summary};
use crate::engine::Engine;

const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    started_at: Timestamp,
    finished_at: Timestamp,
    organization: OrganizationRow<'a>,
    accounts: Vec<AccountRow<'a>>,
    #[serde(serialize_with = "rows")]
    verdicts: (&'a Engine, &'a Scan),
    summary: Summary,
    api: Api<'a>,
}

#[derive(Serialize)]
struct OrganizationRow<'a> {
    id: Option<&'a str>,
    management_account_id: Option<AccountId>,
}

#[derive(Serialize)]
struct AccountRow<'a> {
    id: AccountId,
    name: &'a str,
    ou_path: String,
    state: &'a str,
    reachable: bool,
    blind_reason: Option<BlindReason>,
}

#[derive(Serialize)]
struct VerdictRow<'a> {
    account_id: AccountId,
    region: &'a str,
    check: CheckId,
    severity: Severity,
    status: &'a str,
    reason: Cow<'a, str>,
    blind_reason: Option<BlindReason>,
    missing_action: Option<&'a str>,
    findings: &'a [Finding],
}

#[derive(Serialize)]
struct Api<'a> {
    requests: u64,
    throttled: u64,
    by_operation: &'a BTreeMap<String, u64>,
}

/// Writes the document.
pub fn write(engine: &Engine, scan: &Scan, mut out: impl Write) -> io::Result<()> {
    let mut summary = Summary::default();
    scan.verdicts().for_each(|(.., verdict)| summary.count(verdict));
    let accounts = scan.accounts().map(|(account, report)| AccountRow {
        id: account.id,
        name: &account.name,
        ou_path: account.ou_path.to_string(),
        state: account.state.as_str(),
        reachable: report.unreachable.is_none(),
        blind_reason: report.unreachable.as_ref().map(|blind| blind.reason),
    });
    let document = Document {
        schema_version: SCHEMA_VERSION,
        started_at: scan.started_at,
        finished_at: scan.finished_at,
        organization: OrganizationRow {
            id: scan.organization.id.as_deref(),
            management_account_id: scan.organization.management_account_id,
        },
        accounts: accounts.collect(),
        verdicts: (engine, scan),
        summary,
        api: Api { requests: scan.calls.requests, throttled: scan.calls.throttled, by_operation: &scan.calls.by_operation },
    };
    serde_json::to_writer_pretty(&mut out, &document)?;
    out.write_all(b"\n")
}

/// The verdicts, row by row: there can be millions.
fn rows<S: Serializer>((engine, scan): &(&Engine, &Scan), serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(scan.verdicts().map(|(account, place, check, verdict)| VerdictRow {
        account_id: account.id,
        region: place.as_str(),
        check,
        severity: engine.severity(check),
        status: verdict.status(),
        reason: verdict.reason(),
        blind_reason: verdict.blind().map(|blind| blind.reason),
        missing_action: verdict.blind().and_then(|blind| blind.action.as_deref()),
        findings: verdict.findings(),
    }))
}
