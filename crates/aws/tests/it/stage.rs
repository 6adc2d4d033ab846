//! A simulated organization and a hub that works on it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use orgsweep_aws::{Aws, Gate, Hub, HubSettings, Limits, ManagementAccount, Meter, SessionSettings};
use orgsweep_model::{Account, AccountId, AccountState, FactKind, OuPath};
use orgsweep_sim::{Options, Simulation};
use prometheus::Registry;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// The organization of these tests: everything passes but where an account says otherwise.
pub const ORGANIZATION: &str = r#"
organization: {id: o-exampleorgid, management_account_id: "111111111111", role_name: OrgsweepAudit, external_id: secret}
regions: [us-east-1, eu-west-1]
default_posture: pass
organizational_units: [{name: Workloads, children: [{name: Production}]}]
accounts:
  - {id: "111111111111", name: management, ou: /}
  - {id: "222222222222", name: shop, ou: /Workloads/Production, tags: {Environment: production}, opt_in_regions: [eu-south-1]}
  - {id: "333333333333", name: gone, ou: /Workloads, state: SUSPENDED}
  - {id: "444444444444", name: new, ou: /Workloads, role: missing}
  - {id: "555555555555", name: strict, ou: /Workloads, deny: [{action: "iam:GetAccountSummary", scp: false}, {action: "guardduty:ListDetectors", scp: true}]}
"#;

/// Far more than any answer here takes.
pub const PATIENCE: Duration = Duration::from_mins(1);

pub struct Stage {
    pub hub: Arc<Hub>,
    pub meter: Arc<Meter>,
    _simulation: JoinSet<std::io::Result<()>>,
}

pub fn account(id: &str) -> AccountId {
    id.parse().unwrap()
}

/// The account as a listing would show it.
pub fn listed(id: AccountId) -> Account {
    Account { id, name: String::new(), ou_path: OuPath::default(), state: AccountState::Active, tags: BTreeMap::new() }
}

pub async fn stage(change: impl FnOnce(&mut HubSettings)) -> Stage {
    stage_of(ORGANIZATION, change).await
}

/// The same on another organization.
pub async fn stage_of(organization: &str, change: impl FnOnce(&mut HubSettings)) -> Stage {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let simulation = Arc::new(Simulation::from_yaml(organization).unwrap());
    let mut serving = JoinSet::new();
    serving.spawn(orgsweep_sim::serve(simulation, listener, Options::default(), CancellationToken::new()));
    let mut settings = HubSettings {
        aws: Aws::Simulation(url),
        home_region: "us-east-1".parse().unwrap(),
        organization_role_arn: None,
        static_accounts: Vec::new(),
        tags: false,
        units: false,
        sessions: SessionSettings {
            role_name: "OrgsweepAudit".into(),
            external_id: Some("secret".into()),
            session_name: "orgsweep".into(),
            duration: Duration::from_hours(1),
            restrict: true,
            management_account: ManagementAccount::Role,
        },
        facts: FactKind::ALL.to_vec(),
    };
    change(&mut settings);
    let limits = Limits { in_flight: 64, per_account_rps: BTreeMap::from([("default".into(), 1000.0)]), shared_rps: BTreeMap::new() };
    let meter = Arc::new(Meter::new(&Registry::new()).unwrap());
    let hub = Hub::new(settings, Arc::new(Gate::new(limits)), Arc::clone(&meter)).await.unwrap();
    Stage { hub: Arc::new(hub), meter, _simulation: serving }
}
