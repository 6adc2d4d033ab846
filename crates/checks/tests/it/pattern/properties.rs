//! What holds for whatever somebody writes.

use std::fmt::Write as _;

use orgsweep_checks::pattern::{EventPattern, FilterPattern};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{filter, rule};

const NAMES: [&str; 4] = ["a", "b", "c-1", "d_2"];

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(NAMES.as_slice())
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[ab]{0,3}", "[a-z]{1,6}", "[0-9]{1,3}", "[a-z .:/é]{0,8}"]
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => text().prop_map(Value::from),
        3 => (-5..200_i64).prop_map(Value::from),
        // Quarters survive being printed and read.
        1 => (-20..20_i32).prop_map(|quarters| Value::from(f64::from(quarters) / 4.0)),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ]
}

fn tree() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name(), inner), 0..4).prop_map(object),
        ]
    })
}

fn object(fields: Vec<(&'static str, Value)>) -> Value {
    Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn event() -> impl Strategy<Value = Value> {
    prop::collection::vec((name(), tree()), 0..4).prop_map(object)
}

// Filter patterns: a model of our own, printed with random spaces, parentheses and quotes, and evaluated by other means.

#[derive(Clone, Debug)]
enum Model {
    Leaf { path: Vec<Step>, test: Test },
    And(Vec<Model>),
    Or(Vec<Model>),
}

#[derive(Clone, Debug)]
enum Step {
    Name(&'static str, bool),
    Index(usize),
}

#[derive(Clone, Debug)]
enum Test {
    Equal(String, bool),
    EqualNumber(i32, bool),
    Order(&'static str, i32),
    NotExists,
    Is(Value),
}

impl Model {
    fn print(&self, out: &mut String, spaced: bool) {
        let gap = if spaced { " " } else { "" };
        match self {
            Self::Leaf { path, test } => {
                out.push('$');
                for step in path {
                    match step {
                        Step::Name(name, false) => write!(out, ".{name}").unwrap(),
                        Step::Name(name, true) => write!(out, ".['{name}']").unwrap(),
                        Step::Index(index) => write!(out, "[{index}]").unwrap(),
                    }
                }
                match test {
                    Test::Equal(text, equal) => write!(out, "{gap}{}{gap}\"{text}\"", if *equal { "=" } else { "!=" }).unwrap(),
                    Test::EqualNumber(number, equal) => write!(out, "{gap}{}{gap}{number}", if *equal { "=" } else { "!=" }).unwrap(),
                    Test::Order(sign, number) => write!(out, "{gap}{sign}{gap}{number}").unwrap(),
                    Test::NotExists => out.push_str(" NOT EXISTS"),
                    Test::Is(value) => write!(out, " IS {}", value.to_string().to_uppercase()).unwrap(),
                }
            }
            // `&&` binds tighter, so only `||` needs parentheses within it.
            Self::And(parts) => Self::list(parts, "&&", out, spaced, |part| spaced || matches!(part, Self::Or(_))),
            Self::Or(parts) => Self::list(parts, "||", out, spaced, |_| spaced),
        }
    }

    fn list(parts: &[Self], sign: &str, out: &mut String, spaced: bool, parentheses: impl Fn(&Self) -> bool) {
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                write!(out, "{}{sign}{}", if spaced { " " } else { "" }, if spaced { "\n" } else { "" }).unwrap();
            }
            if parentheses(part) {
                out.push('(');
                part.print(out, spaced);
                out.push(')');
            } else {
                part.print(out, spaced);
            }
        }
    }

    fn pattern(&self, spaced: bool) -> String {
        let mut out = "{ ".to_owned();
        self.print(&mut out, spaced);
        out + " }"
    }

    fn holds(&self, event: &Value) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.holds(event)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(event)),
            Self::Leaf { path, test } => {
                let found = path.iter().try_fold(event, |value, step| match step {
                    Step::Name(name, _) => value.as_object()?.get(*name),
                    Step::Index(index) => value.as_array()?.get(*index),
                });
                let shown = found.and_then(|value| match value {
                    Value::String(text) => Some(text.clone()),
                    Value::Number(number) => Some(number.to_string()),
                    _ => None,
                });
                match test {
                    Test::Equal(text, equal) => shown.is_some_and(|shown| (shown == *text) == *equal),
                    Test::EqualNumber(number, equal) => match found.and_then(Value::as_f64) {
                        #[expect(clippy::float_cmp, reason = "whole numbers that a float holds exactly")]
                        Some(value) => (value == f64::from(*number)) == *equal,
                        None => shown.is_some_and(|shown| (shown == number.to_string()) == *equal),
                    },
                    Test::Order(sign, number) => found.and_then(Value::as_f64).is_some_and(|value| match *sign {
                        "<" => value < f64::from(*number),
                        "<=" => value <= f64::from(*number),
                        ">" => value > f64::from(*number),
                        _ => value >= f64::from(*number),
                    }),
                    Test::NotExists => found.is_none(),
                    Test::Is(expected) => found == Some(expected),
                }
            }
        }
    }
}

fn model() -> impl Strategy<Value = Model> {
    let step = prop_oneof![4 => (name(), any::<bool>()).prop_map(|(name, quoted)| Step::Name(name, quoted)), 1 => (0..3_usize).prop_map(Step::Index)];
    let path = ((name(), any::<bool>()), prop::collection::vec(step, 0..2)).prop_map(|((name, quoted), mut rest)| {
        rest.insert(0, Step::Name(name, quoted));
        rest
    });
    let test = prop_oneof![
        (text(), any::<bool>()).prop_map(|(text, equal)| Test::Equal(text, equal)),
        (-5..200_i32, any::<bool>()).prop_map(|(number, equal)| Test::EqualNumber(number, equal)),
        (prop::sample::select(["<", "<=", ">", ">="].as_slice()), -5..200_i32).prop_map(|(sign, number)| Test::Order(sign, number)),
        Just(Test::NotExists),
        prop::sample::select(vec![json!(true), json!(false), json!(null)]).prop_map(Test::Is),
    ];
    (path, test).prop_map(|(path, test)| Model::Leaf { path, test }).prop_recursive(3, 16, 3, |inner| {
        let parts = prop::collection::vec(inner, 2..4);
        prop_oneof![parts.clone().prop_map(Model::And), parts.prop_map(Model::Or)]
    })
}

// Event patterns made from an event: each field that is picked asks for what the event has there.

fn leaves(value: &Value, path: &mut Vec<String>, out: &mut Vec<(Vec<String>, Value)>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                path.push(name.clone());
                leaves(value, path, out);
                path.pop();
            }
        }
        // Two elements would not match together, so an array stands for its first.
        Value::Array(values) => values.first().into_iter().for_each(|value| leaves(value, path, out)),
        _ => out.push((path.clone(), value.clone())),
    }
}

fn asking(value: &Value, way: usize) -> Value {
    let Value::String(text) = value else {
        return match way % 3 {
            0 => json!({"exists": true}),
            1 => json!({"anything-but": "never there"}),
            _ => value.clone(),
        };
    };
    let cut = text.char_indices().nth(1).map_or(0, |(index, _)| index);
    let (head, tail) = text.split_at(cut);
    match way % 9 {
        0 => json!({"prefix": head}),
        1 => json!({"suffix": tail}),
        2 => json!({"equals-ignore-case": text.to_uppercase()}),
        3 => json!({"wildcard": format!("{head}*{tail}")}),
        4 => json!({"anything-but": [format!("{text}x")]}),
        5 => json!({"exists": true}),
        6 => json!({"prefix": {"equals-ignore-case": head.to_uppercase()}}),
        7 => json!({"suffix": {"equals-ignore-case": tail.to_uppercase()}}),
        _ => value.clone(),
    }
}

fn pattern_of(event: &Value, ways: &[usize]) -> Option<Value> {
    let mut found = Vec::new();
    leaves(event, &mut Vec::new(), &mut found);
    let mut pattern = Map::new();
    for ((path, value), way) in found.iter().zip(ways.iter().cycle()) {
        let dotted = path.join(".");
        pattern.insert(dotted, json!([asking(value, *way), "another"]));
    }
    (!pattern.is_empty()).then_some(Value::Object(pattern))
}

proptest! {
    #[test]
    fn reading_never_panics(text in any::<String>(), event in event()) {
        if let Ok(pattern) = FilterPattern::parse(&text) {
            pattern.matches(&event);
        }
        if let Ok(pattern) = EventPattern::parse(&text) {
            pattern.matches(&event);
        }
    }

    #[test]
    fn reading_what_looks_like_a_filter_never_panics(
        parts in prop::collection::vec(prop::sample::select(vec![
            "{", "}", "(", ")", "$", ".", "a", "[", "]", "'", "\"", "*", "0", "1e5", "=", "!=", "<", ">=", "%", "\\", "|", "||", "&&", " ", "IS",
            "NOT", "EXISTS", "NULL", "TRUE", "é", "{2}", "-", "^", "$.a", " $.a = 1 ", "%a%",
        ]), 0..24),
        event in event(),
    ) {
        for text in [parts.concat(), format!("{{ {} }}", parts.concat()), format!("{{ $.a = %{}% }}", parts.concat())] {
            if let Ok(pattern) = FilterPattern::parse(&text) {
                pattern.matches(&event);
            }
        }
    }

    #[test]
    fn reading_what_looks_like_an_event_pattern_never_panics(tree in event(), operator in "(prefix|numeric|anything-but|\\$or|cidr|wildcard|exists)", event in event()) {
        for pattern in [tree.clone(), json!({operator.as_str(): [tree.clone()]}), json!({"a": [{operator.as_str(): tree}]})] {
            if let Ok(pattern) = EventPattern::parse(&pattern.to_string()) {
                pattern.matches(&event);
            }
        }
    }

    #[test]
    fn a_printed_filter_says_what_it_was_made_from(model in model(), event in event()) {
        let expected = model.holds(&event);
        prop_assert_eq!(filter(&model.pattern(false), &event), expected, "{}", model.pattern(false));
        prop_assert_eq!(filter(&model.pattern(true), &event), expected, "{}", model.pattern(true));
    }

    #[test]
    fn the_laws_of_and_and_or_hold(a in model(), b in model(), c in model(), event in event()) {
        let [a, b, c] = [a, b, c].map(|part| { let mut out = String::new(); part.print(&mut out, false); format!("({out})") });
        let holds = |pattern: String| filter(&format!("{{{pattern}}}"), &event);
        prop_assert_eq!(holds(format!("{a}&&{a}")), holds(a.clone()));
        prop_assert_eq!(holds(format!("{a}||{a}")), holds(a.clone()));
        prop_assert_eq!(holds(format!("{a}&&{b}")), holds(format!("{b}&&{a}")));
        prop_assert_eq!(holds(format!("{a}||{b}")), holds(format!("{b}||{a}")));
        prop_assert_eq!(holds(format!("{a}||{b}&&{c}")), holds(format!("({a}||{b})&&({a}||{c})")));
        prop_assert_eq!(holds(format!("({a}||{b})&&{c}")), holds(format!("{a}&&{c}||{b}&&{c}")));
    }

    /// Equal and unequal are opposites of a string or a number, and both false of all else: De Morgan's laws hold for no more.
    #[test]
    fn unequal_is_the_opposite_of_equal_where_there_is_something_to_compare(value in prop::option::of(tree()), text in text()) {
        let event = value.clone().map_or(json!({}), |value| json!({"a": value}));
        let equal = filter(&format!("{{ $.a = \"{text}\" }}"), &event);
        let unequal = filter(&format!("{{ $.a != \"{text}\" }}"), &event);
        let comparable = value.is_some_and(|value| value.is_string() || value.is_number());
        prop_assert_eq!(equal ^ unequal, comparable);
        prop_assert!(!(equal && unequal));
    }

    #[test]
    fn stars_at_the_ends_match_what_they_stand_for(text in "[a-z0-9 ]{1,8}", before in "[a-z]{0,4}", after in "[a-z]{0,4}") {
        let event = json!({"a": format!("{before}{text}{after}")});
        let [part, start, end] = [format!("*{text}*"), format!("{before}{text}*"), format!("*{text}{after}")];
        for value in [part, start, end] {
            let pattern = format!("{{ $.a = \"{value}\" }}");
            prop_assert!(filter(&pattern, &event));
        }
        let whole = format!("{{ $.a = \"{text}\" }}");
        prop_assert_eq!(filter(&whole, &event), before.is_empty() && after.is_empty());
    }

    #[test]
    fn a_pattern_made_from_an_event_matches_it(event in event(), ways in prop::collection::vec(any::<usize>(), 1..8)) {
        if let Some(pattern) = pattern_of(&event, &ways) {
            let text = pattern.to_string();
            prop_assert!(rule(&text, &event), "{}", text);
            // A field more that the event does not have.
            let mut more = pattern;
            more["never"] = json!(["x"]);
            prop_assert!(!rule(&more.to_string(), &event));
            more["never"] = json!([{"exists": false}]);
            prop_assert!(rule(&more.to_string(), &event));
        }
    }

    #[test]
    fn either_is_what_its_branches_are(event in event(), other in event(), ways in prop::collection::vec(any::<usize>(), 1..8)) {
        let (Some(a), Some(b)) = (pattern_of(&event, &ways), pattern_of(&other, &ways)) else { return Ok(()) };
        for event in [&event, &other] {
            let expected = rule(&a.to_string(), event) || rule(&b.to_string(), event);
            prop_assert_eq!(rule(&json!({"$or": [a.clone(), b.clone()]}).to_string(), event), expected);
        }
    }

    #[test]
    fn anything_but_is_the_opposite_of_a_plain_value_that_is_there(value in scalar(), listed in text()) {
        let event = json!({"a": value});
        let plain = rule(&json!({"a": [listed.clone()]}).to_string(), &event);
        prop_assert_eq!(rule(&json!({"a": [{"anything-but": listed.clone()}]}).to_string(), &event), !plain);
        prop_assert_eq!(rule(&json!({"a": [{"exists": false}, listed]}).to_string(), &event), plain);
    }

    #[test]
    fn a_wildcard_matches_what_a_regular_expression_would(pieces in prop::collection::vec("[ab]{1,2}", 1..4), ends in any::<[bool; 2]>(), value in "[ab]{0,8}") {
        let wildcard = format!("{}{}{}", if ends[0] { "*" } else { "" }, pieces.join("*"), if ends[1] { "*" } else { "" });
        let expression = regex::Regex::new(&format!("^{}$", wildcard.replace('*', ".*"))).unwrap();
        let pattern = json!({"a": [{"wildcard": wildcard}]}).to_string();
        prop_assert_eq!(rule(&pattern, &json!({"a": value.clone()})), expression.is_match(&value));
    }

    #[test]
    fn a_network_has_the_addresses_that_share_its_first_bits(address in any::<u32>(), other in any::<u32>(), length in 0..=31_u32) {
        let [network, found] = [address, other].map(std::net::Ipv4Addr::from);
        let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
        let pattern = json!({"a": [{"cidr": format!("{network}/{length}")}]}).to_string();
        prop_assert_eq!(rule(&pattern, &json!({"a": found.to_string()})), address & mask == other & mask);
    }
}
