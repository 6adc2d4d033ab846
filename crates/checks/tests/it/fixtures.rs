//! Facts in, verdict out: every fixture beside every check.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use orgsweep_checks::{CHECKS, Context, Facts, RegisteredCheck};
use orgsweep_model::{Attestation, BlindReason, FactKind, FactSet, Finding, Place, Region, Scope, Verdict};
use serde::Deserialize;

/// A fixture file: `pass_*`, `fail_*`, `unknown_*` or `na_*`, a word on what it shows, the facts and the verdict.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixture {
    what: String,
    #[serde(default)]
    region: Option<Region>,
    #[serde(default)]
    home_region: Option<Region>,
    #[serde(default)]
    params: Option<serde_json::Value>,
    facts: FactSet,
    /// Whether the account is the organization's management account; otherwise another one is.
    #[serde(default)]
    management: bool,
    #[serde(default)]
    attestation: Option<Attestation>,
    verdict: Expected,
}

/// What the verdict must be. Reasons of a failure are compared to the letter; the reason of a pass only where the fixture gives one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    status: String,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    findings: Vec<Finding>,
    #[serde(default)]
    blind_reason: Option<BlindReason>,
    #[serde(default)]
    missing_action: Option<String>,
}

pub fn folder(check: &RegisteredCheck) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/catalog").join(check.service).join(check.file)
}

pub fn files(check: &RegisteredCheck) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder(check)) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn load(path: &Path) -> Fixture {
    let text = fs::read_to_string(path).unwrap();
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn context(check: &RegisteredCheck, fixture: &Fixture) -> Context {
    let home = fixture.home_region.clone().unwrap_or_else(|| "us-east-1".parse().unwrap());
    let place = match check.meta.scope {
        Scope::Region => Place::Region(fixture.region.clone().unwrap_or_else(|| "eu-west-1".parse().unwrap())),
        Scope::Account | Scope::Organization => Place::Global,
    };
    let account = "111122223333".parse().unwrap();
    Context {
        now: "2026-03-01T12:00:00Z".parse().unwrap(),
        account,
        place,
        home_region: home,
        management_account: Some(if fixture.management { account } else { "999988887777".parse().unwrap() }),
    }
}

#[test]
fn every_fixture_gets_its_verdict() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for check in CHECKS {
        for path in files(check) {
            seen += 1;
            let fixture = load(&path);
            let configured = check.configure(fixture.params.as_ref()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let context = context(check, &fixture);
            let verdict = configured.evaluate(&fixture.facts, &context);
            let verdict = verdict.attested(check.meta.attestable, fixture.attestation.as_ref(), context.now);
            if let Err(difference) = compare(&fixture.verdict, &verdict) {
                wrong.push(format!("{} ({}): {difference}", path.display(), fixture.what));
            }
            let prefix = path.file_stem().unwrap().to_string_lossy().split('_').next().unwrap().to_owned();
            let named = if prefix == "na" { "not_applicable" } else { prefix.as_str() };
            if named != fixture.verdict.status {
                wrong.push(format!("{}: the file's name says {named}, its verdict {}", path.display(), fixture.verdict.status));
            }
        }
    }
    assert!(seen > 0, "no fixtures found");
    assert!(wrong.is_empty(), "{} of {seen} fixtures:\n{}", wrong.len(), wrong.join("\n"));
}

fn compare(expected: &Expected, verdict: &Verdict) -> Result<(), String> {
    let blind = verdict.blind();
    let checks = [
        (expected.status == verdict.status(), "status"),
        (expected.findings == verdict.findings(), "findings"),
        (expected.reason.as_ref().is_none_or(|reason| *reason == verdict.reason()), "reason"),
        (expected.blind_reason == blind.map(|blind| blind.reason), "blind reason"),
        (expected.missing_action == blind.and_then(|blind| blind.action.clone()), "missing action"),
    ];
    match checks.iter().find(|(same, _)| !same) {
        None => Ok(()),
        Some((_, what)) => Err(format!("{what} differs: got {verdict:?}")),
    }
}

#[test]
fn every_check_has_fixtures_of_every_kind() {
    for check in CHECKS {
        let names: Vec<String> = files(check).iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
        let source = fs::read_to_string(folder(check).with_extension("rs")).unwrap();
        // A regional service can be missing in a region; elsewhere the rule itself says when it does not apply.
        let can_be_not_applicable = check.meta.scope == Scope::Region || source.contains("not_applicable(");
        let by_word_alone = check.meta.facts.is_empty();
        for (prefix, needed) in [("pass_", true), ("fail_", !by_word_alone), ("unknown_", true), ("na_", can_be_not_applicable)] {
            assert!(!needed || names.iter().any(|name| name.starts_with(prefix)), "{}: no {prefix}* fixture", check.meta.id);
        }
    }
}

/// A fact that is declared but never read costs calls and permissions for nothing; one that is read but not declared is never collected.
#[test]
fn facts_read_are_the_facts_declared() {
    for check in CHECKS {
        let declared: BTreeSet<FactKind> = check.meta.facts.iter().copied().collect();
        let mut read = BTreeSet::new();
        for path in files(check) {
            let fixture = load(&path);
            let context = context(check, &fixture);
            let facts = Facts::new(&fixture.facts, check.meta.facts, &context);
            check.evaluate_default(&facts);
            read.extend(facts.read());
        }
        assert_eq!(read, declared, "{}", check.meta.id);
    }
}
