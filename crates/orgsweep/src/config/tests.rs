//! Documents in, configuration or mistakes out.

use std::time::Duration;

use super::*;

/// What is said about a document and an environment: a line for each mistake, or nothing.
fn mistakes(yaml: &str, environment: &[(&str, &str)]) -> String {
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    match parse(yaml, environment) {
        Ok(_) => String::new(),
        Err(mistakes) => ConfigErrors { file: Some("c.yaml".into()), text: yaml.to_owned(), mistakes }.to_string(),
    }
}

fn good(yaml: &str, environment: &[(&str, &str)]) -> (Config, Vec<String>) {
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    parse(yaml, environment).unwrap_or_else(|mistakes| panic!("{mistakes:?}"))
}

fn check(yaml: &str, expected: &[&str]) {
    assert_eq!(mistakes(yaml, &[]), expected.join("\n"), "{yaml}");
}

#[test]
fn nothing_and_nothing_but_comments_are_the_defaults() {
    for yaml in ["", "# nothing\n", "---\n", "schedule:\n  # frequent: 5m\nselect:\n  include:\n"] {
        assert_eq!(good(yaml, &[]).0, Config::default(), "{yaml:?}");
    }
}

#[test]
fn values_arrive() {
    let yaml = "
organization: {accounts: [{id: '012345678901', name: audit, tags: {env: prod}}], max_shrink: 0}
sessions: {external_id: a-b, management_account: ambient, restrict: false}
schedule: {frequent: 1m30s, pass_valid: 400d}
limits: {per_account_rps: {ec2: 0.5}}
checks: {severity: {root-mfa-enabled: low}, cadence: {root-mfa-enabled: daily}}
";
    let (config, warnings) = good(yaml, &[]);
    assert_eq!(config.organization.accounts[0].id.to_string(), "012345678901");
    assert_eq!(config.sessions.management_account, ManagementAccount::Ambient);
    assert_eq!(config.schedule.interval(Cadence::Frequent), Duration::from_secs(90));
    assert_eq!(config.schedule.pass_valid(Cadence::Frequent), Duration::from_hours(400 * 24));
    assert_eq!(config.limits.per_account_rps.of("ec2").per_second().to_string(), "0.5");
    let check = config.enabled_checks().into_iter().find(|check| check.registered.meta.id.as_str() == "root-mfa-enabled").unwrap();
    assert_eq!((check.severity, check.cadence), (Severity::Low, Cadence::Daily));
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn every_mistake_is_reported_with_its_place() {
    check(
        "schedule:\n  frequent: 10 parsecs\n  standart: 1h\nselect:\n  include:\n    accounts:\n      - 12345678901\n      - \"111122223333\"\n      - abc\n",
        &[
            "c.yaml:2:13: schedule.frequent: \"10 parsecs\" is not a duration: write a number with a unit (ms, s, m, h or d), like 15m or 1h",
            "c.yaml:3:3: schedule.standart: unknown key \"standart\"; did you mean \"standard\"?",
            "c.yaml:7:9: select.include.accounts[0]: 12345678901 is not an AWS account id: write its 12 digits in quotes, like \"012345678901\"",
            "c.yaml:9:9: select.include.accounts[2]: \"abc\" is not an AWS account id: it has 12 digits, like \"123456789012\"",
        ],
    );
}

#[test]
fn an_account_id_without_quotes_loses_its_zero() {
    check(
        "organization: {accounts: [{id: 012345678901}]}",
        &[
            "c.yaml:1:32: organization.accounts[0].id: 12345678901 is not an AWS account id: write its 12 digits in quotes, like \"012345678901\"",
        ],
    );
}

#[test]
fn types_are_named_in_the_words_of_the_file() {
    check("schedule: 15m", &["c.yaml:1:11: schedule: found string \"15m\", wanted keys with values"]);
    check(
        "schedule: {frequent: 15}",
        &["c.yaml:1:22: schedule.frequent: 15 has no unit: write a number with a unit (ms, s, m, h or d), like 15m or 1h"],
    );
    check("sessions: {external_id: 12345}", &["c.yaml:1:25: sessions.external_id: found integer, wanted text: write it in quotes"]);
    check(
        "checks: {enable: root-mfa-enabled}",
        &["c.yaml:1:18: checks.enable: found string \"root-mfa-enabled\", wanted a list, like [one, two]"],
    );
    check("sessions: {restrict: yes}", &["c.yaml:1:22: sessions.restrict: found string \"yes\", wanted true or false"]);
    check(
        "sessions: {management_account: root}",
        &["c.yaml:1:32: sessions.management_account: \"root\" is not one of role, ambient, skip"],
    );
    check("limits: {workers: 0}", &["c.yaml:1:19: limits.workers: 0 is out of range: it is a whole number from 1 to 4294967295"]);
    check("limits: {workers: -1.5}", &["c.yaml:1:19: limits.workers: found floating point -1.5, wanted a whole number that is at least 1"]);
    check("schedule: {jitter: 1.1}", &["c.yaml:1:20: schedule.jitter: 1.1 is not a share: it is from 0 to 1"]);
    check(
        "limits: {shared_rps: {sts: -1}}",
        &["c.yaml:1:28: limits.shared_rps.sts: -1 is not a rate: requests a second are more than 0 and at most 10000"],
    );
    check("- a\n- b\n", &["c.yaml:1:1: found a list, wanted keys with values"]);
    check("schedule: [5m, 1h]", &["c.yaml:1:11: schedule: found a list, wanted keys with values"]);
    check("schedule: map", &["c.yaml:1:11: schedule: found string \"map\", wanted keys with values"]);
    check("store: {path: 5}", &["c.yaml:1:15: store.path: found integer 5, wanted text: write it in quotes"]);
    check("log: {format: {a: b}}", &["c.yaml:1:15: log.format: found a map, wanted a word"]);
    check("cluster: {nats: {credentials_file: x}}", &["c.yaml:1:17: cluster.nats: the key \"url\" is missing"]);
    check(
        "select: {include: {tags: {cost: 0012}}}",
        &["c.yaml:1:33: select.include.tags.cost: found integer 12, wanted a tag's value in quotes, or a list of them"],
    );
    check(
        "frequency: 3\n",
        &[
            "c.yaml:1:1: frequency: unknown key \"frequency\": the keys here are organization, sessions, select, schedule, limits, checks, waivers, attestations, metrics, store, server, cluster, log, otlp",
        ],
    );
}

/// Taking a mistaken value out must not make its absence a mistake of its own.
#[test]
fn a_mistake_is_reported_once() {
    check(
        "organization: {accounts: [{id: x, nmae: y}]}",
        &[
            "c.yaml:1:32: organization.accounts[0].id: \"x\" is not an AWS account id: it has 12 digits, like \"123456789012\"",
            "c.yaml:1:35: organization.accounts[0].nmae: unknown key \"nmae\"; did you mean \"name\"?",
        ],
    );
    check(
        "schedule: {hourly: }",
        &[
            "c.yaml:1:12: schedule.hourly: unknown key \"hourly\": the keys here are frequent, standard, daily, jitter, sweep_timeout, pass_valid",
        ],
    );
}

#[test]
fn what_is_not_yaml_is_one_mistake() {
    for (yaml, start) in [
        ("schedule: {frequent: 5m\nlimits: 3\n", "c.yaml:2:"),
        ("log: {level: info}\nlog: {level: warn}\n", "c.yaml:2:1: "),
        ("schedule: *nowhere\n", "c.yaml:1:11: "),
        ("a: b\n---\nc: d\n", "c.yaml:"),
    ] {
        let said = mistakes(yaml, &[]);
        assert!(said.starts_with(start) && said.lines().count() == 1, "{yaml:?}: {said}");
    }
}

#[test]
fn an_alias_is_read_where_it_is_used() {
    let (config, _) = good("schedule: {frequent: &often 5m, standard: *often}", &[]);
    assert_eq!(config.schedule.standard.to_string(), "5m");
    check(
        "schedule: {frequent: &x nope, standard: *x}",
        &[
            "c.yaml:1:25: schedule.frequent: \"nope\" is not a duration: write a number with a unit (ms, s, m, h or d), like 15m or 1h",
            "c.yaml:1:41: schedule.standard: \"nope\" is not a duration: write a number with a unit (ms, s, m, h or d), like 15m or 1h",
        ],
    );
}

#[test]
fn names_of_checks_are_held_against_the_catalogue() {
    check(
        "checks:\n  enable: [root-mfa-enable]\n  disable: [\"nothing-*\", \"root-*\"]\n  severity: {root-mfa: high}\n  params: {root-mfa-enabled: {strictness: 3}, zzz: {}}\n",
        &[
            "c.yaml:2:12: checks.enable[0]: there is no check \"root-mfa-enable\"; did you mean \"root-mfa-enabled\"?",
            "c.yaml:3:13: checks.disable[0]: there is no check \"nothing-*\": `orgsweep checks list` shows all",
            "c.yaml:4:14: checks.severity.root-mfa: there is no check \"root-mfa\": `orgsweep checks list` shows all",
            "c.yaml:5:31: checks.params.root-mfa-enabled.strictness: unknown key \"strictness\": there are none here",
            "c.yaml:5:47: checks.params.zzz: there is no check \"zzz\": `orgsweep checks list` shows all",
        ],
    );
}

#[test]
fn a_disabled_check_is_not_asked() {
    let asked = |yaml: &str| good(yaml, &[]).0.enabled_checks().iter().any(|check| check.registered.meta.id.as_str() == "root-mfa-enabled");
    assert!(asked(""));
    assert!(!asked("checks: {disable: [root-mfa-enabled]}"));
    assert!(!asked("checks: {disable: ['root-*']}"));
}

/// Nothing costs money unless the configuration says that it may, whatever else it says.
#[test]
fn a_check_that_costs_money_needs_leave() {
    let spends = |yaml: &str| {
        let enabled = good(yaml, &[]).0.enabled_checks();
        let mut operations = enabled.iter().flat_map(|check| check.registered.meta.facts).flat_map(|kind| kind.spec().operations);
        operations.any(|operation| operation.micro_usd > 0)
    };
    assert!(!spends(""));
    assert!(spends("checks: {allow_billable: true}"));
    assert!(spends("checks: {allow_billable: true, enable: [cost-explorer-enabled]}"));
    assert!(!spends("checks: {allow_billable: true, disable: [cost-*]}"));
    check(
        "checks:\n  enable: [cost-explorer-enabled]\n",
        &[
            "c.yaml:2:12: checks.enable[0]: cost-explorer-enabled asks AWS something that costs 0.01 US dollars a request: it needs checks.allow_billable to be true",
        ],
    );
}

#[test]
fn rules_over_several_keys() {
    check(
        "organization: {accounts: [{id: \"111122223333\"}, {id: 111122223333}]}",
        &["c.yaml:1:54: organization.accounts[1].id: the account 111122223333 is listed twice"],
    );
    check("sessions: {duration: 14m}", &["c.yaml:1:22: sessions.duration: 14m is out of range: AWS gives sessions from 15m to 12h"]);
    check(
        "limits: {per_account_rps: {ec3: 1}}",
        &["c.yaml:1:28: limits.per_account_rps.ec3: no service \"ec3\" is asked; did you mean \"ec2\"?"],
    );
    check("server: {tls: {cert: a}}", &["c.yaml:1:22: server.tls.cert: TLS needs a certificate and its key: server.tls.key is missing"]);
    check(
        "server: {tls: {client_ca: a}}",
        &["c.yaml:1:27: server.tls.client_ca: TLS needs a certificate and its key: server.tls.cert and server.tls.key are missing"],
    );
}

#[test]
fn what_has_no_effect_yet_is_said() {
    let yaml = "store: {path: x.db}\ncluster: {nats: {url: 'nats://a'}}\nsessions: {duration: 2h}\nschedule: {pass_valid: 1h}\n";
    let (_, warnings) = good(yaml, &[]);
    for key in ["cluster.nats", "sessions.duration", "schedule.pass_valid"] {
        assert_eq!(warnings.iter().filter(|warning| warning.starts_with(key)).count(), 1, "{key}: {warnings:?}");
    }
    assert_eq!(warnings.len(), 3, "{warnings:?}");
    assert_eq!(good("cluster: {nats: null}\nstore: {path: orgsweep.db}\nserver: {tls: {cert: null}}\n", &[]).1, Vec::<String>::new());
}

#[test]
fn traces_that_cannot_be_sent_are_said() {
    let said = "otlp.endpoint has no effect: orgsweep was built without the feature otlp".to_owned();
    let expected = if crate::traces::BUILT_IN { vec![] } else { vec![said] };
    assert_eq!(good("otlp: {endpoint: 'http://a'}\n", &[]).1, expected);
}

#[test]
fn the_environment_overrides_the_file() {
    let environment = [
        ("ORGSWEEP_SCHEDULE__FREQUENT", "5m"),
        ("ORGSWEEP_SELECT__REGIONS__HOME", "eu-west-1"),
        ("ORGSWEEP_LIMITS__PER_ACCOUNT_RPS__EC2", "5"),
        ("ORGSWEEP_SELECT__INCLUDE__ACCOUNTS", "[\"012345678901\"]"),
        ("ORGSWEEP_CHECKS__SEVERITY__ROOT_MFA_ENABLED", "low"),
        ("ORGSWEEP_BIN", "/usr/bin/orgsweep"),
        ("ORGSWEEP_LOG_LEVEL", "debug"),
        ("OTHER__NAME", "x"),
    ];
    let (config, _) = good("schedule: {frequent: 1m, standard: 2h}\nselect:\n", &environment);
    assert_eq!((config.schedule.frequent.to_string(), config.schedule.standard.to_string()), ("5m".into(), "2h".into()));
    assert_eq!(config.select.regions.home.as_str(), "eu-west-1");
    assert_eq!(config.limits.per_account_rps.of("ec2").per_second().to_string(), "5");
    assert_eq!(config.select.include.accounts[0].to_string(), "012345678901");
    assert_eq!(config.checks.severity["root-mfa-enabled"], Severity::Low);
}

/// The environment has no order of its own: the narrower name wins, wherever it comes.
#[test]
fn the_narrower_override_wins() {
    let mut environment = [("ORGSWEEP_LIMITS__SHARED_RPS", "{sts: 7, account: 8}"), ("ORGSWEEP_LIMITS__SHARED_RPS__STS", "9")];
    for _ in 0..2 {
        let shared = good("", &environment).0.limits.shared_rps;
        assert_eq!([shared.sts, shared.account].map(|rate| rate.per_second().to_string()), ["9", "8"]);
        environment.reverse();
    }
}

#[test]
fn mistakes_in_the_environment_name_the_variable() {
    let environment = [("ORGSWEEP_SCHEDULE__FREQUENT", "often"), ("ORGSWEEP_SCHEDULES__DAILY", "1h"), ("ORGSWEEP_LOG__LEVEL", "{")];
    let said = mistakes("schedule: {daily: x}", &environment);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 4, "{said}");
    assert!(lines[0].starts_with("c.yaml:1:19: schedule.daily: \"x\" is not a duration"), "{said}");
    assert!(lines[1].starts_with("environment ORGSWEEP_LOG__LEVEL: log.level: "), "{said}");
    assert!(
        lines[2].starts_with("environment ORGSWEEP_SCHEDULES__DAILY: schedules: unknown key \"schedules\"; did you mean \"schedule\"?"),
        "{said}"
    );
    assert!(lines[3].starts_with("environment ORGSWEEP_SCHEDULE__FREQUENT: schedule.frequent: \"often\" is not a duration"), "{said}");
}

#[test]
fn excerpts_show_the_place_and_keep_the_line_for_scripts() {
    let text = "schedule:\n  frequent: 10 parsecs\n".to_owned();
    let mistakes = parse(&text, std::iter::empty()).unwrap_err();
    let errors = ConfigErrors { file: Some("c.yaml".into()), text, mistakes };
    let shown = errors.with_excerpts(false);
    assert!(shown.starts_with("c.yaml:2:13: schedule.frequent: \"10 parsecs\" is not a duration"), "{shown}");
    assert!(shown.contains("2 │   frequent: 10 parsecs"), "{shown}");
    assert!(!shown.contains('\u{1b}'), "{shown}");
    assert!(errors.with_excerpts(true).contains('\u{1b}'));
}

const EXAMPLE: &str = include_str!("../../../../config/orgsweep.example.yaml");

#[test]
fn the_example_is_the_defaults() {
    let (config, warnings) = good(EXAMPLE, &[]);
    assert_eq!(config, Config::default());
    assert_eq!(warnings, Vec::<String>::new());
}

/// A key that is missing in the example is a key that nobody finds.
#[test]
fn the_example_shows_every_key() {
    let schema = serde_json::to_value(schemars::schema_for!(Config)).unwrap();
    let mut keys = Vec::new();
    collect_keys(&schema, &mut keys);
    assert!(keys.len() > 50, "{keys:?}");
    for key in keys {
        assert!(EXAMPLE.contains(&format!("{key}:")), "{key} is not in the example");
    }
}

fn collect_keys(schema: &serde_json::Value, keys: &mut Vec<String>) {
    match schema {
        serde_json::Value::Object(object) => {
            for (name, value) in object {
                if let ("properties", serde_json::Value::Object(properties)) = (name.as_str(), value) {
                    keys.extend(properties.keys().cloned());
                }
                collect_keys(value, keys);
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect_keys(item, keys)),
        _ => {}
    }
}
