//! `orgsweep checks`.

use crate::{Folder, orgsweep, run, stderr, stdout};

#[test]
fn the_list_for_people_has_a_line_for_each_check_and_no_colours_in_a_pipe() {
    let text = stdout(&run(&["checks", "list"]));
    let mut lines = text.lines();
    assert_eq!(lines.next().unwrap().split_whitespace().collect::<Vec<_>>(), ["ID", "SEVERITY", "SCOPE", "CADENCE", "TITLE"]);
    let line = lines.find(|line| line.starts_with("root-mfa-enabled ")).unwrap();
    for word in ["critical", "account", "frequent", "The root user has MFA"] {
        assert!(line.contains(word), "{line}");
    }
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn the_list_for_programs_says_what_a_check_needs() {
    let list: serde_json::Value = serde_json::from_str(&stdout(&run(&["checks", "list", "--format", "json"]))).unwrap();
    let check = list.as_array().unwrap().iter().find(|check| check["id"] == "root-mfa-enabled").unwrap();
    let expected = serde_json::json!({
        "id": "root-mfa-enabled",
        "title": "The root user has MFA",
        "severity": "critical",
        "scope": "account",
        "cadence": "frequent",
        "service": "iam",
        "enabled_by_default": true,
        "activation": "default",
        "attestable": "no",
        "operations": ["iam:GetAccountSummary"],
        "actions": ["iam:GetAccountSummary"],
        "member_actions": ["iam:GetAccountSummary"],
        "hub_actions": [],
        "params": {},
        "mappings": {"cis_v3": "1.5", "cis_v5": "1.4", "fsbp": "IAM.9"},
    });
    assert_eq!(*check, expected);
}

#[test]
fn a_page_shows_everything_in_both_languages() {
    let english = stdout(&run(&["checks", "show", "root-mfa-enabled"]));
    for part in [
        "The root user has MFA\n",
        "critical · account · frequent",
        "\nWhy\n",
        "\nFails when\n",
        "aws sts assume-root",
        "IAM.9",
        "https://docs.aws.amazon.com/",
        "\nActivation\n  On by default.",
        "\nPermissions needed\n  The role in every account: iam:GetAccountSummary\n",
        "\nCalls\n  For each account: iam:GetAccountSummary\n",
        "None of them costs money.",
    ] {
        assert!(english.contains(part), "{part:?} is missing in:\n{english}");
    }
    assert!(!english.contains("Parameters"), "it has none");
    assert!(!english.contains('\u{1b}'));
    let japanese = stdout(&run(&["checks", "show", "root-mfa-enabled", "--lang", "ja"]));
    for part in
        ["ルートユーザーに MFA が設定されている", "\n理由\n", "aws sts assume-root", "\n有効化\n", "アカウントごと: iam:GetAccountSummary"]
    {
        assert!(japanese.contains(part), "{part:?} is missing in:\n{japanese}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&stdout(&run(&["checks", "show", "root-mfa-enabled", "--format", "json", "--lang", "ja"]))).unwrap();
    assert_eq!(json["title"], "ルートユーザーに MFA が設定されている");
    assert_eq!(json["lang"], "ja");
}

#[test]
fn an_unknown_check_is_bad_usage_with_a_suggestion() {
    let output = run(&["checks", "show", "root-mfa-enable"]);
    assert_eq!(output.status.code(), Some(64));
    assert!(stderr(&output).contains("did you mean \"root-mfa-enabled\"?"), "{}", stderr(&output));
}

#[test]
fn permissions_of_the_role_and_of_the_hub_are_told_apart() {
    let output = stdout(&run(&["checks", "show", "access-analyzer-enabled", "--format", "json"]));
    let check: serde_json::Value = serde_json::from_str(&output).unwrap();
    assert_eq!(check["member_actions"], serde_json::json!(["access-analyzer:ListAnalyzers"]));
    assert_eq!(
        check["hub_actions"],
        serde_json::json!(["organizations:DescribeOrganization", "organizations:ListDelegatedAdministrators"])
    );
    let call = |per: &str| check["calls"].as_array().unwrap().iter().find(|call| call["per"] == per).unwrap().clone();
    assert_eq!(
        call("account_and_region"),
        serde_json::json!({
            "operation": "accessanalyzer:ListAnalyzers", "action": "access-analyzer:ListAnalyzers",
            "per": "account_and_region", "usd_per_request": 0.0
        })
    );
    assert_eq!(call("organization_and_region")["action"], "access-analyzer:ListAnalyzers");
    assert_eq!(call("hub")["action"], "organizations:DescribeOrganization");
    assert_eq!(check["enable_with"], serde_json::Value::Null);
}

#[test]
fn parameters_are_shown_as_configuration() {
    let text = stdout(&run(&["checks", "show", "iam-password-policy-strong"]));
    assert!(text.contains("\n  checks:\n    params:\n      iam-password-policy-strong:\n        # The least length"), "{text}");
    assert!(text.contains("\n        minimum_length: 12\n"), "{text}");
}

/// The pages in `docs/checks` are what the catalogue says. `make docs` writes them anew.
#[test]
fn the_pages_of_the_checks_are_up_to_date() {
    let pages = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/checks");
    let output = run(&["checks", "docs", "--output", pages, "--check"]);
    assert_eq!(output.status.code(), Some(0), "run `make docs`:\n{}", stderr(&output));
}

#[test]
fn stale_and_superfluous_pages_are_named_and_mended() {
    let folder = Folder::with("pages", "notes.md", "mine");
    let docs =
        |more: &[&str]| orgsweep(&[&["checks", "docs", "--output", "pages"], more].concat()).current_dir(&folder.0).output().unwrap();
    assert_eq!(docs(&["--check"]).status.code(), Some(1), "there are none yet");
    assert_eq!(docs(&[]).status.code(), Some(0));
    assert_eq!((docs(&["--check"]).status.code(), stderr(&docs(&["--check"]))), (Some(0), String::new()));

    let page = |name: &str| folder.0.join("pages").join(name);
    std::fs::write(page("ja/root-mfa-enabled.md"), "old").unwrap();
    std::fs::copy(page("en/root-mfa-enabled.md"), page("en/gone.md")).unwrap();
    std::fs::write(page("en/mine.md"), "not written by a program").unwrap();
    let wrong = docs(&["--check"]);
    assert_eq!(wrong.status.code(), Some(1));
    for part in ["pages/ja/root-mfa-enabled.md is stale", "pages/en/gone.md belongs to no check", "checks docs --output pages"] {
        assert!(stderr(&wrong).contains(part), "{}", stderr(&wrong));
    }
    assert_eq!(docs(&[]).status.code(), Some(0));
    assert!(!page("en/gone.md").exists() && page("en/mine.md").exists(), "only what was written by orgsweep is removed");
}
