//! Event patterns of EventBridge: `{"source": ["aws.guardduty"], "detail": {"severity": [{"numeric": [">=", 7]}]}}`.
//!
//! The syntax is that of AWS's user guide, "Comparison operators for use in event patterns". The meaning is that of
//! `aws/event-ruler`, which is what EventBridge runs:
//!
//! - Every field of the pattern has to match, and one of the values that it lists. A pattern with `$or` stands for one without for each
//!   way through its alternatives.
//! - Only what is no object and no array is a value. An array has the values of its elements, and a path leads through it. Values from
//!   different elements of one array do not make a match together.
//! - A dot in a name is the same as a step: `"a.b"` is the `b` in `a`.
//! - A field that is not there matches `{"exists": false}` and nothing else, `anything-but` neither. An empty array is not there.
//! - `anything-but` matches whatever is not listed, also a number, a boolean or null where it lists texts.
//! - Numbers are equal by value, addresses by what they stand for.

mod parse;
mod tree;
mod value;
mod wildcard;

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;

use self::value::Matcher;
use super::NotUnderstood;

/// How often the values of an event are looked at, at most. It takes several long arrays of objects to get there; such an event counts
/// as not matched.
const MOST_STEPS: u32 = 100_000;

/// What a field may be, by its path. Sorted, because absence depends on what was matched before, and event-ruler goes by the alphabet.
type Fields = BTreeMap<String, Arc<[Matcher]>>;

/// An EventBridge rule's pattern, understood in full.
#[derive(Clone, Debug)]
pub struct EventPattern {
    /// One for each way through the alternatives of `$or`.
    alternatives: Vec<Fields>,
}

impl EventPattern {
    /// Reads a pattern as EventBridge would.
    pub fn parse(text: &str) -> Result<Self, NotUnderstood> {
        parse::pattern(text).map(|alternatives| Self { alternatives })
    }

    /// Whether the rule would send this event on.
    pub fn matches(&self, event: &Value) -> bool {
        let Value::Object(_) = event else { return false };
        let mut leaves = Leaves::default();
        leaves.collect(event, &mut String::new(), &Vec::new());
        let mut steps = 0;
        self.alternatives.iter().any(|fields| leaves.match_all(&fields.iter().collect::<Vec<_>>(), &[], &mut steps))
    }
}

/// Which element of which array, for each array on the way to a value.
type Elements = Vec<(usize, usize)>;

#[derive(Default)]
struct Leaves<'e> {
    by_path: BTreeMap<String, Vec<(&'e Value, Elements)>>,
    arrays: usize,
}

impl<'e> Leaves<'e> {
    fn collect(&mut self, value: &'e Value, path: &mut String, elements: &Elements) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let length = path.len();
                    push_step(path, name);
                    self.collect(value, path, elements);
                    path.truncate(length);
                }
            }
            Value::Array(values) => {
                let array = self.arrays;
                self.arrays += 1;
                for (index, value) in values.iter().enumerate() {
                    let mut elements = elements.clone();
                    // A plain value is in no element: any two of them may match together.
                    if value.is_object() || value.is_array() {
                        elements.push((array, index));
                    }
                    self.collect(value, path, &elements);
                }
            }
            _ => self.by_path.entry(path.clone()).or_default().push((value, elements.clone())),
        }
    }

    /// Whether the fields match with values that do not contradict `elements`, nor each other.
    fn match_all(&self, fields: &[(&String, &Arc<[Matcher]>)], elements: &[(usize, usize)], steps: &mut u32) -> bool {
        let Some(((path, matchers), others)) = fields.split_first() else { return true };
        let values = self.by_path.get(*path).map_or(&[][..], Vec::as_slice);
        let mut absent = true;
        for (value, own) in values {
            *steps += 1;
            if *steps > MOST_STEPS {
                return false;
            }
            let Some(together) = consistent(elements, own) else { continue };
            absent = false;
            if matchers.iter().any(|matcher| matcher.matches(value)) && self.match_all(others, &together, steps) {
                return true;
            }
        }
        absent && matchers.iter().any(|matcher| matches!(matcher, Matcher::Absent)) && self.match_all(others, elements, steps)
    }
}

fn consistent(so_far: &[(usize, usize)], own: &Elements) -> Option<Elements> {
    let mut together = so_far.to_vec();
    for (array, index) in own {
        match so_far.iter().find(|(known, _)| known == array) {
            Some((_, known)) if known != index => return None,
            Some(_) => {}
            None => together.push((*array, *index)),
        }
    }
    Some(together)
}

fn push_step(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}
