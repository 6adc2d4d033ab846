//! The requests of a sweep, with the parameters that a sweep gives them, ready to be sent any number of times.
#![expect(clippy::disallowed_methods, reason = "what the gate costs is to be seen against clients without it")]

use std::{collections::BTreeSet, pin::Pin};

use aws_config::{Region, SdkConfig};
use aws_sdk_account::types::AlternateContactType;
use aws_sdk_ec2::types::{Filter, InstanceAttributeName};
use aws_sdk_iam::types::EntityType;
use aws_sdk_securityhub::types::{AwsSecurityFindingFilters, StringFilter, StringFilterComparison};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};

use crate::record::{Recorder, Recording};

type Sending = Pin<Box<dyn Future<Output = anyhow::Result<bool>> + Send>>;

/// A request, and how to send it.
pub(crate) struct Prepared {
    pub(crate) operation: &'static str,
    send: Box<dyn Fn() -> Sending + Send + Sync>,
}

impl Prepared {
    fn new<O, E, A>(operation: &'static str, send: impl Fn() -> A + Send + Sync + 'static) -> Self
    where
        E: std::error::Error + Send + Sync + 'static,
        A: Future<Output = Result<O, SdkError<E, HttpResponse>>> + Send + 'static,
    {
        let send = move || -> Sending {
            let answer = send();
            Box::pin(async move {
                match answer.await {
                    Ok(_) => Ok(true),
                    Err(SdkError::ServiceError(_)) => Ok(false),
                    Err(error) => Err(anyhow::Error::new(error).context(operation)),
                }
            })
        };
        Self { operation, send: Box::new(send) }
    }

    /// Sends it, and says whether the service did not refuse it.
    pub(crate) fn send(&self) -> Sending {
        (self.send)()
    }
}

/// Where prepared requests go, and where they are recorded while they are prepared.
struct Requests<'a> {
    prepared: &'a mut Vec<Prepared>,
    recorder: Option<&'a Recorder>,
}

impl Requests<'_> {
    fn add(&mut self, prepared: Prepared) {
        if let Some(recorder) = self.recorder {
            recorder.name_last(prepared.operation);
        }
        self.prepared.push(prepared);
    }
}

/// Sends a request and prepares it. Gives the answer, if there was one.
macro_rules! one {
    ($requests:expr, $operation:literal, $request:expr) => {{
        let request = $request;
        let answer = Box::pin(request.clone().send()).await.ok();
        $requests.add(Prepared::new($operation, move || request.clone().send()));
        answer
    }};
}

/// The same for every page of a listing, whose token is this member. Gives the pages.
macro_rules! pages {
    ($requests:expr, $operation:literal, $request:expr, $token:ident, $set_token:ident) => {{
        let (request, mut token, mut pages) = ($request, None, Vec::new());
        loop {
            let Some(page) = one!($requests, $operation, request.clone().$set_token(token)) else { break };
            token = page.$token.clone().filter(|token| !token.is_empty());
            pages.push(page);
            if token.is_none() {
                break;
            }
        }
        pages
    }};
}

/// A client of one service that is recorded where recording is asked for.
macro_rules! client {
    ($sdk:ident, $config:expr, $account:expr, $recorder:expr) => {{
        let mut builder = $sdk::config::Builder::from($config);
        if let Some(recorder) = $recorder {
            builder = builder.interceptor(Recording { recorder: Recorder::clone(recorder), account: $account.to_owned() });
        }
        $sdk::Client::from_conf(builder.build())
    }};
}

/// Prepares the requests for an account, in its home region and in every region that it has enabled.
pub(crate) async fn account(
    prepared: &mut Vec<Prepared>,
    config: &SdkConfig,
    account: &str,
    recorder: Option<&Recorder>,
) -> anyhow::Result<()> {
    let mut requests = Requests { prepared, recorder };
    let ec2 = client!(aws_sdk_ec2, config, account, recorder);
    let answer = one!(requests, "ec2:DescribeRegions", ec2.describe_regions());
    let regions: Vec<String> =
        answer.and_then(|answer| answer.regions).into_iter().flatten().filter_map(|region| region.region_name).collect();
    anyhow::ensure!(!regions.is_empty(), "{account}: ec2:DescribeRegions gave no region");

    global(&mut requests, config, account).await;
    for region in regions {
        let config = config.to_builder().region(Region::new(region.clone())).build();
        network(&mut requests, &config, account).await;
        settings_and_instances(&mut requests, &config, account).await;
        config_service(&mut requests, &config, account).await;
        guards(&mut requests, &config, account).await;
        findings(&mut requests, &config, account, &region).await;
        workload(&mut requests, &config, account).await;
    }
    Ok(())
}

async fn global(requests: &mut Requests<'_>, config: &SdkConfig, account: &str) {
    let iam = client!(aws_sdk_iam, config, account, requests.recorder);
    let kinds = [EntityType::User, EntityType::Role, EntityType::LocalManagedPolicy];
    let details = iam.get_account_authorization_details().set_filter(Some(kinds.to_vec())).max_items(1000);
    pages!(requests, "iam:GetAccountAuthorizationDetails", details, marker, set_marker);
    one!(requests, "iam:GenerateCredentialReport", iam.generate_credential_report());
    one!(requests, "iam:GetCredentialReport", iam.get_credential_report());
    one!(requests, "iam:GetAccountSummary", iam.get_account_summary());
    one!(requests, "iam:GetAccountPasswordPolicy", iam.get_account_password_policy());
    one!(requests, "iam:ListAccountAliases", iam.list_account_aliases().max_items(1000));
    one!(requests, "iam:ListSAMLProviders", iam.list_saml_providers());
    one!(requests, "iam:ListVirtualMFADevices", iam.list_virtual_mfa_devices().max_items(1000));

    let contacts = client!(aws_sdk_account, config, account, requests.recorder);
    for kind in [AlternateContactType::Billing, AlternateContactType::Operations, AlternateContactType::Security] {
        one!(requests, "account:GetAlternateContact", contacts.get_alternate_contact().alternate_contact_type(kind));
    }
    let sts = client!(aws_sdk_sts, config, account, requests.recorder);
    one!(requests, "sts:GetCallerIdentity", sts.get_caller_identity());
    let cloudtrail = client!(aws_sdk_cloudtrail, config, account, requests.recorder);
    one!(requests, "cloudtrail:DescribeTrails", cloudtrail.describe_trails().include_shadow_trails(true));
    let cloudwatch = client!(aws_sdk_cloudwatch, config, account, requests.recorder);
    pages!(requests, "cloudwatch:DescribeAlarms", cloudwatch.describe_alarms().max_records(100), next_token, set_next_token);
}

async fn network(requests: &mut Requests<'_>, config: &SdkConfig, account: &str) {
    let ec2 = client!(aws_sdk_ec2, config, account, requests.recorder);
    let default = Filter::builder().name("is-default").values("true").build();
    pages!(requests, "ec2:DescribeVpcs", ec2.describe_vpcs().filters(default).max_results(1000), next_token, set_next_token);
    pages!(requests, "ec2:DescribeNetworkInterfaces", ec2.describe_network_interfaces().max_results(1000), next_token, set_next_token);
    pages!(requests, "ec2:DescribeSubnets", ec2.describe_subnets().max_results(1000), next_token, set_next_token);
    pages!(requests, "ec2:DescribeRouteTables", ec2.describe_route_tables().max_results(100), next_token, set_next_token);
    pages!(requests, "ec2:DescribeNatGateways", ec2.describe_nat_gateways().max_results(1000), next_token, set_next_token);
    pages!(requests, "ec2:DescribeVpcEndpoints", ec2.describe_vpc_endpoints().max_results(1000), next_token, set_next_token);
    let groups = ec2.describe_security_groups().max_results(1000);
    let groups = pages!(requests, "ec2:DescribeSecurityGroups", groups, next_token, set_next_token);
    let groups = groups.into_iter().flat_map(|page| page.security_groups.unwrap_or_default());
    let lists: BTreeSet<String> = groups
        .flat_map(|group| group.ip_permissions.unwrap_or_default())
        .flat_map(|rule| rule.prefix_list_ids.unwrap_or_default())
        .filter_map(|list| list.prefix_list_id)
        .collect();
    for list in lists {
        let entries = ec2.get_managed_prefix_list_entries().prefix_list_id(list).max_results(100);
        pages!(requests, "ec2:GetManagedPrefixListEntries", entries, next_token, set_next_token);
    }
}

async fn settings_and_instances(requests: &mut Requests<'_>, config: &SdkConfig, account: &str) {
    let ec2 = client!(aws_sdk_ec2, config, account, requests.recorder);
    one!(requests, "ec2:GetEbsEncryptionByDefault", ec2.get_ebs_encryption_by_default());
    one!(requests, "ec2:GetImageBlockPublicAccessState", ec2.get_image_block_public_access_state());
    one!(requests, "ec2:GetInstanceMetadataDefaults", ec2.get_instance_metadata_defaults());
    one!(requests, "ec2:GetSerialConsoleAccessStatus", ec2.get_serial_console_access_status());
    one!(requests, "ec2:GetSnapshotBlockPublicAccessState", ec2.get_snapshot_block_public_access_state());
    let states = ["pending", "running", "stopping", "stopped"].map(str::to_owned);
    let states = Filter::builder().name("instance-state-name").set_values(Some(states.to_vec())).build();
    let listed = ec2.describe_instances().filters(states).max_results(1000);
    let listed = pages!(requests, "ec2:DescribeInstances", listed, next_token, set_next_token);
    let reservations = listed.into_iter().flat_map(|page| page.reservations.unwrap_or_default());
    let instances = reservations.flat_map(|reservation| reservation.instances.unwrap_or_default());
    for id in instances.filter_map(|instance| instance.instance_id) {
        let request = ec2.describe_instance_attribute().instance_id(id).attribute(InstanceAttributeName::UserData);
        one!(requests, "ec2:DescribeInstanceAttribute", request);
    }
    let ssm = client!(aws_sdk_ssm, config, account, requests.recorder);
    let managed = ssm.describe_instance_information().max_results(50);
    pages!(requests, "ssm:DescribeInstanceInformation", managed, next_token, set_next_token);
}

async fn config_service(requests: &mut Requests<'_>, config: &SdkConfig, account: &str) {
    let config = client!(aws_sdk_config, config, account, requests.recorder);
    one!(requests, "config:DescribeConfigurationRecorders", config.describe_configuration_recorders());
    one!(requests, "config:DescribeConfigurationRecorderStatus", config.describe_configuration_recorder_status());
    one!(requests, "config:DescribeDeliveryChannelStatus", config.describe_delivery_channel_status());
    let rules = pages!(requests, "config:DescribeConfigRules", config.describe_config_rules(), next_token, set_next_token);
    let rules = rules.into_iter().flat_map(|page| page.config_rules.unwrap_or_default());
    let own = rules.filter(|rule| rule.created_by.as_deref() != Some("securityhub.amazonaws.com"));
    let names: Vec<String> = own.filter_map(|rule| rule.config_rule_name).collect();
    for names in names.chunks(25) {
        let request = config.describe_remediation_configurations().set_config_rule_names(Some(names.to_vec()));
        one!(requests, "config:DescribeRemediationConfigurations", request);
    }
}

async fn guards(requests: &mut Requests<'_>, config: &SdkConfig, account: &str) {
    let analyzer = client!(aws_sdk_accessanalyzer, config, account, requests.recorder);
    pages!(requests, "accessanalyzer:ListAnalyzers", analyzer.list_analyzers().max_results(100), next_token, set_next_token);
    let detective = client!(aws_sdk_detective, config, account, requests.recorder);
    one!(requests, "detective:ListGraphs", detective.list_graphs().max_results(200));
    one!(requests, "detective:ListInvitations", detective.list_invitations().max_results(200));
    let guardduty = client!(aws_sdk_guardduty, config, account, requests.recorder);
    let detectors = one!(requests, "guardduty:ListDetectors", guardduty.list_detectors().max_results(50));
    for id in detectors.and_then(|answer| answer.detector_ids).unwrap_or_default() {
        one!(requests, "guardduty:GetDetector", guardduty.get_detector().detector_id(&id));
        one!(requests, "guardduty:GetAdministratorAccount", guardduty.get_administrator_account().detector_id(&id));
    }
}

async fn findings(requests: &mut Requests<'_>, config: &SdkConfig, account: &str, region: &str) {
    let hub = client!(aws_sdk_securityhub, config, account, requests.recorder);
    one!(requests, "securityhub:DescribeHub", hub.describe_hub());
    one!(requests, "securityhub:GetAdministratorAccount", hub.get_administrator_account());
    one!(requests, "securityhub:GetEnabledStandards", hub.get_enabled_standards().max_results(100));
    let compared = |comparison, value: &str| StringFilter::builder().comparison(comparison).value(value).build();
    let is = |value: &str| compared(StringFilterComparison::Equals, value);
    let filters = AwsSecurityFindingFilters::builder()
        .aws_account_id(is(account))
        .region(is(region))
        .product_name(is("Security Hub"))
        .record_state(is("ACTIVE"))
        .workflow_status(compared(StringFilterComparison::NotEquals, "SUPPRESSED"))
        .build();
    pages!(requests, "securityhub:GetFindings", hub.get_findings().filters(filters).max_results(100), next_token, set_next_token);
}

async fn workload(requests: &mut Requests<'_>, config: &SdkConfig, account: &str) {
    let events = client!(aws_sdk_eventbridge, config, account, requests.recorder);
    let rules = pages!(requests, "events:ListRules", events.list_rules().limit(100), next_token, set_next_token);
    let rules = rules.into_iter().flat_map(|page| page.rules.unwrap_or_default());
    for rule in rules.filter_map(|rule| rule.name) {
        let targets = events.list_targets_by_rule().rule(rule).limit(100);
        pages!(requests, "events:ListTargetsByRule", targets, next_token, set_next_token);
    }
    let lambda = client!(aws_sdk_lambda, config, account, requests.recorder);
    pages!(requests, "lambda:ListFunctions", lambda.list_functions().max_items(50), next_marker, set_marker);
    let logs = client!(aws_sdk_cloudwatchlogs, config, account, requests.recorder);
    pages!(requests, "logs:DescribeLogGroups", logs.describe_log_groups().limit(50), next_token, set_next_token);
}
