//! `/api/v1/status`.

use axum::{Json, extract::State};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Api, Reading,
    answer::{CountsAnswer, Problem},
    ask::{Ask, Nothing},
};

/// What the daemon says of itself.
#[derive(Clone, Debug)]
pub struct About {
    /// The program's version.
    pub version: &'static str,
    /// When the process began.
    pub started_at: Timestamp,
    /// When the organization was last listed and the listing believed.
    pub listed_at: Option<Timestamp>,
    /// How the configuration was last read.
    pub reload: Reload,
    /// Accounts that are due and wait for a worker.
    pub pending: u64,
    /// Accounts that could not be asked anything the last time.
    pub circuits_open: u64,
    /// By how much the most overdue account is late, in seconds.
    pub lag_seconds: f64,
}

/// How the configuration was last read.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Reload {
    /// Whether it had no mistakes.
    pub successful: bool,
    /// When a configuration was last taken.
    #[schema(value_type = String, format = DateTime)]
    pub succeeded_at: Timestamp,
}

/// How the daemon is doing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatusAnswer {
    version: &'static str,
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    ready: bool,
    /// What is waited for until it is ready.
    waiting_for: Vec<String>,
    organization: OrganizationAnswer,
    coverage: CoverageAnswer,
    /// All targets by what stands for them.
    verdicts: CountsAnswer,
    metrics: MetricsAnswer,
    schedule: ScheduleAnswer,
    store: StoreAnswer,
    config: Reload,
}

/// The organization, as it counts now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrganizationAnswer {
    id: Option<String>,
    management_account_id: Option<String>,
    /// How many accounts are swept.
    accounts: usize,
    /// When it was last listed and the listing believed; absent if not since the process began.
    #[schema(value_type = Option<String>, format = DateTime)]
    listed_at: Option<Timestamp>,
}

/// How much of what is expected could be decided.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CoverageAnswer {
    decided: u64,
    expected: u64,
    /// The share, from 0 to 1; absent where nothing is expected.
    ratio: Option<f64>,
}

/// How finely the metrics are cut.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MetricsAnswer {
    /// `region`, `account` or `organization`.
    detail: &'static str,
    /// How many posture series there are.
    series: u64,
}

/// How sweeping goes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScheduleAnswer {
    /// Accounts that are due and wait for a worker.
    pending: u64,
    /// Accounts that could not be asked anything the last time.
    circuits_open: u64,
    /// By how much the most overdue account is late.
    lag_seconds: f64,
}

/// How the database is doing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StoreAnswer {
    /// `ok`, or what is wrong.
    condition: &'static str,
    /// The same for people; empty where nothing is wrong.
    detail: String,
    /// Accounts whose newest state is not written down.
    accounts_behind: usize,
    /// Writes that failed since the start.
    errors: u64,
}

/// How the daemon is doing.
#[utoipa::path(get, path = "/api/v1/status", responses((status = 200, body = StatusAnswer)))]
pub(crate) async fn status(State(reading): State<Reading>, Ask(Nothing {}): Ask<Nothing>) -> Result<Json<StatusAnswer>, Problem> {
    reading.read(now).await.map(Json)
}

fn now(api: &Api) -> StatusAnswer {
    let about = (api.about)();
    let waiting_for = api.readiness.awaited();
    let organization = api.board.organization();
    let coverage = api.board.coverage();
    let store = api.store.health();
    let counts = api.board.counts().into_iter().fold(orgsweep_posture::Counts::default(), |sum, (_, counts)| sum.plus(counts));
    StatusAnswer {
        version: about.version,
        started_at: about.started_at,
        ready: waiting_for.is_empty(),
        waiting_for,
        organization: OrganizationAnswer {
            id: organization.id,
            management_account_id: organization.management_account_id.map(|id| id.to_string()),
            accounts: organization.accounts.len(),
            listed_at: about.listed_at,
        },
        coverage: CoverageAnswer { decided: coverage.decided, expected: coverage.expected, ratio: coverage.ratio() },
        verdicts: counts.into(),
        metrics: MetricsAnswer { detail: api.board.level().as_str(), series: api.board.series() },
        schedule: ScheduleAnswer { pending: about.pending, circuits_open: about.circuits_open, lag_seconds: about.lag_seconds },
        store: StoreAnswer {
            condition: store.condition.as_str(),
            detail: store.detail,
            accounts_behind: store.behind,
            errors: store.errors,
        },
        config: about.reload,
    }
}
