//! EC2: subnets and the route tables that serve them.

use super::Call;
use super::ec2::{filtered, paged};
use crate::org::{Account, Organization};
use crate::posture::ec2_network::{DefaultVpc, PublicServer, S3Endpoint};
use crate::wire::answer::Body;
use crate::wire::{Failure, Xml};

/// The account that shares a subnet with this one. It is none of the organization's.
pub(super) const OTHER_ACCOUNT: &str = "900000000001";
/// The VPC that it shares a subnet of.
const SHARED: &str = "shared";

/// What a route leads to.
#[derive(Clone, Copy)]
enum Via {
    Internet,
    /// The VPC's internet gateway was detached.
    Gone,
    Filtered,
    Nat,
    EgressOnly,
    Peer,
    Vpn,
    Endpoint,
}

/// Destination and target.
type Route = (&'static str, Via);

const WORLD: Route = ("0.0.0.0/0", Via::Internet);
const WORLD_IPV6: Route = ("::/0", Via::Internet);
/// Stands for the id of a prefix list.
const LIST: &str = "pl";

/// A route table, by the names that its ids are made of.
struct Table {
    name: &'static str,
    vpc: &'static str,
    cidr: &'static str,
    main: bool,
    subnets: &'static [&'static str],
    /// Subnets that had it until a moment ago.
    former: &'static [&'static str],
    routes: &'static [Route],
}

/// A subnet: its name, its VPC's, its range.
type Subnet = (&'static str, &'static str, &'static str);

fn subnets(organization: &Organization, account: &Account, region: &str) -> Vec<Subnet> {
    let mut subnets = vec![
        ("front", "applications", "10.20.0.0/24"),
        ("back", "applications", "10.20.1.0/24"),
        ("data", "applications", "10.20.2.0/24"),
        ("extra", "applications", "10.20.3.0/24"),
    ];
    if organization.variant::<DefaultVpc>(account, region) != DefaultVpc::Absent {
        subnets.extend([("default-a", "default", "172.31.0.0/20"), ("default-b", "default", "172.31.16.0/20")]);
    }
    if organization.variant::<S3Endpoint>(account, region).second_vpc() {
        subnets.push(("second", "second", "10.21.0.0/24"));
    }
    if organization.variant::<PublicServer>(account, region).shared() {
        subnets.push((SHARED, SHARED, "10.99.0.0/24"));
    }
    subnets
}

fn tables(organization: &Organization, account: &Account, region: &str) -> Vec<Table> {
    let variant = organization.variant(account, region);
    let table =
        |name, subnets, routes| Table { name, vpc: "applications", cidr: "10.20.0.0/16", main: false, subnets, former: &[], routes };
    let main: &[Route] = match variant {
        PublicServer::MainTable | PublicServer::OwnTable => &[WORLD],
        _ => &[],
    };
    let former: &[&str] = if variant == PublicServer::Disassociated { &["extra"] } else { &[] };
    let mut tables = vec![
        Table { main: true, ..table("main", &[], main) },
        Table { former, ..table("public", &["front"], &[WORLD, WORLD_IPV6]) },
        table("private", &["back", "data"], &[("0.0.0.0/0", Via::Nat)]),
    ];
    let extra: Option<&[Route]> = match variant {
        PublicServer::OtherRoutes => Some(&[
            ("0.0.0.0/0", Via::Nat),
            ("::/0", Via::EgressOnly),
            (LIST, Via::Endpoint),
            ("10.21.0.0/16", Via::Peer),
            ("192.168.0.0/16", Via::Vpn),
        ]),
        PublicServer::Blackhole => Some(&[("0.0.0.0/0", Via::Gone), ("::/0", Via::Filtered)]),
        PublicServer::OwnTable => Some(&[]),
        PublicServer::Ipv6 => Some(&[("0.0.0.0/0", Via::Nat), WORLD_IPV6]),
        PublicServer::Narrow => Some(&[("198.51.100.0/24", Via::Internet), (LIST, Via::Internet)]),
        _ => None,
    };
    tables.extend(extra.map(|routes| table("extra", &["extra"], routes)));
    if organization.variant::<DefaultVpc>(account, region) != DefaultVpc::Absent {
        tables.push(Table { vpc: "default", cidr: "172.31.0.0/16", main: true, ..table("default", &[], &[WORLD]) });
    }
    if organization.variant::<S3Endpoint>(account, region).second_vpc() {
        tables.push(Table { vpc: "second", cidr: "10.21.0.0/16", main: true, ..table("second", &[], &[("0.0.0.0/0", Via::Nat)]) });
    }
    if variant == PublicServer::Shared {
        tables.push(Table { vpc: SHARED, cidr: "10.99.0.0/16", ..table(SHARED, &[SHARED], &[WORLD]) });
    }
    tables
}

pub(super) fn describe_subnets(call: &Call<'_>) -> Result<Body, Failure> {
    let (organization, account, region) = (call.organization(), call.account(), call.region);
    let id = |prefix, name| organization.resource_id(account, region, prefix, name);
    let ids = call.form.list("SubnetId");
    let mut found = Vec::new();
    for (name, vpc, cidr) in subnets(organization, account, region) {
        let (id, vpc_id) = (id("subnet", name), id("vpc", vpc));
        if (ids.is_empty() || ids.contains(&id.as_str()))
            && filtered(call, &[("subnet-id", &id), ("vpc-id", &vpc_id), ("cidr", cidr), ("state", "available")])?
        {
            found.push((id, vpc, vpc_id, cidr));
        }
    }
    if let Some(missing) = ids.iter().find(|id| !found.iter().any(|subnet| subnet.0 == **id)) {
        return Err(Failure::new("InvalidSubnetID.NotFound", 400, format!("The subnet ID '{missing}' does not exist")));
    }
    paged(call, "subnetSet", 5..=1000, 1000, &found, |xml, (id, vpc, vpc_id, cidr)| {
        let owner = if *vpc == SHARED { OTHER_ACCOUNT } else { &account.id };
        xml.text("subnetId", id).text("vpcId", vpc_id).text("ownerId", owner).text("state", "available").text("cidrBlock", cidr);
        xml.text("availabilityZone", format!("{region}a")).text("availableIpAddressCount", 240);
        xml.text("defaultForAz", *vpc == "default").text("mapPublicIpOnLaunch", *vpc == "default");
        xml.text("subnetArn", format!("arn:aws:ec2:{region}:{owner}:subnet/{id}"));
    })
}

pub(super) fn describe_route_tables(call: &Call<'_>) -> Result<Body, Failure> {
    let (organization, account, region) = (call.organization(), call.account(), call.region);
    let id = |prefix: &str, name: &str| organization.resource_id(account, region, prefix, name);
    let mut found = Vec::new();
    for table in tables(organization, account, region) {
        let table_id = id("rtb", table.name);
        if filtered(call, &[("route-table-id", &table_id), ("vpc-id", &id("vpc", table.vpc))])? {
            found.push((table_id, table));
        }
    }
    paged(call, "routeTableSet", 5..=100, 100, &found, |xml, (table_id, table)| {
        let owner = if table.vpc == SHARED { OTHER_ACCOUNT } else { &account.id };
        xml.text("routeTableId", table_id).text("vpcId", id("vpc", table.vpc)).text("ownerId", owner);
        xml.nest("routeSet", |xml| {
            xml.nest("item", |xml| {
                xml.text("destinationCidrBlock", table.cidr).text("gatewayId", "local").text("state", "active");
                xml.text("origin", "CreateRouteTable");
            });
            for route in table.routes {
                xml.nest("item", |xml| write_route(xml, *route, table.vpc, &id));
            }
        });
        let associations = std::iter::once((None, "associated")).filter(|_| table.main);
        let associations = associations.chain(table.subnets.iter().map(|subnet| (Some(*subnet), "associated")));
        let associations = associations.chain(table.former.iter().map(|subnet| (Some(*subnet), "disassociated")));
        xml.list("associationSet", "item", associations, |xml, (subnet, state)| {
            let what = format!("{}-{}", table.name, subnet.unwrap_or("main"));
            xml.text("routeTableAssociationId", id("rtbassoc", &what)).text("routeTableId", table_id).text("main", subnet.is_none());
            xml.optional("subnetId", subnet.map(|subnet| id("subnet", subnet)));
            xml.nest("associationState", |xml| {
                xml.text("state", state);
            });
        });
        xml.nest("propagatingVgwSet", |_| {});
    })
}

fn write_route(xml: &mut Xml, (destination, via): Route, vpc: &str, id: &dyn Fn(&str, &str) -> String) {
    match destination {
        LIST => xml.text("destinationPrefixListId", id("pl", "managed")),
        cidr if cidr.contains("::") => xml.text("destinationIpv6CidrBlock", cidr),
        cidr => xml.text("destinationCidrBlock", cidr),
    };
    let (field, prefix, state) = match via {
        Via::Internet => ("gatewayId", "igw", "active"),
        Via::Gone => ("gatewayId", "igw", "blackhole"),
        Via::Filtered => ("gatewayId", "igw", "filtered"),
        Via::Nat => ("natGatewayId", "nat", "active"),
        Via::EgressOnly => ("egressOnlyInternetGatewayId", "eigw", "active"),
        Via::Peer => ("vpcPeeringConnectionId", "pcx", "active"),
        Via::Vpn => ("gatewayId", "vgw", "active"),
        Via::Endpoint => ("gatewayId", "vpce", "active"),
    };
    xml.text(field, id(prefix, vpc)).text("state", state).text("origin", "CreateRoute");
}
