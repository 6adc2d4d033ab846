//! `/api/v1/transitions`.

use std::str::FromStr;

use axum::{Json, extract::State};
use jiff::Timestamp;
use orgsweep_model::AccountId;
use orgsweep_posture::{HistoryFilter, PastTransition};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Reading,
    answer::Problem,
    ask::{self, Ask, CheckName, Limit},
    verdicts::PlaceName,
};

/// Which transitions are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TransitionsAsked {
    /// Only of this account, whether or not it is still swept.
    #[serde(default, deserialize_with = "ask::text")]
    #[param(value_type = Option<String>, pattern = "^[0-9]{12}$")]
    account: Option<AccountId>,
    /// Only of this region, or `global`.
    #[serde(default, deserialize_with = "ask::text")]
    #[param(value_type = Option<String>, pattern = "^(global|[a-z]+(-[a-z]+)+-[0-9]+)$")]
    region: Option<PlaceName>,
    /// Only of this check, whether or not it is still enabled.
    #[serde(default, deserialize_with = "ask::text")]
    #[param(value_type = Option<String>, pattern = "^[a-z0-9-]+$")]
    check: Option<CheckName>,
    /// Only those before which this stood.
    from: Option<StandingName>,
    /// Only those after which this stands; `removed` for failures whose account, region or check is not looked at any more.
    to: Option<StandingName>,
    /// Only from this moment on.
    #[serde(default, deserialize_with = "ask::text")]
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// Only before this moment.
    #[serde(default, deserialize_with = "ask::text")]
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// Where the page begins: `next` of the page before.
    #[serde(default, deserialize_with = "ask::text")]
    #[param(value_type = Option<i64>, minimum = 1)]
    after: Option<Number>,
    /// How many transitions the page has at the most.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 1000, default = 100)]
    limit: Limit,
}

/// The number of a transition.
#[derive(Clone, Copy, Debug)]
struct Number(i64);

impl FromStr for Number {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.parse().ok().filter(|number| *number >= 1);
        number.map(Self).ok_or_else(|| format!("{text:?} is not the number of a transition"))
    }
}

/// What stands or stood.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StandingName {
    Pass,
    Fail,
    NotApplicable,
    Unknown,
    Removed,
}

impl StandingName {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NotApplicable => "not_applicable",
            Self::Unknown => "unknown",
            Self::Removed => "removed",
        }
    }
}

/// A page of history, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TransitionsPage {
    items: Vec<TransitionAnswer>,
    /// `after` of the next page; absent on the last.
    next: Option<i64>,
}

/// What stands for a target became something else.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TransitionAnswer {
    /// A later one has a higher number.
    id: i64,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    account_id: String,
    /// The region, or `global`.
    region: String,
    check: String,
    /// `pass`, `fail`, `not_applicable` or `unknown`.
    from: String,
    /// The same, or `removed`.
    to: String,
    /// Why, in one sentence.
    reason: String,
}

impl From<PastTransition> for TransitionAnswer {
    fn from(past: PastTransition) -> Self {
        let PastTransition { id, at, account, region, check, from, to, reason } = past;
        let at = Timestamp::from_second(at).unwrap_or_default();
        Self { id, at, account_id: account, region, check, from, to, reason }
    }
}

/// What became of what stood.
#[utoipa::path(get, path = "/api/v1/transitions", params(TransitionsAsked), responses(
    (status = 200, body = TransitionsPage)
))]
pub(crate) async fn transitions(
    State(reading): State<Reading>,
    Ask(asked): Ask<TransitionsAsked>,
) -> Result<Json<TransitionsPage>, Problem> {
    let limit = usize::from(asked.limit.0);
    let filter = HistoryFilter {
        account: asked.account,
        region: asked.region.map(|PlaceName(place)| place.to_string()),
        checks: asked.check.map(|CheckName(check)| vec![check]),
        from: asked.from.map(|from| from.as_str().to_owned()),
        to: asked.to.map(|to| to.as_str().to_owned()),
        since: asked.since.map(Timestamp::as_second),
        until: asked.until.map(Timestamp::as_second),
        before: asked.after.map(|Number(after)| after),
    };
    let mut lines = reading.read(move |api| api.reader.history(&filter, limit + 1)).await?.map_err(|error| {
        Problem::unavailable(format!("The history cannot be read: {error}. /api/v1/status says how the database is doing."))
    })?;
    let more = lines.len() > limit;
    lines.truncate(limit);
    let next = lines.last().filter(|_| more).map(|last| last.id);
    Ok(Json(TransitionsPage { items: lines.into_iter().map(TransitionAnswer::from).collect(), next }))
}
