//! Exit codes, streams and pipes.

use std::process::Stdio;

use crate::{orgsweep, run, stderr, stdout};

#[test]
fn bad_usage_exits_with_64_and_says_so_on_stderr() {
    for arguments in [&[][..], &["sweep"], &["checks", "list", "--format", "xml"], &["config", "check"], &["checks", "show"]] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(64), "{arguments:?}: {}", stderr(&output));
        assert_eq!(stdout(&output), "", "{arguments:?}");
        assert!(stderr(&output).contains("--help") || stderr(&output).contains("Usage:"), "{arguments:?}: {}", stderr(&output));
    }
}

/// Before anything is asked of AWS, let alone for money.
#[test]
fn a_check_that_costs_money_is_not_asked_without_leave() {
    let scan = |variable: &[(&str, &str)]| {
        let mut command = orgsweep(&["scan", "--check", "cost-explorer-enabled"]);
        command.envs(variable.iter().copied()).env("AWS_ENDPOINT_URL", "http://127.0.0.1:9").env("AWS_EC2_METADATA_DISABLED", "true");
        command.envs([("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "x")]).output().unwrap()
    };
    let refused = scan(&[]);
    assert_eq!(refused.status.code(), Some(64));
    let words = "--check: cost-explorer-enabled asks AWS something that costs 0.01 US dollars a request: it needs checks.allow_billable to be true\n";
    assert_eq!((stdout(&refused).as_str(), stderr(&refused).as_str()), ("", words));
    let allowed = scan(&[("ORGSWEEP_CHECKS__ALLOW_BILLABLE", "true")]);
    assert_eq!(allowed.status.code(), Some(1), "it goes on and finds no AWS: {}", stderr(&allowed));
}

#[test]
fn help_and_version_are_results() {
    for arguments in [&["--help"][..], &["checks", "--help"], &["checks", "show", "--help"], &["config", "check", "--help"], &["--version"]]
    {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(stdout(&output).contains("orgsweep"), "{arguments:?}");
        assert_eq!(stderr(&output), "", "{arguments:?}");
    }
    assert!(stdout(&run(&["checks", "show", "--help"])).contains("Examples:"));
}

/// `orgsweep … | head` is no error, and no panic.
#[test]
fn a_reader_that_goes_early_is_no_error() {
    for arguments in
        [&["config", "schema"][..], &["checks", "list"], &["checks", "show", "root-mfa-enabled", "--format", "json"], &["--help"]]
    {
        let mut child = orgsweep(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""), "{arguments:?}");
    }
}

/// A disk that is full is one.
#[test]
#[cfg(target_os = "linux")]
fn a_result_that_cannot_be_written_is_an_error() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = orgsweep(&["checks", "list"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).starts_with("error: "), "{}", stderr(&output));
}
