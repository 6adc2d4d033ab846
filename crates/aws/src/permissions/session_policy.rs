//! The session policy that every `AssumeRole` carries: what the enabled checks' facts declare, so that even an administrator role is
//! confined to reading. A session can do what both its role and this policy allow.

use std::sync::atomic::{AtomicUsize, Ordering};

use orgsweep_model::FactKind;

use super::{Actions, Permissions, Policy, Statement, security_audit};

/// STS takes no more characters of inline policy and of managed policies' ARNs together.
const LIMIT: usize = 2_048;

/// The policy does not fit into an `AssumeRole` request.
#[derive(Debug, thiserror::Error)]
#[error(
    "the session policy for the enabled checks has {length} characters, more than the {LIMIT} that STS accepts; set sessions.restrict to false or disable checks"
)]
pub struct PolicyTooLong {
    length: usize,
}

/// What confines a session. It can do what the inline policy or the managed one allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionPolicy {
    /// A policy document.
    pub inline: Option<String>,
    /// The ARN of one of AWS's own policies.
    pub managed: Option<String>,
}

impl SessionPolicy {
    /// Exactly these actions.
    fn exact(actions: &Actions) -> Self {
        Self { inline: Some(document(actions)), managed: None }
    }

    /// AWS's `SecurityAudit`, and exactly those of these actions that it does not allow. Wider than needed, but still nothing but reading
    /// what auditors read, and much shorter.
    fn with_security_audit(actions: &Actions, partition: &str) -> Self {
        let rest: Actions = actions.iter().filter(|action| !security_audit::allows(action)).copied().collect();
        let inline = (!rest.is_empty()).then(|| document(&rest));
        Self { inline, managed: Some(security_audit::arn(partition)) }
    }

    /// What STS counts.
    pub fn length(&self) -> usize {
        self.inline.iter().chain(&self.managed).map(String::len).sum()
    }
}

/// The policies that confine sessions to these facts, the best first: the exact one if it fits, then the one with `SecurityAudit`.
///
/// The second is there for when STS refuses the first: besides the length it limits the compressed size, of which a caller's session tags
/// take their share, and which nobody can compute in advance.
pub fn session_policies(facts: &[FactKind], partition: &str) -> Result<Vec<SessionPolicy>, PolicyTooLong> {
    policies(&Permissions::of(facts).in_sessions(), partition)
}

fn policies(actions: &Actions, partition: &str) -> Result<Vec<SessionPolicy>, PolicyTooLong> {
    let exact = SessionPolicy::exact(actions);
    let audit = SessionPolicy::with_security_audit(actions, partition);
    let shortest = audit.length().min(exact.length());
    if shortest > LIMIT {
        return Err(PolicyTooLong { length: shortest });
    }
    // The second is of no use unless it is shorter.
    let audit = (audit.length() < exact.length()).then_some(audit);
    Ok([Some(exact), audit].into_iter().flatten().filter(|policy| policy.length() <= LIMIT).collect())
}

fn document(actions: &Actions) -> String {
    Policy::new([Statement::on_everything("", actions.iter().copied())]).compact()
}

/// The session policies of this process, and which of them STS takes.
#[derive(Debug)]
pub(crate) struct Confinement {
    policies: Vec<SessionPolicy>,
    current: AtomicUsize,
}

impl Confinement {
    /// Begins with the best.
    pub fn new(policies: Vec<SessionPolicy>) -> Self {
        Self { policies, current: AtomicUsize::new(0) }
    }

    /// Which one holds now, and the policy.
    pub fn current(&self) -> Option<(usize, &SessionPolicy)> {
        let place = self.current.load(Ordering::Relaxed);
        Some((place, self.policies.get(place)?))
    }

    /// STS found this one too large: from now on the next one holds. Whether there is one.
    pub fn too_large(&self, place: usize) -> bool {
        let next = place + 1;
        if next >= self.policies.len() {
            return false;
        }
        if self.current.fetch_max(next, Ordering::Relaxed) < next {
            tracing::warn!("STS finds the exact session policy too large: sessions are confined by SecurityAudit and what it leaves out");
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The actions of a catalogue of some 110, most of which are to come.
    const MANY: &str = "\
        access-analyzer:ListAnalyzers account:GetAlternateContact account:GetContactInformation account:ListRegions \
        backup:ListBackupPlans backup:ListBackupVaults budgets:ViewBudget ce:GetAnomalyMonitors ce:GetAnomalySubscriptions \
        ce:GetCostAndUsage cloudtrail:DescribeTrails cloudtrail:GetEventSelectors cloudtrail:GetInsightSelectors cloudtrail:GetTrailStatus \
        cloudwatch:DescribeAlarms compute-optimizer:GetEnrollmentStatus config:DescribeConfigRules \
        config:DescribeConfigurationRecorderStatus config:DescribeConfigurationRecorders config:DescribeDeliveryChannelStatus \
        config:DescribeRemediationConfigurations controltower:ListLandingZones detective:ListGraphs detective:ListInvitations \
        ec2:DescribeAddresses ec2:DescribeFlowLogs ec2:DescribeImages ec2:DescribeInstanceAttribute ec2:DescribeInstances \
        ec2:DescribeInternetGateways ec2:DescribeNatGateways ec2:DescribeNetworkAcls ec2:DescribeNetworkInterfaces ec2:DescribeRegions \
        ec2:DescribeRouteTables ec2:DescribeSecurityGroups ec2:DescribeSnapshots ec2:DescribeSubnets ec2:DescribeVolumes \
        ec2:DescribeVpcEndpoints ec2:DescribeVpcPeeringConnections ec2:DescribeVpcs ec2:GetEbsEncryptionByDefault \
        ec2:GetImageBlockPublicAccessState ec2:GetInstanceMetadataDefaults ec2:GetManagedPrefixListEntries \
        ec2:GetSerialConsoleAccessStatus ec2:GetSnapshotBlockPublicAccessState ecr:DescribeRepositories ecs:ListClusters \
        elasticfilesystem:DescribeFileSystems elasticloadbalancing:DescribeLoadBalancers events:ListRules events:ListTargetsByRule \
        guardduty:GetAdministratorAccount guardduty:GetDetector guardduty:ListDetectors iam:GenerateCredentialReport \
        iam:GetAccountAuthorizationDetails iam:GetAccountPasswordPolicy iam:GetAccountSummary iam:GetCredentialReport \
        iam:ListAccountAliases iam:ListOrganizationsFeatures iam:ListSAMLProviders iam:ListServerCertificates iam:ListVirtualMFADevices \
        inspector2:BatchGetAccountStatus kms:GetKeyRotationStatus kms:ListKeys lambda:ListFunctions logs:DescribeLogGroups \
        logs:DescribeMetricFilters macie2:GetMacieSession organizations:DescribeOrganization organizations:ListAccounts \
        organizations:ListPolicies organizations:ListTagsForResource organizations:ListTargetsForPolicy rds:DescribeDBInstances \
        rds:DescribeDBSnapshots route53:ListHostedZones s3:GetAccountPublicAccessBlock s3:GetBucketLogging s3:GetBucketVersioning \
        s3:GetEncryptionConfiguration s3:GetLifecycleConfiguration s3:ListAllMyBuckets secretsmanager:ListSecrets securityhub:DescribeHub \
        securityhub:GetAdministratorAccount securityhub:GetEnabledStandards securityhub:GetFindings shield:GetSubscriptionState \
        sns:ListSubscriptionsByTopic sns:ListTopics sqs:ListQueues ssm:DescribeInstanceInformation ssm:GetServiceSetting \
        sso:DescribePermissionSet sso:GetInlinePolicyForPermissionSet sso:ListInstances sso:ListManagedPoliciesInPermissionSet \
        sso:ListPermissionSets sts:GetCallerIdentity support:DescribeSeverityLevels tag:GetResources trustedadvisor:ListChecks \
        wafv2:ListWebACLs workspaces:DescribeWorkspaces";

    fn actions(policy: &SessionPolicy) -> Vec<String> {
        let document: serde_json::Value = serde_json::from_str(policy.inline.as_deref().unwrap_or("{}")).unwrap();
        serde_json::from_value(document["Statement"][0]["Action"].clone()).unwrap_or_default()
    }

    #[test]
    fn a_short_policy_is_exact_and_only_reads() {
        let best = &session_policies(&[FactKind::PublicAccessBlock, FactKind::OrganizationAnalyzers], "aws").unwrap()[0];
        assert_eq!(best.managed, None);
        assert_eq!(actions(best), ["access-analyzer:ListAnalyzers", "ec2:DescribeRegions", "s3:GetAccountPublicAccessBlock"]);
    }

    #[test]
    fn what_costs_money_is_allowed_only_where_it_is_asked() {
        let free = FactKind::ALL.iter().copied().filter(|kind| kind.spec().operations.iter().all(|operation| operation.micro_usd == 0));
        let allows = |policy: &SessionPolicy| actions(policy).contains(&"ce:GetCostAndUsage".to_owned());
        assert!(session_policies(FactKind::ALL, "aws").unwrap().iter().all(allows));
        assert!(!session_policies(&free.collect::<Vec<_>>(), "aws").unwrap().iter().any(allows));
        assert!(!security_audit::allows("ce:GetCostAndUsage"));
    }

    #[test]
    fn everything_enabled_fits_and_so_does_every_fact_alone() {
        let alone = FactKind::ALL.iter().map(std::slice::from_ref);
        for facts in alone.chain([FactKind::ALL]) {
            let policies = session_policies(facts, "aws-us-gov").unwrap();
            assert!(!policies.is_empty());
            for policy in policies {
                assert!(policy.length() <= LIMIT, "{} characters: {policy:?}", policy.length());
                for word in ["Put", "Create", "Delete", "Update", "Attach", "*:*"] {
                    assert!(!policy.inline.as_deref().unwrap_or_default().contains(word), "{word} in {policy:?}");
                }
            }
        }
    }

    #[test]
    fn a_long_list_is_confined_by_security_audit_and_exactly_the_rest() {
        let many: Actions = MANY.split_whitespace().collect();
        assert!(many.len() >= 110, "{}", many.len());
        assert!(SessionPolicy::exact(&many).length() > LIMIT);
        let policies = policies(&many, "aws-cn").unwrap();
        let [policy] = policies.as_slice() else { panic!("{policies:?}") };
        assert_eq!(policy.managed.as_deref(), Some("arn:aws-cn:iam::aws:policy/SecurityAudit"));
        let rest = actions(policy);
        assert!(many.iter().all(|action| security_audit::allows(action) != rest.iter().any(|left| left == action)));
        assert!(rest.contains(&"support:DescribeSeverityLevels".to_owned()) && !rest.contains(&"ec2:DescribeVpcs".to_owned()));
        assert!(policy.length() <= LIMIT, "{}", policy.length());
    }

    #[test]
    fn what_never_fits_is_refused() {
        let names: Vec<String> = (0..200).map(|number| format!("unheard-of:DescribeThing{number}")).collect();
        let error = policies(&names.iter().map(|name| &*name.clone().leak()).collect(), "aws").unwrap_err();
        assert!(error.to_string().contains("2048"), "{error}");
    }

    #[test]
    fn where_security_audit_allows_everything_nothing_is_inline() {
        let policy = SessionPolicy::with_security_audit(&Actions::from(["ec2:DescribeVpcs"]), "aws");
        assert_eq!((policy.inline, policy.managed.as_deref()), (None, Some("arn:aws:iam::aws:policy/SecurityAudit")));
    }

    #[test]
    fn a_policy_that_is_too_large_gives_way_to_the_next() {
        let confinement = Confinement::new(vec![SessionPolicy::default(), SessionPolicy::default()]);
        assert_eq!(confinement.current().map(|(place, _)| place), Some(0));
        assert!(confinement.too_large(0));
        assert!(confinement.too_large(0), "somebody else was faster");
        assert_eq!(confinement.current().map(|(place, _)| place), Some(1));
        assert!(!confinement.too_large(1));
    }
}
