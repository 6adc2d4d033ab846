//! What the types cannot say: rules over several keys, and names that only the catalogue knows.

use std::{collections::BTreeSet, time::Duration};

use orgsweep_checks::{CHECKS, find};
use orgsweep_model::CheckMeta;

use super::{
    Config, ServiceRates,
    decode::Complaint,
    duration::PassValid,
    mistake::Mistake,
    tree::{Node, join},
};
use crate::{suggest, traces};

/// The mistakes that are left in a configuration that has the right form. The tree tells where things were written.
pub fn mistakes(config: &Config, tree: &Node) -> Vec<Mistake> {
    let mut found = Vec::new();
    accounts(config, tree, &mut found);
    sessions(config, tree, &mut found);
    rates(config, tree, &mut found);
    checks(config, tree, &mut found);
    tls(config, tree, &mut found);
    found
}

/// A mistake about a value.
fn about(node: &Node, message: impl Into<String>) -> Mistake {
    Mistake { place: node.place.clone(), path: node.path.clone(), message: message.into() }
}

fn accounts(config: &Config, tree: &Node, found: &mut Vec<Mistake>) {
    let mut seen = BTreeSet::new();
    for (account, node) in config.organization.accounts.iter().zip(tree.items(&["organization", "accounts"])) {
        if !seen.insert(account.id) {
            found.push(about(node.find(&["id"]).unwrap_or(node), format!("the account {} is listed twice", account.id)));
        }
    }
}

fn sessions(config: &Config, tree: &Node, found: &mut Vec<Mistake>) {
    const SHORTEST: Duration = Duration::from_mins(15);
    const LONGEST: Duration = Duration::from_hours(12);
    let duration = config.sessions.duration;
    if let Some(node) = tree.find(&["sessions", "duration"])
        && !(SHORTEST..=LONGEST).contains(&duration.get())
    {
        found.push(about(node, format!("{duration} is out of range: AWS gives sessions from 15m to 12h")));
    }
}

fn rates(config: &Config, tree: &Node, found: &mut Vec<Mistake>) {
    let known = ServiceRates::known();
    for name in config.limits.per_account_rps.names().filter(|name| !known.contains(name)) {
        let hint = suggest::hint(name, known.iter().copied());
        if let Some((key, node)) = tree.entry(&["limits", "per_account_rps", name]) {
            let message = format!("no service {name:?} is asked{hint}");
            found.push(Mistake { place: key.place.clone(), path: node.path.clone(), message });
        }
    }
}

fn checks(config: &Config, tree: &Node, found: &mut Vec<Mistake>) {
    for (id, node) in config.checks.enable.iter().zip(tree.items(&["checks", "enable"])) {
        found.extend(unknown_check(id).map(|message| about(node, message)));
        if let Some(check) = find(id).filter(|check| !config.checks.allows(check.meta)) {
            found.push(about(node, not_allowed(check.meta)));
        }
    }
    for (pattern, node) in config.checks.disable.iter().zip(tree.items(&["checks", "disable"])) {
        if !CHECKS.iter().any(|check| pattern.matches(check.meta.id.as_str())) {
            let message = unknown_check(pattern.as_str()).unwrap_or_default();
            found.push(about(node, message));
        }
    }
    for section in ["severity", "cadence", "params"] {
        for (key, node) in tree.entries(&["checks", section]) {
            if let Some(message) = unknown_check(&key.name) {
                found.push(Mistake { place: key.place.clone(), path: node.path.clone(), message });
            }
        }
    }
    for (id, params) in &config.checks.params {
        let wrong = find(id).and_then(|check| check.configure(Some(params)).err());
        if let (Some(error), Some((_, node))) = (wrong, tree.entry(&["checks", "params", id])) {
            found.push(parameter(node, &Complaint::of(&error.to_string())));
        }
    }
}

/// Why a check is not asked although it is named.
pub fn not_allowed(check: &CheckMeta) -> String {
    let operations = check.facts.iter().flat_map(|kind| kind.spec().operations);
    let dollars = f64::from(operations.map(|operation| operation.micro_usd).max().unwrap_or_default()) / 1e6;
    format!("{} asks AWS something that costs {dollars} US dollars a request: it needs checks.allow_billable to be true", check.id)
}

/// Why there is no check of this id.
pub fn unknown_check(id: &str) -> Option<String> {
    let ids = CHECKS.iter().map(|check| check.meta.id.as_str());
    find(id).is_none().then(|| match suggest::hint(id, ids) {
        hint if hint.is_empty() => format!("there is no check {id:?}: `orgsweep checks list` shows all"),
        hint => format!("there is no check {id:?}{hint}"),
    })
}

/// A mistake in a check's parameters. The check says only what is wrong, so the place is the parameter where it names one.
fn parameter(params: &Node, complaint: &Complaint) -> Mistake {
    let named = match complaint {
        Complaint::UnknownKey { key, .. } => params.entry(&[key]),
        _ => None,
    };
    match named {
        Some((key, _)) => Mistake { place: key.place.clone(), path: join(&params.path, &key.name), message: complaint.message() },
        None => about(params, complaint.message()),
    }
}

/// Serving in the clear where TLS was asked for would be worse than not serving.
fn tls(config: &Config, tree: &Node, found: &mut Vec<Mistake>) {
    let tls = &config.server.tls;
    let missing = match (&tls.cert, &tls.key) {
        (Some(_), Some(_)) => return,
        (Some(_), None) => "server.tls.key is",
        (None, Some(_)) => "server.tls.cert is",
        (None, None) => "server.tls.cert and server.tls.key are",
    };
    for (key, value) in [("cert", &tls.cert), ("key", &tls.key), ("client_ca", &tls.client_ca)] {
        if let (Some(_), Some(node)) = (value, tree.find(&["server", "tls", key])) {
            found.push(about(node, format!("TLS needs a certificate and its key: {missing} missing")));
        }
    }
}

/// What is accepted but deserves a word.
pub fn warnings(config: &Config) -> Vec<String> {
    let hour = Duration::from_hours(1);
    let longest = config.schedule.frequent.max(config.schedule.standard).max(config.schedule.daily);
    let ignored = |key: &str| format!("{key} has no effect in this version");
    [
        (config.sessions.duration.get() > hour)
            .then(|| format!("sessions.duration is {}, but a role that assumes a role gets one hour at most", config.sessions.duration)),
        match config.schedule.pass_valid {
            PassValid::For(valid) if valid < longest => {
                Some(format!("schedule.pass_valid is {valid}, shorter than a cadence of {longest}: passes expire before they are renewed"))
            }
            PassValid::Auto | PassValid::For(_) => None,
        },
        config.cluster.nats.is_some().then(|| ignored("cluster.nats")),
        (config.otlp.endpoint.is_some() && !traces::BUILT_IN)
            .then(|| "otlp.endpoint has no effect: orgsweep was built without the feature otlp".to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect()
}
