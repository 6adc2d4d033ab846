//! Security Hub: whether the account is subscribed.

use serde_json::json;

use super::{Call, Operation, Service};
use crate::posture::notified::{self, HubFindings};
use crate::posture::securityhub::SecurityHub;
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol};

pub(super) const SERVICE: Service = Service {
    signing_name: "securityhub",
    protocol: Protocol::RestJson,
    operations: &[
        Operation { name: "DescribeHub", action: "securityhub:DescribeHub", route: "GET /accounts", run: describe_hub },
        Operation {
            name: "GetAdministratorAccount",
            action: "securityhub:GetAdministratorAccount",
            route: "GET /administrator",
            run: get_administrator_account,
        },
    ],
    ..Service::BASE
};

fn describe_hub(call: &Call<'_>) -> Result<Body, Failure> {
    let account = call.account();
    match call.variant() {
        SecurityHub::Subscribed => Ok(json!({
            "HubArn": format!("arn:aws:securityhub:{}:{}:hub/default", call.region, account.id),
            "SubscribedAt": "2023-05-06T07:08:09.123Z",
            "AutoEnableControls": true,
            "ControlFindingGenerator": "SECURITY_CONTROL",
        })
        .into()),
        SecurityHub::NotSubscribed => Err(not_subscribed(call)),
    }
}

fn not_subscribed(call: &Call<'_>) -> Failure {
    Failure::new("InvalidAccessException", 401, format!("Account {} is not subscribed to AWS Security Hub", call.account().id))
}

/// AWS answers without an administrator where the account stands alone or is one itself.
fn get_administrator_account(call: &Call<'_>) -> Result<Body, Failure> {
    if call.variant::<SecurityHub>() == SecurityHub::NotSubscribed {
        return Err(not_subscribed(call));
    }
    let status = match call.variant() {
        HubFindings::Member | HubFindings::MemberWithRule => "Enabled",
        HubFindings::Invited => "Invited",
        _ => return Ok(json!({}).into()),
    };
    Ok(json!({"Administrator": {
        "AccountId": notified::ADMINISTRATOR,
        "InvitationId": "7ab938c5d52d7904ad09f9e7c20cc4eb",
        "InvitedAt": "2023-05-06T07:08:09.123Z",
        "MemberStatus": status,
    }})
    .into())
}
