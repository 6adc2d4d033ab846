//! The log, as collectors of logs see it.

use serde_json::Value;

use crate::{
    simulated::{Simulated, done},
    stderr,
};

fn lines(level: &str) -> Vec<Value> {
    let log = stderr(&done(Simulated::new().scan().env("ORGSWEEP_LOG__LEVEL", level)));
    log.lines().filter(|line| line.starts_with('{')).map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_line_of_a_sweep_says_whose_it_is() {
    let lines = lines("info,orgsweep_sweep=debug");
    let swept = |account: &str| lines.iter().find(|line| line["message"] == "swept" && line["account"] == account).unwrap().clone();
    let good = swept("111111111111");
    assert_eq!((&good["cadences"], &good["targets"], &good["pass"]), (&"frequent".into(), &3.into(), &3.into()), "{good}");
    assert!(good["seconds"].is_f64() && good.get("unreachable").is_none(), "{good}");
    let bad = swept("444444444444");
    assert_eq!((&bad["unknown"], &bad["unreachable"]), (&3.into(), &"role_missing".into()), "{bad}");
}

/// What the SDK says of a request is in a span of the target.
#[test]
fn a_line_of_the_sdk_says_where_it_asks() {
    let lines = lines("debug");
    let regions = ["global", "us-east-1", "eu-west-1"];
    let said = |region: &&str| {
        let own = |line: &&Value| line["region"] == **region && line["target"].as_str().is_some_and(|target| target.starts_with("aws_"));
        lines.iter().find(own).is_some_and(|line| line["account"] == "111111111111" && line["cadences"] == "frequent")
    };
    assert!(regions.iter().all(said));
}

#[test]
fn the_usual_log_is_quiet() {
    assert_eq!(lines("info"), Vec::<Value>::new());
}
