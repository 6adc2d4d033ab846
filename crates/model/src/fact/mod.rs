//! Facts: the typed answers to the questions put to AWS.
//!
//! A fact is plain data with a [`FactSpec`] beside it that says what asking costs and which permissions it needs. "Not set" is a value of
//! the fact, never an error. To add one: a type with its `Fact` implementation in a file here, a line in the list at the end of this
//! file, and a collector in the `aws` crate, which does not compile until it has one.

pub mod access_analyzer;
pub mod account;
pub mod administrator;
pub mod alarms;
pub mod billing;
pub mod budgets;
pub mod cloudtrail;
pub mod compute_optimizer;
pub mod config;
pub mod cost_explorer;
pub mod detective;
pub mod ec2;
pub mod ec2_network;
pub mod ec2_settings;
pub mod events;
pub mod expected;
pub mod guardduty;
pub mod iam;
pub mod identity_center;
pub mod instances;
pub mod lambda;
pub mod logs;
pub mod organizations;
pub mod s3control;
pub mod securityhub;
pub mod support;
pub mod trail_alarms;
pub mod trail_storage;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Observed;

/// One AWS API operation that a collector calls, and the IAM action that allows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Operation {
    /// The service as metrics, limits and reports name it, such as `ec2` or `s3control`.
    pub service: &'static str,
    /// The operation, such as `DescribeVpcs`.
    pub name: &'static str,
    /// The IAM action, such as `ec2:DescribeVpcs`; not always the operation's name.
    pub action: &'static str,
    /// What one request costs, in millionths of a US dollar. Nearly all are free.
    pub micro_usd: u32,
}

impl Operation {
    /// An operation with its action.
    pub const fn new(service: &'static str, name: &'static str, action: &'static str) -> Self {
        Self { service, name, action, micro_usd: 0 }
    }

    /// The same, with what AWS charges for each request.
    #[must_use]
    pub const fn billable(self, micro_usd: u32) -> Self {
        Self { micro_usd, ..self }
    }
}

/// Names the management account. Any account of an organization may ask.
const DESCRIBE_ORGANIZATION: Operation = Operation::new("organizations", "DescribeOrganization", "organizations:DescribeOrganization");

/// Where a question is asked, and so how often its answer can be shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FactScope {
    /// Once per account.
    Account,
    /// Once per account and region.
    Region,
    /// Once, in the management account's own place; the other accounts' checks never see it.
    Management,
    /// Once, in the accounts that own the organization's view; shared by all accounts.
    Organization,
    /// The same once per region.
    OrganizationRegion,
}

impl FactScope {
    /// Whether one answer serves all accounts.
    pub const fn is_shared(self) -> bool {
        matches!(self, Self::Organization | Self::OrganizationRegion)
    }
}

/// What asking a question needs.
#[derive(Clone, Copy, Debug)]
pub struct FactSpec {
    /// Where it is asked.
    pub scope: FactScope,
    /// Every operation its collector may call in an account's session.
    pub operations: &'static [Operation],
    /// Operations that are called with the organization's own credentials instead.
    pub hub_operations: &'static [Operation],
}

/// A type that answers one question.
pub trait Fact: Sized + Send + Sync + 'static {
    /// Which question.
    const KIND: FactKind;

    /// Its place in a set.
    fn slot(set: &FactSet) -> Option<&Observed<Self>>;
}

/// The list of facts gives the closed set of kinds and a typed slot for each.
macro_rules! facts {
    ($($(#[$doc:meta])* $slot:ident: $kind:ident = $type:ty, $spec:expr;)*) => {
        /// Every question orgsweep can ask.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum FactKind {
            $($(#[$doc])* $kind,)*
        }

        impl FactKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// The name in fixtures and documentation.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => stringify!($slot),)* }
            }

            /// What asking needs.
            pub const fn spec(self) -> &'static FactSpec {
                match self { $(Self::$kind => &$spec,)* }
            }
        }

        /// What was observed about one target. Facts are shared, so that one answer can serve many targets.
        #[derive(Clone, Debug, Default, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct FactSet {
            $($(#[$doc])* #[serde(skip_serializing_if = "Option::is_none")] pub $slot: Option<Arc<Observed<$type>>>,)*
        }

        impl FactSet {
            /// Whether no fact in it is blind as a whole.
            fn no_fact_blind(&self) -> bool {
                true $(&& !matches!(self.$slot.as_deref(), Some(Observed::Blind(_))))*
            }

            /// Takes over (shares) every fact that `other` has.
            pub fn absorb(&mut self, other: &Self) {
                $(if let Some(observed) = &other.$slot { self.$slot = Some(Arc::clone(observed)); })*
            }
        }

        $(impl Fact for $type {
            const KIND: FactKind = FactKind::$kind;

            fn slot(set: &FactSet) -> Option<&Observed<Self>> {
                set.$slot.as_deref()
            }
        })*
    };
}

facts! {
    /// IAM's account summary.
    account_summary: AccountSummary = iam::AccountSummary, iam::ACCOUNT_SUMMARY;
    /// IAM's credential report.
    credential_report: CredentialReport = iam::CredentialReport, iam::CREDENTIAL_REPORT;
    /// The account's password policy.
    password_policy: PasswordPolicy = iam::PasswordPolicy, iam::PASSWORD_POLICY;
    /// The virtual MFA devices in use.
    virtual_mfa_devices: VirtualMfaDevices = iam::VirtualMfaDevices, iam::VIRTUAL_MFA_DEVICES;
    /// The SAML identity providers.
    saml_providers: SamlProviders = iam::SamlProviders, iam::SAML_PROVIDERS;
    /// The account's aliases.
    account_aliases: AccountAliases = iam::AccountAliases, iam::ACCOUNT_ALIASES;
    /// IAM's users and roles with their policies.
    authorization_details: AuthorizationDetails = iam::AuthorizationDetails, iam::AUTHORIZATION_DETAILS;
    /// The trails an account can see.
    trails: Trails = cloudtrail::Trails, cloudtrail::TRAILS;
    /// The organization's trails, as their owner sees them.
    organization_trails: OrganizationTrails = cloudtrail::OrganizationTrails, cloudtrail::ORGANIZATION_TRAILS;
    /// What Insights looks for in the account's own trails.
    trail_insights: TrailInsights = cloudtrail::TrailInsights, cloudtrail::TRAIL_INSIGHTS;
    /// What Insights looks for in the organization's trails.
    organization_trail_insights: OrganizationTrailInsights = cloudtrail::OrganizationTrailInsights, cloudtrail::ORGANIZATION_TRAIL_INSIGHTS;
    /// Where the trails' records are kept, and for how long.
    trail_storage: TrailStorage = trail_storage::TrailStorage, trail_storage::TRAIL_STORAGE;
    /// What is made of the trails' records in their log groups: metrics, alarms, and whom they reach.
    trail_alarms: TrailAlarms = trail_alarms::TrailAlarms, trail_alarms::TRAIL_ALARMS;
    /// The account's own billing alarms.
    billing_alarms: BillingAlarms = alarms::BillingAlarms, alarms::BILLING_ALARMS;
    /// The management account's billing alarms.
    payer_billing_alarms: PayerBillingAlarms = alarms::PayerBillingAlarms, alarms::PAYER_BILLING_ALARMS;
    /// The account's own cost budgets.
    budgets: Budgets = budgets::Budgets, budgets::BUDGETS;
    /// The management account's cost budgets.
    payer_budgets: PayerBudgets = budgets::PayerBudgets, budgets::PAYER_BUDGETS;
    /// The notifications of the account's own cost budgets.
    budget_notifications: BudgetNotifications = budgets::BudgetNotifications, budgets::BUDGET_NOTIFICATIONS;
    /// The notifications of the management account's cost budgets about particular accounts.
    payer_budget_notifications: PayerBudgetNotifications = budgets::PayerBudgetNotifications, budgets::PAYER_BUDGET_NOTIFICATIONS;
    /// The account's own cost anomaly detection.
    anomaly_detection: AnomalyDetection = cost_explorer::AnomalyDetection, cost_explorer::ANOMALY_DETECTION;
    /// The management account's cost anomaly detection.
    payer_anomaly_detection: PayerAnomalyDetection = cost_explorer::PayerAnomalyDetection, cost_explorer::PAYER_ANOMALY_DETECTION;
    /// Whether Cost Explorer answers the management account.
    cost_explorer: CostExplorer = cost_explorer::CostExplorer, cost_explorer::COST_EXPLORER;
    /// Whether the account is enrolled in Compute Optimizer.
    compute_optimizer: ComputeOptimizer = compute_optimizer::ComputeOptimizer, compute_optimizer::COMPUTE_OPTIMIZER;
    /// How severe a support case may be.
    support_levels: SupportLevels = support::SupportLevels, support::SUPPORT_LEVELS;
    /// The account's alternate contacts.
    alternate_contacts: AlternateContacts = account::AlternateContacts, account::ALTERNATE_CONTACTS;
    /// The account's primary contact.
    contact_information: ContactInformation = account::ContactInformation, account::CONTACT_INFORMATION;
    /// The account's units and tags.
    account_listing: AccountListing = organizations::AccountListing, organizations::ACCOUNT_LISTING;
    /// The organization's accounts with their units and tags.
    organization_accounts: OrganizationAccounts = organizations::OrganizationAccounts, organizations::ORGANIZATION_ACCOUNTS;
    /// What the organization can do.
    organization_features: OrganizationFeatures = organizations::OrganizationFeatures, organizations::ORGANIZATION_FEATURES;
    /// The customer's own service control policies.
    service_control_policies: ServiceControlPolicies = organizations::ServiceControlPolicies, organizations::SERVICE_CONTROL_POLICIES;
    /// What of the members' root users is managed centrally.
    root_access_management: RootAccessManagement = organizations::RootAccessManagement, organizations::ROOT_ACCESS_MANAGEMENT;
    /// Control Tower's landing zones.
    landing_zones: LandingZones = organizations::LandingZones, organizations::LANDING_ZONES;
    /// The instances of IAM Identity Center.
    identity_center: IdentityCenter = identity_center::IdentityCenter, identity_center::IDENTITY_CENTER;
    /// The permission sets of the organization's Identity Center.
    permission_sets: PermissionSets = identity_center::PermissionSets, identity_center::PERMISSION_SETS;
    /// The account's S3 public access block.
    public_access_block: PublicAccessBlock = s3control::PublicAccessBlock, s3control::PUBLIC_ACCESS_BLOCK;
    /// AWS Config's recorders.
    config_recorders: ConfigRecorders = config::ConfigRecorders, config::CONFIG_RECORDERS;
    /// AWS Config's delivery channels.
    config_delivery: ConfigDelivery = config::ConfigDelivery, config::CONFIG_DELIVERY;
    /// AWS Config's rules.
    config_rules: ConfigRules = config::ConfigRules, config::CONFIG_RULES;
    /// The rules of AWS Config that have a remediation.
    config_remediations: ConfigRemediations = config::ConfigRemediations, config::CONFIG_REMEDIATIONS;
    /// Security Hub's hub.
    security_hub: SecurityHub = securityhub::SecurityHub, securityhub::SECURITY_HUB;
    /// The standards that are on in Security Hub.
    security_hub_standards: SecurityHubStandards = securityhub::SecurityHubStandards, securityhub::SECURITY_HUB_STANDARDS;
    /// How many of Security Hub's controls pass.
    security_hub_score: SecurityHubScore = securityhub::SecurityHubScore, securityhub::SECURITY_HUB_SCORE;
    /// Detective's behavior graphs.
    behavior_graphs: BehaviorGraphs = detective::BehaviorGraphs, detective::BEHAVIOR_GRAPHS;
    /// CloudWatch's log groups.
    log_groups: LogGroups = logs::LogGroups, logs::LOG_GROUPS;
    /// The Lambda functions.
    lambda_functions: LambdaFunctions = lambda::LambdaFunctions, lambda::LAMBDA_FUNCTIONS;
    /// The EC2 instances.
    instances: Instances = instances::Instances, instances::INSTANCES;
    /// The EC2 instances' user data.
    user_data: UserData = instances::UserData, instances::USER_DATA;
    /// The instances that report to Systems Manager.
    managed_instances: ManagedInstances = instances::ManagedInstances, instances::MANAGED_INSTANCES;
    /// The account that administers this one's Security Hub.
    security_hub_administrator: SecurityHubAdministrator = administrator::SecurityHubAdministrator, administrator::SECURITY_HUB_ADMINISTRATOR;
    /// GuardDuty's detectors.
    detectors: Detectors = guardduty::Detectors, guardduty::DETECTORS;
    /// The account that administers this one's GuardDuty.
    guardduty_administrator: GuardDutyAdministrator = administrator::GuardDutyAdministrator, administrator::GUARDDUTY_ADMINISTRATOR;
    /// The rules of a region's default event bus.
    event_rules: EventRules = events::EventRules, events::EVENT_RULES;
    /// The rules of the home region's default event bus.
    home_event_rules: HomeEventRules = events::HomeEventRules, events::HOME_EVENT_RULES;
    /// The account's own Access Analyzer analyzers.
    analyzers: Analyzers = access_analyzer::Analyzers, access_analyzer::ANALYZERS;
    /// The organization's analyzers.
    organization_analyzers: OrganizationAnalyzers = access_analyzer::OrganizationAnalyzers, access_analyzer::ORGANIZATION_ANALYZERS;
    /// Whether new EBS volumes are encrypted.
    ebs_encryption: EbsEncryption = ec2::EbsEncryption, ec2::EBS_ENCRYPTION;
    /// The default VPCs.
    default_vpcs: DefaultVpcs = ec2::DefaultVpcs, ec2::DEFAULT_VPCS;
    /// The network interfaces.
    network_interfaces: NetworkInterfaces = ec2::NetworkInterfaces, ec2::NETWORK_INTERFACES;
    /// The security groups.
    security_groups: SecurityGroups = ec2::SecurityGroups, ec2::SECURITY_GROUPS;
    /// The default security groups.
    default_security_groups: DefaultSecurityGroups = ec2::DefaultSecurityGroups, ec2::DEFAULT_SECURITY_GROUPS;
    /// The subnets.
    subnets: Subnets = ec2_network::Subnets, ec2_network::SUBNETS;
    /// The route tables.
    route_tables: RouteTables = ec2_network::RouteTables, ec2_network::ROUTE_TABLES;
    /// The NAT gateways.
    nat_gateways: NatGateways = ec2_network::NatGateways, ec2_network::NAT_GATEWAYS;
    /// The VPC endpoints.
    vpc_endpoints: VpcEndpoints = ec2_network::VpcEndpoints, ec2_network::VPC_ENDPOINTS;
    /// Whether snapshots can be shared with everybody.
    snapshot_sharing: SnapshotSharing = ec2_settings::SnapshotSharing, ec2_settings::SNAPSHOT_SHARING;
    /// Whether AMIs can be shared with everybody.
    image_sharing: ImageSharing = ec2_settings::ImageSharing, ec2_settings::IMAGE_SHARING;
    /// How new instances answer on their metadata service.
    metadata_defaults: MetadataDefaults = ec2_settings::MetadataDefaults, ec2_settings::METADATA_DEFAULTS;
    /// Whether the serial console can be used.
    serial_console: SerialConsole = ec2_settings::SerialConsole, ec2_settings::SERIAL_CONSOLE;
}

impl FactSet {
    /// Whether nothing in it is blind that other accounts' sweeps may read: no fact, and no part of the organization's facts.
    pub fn all_seen(&self) -> bool {
        self.no_fact_blind()
            && part(self.organization_trails.as_ref(), |found| found.trails.iter().all(|trail| is_seen(&trail.selectors)))
            && part(self.organization_trail_insights.as_ref(), |found| found.trails.iter().all(|trail| is_seen(&trail.kinds)))
            && part(self.payer_budget_notifications.as_ref(), |found| found.budgets.iter().all(budgets::NotifyingBudget::is_seen))
            && part(self.payer_billing_alarms.as_ref(), |found| found.topics.iter().all(|topic| is_seen(&topic.confirmed)))
    }
}

/// Whether the parts of a fact are seen, if there is the fact.
fn part<T>(fact: Option<&Arc<Observed<T>>>, all_seen: impl Fn(&T) -> bool) -> bool {
    fact.and_then(|fact| fact.seen().ok()).is_none_or(all_seen)
}

const fn is_seen<T>(part: &Observed<T>) -> bool {
    !matches!(part, Observed::Blind(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_declares_operations_whose_actions_name_a_service() {
        for kind in FactKind::ALL {
            let spec = kind.spec();
            assert!(!spec.operations.is_empty() || !spec.hub_operations.is_empty(), "{} declares no operation", kind.name());
            for operation in spec.operations.iter().chain(spec.hub_operations) {
                assert!(operation.action.contains(':'), "{}: {}", kind.name(), operation.action);
                assert!(
                    ["Get", "List", "Describe", "Generate"].iter().any(|verb| operation.name.starts_with(verb)),
                    "{}: {} does not look read-only",
                    kind.name(),
                    operation.name
                );
            }
        }
    }
}
