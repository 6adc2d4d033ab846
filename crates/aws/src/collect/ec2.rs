//! EC2 facts. Every Describe call is paged: unpaged ones have half the quota.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use aws_sdk_ec2::types as sdk;
use orgsweep_model::{
    Observed, Unseen,
    fact::ec2::{
        DefaultSecurityGroup, DefaultSecurityGroups, DefaultVpcs, EbsEncryption, IngressRule, NetworkInterface, NetworkInterfaces,
        PrefixList, SecurityGroup, SecurityGroups,
    },
};

use super::{Probe, every_page, observed};

/// The largest page that the Describe operations give.
pub(super) const PAGE: i32 = 1_000;

pub(super) async fn ebs_encryption(probe: &Probe<'_>) -> Result<EbsEncryption, Unseen> {
    let answer = probe.caller.ec2().get_ebs_encryption_by_default().send().await.map_err(probe.failed("GetEbsEncryptionByDefault"))?;
    Ok(EbsEncryption { by_default: probe.needed(answer.ebs_encryption_by_default(), "setting")? })
}

pub(super) async fn default_vpcs(probe: &Probe<'_>) -> Result<DefaultVpcs, Unseen> {
    let default = sdk::Filter::builder().name("is-default").values("true").build();
    let request = probe.caller.ec2().describe_vpcs().filters(default).max_results(PAGE);
    let pages = request.into_paginator().stop_on_duplicate_token(false).send();
    let mut vpc_ids = Vec::new();
    for vpc in every_page(probe, "DescribeVpcs", pages, |page| page.vpcs).await? {
        // Asked again of each, because not every endpoint filters.
        if probe.needed(vpc.is_default, "isDefault")? {
            vpc_ids.push(probe.needed(vpc.vpc_id, "VPC id")?);
        }
    }
    Ok(DefaultVpcs { vpc_ids })
}

pub(super) async fn network_interfaces(probe: &Probe<'_>) -> Result<NetworkInterfaces, Unseen> {
    let request = probe.caller.ec2().describe_network_interfaces().max_results(PAGE);
    let pages = request.into_paginator().stop_on_duplicate_token(false).send();
    let listed = every_page(probe, "DescribeNetworkInterfaces", pages, |page| page.network_interfaces).await?;
    let interfaces = listed.into_iter().map(|interface| {
        let attachment = interface.attachment;
        let (instance_id, instance_owner) = attachment.map_or((None, None), |held| (held.instance_id, held.instance_owner_id));
        Ok(NetworkInterface {
            id: probe.needed(interface.network_interface_id, "interface id")?,
            vpc_id: probe.needed(interface.vpc_id, "VPC id")?,
            subnet_id: interface.subnet_id,
            owner: interface.owner_id,
            kind: probe.needed(interface.interface_type, "interface type")?.as_str().to_owned(),
            status: probe.needed(interface.status, "interface status")?.as_str().to_owned(),
            instance_id,
            instance_owner,
            requester: interface.requester_id,
            description: interface.description,
        })
    });
    Ok(NetworkInterfaces { interfaces: interfaces.collect::<Result<_, Unseen>>()? })
}

/// Both facts about security groups build on it.
async fn listed_groups(probe: &Probe<'_>) -> Result<Arc<Vec<sdk::SecurityGroup>>, Unseen> {
    let listed = probe.once("security groups", async {
        let request = probe.caller.ec2().describe_security_groups().max_results(PAGE);
        let pages = request.into_paginator().stop_on_duplicate_token(false).send();
        every_page(probe, "DescribeSecurityGroups", pages, |page| page.security_groups).await
    });
    Box::pin(listed).await
}

pub(super) async fn default_security_groups(probe: &Probe<'_>) -> Result<DefaultSecurityGroups, Unseen> {
    let mut groups = Vec::new();
    for group in listed_groups(probe).await?.iter() {
        // AWS lets no other group have this name.
        if probe.needed(group.group_name(), "group name")? == "default" {
            groups.push(DefaultSecurityGroup {
                id: probe.needed(group.group_id.clone(), "group id")?,
                arn: group.security_group_arn.clone(),
                inbound: !probe.needed(group.ip_permissions.as_deref(), "list of inbound rules")?.is_empty(),
                outbound: !probe.needed(group.ip_permissions_egress.as_deref(), "list of outbound rules")?.is_empty(),
            });
        }
    }
    Ok(DefaultSecurityGroups { groups })
}

pub(super) async fn security_groups(probe: &Probe<'_>) -> Result<SecurityGroups, Unseen> {
    let listed = listed_groups(probe).await?;
    let named = listed.iter().flat_map(sdk::SecurityGroup::ip_permissions).flat_map(sdk::IpPermission::prefix_list_ids);
    let ids: BTreeSet<&str> = named.filter_map(sdk::PrefixListId::prefix_list_id).collect();
    let mut lists = BTreeMap::new();
    for id in ids {
        lists.insert(id.to_owned(), observed(prefix_list(probe, id).await));
    }

    let mut groups = Vec::new();
    for group in listed.iter() {
        let rules = probe.needed(group.ip_permissions.as_deref(), "list of inbound rules")?;
        groups.push(SecurityGroup {
            id: probe.needed(group.group_id.clone(), "group id")?,
            arn: group.security_group_arn.clone(),
            name: group.group_name.clone().unwrap_or_default(),
            ingress: rules.iter().map(|rule| ingress(probe, rule, &lists)).collect::<Result<_, Unseen>>()?,
        });
    }
    Ok(SecurityGroups { groups })
}

async fn prefix_list(probe: &Probe<'_>, id: &str) -> Result<Vec<String>, Unseen> {
    let request = probe.caller.ec2().get_managed_prefix_list_entries().prefix_list_id(id).max_results(100);
    let pages = request.into_paginator().stop_on_duplicate_token(false).send();
    let entries = every_page(probe, "GetManagedPrefixListEntries", pages, |page| page.entries).await?;
    entries.into_iter().map(|entry| probe.needed(entry.cidr, "CIDR range")).collect()
}

/// A rule, with every source that it has: one left out could be the open one.
fn ingress(probe: &Probe<'_>, rule: &sdk::IpPermission, lists: &BTreeMap<String, Observed<Vec<String>>>) -> Result<IngressRule, Unseen> {
    let four = rule.ip_ranges().iter().map(|range| range.cidr_ip.clone());
    let six = rule.ipv6_ranges().iter().map(|range| range.cidr_ipv6.clone());
    let named = rule.prefix_list_ids().iter().map(|list| {
        let id = probe.needed(list.prefix_list_id.clone(), "prefix list id")?;
        let cidrs = probe.needed(lists.get(&id).cloned(), "prefix list")?;
        Ok(PrefixList { id, cidrs })
    });
    Ok(IngressRule {
        protocol: probe.needed(rule.ip_protocol.clone(), "protocol")?,
        from_port: rule.from_port,
        to_port: rule.to_port,
        cidrs: four.chain(six).map(|cidr| probe.needed(cidr, "CIDR range")).collect::<Result<_, Unseen>>()?,
        prefix_lists: named.collect::<Result<_, Unseen>>()?,
    })
}
