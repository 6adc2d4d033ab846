//! VPCs, security groups, routes and endpoints.

use super::Outcome::{Fail, Pass};
use super::{Check, Trait, Verdict, View, variants};

pub(crate) const CHECKS: &[&Check] = &[DefaultVpc::CHECK, AdminPort::CHECK];

variants! {
    /// The default VPC.
    DefaultVpc Region "vpc-default-absent" needs ["ec2:DescribeVpcs", "ec2:DescribeNetworkInterfaces"] {
        Absent "absent" 80 Pass;
        Unused "unused" 15 Fail(1);
        /// Network interfaces live in it.
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
