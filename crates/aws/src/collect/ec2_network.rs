//! EC2 facts about how VPCs are laid out: subnets, route tables and ways out.

use aws_sdk_ec2::types as sdk;
use orgsweep_model::{
    Unseen,
    fact::ec2_network::{InternetRoute, NatGateway, NatGateways, RouteTable, RouteTables, Subnet, Subnets, VpcEndpoint, VpcEndpoints},
};

use super::{Probe, ec2::PAGE, every_page};

/// The largest page of route tables that AWS gives: it counts the tables, not their routes.
const TABLES_PAGE: i32 = 100;

pub(super) async fn subnets(probe: &Probe<'_>) -> Result<Subnets, Unseen> {
    let pages = probe.caller.ec2().describe_subnets().max_results(PAGE).into_paginator().stop_on_duplicate_token(false).send();
    let listed = every_page(probe, "DescribeSubnets", pages, |page| page.subnets).await?;
    let subnets = listed.into_iter().map(|subnet| {
        Ok(Subnet {
            id: probe.needed(subnet.subnet_id, "subnet id")?,
            vpc_id: probe.needed(subnet.vpc_id, "VPC id")?,
            owner: subnet.owner_id,
        })
    });
    Ok(Subnets { subnets: subnets.collect::<Result<_, Unseen>>()? })
}

pub(super) async fn route_tables(probe: &Probe<'_>) -> Result<RouteTables, Unseen> {
    let request = probe.caller.ec2().describe_route_tables().max_results(TABLES_PAGE);
    let pages = request.into_paginator().stop_on_duplicate_token(false).send();
    let listed = every_page(probe, "DescribeRouteTables", pages, |page| page.route_tables).await?;
    Ok(RouteTables { tables: listed.into_iter().map(|table| route_table(probe, table)).collect::<Result<_, Unseen>>()? })
}

fn route_table(probe: &Probe<'_>, table: sdk::RouteTable) -> Result<RouteTable, Unseen> {
    let associations = probe.needed(table.associations, "list of associations")?;
    let holding = || associations.iter().filter(|association| holds(association));
    let routes = probe.needed(table.routes, "list of routes")?;
    let to_the_internet = routes.into_iter().filter(|route| route.gateway_id().is_some_and(|gateway| gateway.starts_with("igw-")));
    Ok(RouteTable {
        id: probe.needed(table.route_table_id, "route table id")?,
        vpc_id: probe.needed(table.vpc_id, "VPC id")?,
        main: holding().any(|association| association.main() == Some(true)),
        subnets: holding().filter_map(|association| association.subnet_id.clone()).collect(),
        internet_routes: to_the_internet.map(|route| internet_route(probe, route)).collect::<Result<_, Unseen>>()?,
    })
}

/// Whether an association is in force, or about to be: one that is over is still shown for a while.
fn holds(association: &sdk::RouteTableAssociation) -> bool {
    use sdk::RouteTableAssociationStateCode::{Disassociated, Failed};
    let state = association.association_state().and_then(|state| state.state());
    !matches!(state, Some(Disassociated | Failed))
}

fn internet_route(probe: &Probe<'_>, route: sdk::Route) -> Result<InternetRoute, Unseen> {
    let range = route.destination_cidr_block.or(route.destination_ipv6_cidr_block);
    Ok(InternetRoute {
        destination: probe.needed(range.or(route.destination_prefix_list_id), "destination of a route")?,
        gateway: probe.needed(route.gateway_id, "gateway")?,
        state: probe.needed(route.state, "state of a route")?.as_str().to_owned(),
    })
}

pub(super) async fn nat_gateways(probe: &Probe<'_>) -> Result<NatGateways, Unseen> {
    let pages = probe.caller.ec2().describe_nat_gateways().max_results(PAGE).into_paginator().stop_on_duplicate_token(false).send();
    let listed = every_page(probe, "DescribeNatGateways", pages, |page| page.nat_gateways).await?;
    let gateways = listed.into_iter().map(|gateway| {
        Ok(NatGateway {
            id: probe.needed(gateway.nat_gateway_id, "NAT gateway id")?,
            vpc_id: probe.needed(gateway.vpc_id, "VPC id")?,
            state: probe.needed(gateway.state, "state of a NAT gateway")?.as_str().to_owned(),
        })
    });
    Ok(NatGateways { gateways: gateways.collect::<Result<_, Unseen>>()? })
}

pub(super) async fn vpc_endpoints(probe: &Probe<'_>) -> Result<VpcEndpoints, Unseen> {
    let pages = probe.caller.ec2().describe_vpc_endpoints().max_results(PAGE).into_paginator().stop_on_duplicate_token(false).send();
    let listed = every_page(probe, "DescribeVpcEndpoints", pages, |page| page.vpc_endpoints).await?;
    // Other types than gateways may lack what gateways have, and no rule asks for them.
    let gateways = listed.into_iter().filter(|endpoint| endpoint.vpc_endpoint_type.as_ref().is_none_or(|kind| kind.as_str() == "Gateway"));
    let endpoints = gateways.map(|endpoint| {
        Ok(VpcEndpoint {
            id: probe.needed(endpoint.vpc_endpoint_id, "VPC endpoint id")?,
            vpc_id: probe.needed(endpoint.vpc_id, "VPC id")?,
            kind: probe.needed(endpoint.vpc_endpoint_type, "type of a VPC endpoint")?.as_str().to_owned(),
            service: endpoint.service_name,
            state: probe.needed(endpoint.state, "state of a VPC endpoint")?.as_str().to_owned(),
        })
    });
    Ok(VpcEndpoints { endpoints: endpoints.collect::<Result<_, Unseen>>()? })
}
