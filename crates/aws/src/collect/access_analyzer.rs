//! Access Analyzer facts.

use aws_sdk_accessanalyzer::types as sdk;
use orgsweep_model::{
    BlindReason, FactKind, Region, Unseen,
    fact::access_analyzer::{Analyzer, Analyzers, OrganizationAnalyzers, OwnedAnalyzer},
};

use super::{Probe, answers::Answers, every_page, operation_of};
use crate::{caller::Caller, hub::Hub, interceptor::DECLARED};

pub(super) async fn analyzers(probe: &Probe<'_>) -> Result<Analyzers, Unseen> {
    Ok(Analyzers { analyzers: list(probe, probe.caller, None).await? })
}

/// The organization's analyzers in a region, asked for in every account that may own one. One owner that cannot be read matters only
/// where the others show no active analyzer.
pub(super) async fn organization_analyzers(hub: &Hub, region: &Region) -> Result<OrganizationAnalyzers, Unseen> {
    let kind = FactKind::OrganizationAnalyzers;
    let owners = DECLARED.scope(kind.spec().hub_operations, hub.analyzer_owners(operation_of(kind, "ListDelegatedAdministrators"))).await?;
    let mut analyzers = Vec::new();
    let mut blind = None;
    for owner in owners {
        match of_owner(hub, owner, region).await {
            Ok(found) => analyzers.extend(found.into_iter().map(|analyzer| OwnedAnalyzer { owner, analyzer })),
            Err(Unseen::NotOffered(_)) => {}
            Err(Unseen::Blind(reason)) => blind = Some(reason),
        }
    }
    let active = analyzers.iter().any(|owned| owned.analyzer.status == "ACTIVE");
    match blind {
        Some(blind) if !active => Err(blind.into()),
        _ => Ok(OrganizationAnalyzers { analyzers }),
    }
}

async fn of_owner(hub: &Hub, owner: orgsweep_model::AccountId, region: &Region) -> Result<Vec<Analyzer>, Unseen> {
    let session = hub.session(owner).await?;
    let caller = hub.caller(&session, region.clone());
    let kind = FactKind::OrganizationAnalyzers;
    let probe = Probe { kind, hub, caller: &caller, account: None, answers: &Answers::default() };
    match DECLARED.scope(kind.spec().operations, list(&probe, &caller, Some(sdk::Type::Organization))).await {
        // Where the owner has not enabled the region, it has no analyzer there. But credentials are refused for other reasons, too: the
        // owner's own list of regions decides.
        Err(Unseen::Blind(blind)) if blind.reason == BlindReason::RegionDisabled => {
            let enabled = hub.enabled_regions(&session).await?;
            if enabled.iter().any(|enabled| enabled.region == *region) { Err(blind.into()) } else { Ok(Vec::new()) }
        }
        answer => answer,
    }
}

async fn list(probe: &Probe<'_>, caller: &Caller, only: Option<sdk::Type>) -> Result<Vec<Analyzer>, Unseen> {
    let request = caller.accessanalyzer().list_analyzers().set_type(only).max_results(100);
    let pages = request.into_paginator().stop_on_duplicate_token(false).send();
    let listed = every_page(probe, "ListAnalyzers", pages, |page| Some(page.analyzers)).await?;
    let analyzers = listed.into_iter().map(|analyzer| Analyzer {
        name: analyzer.name,
        arn: analyzer.arn,
        kind: analyzer.r#type.as_str().to_owned(),
        status: analyzer.status.as_str().to_owned(),
    });
    Ok(analyzers.collect())
}
