//! Security Hub: whether the account is subscribed.

use serde_json::json;

use super::{Call, Operation, Service};
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

/// Every account is its own administrator: AWS then answers without one.
fn get_administrator_account(call: &Call<'_>) -> Result<Body, Failure> {
    match call.variant() {
        SecurityHub::Subscribed => Ok(json!({}).into()),
        SecurityHub::NotSubscribed => Err(not_subscribed(call)),
    }
}
