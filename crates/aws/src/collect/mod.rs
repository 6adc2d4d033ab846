//! Collectors: one per fact. Each asks its question, reads every page, and answers with the fact or with the reason why it is blind.

mod access_analyzer;
mod account;
mod administrator;
mod alarms;
mod answers;
mod authorization_details;
mod budgets;
mod cloudtrail;
mod compute_optimizer;
mod config;
mod cost_explorer;
mod credential_report;
mod detective;
mod ec2;
mod ec2_network;
mod ec2_settings;
mod events;
mod findings;
mod guardduty;
mod iam;
mod identity_center;
mod instances;
mod lambda;
mod logs;
mod organizations;
mod policy_document;
mod regions;
mod s3control;
mod securityhub;
mod support;
mod trail_alarms;
mod trail_storage;

use std::{borrow::Cow, sync::Arc, time::Duration};

use aws_smithy_async::future::pagination_stream::PaginationStream;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use futures::{
    FutureExt,
    stream::{FuturesUnordered, StreamExt},
};
use orgsweep_model::{Account, Blind, BlindReason, FactKind, FactSet, Observed, Operation, Region, Unseen};
use tokio::time::Instant;

use answers::Answers;

use crate::{
    blind::{self, Place},
    caller::Caller,
    hub::Hub,
    interceptor::DECLARED,
    pages,
};

/// How long a fact of the organization may take. The payer may have a budget for every member, and each takes half a dozen requests at
/// ten a second: time for some two hundred, or for the retries of a bad hour. No longer, because accounts' sweeps wait for it; budgets
/// whose turn has not come are blind by themselves.
const ORGANIZATION_PATIENCE: Duration = Duration::from_mins(2);

/// Facts of one target that are asked for at once.
const AT_ONCE: usize = 12;

/// What one collector works with.
#[derive(Clone, Copy, Debug)]
pub struct Probe<'a> {
    kind: FactKind,
    hub: &'a Hub,
    /// The account's session in the target's region; the home region for global targets.
    caller: &'a Caller,
    /// The account as the listing shows it; absent for facts of the organization.
    account: Option<&'a Account>,
    answers: &'a Answers,
}

/// Collects these facts of one target of an account, all at once: their services have quotas of their own. One that takes longer than
/// `patience` is blind, and the others are not. Facts of the organization are left out; see [`collect_organization`].
pub async fn collect(kinds: &[FactKind], hub: &Hub, account: &Account, caller: &Caller, patience: Duration) -> FactSet {
    let (mut set, answers) = (FactSet::default(), Answers::default());
    let probe = |kind| Probe { kind, hub, caller, account: Some(account), answers: &answers };
    let deadline = Instant::now() + patience;
    // Not all at once: a question that is being asked takes tens of kilobytes, and a target has dozens.
    let mut waiting = kinds.iter().map(|kind| Box::pin(one(probe(*kind), deadline)));
    let mut asked: FuturesUnordered<_> = waiting.by_ref().take(AT_ONCE).collect();
    while let Some(fill) = asked.next().await {
        fill(&mut set);
        asked.extend(waiting.next());
    }
    drop(asked);
    set
}

/// Asks a fact of the organization in the management account's session, in the home region. `None` where there is no organization.
async fn in_management_account<T>(
    kind: FactKind,
    hub: &Hub,
    ask: impl AsyncFnOnce(Probe<'_>) -> Result<T, Unseen>,
) -> Result<Option<T>, Unseen> {
    let Some(owner) = DECLARED.scope(kind.spec().hub_operations, hub.find_management_account()).await? else { return Ok(None) };
    let session = hub.session(owner).await?;
    let caller = hub.caller(&session, hub.home_region().clone());
    let probe = Probe { kind, hub, caller: &caller, account: None, answers: &Answers::default() };
    DECLARED.scope(kind.spec().operations, ask(probe)).await.map(Some)
}

/// Waits for an answer, but not for ever.
async fn in_time<T>(answer: impl Future<Output = Result<T, Unseen>>, kind: FactKind, patience: Duration) -> Result<T, Unseen> {
    tokio::time::timeout(patience, answer).await.unwrap_or_else(|_| {
        let detail = format!("{}: no answer within {} s", kind.name(), patience.as_secs_f64());
        Err(Unseen::Blind(Blind::new(BlindReason::Timeout, detail)))
    })
}

type Fill = Box<dyn FnOnce(&mut FactSet) + Send>;

/// Makes a future where it stays. Made by the caller, the futures of all collectors would share its stack frame, which they overflow in a
/// build without optimization.
#[inline(never)]
fn boxed<F: Future>(make: impl FnOnce() -> F) -> std::pin::Pin<Box<F>> {
    Box::pin(make())
}

async fn one(probe: Probe<'_>, deadline: Instant) -> Fill {
    /// Runs a collector confined to the operations of its fact and puts the answer into the fact's slot.
    macro_rules! fill {
        ($slot:ident, $collector:path) => {{
            let confined = boxed(|| DECLARED.scope(probe.kind.spec().operations, $collector(&probe)));
            let answer = in_time(confined, probe.kind, deadline.saturating_duration_since(Instant::now())).await;
            Box::new(move |set: &mut FactSet| set.$slot = Some(Arc::new(answer.into())))
        }};
    }
    match probe.kind {
        FactKind::AccountSummary => fill!(account_summary, iam::account_summary),
        FactKind::CredentialReport => fill!(credential_report, credential_report::credential_report),
        FactKind::PasswordPolicy => fill!(password_policy, iam::password_policy),
        FactKind::VirtualMfaDevices => fill!(virtual_mfa_devices, iam::virtual_mfa_devices),
        FactKind::SamlProviders => fill!(saml_providers, iam::saml_providers),
        FactKind::AccountAliases => fill!(account_aliases, iam::account_aliases),
        FactKind::AuthorizationDetails => fill!(authorization_details, authorization_details::authorization_details),
        FactKind::Trails => fill!(trails, cloudtrail::trails),
        FactKind::TrailInsights => fill!(trail_insights, cloudtrail::trail_insights),
        FactKind::TrailStorage => fill!(trail_storage, trail_storage::trail_storage),
        FactKind::TrailAlarms => fill!(trail_alarms, trail_alarms::trail_alarms),
        FactKind::BillingAlarms => fill!(billing_alarms, alarms::billing_alarms),
        FactKind::Budgets => fill!(budgets, budgets::budgets),
        FactKind::BudgetNotifications => fill!(budget_notifications, budgets::budget_notifications),
        FactKind::AnomalyDetection => fill!(anomaly_detection, cost_explorer::anomaly_detection),
        FactKind::CostExplorer => fill!(cost_explorer, cost_explorer::cost_explorer),
        FactKind::ComputeOptimizer => fill!(compute_optimizer, compute_optimizer::compute_optimizer),
        FactKind::SupportLevels => fill!(support_levels, support::support_levels),
        FactKind::AlternateContacts => fill!(alternate_contacts, account::alternate_contacts),
        FactKind::ContactInformation => fill!(contact_information, account::contact_information),
        FactKind::AccountListing => fill!(account_listing, organizations::account_listing),
        FactKind::OrganizationAccounts => fill!(organization_accounts, organizations::organization_accounts),
        FactKind::OrganizationFeatures => fill!(organization_features, organizations::features),
        FactKind::ServiceControlPolicies => fill!(service_control_policies, organizations::service_control_policies),
        FactKind::RootAccessManagement => fill!(root_access_management, organizations::root_access_management),
        FactKind::LandingZones => fill!(landing_zones, organizations::landing_zones),
        FactKind::IdentityCenter => fill!(identity_center, identity_center::identity_center),
        FactKind::PermissionSets => fill!(permission_sets, identity_center::permission_sets),
        FactKind::PublicAccessBlock => fill!(public_access_block, s3control::public_access_block),
        FactKind::ConfigRecorders => fill!(config_recorders, config::recorders),
        FactKind::ConfigDelivery => fill!(config_delivery, config::delivery),
        FactKind::ConfigRules => fill!(config_rules, config::rules),
        FactKind::ConfigRemediations => fill!(config_remediations, config::remediations),
        FactKind::SecurityHub => fill!(security_hub, securityhub::hub),
        FactKind::SecurityHubStandards => fill!(security_hub_standards, securityhub::standards),
        FactKind::SecurityHubScore => fill!(security_hub_score, securityhub::score),
        FactKind::BehaviorGraphs => fill!(behavior_graphs, detective::behavior_graphs),
        FactKind::LogGroups => fill!(log_groups, logs::log_groups),
        FactKind::LambdaFunctions => fill!(lambda_functions, lambda::functions),
        FactKind::Instances => fill!(instances, instances::instances),
        FactKind::UserData => fill!(user_data, instances::user_data),
        FactKind::ManagedInstances => fill!(managed_instances, instances::managed_instances),
        FactKind::SecurityHubAdministrator => fill!(security_hub_administrator, administrator::security_hub),
        FactKind::Detectors => fill!(detectors, guardduty::detectors),
        FactKind::GuardDutyAdministrator => fill!(guardduty_administrator, administrator::guardduty),
        FactKind::EventRules => fill!(event_rules, events::event_rules),
        FactKind::HomeEventRules => fill!(home_event_rules, events::home_event_rules),
        FactKind::Analyzers => fill!(analyzers, access_analyzer::analyzers),
        FactKind::EbsEncryption => fill!(ebs_encryption, ec2::ebs_encryption),
        FactKind::DefaultVpcs => fill!(default_vpcs, ec2::default_vpcs),
        FactKind::NetworkInterfaces => fill!(network_interfaces, ec2::network_interfaces),
        FactKind::SecurityGroups => fill!(security_groups, ec2::security_groups),
        FactKind::DefaultSecurityGroups => fill!(default_security_groups, ec2::default_security_groups),
        FactKind::Subnets => fill!(subnets, ec2_network::subnets),
        FactKind::RouteTables => fill!(route_tables, ec2_network::route_tables),
        FactKind::NatGateways => fill!(nat_gateways, ec2_network::nat_gateways),
        FactKind::VpcEndpoints => fill!(vpc_endpoints, ec2_network::vpc_endpoints),
        FactKind::SnapshotSharing => fill!(snapshot_sharing, ec2_settings::snapshot_sharing),
        FactKind::ImageSharing => fill!(image_sharing, ec2_settings::image_sharing),
        FactKind::MetadataDefaults => fill!(metadata_defaults, ec2_settings::metadata_defaults),
        FactKind::SerialConsole => fill!(serial_console, ec2_settings::serial_console),
        // Those are asked for in other sessions than the account's own.
        FactKind::OrganizationAnalyzers
        | FactKind::OrganizationTrails
        | FactKind::OrganizationTrailInsights
        | FactKind::PayerBillingAlarms
        | FactKind::PayerBudgets
        | FactKind::PayerBudgetNotifications
        | FactKind::PayerAnomalyDetection => Box::new(|_: &mut FactSet| {}),
    }
}

/// Collects one fact of the organization, for a region where it has one, in the sessions of the accounts that own it. `None` for facts of
/// other scopes.
pub async fn collect_organization(kind: FactKind, hub: &Hub, region: &Region) -> Option<FactSet> {
    let mut set = FactSet::default();
    /// Waits for the answer, whose future is put away first: all together would be a large one.
    macro_rules! fill {
        ($slot:ident, $answer:expr) => {{
            let answer = in_time($answer.boxed(), kind, ORGANIZATION_PATIENCE).await;
            set.$slot = Some(Arc::new(answer.into()));
        }};
    }
    match kind {
        FactKind::OrganizationAnalyzers => fill!(organization_analyzers, access_analyzer::organization_analyzers(hub, region)),
        FactKind::OrganizationTrails => fill!(organization_trails, cloudtrail::organization_trails(hub)),
        FactKind::OrganizationTrailInsights => {
            fill!(organization_trail_insights, cloudtrail::organization_trail_insights(hub));
        }
        FactKind::PayerBillingAlarms => fill!(payer_billing_alarms, alarms::payer_billing_alarms(hub)),
        FactKind::PayerBudgets => fill!(payer_budgets, budgets::payer_budgets(hub)),
        FactKind::PayerBudgetNotifications => fill!(payer_budget_notifications, budgets::payer_budget_notifications(hub)),
        FactKind::PayerAnomalyDetection => fill!(payer_anomaly_detection, cost_explorer::payer_anomaly_detection(hub)),
        _ => return None,
    }
    Some(set)
}

impl<'a> Probe<'a> {
    /// For `map_err`: what the error of this operation of the fact means.
    fn failed<E>(&self, operation: &'static str) -> impl FnOnce(SdkError<E, HttpResponse>) -> Unseen + use<'a, E>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let operation = operation_of(self.kind, operation);
        let place = self.place();
        move |error| blind::unseen(&error, operation, place)
    }

    fn place(&self) -> Place<'a> {
        Place { account: self.caller.account(), region: self.caller.region(), home_region: self.hub.home_region() }
    }

    /// The same question with another caller: in another region, mostly.
    const fn with<'b>(&self, caller: &'b Caller) -> Probe<'b>
    where
        'a: 'b,
    {
        Probe { caller, ..*self }
    }

    /// An answer that several facts build on, asked for by the first of them. `question` names it within a region.
    fn once<T: Send + Sync + 'static>(
        &self,
        question: impl Into<Cow<'static, str>>,
        ask: impl Future<Output = Result<T, Unseen>>,
    ) -> impl Future<Output = Result<Arc<T>, Unseen>> {
        // Put away before there is a future that would hold it twice.
        self.answers.once(question.into(), self.caller.region(), Box::pin(ask))
    }

    /// What an answer must have. Left out, it is no "no", no "none" and no zero: the fact is blind.
    fn needed<T>(&self, part: Option<T>, name: &str) -> Result<T, Unseen> {
        part.ok_or_else(|| self.malformed(&format!("an answer has no {name}")))
    }

    /// An answer that cannot be understood.
    fn malformed(&self, what: &str) -> Unseen {
        Unseen::Blind(Blind::new(BlindReason::AwsError, format!("{} in {}: {what}", self.kind.name(), self.caller.region())))
    }
}

/// The declared operation of this name. One that is not declared is refused by the interceptor before it is sent, so it only gives words.
fn operation_of(kind: FactKind, name: &'static str) -> Operation {
    let spec = kind.spec();
    let declared = spec.operations.iter().chain(spec.hub_operations).find(|operation| operation.name == name);
    declared.copied().unwrap_or(Operation::new("undeclared", name, "undeclared"))
}

/// Reads every page, or none, and gives the items of all. AWS sends an empty list where there is nothing: a page without any list is no
/// answer, and must not look like one.
async fn every_page<O, E, T>(
    probe: &Probe<'_>,
    operation: &'static str,
    pages: PaginationStream<Result<O, SdkError<E, HttpResponse>>>,
    list: impl Fn(O) -> Option<Vec<T>>,
) -> Result<Vec<T>, Unseen>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let mut items = Some(Vec::new());
    pages::every_page(pages, operation_of(probe.kind, operation), probe.place(), pages::MOST, |page| {
        items = items.take().zip(list(page)).map(|(mut items, more)| {
            items.extend(more);
            items
        });
    })
    .await?;
    probe.needed(items, "list")
}

/// For a part of a fact whose blindness concerns that part alone.
fn observed<T>(answer: Result<T, Unseen>) -> Observed<T> {
    answer.into()
}
