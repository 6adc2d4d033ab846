//! IAM Access Analyzer: the account's analyzers, and the organization's in the account that owns it.

use serde_json::{Value, json};

use super::{Call, Operation, Service};
use crate::posture::access_analyzer::AccessAnalyzer;
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol, page};

pub(super) const SERVICE: Service = Service {
    signing_name: "access-analyzer",
    protocol: Protocol::RestJson,
    operations: &[
        Operation { name: "ListAnalyzers", action: "access-analyzer:ListAnalyzers", route: "GET /analyzer", run: list_analyzers },
        Operation {
            name: "ListFindings",
            action: "access-analyzer:ListFindings",
            route: "POST /finding",
            run: |_| Ok(json!({"findings": []}).into()),
        },
    ],
    ..Service::BASE
};

fn list_analyzers(call: &Call<'_>) -> Result<Body, Failure> {
    let (organization, account) = (call.organization(), call.account());
    let unused = ("unused-access", "ACCOUNT_UNUSED_ACCESS", "ACTIVE");
    let external = ("external-access", "ACCOUNT", "ACTIVE");
    let mut analyzers = match call.variant() {
        AccessAnalyzer::Own => vec![external],
        AccessAnalyzer::Both => vec![unused, external],
        AccessAnalyzer::None => Vec::new(),
        AccessAnalyzer::NotActive => vec![("external-access", "ACCOUNT", "DISABLED")],
        AccessAnalyzer::UnusedAccessOnly => vec![unused],
    };
    if organization.owns_organization_analyzer(call.caller.account, call.region) {
        analyzers.push(("organization", "ORGANIZATION", "ACTIVE"));
    }
    let wanted = call.request.query.get("type");
    let analyzers: Vec<_> = analyzers.into_iter().filter(|(_, kind, _)| wanted.is_none_or(|wanted| wanted == *kind)).collect();
    let (analyzers, next) = call.page(&analyzers, ("nextToken", "maxResults"), 1..=1000, 100)?;
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
    Ok(page::with_next(json!({"analyzers": list}), "nextToken", next).into())
}
