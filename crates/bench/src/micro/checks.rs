//! Judging: everything that is asked about a target, on what the fixtures of the checks say of one that is in order.

use std::{fs, path::Path, sync::LazyLock};

use divan::{Bencher, black_box};
use orgsweep_checks::{CHECKS, ConfiguredCheck, Context, RegisteredCheck};
use orgsweep_model::{FactSet, Place, Scope};
use serde::Deserialize;

/// The facts of a fixture file. The rest of it is for the catalogue's own tests.
#[derive(Deserialize)]
struct Fixture {
    facts: FactSet,
}

struct Target {
    checks: Vec<ConfiguredCheck>,
    facts: FactSet,
    context: Context,
}

static REGION: LazyLock<Target> = LazyLock::new(|| target(Scope::Region, Place::Region("eu-west-1".parse().unwrap())));
static ACCOUNT: LazyLock<Target> = LazyLock::new(|| target(Scope::Account, Place::Global));

/// All checks of a scope, and the facts of each one's largest fixture that passes.
fn target(scope: Scope, place: Place) -> Target {
    let asked = || CHECKS.iter().filter(|check| check.meta.scope == scope);
    let mut facts = FactSet::default();
    asked().filter_map(largest_pass).for_each(|fixture| facts.absorb(&fixture));
    let context = Context {
        now: "2026-03-01T12:00:00Z".parse().unwrap(),
        account: "111122223333".parse().unwrap(),
        place,
        home_region: "us-east-1".parse().unwrap(),
        management_account: Some("999988887777".parse().unwrap()),
    };
    Target { checks: asked().map(|check| check.configure(None).unwrap()).collect(), facts, context }
}

fn largest_pass(check: &RegisteredCheck) -> Option<FactSet> {
    let catalog = Path::new(env!("CARGO_MANIFEST_DIR")).join("../checks/src/catalog");
    let fixtures = fs::read_dir(catalog.join(check.service).join(check.file)).ok()?.filter_map(Result::ok);
    let passing = fixtures.filter(|file| file.file_name().to_string_lossy().starts_with("pass_"));
    let largest = passing.max_by_key(|file| file.metadata().map_or(0, |metadata| metadata.len()))?;
    let fixture: Fixture = serde_saphyr::from_str(&fs::read_to_string(largest.path()).ok()?).ok()?;
    Some(fixture.facts)
}

fn judge(bencher: Bencher<'_, '_>, target: &Target) {
    let decided = target.checks.iter().filter(|check| check.evaluate(&target.facts, &target.context).blind().is_none()).count();
    assert!(decided * 10 > target.checks.len() * 9, "only {decided} of {} checks have the facts that they need", target.checks.len());
    bencher.counter(target.checks.len()).bench(|| {
        for check in &target.checks {
            black_box(check.evaluate(black_box(&target.facts), &target.context));
        }
    });
}

#[divan::bench]
fn of_a_region(bencher: Bencher<'_, '_>) {
    judge(bencher, &REGION);
}

#[divan::bench]
fn of_an_account(bencher: Bencher<'_, '_>) {
    judge(bencher, &ACCOUNT);
}
