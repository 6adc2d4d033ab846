//! Facts of the organization itself, which only its management account asks for, and how it lists an account.

use std::{collections::BTreeMap, time::Duration};

use aws_sdk_organizations::types::PolicyType;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use orgsweep_model::{
    AccountId, Blind, BlindReason, Observed, Unseen,
    fact::organizations::{
        AccountListing, LandingZones, ListedAccount, OrganizationAccounts, OrganizationFeatures, RootAccessManagement,
        ServiceControlPolicies, ServiceControlPolicy,
    },
};
use tokio::time::{Instant, timeout_at};

use super::{Probe, every_page, observed, regions::wherever_it_is};
use crate::{interceptor::DECLARED, pages};

/// The largest page that Organizations gives.
const PAGE: i32 = 20;
/// How long the tags of all accounts may take. They share the organization's quota with all sweeps, so a few calls a second; what is not
/// answered by then is blind by itself, and what is known from the accounts' own sweeps counts.
const TAGS_PATIENCE: Duration = Duration::from_mins(8);

/// Asks with the organization's own credentials, confined to what the fact declares for them.
async fn as_organization<T>(probe: &Probe<'_>, ask: impl AsyncFnOnce(Probe<'_>) -> Result<T, Unseen>) -> Result<T, Unseen> {
    DECLARED
        .scope(probe.kind.spec().hub_operations, async {
            let caller = probe.hub.organization_caller().await?;
            ask(probe.with(caller)).await
        })
        .await
}

pub(super) async fn features(probe: &Probe<'_>) -> Result<OrganizationFeatures, Unseen> {
    as_organization(probe, async |probe: Probe<'_>| {
        let answer = probe.caller.organizations().describe_organization().send().await.map_err(probe.failed("DescribeOrganization"))?;
        let organization = probe.needed(answer.organization, "organization")?;
        Ok(OrganizationFeatures {
            id: probe.needed(organization.id, "id")?,
            arn: probe.needed(organization.arn, "ARN")?,
            feature_set: probe.needed(organization.feature_set, "FeatureSet")?.as_str().to_owned(),
        })
    })
    .await
}

pub(super) async fn service_control_policies(probe: &Probe<'_>) -> Result<ServiceControlPolicies, Unseen> {
    as_organization(probe, async |probe: Probe<'_>| {
        let mut policies = Vec::new();
        for listed in list_policies(&probe).await?.into_iter().filter(|listed| !listed.aws_managed) {
            let id = probe.needed(listed.id, "policy id")?;
            let targets = match targets(&probe, &id).await {
                // Deleted since it was listed.
                Ok(None) => continue,
                Ok(Some(targets)) => Observed::Seen(targets),
                Err(unseen) => observed(Err(unseen)),
            };
            policies.push(ServiceControlPolicy {
                arn: probe.needed(listed.arn, "policy ARN")?,
                name: probe.needed(listed.name, "policy name")?,
                id,
                targets,
            });
        }
        Ok(ServiceControlPolicies { policies })
    })
    .await
}

/// Every service control policy. None where the organization does not have that type of policy.
async fn list_policies(probe: &Probe<'_>) -> Result<Vec<aws_sdk_organizations::types::PolicySummary>, Unseen> {
    let request = probe.caller.organizations().list_policies().filter(PolicyType::ServiceControlPolicy).max_results(PAGE);
    let mut pages = request.into_paginator().stop_on_duplicate_token(false).send();
    let mut policies = Vec::new();
    for _ in 0..pages::MOST {
        match pages.next().await {
            None => return Ok(policies),
            Some(Ok(page)) => policies.extend(probe.needed(page.policies, "list")?),
            Some(Err(error)) if error.as_service_error().and_then(ProvideErrorMetadata::code).is_some_and(says_no_such_type) => {
                return Ok(Vec::new());
            }
            Some(Err(error)) => return Err(probe.failed("ListPolicies")(error)),
        }
    }
    let detail = format!("organizations:ListPolicies: more than {} pages", pages::MOST);
    Err(Blind::new(BlindReason::Truncated, detail).into())
}

fn says_no_such_type(code: &str) -> bool {
    ["PolicyTypeNotEnabledException", "PolicyTypeNotAvailableForOrganizationException"].contains(&code)
}

/// What a policy is attached to; `None` where there is no such policy any more.
async fn targets(probe: &Probe<'_>, policy: &str) -> Result<Option<Vec<String>>, Unseen> {
    let request = probe.caller.organizations().list_targets_for_policy().policy_id(policy).max_results(PAGE);
    let mut pages = request.into_paginator().stop_on_duplicate_token(false).send();
    let mut targets = Vec::new();
    for _ in 0..pages::MOST {
        match pages.next().await {
            None => return Ok(Some(targets)),
            Some(Ok(page)) => {
                for target in probe.needed(page.targets, "list")? {
                    targets.push(probe.needed(target.target_id, "target id")?);
                }
            }
            Some(Err(error)) if error.as_service_error().and_then(ProvideErrorMetadata::code) == Some("PolicyNotFoundException") => {
                return Ok(None);
            }
            Some(Err(error)) => return Err(probe.failed("ListTargetsForPolicy")(error)),
        }
    }
    let detail = format!("organizations:ListTargetsForPolicy of {policy}: more than {} pages", pages::MOST);
    Err(Blind::new(BlindReason::Truncated, detail).into())
}

/// Asked in the management account's session. That another account may not ask is no answer.
pub(super) async fn root_access_management(probe: &Probe<'_>) -> Result<RootAccessManagement, Unseen> {
    match probe.caller.iam().list_organizations_features().send().await {
        Ok(answer) => {
            let features = probe.needed(answer.enabled_features, "list of features")?;
            Ok(RootAccessManagement { trusted: true, features: features.iter().map(|feature| feature.as_str().to_owned()).collect() })
        }
        Err(error) => match error.as_service_error().and_then(ProvideErrorMetadata::code) {
            Some(
                "ServiceAccessNotEnabled"
                | "ServiceAccessNotEnabledException"
                | "OrganizationNotInAllFeaturesMode"
                | "OrganizationNotInAllFeaturesModeException",
            ) => Ok(RootAccessManagement { trusted: false, features: Vec::new() }),
            _ => Err(probe.failed("ListOrganizationsFeatures")(error)),
        },
    }
}

pub(super) async fn landing_zones(probe: &Probe<'_>) -> Result<LandingZones, Unseen> {
    let arns = wherever_it_is(probe, |probe| landing_zones_here(probe).boxed(), |_| true).await?;
    Ok(LandingZones { arns })
}

async fn landing_zones_here(probe: Probe<'_>) -> Result<Vec<String>, Unseen> {
    let pages = probe.caller.controltower().list_landing_zones().into_paginator().stop_on_duplicate_token(false).send();
    let listed = every_page(&probe, "ListLandingZones", pages, |page| Some(page.landing_zones)).await?;
    listed.into_iter().map(|zone| probe.needed(zone.arn, "ARN")).collect()
}

pub(super) async fn account_listing(probe: &Probe<'_>) -> Result<AccountListing, Unseen> {
    let account = probe.needed(probe.account, "account")?;
    if let Some(gap) = probe.hub.last_listing.gap() {
        return Err(gap.into());
    }
    let tags = match tags(probe, account.id).await {
        Ok(Some(tags)) => Observed::Seen(tags),
        Ok(None) => return Err(probe.malformed("the account left the organization")),
        Err(unseen) => observed(Err(unseen)),
    };
    Ok(AccountListing { ou_path: account.ou_path.clone(), tags })
}

pub(super) async fn organization_accounts(probe: &Probe<'_>) -> Result<OrganizationAccounts, Unseen> {
    let deadline = Instant::now() + TAGS_PATIENCE;
    let listed = probe.hub.last_listing.accounts()?;
    let in_use = listed.iter().filter(|account| account.state.sweepable()).map(|account| (account.id, account.ou_path.clone()));
    let accounts = stream::iter(in_use.collect::<Vec<_>>())
        .map(|(id, ou_path)| async move {
            let answer = timeout_at(deadline, tags(probe, id)).await.unwrap_or_else(|_| {
                let detail = format!("organizations:ListTagsForResource of {id}: its turn did not come in time");
                Err(Blind::new(BlindReason::Timeout, detail).into())
            });
            // An account that left since it was listed is not listed.
            let tags = match answer {
                Ok(None) => return Ok::<_, Unseen>(None),
                Ok(Some(tags)) => Observed::Seen(tags),
                Err(unseen) => observed(Err(unseen)),
            };
            Ok(Some(ListedAccount { id, listing: AccountListing { ou_path, tags } }))
        })
        .buffered(8)
        .try_collect::<Vec<_>>()
        .await?;
    Ok(OrganizationAccounts { accounts: accounts.into_iter().flatten().collect() })
}

async fn tags(probe: &Probe<'_>, account: AccountId) -> Result<Option<BTreeMap<String, String>>, Unseen> {
    Ok(DECLARED.scope(probe.kind.spec().hub_operations, probe.hub.tags_of(account)).await?)
}
