//! The registry held against its own rules: whoever adds a check forgets nothing.

use std::collections::BTreeSet;

use orgsweep_checks::CHECKS;
use orgsweep_model::{
    FactScope, Scope,
    check::{Attestable, Language},
};

#[test]
fn ids_are_the_paths_and_are_unique() {
    let mut seen = BTreeSet::new();
    for check in CHECKS {
        let id = check.meta.id.as_str();
        assert_eq!(id, check.file.replace('_', "-"), "the id is the file's name");
        assert!(seen.insert(id), "{id} twice");
    }
}

#[test]
fn texts_are_complete_in_both_languages() {
    for check in CHECKS {
        let id = check.meta.id;
        for language in [Language::En, Language::Ja] {
            let text = check.meta.text(language);
            for (section, content) in
                [("title", text.title), ("why", text.why), ("fails_when", text.fails_when), ("fix_console", text.fix_console)]
            {
                assert!(content.chars().count() >= 10, "{id}: {section} in {language:?} is empty or too short");
                let japanese = content.chars().any(|character| ('\u{3040}'..='\u{30ff}').contains(&character));
                assert_eq!(japanese, language == Language::Ja, "{id}: {section} in {language:?} is in the wrong language");
            }
            assert!(text.title.chars().count() <= 80, "{id}: a title is one line");
            assert!(!text.title.ends_with(['.', '。']), "{id}: a title has no full stop");
        }
        let by_word_alone = check.meta.facts.is_empty();
        assert!(by_word_alone || check.meta.fix_cli.contains("aws "), "{id}: fix_cli has no AWS CLI command");
        assert!(!check.meta.references.is_empty(), "{id}: no reference");
        for reference in check.meta.references {
            assert!(reference.url.starts_with("https://docs.aws.amazon.com/"), "{id}: {} is not AWS documentation", reference.url);
        }
    }
}

#[test]
fn facts_fit_the_scope() {
    for check in CHECKS {
        let by_word_alone = check.meta.facts.is_empty();
        assert!(!by_word_alone || check.meta.attestable != Attestable::No, "{} declares no facts", check.meta.id);
        for kind in check.meta.facts {
            let fits = match kind.spec().scope {
                FactScope::Account | FactScope::Management => check.meta.scope != Scope::Region,
                FactScope::Region | FactScope::OrganizationRegion => check.meta.scope == Scope::Region,
                FactScope::Organization => true,
            };
            assert!(fits, "{} cannot see the fact {}", check.meta.id, kind.name());
        }
    }
}

#[test]
fn parameters_have_defaults_that_validate_and_refuse_unknown_names() {
    for check in CHECKS {
        let defaults = check.default_params();
        check.configure(Some(&defaults)).unwrap_or_else(|error| panic!("{}: {error}", check.meta.id));
        assert!(check.configure(Some(&serde_json::json!({"no_such_parameter": 1}))).is_err(), "{}", check.meta.id);
    }
}
