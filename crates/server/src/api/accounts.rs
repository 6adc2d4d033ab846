//! `/api/v1/accounts`.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use jiff::Timestamp;
use orgsweep_model::{AccountId, AccountState, Cadence};
use orgsweep_posture::AccountView;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Api, Reading,
    answer::{CountsAnswer, Problem},
    ask::{self, Ask, Limit, Named, Nothing},
};

/// Which accounts are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AccountsAsked {
    /// Only accounts in this state.
    #[param(value_type = Option<AccountStateName>)]
    state: Option<AccountState>,
    /// Only accounts whose last sweep could, or could not, assume its role.
    reachable: Option<bool>,
    /// Only accounts in this organizational unit or below it, by the names of its path, such as `/Workloads/Production`.
    ou: Option<String>,
    /// The account after which the page begins: `next` of the page before.
    #[serde(default, deserialize_with = "ask::text")]
    #[param(value_type = Option<String>, pattern = "^[0-9]{12}$")]
    after: Option<AccountId>,
    /// How many accounts the page has at the most.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 1000, default = 100)]
    limit: Limit,
}

/// The states of an account.
#[derive(ToSchema)]
#[schema(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(dead_code, reason = "names the values of orgsweep_model::AccountState for the description")]
pub(crate) enum AccountStateName {
    PendingActivation,
    Active,
    Suspended,
    PendingClosure,
    Closed,
    Other,
}

/// A page of accounts, in the order of their ids.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountsPage {
    items: Vec<AccountAnswer>,
    /// `after` of the next page; absent on the last.
    next: Option<String>,
}

/// An account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountAnswer {
    #[schema(pattern = "^[0-9]{12}$")]
    account_id: String,
    name: String,
    /// The organizational units it is in, from the root.
    ou_path: String,
    #[schema(value_type = AccountStateName)]
    state: AccountState,
    /// Tags, where the configuration needs them.
    tags: BTreeMap<String, String>,
    /// Whether it is the organization's management account.
    management: bool,
    /// Whether the last sweep could assume its role; absent before the first.
    reachable: Option<bool>,
    /// Why not.
    blind_reason: Option<&'static str>,
    /// Its regions, as far as they are enabled and selected.
    regions: Vec<String>,
    /// Its targets by what stands for them.
    verdicts: CountsAnswer,
    /// When its places were last evaluated at each cadence: the place for which that is longest ago.
    last_evaluated: LastEvaluated,
}

/// Times by cadence.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LastEvaluated {
    #[schema(value_type = Option<String>, format = DateTime)]
    frequent: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    standard: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    daily: Option<Timestamp>,
}

impl From<AccountView> for AccountAnswer {
    fn from(view: AccountView) -> Self {
        let evaluated = |cadence: Cadence| view.evaluated[cadence as usize];
        Self {
            account_id: view.account.id.to_string(),
            name: view.account.name,
            ou_path: view.account.ou_path.to_string(),
            state: view.account.state,
            tags: view.account.tags,
            management: view.management,
            reachable: view.reachable,
            blind_reason: view.blind.map(orgsweep_model::BlindReason::as_str),
            regions: view.regions.iter().map(ToString::to_string).collect(),
            verdicts: view.counts.into(),
            last_evaluated: LastEvaluated {
                frequent: evaluated(Cadence::Frequent),
                standard: evaluated(Cadence::Standard),
                daily: evaluated(Cadence::Daily),
            },
        }
    }
}

/// The accounts that are swept.
#[utoipa::path(get, path = "/api/v1/accounts", params(AccountsAsked), responses(
    (status = 200, body = AccountsPage)
))]
pub(crate) async fn accounts(State(reading): State<Reading>, Ask(asked): Ask<AccountsAsked>) -> Result<Json<AccountsPage>, Problem> {
    reading.read(move |api| page(api, &asked)).await.map(Json)
}

fn page(api: &Api, asked: &AccountsAsked) -> AccountsPage {
    let below = asked.ou.as_deref().map(|ou| ou.trim_end_matches('/').to_owned());
    let (views, more) = api.board.accounts(asked.after, asked.limit.0.into(), |account, reachable| {
        let path = account.ou_path.to_string();
        asked.state.is_none_or(|state| state == account.state)
            && asked.reachable.is_none_or(|wanted| reachable == Some(wanted))
            && below.as_deref().is_none_or(|below| path.strip_prefix(below).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    });
    let items: Vec<AccountAnswer> = views.into_iter().map(AccountAnswer::from).collect();
    let next = items.last().filter(|_| more).map(|last| last.account_id.clone());
    AccountsPage { items, next }
}

/// One account.
#[utoipa::path(get, path = "/api/v1/accounts/{id}", params(("id" = String, Path, description = "Its id", pattern = "^[0-9]{12}$")), responses(
    (status = 200, body = AccountAnswer), (status = 404, body = Problem, description = "It is not swept")
))]
pub(crate) async fn account(
    State(reading): State<Reading>,
    Named(id): Named,
    Ask(Nothing {}): Ask<Nothing>,
) -> Result<Json<AccountAnswer>, Problem> {
    let id: AccountId = id.parse().map_err(|error| Problem::bad_request(format!("{error}.")))?;
    reading.read(move |api| swept(api, id)).await?.map(|view| Json(view.into()))
}

/// An account that is swept. One that is not must not look like one without verdicts.
pub(crate) fn swept(api: &Api, id: AccountId) -> Result<AccountView, Problem> {
    api.board.account(id).ok_or_else(|| Problem::not_found(format!("Account {id} is not among the accounts that are swept.")))
}
