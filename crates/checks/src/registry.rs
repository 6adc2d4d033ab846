//! Checks without their types: what the rest of the program works with.

use std::fmt;

use orgsweep_model::{CheckMeta, FactKind, FactSet, Verdict};
use serde_json::Value;

use crate::{Context, Facts, Rule};

/// A check of the catalogue.
pub struct RegisteredCheck {
    /// Everything about it but the rule.
    pub meta: &'static CheckMeta,
    /// The catalogue folder it is in.
    pub service: &'static str,
    /// Its file's name, which is its id with underscores.
    pub file: &'static str,
    configure: fn(Option<&Value>) -> Result<ConfiguredCheck, InvalidParams>,
    evaluate_default: fn(&Facts<'_>) -> Verdict,
    default_params: fn() -> Value,
    params_schema: fn() -> schemars::Schema,
}

/// `checks.params.<id>` does not fit the check.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct InvalidParams(String);

impl RegisteredCheck {
    /// The entry of a rule.
    pub const fn new<R: Rule>(service: &'static str, file: &'static str) -> Self {
        Self {
            meta: &R::META,
            service,
            file,
            configure: |params| {
                let rule: R = match params {
                    None => R::default(),
                    Some(params) => serde_json::from_value(params.clone()).map_err(|error| InvalidParams(error.to_string()))?,
                };
                Ok(ConfiguredCheck {
                    meta: &R::META,
                    facts: rule.needs(),
                    evaluate: Box::new(move |facts, context| rule.evaluate(&Facts::new(facts, R::META.facts, context)).into()),
                })
            },
            evaluate_default: |facts| R::default().evaluate(facts).into(),
            default_params: || serde_json::to_value(R::default()).unwrap_or_default(),
            params_schema: || schemars::schema_for!(R),
        }
    }

    /// The check with its parameters: the defaults where `params` is absent or leaves one out.
    pub fn configure(&self, params: Option<&Value>) -> Result<ConfiguredCheck, InvalidParams> {
        let configured = (self.configure)(params)?;
        match params.and_then(|params| self.out_of_range(params)) {
            Some(wrong) => Err(InvalidParams(wrong)),
            None => Ok(configured),
        }
    }

    /// What is wrong with the first number that is outside of what its parameter's schema allows.
    fn out_of_range(&self, params: &Value) -> Option<String> {
        let schema = self.params_schema().to_value();
        params.as_object()?.iter().find_map(|(name, given)| {
            let number = given.as_f64()?;
            let allowed = schema.get("properties")?.get(name)?;
            let (least, most) = (allowed.get("minimum"), allowed.get("maximum"));
            let fits = least.and_then(Value::as_f64).is_none_or(|least| number >= least)
                && most.and_then(Value::as_f64).is_none_or(|most| number <= most);
            let range = match (least, most) {
                (Some(least), Some(most)) => format!("from {least} to {most}"),
                (Some(least), None) => format!("at least {least}"),
                (None, most) => format!("at most {}", most.unwrap_or(&Value::Null)),
            };
            (!fits).then(|| format!("{name}: {given} is out of range: it is {range}"))
        })
    }

    /// The verdict with default parameters on a view of facts, so that a caller can see which of them were read.
    pub fn evaluate_default(&self, facts: &Facts<'_>) -> Verdict {
        (self.evaluate_default)(facts)
    }

    /// Its parameters' defaults, as a JSON object.
    pub fn default_params(&self) -> Value {
        (self.default_params)()
    }

    /// The JSON Schema of its parameters.
    pub fn params_schema(&self) -> schemars::Schema {
        (self.params_schema)()
    }
}

impl fmt::Debug for RegisteredCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.meta.id.as_str())
    }
}

type Evaluate = Box<dyn Fn(&FactSet, &Context) -> Verdict + Send + Sync>;

/// A check ready to be asked.
pub struct ConfiguredCheck {
    /// Everything about it but the rule.
    pub meta: &'static CheckMeta,
    /// The facts that it reads with its parameters; no others are asked for.
    pub facts: &'static [FactKind],
    evaluate: Evaluate,
}

impl ConfiguredCheck {
    /// The verdict on what was observed of a target.
    pub fn evaluate(&self, facts: &FactSet, context: &Context) -> Verdict {
        (self.evaluate)(facts, context)
    }
}

impl fmt::Debug for ConfiguredCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.meta.id.as_str())
    }
}

/// The check with this id.
pub fn find(id: &str) -> Option<&'static RegisteredCheck> {
    crate::CHECKS.iter().find(|check| check.meta.id.as_str() == id)
}
