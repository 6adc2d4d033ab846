//! A scan as JSON. The form is a promise to users: fields are added, never renamed.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    io::{self, Write},
};

use jiff::Timestamp;
use orgsweep_model::{AccountId, BlindReason, CheckId, Severity};
use orgsweep_posture::Waiver;
use serde::{Serialize, Serializer, ser::SerializeSeq};

use super::{Row, Scan, Summary};
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
    summary: &'a Summary,
    api: Api<'a>,
    waivers: Vec<WaiverUse<'a>>,
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
    findings: Vec<FindingRow<'a>>,
    /// The waiver of a `waived` verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiver: Option<WaiverRow<'a>>,
}

#[derive(Serialize)]
struct FindingRow<'a> {
    resource: &'a str,
    arn: Option<&'a str>,
    reason: &'a str,
    /// Where a waiver covers this resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiver: Option<WaiverRow<'a>>,
}

#[derive(Serialize)]
struct WaiverRow<'a> {
    reason: &'a str,
    owner: Option<&'a str>,
    ticket: Option<&'a str>,
    expires: Option<Timestamp>,
    /// Where it is written, as `file:line`.
    written: &'a str,
}

/// A waiver of the configuration, and what became of it.
#[derive(Serialize)]
struct WaiverUse<'a> {
    #[serde(flatten)]
    waiver: WaiverRow<'a>,
    checks: &'a [CheckId],
    /// Whether it held when the scan began.
    active: bool,
    /// How many failing resources it covers.
    findings: usize,
}

impl<'a> WaiverRow<'a> {
    fn of(waiver: &'a Waiver) -> Self {
        Self {
            reason: &waiver.reason,
            owner: waiver.owner.as_deref(),
            ticket: waiver.ticket.as_deref(),
            expires: waiver.expires,
            written: &waiver.written,
        }
    }
}

#[derive(Serialize)]
struct Api<'a> {
    requests: u64,
    throttled: u64,
    by_operation: &'a BTreeMap<String, u64>,
}

/// Writes the document.
pub fn write(engine: &Engine, scan: &Scan, mut out: impl Write) -> io::Result<()> {
    let accounts = scan.accounts().map(|(account, report)| AccountRow {
        id: account.id,
        name: &account.name,
        ou_path: account.ou_path.to_string(),
        state: account.state.as_str(),
        reachable: report.unreachable.is_none(),
        blind_reason: report.unreachable.as_ref().map(|blind| blind.reason),
    });
    let waivers = engine.exceptions.waivers.iter().zip(&scan.totals.waiver_uses).map(|(waiver, &findings)| WaiverUse {
        waiver: WaiverRow::of(waiver),
        checks: &waiver.checks,
        active: waiver.holds(scan.started_at),
        findings,
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
        summary: &scan.totals.all,
        api: Api { requests: scan.calls.requests, throttled: scan.calls.throttled, by_operation: &scan.calls.by_operation },
        waivers: waivers.collect(),
    };
    serde_json::to_writer_pretty(&mut out, &document)?;
    out.write_all(b"\n")
}

/// What can go wrong on the way from a packed verdict to a row.
struct Unwritten<E>(E);

impl<E: serde::ser::Error> From<io::Error> for Unwritten<E> {
    fn from(error: io::Error) -> Self {
        Self(E::custom(error))
    }
}

/// The verdicts, row by row: there can be millions.
fn rows<S: Serializer>((engine, scan): &(&Engine, &Scan), serializer: S) -> Result<S::Ok, S::Error> {
    let mut rows = serializer.serialize_seq(None)?;
    scan.each(engine, |Row { account, place, check, judged }| {
        let waiver = |index: usize| engine.exceptions.waivers.get(index).map(WaiverRow::of);
        let verdict = &judged.verdict;
        let covers = |finding: usize| judged.waivers.get(finding).copied().flatten().and_then(waiver);
        let findings = verdict.findings().iter().enumerate().map(|(number, finding)| FindingRow {
            resource: &finding.resource,
            arn: finding.arn.as_deref(),
            reason: &finding.reason,
            waiver: covers(number),
        });
        rows.serialize_element(&VerdictRow {
            account_id: account.id,
            region: place.as_str(),
            check,
            severity: engine.severity(check),
            status: judged.status(),
            reason: verdict.reason(),
            blind_reason: verdict.blind().map(|blind| blind.reason),
            missing_action: verdict.blind().and_then(|blind| blind.action.as_deref()),
            findings: findings.collect(),
            waiver: judged.waiver().and_then(waiver),
        })
        .map_err(Unwritten)
    })
    .map_err(|Unwritten(error)| error)?;
    rows.end()
}
