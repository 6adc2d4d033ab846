//! IAM Access Analyzer: the account's analyzers, and the organization's in the account that owns it.

use serde_json::{Value, json};

use super::{Call, Operation, Service};
use crate::posture::access_analyzer::AccessAnalyzer;
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol, page};

const PROTOCOL: Protocol = Protocol::RestJson;

pub(super) const SERVICE: Service = Service {
    signing_name: "access-analyzer",
    protocol: PROTOCOL,
    namespace: "",
    global: false,
    operations: &[Operation {
        name: "ListAnalyzers",
        action: "access-analyzer:ListAnalyzers",
        route: "GET /analyzer",
        run: list_analyzers,
    }],
};

fn list_analyzers(call: &Call<'_>) -> Result<Body, Failure> {
    let (organization, account) = (call.organization(), call.account());
    let unused = ("unused-access", "ACCOUNT_UNUSED_ACCESS", "ACTIVE");
    let external = ("external-access", "ACCOUNT", "ACTIVE");
    let mut analyzers = match organization.variant(account, call.region) {
        AccessAnalyzer::Own => vec![external],
        AccessAnalyzer::Both => vec![unused, external],
        AccessAnalyzer::None => Vec::new(),
        AccessAnalyzer::NotActive => vec![("external-access", "ACCOUNT", "DISABLED")],
        AccessAnalyzer::UnusedAccessOnly => vec![unused],
    };
    if organization.owns_organization_analyzer(call.caller.account, call.region) {
        analyzers.push(("organization", "ORGANIZATION", "ACTIVE"));
    }
    let query = &call.request.query;
    let wanted = query.get("type");
    let analyzers: Vec<_> = analyzers.into_iter().filter(|(_, kind, _)| wanted.is_none_or(|wanted| wanted == *kind)).collect();
    let size = page::size(PROTOCOL, query.get("maxResults"), 1..=1000, 100)?;
    let (analyzers, next) = page::page(&analyzers, PROTOCOL, query.get("nextToken"), size)?;
    let list: Vec<Value> = analyzers
        .iter()
        .map(|(name, kind, status)| {
            json!({
                "arn": format!("arn:aws:access-analyzer:{}:{}:analyzer/{name}", call.region, account.id),
                "name": name,
                "type": kind,
                "status": status,
                "createdAt": "2023-05-06T07:08:09Z",
                "tags": {},
            })
        })
        .collect();
    let mut answer = json!({"analyzers": list});
    if let Some(token) = next {
        answer["nextToken"] = token.into();
    }
    Ok(answer.into())
}
