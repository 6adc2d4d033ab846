//! The alarm checks, all of them, held against the filter patterns that are published for them and against what may be missing behind
//! one. The facts are made here, so that no check is forgotten.

use orgsweep_checks::{CHECKS, Context, RegisteredCheck, find};
use orgsweep_model::{BlindReason, Verdict};
use serde_json::{Value, json};

use crate::pattern::cis;

const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:alarms";
const GROUP: &str = "arn:aws:logs:us-east-1:111122223333:log-group:trail:*";

/// One alarm check as others would satisfy it.
struct Row {
    id: &'static str,
    /// A metric filter's pattern for all of its events.
    pattern: String,
    /// Patterns that each miss one event, and what a reason calls that.
    misses: Vec<(String, String)>,
    /// An `EventBridge` pattern for all of its events.
    rule: Value,
}

/// The pattern that the benchmark publishes for the changes among which this call is.
fn published(call: &str) -> (&'static str, &'static [&'static str]) {
    let found = cis::CHANGES.iter().find(|(_, _, calls)| calls.contains(&call)).unwrap();
    (found.0, found.2)
}

fn without(pattern: &str, call: &str) -> String {
    let spellings = [format!("$.eventName={call})"), format!("$.eventName = {call})")];
    let missing = spellings.iter().fold(pattern.to_owned(), |pattern, spelling| pattern.replace(spelling, "$.eventName = Never)"));
    assert_ne!(missing, pattern, "{call} is not in {pattern}");
    missing
}

fn calls(id: &'static str, service: &str, pattern: &str, calls: &[&str]) -> Row {
    Row {
        id,
        pattern: pattern.to_owned(),
        misses: calls.iter().map(|call| ((*call).to_owned(), without(pattern, call))).collect(),
        rule: json!({
            "source": [format!("aws.{service}")],
            "detail-type": ["AWS API Call via CloudTrail"],
            "detail": {"eventSource": [format!("{service}.amazonaws.com")], "eventName": calls},
        }),
    }
}

fn changes(id: &'static str, service: &str, one: &str) -> Row {
    let (pattern, all) = published(one);
    calls(id, service, pattern, all)
}

fn other(id: &'static str, pattern: &str, misses: &[(&str, &str)], rule: Value) -> Row {
    let misses = misses.iter().map(|(event, pattern)| ((*event).to_owned(), (*pattern).to_owned())).collect();
    Row { id, pattern: pattern.to_owned(), misses, rule }
}

fn rows() -> Vec<Row> {
    let sign_in = |detail: Value| json!({"detail-type": ["AWS Console Sign In via CloudTrail"], "detail": detail});
    vec![
        other(
            "alarm-root-usage",
            cis::ROOT_USAGE,
            &[
                ("RunInstances by the root user", r#"{ $.userIdentity.type = "Root" && $.eventType = "AwsConsoleSignIn" }"#),
                ("ConsoleLogin by the root user", r#"{ $.userIdentity.type = "Root" && $.eventType = "AwsApiCall" }"#),
            ],
            json!({
                "detail-type": ["AWS API Call via CloudTrail", "AWS Console Sign In via CloudTrail"],
                "detail": {"userIdentity": {"type": ["Root"], "invokedBy": [{"exists": false}]}},
            }),
        ),
        other(
            "alarm-console-sign-in-failure",
            cis::SIGN_IN_FAILURES,
            &[("ConsoleLogin with Failed authentication", r#"{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed") }"#)],
            sign_in(json!({"eventName": ["ConsoleLogin"], "responseElements": {"ConsoleLogin": ["Failure"]}})),
        ),
        other(
            "alarm-console-sign-in-without-mfa",
            cis::SIGN_IN_WITHOUT_MFA,
            &[("ConsoleLogin without MFA", r#"{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed = "Yes") }"#)],
            sign_in(json!({"eventName": ["ConsoleLogin"], "additionalEventData": {"MFAUsed": ["No"]}})),
        ),
        other(
            "alarm-unauthorized-api-call",
            cis::UNAUTHORIZED_CALLS,
            &[
                ("CreateBucket with the error AccessDenied", r#"{ $.errorCode = "*UnauthorizedOperation" }"#),
                ("RunInstances with the error Client.UnauthorizedOperation", r#"{ $.errorCode = "AccessDenied*" }"#),
            ],
            json!({"detail": {"errorCode": [{"prefix": "AccessDenied"}, {"suffix": "UnauthorizedOperation"}]}}),
        ),
        changes("alarm-iam-policy-change", "iam", "PutGroupPolicy"),
        calls(
            "alarm-iam-role-change",
            "iam",
            "{ ($.eventName = CreateRole) || ($.eventName = DeleteRole) || ($.eventName = UpdateAssumeRolePolicy) }",
            &["CreateRole", "DeleteRole", "UpdateAssumeRolePolicy"],
        ),
        calls("alarm-iam-user-creation", "iam", "{ ($.eventName = CreateUser) }", &["CreateUser"]),
        calls("alarm-iam-access-key-creation", "iam", "{($.eventName=CreateAccessKey)}", &["CreateAccessKey"]),
        changes("alarm-cloudtrail-change", "cloudtrail", "StopLogging"),
        other(
            "alarm-assume-role-failure",
            r#"{ ($.eventName = "AssumeRole") && ($.errorCode = "AccessDenied") }"#,
            &[("AssumeRole with the error AccessDenied", r#"{ ($.eventName = "SwitchRole") && ($.errorCode = "AccessDenied") }"#)],
            json!({"source": ["aws.sts"], "detail": {"eventName": ["AssumeRole"], "errorCode": [{"prefix": "AccessDenied"}]}}),
        ),
        changes("alarm-s3-bucket-policy-change", "s3", "PutBucketAcl"),
        changes("alarm-kms-key-disable-or-deletion", "kms", "DisableKey"),
        other(
            "alarm-kms-unusable-key-use",
            r#"{($.eventSource = kms.amazonaws.com) && (($.errorCode = "DisabledException") || ($.errorCode = "KMSInvalidStateException"))}"#,
            &[
                ("Decrypt with the error DisabledException", r#"{ $.errorCode = "KMSInvalidStateException" }"#),
                ("Decrypt with the error KMSInvalidStateException", r#"{ $.errorCode = "DisabledException" }"#),
            ],
            json!({"source": ["aws.kms"], "detail": {"errorCode": ["DisabledException", "KMSInvalidStateException"]}}),
        ),
        changes("alarm-security-group-change", "ec2", "CreateSecurityGroup"),
        changes("alarm-network-acl-change", "ec2", "CreateNetworkAcl"),
        changes("alarm-network-gateway-change", "ec2", "CreateInternetGateway"),
        changes("alarm-vpc-change", "ec2", "CreateVpc"),
    ]
}

fn context() -> Context {
    Context {
        now: "2026-03-01T12:00:00Z".parse().unwrap(),
        account: "111122223333".parse().unwrap(),
        place: orgsweep_model::Place::Global,
        home_region: "us-east-1".parse().unwrap(),
        management_account: Some("999988887777".parse().unwrap()),
    }
}

fn trail(changes: &Value) -> Value {
    let mut trail = json!({
        "name": "audit",
        "arn": "arn:aws:cloudtrail:us-east-1:111122223333:trail/audit",
        "multi_region": true,
        "log_group_arn": GROUP,
        "status": {"seen": {"logging": true}},
        "selectors": {"seen": {"classic": [{"read_write_type": "All", "include_management_events": true}]}},
    });
    merge(&mut trail, changes);
    trail
}

fn filter(pattern: &str) -> Value {
    json!({"name": "filter", "pattern": pattern, "metrics": [{"namespace": "Security", "name": "Events"}]})
}

fn alarm() -> Value {
    json!({
        "name": "alarm",
        "arn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:alarm",
        "metrics": [{"namespace": "Security", "name": "Events"}],
        "actions_enabled": true,
        "actions": [TOPIC],
    })
}

fn rule(pattern: &Value) -> Value {
    json!({
        "name": "rule",
        "arn": "arn:aws:events:us-east-1:111122223333:rule/rule",
        "state": "ENABLED",
        "pattern": pattern.to_string(),
        "targets": {"seen": [{"id": "sns", "arn": TOPIC}]},
    })
}

fn merge(into: &mut Value, changes: &Value) {
    for (name, value) in changes.as_object().unwrap() {
        into[name] = value.clone();
    }
}

fn with(mut value: Value, changes: &Value) -> Value {
    merge(&mut value, changes);
    value
}

/// The facts of an account whose one trail is watched by these.
fn facts(trails: &[Value], filters: &[Value], alarms: &[Value], confirmed: &Value, rules: &[Value]) -> Value {
    let group = json!({
        "arn": GROUP,
        "filters": {"seen": filters},
        "alarms": {"seen": alarms},
        "topics": [{"arn": TOPIC, "confirmed": confirmed}],
    });
    json!({
        "trails": {"seen": {"trails": trails}},
        "trail_alarms": {"seen": {"log_groups": [group]}},
        "home_event_rules": {"seen": {"rules": rules}},
    })
}

fn watched(filters: &[Value], alarms: &[Value], rules: &[Value]) -> Value {
    facts(&[trail(&json!({}))], filters, alarms, &json!({"seen": true}), rules)
}

fn evaluate(id: &str, facts: &Value) -> Verdict {
    let facts = serde_json::from_value(facts.clone()).unwrap();
    find(id).unwrap().configure(None).unwrap().evaluate(&facts, &context())
}

fn passes(id: &str, facts: &Value) {
    let verdict = evaluate(id, facts);
    assert_eq!(verdict.status(), "pass", "{id}: {verdict:?}");
}

/// Fails with one finding, whose reason says these things.
fn fails(id: &str, facts: &Value, words: &[&str]) {
    let verdict = evaluate(id, facts);
    assert_eq!((verdict.status(), verdict.findings().len()), ("fail", 1), "{id}: {verdict:?}");
    let reason = verdict.reason();
    assert!(reason.starts_with("observed ") && reason.contains(", wanted "), "{id}: {reason}");
    for words in words {
        assert!(reason.contains(words), "{id}: {reason} does not say {words}");
    }
}

fn unknown(id: &str, facts: &Value, words: &str) {
    let verdict = evaluate(id, facts);
    assert_eq!(verdict.status(), "unknown", "{id}: {verdict:?}");
    assert!(verdict.reason().contains(words), "{id}: {} does not say {words}", verdict.reason());
}

fn denied(action: &str) -> Value {
    json!({"blind": {"reason": "iam_deny", "action": action, "detail": format!("{action} is denied")}})
}

#[test]
fn every_alarm_check_has_its_row() {
    let checks: Vec<&RegisteredCheck> = CHECKS.iter().filter(|check| check.meta.id.as_str().starts_with("alarm-")).collect();
    let rows = rows();
    assert_eq!((checks.len(), rows.len()), (17, 17));
    for check in checks {
        assert!(rows.iter().any(|row| row.id == check.meta.id.as_str()), "{}", check.meta.id);
    }
}

#[test]
fn the_published_pattern_passes() {
    for row in rows() {
        passes(row.id, &watched(&[filter(&row.pattern)], &[alarm()], &[]));
    }
}

#[test]
fn a_pattern_that_misses_one_event_fails_and_the_reason_names_the_event() {
    for row in rows() {
        for (event, pattern) in &row.misses {
            fails(
                row.id,
                &watched(&[filter(pattern)], &[alarm()], &[]),
                &[&format!("no metric filter for {event} on the log group trail,")],
            );
        }
    }
}

#[test]
fn what_is_missing_behind_the_filter_fails() {
    for row in rows() {
        let filters = [filter(&row.pattern)];
        fails(row.id, &watched(&filters, &[], &[]), &["the metric filter filter for ", "without an alarm on its metric Security/Events"]);
        let elsewhere = with(alarm(), &json!({"metrics": [{"namespace": "Security", "name": "Other"}]}));
        fails(row.id, &watched(&filters, &[elsewhere], &[]), &["without an alarm on its metric Security/Events"]);
        let off = with(alarm(), &json!({"actions_enabled": false}));
        fails(row.id, &watched(&filters, &[off], &[]), &["the alarm alarm for ", "with its actions disabled"]);
        let silent = with(alarm(), &json!({"actions": []}));
        fails(row.id, &watched(&filters, &[silent], &[]), &["with no SNS topic among its actions"]);
        let trails = [trail(&json!({}))];
        let unconfirmed = facts(&trails, &filters, &[alarm()], &json!({"seen": false}), &[]);
        fails(row.id, &unconfirmed, &[&format!("with no confirmed subscription of {TOPIC}")]);
        fails(row.id, &watched(&[], &[], &[]), &["no metric filter for "]);
    }
}

#[test]
fn an_event_rule_passes_and_only_one_that_is_on_and_leads_somewhere() {
    for row in rows() {
        // Otherwise a rule would have to be enabled with all management events.
        for (event, _) in &row.misses {
            assert!(!["Get", "List", "Describe"].iter().any(|verb| event.starts_with(verb)), "{event}");
        }
        passes(row.id, &watched(&[], &[], &[rule(&row.rule)]));
        let all = json!({"state": "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"});
        passes(row.id, &watched(&[], &[], &[with(rule(&row.rule), &all)]));
        fails(row.id, &watched(&[], &[], &[with(rule(&row.rule), &json!({"state": "DISABLED"}))]), &["no metric filter for "]);
        let idle = with(rule(&row.rule), &json!({"targets": {"seen": []}}));
        fails(row.id, &watched(&[], &[], &[idle]), &["the EventBridge rule rule for ", "without a target"]);
        fails(row.id, &watched(&[], &[], &[rule(&json!({"source": ["aws.health"]}))]), &["no metric filter for "]);
    }
}

#[test]
fn filters_and_rules_share_the_work() {
    for row in rows() {
        for (_, pattern) in &row.misses {
            passes(row.id, &watched(&[filter(pattern)], &[alarm()], &[rule(&row.rule)]));
        }
        let parts: Vec<Value> = row.misses.iter().map(|(_, pattern)| filter(pattern)).collect();
        if parts.len() > 1 {
            passes(row.id, &watched(&parts, &[alarm()], &[]));
        }
    }
}

#[test]
fn a_pattern_that_is_not_understood_matters_only_where_it_could_be_the_one() {
    for row in rows() {
        let odd = filter("\"text in a line\"");
        unknown(row.id, &watched(std::slice::from_ref(&odd), &[alarm()], &[]), "the metric filter filter: the pattern is not understood");
        fails(row.id, &watched(std::slice::from_ref(&odd), &[], &[]), &["no metric filter for "]);
        passes(row.id, &watched(&[odd.clone(), filter(&row.pattern)], &[alarm()], &[]));
        passes(row.id, &watched(&[odd], &[alarm()], &[rule(&row.rule)]));
        let rule = with(rule(&row.rule), &json!({"pattern": "{\"source\": [{\"new\": 1}]}"}));
        unknown(row.id, &watched(&[], &[], std::slice::from_ref(&rule)), "the EventBridge rule rule: the pattern is not understood");
        fails(row.id, &watched(&[], &[], &[with(rule, &json!({"targets": {"seen": []}}))]), &["no metric filter for "]);
    }
}

/// Whoever runs the commands of the fix, or copies the pattern from its text, passes.
#[test]
fn the_fix_mends() {
    for row in rows() {
        let meta = find(row.id).unwrap().meta;
        let pattern = meta.fix_cli.split("--filter-pattern '").nth(1).unwrap().split('\'').next().unwrap();
        assert!(pattern.len() <= 1024, "{}: longer than AWS takes", row.id);
        passes(row.id, &watched(&[filter(pattern)], &[alarm()], &[]));
        for language in [meta.en, meta.ja] {
            assert!(language.fix_console.contains(pattern), "{}", row.id);
        }
        for event in
            row.misses.iter().map(|(event, _)| event.split(' ').next().unwrap()).filter(|_| row.rule["detail"]["eventSource"].is_array())
        {
            assert!(meta.en.fails_when.contains(event) && meta.ja.fails_when.contains(event), "{}: {event} is not in the text", row.id);
        }
    }
}

#[test]
fn whose_trail_it_is_decides_whether_the_check_applies() {
    let organization =
        json!({"name": "organization", "arn": "arn:aws:cloudtrail:us-east-1:999988887777:trail/organization", "organization": true});
    let good = |row: &Row| ([filter(&row.pattern)], [alarm()], [rule(&row.rule)]);
    for row in rows() {
        let (filters, alarms, rules) = good(&row);
        let on = |trails: &[Value]| facts(trails, &filters, &alarms, &json!({"seen": true}), &rules);
        let stopped = trail(&json!({"status": {"seen": {"logging": false}}}));
        for others in [vec![], vec![stopped.clone()], vec![trail(&json!({"multi_region": false, "status": null}))]] {
            fails(row.id, &on(&others), &["no active multi-region trail that could record "]);
            let beside = [others, vec![trail(&organization)]].concat();
            assert_eq!(evaluate(row.id, &on(&beside)).status(), "not_applicable", "{}", row.id);
        }
        passes(row.id, &on(&[trail(&organization), trail(&json!({}))]));
        let unclear = trail(&json!({"status": denied("cloudtrail:GetTrailStatus")}));
        unknown(row.id, &on(std::slice::from_ref(&unclear)), "cloudtrail:GetTrailStatus");
        unknown(row.id, &on(&[unclear.clone(), trail(&organization)]), "cloudtrail:GetTrailStatus");
        passes(row.id, &on(&[unclear.clone(), trail(&json!({}))]));
        // What is behind a trail that may be switched off may come to nothing.
        let no_group = trail(&json!({"log_group_arn": null}));
        unknown(row.id, &facts(&[unclear, no_group.clone()], &filters, &alarms, &json!({"seen": true}), &[]), "cloudtrail:GetTrailStatus");
        fails(row.id, &facts(&[no_group], &[], &[], &json!({"seen": true}), &[]), &["the trail audit without a log group for "]);
    }
}

const USER: &str = "alarm-iam-user-creation";
const CREATE_USER: &str = "{ $.eventName = CreateUser }";

#[test]
fn what_cannot_be_seen_is_not_known() {
    let blind = |part: &str, action: &str| {
        let mut facts = watched(&[filter(CREATE_USER)], &[alarm()], &[]);
        facts["trail_alarms"]["seen"]["log_groups"][0][part] = denied(action);
        facts
    };
    let verdict = evaluate(USER, &blind("filters", "logs:DescribeMetricFilters"));
    let seen = verdict.blind().unwrap();
    assert_eq!((seen.reason, seen.action.as_deref()), (BlindReason::IamDeny, Some("logs:DescribeMetricFilters")));
    unknown(USER, &blind("alarms", "cloudwatch:DescribeAlarms"), "cloudwatch:DescribeAlarms");
    let trails = [trail(&json!({}))];
    let topic = facts(&trails, &[filter(CREATE_USER)], &[alarm()], &denied("sns:ListSubscriptionsByTopic"), &[]);
    unknown(USER, &topic, "sns:ListSubscriptionsByTopic");
    // An event that no filter counts is not told of, whatever the alarms are.
    let mut unmatched = blind("alarms", "cloudwatch:DescribeAlarms");
    unmatched["trail_alarms"]["seen"]["log_groups"][0]["filters"] = json!({"seen": [filter("{ $.eventName = Never }")]});
    fails(USER, &unmatched, &["no metric filter for CreateUser"]);

    let mut no_rules = watched(&[], &[], &[]);
    no_rules["home_event_rules"] = denied("events:ListRules");
    unknown(USER, &no_rules, "events:ListRules");
    no_rules["trail_alarms"] = watched(&[filter(CREATE_USER)], &[alarm()], &[])["trail_alarms"].clone();
    passes(USER, &no_rules);
    let create = json!({"detail": {"eventName": ["CreateUser"]}});
    let mut no_alarms = watched(&[], &[], &[rule(&create)]);
    no_alarms["trail_alarms"] = denied("logs:DescribeMetricFilters");
    passes(USER, &no_alarms);
    no_alarms["home_event_rules"] = json!({"seen": {"rules": []}});
    unknown(USER, &no_alarms, "logs:DescribeMetricFilters");
    let untold = with(rule(&create), &json!({"targets": denied("events:ListTargetsByRule")}));
    unknown(USER, &watched(&[], &[], &[untold]), "events:ListTargetsByRule");
    let contradictory = json!({"not_offered": "events is not offered in us-east-1"});
    unknown(USER, &with(watched(&[], &[], &[]), &json!({"home_event_rules": contradictory})), "events is not offered");

    let mut gone = watched(&[], &[], &[]);
    gone["trail_alarms"]["seen"]["log_groups"] = json!([]);
    unknown(USER, &gone, "was not looked into");
    let foreign = trail(&json!({"log_group_arn": "arn:aws:logs:us-east-1:444455556666:log-group:trail:*"}));
    unknown(USER, &facts(&[foreign], &[], &[], &json!({"seen": true}), &[]), "which another account owns");
    unknown(USER, &with(watched(&[], &[], &[]), &json!({"trails": denied("cloudtrail:DescribeTrails")})), "cloudtrail:DescribeTrails");
}

#[test]
fn a_filter_that_counts_only_some_events_is_not_guessed_at() {
    let some = with(filter(CREATE_USER), &json!({"selection": "@aws.account = \"111122223333\""}));
    unknown(USER, &watched(&[some], &[alarm()], &[]), "counts only events with @aws.account");
    let transformed = with(filter(CREATE_USER), &json!({"transformed": true}));
    unknown(USER, &watched(&[transformed], &[alarm()], &[]), "is held against transformed events");
}

#[test]
fn with_dimensions_it_is_another_metric() {
    let by = |dimensions: Value| {
        with(filter(CREATE_USER), &json!({"metrics": [{"namespace": "Security", "name": "Events", "dimensions": dimensions}]}))
    };
    let on =
        |dimensions: Value| with(alarm(), &json!({"metrics": [{"namespace": "Security", "name": "Events", "dimensions": dimensions}]}));
    let call = || by(json!({"call": "$.eventName"}));
    fails(USER, &watched(&[call()], &[alarm()], &[]), &["without an alarm on its metric Security/Events by call"]);
    fails(
        USER,
        &watched(&[filter(CREATE_USER)], &[on(json!({"call": "CreateUser"}))], &[]),
        &["without an alarm on its metric Security/Events,"],
    );
    passes(USER, &watched(&[call()], &[on(json!({"call": "CreateUser"}))], &[]));
    fails(USER, &watched(&[call()], &[on(json!({"call": "DeleteUser"}))], &[]), &["without an alarm"]);
    fails(USER, &watched(&[call()], &[on(json!({"call": "CreateUser", "who": "mary"}))], &[]), &["without an alarm"]);
    passes(USER, &watched(&[by(json!({"who": "$.userIdentity.type"}))], &[on(json!({"who": "AssumedRole"}))], &[]));
    unknown(
        USER,
        &watched(&[by(json!({"@aws.account": "@aws.account"}))], &[on(json!({"@aws.account": "111122223333"}))], &[]),
        "dimension",
    );
    passes(USER, &watched(&[call()], &[on(json!({"call": "DeleteUser"})), on(json!({"call": "CreateUser"}))], &[]));
}

#[test]
fn an_alarm_on_metric_math_counts_and_one_on_another_accounts_metric_does_not() {
    let two = |account: Value| {
        let metrics = json!([{"namespace": "AWS/EC2", "name": "CPU"}, {"namespace": "Security", "name": "Events", "account": account}]);
        watched(&[filter(CREATE_USER)], &[with(alarm(), &json!({"metrics": metrics}))], &[])
    };
    passes(USER, &two(Value::Null));
    passes(USER, &two(json!("111122223333")));
    fails(USER, &two(json!("444455556666")), &["without an alarm on its metric Security/Events"]);
}

#[test]
fn the_alarm_that_comes_nearest_is_named() {
    let off = with(alarm(), &json!({"name": "off", "actions_enabled": false}));
    let other =
        with(filter("{ $.eventName = Create* }"), &json!({"name": "other", "metrics": [{"namespace": "Security", "name": "Other"}]}));
    fails(USER, &watched(&[other.clone(), filter(CREATE_USER)], std::slice::from_ref(&off), &[]), &["the alarm off for CreateUser"]);
    passes(USER, &watched(&[other, filter(CREATE_USER)], &[off, alarm()], &[]));
}

#[test]
fn a_trail_that_does_not_record_the_event_carries_none() {
    let selectors = |selectors: Value| [trail(&json!({"selectors": {"seen": selectors}}))];
    let classic = |kind: &str, management: bool, excluded: &[&str]| {
        selectors(json!({"classic": [{"read_write_type": kind, "include_management_events": management, "exclude_sources": excluded}]}))
    };
    let advanced = |conditions: Value| selectors(json!({"advanced": [conditions]}));
    let management = json!({"field": "eventCategory", "equals": ["Management"]});
    let of = |id: &str| rows().into_iter().find(|row| row.id == id).unwrap();
    let judge = |id: &str, trails: &[Value], recorded: bool| {
        let facts = facts(trails, &[filter(&of(id).pattern)], &[alarm()], &json!({"seen": true}), &[]);
        if recorded { passes(id, &facts) } else { fails(id, &facts, &["the trail audit not recording "]) }
    };
    let (assume, keys) = ("alarm-assume-role-failure", "alarm-kms-key-disable-or-deletion");
    judge(USER, &classic("WriteOnly", true, &[]), true);
    judge(assume, &classic("WriteOnly", true, &[]), false);
    judge(USER, &classic("ReadOnly", true, &[]), false);
    judge(assume, &classic("ReadOnly", true, &[]), true);
    judge(USER, &classic("All", false, &[]), false);
    judge(keys, &classic("All", true, &["kms.amazonaws.com"]), false);
    judge(USER, &classic("All", true, &["kms.amazonaws.com"]), true);
    judge(USER, &advanced(json!([management])), true);
    judge(USER, &advanced(json!([{"field": "eventCategory", "equals": ["Data"]}])), false);
    judge(USER, &advanced(json!([management, {"field": "readOnly", "equals": ["true"]}])), false);
    judge(assume, &advanced(json!([management, {"field": "readOnly", "equals": ["true"]}])), true);
    judge(keys, &advanced(json!([management, {"field": "eventSource", "not_equals": ["kms.amazonaws.com"]}])), false);
    judge(keys, &advanced(json!([management, {"field": "eventSource", "equals": ["kms.amazonaws.com"]}])), true);
    judge(USER, &advanced(json!([management, {"field": "eventSource", "equals": ["kms.amazonaws.com"]}])), false);
    judge(USER, &advanced(json!([management, {"field": "userIdentity.arn", "not_equals": ["x"]}])), false);
    // An event rule needs a trail that is on, whatever it keeps.
    let rules = [rule(&json!({"detail": {"eventName": ["CreateUser"]}}))];
    passes(USER, &facts(&classic("All", false, &[]), &[], &[], &json!({"seen": true}), &rules));
    let blind = [trail(&json!({"selectors": denied("cloudtrail:GetEventSelectors")}))];
    unknown(USER, &facts(&blind, &[filter(CREATE_USER)], &[alarm()], &json!({"seen": true}), &[]), "cloudtrail:GetEventSelectors");
    fails(USER, &facts(&blind, &[], &[], &json!({"seen": true}), &[]), &["no metric filter for CreateUser"]);
}
