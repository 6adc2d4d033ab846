//! The organization's side: base identity, sessions, and the callers that collectors work with.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_config::{
    BehaviorVersion, SdkConfig, environment::region::EnvironmentVariableRegionProvider, meta::region::RegionProviderChain,
    profile::ProfileFileRegionProvider,
};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::{rt::sleep::TokioSleep, time::SystemTimeSource};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use orgsweep_model::{Account, AccountId, Blind, BlindReason, FactKind, Operation, Region, Unseen};
use tokio::{sync::OnceCell, time::Instant};

use crate::{
    blind::{self, Place},
    caller::{self, Caller, Identity},
    connection::{self, ConnectionError},
    gate::Gate,
    meter::Meter,
    organization,
    pages::{self, every_page},
    permissions::{Confinement, DESCRIBE_REGIONS, PolicyTooLong, session_policies},
    session::{self, Context, Session, Sessions},
    tags::TagCache,
};

/// How long the list of delegated administrators is taken as true.
const ADMINISTRATORS_VALID: Duration = Duration::from_mins(10);
/// The service whose delegated administrators may own organization analyzers.
const ACCESS_ANALYZER: &str = "access-analyzer.amazonaws.com";

/// How the management account's own posture is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManagementAccount {
    /// With the role, like any other account.
    Role,
    /// With the base identity.
    Ambient,
    /// Not at all.
    Skip,
}

/// How sessions are made.
#[derive(Clone, Debug)]
pub struct SessionSettings {
    /// The role's name in every account, with its path if it has one.
    pub role_name: String,
    /// The external id that the role's trust policy demands.
    pub external_id: Option<String>,
    /// The session's name in the accounts' CloudTrail.
    pub session_name: String,
    /// How long a session lasts.
    pub duration: Duration,
    /// Whether sessions are confined to the operations of the enabled checks.
    pub restrict: bool,
    /// How the management account is read.
    pub management_account: ManagementAccount,
}

/// Where AWS is.
#[derive(Clone, Debug)]
pub enum Aws {
    /// Where the standard AWS variables and files say, with the identity that they give.
    Ambient,
    /// A simulation at this URL. The environment's own AWS settings are not looked at.
    Simulation(String),
}

/// What the hub needs to know.
#[derive(Clone, Debug)]
pub struct HubSettings {
    /// Where AWS is.
    pub aws: Aws,
    /// Where global questions are asked.
    pub home_region: Region,
    /// A role for Organizations calls; absent means the base identity.
    pub organization_role_arn: Option<String>,
    /// Accounts to work on instead of listing the organization; empty means listing.
    pub static_accounts: Vec<Account>,
    /// Whether the accounts' tags are needed. They cost a call per account.
    pub tags: bool,
    /// Whether accounts are selected by their organizational units, so that a listing without them is no listing.
    pub units: bool,
    /// How sessions are made.
    pub sessions: SessionSettings,
    /// The facts that will be collected: what the session policy allows.
    pub facts: Vec<FactKind>,
}

/// The hub could not be made.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// The HTTP client could not be made.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// The session policy is too long.
    #[error(transparent)]
    Policy(#[from] PolicyTooLong),
}

/// A region that an account may use.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EnabledRegion {
    /// The region.
    pub region: Region,
    /// Whether every account has it, without opting in.
    pub always: bool,
}

/// The organization's side. One per process.
#[derive(Debug)]
pub struct Hub {
    pub(crate) settings: HubSettings,
    base: Caller,
    config: SdkConfig,
    gate: Arc<Gate>,
    meter: Arc<Meter>,
    confinement: Option<Confinement>,
    sessions: Sessions,
    organization_caller: OnceCell<Caller>,
    pub(crate) organization_tree: tokio::sync::Mutex<organization::TreeCache>,
    management_account: Mutex<Option<AccountId>>,
    administrators: tokio::sync::Mutex<Option<(Vec<AccountId>, Instant)>>,
    pub(crate) last_listing: organization::LastListing,
    pub(crate) tags: TagCache,
}

impl Hub {
    /// Resolves the base configuration from the environment. Asks AWS nothing yet.
    pub async fn new(settings: HubSettings, gate: Arc<Gate>, meter: Arc<Meter>) -> Result<Self, HubError> {
        let confinement = if settings.sessions.restrict {
            Some(Confinement::new(session_policies(&settings.facts, settings.home_region.partition())?))
        } else {
            None
        };
        let http = connection::http_client(Arc::clone(&gate), Arc::clone(&meter))?;
        let config = match &settings.aws {
            Aws::Ambient => {
                // Where AWS_REGION or the profile says, else in the home region. Instance metadata is not asked: off EC2 it only costs time.
                let home = aws_config::Region::new(settings.home_region.to_string());
                let region = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
                    .or_else(ProfileFileRegionProvider::new())
                    .or_else(home);
                let loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http).region(region);
                caller::settings(loader.load().await)
            }
            Aws::Simulation(url) => caller::settings(simulation(url, http)),
        };
        let base_region = config.region().and_then(|region| region.as_ref().parse().ok()).unwrap_or_else(|| settings.home_region.clone());
        let base = Caller::new(&config, Arc::clone(&meter), Identity::default(), base_region);
        Ok(Self {
            settings,
            base,
            config,
            gate,
            meter,
            confinement,
            sessions: Sessions::default(),
            organization_caller: OnceCell::new(),
            organization_tree: tokio::sync::Mutex::default(),
            management_account: Mutex::default(),
            administrators: tokio::sync::Mutex::default(),
            last_listing: organization::LastListing::default(),
            tags: TagCache::default(),
        })
    }

    /// Where global questions are asked.
    pub const fn home_region(&self) -> &Region {
        &self.settings.home_region
    }

    /// The account's session, cached while it lasts.
    pub async fn session(&self, account: AccountId) -> Result<Session, Blind> {
        if self.is_skipped(account) {
            return Err(Blind::new(BlindReason::RoleMissing, "the management account is skipped by sessions.management_account"));
        }

        self.sessions.get(account, &self.context(), |session| self.caller(session, self.home_region().clone())).await
    }

    /// Makes the next [`Hub::session`] ask AWS, even if it refused just now.
    pub fn forget_refusal(&self, account: AccountId) {
        self.sessions.forget_refusal(account);
    }

    /// Whether the configuration leaves this account out because it is the management account.
    pub fn is_skipped(&self, account: AccountId) -> bool {
        self.management_account().is_some_and(|management| management == account && self.skips_management_account())
    }

    /// Whether the configuration leaves the management account out.
    pub fn skips_management_account(&self) -> bool {
        self.settings.sessions.management_account == ManagementAccount::Skip
    }

    /// The accounts that the configuration names instead of having the organization listed; none where that is listed.
    pub fn configured_accounts(&self) -> &[Account] {
        &self.settings.static_accounts
    }

    /// Whether listings ask for the accounts' tags.
    pub const fn lists_tags(&self) -> bool {
        self.settings.tags
    }

    /// Takes the management account to be this one until a listing says otherwise.
    pub fn remember_management_account(&self, account: AccountId) {
        self.management_account.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(account);
    }

    /// The clients for a session in a region.
    pub fn caller(&self, session: &Session, region: Region) -> Caller {
        Caller::new(&self.config, Arc::clone(&self.meter), session.identity(), region)
    }

    /// Forgets what is kept for accounts that are not in the organization any more.
    pub fn retain_accounts(&self, keep: impl Fn(AccountId) -> bool) {
        self.sessions.retain(&keep);
        self.tags.retain(keep);
    }

    /// Forgets what the gate keeps for nobody, and brings its figures up to date. To be called every few seconds.
    pub fn keep_house(&self) {
        self.gate.retain_recent();
        self.meter.show(self.gate.state());
    }

    /// The regions enabled in the session's account, of the home region's partition, sorted.
    pub async fn enabled_regions(&self, session: &Session) -> Result<Vec<EnabledRegion>, Blind> {
        self.regions_of(&self.caller(session, self.home_region().clone())).await
    }

    /// The same, asked by this caller in its own region.
    pub(crate) async fn regions_of(&self, caller: &Caller) -> Result<Vec<EnabledRegion>, Blind> {
        let place = self.place(caller);
        let answer =
            caller.ec2().describe_regions().send().await.map_err(|error| into_blind(blind::unseen(&error, DESCRIBE_REGIONS, place)))?;
        let partition = self.home_region().partition();
        let mut regions: Vec<EnabledRegion> = answer
            .regions()
            .iter()
            .filter(|region| region.opt_in_status() != Some("not-opted-in"))
            .filter_map(|region| {
                let always = region.opt_in_status() != Some("opted-in");
                Some(EnabledRegion { region: region.region_name()?.parse().ok()?, always })
            })
            .filter(|enabled| enabled.region.partition() == partition)
            .collect();
        regions.sort();
        regions.dedup();
        if regions.is_empty() {
            return Err(Blind::new(BlindReason::AwsError, format!("ec2:DescribeRegions in {}: the answer has no region", caller.region())));
        }
        Ok(regions)
    }

    /// The management account, once a listing has shown it.
    pub fn management_account(&self) -> Option<AccountId> {
        *self.management_account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The management account, asked for where no listing has shown it. Absent where there is no organization.
    pub(crate) async fn find_management_account(&self) -> Result<Option<AccountId>, Blind> {
        organization::management_account(self, self.organization_caller().await?).await
    }

    pub(crate) fn set_management_account(&self, account: Option<AccountId>) {
        *self.management_account.lock().unwrap_or_else(PoisonError::into_inner) = account;
    }

    /// The identity for Organizations calls: the base one, or the role that the configuration names for it.
    pub(crate) async fn organization_caller(&self) -> Result<&Caller, Blind> {
        let Some(role_arn) = &self.settings.organization_role_arn else { return Ok(&self.base) };
        self.organization_caller
            .get_or_try_init(|| async {
                let provider =
                    session::RoleProvider::new(role_arn.clone(), self.base.in_region(self.base.region().clone()), &self.settings.sessions);
                let identity = Identity { credentials: Some(SharedCredentialsProvider::new(provider)), ..Identity::default() };
                Ok(Caller::new(&self.config, Arc::clone(&self.meter), identity, self.base.region().clone()))
            })
            .await
    }

    /// The accounts that may own an organization analyzer: the management account and Access Analyzer's delegated administrators. Empty
    /// where there is no organization.
    pub(crate) async fn analyzer_owners(&self, operation: Operation) -> Result<Vec<AccountId>, Blind> {
        let mut cached = self.administrators.lock().await;
        if let Some((owners, until)) = &*cached
            && Instant::now() < *until
        {
            return Ok(owners.clone());
        }
        let caller = self.organization_caller().await?;
        let Some(management) = organization::management_account(self, caller).await? else { return Ok(Vec::new()) };
        let mut owners = vec![management];
        let request = caller.organizations().list_delegated_administrators().service_principal(ACCESS_ANALYZER);
        let pages = request.into_paginator().stop_on_duplicate_token(false).send();
        let listed = every_page(pages, operation, self.place(caller), pages::MOST, |page| {
            owners.extend(page.delegated_administrators().iter().filter_map(|account| account.id()?.parse::<AccountId>().ok()));
        });
        listed.await.map_err(into_blind)?;
        owners.sort_unstable();
        owners.dedup();
        *cached = Some((owners.clone(), Instant::now() + ADMINISTRATORS_VALID));
        Ok(owners)
    }

    pub(crate) fn place<'a>(&'a self, caller: &'a Caller) -> Place<'a> {
        Place { account: caller.account(), region: caller.region(), home_region: self.home_region() }
    }

    fn context(&self) -> Context<'_> {
        Context {
            base: &self.base,
            settings: &self.settings.sessions,
            confinement: self.confinement.as_ref(),
            home_region: self.home_region(),
            management_account: self.management_account(),
            meter: &self.meter,
        }
    }
}

/// The base configuration for a simulation. It knows its callers by their access keys and checks no signature.
fn simulation(url: &str, http: SharedHttpClient) -> SdkConfig {
    let credentials = Credentials::new("AKIASIMULATEDORGSWEE", "simulated", None, None, "simulation");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http)
        .endpoint_url(url)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .sleep_impl(TokioSleep::new())
        .time_source(SystemTimeSource::new())
        .build()
}

/// For questions to which "not offered here" is no answer.
pub(crate) fn into_blind(unseen: Unseen) -> Blind {
    match unseen {
        Unseen::Blind(blind) => blind,
        Unseen::NotOffered(sentence) => Blind::new(BlindReason::AwsError, sentence),
    }
}
