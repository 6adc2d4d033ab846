//! `/api/v1/waivers`.

use axum::{Json, extract::State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Api, Reading,
    answer::Problem,
    ask::{Ask, Limit},
};

/// Which waivers are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WaiversAsked {
    /// Only those of this owner.
    owner: Option<String>,
    /// Only those that hold, or do not any more.
    holds: Option<bool>,
    /// Only those that cover, or do not cover, a failing resource now.
    used: Option<bool>,
    /// Where the page begins: `next` of the page before.
    #[param(value_type = Option<i64>, minimum = 0, maximum = 4_294_967_295_u32)]
    after: Option<u32>,
    /// How many waivers the page has at the most.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 1000, default = 100)]
    limit: Limit,
}

/// A page of waivers, in the order in which they are written.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WaiversPage {
    items: Vec<WaiverAnswer>,
    /// `after` of the next page; absent on the last.
    next: Option<u32>,
}

/// A failure that somebody accepts for a time.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WaiverAnswer {
    /// The checks it is about.
    checks: Vec<&'static str>,
    /// Why it is accepted.
    reason: String,
    /// Who answers for it.
    owner: Option<String>,
    /// Where it was decided.
    ticket: Option<String>,
    /// From when on it does not hold any more; absent for one that never ends.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires: Option<Timestamp>,
    /// Whether it holds now.
    holds: bool,
    /// How many targets have a failing resource that it covers now.
    targets: u64,
    /// When a waiver with this reason last covered something; absent if it never did, or that is not known.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used: Option<Timestamp>,
    /// Where it is written, as `file:line`.
    written: String,
}

/// The waivers, and what they cover.
#[utoipa::path(get, path = "/api/v1/waivers", params(WaiversAsked), responses(
    (status = 200, body = WaiversPage)
))]
pub(crate) async fn waivers(State(reading): State<Reading>, Ask(asked): Ask<WaiversAsked>) -> Result<Json<WaiversPage>, Problem> {
    reading.read(move |api| page(api, &asked, Timestamp::now())).await.map(Json)
}

fn page(api: &Api, asked: &WaiversAsked, now: Timestamp) -> WaiversPage {
    // A database that cannot be read does not keep anybody from seeing what is waived now.
    let last_used = api.reader.waiver_uses().unwrap_or_default();
    let exceptions = api.board.exceptions();
    let uses = api.board.waiver_uses();
    let all = exceptions.waivers.iter().zip(uses.into_iter().chain(std::iter::repeat(0))).zip(0_u32..);
    let wanted = all.filter(|((waiver, uses), position)| {
        asked.after.is_none_or(|after| *position > after)
            && asked.owner.as_ref().is_none_or(|owner| waiver.owner.as_ref() == Some(owner))
            && asked.holds.is_none_or(|holds| waiver.holds(now) == holds)
            && asked.used.is_none_or(|used| (*uses > 0) == used)
    });
    let mut items = Vec::new();
    let mut next = None;
    for ((waiver, targets), position) in wanted {
        if items.len() == usize::from(asked.limit.0) {
            return WaiversPage { items, next };
        }
        next = Some(position);
        items.push(WaiverAnswer {
            checks: waiver.checks.iter().map(|check| check.as_str()).collect(),
            reason: waiver.reason.clone(),
            owner: waiver.owner.clone(),
            ticket: waiver.ticket.clone(),
            expires: waiver.expires,
            holds: waiver.holds(now),
            targets,
            last_used: last_used.get(&waiver.reason).and_then(|(at, _)| Timestamp::from_second(*at).ok()),
            written: waiver.written.clone(),
        });
    }
    WaiversPage { items, next: None }
}
