use orgsweep_checks::pattern::EventPattern;
use serde_json::{Value, json};

use super::rule;

fn instance_event() -> Value {
    json!({
        "version": "0",
        "detail-type": "EC2 Instance State-change Notification",
        "source": "aws.ec2",
        "account": "111122223333",
        "time": "2017-10-02T16:24:49Z",
        "region": "us-east-1",
        "resources": ["arn:aws:ec2:us-east-1:111122223333:instance/i-abcd1111", "second"],
        "detail": {
            "c-count": 5,
            "d-count": 3,
            "x-limit": 301.8,
            "source-ip": "10.0.0.33",
            "ipv6": "2001:db8::33",
            "state": "running",
            "file": "dir/bin/tool.jar",
            "star": "a*b\\c",
            "empty": "",
            "nothing": null,
            "on": true,
            "list": [],
            "object": {},
            "numbers": [1, 2.5],
            "matrix": [[1, 2], [3]],
            "deep": {"er": {"still": "x"}},
            "dotted.name": "y",
            "street": "Straße",
        },
    })
}

#[test]
fn the_guides_operators_and_their_like() {
    let cases = [
        // Exact values.
        (r#"{"source": ["aws.ec2"]}"#, true),
        (r#"{"source": ["aws.s3", "aws.ec2"]}"#, true),
        (r#"{"source": ["AWS.EC2"]}"#, false),
        (r#"{"source": ["aws.ec"]}"#, false),
        (r#"{"source": ["aws.ec2"], "detail": {"state": ["running"]}}"#, true),
        (r#"{"source": ["aws.ec2"], "detail": {"state": ["stopped"]}}"#, false),
        (r#"{"detail": {"empty": [""]}}"#, true),
        (r#"{"detail": {"nothing": [null]}}"#, true),
        (r#"{"detail": {"state": [null]}}"#, false),
        (r#"{"detail": {"missing": [null]}}"#, false),
        (r#"{"detail": {"on": [true]}}"#, true),
        (r#"{"detail": {"on": ["true"]}}"#, false),
        (r#"{"detail": {"on": [false]}}"#, false),
        (r#"{"detail": {"c-count": [5]}}"#, true),
        (r#"{"detail": {"c-count": [5.0]}}"#, true),
        (r#"{"detail": {"c-count": ["5"]}}"#, false),
        (r#"{"detail": {"x-limit": [3.018e2]}}"#, true),
        (r#"{"account": [111122223333]}"#, false),
        (r#"{"detail": ["x"]}"#, false),
        (r#"{"detail": {"deep": {"er": {"still": ["x"]}}}}"#, true),
        (r#"{"detail": {"dotted": {"name": ["y"]}}}"#, true),
        (r#"{"detail": {"deep.er.still": ["x"]}}"#, true),
        // Arrays.
        (r#"{"resources": ["second"]}"#, true),
        (r#"{"resources": ["first", "third"]}"#, false),
        (r#"{"detail": {"numbers": [2.5]}}"#, true),
        (r#"{"detail": {"matrix": [3]}}"#, true),
        (r#"{"detail": {"list": [1]}}"#, false),
        // Prefix and suffix.
        (r#"{"time": [{"prefix": "2017-10-02"}]}"#, true),
        (r#"{"time": [{"prefix": "2018"}]}"#, false),
        (r#"{"time": [{"prefix": ""}]}"#, true),
        (r#"{"source": [{"prefix": {"equals-ignore-case": "AWS."}}]}"#, true),
        (r#"{"source": [{"prefix": "AWS."}]}"#, false),
        (r#"{"source": [{"suffix": "ec2"}]}"#, true),
        (r#"{"source": [{"suffix": {"equals-ignore-case": "EC2"}}]}"#, true),
        (r#"{"source": [{"suffix": "ec"}]}"#, false),
        (r#"{"detail": {"c-count": [{"prefix": "5"}]}}"#, false),
        (r#"{"resources": [{"prefix": "arn:aws:ec2:"}]}"#, true),
        // Without regard to case.
        (r#"{"source": [{"equals-ignore-case": "AWS.Ec2"}]}"#, true),
        (r#"{"source": [{"equals-ignore-case": "AWS.Ec"}]}"#, false),
        (r#"{"detail": {"street": [{"equals-ignore-case": "straße"}]}}"#, true),
        (r#"{"detail": {"street": [{"equals-ignore-case": "STRASSE"}]}}"#, false),
        // Anything but.
        (r#"{"detail": {"state": [{"anything-but": "initializing"}]}}"#, true),
        (r#"{"detail": {"state": [{"anything-but": "running"}]}}"#, false),
        (r#"{"detail": {"state": [{"anything-but": ["stopped", "running"]}]}}"#, false),
        (r#"{"detail": {"state": [{"anything-but": ["stopped"]}]}}"#, true),
        (r#"{"detail": {"x-limit": [{"anything-but": 123}]}}"#, true),
        (r#"{"detail": {"x-limit": [{"anything-but": [100, 301.80]}]}}"#, false),
        (r#"{"detail": {"x-limit": [{"anything-but": "301.8"}]}}"#, true),
        (r#"{"detail": {"on": [{"anything-but": "true"}]}}"#, true),
        (r#"{"detail": {"nothing": [{"anything-but": ["x"]}]}}"#, true),
        (r#"{"detail": {"missing": [{"anything-but": "x"}]}}"#, false),
        (r#"{"detail": {"list": [{"anything-but": "x"}]}}"#, false),
        (r#"{"detail": {"object": [{"anything-but": "x"}]}}"#, false),
        (r#"{"resources": [{"anything-but": "second"}]}"#, true),
        (r#"{"detail": {"state": [{"anything-but": {"prefix": "init"}}]}}"#, true),
        (r#"{"detail": {"state": [{"anything-but": {"prefix": ["init", "run"]}}]}}"#, false),
        (r#"{"detail": {"state": [{"anything-but": {"suffix": "ing"}}]}}"#, false),
        (r#"{"detail": {"state": [{"anything-but": {"suffix": ["ed", "xx"]}}]}}"#, true),
        (r#"{"detail": {"state": [{"anything-but": {"equals-ignore-case": "Running"}}]}}"#, false),
        (r#"{"detail": {"state": [{"anything-but": {"equals-ignore-case": ["Stopped"]}}]}}"#, true),
        (r#"{"detail": {"file": [{"anything-but": {"wildcard": "*/bin/*.jar"}}]}}"#, false),
        (r#"{"detail": {"file": [{"anything-but": {"wildcard": ["*/lib/*", "*.class"]}}]}}"#, true),
        // Numeric.
        (
            r#"{"detail": {"c-count": [{"numeric": [">", 0, "<=", 5]}], "d-count": [{"numeric": ["<", 10]}], "x-limit": [{"numeric": ["=", 3.018e2]}]}}"#,
            true,
        ),
        (r#"{"detail": {"c-count": [{"numeric": [">", 0, "<", 5]}]}}"#, false),
        (r#"{"detail": {"c-count": [{"numeric": [">=", 5]}]}}"#, true),
        (r#"{"detail": {"c-count": [{"numeric": [">", 5]}]}}"#, false),
        (r#"{"detail": {"c-count": [{"numeric": ["<=", 4.9]}]}}"#, false),
        (r#"{"account": [{"numeric": [">", 0]}]}"#, false),
        (r#"{"detail": {"numbers": [{"numeric": [">", 2]}]}}"#, true),
        // Exists, on leaves only.
        (r#"{"detail": {"c-count": [{"exists": true}]}}"#, true),
        (r#"{"detail": {"c-count": [{"exists": false}]}}"#, false),
        (r#"{"detail": {"missing": [{"exists": false}]}}"#, true),
        (r#"{"detail": {"missing": [{"exists": true}]}}"#, false),
        (r#"{"detail": {"nothing": [{"exists": true}]}}"#, true),
        (r#"{"detail": {"deep": [{"exists": true}]}}"#, false),
        (r#"{"detail": {"deep": [{"exists": false}]}}"#, true),
        (r#"{"detail": {"list": [{"exists": true}]}}"#, false),
        (r#"{"detail": {"list": [{"exists": false}]}}"#, true),
        (r#"{"detail": {"missing": [{"exists": false}, "x"], "state": ["running"]}}"#, true),
        (r#"{"detail": {"state": [{"exists": false}, "stopped"]}}"#, false),
        // Wildcard.
        (r#"{"detail": {"file": [{"wildcard": "dir/*.jar"}]}}"#, true),
        (r#"{"detail": {"file": [{"wildcard": "*"}]}}"#, true),
        (r#"{"detail": {"empty": [{"wildcard": "*"}]}}"#, true),
        (r#"{"detail": {"file": [{"wildcard": "d*r*b*.j*r"}]}}"#, true),
        (r#"{"detail": {"file": [{"wildcard": "bin/*"}]}}"#, false),
        (r#"{"detail": {"file": [{"wildcard": "dir/bin/tool.jar"}]}}"#, true),
        (r#"{"detail": {"file": [{"wildcard": "*jar*jar"}]}}"#, false),
        (r#"{"detail": {"file": [{"wildcard": "dir/bin/tool.jar*jar"}]}}"#, false),
        (r#"{"detail": {"star": [{"wildcard": "a\\*b\\\\c"}]}}"#, true),
        (r#"{"detail": {"star": [{"wildcard": "a\\*\\*"}]}}"#, false),
        (r#"{"detail": {"c-count": [{"wildcard": "*"}]}}"#, false),
        // Addresses.
        (r#"{"detail": {"source-ip": [{"cidr": "10.0.0.0/24"}]}}"#, true),
        (r#"{"detail": {"source-ip": [{"cidr": "10.0.0.77/24"}]}}"#, true),
        (r#"{"detail": {"source-ip": [{"cidr": "10.0.1.0/24"}]}}"#, false),
        (r#"{"detail": {"source-ip": [{"cidr": "0.0.0.0/0"}]}}"#, true),
        (r#"{"detail": {"source-ip": [{"cidr": "10.0.0.32/31"}]}}"#, true),
        (r#"{"detail": {"source-ip": [{"cidr": "2001:db8::/32"}]}}"#, false),
        (r#"{"detail": {"ipv6": [{"cidr": "2001:db8::/32"}]}}"#, true),
        (r#"{"detail": {"ipv6": [{"cidr": "::/0"}]}}"#, true),
        (r#"{"detail": {"ipv6": [{"cidr": "2001:db9::/32"}]}}"#, false),
        (r#"{"detail": {"state": [{"cidr": "0.0.0.0/0"}]}}"#, false),
        (r#"{"detail": {"source-ip": ["10.0.0.33"]}}"#, true),
        (r#"{"detail": {"ipv6": ["2001:0db8:0:0::0033"]}}"#, true),
        // Or.
        (r#"{"source": ["aws.ec2"], "$or": [{"region": ["x"]}, {"detail": {"state": ["running"]}}]}"#, true),
        (r#"{"source": ["aws.ec2"], "$or": [{"region": ["x"]}, {"detail": {"state": ["stopped"]}}]}"#, false),
        (r#"{"source": ["aws.s3"], "$or": [{"region": ["us-east-1"]}, {"region": ["x"]}]}"#, false),
        (r#"{"detail": {"$or": [{"c-count": [{"numeric": [">", 9]}]}, {"d-count": [{"numeric": ["<", 9]}]}]}}"#, true),
        (r#"{"$or": [{"region": ["x"]}, {"source": ["aws.ec2"], "$or": [{"account": ["1"]}, {"account": ["111122223333"]}]}]}"#, true),
        (r#"{"detail": {"missing": [{"exists": true}], "state": [{"exists": false}, "running"]}}"#, false),
    ];
    for (pattern, expected) in cases {
        assert_eq!(rule(pattern, &instance_event()), expected, "{pattern}");
    }
}

/// event-ruler's README, "JSON Array Matching".
#[test]
fn fields_match_within_one_element_of_an_array() {
    let flat = json!({"employees": [{"first": "Anna", "last": "Smith"}, {"first": "Peter", "last": "Jones", "old": true}]});
    let nested = json!({"employees": [[{"first": "Anna", "last": "Smith"}], [{"first": "Peter", "last": "Jones", "old": true}]]});
    let cases = [
        (r#"{"employees": {"first": ["Anna"]}}"#, true),
        (r#"{"employees": {"first": ["Anna"], "last": ["Smith"]}}"#, true),
        (r#"{"employees": {"first": ["Anna"], "last": ["Jones"]}}"#, false),
        (r#"{"employees": {"first": ["Anna", "Peter"], "last": ["Jones"]}}"#, true),
        (r#"{"employees": {"first": ["Anna"], "old": [{"exists": false}]}}"#, true),
        (r#"{"employees": {"first": ["Peter"], "old": [{"exists": false}]}}"#, false),
        (r#"{"employees": {"old": [{"exists": false}]}}"#, false),
        (r#"{"employees": {"first": [{"anything-but": "Anna"}], "last": ["Smith"]}}"#, false),
    ];
    for (pattern, expected) in cases {
        assert_eq!(rule(pattern, &flat), expected, "{pattern}");
        assert_eq!(rule(pattern, &nested), expected, "{pattern}");
    }
    let two = json!({"a": [{"x": 1}, {"x": 2}], "b": [{"y": 1}, {"y": 2}], "tags": ["p", "q"]});
    assert!(rule(r#"{"a": {"x": [2]}, "b": {"y": [1]}, "tags": ["q"]}"#, &two));
    assert!(!rule(r#"{"a": {"x": [3]}, "b": {"y": [1]}}"#, &two));
}

#[test]
fn the_rules_that_people_write_for_trails_and_findings() {
    let call = json!({
        "source": "aws.cloudtrail",
        "detail-type": "AWS API Call via CloudTrail",
        "detail": {"eventSource": "cloudtrail.amazonaws.com", "eventName": "StopLogging", "userIdentity": {"type": "Root"}},
    });
    let finding = json!({"source": "aws.guardduty", "detail-type": "GuardDuty Finding", "detail": {"severity": 8.0}});
    let cases = [
        (
            r#"{"source": ["aws.cloudtrail"], "detail-type": ["AWS API Call via CloudTrail"],
                "detail": {"eventSource": ["cloudtrail.amazonaws.com"], "eventName": ["StopLogging", "DeleteTrail", "UpdateTrail"]}}"#,
            &call,
            true,
        ),
        (r#"{"source": ["aws.cloudtrail"], "detail": {"eventName": ["DeleteTrail", "UpdateTrail"]}}"#, &call, false),
        (r#"{"source": ["aws.cloudtrail"], "detail": {"eventName": ["StopLoging"]}}"#, &call, false),
        (
            r#"{"detail-type": ["AWS API Call via CloudTrail", "AWS Console Sign In via CloudTrail"], "detail": {"userIdentity": {"type": ["Root"]}}}"#,
            &call,
            true,
        ),
        (r#"{"detail": {"userIdentity": {"type": [{"anything-but": "Root"}]}}}"#, &call, false),
        (r#"{"source": ["aws.guardduty"], "detail": {"severity": [{"numeric": [">=", 7]}]}}"#, &finding, true),
        (r#"{"source": ["aws.guardduty"], "detail": {"severity": [{"numeric": [">", 8]}]}}"#, &finding, false),
        (r#"{"source": ["aws.guardduty"], "detail": {"severity": [7, 7.0, 7.1, 8, 8.0, 8.9]}}"#, &finding, true),
        (r#"{"source": ["aws.guardduty"], "detail-type": ["GuardDuty finding"]}"#, &finding, false),
        (r#"{"source": [{"prefix": "aws."}]}"#, &finding, true),
        (r#"{"source": ["aws.securityhub"]}"#, &finding, false),
    ];
    for (pattern, event, expected) in cases {
        assert_eq!(rule(pattern, event), expected, "{pattern}");
    }
}

#[test]
fn what_eventbridge_would_refuse_is_not_understood() {
    let patterns = [
        "",
        "x",
        "[]",
        "\"x\"",
        "1",
        "{",
        "{}",
        "{} {}",
        r#"{"a": []}"#,
        r#"{"a": {}}"#,
        r#"{"a": "x"}"#,
        r#"{"a": 1}"#,
        r#"{"a": null}"#,
        r#"{"a": [[]]}"#,
        r#"{"a": [["x"]]}"#,
        r#"{"a": [{}]}"#,
        r#"{"a": ["x"], "a": ["y"]}"#,
        r#"{"a": {"b": ["x"]}, "a.b": ["y"]}"#,
        r#"{"a": ["x",]}"#,
        r"{'a': ['x']}",
        r#"{"a": [1e999]}"#,
        r#"{"a": [{"regex": "x"}]}"#,
        r#"{"a": [{"contains": "x"}]}"#,
        r#"{"a": [{"Prefix": "x"}]}"#,
        r#"{"a": [{"$or": []}]}"#,
        r#"{"a": [{"prefix": "x", "suffix": "y"}]}"#,
        r#"{"a": [{"prefix": 1}]}"#,
        r#"{"a": [{"prefix": ["x"]}]}"#,
        r#"{"a": [{"prefix": {"wildcard": "x"}}]}"#,
        r#"{"a": [{"prefix": {"equals-ignore-case": 1}}]}"#,
        r#"{"a": [{"equals-ignore-case": ["x"]}]}"#,
        r#"{"a": [{"exists": "true"}]}"#,
        r#"{"a": [{"exists": null}]}"#,
        r#"{"a": [{"wildcard": "a**b"}]}"#,
        r#"{"a": [{"wildcard": "a\\b"}]}"#,
        r#"{"a": [{"wildcard": "a\\"}]}"#,
        r#"{"a": [{"wildcard": 1}]}"#,
        r#"{"a": [{"cidr": "10.0.0.0"}]}"#,
        r#"{"a": [{"cidr": "10.0.0.0/32"}]}"#,
        r#"{"a": [{"cidr": "10.0.0/8"}]}"#,
        r#"{"a": [{"cidr": "10.0.0.0/-1"}]}"#,
        r#"{"a": [{"cidr": "10.0.0.0/+8"}]}"#,
        r#"{"a": [{"cidr": "::/128"}]}"#,
        r#"{"a": [{"cidr": "10.0.0.0/8/8"}]}"#,
        r#"{"a": [{"cidr": "::ffff:1.2.3.4/8"}]}"#,
        r#"{"a": [{"cidr": 1}]}"#,
        r#"{"a": [{"numeric": []}]}"#,
        r#"{"a": [{"numeric": [">"]}]}"#,
        r#"{"a": [{"numeric": [">", "1"]}]}"#,
        r#"{"a": [{"numeric": [1, ">"]}]}"#,
        r#"{"a": [{"numeric": ["!=", 1]}]}"#,
        r#"{"a": [{"numeric": ["<", 5, ">", 1]}]}"#,
        r#"{"a": [{"numeric": [">", 5, "<", 5]}]}"#,
        r#"{"a": [{"numeric": [">", 5, ">", 6]}]}"#,
        r#"{"a": [{"numeric": ["=", 5, "<", 6]}]}"#,
        r#"{"a": [{"numeric": [">", 1, "<", 5, "<", 6]}]}"#,
        r#"{"a": [{"numeric": 5}]}"#,
        r#"{"a": [{"anything-but": []}]}"#,
        r#"{"a": [{"anything-but": ["x", 1]}]}"#,
        r#"{"a": [{"anything-but": null}]}"#,
        r#"{"a": [{"anything-but": [true]}]}"#,
        r#"{"a": [{"anything-but": {}}]}"#,
        r#"{"a": [{"anything-but": {"prefix": ""}}]}"#,
        r#"{"a": [{"anything-but": {"prefix": []}}]}"#,
        r#"{"a": [{"anything-but": {"prefix": 1}}]}"#,
        r#"{"a": [{"anything-but": {"numeric": [">", 1]}}]}"#,
        r#"{"a": [{"anything-but": {"cidr": "10.0.0.0/8"}}]}"#,
        r#"{"a": [{"anything-but": {"wildcard": "**"}}]}"#,
        r#"{"a": [{"anything-but": {"prefix": "x", "suffix": "y"}}]}"#,
        r#"{"$or": []}"#,
        r#"{"$or": [{"a": [1]}]}"#,
        r#"{"$or": {"a": [1]}}"#,
        r#"{"$or": [{"a": [1]}, 2]}"#,
        r#"{"$or": [{"a": [1]}, {}]}"#,
        r#"{"$or": [{"numeric": [1]}, {"prefix": ["x"]}]}"#,
        r#"{"a": [1], "$or": [{"a": [2]}, {"b": [1]}]}"#,
    ];
    for pattern in patterns {
        let reason = EventPattern::parse(pattern).map(drop).expect_err(pattern).to_string();
        assert!(reason.starts_with("the pattern is not understood at ") && !reason.contains('\n') && reason.len() < 300, "{reason}");
    }
}

#[test]
fn a_reason_names_the_place() {
    let cases = [
        (
            r#"{"detail": {"state": [{"contains": "x"}]}}"#,
            "the pattern is not understood at `detail.state`: the operator `contains` is not known",
        ),
        ("[]", "the pattern is not understood at its top: a JSON object is expected"),
        ("{\n  x", "the pattern is not understood at line 2, column 3: key must be a string"),
    ];
    for (pattern, expected) in cases {
        assert_eq!(EventPattern::parse(pattern).map(drop).expect_err(pattern).to_string(), expected);
    }
}

#[test]
fn no_pattern_is_too_deep_or_too_wide_to_be_refused() {
    let deep = |depth: usize| format!("{}[1]{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    assert!(EventPattern::parse(&deep(100)).is_ok());
    assert!(EventPattern::parse(&deep(2_000)).is_err());
    assert!(EventPattern::parse(&"[".repeat(10_000)).is_err());
    assert!(EventPattern::parse(&format!(r#"{{"a": ["{}"]}}"#, "x".repeat(20_000))).is_err());
    // Each field doubles the ways through.
    let either = |fields: usize| {
        let fields: Vec<_> = (0..fields).map(|n| format!(r#""f{n}": {{"$or": [{{"a": [1]}}, {{"b": [1]}}]}}"#)).collect();
        format!("{{{}}}", fields.join(","))
    };
    assert!(EventPattern::parse(&either(9)).is_ok());
    assert!(EventPattern::parse(&either(10)).is_err());
    assert!(EventPattern::parse(&either(300)).is_err());
}

#[test]
fn no_event_takes_for_ever() {
    // Twelve arrays of eight objects, and the last field matches in none of them: eight to the twelfth combinations.
    let fields: Vec<_> = (0..12).map(|n| format!(r#""f{n:02}": {{"x": [{{"exists": true}}]}}"#)).collect();
    let pattern = format!(r#"{{{}, "z": [1]}}"#, fields.join(","));
    let elements: Vec<_> = (0..8).map(|n| json!({"x": n})).collect();
    let event: serde_json::Map<_, _> = (0..12).map(|n| (format!("f{n:02}"), json!(elements))).chain([("z".to_owned(), json!(2))]).collect();
    assert!(!rule(&pattern, &Value::Object(event)));
    let stars = format!(r#"{{"a": [{{"wildcard": "{}b"}}]}}"#, "a*".repeat(2_000));
    assert!(!rule(&stars, &json!({"a": "a".repeat(100_000)})));
}

#[test]
fn what_is_no_object_matches_nothing() {
    for event in [json!([]), json!("x"), json!(null), json!([{"a": 1}])] {
        assert!(!rule(r#"{"a": [{"exists": false}]}"#, &event));
    }
}
