//! Detective facts.

use orgsweep_model::{
    Blind, Unseen,
    fact::detective::{BehaviorGraphs, GraphMembership},
};

use super::{Probe, every_page};

pub(super) async fn behavior_graphs(probe: &Probe<'_>) -> Result<BehaviorGraphs, Unseen> {
    let client = probe.caller.detective();
    let pages = client.list_graphs().max_results(200).into_paginator().stop_on_duplicate_token(false).send();
    let graphs = or_none(every_page(probe, "ListGraphs", pages, |page| page.graph_list).await)?;
    let pages = client.list_invitations().max_results(200).into_paginator().stop_on_duplicate_token(false).send();
    let invitations = or_none(every_page(probe, "ListInvitations", pages, |page| page.invitations).await)?;
    let memberships = invitations.into_iter().map(|membership| {
        Ok(GraphMembership {
            graph: probe.needed(membership.graph_arn, "graph ARN")?,
            status: probe.needed(membership.status, "membership status")?.as_str().to_owned(),
            disabled_reason: membership.disabled_reason.map(|reason| reason.as_str().to_owned()),
        })
    });
    Ok(BehaviorGraphs {
        own: graphs.into_iter().map(|graph| probe.needed(graph.arn, "graph ARN")).collect::<Result<_, _>>()?,
        memberships: memberships.collect::<Result<_, Unseen>>()?,
    })
}

/// An account that has nothing to do with Detective usually gets empty lists. One that is told so has none either.
fn or_none<T>(listed: Result<Vec<T>, Unseen>) -> Result<Vec<T>, Unseen> {
    match listed {
        Err(Unseen::Blind(Blind { detail, .. })) if detail.contains("not subscribed") => Ok(Vec::new()),
        other => other,
    }
}
