//! EC2: subnets, what their route tables lead to, and the ways out of a VPC.

use serde::{Deserialize, Serialize};

use super::{FactScope, FactSpec, Operation};

/// `ec2:DescribeSubnets`.
pub const SUBNETS: FactSpec = FactSpec {
    scope: FactScope::Region,
    operations: &[Operation::new("ec2", "DescribeSubnets", "ec2:DescribeSubnets")],
    hub_operations: &[],
};
/// `ec2:DescribeRouteTables`.
pub const ROUTE_TABLES: FactSpec = FactSpec {
    scope: FactScope::Region,
    operations: &[Operation::new("ec2", "DescribeRouteTables", "ec2:DescribeRouteTables")],
    hub_operations: &[],
};
/// `ec2:DescribeNatGateways`.
pub const NAT_GATEWAYS: FactSpec = FactSpec {
    scope: FactScope::Region,
    operations: &[Operation::new("ec2", "DescribeNatGateways", "ec2:DescribeNatGateways")],
    hub_operations: &[],
};
/// `ec2:DescribeVpcEndpoints`.
pub const VPC_ENDPOINTS: FactSpec = FactSpec {
    scope: FactScope::Region,
    operations: &[Operation::new("ec2", "DescribeVpcEndpoints", "ec2:DescribeVpcEndpoints")],
    hub_operations: &[],
};

/// The subnets of a region: the account's own and those that other accounts share with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subnets {
    /// The subnets.
    pub subnets: Vec<Subnet>,
}

/// One subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subnet {
    /// Its id.
    pub id: String,
    /// The VPC it is in.
    pub vpc_id: String,
    /// The account that owns it, where AWS says so.
    #[serde(default)]
    pub owner: Option<String>,
}

/// The route tables of a region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteTables {
    /// The tables.
    pub tables: Vec<RouteTable>,
}

/// One route table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteTable {
    /// Its id.
    pub id: String,
    /// The VPC it is in.
    pub vpc_id: String,
    /// Whether it is the VPC's main table, which serves every subnet that has none of its own.
    #[serde(default)]
    pub main: bool,
    /// The subnets that have it as their own.
    #[serde(default)]
    pub subnets: Vec<String>,
    /// Its routes to internet gateways. All others are left out.
    #[serde(default)]
    pub internet_routes: Vec<InternetRoute>,
}

/// A route to an internet gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InternetRoute {
    /// An IPv4 or IPv6 range, or the id of a prefix list.
    pub destination: String,
    /// The gateway's id.
    pub gateway: String,
    /// `active`, `blackhole` where the gateway is gone, or `filtered`.
    pub state: String,
}

/// The NAT gateways of a region, those that are gone for an hour yet included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NatGateways {
    /// The gateways.
    pub gateways: Vec<NatGateway>,
}

/// One NAT gateway, public or private.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NatGateway {
    /// Its id.
    pub id: String,
    /// The VPC it is in.
    pub vpc_id: String,
    /// `pending`, `available`, `deleting`, `deleted` or `failed`.
    pub state: String,
}

/// The VPC endpoints of a region, of every kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VpcEndpoints {
    /// The endpoints.
    pub endpoints: Vec<VpcEndpoint>,
}

/// One VPC endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VpcEndpoint {
    /// Its id.
    pub id: String,
    /// The VPC it is in.
    pub vpc_id: String,
    /// `Gateway`, `Interface` and others.
    pub kind: String,
    /// What it leads to, such as `com.amazonaws.eu-west-1.s3`. Absent where it leads to a resource or a service network instead.
    #[serde(default)]
    pub service: Option<String>,
    /// `available`, `pending`, `deleting` and others, with a small or a capital letter.
    pub state: String,
}
