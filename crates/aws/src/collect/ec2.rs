//! EC2 facts. Every Describe call is paged: unpaged ones have half the quota.

use std::collections::BTreeMap;

use aws_sdk_ec2::types as sdk;
use orgsweep_model::{
    Observed, Unseen,
    fact::ec2::{DefaultVpcs, EbsEncryption, IngressRule, NetworkInterface, NetworkInterfaces, PrefixList, SecurityGroup, SecurityGroups},
};

use super::{Probe, every_page, observed};

/// A listing read page by page. AWS sends an empty list where there is nothing; a page without any list is no answer, and must not look
/// like one.
struct Listing<T> {
    items: Vec<T>,
    incomplete: bool,
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self { items: Vec::new(), incomplete: false }
    }
}

impl<T> Listing<T> {
    fn add(&mut self, page: Option<Vec<T>>) {
        match page {
            Some(items) => self.items.extend(items),
            None => self.incomplete = true,
        }
    }

    fn whole(self, probe: &Probe<'_>) -> Result<Vec<T>, Unseen> {
        if self.incomplete { Err(probe.malformed("an answer has no list")) } else { Ok(self.items) }
    }
}

/// The largest page that the Describe operations give.
const PAGE: i32 = 1_000;

pub(super) async fn ebs_encryption(probe: &Probe<'_>) -> Result<EbsEncryption, Unseen> {
    let answer = probe.caller.ec2().get_ebs_encryption_by_default().send().await.map_err(probe.failed("GetEbsEncryptionByDefault"))?;
    match answer.ebs_encryption_by_default() {
        Some(by_default) => Ok(EbsEncryption { by_default }),
        None => Err(probe.malformed("the answer has no setting")),
    }
}

pub(super) async fn default_vpcs(probe: &Probe<'_>) -> Result<DefaultVpcs, Unseen> {
    let mut vpcs = Listing::default();
    let default = sdk::Filter::builder().name("is-default").values("true").build();
    let pages =
        probe.caller.ec2().describe_vpcs().filters(default).max_results(PAGE).into_paginator().stop_on_duplicate_token(false).send();
    every_page(probe, "DescribeVpcs", pages, |page| {
        vpcs.add(page.vpcs);
    })
    .await?;
    let default = vpcs.whole(probe)?.into_iter().filter(|vpc| vpc.is_default == Some(true));
    Ok(DefaultVpcs { vpc_ids: default.filter_map(|vpc| vpc.vpc_id).collect() })
}

pub(super) async fn network_interfaces(probe: &Probe<'_>) -> Result<NetworkInterfaces, Unseen> {
    let mut listed = Listing::default();
    let pages = probe.caller.ec2().describe_network_interfaces().max_results(PAGE).into_paginator().stop_on_duplicate_token(false).send();
    every_page(probe, "DescribeNetworkInterfaces", pages, |page| {
        listed.add(page.network_interfaces);
    })
    .await?;
    let interfaces = listed.whole(probe)?.into_iter();
    let named =
        interfaces.filter_map(|interface| Some(NetworkInterface { id: interface.network_interface_id?, vpc_id: interface.vpc_id? }));
    Ok(NetworkInterfaces { interfaces: named.collect() })
}

pub(super) async fn security_groups(probe: &Probe<'_>) -> Result<SecurityGroups, Unseen> {
    let mut listed = Listing::default();
    let pages = probe.caller.ec2().describe_security_groups().max_results(PAGE).into_paginator().stop_on_duplicate_token(false).send();
    every_page(probe, "DescribeSecurityGroups", pages, |page| listed.add(page.security_groups)).await?;
    let listed = listed.whole(probe)?;

    let named = listed.iter().flat_map(sdk::SecurityGroup::ip_permissions).flat_map(sdk::IpPermission::prefix_list_ids);
    let ids: std::collections::BTreeSet<&str> = named.filter_map(sdk::PrefixListId::prefix_list_id).collect();
    let mut lists = BTreeMap::new();
    for id in ids {
        lists.insert(id.to_owned(), observed(prefix_list(probe, id).await));
    }

    let groups = listed.iter().map(|group| SecurityGroup {
        id: group.group_id().unwrap_or_default().to_owned(),
        arn: group.security_group_arn().map(str::to_owned),
        name: group.group_name().unwrap_or_default().to_owned(),
        ingress: group.ip_permissions().iter().map(|rule| ingress(rule, &lists)).collect(),
    });
    Ok(SecurityGroups { groups: groups.collect() })
}

async fn prefix_list(probe: &Probe<'_>, id: &str) -> Result<Vec<String>, Unseen> {
    let mut cidrs = Vec::new();
    let pages = probe
        .caller
        .ec2()
        .get_managed_prefix_list_entries()
        .prefix_list_id(id)
        .max_results(100)
        .into_paginator()
        .stop_on_duplicate_token(false)
        .send();
    every_page(probe, "GetManagedPrefixListEntries", pages, |page| {
        cidrs.extend(page.entries.unwrap_or_default().into_iter().filter_map(|entry| entry.cidr));
    })
    .await?;
    Ok(cidrs)
}

fn ingress(rule: &sdk::IpPermission, lists: &BTreeMap<String, Observed<Vec<String>>>) -> IngressRule {
    let four = rule.ip_ranges().iter().filter_map(sdk::IpRange::cidr_ip);
    let six = rule.ipv6_ranges().iter().filter_map(sdk::Ipv6Range::cidr_ipv6);
    let named = rule.prefix_list_ids().iter().filter_map(sdk::PrefixListId::prefix_list_id);
    IngressRule {
        protocol: rule.ip_protocol().unwrap_or("-1").to_owned(),
        from_port: rule.from_port(),
        to_port: rule.to_port(),
        cidrs: four.chain(six).map(str::to_owned).collect(),
        prefix_lists: named.filter_map(|id| Some(PrefixList { id: id.to_owned(), cidrs: lists.get(id)?.clone() })).collect(),
    }
}
