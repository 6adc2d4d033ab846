//! EC2: what no simulated account has. Who asks gets an empty list, as in an account that has none of it.

use super::Call;
use crate::wire::answer::Body;
use crate::wire::{Failure, Xml};

fn none(set: &str) -> Result<Body, Failure> {
    let mut xml = Xml::default();
    xml.nest(set, |_| {});
    Ok(xml.into())
}

pub(super) fn addresses(_: &Call<'_>) -> Result<Body, Failure> {
    none("addressesSet")
}

pub(super) fn client_vpn_endpoints(_: &Call<'_>) -> Result<Body, Failure> {
    none("clientVpnEndpoint")
}

pub(super) fn flow_logs(_: &Call<'_>) -> Result<Body, Failure> {
    none("flowLogSet")
}

pub(super) fn images(_: &Call<'_>) -> Result<Body, Failure> {
    none("imagesSet")
}

pub(super) fn launch_templates(_: &Call<'_>) -> Result<Body, Failure> {
    none("launchTemplates")
}

pub(super) fn network_acls(_: &Call<'_>) -> Result<Body, Failure> {
    none("networkAclSet")
}

pub(super) fn snapshots(_: &Call<'_>) -> Result<Body, Failure> {
    none("snapshotSet")
}

pub(super) fn transit_gateways(_: &Call<'_>) -> Result<Body, Failure> {
    none("transitGatewaySet")
}

pub(super) fn volumes(_: &Call<'_>) -> Result<Body, Failure> {
    none("volumeSet")
}

pub(super) fn vpc_endpoint_services(_: &Call<'_>) -> Result<Body, Failure> {
    none("serviceDetailSet")
}

pub(super) fn vpc_peering_connections(_: &Call<'_>) -> Result<Body, Failure> {
    none("vpcPeeringConnectionSet")
}

pub(super) fn vpn_connections(_: &Call<'_>) -> Result<Body, Failure> {
    none("vpnConnectionSet")
}
