//! A check's parameters as a piece of configuration: their defaults, and what they mean as comments.

use std::{fmt::Write as _, io};

use orgsweep_checks::RegisteredCheck;
use serde::Serialize;
use serde_json::{Map, Value, ser::Formatter};

/// How wide comments are.
const WIDTH: usize = 100;
/// The least number that no type of number has as its greatest.
const TYPE_LIMITS: [u64; 3] = [u8::MAX as u64, u16::MAX as u64, u32::MAX as u64];

/// The YAML; `None` for a check without parameters. The comments are English: they are the program's own words about its types.
pub fn yaml(check: &RegisteredCheck) -> Option<String> {
    let Value::Object(defaults) = check.default_params() else { return None };
    if defaults.is_empty() {
        return None;
    }
    let schema = check.params_schema().to_value();
    let mut yaml = format!("checks:\n  params:\n    {}:\n", check.meta.id);
    for (name, default) in &defaults {
        let property = &schema["properties"][name];
        for comment in comments(property, &schema).iter().filter(|comment| !comment.is_empty()) {
            for line in textwrap::wrap(comment, textwrap::Options::new(WIDTH).break_words(false)) {
                // Writing to a string does not fail.
                let _ = writeln!(yaml, "      # {line}");
            }
        }
        let _ = writeln!(yaml, "      {name}:{}", value(default, 8));
    }
    Some(yaml)
}

/// What a parameter is, and which values it may have.
fn comments(property: &Value, schema: &Value) -> [String; 2] {
    let definition = definition(property, schema);
    let described = property["description"].as_str().or_else(|| definition["description"].as_str()).unwrap_or_default();
    [described.split_whitespace().collect::<Vec<_>>().join(" "), bounds(property, definition)]
}

/// The type that a property refers to, or itself.
fn definition<'a>(property: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = property["$ref"].as_str().and_then(|reference| schema.pointer(reference.strip_prefix('#')?));
    reference.unwrap_or(property)
}

fn bounds(property: &Value, definition: &Value) -> String {
    let words: Vec<&str> = definition["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let consts: Vec<&str> = definition["oneOf"].as_array().into_iter().flatten().filter_map(|one| one["const"].as_str()).collect();
    let words = [words, consts].concat();
    if !words.is_empty() {
        return format!("One of: {}.", words.join(", "));
    }
    // A list's bounds are those of its items.
    let number = if property["items"].is_object() { &property["items"] } else { property };
    let least = number["minimum"].as_f64().filter(|least| *least != 0.0);
    let most = &number["maximum"];
    let most = most.as_f64().filter(|_| most.as_u64().is_none_or(|most| !TYPE_LIMITS.contains(&most)));
    match (least, most) {
        (None, None) => String::new(),
        (Some(least), None) => format!("At least {least}."),
        (None, Some(most)) => format!("At most {most}."),
        (Some(least), Some(most)) => format!("From {least} to {most}."),
    }
}

/// A value after its key: in one line if it is short, else in lines of their own. JSON is YAML.
fn value(value: &Value, indent: usize) -> String {
    let flow = flow(value);
    if flow.len() <= WIDTH - indent {
        return format!(" {flow}");
    }
    let margin = " ".repeat(indent);
    match value {
        Value::Object(entries) => entries_of(entries, indent),
        Value::Array(items) => {
            items.iter().map(|item| format!("\n{margin}- {}", self::value(item, indent + 2).trim_start())).collect::<Vec<_>>().concat()
        }
        _ => format!(" {flow}"),
    }
}

/// JSON in one line, with spaces as people write it.
fn flow(value: &Value) -> String {
    struct Spaced;
    impl Formatter for Spaced {
        fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
            writer.write_all(if first { b"" } else { b", " })
        }

        fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
            writer.write_all(if first { b"" } else { b", " })
        }

        fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
            writer.write_all(b": ")
        }
    }
    let mut text = Vec::new();
    let written = value.serialize(&mut serde_json::Serializer::with_formatter(&mut text, Spaced));
    // Writing to memory does not fail.
    written.ok().and_then(|()| String::from_utf8(text).ok()).unwrap_or_default()
}

fn entries_of(entries: &Map<String, Value>, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let plain = |key: &str| key.chars().all(|character| character.is_ascii_alphanumeric() || "_-".contains(character));
    let entry = |(key, item): (&String, &Value)| {
        let key = if plain(key) { key.clone() } else { Value::from(key.as_str()).to_string() };
        format!("\n{margin}{key}:{}", value(item, indent + 2))
    };
    entries.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use orgsweep_checks::{CHECKS, find};
    use serde_json::json;

    use super::*;

    #[test]
    fn every_check_s_parameters_are_configuration_that_it_takes() {
        for check in CHECKS {
            let Some(yaml) = yaml(check) else { continue };
            let config: Value = serde_saphyr::from_str(&yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
            assert_eq!(config["checks"]["params"][check.meta.id.as_str()], check.default_params(), "{yaml}");
        }
    }

    #[test]
    fn a_parameter_is_explained_and_bounded() {
        let yaml = yaml(find("iam-password-policy-strong").unwrap()).unwrap();
        assert!(yaml.starts_with("checks:\n  params:\n    iam-password-policy-strong:\n      # The least length"), "{yaml}");
        assert!(yaml.contains("From 6 to 128."), "{yaml}");
        assert!(yaml.ends_with("      minimum_length: 12\n"), "{yaml}");
        assert_eq!(super::yaml(find("root-mfa-enabled").unwrap()), None);
    }

    #[test]
    fn long_values_are_broken_into_lines() {
        let long = "x".repeat(60);
        let nested = json!({"a b": [{"name": long, "also": long}], "c": 1});
        let yaml = format!("key:{}\n", value(&nested, 2));
        assert_eq!(serde_saphyr::from_str::<Value>(&yaml).unwrap()["key"], nested, "{yaml}");
        assert!(yaml.lines().count() > 3, "{yaml}");
    }

    #[test]
    fn words_and_bounds_are_told() {
        let bounds = |property: Value| bounds(&property, &property);
        assert_eq!(bounds(json!({"enum": ["a", "b"]})), "One of: a, b.");
        assert_eq!(bounds(json!({"oneOf": [{"const": "a"}, {"const": "b"}]})), "One of: a, b.");
        assert_eq!(bounds(json!({"type": "integer", "minimum": 1, "maximum": 255})), "At least 1.");
        assert_eq!(bounds(json!({"type": "integer", "minimum": 0, "maximum": 32})), "At most 32.");
        assert_eq!(bounds(json!({"type": "array", "items": {"minimum": 1}})), "At least 1.");
        assert_eq!(bounds(json!({"type": "string"})), "");
    }
}
