//! A check for programs.

use std::collections::BTreeSet;

use orgsweep_aws::permissions::Actions;
use orgsweep_checks::RegisteredCheck;
use orgsweep_model::{
    CheckMeta,
    check::{Activation, Language},
};
use serde_json::{Value, json};

use super::needs;

/// What the list says about a check.
pub fn summary(check: &RegisteredCheck, lang: Language) -> Value {
    let meta = check.meta;
    let operations: BTreeSet<String> = needs::calls(check).iter().map(|(_, operation)| needs::name(operation)).collect();
    let permissions = needs::permissions(check);
    let member: Actions = permissions.everywhere.union(&permissions.owners).copied().collect();
    let all: Actions = member.union(&permissions.hub).copied().collect();
    json!({
        "id": meta.id,
        "title": meta.text(lang).title,
        "severity": meta.severity,
        "scope": meta.scope,
        "cadence": meta.cadence,
        "service": check.service,
        "enabled_by_default": meta.activation == Activation::Default,
        "activation": meta.activation,
        "attestable": meta.attestable,
        "operations": operations,
        "actions": all,
        "member_actions": member,
        "hub_actions": permissions.hub,
        "params": check.default_params(),
        "mappings": meta.mappings,
    })
}

/// All there is to know about a check.
pub fn details(check: &RegisteredCheck, lang: Language) -> Value {
    let text = check.meta.text(lang);
    let calls = needs::calls(check).into_iter().map(|(asked, operation)| {
        json!({
            "operation": needs::name(&operation),
            "action": operation.action,
            "per": asked.as_str(),
            "usd_per_request": needs::usd(&operation),
        })
    });
    let mut details = summary(check, lang);
    details["lang"] = json!(lang);
    details["why"] = json!(text.why);
    details["fails_when"] = json!(text.fails_when);
    details["fix_console"] = json!(text.fix_console);
    details["fix_cli"] = json!(check.meta.fix_cli);
    details["references"] = json!(check.meta.references);
    details["params_schema"] = json!(check.params_schema());
    details["calls"] = calls.collect();
    details["enable_with"] = enable_with(check.meta);
    details
}

/// The part of a configuration that switches a check on; null where it is on by itself.
pub fn enable_with(meta: &CheckMeta) -> Value {
    match meta.activation {
        Activation::Default => Value::Null,
        Activation::ByName => json!({"checks": {"enable": [meta.id]}}),
        Activation::ByAllowBillable => json!({"checks": {"allow_billable": true}}),
    }
}
