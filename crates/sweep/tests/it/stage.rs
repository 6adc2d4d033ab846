//! A simulated organization and a sweeper that works on it.

use std::{sync::Arc, time::Duration};

use orgsweep_aws::{Aws, Gate, Hub, HubSettings, Limits, ManagementAccount, Meter, SessionSettings};
use orgsweep_checks::{CHECKS, Context, Facts, RegisteredCheck, Rule, find};
use orgsweep_model::{
    Account, Cadence, CheckId, CheckMeta, FactKind, Organization, Place, Region, Unseen, Verdict, fact::ec2::EbsEncryption,
};
use orgsweep_sim::{Options, Simulation};
use orgsweep_sweep::{Program, ProgramCheck, Selection, SweepMetrics, Sweeper, SweeperSettings};
use prometheus::Registry;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

const ORGANIZATION: &str = r#"
organization: {id: o-exampleorgid, management_account_id: "111111111111"}
regions: [us-east-1, eu-west-1]
default_posture: pass
accounts:
  - {id: "111111111111", name: management}
  - {id: "222222222222", name: shop, posture: {"ebs-default-encryption@eu-west-1": disabled}}
  - {id: "333333333333", name: gone, state: SUSPENDED}
  - {id: "444444444444", name: new, role: missing}
"#;

/// A check of the tests' own, which fails inside in one region.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Panicky {}

impl Rule for Panicky {
    const META: CheckMeta = {
        let CheckMeta { severity, en, ja, fix_cli, references, mappings, .. } = *CHECKS[0].meta;
        CheckMeta {
            id: CheckId("panicky"),
            severity,
            scope: orgsweep_model::Scope::Region,
            cadence: Cadence::Frequent,
            facts: &[FactKind::EbsEncryption],
            en,
            ja,
            fix_cli,
            references,
            mappings,
            ..CheckMeta::USUAL
        }
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        facts.get::<EbsEncryption>()?;
        let Context { place, .. } = facts.context;
        assert_ne!(place.as_str(), "eu-west-1", "this check fails inside");
        Ok(Verdict::pass("fine"))
    }
}

#[derive(Debug)]
struct All;

impl Selection for All {
    fn account(&self, _: &Account) -> bool {
        true
    }

    fn region(&self, _: &Region) -> bool {
        true
    }

    fn by_tags(&self) -> bool {
        false
    }

    fn by_units(&self) -> bool {
        false
    }
}

pub struct Stage {
    pub sweeper: Arc<Sweeper>,
    pub program: Arc<Program>,
    pub metrics: Arc<SweepMetrics>,
    pub registry: Registry,
    pub organization: Organization,
    _simulation: JoinSet<std::io::Result<()>>,
}

pub fn named(id: &str) -> ProgramCheck {
    program_check(find(id).unwrap())
}

pub fn program_check(check: &'static RegisteredCheck) -> ProgramCheck {
    ProgramCheck { check: check.configure(None).unwrap(), cadence: check.meta.cadence }
}

pub fn place(name: &str) -> Place {
    if name == "global" { Place::Global } else { Place::Region(name.parse().unwrap()) }
}

pub async fn stage(checks: Vec<ProgramCheck>, latency: Duration, sweep_timeout: Duration) -> Stage {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let simulation = Arc::new(Simulation::from_yaml(ORGANIZATION).unwrap());
    let mut serving = JoinSet::new();
    serving.spawn(orgsweep_sim::serve(simulation, listener, Options { latency }, CancellationToken::new()));
    let program = Arc::new(Program::new(checks));
    let settings = HubSettings {
        aws: Aws::Simulation(url),
        home_region: "us-east-1".parse().unwrap(),
        organization_role_arn: None,
        static_accounts: Vec::new(),
        tags: false,
        units: false,
        sessions: SessionSettings {
            role_name: "OrgsweepAudit".into(),
            external_id: None,
            session_name: "orgsweep".into(),
            duration: Duration::from_hours(1),
            restrict: true,
            management_account: ManagementAccount::Role,
        },
        facts: program.facts(),
    };
    let registry = Registry::new();
    let meter = Arc::new(Meter::new(&registry).unwrap());
    let metrics = Arc::new(SweepMetrics::new(&registry).unwrap());
    let limits = Limits { in_flight: 64, per_account_rps: [("default".to_owned(), 1000.0)].into(), shared_rps: [].into() };
    let gate = Arc::new(Gate::new(limits));
    let hub = Arc::new(Hub::new(settings, gate, meter).await.unwrap());
    let settings = SweeperSettings { workers: 8, sweep_timeout, organization_facts_valid: Duration::from_hours(1) };
    let sweeper = Arc::new(Sweeper::new(Arc::clone(&hub), Arc::clone(&program), Arc::new(All), settings, Arc::clone(&metrics)));
    let organization = hub.list_organization().await.unwrap();
    Stage { sweeper, program, metrics, registry, organization, _simulation: serving }
}

impl Stage {
    pub fn account(&self, id: &str) -> &Account {
        self.organization.accounts.iter().find(|account| account.id.to_string() == id).unwrap()
    }

    /// The value of a counter with this label value; `""` for one without labels.
    pub fn counted(&self, family: &str, label: &str) -> f64 {
        let families = self.registry.gather();
        let family = families.iter().find(|found| found.name() == family).unwrap();
        let metric =
            family.get_metric().iter().find(|metric| label.is_empty() || metric.get_label().iter().any(|pair| pair.value() == label));
        metric.map_or(0.0, |metric| metric.get_counter().get_value())
    }
}
