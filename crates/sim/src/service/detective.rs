//! Detective: graphs and invitations to them.

use serde_json::{Value, json};

use super::{Call, Operation, Service};
use crate::mix;
use crate::posture::detective::Detective;
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol, page};

pub(super) const SERVICE: Service = Service {
    signing_name: "detective",
    protocol: Protocol::RestJson,
    operations: &[
        Operation { name: "ListGraphs", action: "detective:ListGraphs", route: "POST /graphs/list", run: list_graphs },
        Operation { name: "ListInvitations", action: "detective:ListInvitations", route: "POST /invitations/list", run: list_invitations },
    ],
    ..Service::BASE
};

fn graph(call: &Call<'_>, owner: &str) -> String {
    let id = mix::characters(call.organization().settings.seed, &["graph", owner, call.region], "0123456789abcdef", 32);
    format!("arn:aws:detective:{}:{owner}:graph:{id}", call.region)
}

fn list_graphs(call: &Call<'_>) -> Result<Body, Failure> {
    let own = matches!(call.variant(), Detective::Administrator | Detective::AdministratorInvited);
    let graphs: Vec<String> = own.then(|| graph(call, &call.account().id)).into_iter().collect();
    let (graphs, next) = call.page(&graphs, ("NextToken", "MaxResults"), 1..=200, 200)?;
    let list: Vec<Value> = graphs.iter().map(|arn| json!({"Arn": arn, "CreatedTime": "2023-05-06T07:08:09.123Z"})).collect();
    Ok(page::with_next(json!({"GraphList": list}), "NextToken", next).into())
}

fn list_invitations(call: &Call<'_>) -> Result<Body, Failure> {
    let statuses: &[&str] = match call.variant() {
        Detective::Member => &["ENABLED"],
        Detective::TwoMemberships => &["INVITED", "ENABLED"],
        Detective::AdministratorInvited | Detective::Invited => &["INVITED"],
        Detective::TwoInvitations => &["INVITED", "VERIFICATION_IN_PROGRESS"],
        Detective::Disabled => &["ACCEPTED_BUT_DISABLED"],
        Detective::VerificationFailed => &["VERIFICATION_FAILED"],
        Detective::Administrator | Detective::Off => &[],
    };
    let owners = ["888888888888", "777777777777"];
    let invitations: Vec<_> = statuses.iter().zip(owners).collect();
    let (invitations, next) = call.page(&invitations, ("NextToken", "MaxResults"), 1..=200, 200)?;
    let list: Vec<Value> = invitations
        .iter()
        .map(|(status, owner)| {
            let mut member = json!({
                "AccountId": call.account().id,
                "AdministratorId": owner,
                "GraphArn": graph(call, owner),
                "Status": status,
                "InvitationType": "ORGANIZATION",
                "InvitedTime": "2023-05-06T07:08:09.123Z",
                "UpdatedTime": "2024-05-06T07:08:09.123Z",
            });
            if **status == "ACCEPTED_BUT_DISABLED" {
                member["DisabledReason"] = "VOLUME_TOO_HIGH".into();
            }
            member
        })
        .collect();
    Ok(page::with_next(json!({"Invitations": list}), "NextToken", next).into())
}
