//! The field that a condition is about: `$.userIdentity.type`, `$.users[0].name`, `$.['cluster.name']`, `$.items[*]`, `$.*`.

use serde_json::Value;

#[derive(Clone, Debug)]
pub(super) struct Selector(pub(super) Vec<Step>);

#[derive(Clone, Debug)]
pub(super) enum Step {
    Field(String),
    Element(usize),
    EveryField,
    EveryElement,
}

impl Selector {
    pub(super) fn wildcards(&self) -> usize {
        self.0.iter().filter(|step| matches!(step, Step::EveryField | Step::EveryElement)).count()
    }

    pub(super) fn select<'e>(&self, event: &'e Value) -> Vec<&'e Value> {
        self.0.iter().fold(vec![event], |selected, step| selected.into_iter().flat_map(|value| step.take(value)).collect())
    }
}

impl Step {
    fn take<'e>(&self, value: &'e Value) -> Vec<&'e Value> {
        match (self, value) {
            (Self::Field(name), Value::Object(fields)) => fields.get(name).into_iter().collect(),
            (Self::Element(index), Value::Array(elements)) => elements.get(*index).into_iter().collect(),
            (Self::EveryField, Value::Object(fields)) => fields.values().collect(),
            (Self::EveryElement, Value::Array(elements)) => elements.iter().collect(),
            _ => Vec::new(),
        }
    }
}
