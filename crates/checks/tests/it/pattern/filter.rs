use orgsweep_checks::pattern::FilterPattern;
use serde_json::{Value, json};

use super::filter;

fn guide_event() -> Value {
    json!({
        "eventType": "UpdateTrail",
        "sourceIPAddress": "111.111.111.111",
        "arrayKey": ["value", "another value"],
        "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
        "SomeObject": null,
        "cluster.name": "c",
        "user": {"id": 1, "email": "John.Stiles@example.com"},
        "users": [{"id": 2, "email": "John.Doe@example.com"}, {"id": 3, "email": "Jane.Doe@example.com"}],
        "actions": ["GET", "PUT", "DELETE"],
        "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]],
        "emptyString": "",
        "text123": "123",
        "someInt": 123,
        "someFloat": 12.34,
        "someRound": 12.0,
        "milli": 0.001,
        "minus": -5,
        "accountId": 999_999_999_999_999_999_u64,
        "flag": true,
        "off": false,
        "some-Object_1": {"x": {}},
        "none": [],
    })
}

const MEANINGS: &[(&str, bool)] = &[
    ("", true),
    ("  \n", true),
    ("\" \"", true),
    ("\"\"", true),
    // The user guide.
    (r#"{ $.eventType = "UpdateTrail" }"#, true),
    ("{ $.sourceIPAddress != 123.123.* }", true),
    (r#"{ $.arrayKey[0] = "value" }"#, true),
    ("{ $.objectList[1].id = 2 }", true),
    ("{ $.eventType = %Trail% }", true),
    ("{ $.arrayKey[*] = %val.{2}% }", true),
    (r"{ $.* = %111\.111\.111\.1[0-9]{1,2}% }", true),
    ("{ $.['cluster.name'] = \"c\" }", true),
    ("{ $.SomeObject IS NULL }", true),
    ("{ $.SomeOtherObject NOT EXISTS }", true),
    (r#"{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }"#, true),
    (r#"{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch" && $.actions[2] = "nonmatch" }"#, true),
    (r#"{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch") && $.actions[2] = "nonmatch" }"#, false),
    (r#"{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }"#, false),
    (r#"{ $.eventType = "*" && $.sourceIPAddress != 123.123.* }"#, true),
    ("{ $.users = 1 }", false),
    ("{ $.users != 1 }", false),
    // Numbers.
    ("{ $.someInt = 123 }", true),
    ("{ $.someInt = 123.0 }", true),
    ("{ $.someInt = 1.23e2 }", true),
    ("{ $.someInt = +123 }", true),
    ("{ $.someInt != 123 }", false),
    ("{ $.someInt != 111 }", true),
    ("{ $.someInt > 122.9 }", true),
    ("{ $.someInt > 123 }", false),
    ("{ $.someInt >= 123 }", true),
    ("{ $.someInt < 1000 }", true),
    ("{ $.someInt <= 122 }", false),
    ("{ $.someFloat = 12.34 }", true),
    ("{ $.someRound = 12 }", true),
    ("{ $.milli = 1e-3 }", true),
    ("{ $.milli < 10E-3 }", true),
    ("{ $.minus = -5 }", true),
    ("{ $.minus < +1000 }", true),
    ("{ $.accountId = 999999999999999999 }", true),
    ("{ $.accountId = 999999999999999998 }", false),
    ("{ $.accountId > 999999999999999998 }", true),
    // Quoted numbers are texts.
    (r#"{ $.someInt = "123" }"#, true),
    (r#"{ $.someInt != "123.0" }"#, true),
    (r#"{ $.someRound != "12" }"#, true),
    (r#"{ $.someInt = "12*" }"#, true),
    (r#"{ $.someFloat = "*34" }"#, true),
    ("{ $.someFloat = 12.* }", true),
    ("{ $.someInt != 3* }", true),
    // A number and a string.
    ("{ $.text123 = 123 }", true),
    ("{ $.text123 = 123.0 }", false),
    ("{ $.text123 != 123 }", false),
    ("{ $.sourceIPAddress != 111 }", true),
    ("{ $.text123 > 1 }", false),
    ("{ $.eventType > 123 }", false),
    // Wildcards.
    (r#"{ $.eventType = "Update*" }"#, true),
    (r#"{ $.eventType = "*Trail" }"#, true),
    (r#"{ $.eventType = "*date*" }"#, true),
    ("{ $.eventType = *date* }", true),
    (r#"{ $.eventType = "*update*" }"#, false),
    (r#"{ $.eventType != "Create*" }"#, true),
    (r#"{ $.emptyString = "*" }"#, true),
    (r#"{ $.emptyString = "" }"#, true),
    ("{ $.someInt = * }", true),
    ("{ $.missing = * }", false),
    ("{ $.user = * }", false),
    // Case.
    (r#"{ $.eventType = "updatetrail" }"#, false),
    (r#"{ $.EventType = "UpdateTrail" }"#, false),
    // What is not there.
    (r#"{ $.missing != "x" }"#, false),
    (r#"{ $.missing.deeper != "x" }"#, false),
    (r#"{ $.missing != "x" || $.missing NOT EXISTS }"#, true),
    ("{ $.users[9].id != 1 }", false),
    ("{ $.users[9] NOT EXISTS }", true),
    ("{ $.eventType[0] NOT EXISTS }", true),
    ("{ $.user.id.deeper NOT EXISTS }", true),
    ("{ $.SomeObject NOT EXISTS }", false),
    ("{ $.user NOT EXISTS }", false),
    ("{ $.none NOT EXISTS }", false),
    ("{ $.user EXISTS }", true),
    ("{ $.missing EXISTS }", false),
    // What is neither string nor number.
    (r#"{ $.SomeObject = "null" }"#, false),
    (r#"{ $.SomeObject != "x" }"#, false),
    (r#"{ $.flag = "true" }"#, false),
    (r#"{ $.flag != "false" }"#, false),
    (r#"{ $.user != "x" }"#, false),
    ("{ $.none != 1 }", false),
    ("{ $.flag IS TRUE }", true),
    ("{ $.flag IS FALSE }", false),
    ("{ $.off IS FALSE }", true),
    ("{ $.off is false }", true),
    ("{ $.missing IS FALSE }", false),
    ("{ $.missing IS NULL }", false),
    ("{ $.off IS NULL }", false),
    ("{ $.emptyString IS FALSE }", false),
    // Selectors.
    ("{ $.objectList[*].id = 2 }", true),
    ("{ $.objectList[*].id = 3 }", false),
    ("{ $.user.* = 1 }", true),
    ("{ $.users.* = 2 }", false),
    ("{ $.user[*] = 1 }", false),
    ("{ $.* = 2 }", false),
    ("{ $['user']['id'] = 1 }", true),
    ("{ $.user[\"id\"] = 1 }", true),
    ("{ $.some-Object_1.x EXISTS }", true),
    ("{ $.cluster.name = c }", false),
    ("{ $.coordinates[2][0] >= 7 }", true),
    // Regular expressions.
    ("{ $.eventType = %^Update|^Create% }", true),
    ("{ $.eventType = %^Trail% }", false),
    ("{ $.eventType != %^Trail% }", true),
    ("{ $.missing != %x% }", false),
    ("{ $.someInt = %^1[0-9]+$% }", true),
    (r"{ $.user.email = %\x40example\.com$% }", true),
    // Spaces and parentheses.
    ("{$.someInt=123&&$.flag IS TRUE||$.missing=1}", true),
    ("{\n  ((($.someInt = 123)))\n}\n", true),
    ("{ $.missing = 1 && $.missing = 1 || $.someInt = 123 }", true),
    ("{ $.missing = 1 && ($.missing = 1 || $.someInt = 123) }", false),
    ("{ $.someInt = 123 || $.missing = 1 && $.missing = 1 }", true),
];

#[test]
fn the_guides_examples_and_their_like() {
    for (pattern, expected) in MEANINGS {
        assert_eq!(filter(pattern, &guide_event()), *expected, "{pattern}");
    }
}

/// Seen by others: <https://github.com/DataBiosphere/azul/issues/5884>.
#[test]
fn unequal_is_false_of_a_missing_field() {
    let pattern = r#"{($.errorCode = "AccessDenied") && ($.userIdentity.invokedBy != "cloudfront.amazonaws.com")}"#;
    assert!(!filter(pattern, &json!({"errorCode": "AccessDenied", "userIdentity": {"accountId": "anonymous"}})));
    assert!(filter(pattern, &json!({"errorCode": "AccessDenied", "userIdentity": {"invokedBy": "x"}})));
}

const NO_MEANINGS: &[&str] = &[
    // Not JSON patterns.
    "ERROR",
    "\"ERROR\"",
    "?A ?B",
    "ERROR -Exiting",
    "%ERROR%",
    "[ip, user, ...]",
    "[w1=ERROR, w2]",
    "$.a = 1",
    "{",
    "}",
    "{}",
    "{ }",
    // Structure.
    "{ $.a = 1",
    "{ $.a = 1 } x",
    "{ $.a = 1 }}",
    "{ ($.a = 1 }",
    "{ $.a = 1) }",
    "{ () }",
    "{ $.a = 1 && }",
    "{ && $.a = 1 }",
    "{ $.a = 1 & $.b = 2 }",
    "{ $.a = 1 | $.b = 2 }",
    "{ $.a = 1 $.b = 2 }",
    "{ $.a = 1, $.b = 2 }",
    "{ $.a = 1 AND $.b = 2 }",
    "{ !($.a = 1) }",
    "{ NOT $.a = 1 }",
    // Selectors.
    "{ a = 1 }",
    "{ $ = 1 }",
    "{ $. = 1 }",
    "{ $..a = 1 }",
    "{ $.a. = 1 }",
    "{ $.a..b = 1 }",
    "{ $[0] = 1 }",
    "{ $.[0] = 1 }",
    "{ $.a[] = 1 }",
    "{ $.a[-1] = 1 }",
    "{ $.a[x] = 1 }",
    "{ $.a[0 = 1 }",
    "{ $.a.[0] = 1 }",
    "{ $.a[99999999999999999999] = 1 }",
    "{ $.a[''] = 1 }",
    "{ $.a['b] = 1 }",
    "{ $.a['b\"] = 1 }",
    "{ $.a:b = 1 }",
    "{ $.é = 1 }",
    "{ $.a[*].b[*] = 1 }",
    "{ $.*.* = 1 }",
    "{ $.a[*] = 1 || $.b[*] = 1 || $.c[*] = 1 || $.d[*] = 1 }",
    // Tests.
    "{ $.a }",
    "{ $.a == 1 }",
    "{ $.a <> 1 }",
    "{ $.a =! 1 }",
    "{ $.a => 1 }",
    "{ $.a ~ 1 }",
    "{ $.a LIKE x }",
    "{ $.a IN (1) }",
    "{ $.a IS }",
    "{ $.a IS NOT NULL }",
    "{ $.a IS EMPTY }",
    "{ $.a IS NULLX }",
    "{ $.a ISNULL }",
    "{ $.a NOT }",
    "{ $.a NOT NULL }",
    "{ $.a NOTEXISTS }",
    "{ $.aNOT EXISTS EXISTS }",
    "{ $.a NOT EXISTSX }",
    "{ $['a']EXISTS }",
    "{ $.a[*] NOT EXISTS }",
    "{ $.a[*] != 1 }",
    "{ $.* != 1 }",
    // Values.
    "{ $.a = }",
    "{ $.a = \"x }",
    "{ $.a = x\" }",
    "{ $.a = 'x' }",
    "{ $.a = x:y }",
    "{ $.a = a@b }",
    "{ $.a = é }",
    "{ $.a = a b }",
    "{ $.a = \"x\" \"y\" }",
    "{ $.a = true }",
    "{ $.a != false }",
    "{ $.a = null }",
    "{ $.a = x+y }",
    "{ $.a = \"a\\\"b\" }",
    "{ $.a = \"a\\*\" }",
    "{ $.a = \"a*b\" }",
    "{ $.a = a*b }",
    "{ $.a = \"**\" }",
    "{ $.a = \"a**\" }",
    "{ $.a = \"*a*b*\" }",
    "{ $.a = \"%x%\" }",
    "{ $.a = $.b }",
    // Order needs a number.
    "{ $.a > x }",
    "{ $.a > \"1\" }",
    "{ $.a > 1* }",
    "{ $.a > * }",
    "{ $.a > 1. }",
    "{ $.a > .5 }",
    "{ $.a > 1e }",
    "{ $.a > 0x10 }",
    "{ $.a > inf }",
    "{ $.a > NaN }",
    "{ $.a > 1e999 }",
    "{ $.a > --1 }",
    "{ $.a > %1% }",
    "{ $.a > }",
    // Regular expressions.
    "{ $.a = %x }",
    "{ $.a = %% }",
    "{ $.a = %(x)% }",
    "{ $.a = %x!% }",
    "{ $.a = %[% }",
    r"{ $.a = %\%% }",
    "{ $.a = %é% }",
    "{ $.a = %x% || $.b = %x% || $.c = %x% }",
];

#[test]
fn what_has_no_certain_meaning_is_not_understood() {
    for pattern in NO_MEANINGS {
        let reason = FilterPattern::parse(pattern).map(drop).expect_err(pattern).to_string();
        assert!(reason.starts_with("the pattern is not understood at ") && !reason.contains('\n') && reason.len() < 300, "{reason}");
    }
}

#[test]
fn a_reason_names_the_place() {
    let cases = [
        (r#"{ $.eventName == "x" }"#, r#"the pattern is not understood at character 16, `= \"x\" }`: a value is expected"#),
        (
            "ERROR",
            "the pattern is not understood at character 1, `ERROR`: only JSON patterns in braces are held against events, not terms or fields \
             of a log line",
        ),
        ("{ $.a = 1", "the pattern is not understood at its end: `&&`, `||` or `}` is expected"),
    ];
    for (pattern, expected) in cases {
        assert_eq!(FilterPattern::parse(pattern).map(drop).expect_err(pattern).to_string(), expected);
    }
}

#[test]
fn no_pattern_is_too_deep_or_too_long_to_be_refused() {
    let nested = |depth: usize| format!("{{ {}$.a = 1{} }}", "(".repeat(depth), ")".repeat(depth));
    assert!(filter(&nested(64), &json!({"a": 1})));
    for pattern in
        [nested(65), nested(2_000), "{ ".to_owned() + &"(".repeat(4_000), "x".repeat(1_000_000), format!("{{ $.a = {} }}", "9".repeat(400))]
    {
        assert!(FilterPattern::parse(&pattern).is_err());
    }
    let wide = format!("{{ $.b = 1{} }}", " || $.a = 1".repeat(300));
    assert!(filter(&wide, &json!({"a": 1})));
}
