//! EC2: security groups and managed prefix lists.

use std::borrow::Cow;

use super::Call;
use super::ec2::{filtered, paged, vpcs};
use crate::mix;
use crate::org::{Account, Organization};
use crate::posture::ec2_network::{AdminPort, DefaultGroup};
use crate::wire::answer::Body;
use crate::wire::{Failure, Xml};

/// Where a rule lets traffic come from.
#[derive(Clone, Copy)]
enum Source {
    Ipv4(&'static str),
    Ipv6(&'static str),
    /// The region's managed prefix list.
    PrefixList,
    /// The group itself.
    Itself,
}
use Source::{Ipv4, Ipv6, Itself, PrefixList};

/// A rule: protocol, ports (ICMP: type and code; none for all protocols), sources.
type Rule = (&'static str, Option<(i32, i32)>, &'static [Source]);

/// A group: name, description, ingress rules.
type Plan = (&'static str, &'static str, &'static [Rule]);

const EVERYWHERE: Rule = ("-1", None, &[Ipv4("0.0.0.0/0")]);

const HTTPS_WORLD: Rule = ("tcp", Some((443, 443)), &[Ipv4("0.0.0.0/0"), Ipv6("::/0")]);
const SSH_OFFICE: Rule = ("tcp", Some((22, 22)), &[Ipv4("203.0.113.0/24")]);

/// Groups that every region may have, none of which opens anything that matters.
const HARMLESS: [Plan; 6] = [
    ("database", "PostgreSQL from the applications", &[("tcp", Some((5432, 5432)), &[Ipv4("10.20.0.0/16")])]),
    ("internal", "R&D <internal> \"services\"", &[("tcp", Some((8080, 8089)), &[Itself, Ipv4("10.20.0.0/16")])]),
    ("office-ssh", "SSH from the office", &[SSH_OFFICE]),
    ("endpoints", "VPC endpoints", &[("tcp", Some((443, 443)), &[Ipv4("10.20.0.0/16"), PrefixList])]),
    ("ping", "Path MTU discovery", &[("icmp", Some((3, 4)), &[Ipv4("0.0.0.0/0")])]),
    ("high-ports", "Just beside the remote desktop", &[("tcp", Some((3390, 65535)), &[Ipv4("0.0.0.0/0")])]),
];

/// The groups that a variant stands for.
fn planned(variant: AdminPort) -> &'static [Plan] {
    match variant {
        AdminPort::Closed => &[],
        AdminPort::HttpsWorld => &[("web", "HTTPS from everywhere", &[HTTPS_WORLD])],
        AdminPort::SshPrivate => {
            &[("bastion", "SSH from private networks", &[("tcp", Some((22, 22)), &[Ipv4("192.168.0.0/16"), Ipv4("172.16.0.0/12")])])]
        }
        AdminPort::SshWide => &[("bastion", "SSH from all of 10/8", &[("tcp", Some((22, 22)), &[Ipv4("10.0.0.0/8")])])],
        AdminPort::SshWideIpv6 => &[("bastion", "SSH from a provider", &[("tcp", Some((22, 22)), &[Ipv6("2600::/16")])])],
        AdminPort::Udp22 => &[("probe", "Discovery", &[("udp", Some((22, 22)), &[Ipv4("0.0.0.0/0"), Ipv6("::/0")])])],
        AdminPort::IcmpWorld => {
            &[("icmp", "Ping", &[("icmp", Some((-1, -1)), &[Ipv4("0.0.0.0/0")]), ("icmpv6", Some((-1, -1)), &[Ipv6("::/0")])])]
        }
        AdminPort::PrefixList | AdminPort::PrefixListPrivate => {
            &[("managed", "SSH from the list", &[("tcp", Some((22, 22)), &[PrefixList])])]
        }
        AdminPort::SshWorld => {
            &[("bastion", "SSH from everywhere", &[HTTPS_WORLD, ("tcp", Some((22, 22)), &[Ipv4("10.0.0.0/8"), Ipv4("0.0.0.0/0")])])]
        }
        AdminPort::RdpIpv6 => &[("desktop", "Remote desktop", &[("tcp", Some((3389, 3389)), &[Ipv6("::/0")])])],
        AdminPort::Range => &[("wide", "Many ports", &[("tcp", Some((20, 1024)), &[Ipv4("0.0.0.0/0")])])],
        AdminPort::AllProtocols => &[("everything", "All traffic", &[("-1", None, &[Ipv4("0.0.0.0/0")])])],
        AdminPort::SlashSeven => &[("seven", "SSH from 10/7", &[("tcp", Some((22, 22)), &[Ipv4("10.0.0.0/7")])])],
        AdminPort::Ipv6SlashFifteen => &[("fifteen", "SSH from 2000::/15", &[("tcp", Some((22, 22)), &[Ipv6("2000::/15")])])],
        AdminPort::Halves => &[("halves", "SSH from two halves", &[("tcp", Some((22, 22)), &[Ipv4("0.0.0.0/1"), Ipv4("128.0.0.0/1")])])],
        AdminPort::TwoGroups => &[
            ("bastion", "SSH from everywhere", &[("tcp", Some((22, 22)), &[Ipv4("0.0.0.0/0")])]),
            ("desktop", "Remote desktop from everywhere", &[("tcp", Some((3380, 3390)), &[Ipv4("0.0.0.0/0")])]),
        ],
    }
}

/// The inbound and outbound rules of a VPC's default group. `first`: of the region's first VPC.
fn default_rules(variant: DefaultGroup, first: bool) -> (&'static [Rule], &'static [Rule]) {
    const MEMBERS: Rule = ("-1", None, &[Itself]);
    match variant {
        DefaultGroup::Born => (&[MEMBERS], &[EVERYWHERE]),
        DefaultGroup::FirstInbound if first => (&[MEMBERS], &[]),
        DefaultGroup::FirstOutbound if first => (&[], &[EVERYWHERE]),
        DefaultGroup::FirstPrefixList if first => (&[("tcp", Some((443, 443)), &[PrefixList])], &[]),
        _ => (&[], &[]),
    }
}

#[derive(Clone)]
struct Group {
    id: String,
    vpc: String,
    name: Cow<'static, str>,
    description: &'static str,
    inbound: &'static [Rule],
    outbound: &'static [Rule],
}

impl Group {
    fn new(id: String, vpc: &str, (name, description, inbound): Plan, outbound: &'static [Rule]) -> Self {
        Self { id, vpc: vpc.to_owned(), name: name.into(), description, inbound, outbound }
    }
}

/// A region's groups. Those that make up its number stand first and are made when they are asked for: a reader that misses the last
/// page misses what matters.
struct Groups<'a> {
    organization: &'a Organization,
    account: &'a Account,
    region: &'a str,
    fillers: usize,
    /// Those that the posture is about.
    posture: Vec<Group>,
}

impl<'a> Groups<'a> {
    fn of(call: &Call<'a>) -> Self {
        let (organization, account, region) = (call.organization(), call.account(), call.region);
        let posture = groups(organization, account, region);
        Self { organization, account, region, fillers: account.security_groups(region).saturating_sub(posture.len()), posture }
    }

    fn len(&self) -> usize {
        self.fillers + self.posture.len()
    }

    /// The group in this place, which has to be one of them.
    fn get(&self, place: usize) -> Cow<'_, Group> {
        if let Some(place) = place.checked_sub(self.fillers) {
            return Cow::Borrowed(&self.posture[place]);
        }
        let name = format!("service-{:05}", place + 1);
        let id = self.organization.resource_id(self.account, self.region, "sg", &name);
        let filler = Group::new(id, &self.posture[0].vpc, HARMLESS[place % HARMLESS.len()], &[EVERYWHERE]);
        Cow::Owned(Group { name: name.into(), ..filler })
    }
}

/// The id of a VPC's default group.
pub(super) fn default_group(organization: &Organization, account: &Account, region: &str, vpc: &str) -> String {
    organization.resource_id(account, region, "sg", vpc)
}

fn groups(organization: &Organization, account: &Account, region: &str) -> Vec<Group> {
    let vpcs = vpcs(organization, account, region);
    let variant = organization.variant(account, region);
    let defaults = vpcs.iter().enumerate().map(|(number, vpc)| {
        let (inbound, outbound) = default_rules(variant, number == 0);
        let plan = ("default", "default VPC security group", inbound);
        Group::new(default_group(organization, account, region, &vpc.id), &vpc.id, plan, outbound)
    });
    let mut groups: Vec<Group> = defaults.collect();
    let harmless = 2 + mix::below(organization.settings.seed, &["groups", &account.id, region], HARMLESS.len() - 1);
    let another: &[Plan] = if variant == DefaultGroup::AnotherOpen { &[("default-web", "Not the default", &[HTTPS_WORLD])] } else { &[] };
    let planned = planned(organization.variant(account, region));
    for plan in HARMLESS[..harmless].iter().chain(another).chain(planned) {
        let id = organization.resource_id(account, region, "sg", plan.0);
        groups.push(Group::new(id, &vpcs[0].id, *plan, &[EVERYWHERE]));
    }
    groups
}

pub(super) fn describe(call: &Call<'_>) -> Result<Body, Failure> {
    const PAGED: (&str, &str) = ("NextToken", "MaxResults");
    let groups = Groups::of(call);
    let ids = call.form.list("GroupId");
    let mut xml = Xml::default();
    let next = if ids.is_empty() && call.form.filters().is_empty() {
        let (places, next) = call.window(groups.len(), PAGED, 5..=1000, 1000)?;
        xml.list("securityGroupInfo", "item", places, |xml, place| write_group(xml, call, &groups.get(place)));
        next
    } else {
        let mut found = Vec::new();
        for group in (0..groups.len()).map(|place| groups.get(place)) {
            let fields =
                [("group-id", group.id.as_str()), ("vpc-id", &group.vpc), ("group-name", &group.name), ("description", group.description)];
            if (ids.is_empty() || ids.contains(&group.id.as_str())) && filtered(call, &fields)? {
                found.push(group);
            }
        }
        if let Some(missing) = ids.iter().find(|id| !found.iter().any(|group| group.id == **id)) {
            return Err(Failure::new("InvalidGroup.NotFound", 400, format!("The security group '{missing}' does not exist")));
        }
        let (found, next) = call.page(&found, PAGED, 5..=1000, 1000)?;
        xml.list("securityGroupInfo", "item", found, |xml, group| write_group(xml, call, group));
        next
    };
    xml.optional("nextToken", next);
    Ok(xml.into())
}

fn write_group(xml: &mut Xml, call: &Call<'_>, group: &Group) {
    let (account, region) = (call.account(), call.region);
    let prefix_list = prefix_list(call.organization(), account, region);
    xml.text("ownerId", &account.id).text("groupId", &group.id).text("groupName", &group.name);
    xml.text("groupDescription", group.description).text("vpcId", &group.vpc);
    xml.text("securityGroupArn", format!("arn:aws:ec2:{region}:{}:security-group/{}", account.id, group.id));
    xml.list("ipPermissions", "item", group.inbound, |xml, rule| write_rule(xml, rule, group, account, &prefix_list));
    xml.list("ipPermissionsEgress", "item", group.outbound, |xml, rule| write_rule(xml, rule, group, account, &prefix_list));
}

fn write_rule(
    xml: &mut Xml,
    (protocol, ports, sources): &(&str, Option<(i32, i32)>, &[Source]),
    group: &Group,
    account: &Account,
    prefix_list: &str,
) {
    xml.text("ipProtocol", protocol);
    if let Some((from, to)) = ports {
        xml.text("fromPort", from).text("toPort", to);
    }
    xml.list("groups", "item", sources.iter().filter(|source| matches!(source, Itself)), |xml, _| {
        xml.text("userId", &account.id).text("groupId", &group.id);
    });
    let ipv4 = sources.iter().filter_map(|source| if let Ipv4(cidr) = source { Some(cidr) } else { None });
    xml.list("ipRanges", "item", ipv4, |xml, cidr| {
        xml.text("cidrIp", cidr);
    });
    let ipv6 = sources.iter().filter_map(|source| if let Ipv6(cidr) = source { Some(cidr) } else { None });
    xml.list("ipv6Ranges", "item", ipv6, |xml, cidr| {
        xml.text("cidrIpv6", cidr);
    });
    xml.list("prefixListIds", "item", sources.iter().filter(|source| matches!(source, PrefixList)), |xml, _| {
        xml.text("prefixListId", prefix_list);
    });
}

fn prefix_list(organization: &Organization, account: &Account, region: &str) -> String {
    organization.resource_id(account, region, "pl", "managed")
}

/// The list's entries: 100 private networks, the most that fits on a page, and for the failing variant the world after them.
pub(super) fn prefix_list_entries(call: &Call<'_>) -> Result<Body, Failure> {
    let (organization, account) = (call.organization(), call.account());
    let id = call.form.get("PrefixListId").unwrap_or_default();
    if id != prefix_list(organization, account, call.region) {
        return Err(Failure::new("InvalidPrefixListID.NotFound", 400, format!("The prefix list ID '{id}' does not exist")));
    }
    let mut entries: Vec<String> = (0..100).map(|number| format!("10.30.{number}.0/24")).collect();
    if organization.variant::<AdminPort>(account, call.region) == AdminPort::PrefixList {
        entries.push("0.0.0.0/0".to_owned());
    }
    paged(call, "entrySet", 1..=100, 100, &entries, |xml, cidr| {
        xml.text("cidr", cidr).text("description", "managed by the network team");
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::posture::Trait;

    #[test]
    fn only_variants_with_a_prefix_list_refer_to_one_for_an_admin_port() {
        for &variant in AdminPort::ALL {
            let refers =
                planned(variant).iter().flat_map(|plan| plan.2).any(|rule| rule.2.iter().any(|source| matches!(source, PrefixList)));
            assert_eq!(refers, variant.prefix_list(), "{variant:?}");
        }
    }
}
