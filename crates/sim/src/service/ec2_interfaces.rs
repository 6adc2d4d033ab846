//! EC2: network interfaces, and what each belongs to.

use super::Call;
use super::ec2::{filtered, paged};
use super::ec2_groups;
use super::ec2_routes::OTHER_ACCOUNT;
use crate::posture::ec2_network::{DefaultVpc, PublicServer};
use crate::wire::Failure;
use crate::wire::answer::Body;

/// What an interface is attached to.
#[derive(Clone, Copy)]
enum Held {
    Nothing,
    /// An instance of the interface's owner.
    Instance(&'static str),
    /// Something that AWS does not show, of this account or service.
    Service(&'static str),
}
use Held::{Instance, Nothing, Service};

/// An interface, by the names that its ids are made of.
#[derive(Clone, Copy)]
struct Interface {
    name: &'static str,
    subnet: &'static str,
    kind: &'static str,
    status: &'static str,
    held: Held,
    requester: Option<&'static str>,
    /// Where it says `arn`, the ARN of a task's attachment stands there.
    description: &'static str,
    /// Whether another account owns it.
    foreign: bool,
}

const BASE: Interface = Interface {
    name: "",
    subnet: "front",
    kind: "interface",
    status: "in-use",
    held: Nothing,
    requester: None,
    description: "",
    foreign: false,
};

const fn instance(name: &'static str, subnet: &'static str) -> Interface {
    Interface { name, subnet, held: Instance(name), description: "R&D <server>", ..BASE }
}

/// An interface that a service made for itself in the public subnet.
const fn service(name: &'static str, kind: &'static str, owner: &'static str, description: &'static str) -> Interface {
    Interface { name, kind, held: Service(owner), requester: Some(owner), description, ..BASE }
}

const TASK: Interface =
    Interface { name: "task", held: Service("578734482556"), requester: Some("578734482556"), description: "arn", ..BASE };
const DATABASE: Interface = service("database", "interface", "amazon-rds", "RDSNetworkInterface");

/// What every region has: a load balancer before two servers and a database, both in private subnets.
const USUAL: [Interface; 5] = [
    service("balancer", "interface", "amazon-elb", "ELB app/front/50dc6c495c0c9188"),
    service("nat", "nat_gateway", "amazon-aws", "Interface for NAT Gateway nat-0a1b2c3d4e5f60718"),
    instance("bastion", "back"),
    Interface { name: "worker", subnet: "back", ..TASK },
    Interface { name: "records", subnet: "data", ..DATABASE },
];

/// What a variant adds.
fn added(variant: PublicServer) -> Vec<Interface> {
    match variant {
        PublicServer::Private => vec![],
        PublicServer::Services => vec![
            service("api", "network_load_balancer", "amazon-elb", "ELB net/api/0123456789abcdef"),
            service("inspection", "gateway_load_balancer", "amazon-elb", "ELB gwy/inspection/0123456789abcdef"),
            service("endpoint", "vpc_endpoint", "amazon-aws", "VPC Endpoint Interface vpce-0a1b2c3d4e5f60718"),
            service("vpn", "interface", "860526440031", "ClientVPN Endpoint Network Interface"),
            service("function", "lambda", "amazon-aws", "AWS Lambda VPC ENI-resize-8a9b0c1d"),
            service("transit", "transit_gateway", "amazon-aws", "Network Interface for Transit Gateway Attachment tgw-attach-0a1b2c3d"),
            service("cluster", "interface", "089311581210", "Amazon EKS cluster"),
            service("files", "interface", "686434462103", "EFS mount target for fs-0a1b2c3d (fsmt-0a1b2c3d)"),
            service("accelerator", "global_accelerator_managed", "amazon-aws", "GlobalAccelerator managed interface"),
            service("warehouse-endpoint", "vpc_endpoint", "amazon-redshift", "VPC Endpoint Interface vpce-0b1c2d3e4f5061728"),
        ],
        PublicServer::Unattached => vec![
            Interface { name: "spare", status: "available", ..BASE },
            Interface { name: "spare-database", status: "available", held: Nothing, ..DATABASE },
            Interface { name: "spare-branch", kind: "branch", status: "available", ..BASE },
        ],
        PublicServer::OtherRoutes
        | PublicServer::Blackhole
        | PublicServer::OwnTable
        | PublicServer::Disassociated
        | PublicServer::MainTable
        | PublicServer::Ipv6
        | PublicServer::Narrow => vec![instance("server", "extra")],
        PublicServer::Participant => vec![Interface { foreign: true, ..instance("guest", "front") }],
        PublicServer::Instance => vec![instance("server", "front")],
        PublicServer::Task => vec![TASK],
        PublicServer::TaskOnInstance => vec![Interface { held: Instance("bastion"), ..TASK }],
        PublicServer::Database => vec![DATABASE],
        PublicServer::Databases => vec![
            DATABASE,
            service("proxy", "interface", "862480216222", "Network interface for DBProxy shop"),
            service("warehouse", "interface", "amazon-redshift", "RedshiftNetworkInterface"),
            service("cache", "interface", "amazon-elasticache", "ElastiCache shop-0001-001"),
            service("accelerator", "interface", "112233445566", "DAX shop-a"),
        ],
        PublicServer::TwoInterfaces => vec![
            instance("server", "front"),
            Interface { name: "second", kind: "efa", held: Instance("server"), ..BASE },
            instance("server-2", "back"),
        ],
        PublicServer::Container => vec![
            Interface { name: "trunk", kind: "trunk", held: Instance("bastion"), subnet: "back", ..BASE },
            Interface { name: "pod", kind: "branch", description: "aws-k8s-branch-eni", ..BASE },
        ],
        PublicServer::Several => vec![instance("server", "front"), TASK, DATABASE],
        PublicServer::Shared | PublicServer::SharedUnseen => vec![instance("server", "shared")],
        PublicServer::SharedUnseenAndInstance => vec![instance("server", "shared"), instance("server-2", "front")],
        PublicServer::NoSubnet => vec![instance("server", "unseen")],
    }
}

/// What is in a default VPC that is in use.
const IN_DEFAULT: [Interface; 2] = [
    Interface { subnet: "default-a", ..service("default-balancer", "interface", "amazon-elb", "ELB app/old/60dc6c495c0c9199") },
    Interface { subnet: "default-b", ..service("default-function", "lambda", "amazon-aws", "AWS Lambda VPC ENI-report-8a9b0c1d") },
];

/// The VPC of a subnet.
fn vpc(subnet: &str) -> &str {
    match subnet {
        "default-a" | "default-b" => "default",
        "shared" => "shared",
        _ => "applications",
    }
}

pub(super) fn describe(call: &Call<'_>) -> Result<Body, Failure> {
    let (organization, account, region) = (call.organization(), call.account(), call.region);
    let id = |prefix: &str, name: &str| organization.resource_id(account, region, prefix, name);
    let in_default: &[Interface] = if call.variant::<DefaultVpc>() == DefaultVpc::InUse { &IN_DEFAULT } else { &[] };
    let mut found = Vec::new();
    for interface in USUAL.iter().chain(&added(call.variant())).chain(in_default) {
        let (interface_id, vpc_id, subnet) = (id("eni", interface.name), id("vpc", vpc(interface.subnet)), id("subnet", interface.subnet));
        let fields = [
            ("vpc-id", vpc_id.as_str()),
            ("subnet-id", &subnet),
            ("network-interface-id", &interface_id),
            ("interface-type", interface.kind),
            ("description", interface.description),
            ("status", interface.status),
        ];
        if filtered(call, &fields)? {
            found.push((interface_id, vpc_id, subnet, *interface));
        }
    }
    let numbered: Vec<_> = found.into_iter().zip(11..).collect();
    paged(call, "networkInterfaceSet", 5..=1000, 1000, &numbered, |xml, ((interface_id, vpc_id, subnet, interface), number)| {
        let owner = if interface.foreign { OTHER_ACCOUNT } else { &account.id };
        let task = format!("arn:aws:ecs:{region}:{owner}:attachment/5bd164d2-3f0a-4c1e-9d2b-7a6c5e4f3d21");
        let description = if interface.description == "arn" { &task } else { interface.description };
        xml.text("networkInterfaceId", interface_id).text("subnetId", subnet).text("vpcId", vpc_id).text("ownerId", owner);
        xml.text("description", description).text("status", interface.status).text("interfaceType", interface.kind);
        xml.optional("requesterId", interface.requester).text("requesterManaged", interface.requester.is_some());
        xml.text("availabilityZone", format!("{region}a")).text("privateIpAddress", format!("10.20.0.{number}"));
        let (instance, held_by) = match interface.held {
            Nothing => (None, None),
            Instance(name) => (Some(id("i", name)), Some(owner)),
            Service(name) => (None, Some(name)),
        };
        if let Some(held_by) = held_by {
            xml.nest("attachment", |xml| {
                xml.text("attachmentId", id("eni-attach", interface.name))
                    .optional("instanceId", instance)
                    .text("instanceOwnerId", held_by);
                xml.text("deviceIndex", 1).text("status", "attached").text("deleteOnTermination", false);
            });
        }
        xml.list("groupSet", "item", [ec2_groups::default_group(organization, account, region, vpc_id)], |xml, id| {
            xml.text("groupId", id).text("groupName", "default");
        });
    })
}
