//! EC2: its operations, regions and VPCs. What lies in a VPC, and the settings of a region, have files of their own.

use super::{Call, Operation, Service, ec2_absent, ec2_endpoints, ec2_groups, ec2_instances, ec2_interfaces, ec2_routes, ec2_settings};
use crate::org::{Account, Organization};
use crate::posture::ec2_network::{DefaultVpc, S3Endpoint};
use crate::regions;
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol, Xml};

pub(super) const PROTOCOL: Protocol = Protocol::Ec2;
/// How many items EC2 puts on a page that nobody sized.
const PAGE: usize = 1000;

pub(super) const SERVICE: Service = Service {
    signing_name: "ec2",
    protocol: PROTOCOL,
    namespace: "http://ec2.amazonaws.com/doc/2016-11-15/",
    operations: &[
        Operation { name: "DescribeRegions", action: "ec2:DescribeRegions", route: "", run: describe_regions },
        Operation { name: "DescribeVpcs", action: "ec2:DescribeVpcs", route: "", run: describe_vpcs },
        Operation { name: "DescribeNetworkInterfaces", action: "ec2:DescribeNetworkInterfaces", route: "", run: ec2_interfaces::describe },
        Operation { name: "DescribeInstances", action: "ec2:DescribeInstances", route: "", run: ec2_instances::describe },
        Operation {
            name: "DescribeInstanceAttribute",
            action: "ec2:DescribeInstanceAttribute",
            route: "",
            run: ec2_instances::describe_attribute,
        },
        Operation { name: "DescribeSecurityGroups", action: "ec2:DescribeSecurityGroups", route: "", run: ec2_groups::describe },
        Operation {
            name: "GetManagedPrefixListEntries",
            action: "ec2:GetManagedPrefixListEntries",
            route: "",
            run: ec2_groups::prefix_list_entries,
        },
        Operation { name: "DescribeSubnets", action: "ec2:DescribeSubnets", route: "", run: ec2_routes::describe_subnets },
        Operation { name: "DescribeRouteTables", action: "ec2:DescribeRouteTables", route: "", run: ec2_routes::describe_route_tables },
        Operation { name: "DescribeNatGateways", action: "ec2:DescribeNatGateways", route: "", run: ec2_endpoints::describe_nat_gateways },
        Operation {
            name: "DescribeVpcEndpoints",
            action: "ec2:DescribeVpcEndpoints",
            route: "",
            run: ec2_endpoints::describe_vpc_endpoints,
        },
        Operation {
            name: "GetEbsEncryptionByDefault",
            action: "ec2:GetEbsEncryptionByDefault",
            route: "",
            run: ec2_settings::ebs_encryption,
        },
        Operation {
            name: "GetSnapshotBlockPublicAccessState",
            action: "ec2:GetSnapshotBlockPublicAccessState",
            route: "",
            run: ec2_settings::snapshot_sharing,
        },
        Operation {
            name: "GetImageBlockPublicAccessState",
            action: "ec2:GetImageBlockPublicAccessState",
            route: "",
            run: ec2_settings::image_sharing,
        },
        Operation {
            name: "GetInstanceMetadataDefaults",
            action: "ec2:GetInstanceMetadataDefaults",
            route: "",
            run: ec2_settings::metadata_defaults,
        },
        Operation {
            name: "GetSerialConsoleAccessStatus",
            action: "ec2:GetSerialConsoleAccessStatus",
            route: "",
            run: ec2_settings::serial_console,
        },
        Operation { name: "DescribeAddresses", action: "ec2:DescribeAddresses", route: "", run: ec2_absent::addresses },
        Operation {
            name: "DescribeClientVpnEndpoints",
            action: "ec2:DescribeClientVpnEndpoints",
            route: "",
            run: ec2_absent::client_vpn_endpoints,
        },
        Operation { name: "DescribeFlowLogs", action: "ec2:DescribeFlowLogs", route: "", run: ec2_absent::flow_logs },
        Operation { name: "DescribeImages", action: "ec2:DescribeImages", route: "", run: ec2_absent::images },
        Operation { name: "DescribeLaunchTemplates", action: "ec2:DescribeLaunchTemplates", route: "", run: ec2_absent::launch_templates },
        Operation { name: "DescribeNetworkAcls", action: "ec2:DescribeNetworkAcls", route: "", run: ec2_absent::network_acls },
        Operation { name: "DescribeSnapshots", action: "ec2:DescribeSnapshots", route: "", run: ec2_absent::snapshots },
        Operation { name: "DescribeTransitGateways", action: "ec2:DescribeTransitGateways", route: "", run: ec2_absent::transit_gateways },
        Operation { name: "DescribeVolumes", action: "ec2:DescribeVolumes", route: "", run: ec2_absent::volumes },
        Operation {
            name: "DescribeVpcEndpointServices",
            action: "ec2:DescribeVpcEndpointServices",
            route: "",
            run: ec2_absent::vpc_endpoint_services,
        },
        Operation {
            name: "DescribeVpcPeeringConnections",
            action: "ec2:DescribeVpcPeeringConnections",
            route: "",
            run: ec2_absent::vpc_peering_connections,
        },
        Operation { name: "DescribeVpnConnections", action: "ec2:DescribeVpnConnections", route: "", run: ec2_absent::vpn_connections },
    ],
    ..Service::BASE
};

/// A VPC of the region.
pub(super) struct Vpc {
    pub(super) id: String,
    is_default: bool,
    cidr: &'static str,
}

/// The region's VPCs: one or two for applications, and the default one where it was not deleted.
pub(super) fn vpcs(organization: &Organization, account: &Account, region: &str) -> Vec<Vpc> {
    let mut vpcs =
        vec![Vpc { id: organization.resource_id(account, region, "vpc", "applications"), is_default: false, cidr: "10.20.0.0/16" }];
    match organization.variant(account, region) {
        DefaultVpc::Absent => {}
        DefaultVpc::Unused | DefaultVpc::InUse => {
            let id = organization.resource_id(account, region, "vpc", "default");
            vpcs.push(Vpc { id, is_default: true, cidr: "172.31.0.0/16" });
        }
    }
    if organization.variant::<S3Endpoint>(account, region).second_vpc() {
        let id = organization.resource_id(account, region, "vpc", "second");
        vpcs.push(Vpc { id, is_default: false, cidr: "10.21.0.0/16" });
    }
    vpcs
}

fn describe_regions(call: &Call<'_>) -> Result<Body, Failure> {
    let (account, default) = (call.account(), call.organization().settings.default_regions);
    let all = call.form.get("AllRegions").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let names = call.form.list("RegionName");
    let mut found = Vec::new();
    for region in regions::all().filter(|region| regions::is_opt_in(region) || default.contains(region)) {
        let status = match (regions::is_opt_in(region), account.enabled.contains(region)) {
            (false, _) => "opt-in-not-required",
            (true, true) => "opted-in",
            (true, false) => "not-opted-in",
        };
        let endpoint = format!("ec2.{region}.amazonaws.com");
        let listed = (all || status != "not-opted-in") && (names.is_empty() || names.contains(&region));
        if listed && filtered(call, &[("region-name", region), ("opt-in-status", status), ("endpoint", &endpoint)])? {
            found.push((region, status, endpoint));
        }
    }
    if let Some(unknown) = names.iter().find(|name| !regions::all().any(|region| region == **name)) {
        return Err(Failure::bad_parameter(PROTOCOL, format!("Invalid region name: {unknown}")));
    }
    let mut xml = Xml::default();
    xml.list("regionInfo", "item", found, |xml, (region, status, endpoint)| {
        xml.text("regionName", region).text("regionEndpoint", endpoint).text("optInStatus", status);
    });
    Ok(xml.into())
}

fn describe_vpcs(call: &Call<'_>) -> Result<Body, Failure> {
    let ids = call.form.list("VpcId");
    let mut found = Vec::new();
    for vpc in vpcs(call.organization(), call.account(), call.region) {
        let is_default = vpc.is_default.to_string();
        let fields = [
            ("vpc-id", vpc.id.as_str()),
            ("is-default", &is_default),
            ("isDefault", &is_default),
            ("cidr", vpc.cidr),
            ("state", "available"),
        ];
        if (ids.is_empty() || ids.contains(&vpc.id.as_str())) && filtered(call, &fields)? {
            found.push(vpc);
        }
    }
    if let Some(missing) = ids.iter().find(|id| !found.iter().any(|vpc| vpc.id == **id)) {
        return Err(Failure::new("InvalidVpcID.NotFound", 400, format!("The vpc ID '{missing}' does not exist")));
    }
    paged(call, "vpcSet", 5..=1000, PAGE, &found, |xml, vpc| {
        xml.text("vpcId", &vpc.id).text("ownerId", &call.account().id).text("state", "available").text("cidrBlock", vpc.cidr);
        xml.text("instanceTenancy", "default").text("isDefault", vpc.is_default).text("dhcpOptionsId", "dopt-0a1b2c3d4e5f60718");
    })
}

/// Whether a thing with these filterable fields passes all of the request's filters. EC2 refuses a filter that it does not know.
pub(super) fn filtered(call: &Call<'_>, fields: &[(&str, &str)]) -> Result<bool, Failure> {
    for (name, values) in call.form.filters() {
        let (_, field) = fields
            .iter()
            .find(|(field, _)| *field == name)
            .ok_or_else(|| Failure::bad_parameter(PROTOCOL, format!("The filter '{name}' is invalid")))?;
        if !values.contains(field) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// An answer with one page of a list.
pub(super) fn paged<T>(
    call: &Call<'_>,
    set: &str,
    limits: std::ops::RangeInclusive<usize>,
    default: usize,
    items: &[T],
    write: impl FnMut(&mut Xml, &T),
) -> Result<Body, Failure> {
    let (items, next) = call.page(items, ("NextToken", "MaxResults"), limits, default)?;
    let mut xml = Xml::default();
    xml.list(set, "item", items, write).optional("nextToken", next);
    Ok(xml.into())
}
