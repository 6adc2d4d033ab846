//! Judging: every check that is asked about a target, each on the largest of its fixtures that it passes.

use std::{cmp::Reverse, fs, path::Path, sync::LazyLock};

use divan::{Bencher, black_box};
use orgsweep_checks::{CHECKS, ConfiguredCheck, Context, RegisteredCheck};
use orgsweep_model::{FactSet, Place, Scope, Verdict};
use serde::Deserialize;

/// The facts of a fixture file. The rest of it is for the catalogue's own tests.
#[derive(Deserialize)]
struct Fixture {
    facts: FactSet,
}

/// A check, and facts on which it passes.
struct Question {
    check: ConfiguredCheck,
    facts: FactSet,
}

static REGION: LazyLock<Vec<Question>> = LazyLock::new(|| questions(Scope::Region));
static ACCOUNT: LazyLock<Vec<Question>> = LazyLock::new(|| questions(Scope::Account));

fn context(scope: Scope) -> Context {
    Context {
        now: "2026-03-01T12:00:00Z".parse().unwrap(),
        account: "111122223333".parse().unwrap(),
        place: if scope == Scope::Region { Place::Region("eu-west-1".parse().unwrap()) } else { Place::Global },
        home_region: "us-east-1".parse().unwrap(),
        management_account: Some("999988887777".parse().unwrap()),
    }
}

fn questions(scope: Scope) -> Vec<Question> {
    CHECKS.iter().filter(|check| check.meta.scope == scope).filter_map(|check| largest_pass(check, &context(scope))).collect()
}

/// The check on the largest fixture that it passes as it is, without parameters or somebody's word.
fn largest_pass(check: &RegisteredCheck, context: &Context) -> Option<Question> {
    let catalog = Path::new(env!("CARGO_MANIFEST_DIR")).join("../checks/src/catalog");
    let files = fs::read_dir(catalog.join(check.service).join(check.file)).ok()?.filter_map(Result::ok);
    let mut files: Vec<_> = files.filter(|file| file.file_name().to_string_lossy().starts_with("pass_")).collect();
    files.sort_by_key(|file| Reverse(file.metadata().map_or(0, |metadata| metadata.len())));
    files.into_iter().find_map(|file| {
        let fixture: Fixture = serde_saphyr::from_str(&fs::read_to_string(file.path()).ok()?).ok()?;
        let question = Question { check: check.configure(None).ok()?, facts: fixture.facts };
        matches!(question.check.evaluate(&question.facts, context), Verdict::Pass(_)).then_some(question)
    })
}

fn judge(bencher: Bencher<'_, '_>, scope: Scope, questions: &[Question]) {
    let all = CHECKS.iter().filter(|check| check.meta.scope == scope).count();
    assert!(questions.len() * 10 > all * 8, "only {} of {all} checks have a fixture that they pass", questions.len());
    let context = context(scope);
    bencher.counter(questions.len()).bench(|| {
        for question in questions {
            black_box(question.check.evaluate(black_box(&question.facts), &context));
        }
    });
}

#[divan::bench]
fn of_a_region(bencher: Bencher<'_, '_>) {
    judge(bencher, Scope::Region, &REGION);
}

#[divan::bench]
fn of_an_account(bencher: Bencher<'_, '_>) {
    judge(bencher, Scope::Account, &ACCOUNT);
}
