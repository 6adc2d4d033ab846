//! `orgsweep checks`.

use crate::{run, stderr, stdout};

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
        "operations": ["iam:GetAccountSummary"],
        "actions": ["iam:GetAccountSummary"],
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
        "iam:GetAccountSummary",
    ] {
        assert!(english.contains(part), "{part:?} is missing in:\n{english}");
    }
    assert!(!english.contains("Parameters"), "it has none");
    assert!(!english.contains('\u{1b}'));
    let japanese = stdout(&run(&["checks", "show", "root-mfa-enabled", "--lang", "ja"]));
    for part in ["ルートユーザーに MFA が設定されている", "\n理由\n", "aws sts assume-root"] {
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
