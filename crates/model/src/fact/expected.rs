//! How many requests a question is expected to take, before it is asked: what `orgsweep plan` counts with.
//!
//! An operation that a fact declares and that is not named here is called once for each target. The figures of [`Quantity`] are
//! assumptions: an account of middling size that uses every region it has enabled. The end-to-end tests hold them to within a tenth of what
//! sweeps of simulated organizations really ask, so they are the one place to change when a collector asks more or less.

use std::time::Duration;

use super::FactKind;

/// How often an operation is called for one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Times {
    /// Always so many times.
    Exactly(u16),
    /// As often as an account has this.
    Each(Quantity),
}

/// What one operation of a fact is expected to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expected {
    /// The operation, as the fact declares it.
    pub operation: &'static str,
    /// How often it is called when it is asked.
    pub times: Times,
    /// How long its answer is kept, by us or by AWS: sweeps within that time do not ask again.
    pub kept: Option<Duration>,
}

const fn exactly(times: u16, operation: &'static str) -> Expected {
    Expected { operation, times: Times::Exactly(times), kept: None }
}

const fn each(quantity: Quantity, operation: &'static str) -> Expected {
    Expected { operation, times: Times::Each(quantity), kept: None }
}

impl Expected {
    const fn kept(self, kept: Duration) -> Self {
        Self { kept: Some(kept), ..self }
    }
}

macro_rules! quantities {
    ($($kind:ident $name:literal = $typical:literal, $why:literal;)*) => {
        /// What accounts have more or fewer of, and what the number of requests therefore depends on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Quantity {
            $(#[doc = $why] $kind,)*
        }

        impl Quantity {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// Its name on the command line and in JSON.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// How many requests are assumed for it where nobody says better.
            pub const fn typical(self) -> f64 {
                match self { $(Self::$kind => $typical,)* }
            }

            /// What is counted, and of what.
            pub const fn why(self) -> &'static str {
                match self { $(Self::$kind => $why,)* }
            }
        }
    };
}

quantities! {
    Instances "instances" = 3.8, "EC2 instances in a region, stopped ones too: each is asked for its user data";
    RunningRegions "regions-with-instances" = 0.94, "the share of regions in which an instance runs: only there Systems Manager is asked";
    EventRules "event-rules" = 2.1, "EventBridge rules in a region that may tell somebody: each is asked for its targets";
    PrefixLists "prefix-lists" = 0.63, "prefix lists that a region's security groups name: each is read";
    Recorders "config-regions" = 0.96, "the share of regions with a recorder of AWS Config";
    ConfigRulePages "config-rule-pages" = 1.13, "pages of 100 rules of AWS Config in a region";
    RemediationPages "remediation-pages" = 0.9, "batches of 25 rules of AWS Config in a region that may have a remediation";
    Detectors "detectors" = 0.92, "GuardDuty detectors in a region: each is looked into";
    FindingPages "finding-pages" = 1.3, "pages of 100 findings of Security Hub's controls in a region";
    FunctionPages "function-pages" = 1.06, "pages of 50 Lambda functions in a region";
    LogGroupPages "log-group-pages" = 1.12, "pages of 50 log groups in a region";
    UserPages "iam-pages" = 2.0, "pages of 1,000 users, roles and policies in an account";
    Trails "trails" = 1.0, "multi-region trails that an account sees";
    OwnTrails "own-trails" = 0.85, "multi-region trails that an account owns";
    TrailBuckets "trail-buckets" = 0.95, "buckets that an account's trails deliver to";
    OwnTrailBuckets "own-trail-buckets" = 0.77, "those of them that are the account's own";
    TrailLogGroups "trail-log-groups" = 0.77, "log groups of an account that its trails deliver to";
    AlarmTopics "alarm-topics" = 2.0, "topics that alarms on the trails' records notify";
    BillingTopics "billing-topics" = 0.95, "topics that an account's billing alarms notify";
    Budgets "budgets" = 0.87, "cost budgets in an account";
    BudgetAlerts "budget-alerts" = 3.1, "notifications of an account's cost budgets";
    AnomalyMonitors "anomaly-monitors" = 0.75, "the share of accounts with a cost anomaly monitor of their own";
    PayerBudgets "payer-budgets" = 1.0, "budgets of the management account about single members";
    PayerBudgetAlerts "payer-budget-alerts" = 3.0, "notifications of these budgets";
    PayerTopics "payer-topics" = 1.0, "topics that the management account's billing alarms notify";
    OrganizationTrails "organization-trails" = 1.0, "trails of the whole organization";
    AnalyzerOwners "analyzer-owners" = 2.0, "accounts that may own the organization's analyzers: the management account and delegated administrators";
    SearchedRegions "searched-regions" = 8.0, "regions in which Identity Center and Control Tower are looked for: one if they are in the home region, else all";
    PermissionSets "permission-sets" = 2.0, "permission sets of Identity Center";
    Policies "service-control-policies" = 2.0, "service control policies of the customer's own";
    SingleTags "accounts-without-tags" = 0.1, "the share of accounts that the tagging API does not show, in organizations of 100 accounts or more: each is asked by itself";
}

const HOUR: Duration = Duration::from_hours(1);

impl FactKind {
    /// What of its operations is not simply called once for each target, every time.
    pub const fn expected(self) -> &'static [Expected] {
        use Quantity as Q;
        match self {
            Self::AlternateContacts => const { &[exactly(3, "GetAlternateContact")] },
            Self::AuthorizationDetails => const { &[each(Q::UserPages, "GetAccountAuthorizationDetails")] },
            // AWS makes a report at most every four hours. One that is older is read, asked for anew twice or more, and read again.
            Self::CredentialReport => {
                const {
                    let fresh = Duration::from_hours(4);
                    &[
                        exactly(1, "GetCredentialReport"),
                        exactly(1, "GetCredentialReport").kept(fresh),
                        exactly(2, "GenerateCredentialReport").kept(fresh),
                    ]
                }
            }
            Self::Trails => const { &[each(Q::Trails, "GetTrailStatus"), each(Q::OwnTrails, "GetEventSelectors")] },
            Self::TrailInsights => const { &[each(Q::OwnTrails, "GetInsightSelectors")] },
            Self::TrailStorage => {
                const {
                    &[
                        each(Q::TrailBuckets, "ListBuckets"),
                        each(Q::OwnTrailBuckets, "GetBucketLifecycleConfiguration"),
                        each(Q::TrailLogGroups, "DescribeLogGroups"),
                    ]
                }
            }
            Self::TrailAlarms => {
                const { &[each(Q::TrailLogGroups, "DescribeMetricFilters"), each(Q::AlarmTopics, "ListSubscriptionsByTopic")] }
            }
            Self::BillingAlarms => const { &[each(Q::BillingTopics, "ListSubscriptionsByTopic")] },
            Self::PayerBillingAlarms => const { &[each(Q::PayerTopics, "ListSubscriptionsByTopic")] },
            Self::BudgetNotifications => {
                const { &[each(Q::Budgets, "DescribeNotificationsForBudget"), each(Q::BudgetAlerts, "DescribeSubscribersForNotification")] }
            }
            Self::PayerBudgetNotifications => {
                const {
                    &[
                        each(Q::PayerBudgets, "DescribeNotificationsForBudget"),
                        each(Q::PayerBudgetAlerts, "DescribeSubscribersForNotification"),
                    ]
                }
            }
            Self::AnomalyDetection => const { &[each(Q::AnomalyMonitors, "GetAnomalySubscriptions")] },
            Self::OrganizationTrails => const { &[each(Q::OrganizationTrails, "GetEventSelectors")] },
            Self::OrganizationTrailInsights => const { &[each(Q::OrganizationTrails, "GetInsightSelectors")] },
            Self::OrganizationAnalyzers => {
                const { &[each(Q::AnalyzerOwners, "ListAnalyzers"), exactly(1, "ListDelegatedAdministrators").kept(Duration::from_mins(10))] }
            }
            Self::AccountListing | Self::OrganizationAccounts => const { &[exactly(1, "ListTagsForResource").kept(HOUR)] },
            Self::ServiceControlPolicies => const { &[each(Q::Policies, "ListTargetsForPolicy")] },
            Self::LandingZones => const { &[each(Q::SearchedRegions, "ListLandingZones")] },
            Self::IdentityCenter => const { &[each(Q::SearchedRegions, "ListInstances")] },
            Self::PermissionSets => {
                const {
                    &[
                        each(Q::SearchedRegions, "ListInstances"),
                        each(Q::PermissionSets, "DescribePermissionSet"),
                        each(Q::PermissionSets, "ListManagedPoliciesInPermissionSet"),
                        each(Q::PermissionSets, "GetInlinePolicyForPermissionSet"),
                    ]
                }
            }
            Self::ConfigRecorders => const { &[each(Q::Recorders, "DescribeConfigurationRecorderStatus")] },
            Self::ConfigRules => const { &[each(Q::ConfigRulePages, "DescribeConfigRules")] },
            Self::ConfigRemediations => {
                const { &[each(Q::ConfigRulePages, "DescribeConfigRules"), each(Q::RemediationPages, "DescribeRemediationConfigurations")] }
            }
            Self::SecurityHubScore => const { &[each(Q::FindingPages, "GetFindings")] },
            Self::LogGroups => const { &[each(Q::LogGroupPages, "DescribeLogGroups")] },
            Self::LambdaFunctions => const { &[each(Q::FunctionPages, "ListFunctions")] },
            Self::UserData => const { &[each(Q::Instances, "DescribeInstanceAttribute")] },
            Self::ManagedInstances => const { &[each(Q::RunningRegions, "DescribeInstanceInformation")] },
            Self::Detectors => const { &[each(Q::Detectors, "GetDetector")] },
            Self::GuardDutyAdministrator => const { &[each(Q::Detectors, "GetAdministratorAccount")] },
            Self::EventRules | Self::HomeEventRules => const { &[each(Q::EventRules, "ListTargetsByRule")] },
            Self::SecurityGroups => const { &[each(Q::PrefixLists, "GetManagedPrefixListEntries")] },
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn only_what_a_fact_declares_is_expected_of_it() {
        for kind in FactKind::ALL {
            let spec = kind.spec();
            for expected in kind.expected() {
                let declared = spec.operations.iter().chain(spec.hub_operations).any(|operation| operation.name == expected.operation);
                assert!(declared, "{} does not declare {}", kind.name(), expected.operation);
            }
        }
    }

    #[test]
    fn every_quantity_has_a_name_of_its_own_and_counts_for_something() {
        let names: BTreeSet<&str> = Quantity::ALL.iter().map(|quantity| quantity.name()).collect();
        assert_eq!(names.len(), Quantity::ALL.len());
        let expected: Vec<Expected> = FactKind::ALL.iter().flat_map(|kind| kind.expected()).copied().collect();
        for quantity in Quantity::ALL.iter().filter(|quantity| **quantity != Quantity::SingleTags) {
            assert!(expected.iter().any(|expected| expected.times == Times::Each(*quantity)), "nothing depends on {}", quantity.name());
            assert!(quantity.typical() > 0.0);
        }
    }
}
