//! `/api/v1/verdicts`.

use std::{fmt, str::FromStr};

use axum::{Json, extract::State};
use jiff::Timestamp;
use orgsweep_model::{AccountId, BlindReason, CheckId, Finding, Place, Severity};
use orgsweep_posture::{Exceptions, Said, VerdictFilter, VerdictPosition, VerdictView};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Api, Reading,
    accounts::swept,
    answer::Problem,
    ask::{self, Ask, CheckName, Limit},
};

/// How many findings of a verdict are shown unless all are asked for.
const FINDINGS: usize = 100;

/// How many findings a page shows at the most, unless a single verdict has more.
const FINDINGS_OF_PAGE: usize = 10_000;

/// Which verdicts are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct VerdictsAsked {
    /// Only of this account.
    #[serde(default, deserialize_with = "ask::text")]
    #[param(value_type = Option<String>, pattern = "^[0-9]{12}$")]
    account: Option<AccountId>,
    /// Only of this region, or `global` for those about an account as a whole.
    #[serde(default, deserialize_with = "ask::text")]
    #[param(value_type = Option<String>, pattern = "^(global|[a-z]+(-[a-z]+)+-[0-9]+)$")]
    region: Option<PlaceName>,
    /// Only of this check.
    #[serde(default, deserialize_with = "ask::text")]
    #[param(value_type = Option<String>, pattern = "^[a-z0-9-]+$")]
    check: Option<CheckName>,
    /// Only of this severity.
    #[param(value_type = Option<SeverityName>)]
    severity: Option<Severity>,
    /// Only with this status.
    status: Option<StatusName>,
    /// Only those whose newest evaluation was blind for this reason.
    #[param(value_type = Option<BlindReasonName>)]
    blind_reason: Option<BlindReason>,
    /// Shows all findings of each verdict, and not only the first 100.
    #[serde(default)]
    all_findings: bool,
    /// Where the page begins: `next` of the page before.
    #[serde(default, deserialize_with = "ask::text")]
    #[param(value_type = Option<String>, pattern = "^[0-9]{12}/(global|[a-z]+(-[a-z]+)+-[0-9]+)/[a-z0-9-]+$")]
    after: Option<Position>,
    /// How many verdicts the page has at the most. It has fewer where more than 10,000 findings would be shown.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 1000, default = 100)]
    limit: Limit,
}

/// What stands.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StatusName {
    Pass,
    Fail,
    Waived,
    NotApplicable,
    Unknown,
}

impl StatusName {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Waived => "waived",
            Self::NotApplicable => "not_applicable",
            Self::Unknown => "unknown",
        }
    }
}

/// How much a failure matters.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "names the values of orgsweep_model::Severity for the description")]
pub(crate) enum SeverityName {
    Low,
    Medium,
    High,
    Critical,
}

/// Why an evaluation could conclude nothing.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "names the values of orgsweep_model::BlindReason for the description")]
pub(crate) enum BlindReasonName {
    RoleMissing,
    IamDeny,
    ScpDeny,
    Throttled,
    Timeout,
    AwsError,
    RegionDisabled,
    AccountSuspended,
    NeedsAttestation,
    Truncated,
}

/// A page of verdicts, in the order of account, region (`global` comes first) and check.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerdictsPage {
    items: Vec<VerdictAnswer>,
    /// `after` of the next page; absent on the last.
    next: Option<String>,
    /// Why reasons and findings are missing, if they are: the database cannot be read.
    note: Option<String>,
}

/// What is known of one account, region and check.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerdictAnswer {
    account_id: String,
    /// The region, or `global`.
    region: String,
    check: &'static str,
    #[schema(value_type = SeverityName)]
    severity: &'static str,
    /// What stands, whatever the newest evaluation saw.
    #[schema(value_type = StatusName)]
    status: &'static str,
    /// Since when it stands; absent for `unknown`.
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// As of when something was last decided.
    #[schema(value_type = Option<String>, format = DateTime)]
    confirmed_at: Option<Timestamp>,
    /// As of when the newest evaluation is; absent before the first.
    #[schema(value_type = Option<String>, format = DateTime)]
    evaluated_at: Option<Timestamp>,
    /// Why it is so, in one sentence.
    reason: Option<String>,
    /// Why the newest evaluation could conclude nothing, if it could not.
    #[schema(value_type = Option<BlindReasonName>)]
    blind_reason: Option<&'static str>,
    /// The same for people.
    blind_detail: Option<String>,
    /// The action that was refused.
    missing_action: Option<String>,
    /// How many resources fail.
    failing: u32,
    /// What fails.
    findings: Vec<FindingAnswer>,
    /// The reasons of the waivers that cover something of it.
    waivers: Vec<String>,
}

/// A resource that fails.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingAnswer {
    /// Its id, as its service names it.
    resource: String,
    arn: Option<String>,
    /// What was observed and what is wanted.
    reason: String,
}

impl From<Finding> for FindingAnswer {
    fn from(Finding { resource, arn, reason }: Finding) -> Self {
        Self { resource, arn, reason }
    }
}

/// A region, or `global`.
#[derive(Clone, Debug)]
pub(crate) struct PlaceName(pub Place);

impl FromStr for PlaceName {
    type Err = orgsweep_model::InvalidRegion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "global" { Ok(Self(Place::Global)) } else { text.parse().map(|region| Self(Place::Region(region))) }
    }
}

/// Where a page ended, as text.
#[derive(Clone, Debug)]
pub(crate) struct Position(VerdictPosition);

impl FromStr for Position {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("after: {text:?} is not what `next` of a page looks like: account/region/check");
        let mut parts = text.splitn(3, '/');
        let mut part = || parts.next().ok_or_else(wrong);
        let account = part()?.parse().map_err(|_| wrong())?;
        let PlaceName(place) = part()?.parse().map_err(|_| wrong())?;
        let CheckName(check) = part()?.parse().map_err(|_| wrong())?;
        Ok(Self(VerdictPosition { account, place, check }))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.0.account, self.0.place, self.0.check)
    }
}

fn position(view: &VerdictView) -> Position {
    Position(VerdictPosition { account: view.account, place: view.place.clone(), check: view.check.as_str().to_owned() })
}

/// What stands for each account, region and check.
#[utoipa::path(get, path = "/api/v1/verdicts", params(VerdictsAsked), responses(
    (status = 200, body = VerdictsPage),
    (status = 404, body = Problem, description = "The check is not enabled, or the account is not swept")
))]
pub(crate) async fn verdicts(State(reading): State<Reading>, Ask(asked): Ask<VerdictsAsked>) -> Result<Json<VerdictsPage>, Problem> {
    reading.read(|api| wanted(api, asked)).await?.map(Json)
}

fn wanted(api: &Api, asked: VerdictsAsked) -> Result<VerdictsPage, Problem> {
    if let Some(account) = asked.account {
        swept(api, account)?;
    }
    let filter = VerdictFilter {
        account: asked.account,
        place: asked.region.map(|PlaceName(place)| place),
        check: asked.check.map(|CheckName(check)| enabled(api, &check)).transpose()?,
        severity: asked.severity,
        status: asked.status.map(|status| status.as_str().to_owned()),
        blind: asked.blind_reason,
    };
    let after = asked.after.map(|Position(after)| after);
    let findings = if asked.all_findings { usize::MAX } else { FINDINGS };
    Ok(page(api, &filter, after.as_ref(), asked.limit.0.into(), findings))
}

/// An enabled check. A mistyped one must not look like one without verdicts.
fn enabled(api: &Api, id: &str) -> Result<CheckId, Problem> {
    let found = api.board.checks().into_iter().map(|(entry, _)| entry.id).find(|check| check.as_str() == id);
    found.ok_or_else(|| Problem::not_found(format!("There is no enabled check {id:?}. /api/v1/checks has those there are.")))
}

fn page(api: &Api, filter: &VerdictFilter, after: Option<&VerdictPosition>, limit: usize, findings: usize) -> VerdictsPage {
    let read = || {
        let (mut views, more) = api.board.verdicts(filter, after, limit);
        let more = shorten(&mut views, findings) || more;
        let targets: Vec<_> = views.iter().map(|view| (view.account, view.place.clone(), view.check)).collect();
        (views, more, api.reader.said(&targets, findings))
    };
    let (mut views, mut more, mut said) = read();
    // A sweep may have been committed between the two.
    if said.as_ref().is_ok_and(|said| views.iter().zip(said).any(|(view, said)| !is_about(view, said))) {
        (views, more, said) = read();
    }
    let (said, note) = match said {
        Ok(said) => (said, None),
        Err(error) => (Vec::new(), Some(format!("Reasons and findings are missing: the database cannot be read: {error}."))),
    };
    let next = views.last().filter(|_| more).map(|last| position(last).to_string());
    let exceptions = api.board.exceptions();
    let mut said = said.into_iter();
    let items = views.iter().map(|view| answer(view, said.next().unwrap_or_default(), &exceptions)).collect();
    VerdictsPage { items, next, note }
}

/// Ends a page early where its findings would be too many, but never before its first verdict. Whether it does.
fn shorten(views: &mut Vec<VerdictView>, findings: usize) -> bool {
    let mut shown = 0_usize;
    let fit = views.iter().take_while(|view| {
        shown = shown.saturating_add(findings.min(usize::try_from(view.failing).unwrap_or(usize::MAX)));
        shown <= FINDINGS_OF_PAGE
    });
    let (all, fitting) = (views.len(), fit.count().max(1));
    views.truncate(fitting);
    views.len() < all
}

/// Whether texts are about this very verdict, and not about one before it.
fn is_about(view: &VerdictView, said: &Said) -> bool {
    view.confirmed_at.map(Timestamp::as_second) == said.confirmed_at && view.evaluated_at.map(Timestamp::as_second) == said.evaluated_at
}

fn answer(view: &VerdictView, said: Said, exceptions: &Exceptions) -> VerdictAnswer {
    let decided = view.confirmed_at.map(Timestamp::as_second) == said.confirmed_at;
    let seen = view.blind.is_some() && view.evaluated_at.map(Timestamp::as_second) == said.evaluated_at;
    let blind_detail = said.blind_detail.filter(|_| seen);
    let reason = match (view.status, view.evaluated_at, view.blind) {
        ("unknown", None, _) => Some("it was not evaluated yet".to_owned()),
        ("unknown", Some(_), Some(_)) => blind_detail.clone(),
        ("unknown", Some(_), None) => Some("what was seen last is too long ago to count".to_owned()),
        _ => said.reason.filter(|_| decided),
    };
    let waivers = view.waivers.iter().filter_map(|&waiver| exceptions.waivers.get(waiver)).map(|waiver| waiver.reason.clone());
    VerdictAnswer {
        account_id: view.account.to_string(),
        region: view.place.to_string(),
        check: view.check.as_str(),
        severity: view.severity.as_str(),
        status: view.status,
        since: view.since,
        confirmed_at: view.confirmed_at,
        evaluated_at: view.evaluated_at,
        reason,
        blind_reason: view.blind.map(BlindReason::as_str),
        missing_action: said.missing_action.filter(|_| seen),
        blind_detail,
        failing: view.failing,
        findings: said.findings.into_iter().filter(|_| decided && view.failing > 0).map(FindingAnswer::from).collect(),
        waivers: waivers.collect(),
    }
}
