//! VPCs, security groups, routes and endpoints.

use super::Outcome::{Fail, Pass, Unknown};
use super::{Check, Trait, Verdict, View, variants};

pub(crate) const CHECKS: &[&Check] = &[DefaultVpc::CHECK, AdminPort::CHECK, DefaultGroup::CHECK, PublicServer::CHECK, S3Endpoint::CHECK];

variants! {
    /// The default VPC.
    DefaultVpc Region "vpc-default-absent" needs ["ec2:DescribeVpcs", "ec2:DescribeNetworkInterfaces"] {
        Absent "absent" 80 Pass;
        Unused "unused" 15 Fail(1);
        /// Network interfaces live in it, none of which is a server's.
        InUse "in_use" 5 Fail(1);
    }
}

variants! {
    /// Security groups and the ports 22 and 3389.
    AdminPort Region "security-group-admin-port-open"
    needs ["ec2:DescribeSecurityGroups"]
    sometimes ["ec2:GetManagedPrefixListEntries"]
    special admin_port
    {
        Closed "closed" 44 Pass;
        HttpsWorld "https_world" 20 Pass;
        SshPrivate "ssh_private" 10 Pass;
        /// 10.0.0.0/8 is just narrow enough.
        SshWide "ssh_wide_but_ok" 5 Pass;
        /// So is a /16 of IPv6.
        SshWideIpv6 "ssh_wide_ipv6_but_ok" 3 Pass;
        /// UDP to 22 is not SSH.
        Udp22 "udp_22" 3 Pass;
        /// ICMP's "ports" are types and codes.
        IcmpWorld "icmp_world" 3 Pass;
        /// A referenced prefix list with private entries.
        PrefixListPrivate "prefix_list_private" 3 Pass;
        SshWorld "ssh_world" 2 Fail(1);
        RdpIpv6 "rdp_ipv6" 1 Fail(1);
        Range "range" 1 Fail(1);
        AllProtocols "all_protocols" 1 Fail(1);
        SlashSeven "slash_seven" 1 Fail(1);
        /// `2000::/15`, one bit wider than IPv6 may be.
        Ipv6SlashFifteen "ipv6_slash_fifteen" 1 Fail(1);
        /// 0.0.0.0/1 and 128.0.0.0/1, the world in two halves.
        Halves "two_halves" 1 Fail(1);
        TwoGroups "two_groups" 1 Fail(2);
        /// A referenced prefix list whose last entry, on its second page, is the world.
        PrefixList "prefix_list" 1 Fail(1);
    }
}

impl AdminPort {
    /// Whether a rule for an admin port refers to a prefix list, whose entries must then be read.
    pub(crate) fn prefix_list(self) -> bool {
        matches!(self, Self::PrefixList | Self::PrefixListPrivate)
    }
}

/// A prefix list's entries are read only where a rule for an admin port refers to one.
fn admin_port(view: &View<'_>) -> Verdict {
    let entries: &[&str] = if view.variant::<AdminPort>().prefix_list() { &["ec2:GetManagedPrefixListEntries"] } else { &[] };
    view.denied(entries).map_or_else(|| view.own(), Verdict::Unknown)
}

variants! {
    /// The default security group of every VPC.
    DefaultGroup Region "vpc-default-security-group-closed" needs ["ec2:DescribeSecurityGroups"] special default_group {
        Closed "closed" 64 Pass;
        /// A group whose name only begins like theirs has rules.
        AnotherOpen "another_group_open" 8 Pass;
        /// As AWS makes them: members may talk to each other and to the world.
        Born "as_born" 14 Fail(1), with DefaultVpc::Absent, S3Endpoint::Present;
        /// That of the first VPC alone; the others are closed.
        FirstInbound "first_inbound" 6 Fail(1);
        FirstOutbound "first_outbound" 6 Fail(1);
        /// Its only rule names a prefix list.
        FirstPrefixList "first_prefix_list" 2 Fail(1);
    }
}

/// What is as it was born fails once for every VPC that there is.
fn default_group(view: &View<'_>) -> Verdict {
    match view.variant() {
        DefaultGroup::Born => Verdict::Fail(
            1 + u32::from(view.variant::<DefaultVpc>() != DefaultVpc::Absent) + u32::from(view.variant::<S3Endpoint>().second_vpc()),
        ),
        _ => view.own(),
    }
}

variants! {
    /// Where servers sit. Wherever there is a bastion and a database in private subnets, and a load balancer in a public one.
    PublicServer Region "server-in-public-subnet"
    needs ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DescribeRouteTables"]
    {
        Private "private" 36 Pass;
        /// Everything that may stand outside does.
        Services "services" 10 Pass;
        /// Interfaces that nothing has, in a public subnet.
        Unattached "unattached" 5 Pass;
        /// Routes to a NAT gateway, an egress-only gateway, an endpoint, a peer and a VPN.
        OtherRoutes "other_routes" 5 Pass;
        /// The internet gateway is gone, its routes lead nowhere.
        Blackhole "blackhole" 4 Pass;
        /// The main table is public, the server's own is not.
        OwnTable "own_table" 4 Pass;
        /// The owner of a public subnet sees the instance of an account that it shares the subnet with.
        Participant "participant" 3 Pass;
        /// An association of the server's subnet with a public table is over.
        Disassociated "disassociated" 3 Pass;
        Instance "instance" 3 Fail(1);
        /// The subnet has no table of its own, and the main one is public.
        MainTable "main_table" 3 Fail(1);
        /// Only IPv6 leads out.
        Ipv6 "ipv6" 2 Fail(1);
        /// A route to a few addresses, and one to a prefix list.
        Narrow "narrow_route" 2 Fail(1);
        Task "ecs_task" 2 Fail(1);
        /// A task's own interface on the account's instance.
        TaskOnInstance "ecs_task_on_instance" 1 Fail(1);
        Database "database" 2 Fail(1);
        /// One each of the services that keep data.
        Databases "databases" 1 Fail(5);
        /// Two interfaces of one instance.
        TwoInterfaces "two_interfaces" 1 Fail(1);
        /// A container on a trunk, whose instance sits in a private subnet.
        Container "container" 1 Fail(1);
        Several "several" 2 Fail(3);
        /// An instance in a subnet that another account shares, with its route table.
        Shared "shared" 2 Fail(1);
        /// The same without its route table.
        SharedUnseen "shared_table_not_shown" 1 Unknown("aws_error");
        SharedUnseenAndInstance "shared_table_not_shown_and_instance" 1 Fail(1);
        /// The interface's subnet is not among the subnets.
        NoSubnet "subnet_not_shown" 1 Unknown("aws_error");
    }
}

impl PublicServer {
    /// Whether another account shares a subnet with this one.
    pub(crate) fn shared(self) -> bool {
        matches!(self, Self::Shared | Self::SharedUnseen | Self::SharedUnseenAndInstance)
    }
}

variants! {
    /// NAT gateways and the endpoints for S3 beside them.
    S3Endpoint Region "vpc-s3-endpoint-present" needs ["ec2:DescribeNatGateways", "ec2:DescribeVpcEndpoints"] {
        Present "present" 40 Pass;
        NoGateway "no_nat_gateway" 18 Pass;
        /// NAT gateways that are gone or never were.
        GatewayGone "nat_gateway_gone" 5 Pass;
        /// The state as AWS's documentation writes it.
        Capitals "state_with_capital" 3 Pass;
        /// One that failed and one that is available.
        SecondTry "second_try" 3 Pass;
        /// The state of the only NAT gateway is new, but its VPC has an endpoint.
        NewGatewayWord "nat_gateway_resting_with_endpoint" 2 Pass;
        Missing "missing" 12 Fail(1);
        /// A private NAT gateway that is not ready yet.
        PrivatePending "private_pending" 2 Fail(1);
        Interface "interface_endpoint" 3 Fail(1);
        /// Those of `DynamoDB` and of S3 Express One Zone.
        OtherServices "other_services" 2 Fail(1);
        Deleting "deleting" 2 Fail(1);
        /// Two VPCs with NAT gateways, one with an endpoint.
        OtherVpc "other_vpc" 2 Fail(1);
        BothVpcs "both_vpcs" 1 Fail(2);
        /// Nobody knows whether this NAT gateway carries anything.
        GatewayResting "nat_gateway_resting" 1 Unknown("aws_error");
        EndpointResting "endpoint_resting" 1 Unknown("aws_error");
        /// The second VPC fails for certain.
        RestingAndMissing "nat_gateway_resting_and_missing" 1 Fail(1);
    }
}

impl S3Endpoint {
    /// Whether the region has a second VPC of applications.
    pub(crate) fn second_vpc(self) -> bool {
        matches!(self, Self::OtherVpc | Self::BothVpcs | Self::RestingAndMissing)
    }
}
