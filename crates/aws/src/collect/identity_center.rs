//! IAM Identity Center facts. All are asked in the management account, which owns the organization's instance.

use std::sync::Arc;

use aws_sdk_ssoadmin::operation::describe_permission_set::DescribePermissionSetError;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use orgsweep_model::{
    AccountId, Unseen,
    fact::identity_center::{IdentityCenter, IdentityCenterInstance, PermissionGrant, PermissionSet, PermissionSets},
};

use super::{Probe, boxed, every_page, observed, regions::wherever_it_is};

/// The largest page that Identity Center gives.
const PAGE: i32 = 100;

pub(super) async fn identity_center(probe: &Probe<'_>) -> Result<IdentityCenter, Unseen> {
    Ok(IdentityCenter { instances: instances(probe).await?.to_vec() })
}

/// The instances that the account sees, wherever they are.
async fn instances(probe: &Probe<'_>) -> Result<Arc<Vec<IdentityCenterInstance>>, Unseen> {
    let management = management(probe)?;
    let asked = boxed(|| wherever_it_is(probe, |probe| instances_here(probe).boxed(), move |found| found.serves(management)));
    probe.once("Identity Center instances", asked).await
}

/// The account that asks: these facts are collected in the management account alone.
fn management(probe: &Probe<'_>) -> Result<AccountId, Unseen> {
    probe.needed(probe.caller.account(), "account")
}

async fn instances_here(probe: Probe<'_>) -> Result<Vec<IdentityCenterInstance>, Unseen> {
    let pages = probe.caller.sso_admin().list_instances().max_results(PAGE).into_paginator().stop_on_duplicate_token(false).send();
    let listed = every_page(&probe, "ListInstances", pages, |page| page.instances).await?;
    let instances = listed.into_iter().map(|instance| {
        let owner = probe.needed(instance.owner_account_id, "OwnerAccountId")?;
        // An instance that was replicated shows in several regions, but permission sets are managed in one of them.
        let primary = instance.primary_region.and_then(|region| region.parse().ok());
        Ok(IdentityCenterInstance {
            arn: probe.needed(instance.instance_arn, "InstanceArn")?,
            owner: owner.parse().map_err(|_| probe.malformed("an instance's OwnerAccountId is no account id"))?,
            status: probe.needed(instance.status, "Status")?.as_str().to_owned(),
            region: primary.unwrap_or_else(|| probe.caller.region().clone()),
        })
    });
    instances.collect()
}

pub(super) async fn permission_sets(probe: &Probe<'_>) -> Result<PermissionSets, Unseen> {
    let (instances, management) = (instances(probe).await?, management(probe)?);
    let Some(instance) = instances.iter().find(|instance| instance.serves(management)) else {
        return Ok(PermissionSets { instance: None, sets: Vec::new() });
    };
    let there = probe.caller.in_region(instance.region.clone());
    let probe = probe.with(&there);
    let request = probe.caller.sso_admin().list_permission_sets().instance_arn(&instance.arn).max_results(PAGE);
    let pages = request.into_paginator().stop_on_duplicate_token(false).send();
    let arns = every_page(&probe, "ListPermissionSets", pages, |page| page.permission_sets).await?;
    let sets = stream::iter(arns)
        .map(|arn| async {
            let grant = match grant(&probe, &instance.arn, &arn).await {
                Ok(None) => return Ok::<_, Unseen>(None),
                Ok(Some(grant)) => Ok(grant),
                Err(unseen) => Err(unseen),
            };
            Ok(Some(PermissionSet { arn, grant: observed(grant) }))
        })
        .buffered(8)
        .try_collect::<Vec<_>>()
        .await?;
    Ok(PermissionSets { instance: Some(instance.arn.clone()), sets: sets.into_iter().flatten().collect() })
}

/// What a set grants; `None` where it was deleted since it was listed.
async fn grant(probe: &Probe<'_>, instance: &str, set: &str) -> Result<Option<PermissionGrant>, Unseen> {
    let sso = probe.caller.sso_admin();
    let described = match sso.describe_permission_set().instance_arn(instance).permission_set_arn(set).send().await {
        Ok(answer) => probe.needed(answer.permission_set, "PermissionSet")?,
        Err(error) if error.as_service_error().is_some_and(DescribePermissionSetError::is_resource_not_found_exception) => return Ok(None),
        Err(error) => return Err(probe.failed("DescribePermissionSet")(error)),
    };
    let request = sso.list_managed_policies_in_permission_set().instance_arn(instance).permission_set_arn(set).max_results(PAGE);
    let pages = request.into_paginator().stop_on_duplicate_token(false).send();
    let managed = every_page(probe, "ListManagedPoliciesInPermissionSet", pages, |page| page.attached_managed_policies).await?;
    let inline = sso.get_inline_policy_for_permission_set().instance_arn(instance).permission_set_arn(set).send().await;
    let inline = inline.map_err(probe.failed("GetInlinePolicyForPermissionSet"))?;
    Ok(Some(PermissionGrant {
        name: probe.needed(described.name, "Name")?,
        session_duration: described.session_duration,
        managed_policies: managed.into_iter().map(|policy| probe.needed(policy.arn, "policy ARN")).collect::<Result<_, _>>()?,
        // AWS sends an empty text where there is none.
        inline_policy: Some(probe.needed(inline.inline_policy, "InlinePolicy")?).filter(|policy| !policy.trim().is_empty()),
    }))
}
