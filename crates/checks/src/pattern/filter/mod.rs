//! JSON filter patterns of CloudWatch Logs, as metric filters have them: `{ ($.eventName = "ConsoleLogin") && ($.errorCode NOT EXISTS) }`.
//!
//! The syntax is that of AWS's user guide, "Filter pattern syntax for metric filters". Where the guide is silent, what others saw the
//! service's `TestMetricFilter` answer decides:
//!
//! - A comparison with a field that is not there is false, `!=` too. Only `NOT EXISTS` is true of it.
//! - So is a comparison with an object, an array, a boolean or null: only strings and numbers are compared.
//! - Texts are compared with their case. `*` stands for any text at the beginning or the end of a value.
//! - An unquoted number is compared by value with a number (`123.0` is 123), and as text with a string. A quoted one is compared as text.
//! - `<`, `<=`, `>` and `>=` compare numbers only.
//! - `[*]` and `.*` select every element or field, and one of them has to pass.
//!
//! Not understood, because what AWS does is not documented: `*` in the middle of a value (once a plain asterisk, now "a wild card"),
//! a backslash in a quoted value, an unquoted `true`, `false` or `null`, `!=` and `NOT EXISTS` after a wildcard selector, `IS NOT`; and
//! patterns that are not JSON patterns, because they are held against the text of a log line, which nobody has here.

mod parse;
mod regex;
mod selector;

use std::cmp::Ordering;

use serde_json::{Number, Value};

use self::selector::Selector;
use super::{NotUnderstood, number};

/// A metric filter's pattern, understood in full.
#[derive(Clone, Debug)]
pub struct FilterPattern {
    /// `None` for the empty pattern.
    condition: Option<Condition>,
}

impl FilterPattern {
    /// Reads a pattern as AWS would.
    pub fn parse(text: &str) -> Result<Self, NotUnderstood> {
        parse::pattern(text).map(|condition| Self { condition })
    }

    /// Whether the filter would count this log event.
    pub fn matches(&self, event: &Value) -> bool {
        self.condition.as_ref().is_none_or(|condition| condition.holds(event))
    }
}

#[derive(Clone, Debug)]
enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Field(Selector, Test),
}

impl Condition {
    fn holds(&self, event: &Value) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(event)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(event)),
            Self::Field(selector, Test::NotExists) => selector.select(event).is_empty(),
            Self::Field(selector, test) => selector.select(event).into_iter().any(|value| test.passes(value)),
        }
    }
}

#[derive(Clone, Debug)]
enum Test {
    Exists,
    NotExists,
    IsNull,
    Is(bool),
    Equal(Operand),
    NotEqual(Operand),
    Order(Order, Number),
}

impl Test {
    /// Of a value that is there.
    fn passes(&self, value: &Value) -> bool {
        match self {
            Self::Exists => true,
            Self::NotExists => false,
            Self::IsNull => value.is_null(),
            Self::Is(expected) => value.as_bool() == Some(*expected),
            Self::Equal(operand) => operand.equals(value) == Some(true),
            Self::NotEqual(operand) => operand.equals(value) == Some(false),
            Self::Order(order, limit) => {
                value.as_number().and_then(|value| number::compare(value, limit)).is_some_and(|found| order.admits(found))
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Order {
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Order {
    fn admits(self, found: Ordering) -> bool {
        match self {
            Self::Less => found.is_lt(),
            Self::AtMost => found.is_le(),
            Self::Greater => found.is_gt(),
            Self::AtLeast => found.is_ge(),
        }
    }
}

#[derive(Clone, Debug)]
enum Operand {
    Number { text: String, number: Number },
    Text(Text),
    Regex(::regex::Regex),
}

impl Operand {
    /// `None` where AWS compares nothing.
    fn equals(&self, value: &Value) -> Option<bool> {
        match (self, value) {
            (Self::Number { number, .. }, Value::Number(value)) => Some(number::compare(value, number) == Some(Ordering::Equal)),
            (_, Value::Number(value)) => Some(self.covers(&value.to_string())),
            (_, Value::String(value)) => Some(self.covers(value)),
            _ => None,
        }
    }

    fn covers(&self, value: &str) -> bool {
        match self {
            Self::Number { text, .. } => value == text,
            Self::Text(text) => text.covers(value),
            Self::Regex(regex) => regex.is_match(value),
        }
    }
}

/// A value with or without a `*` at its ends.
#[derive(Clone, Debug)]
enum Text {
    Whole(String),
    Start(String),
    End(String),
    Part(String),
}

impl Text {
    fn covers(&self, value: &str) -> bool {
        match self {
            Self::Whole(text) => value == text,
            Self::Start(text) => value.starts_with(text.as_str()),
            Self::End(text) => value.ends_with(text.as_str()),
            Self::Part(text) => value.contains(text.as_str()),
        }
    }
}
