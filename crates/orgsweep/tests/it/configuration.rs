//! `orgsweep config`.

use crate::{Folder, orgsweep, run, stderr, stdout};

const TWO_MISTAKES: &str = "\
# two mistakes, far apart
schedule:
  frequent: 10 parsecs
select:
  include:
    accounts: [\"111122223333\", \"1234\"]
";

#[test]
fn all_mistakes_at_once_with_their_places() {
    let folder = Folder::with("two-mistakes", "config.yaml", TWO_MISTAKES);
    let output = orgsweep(&["config", "check", "config.yaml"]).current_dir(&folder.0).output().unwrap();
    assert_eq!(output.status.code(), Some(64));
    assert_eq!(stdout(&output), "");
    assert_eq!(
        stderr(&output),
        "config.yaml:3:13: schedule.frequent: \"10 parsecs\" is not a duration: write a number with a unit (ms, s, m, h or d), like 15m or 1h\n\
         config.yaml:6:32: select.include.accounts[1]: \"1234\" is not an AWS account id: it has 12 digits, like \"123456789012\"\n"
    );
}

#[test]
fn a_good_file_is_ok() {
    let folder = Folder::with("good", "config.yaml", "store: {path: other.db}\n");
    let output = orgsweep(&["config", "check", "config.yaml"]).current_dir(&folder.0).output().unwrap();
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), "config.yaml: ok\n"));
    assert_eq!(stderr(&output), "");
}

#[test]
fn mistakes_in_waivers_and_attestations_are_told_with_those_of_no_other_file_left_out() {
    let folder = Folder::with("waivers", "waivers.yaml", "- {check: root-mfa-enabled, account: 1234, reason: sealed}\n");
    std::fs::write(folder.0.join("config.yaml"), "attestations: words.yaml\n").unwrap();
    std::fs::write(folder.0.join("words.yaml"), "- {check: root-mfa-enabled, by: ana, on: 2026-01-01, until: 2026-12-31}\n").unwrap();
    let output = orgsweep(&["config", "check", "config.yaml"]).current_dir(&folder.0).output().unwrap();
    assert_eq!(output.status.code(), Some(64));
    let told = stderr(&output);
    assert!(told.contains("waivers.yaml:1:38: [0].account: 1234 is not an AWS account id"), "{told}");
    assert!(told.contains("words.yaml:1:11: [0].check: root-mfa-enabled cannot be attested"), "{told}");
}

#[test]
fn an_ended_waiver_is_warned_about() {
    let folder = Folder::with("ended", "waivers.yaml", "- {check: root-mfa-enabled, reason: sealed, expires: 2020-01-31}\n");
    std::fs::write(folder.0.join("config.yaml"), "").unwrap();
    let output = orgsweep(&["config", "check", "config.yaml"]).current_dir(&folder.0).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let told = stderr(&output);
    assert_eq!(told, "warning: waivers.yaml:1: the waiver of root-mfa-enabled ended at 2020-02-01T00:00:00Z and has no effect\n");
}

#[test]
fn the_examples_are_good() {
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config");
    let folder = Folder::with("examples", "config.yaml", "waivers: w.yaml\nattestations: a.yaml\n");
    for (from, to) in [("waivers.example.yaml", "w.yaml"), ("attestations.example.yaml", "a.yaml")] {
        std::fs::copy(format!("{examples}/{from}"), folder.0.join(to)).unwrap();
    }
    let output = orgsweep(&["config", "check", "config.yaml"]).current_dir(&folder.0).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn a_missing_file_is_bad_configuration() {
    let output = run(&["config", "check", "/nowhere/orgsweep.yaml"]);
    assert_eq!(output.status.code(), Some(64));
    assert_eq!(stderr(&output), "/nowhere/orgsweep.yaml: cannot be read: there is no such file\n");
}

#[test]
fn the_environment_counts_and_its_mistakes_name_the_variable() {
    let folder = Folder::with("environment", "config.yaml", "schedule: {frequent: nonsense}\n");
    let check = |variable: &str, value: &str| {
        orgsweep(&["config", "check", "config.yaml"]).current_dir(&folder.0).env(variable, value).output().unwrap()
    };
    let mended = check("ORGSWEEP_SCHEDULE__FREQUENT", "5m");
    assert_eq!(mended.status.code(), Some(0), "{}", stderr(&mended));
    let spoiled = check("ORGSWEEP_SCHEDULE__FREQUENT", "5");
    assert_eq!(spoiled.status.code(), Some(64));
    assert!(
        stderr(&spoiled).starts_with("environment ORGSWEEP_SCHEDULE__FREQUENT: schedule.frequent: 5 has no unit"),
        "{}",
        stderr(&spoiled)
    );
    let unknown = check("ORGSWEEP_SCHEDULE__OFTEN", "5m");
    assert!(
        stderr(&unknown).contains("environment ORGSWEEP_SCHEDULE__OFTEN: schedule.often: unknown key \"often\""),
        "{}",
        stderr(&unknown)
    );
}

#[test]
fn the_schema_describes_every_section() {
    let schema: serde_json::Value = serde_json::from_str(&stdout(&run(&["config", "schema"]))).unwrap();
    assert_eq!(schema["additionalProperties"], false);
    for section in ["organization", "sessions", "select", "schedule", "limits", "checks", "metrics", "store", "server", "log"] {
        assert!(schema["properties"][section]["description"].is_string(), "{section}: {}", schema["properties"][section]);
    }
    assert_eq!(schema["properties"]["schedule"]["default"]["frequent"], "15m");
}
