//! A scan as JSON. The form is a promise to users: fields are added, never renamed.

use std::{borrow::Cow, collections::BTreeMap};

use jiff::Timestamp;
use orgsweep_model::{AccountId, BlindReason, CheckId, Finding, Severity};
use serde::Serialize;

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
    verdicts: Vec<VerdictRow<'a>>,
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

/// The document.
pub fn text(engine: &Engine, scan: &Scan) -> serde_json::Result<String> {
    let mut summary = Summary::default();
    let verdicts = scan
        .verdicts()
        .map(|(account, place, check, verdict)| {
            summary.count(verdict);
            VerdictRow {
                account_id: account.id,
                region: place.as_str(),
                check,
                severity: engine.severity(check),
                status: verdict.status(),
                reason: verdict.reason(),
                blind_reason: verdict.blind().map(|blind| blind.reason),
                missing_action: verdict.blind().and_then(|blind| blind.action.as_deref()),
                findings: verdict.findings(),
            }
        })
        .collect();
    let accounts = scan.accounts().map(|(account, report)| AccountRow {
        id: account.id,
        name: &account.name,
        ou_path: account.ou_path.to_string(),
        state: account.state.as_str(),
        reachable: report.unreachable.is_none(),
        blind_reason: report.unreachable.as_ref().map(|blind| blind.reason),
    });
    serde_json::to_string_pretty(&Document {
        schema_version: SCHEMA_VERSION,
        started_at: scan.started_at,
        finished_at: scan.finished_at,
        organization: OrganizationRow {
            id: scan.organization.id.as_deref(),
            management_account_id: scan.organization.management_account_id,
        },
        accounts: accounts.collect(),
        verdicts,
        summary,
        api: Api { requests: scan.calls.requests, throttled: scan.calls.throttled, by_operation: &scan.calls.by_operation },
    })
}
