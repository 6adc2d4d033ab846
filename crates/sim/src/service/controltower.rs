//! Control Tower: landing zones.

use serde_json::{Value, json};

use super::{Call, Operation, Service};
use crate::posture::organization::{LandingZone, place_of};
use crate::regions;
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol};

pub(super) const SERVICE: Service = Service {
    signing_name: "controltower",
    protocol: Protocol::RestJson,
    operations: &[Operation {
        name: "ListLandingZones",
        action: "controltower:ListLandingZones",
        route: "POST /list-landingzones",
        run: list_landing_zones,
    }],
    ..Service::BASE
};

/// A landing zone belongs to the management account and shows in its own region.
fn list_landing_zones(call: &Call<'_>) -> Result<Body, Failure> {
    let organization = call.organization();
    let zone: LandingZone = call.variant();
    if zone == LandingZone::NotAtHome && call.region == regions::HOME {
        return Err(Failure::new("ValidationException", 400, "AWS Control Tower is not available in this region."));
    }
    let management = organization.management();
    let here = call.caller.account == organization.settings.management && place_of(organization, zone) == Some(call.region);
    let arn = || format!("arn:aws:controltower:{}:{}:landingzone/1A2B3C4D5E6F7G8H", call.region, management.id);
    let zones: Vec<Value> = here.then(|| json!({"arn": arn()})).into_iter().collect();
    Ok(json!({"landingZones": zones}).into())
}
