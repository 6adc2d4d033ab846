//! EC2: encryption defaults and the network.

use serde::{Deserialize, Serialize};

use super::{FactScope, FactSpec, Operation};

/// `ec2:GetEbsEncryptionByDefault`.
pub const EBS_ENCRYPTION: FactSpec = FactSpec {
    scope: FactScope::Region,
    operations: &[Operation::new("ec2", "GetEbsEncryptionByDefault", "ec2:GetEbsEncryptionByDefault")],
    hub_operations: &[],
};
/// `ec2:DescribeVpcs`, the default ones.
pub const DEFAULT_VPCS: FactSpec =
    FactSpec { scope: FactScope::Region, operations: &[Operation::new("ec2", "DescribeVpcs", "ec2:DescribeVpcs")], hub_operations: &[] };
/// `ec2:DescribeNetworkInterfaces`.
pub const NETWORK_INTERFACES: FactSpec = FactSpec {
    scope: FactScope::Region,
    operations: &[Operation::new("ec2", "DescribeNetworkInterfaces", "ec2:DescribeNetworkInterfaces")],
    hub_operations: &[],
};
const DESCRIBE_SECURITY_GROUPS: Operation = Operation::new("ec2", "DescribeSecurityGroups", "ec2:DescribeSecurityGroups");

/// `ec2:DescribeSecurityGroups`, as far as it concerns the default groups.
pub const DEFAULT_SECURITY_GROUPS: FactSpec =
    FactSpec { scope: FactScope::Region, operations: &[DESCRIBE_SECURITY_GROUPS], hub_operations: &[] };
/// `ec2:DescribeSecurityGroups`, and the entries of the prefix lists that their inbound rules name.
pub const SECURITY_GROUPS: FactSpec = FactSpec {
    scope: FactScope::Region,
    operations: &[DESCRIBE_SECURITY_GROUPS, Operation::new("ec2", "GetManagedPrefixListEntries", "ec2:GetManagedPrefixListEntries")],
    hub_operations: &[],
};

/// Whether new EBS volumes and snapshot copies are encrypted without asking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EbsEncryption {
    /// The setting.
    pub by_default: bool,
}

/// The default VPCs of a region; AWS allows one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DefaultVpcs {
    /// Their ids.
    pub vpc_ids: Vec<String>,
}

/// The network interfaces of a region: where each is, and what it seems to belong to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkInterfaces {
    /// The interfaces.
    pub interfaces: Vec<NetworkInterface>,
}

/// One network interface.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkInterface {
    /// Its id.
    pub id: String,
    /// The VPC it is in.
    pub vpc_id: String,
    /// The subnet it is in, where it has a single one.
    pub subnet_id: Option<String>,
    /// The account that owns it, where AWS says so. The owner of a shared subnet sees the other accounts' interfaces in it.
    pub owner: Option<String>,
    /// `interface` for most; others are branches of an instance's trunk or belong to a service.
    pub kind: String,
    /// `available` while nothing has it; `in-use`, `attaching`, `detaching` or `associated` otherwise.
    pub status: String,
    /// The instance it is attached to. Services do not show theirs.
    pub instance_id: Option<String>,
    /// Whose instance that is.
    pub instance_owner: Option<String>,
    /// What made it: an account, a role or a service, such as `amazon-rds`.
    pub requester: Option<String>,
    /// What its maker says about it, which may be nothing.
    pub description: Option<String>,
}

/// The default security groups of a region: one for each VPC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DefaultSecurityGroups {
    /// The groups.
    pub groups: Vec<DefaultSecurityGroup>,
}

/// One default security group. What its rules say does not matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DefaultSecurityGroup {
    /// Its id.
    pub id: String,
    /// Its ARN, where AWS gives one.
    #[serde(default)]
    pub arn: Option<String>,
    /// Whether it has an inbound rule of any kind: rules that only name groups, such as the group itself, are rules.
    pub inbound: bool,
    /// Whether it has an outbound rule of any kind.
    pub outbound: bool,
}

/// The security groups of a region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecurityGroups {
    /// The groups.
    pub groups: Vec<SecurityGroup>,
}

/// One security group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecurityGroup {
    /// Its id.
    pub id: String,
    /// Its ARN, where AWS gives one.
    #[serde(default)]
    pub arn: Option<String>,
    /// Its name.
    pub name: String,
    /// Its inbound rules.
    pub ingress: Vec<IngressRule>,
}

/// One inbound rule. Rules that only name other security groups have no sources here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IngressRule {
    /// `tcp`, `udp`, `icmp`, `icmpv6`, a protocol number, or `-1` for all.
    pub protocol: String,
    /// First port; absent means all (and for ICMP it is a type, not a port).
    #[serde(default)]
    pub from_port: Option<i32>,
    /// Last port.
    #[serde(default)]
    pub to_port: Option<i32>,
    /// IPv4 and IPv6 ranges.
    #[serde(default)]
    pub cidrs: Vec<String>,
    /// Prefix lists with their entries.
    #[serde(default)]
    pub prefix_lists: Vec<PrefixList>,
}

/// A prefix list that a rule names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrefixList {
    /// Its id.
    pub id: String,
    /// Its ranges; blind where they could not be read.
    pub cidrs: crate::Observed<Vec<String>>,
}
