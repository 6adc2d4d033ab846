//! The SDK clients of one work unit: one identity in one region.
//!
//! Clients are made when first needed, over the one shared HTTP client, and dropped with the work unit, so that memory follows what is in
//! flight and not the number of accounts.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use aws_config::{SdkConfig, identity::IdentityCache, stalled_stream_protection::StalledStreamProtectionConfig, timeout::TimeoutConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use orgsweep_model::{AccountId, Region, always_enabled};

use crate::{
    gate::{Key, Target},
    interceptor::Tagger,
    meter::Meter,
    retry::{self, Health, Restraint},
};

/// Who asks. The default is the base identity.
#[derive(Clone, Debug, Default)]
pub(crate) struct Identity {
    /// Whose quota the calls use; absent for the organization's own credentials.
    pub account: Option<AccountId>,
    /// Absent for the base identity.
    pub credentials: Option<SharedCredentialsProvider>,
    /// How the session fares; absent for the base identity.
    pub health: Option<Arc<Health>>,
}

/// An identity in a region, with its clients.
#[derive(Debug)]
pub struct Caller {
    identity: Identity,
    region: Region,
    target: Target,
    config: SdkConfig,
    meter: Arc<Meter>,
    clients: Clients,
}

/// A client per service, and the service's name in metrics, limits and [`orgsweep_model::Operation`].
macro_rules! clients {
    ($($client:ident: $sdk:ident = $service:literal $(, $tune:ident($tuned:expr))?;)*) => {
        #[derive(Debug, Default)]
        struct Clients {
            $($client: OnceLock<$sdk::Client>,)*
        }

        impl Caller {
            $(
                #[doc = concat!("The client for `", $service, "`.")]
                pub(crate) fn $client(&self) -> &$sdk::Client {
                    self.clients.$client.get_or_init(|| {
                        let tagger = self.tagger($service);
                        #[expect(clippy::disallowed_methods, reason = "this is the factory")]
                        $sdk::Client::from_conf(
                            $sdk::config::Builder::from(&self.config)
                                .interceptor(tagger)
                                .retry_partition(retry::partition())
                                .retry_classifier(Restraint::new(self.identity.health.clone()))
                                $(.$tune($tuned(self)))?
                                .build(),
                        )
                    })
                }
            )*
        }
    };
}

clients! {
    accessanalyzer: aws_sdk_accessanalyzer = "accessanalyzer";
    account_settings: aws_sdk_account = "account";
    budgets: aws_sdk_budgets = "budgets";
    cloudtrail: aws_sdk_cloudtrail = "cloudtrail";
    cloudwatch: aws_sdk_cloudwatch = "cloudwatch";
    compute_optimizer: aws_sdk_computeoptimizer = "compute-optimizer";
    config_service: aws_sdk_config = "config";
    controltower: aws_sdk_controltower = "controltower";
    cost_explorer: aws_sdk_costexplorer = "ce";
    detective: aws_sdk_detective = "detective";
    ec2: aws_sdk_ec2 = "ec2";
    eventbridge: aws_sdk_eventbridge = "events";
    guardduty: aws_sdk_guardduty = "guardduty";
    iam: aws_sdk_iam = "iam";
    lambda: aws_sdk_lambda = "lambda";
    logs: aws_sdk_cloudwatchlogs = "logs";
    organizations: aws_sdk_organizations = "organizations";
    // Behind an endpoint of the user's own, a bucket's name before the host resolves nowhere.
    resource_tags: aws_sdk_resourcegroupstagging = "tagging";
    s3: aws_sdk_s3 = "s3", force_path_style(|caller: &Caller| caller.has_users_endpoint("S3"));
    s3control: aws_sdk_s3control = "s3control";
    securityhub: aws_sdk_securityhub = "securityhub";
    sns: aws_sdk_sns = "sns";
    sso_admin: aws_sdk_ssoadmin = "sso";
    ssm: aws_sdk_ssm = "ssm";
    sts: aws_sdk_sts = "sts";
    support: aws_sdk_support = "support";
}

impl Caller {
    /// `base` holds what all callers share.
    pub(crate) fn new(base: &SdkConfig, meter: Arc<Meter>, identity: Identity, region: Region) -> Self {
        let mut builder = base.to_builder().region(aws_config::Region::new(region.to_string()));
        if let Some(credentials) = identity.credentials.clone() {
            // Our sessions are cached by ourselves: the SDK's identity cache holds 64 identities and evicts at random.
            builder = builder.credentials_provider(credentials).identity_cache(IdentityCache::no_cache());
        }
        Self { identity, region, target: Target::default(), config: builder.build(), meter, clients: Clients::default() }
    }

    /// The account whose session asks.
    pub const fn account(&self) -> Option<AccountId> {
        self.identity.account
    }

    /// The region asked.
    pub const fn region(&self) -> &Region {
        &self.region
    }

    pub(crate) fn meter(&self) -> &Meter {
        &self.meter
    }

    /// The same identity in another region.
    pub(crate) fn in_region(&self, region: Region) -> Self {
        let config = self.config.to_builder().region(aws_config::Region::new(region.to_string())).build();
        let (identity, meter) = (self.identity.clone(), Arc::clone(&self.meter));
        Self { identity, region, target: Target::default(), config, meter, clients: Clients::default() }
    }

    /// Whether the user sends this service's calls to an endpoint of their own.
    fn has_users_endpoint(&self, service: &str) -> bool {
        self.config.endpoint_url().is_some() || std::env::var_os(format!("AWS_ENDPOINT_URL_{service}")).is_some()
    }

    fn tagger(&self, service: &'static str) -> Tagger {
        let key = Key { account: self.identity.account, region: self.region.clone(), service };
        let strip_host_prefix = self
            .identity
            .account
            .filter(|_| service == "s3control" && self.has_users_endpoint("S3_CONTROL"))
            .map(|account| format!("{account}."));
        let telling = always_enabled(self.region.partition()).contains(&self.region);
        let (target, health) = (self.target.clone(), self.identity.health.clone());
        Tagger { key: Arc::new(key), target, health, telling, strip_host_prefix }
    }
}

/// What every caller shares besides the HTTP client: retries, time-outs, protections.
pub(crate) fn settings(config: SdkConfig) -> SdkConfig {
    config
        .into_builder()
        .retry_config(retry::config())
        // No attempt time-out: it would count the wait at the gate. The gate has its own. This one covers retries, waits and bodies.
        .timeout_config(TimeoutConfig::builder().operation_timeout(Duration::from_mins(3)).build())
        // A wait at the gate looks like a stalled upload to the SDK, and the connector itself reads the answer, in the attempt's time.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build()
}
