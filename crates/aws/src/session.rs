//! Sessions in the organization's accounts: assumed once, shared, refreshed, and verified to be where they claim.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future},
};
use aws_sdk_sts::{
    operation::assume_role::{AssumeRoleError, AssumeRoleOutput, builders::AssumeRoleFluentBuilder},
    types::PolicyDescriptorType,
};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use orgsweep_model::{AccountId, Blind, BlindReason, Operation, Region, Unseen};
use tokio::time::Instant;

use crate::{
    blind::{self, Place},
    caller::{Caller, Identity},
    hub::{ManagementAccount, SessionSettings, into_blind},
    interceptor::DECLARED,
    meter::Meter,
    permissions::Confinement,
    retry::Health,
};

pub(crate) const ASSUME_ROLE: Operation = Operation::new("sts", "AssumeRole", "sts:AssumeRole");
const GET_CALLER_IDENTITY: Operation = Operation::new("sts", "GetCallerIdentity", "sts:GetCallerIdentity");

/// A refusal is remembered for this long at first, twice as long each time, up to [`REFUSAL_MOST`]. That is less than the default
/// frequent interval: each sweep of the account tries again, and what happens between sweeps does not.
const REFUSAL_FIRST: Duration = Duration::from_secs(30);
const REFUSAL_MOST: Duration = Duration::from_mins(10);

/// Credentials in an account.
#[derive(Clone, Debug)]
pub struct Session {
    /// The account.
    pub account: AccountId,
    /// Absent where the base identity itself acts in the account.
    credentials: Option<SharedCredentialsProvider>,
    /// Where AWS refuses these credentials, the next who asks for the session gets a new one.
    health: Arc<Health>,
}

impl Session {
    fn new(account: AccountId, credentials: Option<SharedCredentialsProvider>) -> Self {
        Self { account, credentials, health: Arc::default() }
    }

    pub(crate) fn identity(&self) -> Identity {
        Identity { account: Some(self.account), credentials: self.credentials.clone(), health: Some(Arc::clone(&self.health)) }
    }

    /// Whether AWS refused these credentials since they were given out.
    pub fn is_rejected(&self) -> bool {
        self.health.is_rejected()
    }
}

/// What is known of an account's session. The lock is held while one is being got, so that all who need it wait for the same one.
#[derive(Debug, Default)]
struct Slot {
    current: Option<(Session, Instant)>,
    refused: Option<(Blind, Instant)>,
    refusals: u32,
}

/// The cache of sessions.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    slots: Mutex<HashMap<AccountId, Arc<tokio::sync::Mutex<Slot>>>>,
}

/// What getting a session needs.
pub(crate) struct Context<'a> {
    /// The base identity in the home region.
    pub base: &'a Caller,
    pub settings: &'a SessionSettings,
    pub confinement: Option<&'a Confinement>,
    pub home_region: &'a Region,
    pub management_account: Option<AccountId>,
    pub meter: &'a Meter,
}

impl Sessions {
    /// The account's session: the cached one while it lasts, else a new one.
    pub async fn get(&self, account: AccountId, context: &Context<'_>, caller_in: impl Fn(&Session) -> Caller) -> Result<Session, Blind> {
        let slot = Arc::clone(self.slots.lock().unwrap_or_else(PoisonError::into_inner).entry(account).or_default());
        let mut slot = slot.lock().await;
        let now = Instant::now();
        if let Some((session, until)) = &slot.current
            && now < *until
            && !session.is_rejected()
        {
            return Ok(session.clone());
        }
        if let Some((blind, until)) = &slot.refused
            && now < *until
        {
            return Err(blind.clone());
        }
        let opened = open(account, context, caller_in).await;
        context.meter.session(opened.as_ref().err().map(|blind| blind.reason));
        match opened {
            Ok((session, life)) => {
                // Renewed at about three quarters of its life, so that what is left lasts for a sweep; a little earlier or later by
                // account, so that sessions begun together part ways.
                let jitter = 0.7 + 0.1 * spread(account);
                *slot = Slot { current: Some((session.clone(), now + life.mul_f64(jitter))), ..Slot::default() };
                Ok(session)
            }
            Err(blind) => {
                let wait = REFUSAL_FIRST.saturating_mul(1 << slot.refusals.min(10)).min(REFUSAL_MOST);
                let refusals = slot.refusals.saturating_add(1);
                *slot = Slot { current: None, refused: Some((blind.clone(), now + wait)), refusals };
                Err(blind)
            }
        }
    }

    /// The next who asks for the account's session asks AWS. One that is being got at this moment is news enough.
    pub fn forget_refusal(&self, account: AccountId) {
        let slot = self.slots.lock().unwrap_or_else(PoisonError::into_inner).get(&account).map(Arc::clone);
        if let Some(mut slot) = slot.as_ref().and_then(|slot| slot.try_lock().ok()) {
            slot.refused = None;
        }
    }

    /// Forgets the sessions of accounts that are not in the organization any more.
    pub fn retain(&self, keep: impl Fn(AccountId) -> bool) {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).retain(|account, _| keep(*account));
    }
}

/// A number in 0..1 that differs between accounts and stays the same for one.
#[expect(clippy::cast_precision_loss, reason = "a fraction of 2^53")]
fn spread(account: AccountId) -> f64 {
    use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(account);
    (hash >> 11) as f64 / (1_u64 << 53) as f64
}

async fn open(account: AccountId, context: &Context<'_>, caller_in: impl Fn(&Session) -> Caller) -> Result<(Session, Duration), Blind> {
    let is_management = context.management_account == Some(account);
    if is_management && context.settings.management_account == ManagementAccount::Ambient {
        let session = Session::new(account, None);
        verify(&session, context, &caller_in(&session)).await?;
        return Ok((session, context.settings.duration));
    }
    let role_arn = role_arn(context.home_region, &account.to_string(), &context.settings.role_name);
    let (credentials, life) = assume(&role_arn, context).await?;
    let session = Session::new(account, Some(SharedCredentialsProvider::new(credentials)));
    verify(&session, context, &caller_in(&session)).await?;
    Ok((session, life))
}

/// The ARN of the role that is assumed in an account; `*` stands for every account.
pub(crate) fn role_arn(home_region: &Region, account: &str, role_name: &str) -> String {
    format!("arn:{}:iam::{account}:role/{role_name}", home_region.partition())
}

/// Credentials of the role for Organizations calls, renewed before they expire.
#[derive(Debug)]
pub(crate) struct RoleProvider {
    role_arn: String,
    base: Caller,
    settings: SessionSettings,
    current: tokio::sync::Mutex<Option<(Credentials, Instant)>>,
}

impl RoleProvider {
    pub fn new(role_arn: String, base: Caller, settings: &SessionSettings) -> Self {
        Self { role_arn, base, settings: settings.clone(), current: tokio::sync::Mutex::default() }
    }

    async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        let mut current = self.current.lock().await;
        if let Some((credentials, until)) = &*current
            && Instant::now() < *until
        {
            return Ok(credentials.clone());
        }
        let context = Context {
            base: &self.base,
            settings: &self.settings,
            confinement: None,
            home_region: self.base.region(),
            management_account: None,
            meter: self.base.meter(),
        };
        // A collector may be what needs them: its own declaration must not refuse this call.
        let assumed = DECLARED.scope(&[ASSUME_ROLE], assume(&self.role_arn, &context)).await;
        let (credentials, life) = assumed.map_err(|blind| CredentialsError::provider_error(blind.detail))?;
        *current = Some((credentials.clone(), Instant::now() + life.mul_f64(0.8)));
        Ok(credentials)
    }
}

impl ProvideCredentials for RoleProvider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

/// Assumes a role with the base identity. Gives the credentials and how long they last.
pub(crate) async fn assume(role_arn: &str, context: &Context<'_>) -> Result<(Credentials, Duration), Blind> {
    let settings = context.settings;
    let seconds = i32::try_from(settings.duration.as_secs()).unwrap_or(3600);
    let place = Place { account: None, region: context.base.region(), home_region: context.base.region() };
    // A client of its own, and with it a retry quota: one account's refusals must not use up those of the others.
    let base = context.base.in_region(context.base.region().clone());
    let request = base
        .sts()
        .assume_role()
        .role_arn(role_arn)
        .role_session_name(&settings.session_name)
        .duration_seconds(seconds)
        .set_external_id(settings.external_id.clone());
    let answer =
        confined(request, context.confinement).await.map_err(|error| refusal(blind::unseen(&error, ASSUME_ROLE, place), role_arn))?;
    let Some(given) = answer.credentials else {
        return Err(Blind::new(BlindReason::AwsError, format!("sts:AssumeRole of {role_arn}: the answer has no credentials")));
    };
    let expiry = SystemTime::try_from(*given.expiration()).ok();
    let life = Duration::from_secs(u64::try_from(seconds).unwrap_or(3600));
    let credentials =
        Credentials::new(given.access_key_id(), given.secret_access_key(), Some(given.session_token().to_owned()), expiry, "AssumeRole");
    Ok((credentials, life))
}

/// Sends the request with the session policy that holds now, and with the next one where STS finds it too large.
async fn confined(
    request: AssumeRoleFluentBuilder,
    confinement: Option<&Confinement>,
) -> Result<AssumeRoleOutput, SdkError<AssumeRoleError, HttpResponse>> {
    loop {
        let Some((place, policy)) = confinement.and_then(Confinement::current) else { return request.send().await };
        let managed = policy.managed.as_ref().map(|arn| vec![PolicyDescriptorType::builder().arn(arn).build()]);
        let answer = request.clone().set_policy(policy.inline.clone()).set_policy_arns(managed).send().await;
        let too_large =
            answer.as_ref().is_err_and(|error| error.as_service_error().is_some_and(AssumeRoleError::is_packed_policy_too_large_exception));
        if !(too_large && confinement.is_some_and(|confinement| confinement.too_large(place))) {
            return answer;
        }
    }
}

/// AWS refuses a role that does not exist and one that does not trust us with the same words.
fn refusal(unseen: Unseen, role_arn: &str) -> Blind {
    let mut blind = into_blind(unseen);
    if blind.reason == BlindReason::IamDeny {
        blind = Blind::new(
            BlindReason::RoleMissing,
            format!(
                "{role_arn} could not be assumed: it does not exist, does not trust this caller, or the caller may not assume it ({})",
                blind.detail
            ),
        );
    }
    blind
}

/// A session that acts in another account would give its verdicts to the wrong one.
async fn verify(session: &Session, context: &Context<'_>, caller: &Caller) -> Result<(), Blind> {
    let place = Place { account: Some(session.account), region: caller.region(), home_region: context.home_region };
    let answer = caller.sts().get_caller_identity().send().await;
    let identity = answer.map_err(|error| into_blind(blind::unseen(&error, GET_CALLER_IDENTITY, place)))?;
    let acts_in = identity.account().unwrap_or("no account");
    if acts_in == session.account.to_string() {
        Ok(())
    } else {
        Err(Blind::new(
            BlindReason::AwsError,
            format!("the session for account {} acts in account {acts_in}; nothing was asked with it", session.account),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_role_is_missing_unless_a_service_control_policy_refused_it() {
        let denied = |reason| Unseen::Blind(Blind { reason, action: Some("sts:AssumeRole".into()), detail: "…".into() });
        assert_eq!(refusal(denied(BlindReason::IamDeny), "arn:x").reason, BlindReason::RoleMissing);
        assert_eq!(refusal(denied(BlindReason::IamDeny), "arn:x").action, None);
        assert_eq!(refusal(denied(BlindReason::ScpDeny), "arn:x").reason, BlindReason::ScpDeny);
        assert_eq!(refusal(denied(BlindReason::Throttled), "arn:x").reason, BlindReason::Throttled);
    }

    #[test]
    fn spread_is_steady_and_within_bounds() {
        for id in ["000000000000", "111111111111", "999999999999"] {
            let account: AccountId = id.parse().unwrap();
            assert!((0.0..1.0).contains(&spread(account)));
            assert_eq!(spread(account).to_bits(), spread(account).to_bits());
        }
    }
}
