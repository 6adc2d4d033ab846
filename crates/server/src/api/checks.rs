//! `/api/v1/checks`.

use axum::{Json, extract::State};
use orgsweep_posture::{CheckEntry, Counts};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Api, Reading,
    answer::{CountsAnswer, Problem},
    ask::{self, Ask, CheckName, Limit, Named, Nothing},
};

/// Which checks are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChecksAsked {
    /// The check after which the page begins: `next` of the page before.
    #[serde(default, deserialize_with = "ask::text")]
    #[param(value_type = Option<String>, pattern = "^[a-z0-9-]+$")]
    after: Option<CheckName>,
    /// How many checks the page has at the most.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 1000, default = 100)]
    limit: Limit,
}

/// A page of the enabled checks, in the order of their ids.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChecksPage {
    items: Vec<CheckAnswer>,
    /// `after` of the next page; absent on the last.
    next: Option<String>,
}

/// An enabled check.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckAnswer {
    id: &'static str,
    title: &'static str,
    /// `low`, `medium`, `high` or `critical`, after the configuration.
    severity: &'static str,
    /// `org`, `account` or `region`.
    scope: &'static str,
    /// `frequent`, `standard` or `daily`, after the configuration.
    cadence: &'static str,
    /// Its targets by what stands for them.
    verdicts: CountsAnswer,
}

/// An enabled check, with what the catalogue says of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckPage {
    #[serde(flatten)]
    check: CheckAnswer,
    /// Why it matters.
    why: &'static str,
    /// What makes it fail.
    fails_when: &'static str,
    /// How to mend a failure in the console.
    fix_console: &'static str,
    /// How to mend it with the AWS CLI; empty where that is not possible.
    fix_cli: &'static str,
    /// AWS documentation.
    references: Vec<ReferenceAnswer>,
}

/// A page about it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReferenceAnswer {
    title: &'static str,
    url: &'static str,
}

impl From<(CheckEntry, Counts)> for CheckAnswer {
    fn from((entry, counts): (CheckEntry, Counts)) -> Self {
        Self {
            id: entry.id.as_str(),
            title: entry.title,
            severity: entry.severity.as_str(),
            scope: entry.scope.as_str(),
            cadence: entry.cadence.as_str(),
            verdicts: counts.into(),
        }
    }
}

/// The enabled checks.
#[utoipa::path(get, path = "/api/v1/checks", params(ChecksAsked), responses(
    (status = 200, body = ChecksPage)
))]
pub(crate) async fn checks(State(reading): State<Reading>, Ask(asked): Ask<ChecksAsked>) -> Result<Json<ChecksPage>, Problem> {
    reading.read(move |api| page(api, &asked)).await.map(Json)
}

fn page(api: &Api, asked: &ChecksAsked) -> ChecksPage {
    let mut items: Vec<CheckAnswer> = api.board.checks().into_iter().map(CheckAnswer::from).collect();
    items.sort_by_key(|check| check.id);
    if let Some(CheckName(after)) = &asked.after {
        items.retain(|check| check.id > after.as_str());
    }
    let more = items.len() > usize::from(asked.limit.0);
    items.truncate(asked.limit.0.into());
    let next = items.last().filter(|_| more).map(|last| last.id.to_owned());
    ChecksPage { items, next }
}

/// One enabled check.
#[utoipa::path(get, path = "/api/v1/checks/{id}", params(("id" = String, Path, description = "Its id")), responses(
    (status = 200, body = CheckPage), (status = 404, body = Problem, description = "It is not enabled")
))]
pub(crate) async fn check(
    State(reading): State<Reading>,
    Named(id): Named,
    Ask(Nothing {}): Ask<Nothing>,
) -> Result<Json<CheckPage>, Problem> {
    reading.read(move |api| named(api, &id)).await?.map(Json)
}

fn named(api: &Api, id: &str) -> Result<CheckPage, Problem> {
    let unknown = || Problem::not_found(format!("There is no enabled check {id:?}. /api/v1/checks has those there are."));
    let found = api.board.checks().into_iter().find(|(entry, _)| entry.id.as_str() == id).ok_or_else(unknown)?;
    let meta = (api.meta)(found.0.id).ok_or_else(unknown)?;
    let references = meta.references.iter().map(|reference| ReferenceAnswer { title: reference.title, url: reference.url });
    Ok(CheckPage {
        why: meta.en.why,
        fails_when: meta.en.fails_when,
        fix_console: meta.en.fix_console,
        fix_cli: meta.fix_cli,
        references: references.collect(),
        check: found.into(),
    })
}
