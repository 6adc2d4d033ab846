//! EC2: NAT gateways and VPC endpoints.

use super::Call;
use super::ec2::{filtered, paged};
use crate::posture::ec2_network::S3Endpoint;
use crate::wire::Failure;
use crate::wire::answer::Body;

/// A NAT gateway: name, VPC, state, connectivity.
type Gateway = (&'static str, &'static str, &'static str, &'static str);

/// The NAT gateway that most variants have.
const USUAL: Gateway = ("applications", "applications", "available", "public");
const SECOND: Gateway = ("second", "second", "available", "public");
const RESTING: Gateway = ("applications", "applications", "resting", "public");

/// An endpoint: name, VPC, type, the end of its service's name, state.
type Endpoint = (&'static str, &'static str, &'static str, &'static str, &'static str);

const S3: Endpoint = ("s3", "applications", "Gateway", "s3", "available");
/// What every region has besides.
const SSM: Endpoint = ("ssm", "applications", "Interface", "ssm", "available");

fn planned(variant: S3Endpoint) -> (&'static [Gateway], &'static [Endpoint]) {
    match variant {
        S3Endpoint::Present => (&[USUAL], &[SSM, S3]),
        S3Endpoint::NoGateway => (&[], &[SSM]),
        S3Endpoint::GatewayGone => (
            &[
                ("gone", "applications", "deleted", "public"),
                ("going", "applications", "deleting", "public"),
                ("broken", "applications", "failed", "public"),
            ],
            &[SSM],
        ),
        S3Endpoint::Capitals => (&[USUAL], &[("s3", "applications", "Gateway", "s3", "Available")]),
        S3Endpoint::SecondTry => (&[USUAL], &[("s3-broken", "applications", "Gateway", "s3", "failed"), S3]),
        S3Endpoint::NewGatewayWord => (&[RESTING], &[S3]),
        S3Endpoint::Missing => (&[USUAL, ("other", "applications", "available", "public")], &[SSM]),
        S3Endpoint::PrivatePending => (&[("applications", "applications", "pending", "private")], &[SSM]),
        S3Endpoint::Interface => (&[USUAL], &[SSM, ("s3", "applications", "Interface", "s3", "available")]),
        S3Endpoint::OtherServices => (
            &[USUAL],
            &[
                ("dynamodb", "applications", "Gateway", "dynamodb", "available"),
                ("s3express", "applications", "Gateway", "s3express", "available"),
            ],
        ),
        S3Endpoint::Deleting => (&[USUAL], &[("s3", "applications", "Gateway", "s3", "deleting")]),
        S3Endpoint::OtherVpc => (&[USUAL, SECOND], &[("s3", "second", "Gateway", "s3", "available")]),
        S3Endpoint::BothVpcs => (&[USUAL, SECOND], &[SSM]),
        S3Endpoint::GatewayResting => (&[RESTING], &[SSM]),
        S3Endpoint::EndpointResting => (&[USUAL], &[("s3", "applications", "Gateway", "s3", "resting")]),
        S3Endpoint::RestingAndMissing => (&[RESTING, SECOND], &[SSM]),
    }
}

pub(super) fn describe_nat_gateways(call: &Call<'_>) -> Result<Body, Failure> {
    let id = |prefix: &str, name: &str| call.organization().resource_id(call.account(), call.region, prefix, name);
    let mut found = Vec::new();
    for (name, vpc, state, connectivity) in planned(call.variant()).0 {
        let (gateway, vpc_id) = (id("nat", name), id("vpc", vpc));
        if filtered(call, &[("nat-gateway-id", &gateway), ("vpc-id", &vpc_id), ("state", state)])? {
            found.push((gateway, vpc_id, *vpc, *state, *connectivity));
        }
    }
    paged(call, "natGatewaySet", 5..=1000, 1000, &found, |xml, (gateway, vpc_id, vpc, state, connectivity)| {
        let subnet = if *vpc == "second" { "second" } else { "front" };
        xml.text("natGatewayId", gateway).text("vpcId", vpc_id).text("subnetId", id("subnet", subnet)).text("state", state);
        xml.text("connectivityType", connectivity).text("createTime", "2024-01-02T03:04:05.000Z");
        xml.nest("natGatewayAddressSet", |_| {});
    })
}

pub(super) fn describe_vpc_endpoints(call: &Call<'_>) -> Result<Body, Failure> {
    let id = |prefix: &str, name: &str| call.organization().resource_id(call.account(), call.region, prefix, name);
    let mut found = Vec::new();
    for (name, vpc, kind, service, state) in planned(call.variant()).1 {
        let (endpoint, vpc_id, service) = (id("vpce", name), id("vpc", vpc), format!("com.amazonaws.{}.{service}", call.region));
        let fields = [
            ("vpc-endpoint-id", endpoint.as_str()),
            ("vpc-id", &vpc_id),
            ("vpc-endpoint-type", kind),
            ("service-name", &service),
            ("vpc-endpoint-state", state),
        ];
        if filtered(call, &fields)? {
            found.push((endpoint, vpc_id, *kind, service, *state));
        }
    }
    paged(call, "vpcEndpointSet", 1..=1000, 1000, &found, |xml, (endpoint, vpc_id, kind, service, state)| {
        xml.text("vpcEndpointId", endpoint).text("vpcEndpointType", kind).text("vpcId", vpc_id).text("serviceName", service);
        xml.text("state", state).text("ownerId", &call.account().id).text("requesterManaged", false);
        xml.text("privateDnsEnabled", *kind == "Interface").text("creationTimestamp", "2024-01-02T03:04:05.000Z");
        xml.nest("routeTableIdSet", |xml| {
            if *kind == "Gateway" {
                xml.text("item", id("rtb", "private"));
            }
        });
    })
}
