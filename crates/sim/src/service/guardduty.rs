//! `GuardDuty`: the region's detector.

use serde_json::json;

use super::{Call, Operation, Service};
use crate::mix;
use crate::posture::guardduty::GuardDuty;
use crate::posture::notified::{self, GuardDutyFindings};
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol};

pub(super) const SERVICE: Service = Service {
    signing_name: "guardduty",
    protocol: Protocol::RestJson,
    operations: &[
        Operation { name: "ListDetectors", action: "guardduty:ListDetectors", route: "GET /detector", run: list_detectors },
        Operation { name: "GetDetector", action: "guardduty:GetDetector", route: "GET /detector/{id}", run: get_detector },
        Operation {
            name: "GetAdministratorAccount",
            action: "guardduty:GetAdministratorAccount",
            route: "GET /detector/{id}/administrator",
            run: get_administrator_account,
        },
        Operation {
            name: "ListMembers",
            action: "guardduty:ListMembers",
            route: "GET /detector/{id}/member",
            run: |call| own_detector(call).map(|()| json!({"members": []}).into()),
        },
        Operation {
            name: "ListFindings",
            action: "guardduty:ListFindings",
            route: "POST /detector/{id}/findings",
            run: |call| own_detector(call).map(|()| json!({"findingIds": []}).into()),
        },
        Operation {
            name: "ListTagsForResource",
            action: "guardduty:ListTagsForResource",
            route: "GET /tags/{arn}",
            run: |_| Ok(json!({"tags": {}}).into()),
        },
    ],
    ..Service::BASE
};

/// The detector's id, where there is one.
fn detector(call: &Call<'_>) -> Option<String> {
    let organization = call.organization();
    match call.variant() {
        GuardDuty::NoDetector => None,
        GuardDuty::Enabled | GuardDuty::Suspended => {
            Some(mix::characters(organization.settings.seed, &["detector", &call.account().id, call.region], "0123456789abcdef", 32))
        }
    }
}

fn list_detectors(call: &Call<'_>) -> Result<Body, Failure> {
    let detectors: Vec<String> = detector(call).into_iter().collect();
    Ok(json!({"detectorIds": detectors}).into())
}

/// Nobody is asked about a detector of others.
fn own_detector(call: &Call<'_>) -> Result<(), Failure> {
    if detector(call).as_deref() == Some(call.param("id")) {
        return Ok(());
    }
    let message = "The request is rejected because the input detectorId is not owned by the current account.";
    Err(Failure::new("BadRequestException", 400, message))
}

/// AWS answers without an administrator where the account stands alone or is one itself.
fn get_administrator_account(call: &Call<'_>) -> Result<Body, Failure> {
    own_detector(call)?;
    let status = match call.variant() {
        GuardDutyFindings::Member | GuardDutyFindings::MemberWithRule => "Enabled",
        GuardDutyFindings::Invited => "Invited",
        _ => return Ok(json!({}).into()),
    };
    Ok(json!({"administrator": {
        "accountId": notified::ADMINISTRATOR,
        "invitationId": "84b097800250d17d1872b34c4daadcf5",
        "relationshipStatus": status,
        "invitedAt": "2023-05-06T07:08:09.123Z",
    }})
    .into())
}

fn get_detector(call: &Call<'_>) -> Result<Body, Failure> {
    own_detector(call)?;
    let enabled = call.variant::<GuardDuty>() == GuardDuty::Enabled;
    Ok(json!({
        "status": if enabled { "ENABLED" } else { "DISABLED" },
        "createdAt": "2023-05-06T07:08:09.123Z",
        "updatedAt": "2024-05-06T07:08:09.123Z",
        "findingPublishingFrequency": "SIX_HOURS",
        "serviceRole": format!("arn:aws:iam::{}:role/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty", call.account().id),
        "tags": {},
        "features": [],
    })
    .into())
}
