//! Reading an event pattern, with the rules of event-ruler's `JsonRuleCompiler`.

use std::{cmp::Ordering, sync::Arc};

use serde_json::Number;

use super::{
    Fields, push_step,
    tree::Tree,
    value::{Fold, Inclusive, Matcher, address_of},
    wildcard::Wildcard,
};
use crate::pattern::{NotUnderstood, excerpt, number};

/// `PutRule` takes 4,096 characters.
const LONGEST: usize = 16_384;
/// EventBridge's own limit for the ways through `$or`.
const MOST_ALTERNATIVES: usize = 1_000;

const OR: &str = "$or";
/// Names that event-ruler refuses for fields inside `$or`, where they would look like operators.
const RESERVED: &[&str] = &[
    "exactly",
    "equals-ignore-case",
    "prefix",
    "suffix",
    "anything-but",
    "exists",
    "wildcard",
    "numeric",
    "cidr",
    "=",
    "<",
    "<=",
    ">",
    ">=",
    "regex",
    "not-wildcard",
    "not-equals-ignore-case",
    "date-after",
    "date-on-or-after",
    "date-before",
    "date-on-or-before",
    "in-date-range",
    "ip-address-in-range",
    "ip-address-not-in-range",
];

pub(super) fn pattern(text: &str) -> Result<Vec<Fields>, NotUnderstood> {
    if text.len() > LONGEST {
        return Err(NotUnderstood::new("its end", format!("it is longer than {LONGEST} bytes")));
    }
    let tree = serde_json::from_str(text).map_err(|error| {
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or_default();
        NotUnderstood::new(format!("line {}, column {}", error.line(), error.column()), reason)
    })?;
    let mut alternatives = vec![Fields::new()];
    let mut reader = Reader { path: String::new(), in_or: false };
    match tree {
        Tree::Object(fields) => reader.object(fields, &mut alternatives)?,
        _ => return Err(reader.refuse("a JSON object is expected")),
    }
    Ok(alternatives)
}

struct Reader {
    path: String,
    in_or: bool,
}

impl Reader {
    fn object(&mut self, fields: Vec<(String, Tree)>, alternatives: &mut Vec<Fields>) -> Result<(), NotUnderstood> {
        if fields.is_empty() {
            return Err(self.refuse("an empty object is not allowed"));
        }
        for (name, tree) in fields {
            if name == OR {
                self.either(tree, alternatives)?;
                continue;
            }
            let length = self.path.len();
            push_step(&mut self.path, &name);
            if self.in_or && RESERVED.contains(&name.as_str()) {
                return Err(self.refuse("an operator's name is not allowed for a field inside `$or`"));
            }
            match tree {
                Tree::Object(fields) => self.object(fields, alternatives)?,
                Tree::Array(values) => {
                    let matchers = self.values(values)?;
                    for fields in alternatives.iter_mut() {
                        if fields.insert(self.path.clone(), Arc::clone(&matchers)).is_some() {
                            return Err(self.refuse("the field is there twice"));
                        }
                    }
                }
                _ => return Err(self.refuse("the value has to be in an array")),
            }
            self.path.truncate(length);
        }
        Ok(())
    }

    fn either(&mut self, tree: Tree, alternatives: &mut Vec<Fields>) -> Result<(), NotUnderstood> {
        let Tree::Array(branches) = tree else { return Err(self.refuse("`$or` needs an array of objects")) };
        if branches.len() < 2 {
            return Err(self.refuse("`$or` needs two objects or more"));
        }
        let outside = std::mem::replace(&mut self.in_or, true);
        let before = std::mem::take(alternatives);
        for branch in branches {
            let Tree::Object(fields) = branch else { return Err(self.refuse("`$or` needs an array of objects")) };
            let mut inner = before.clone();
            self.object(fields, &mut inner)?;
            alternatives.append(&mut inner);
            if alternatives.len() > MOST_ALTERNATIVES {
                return Err(self.refuse("there are more than 1,000 ways through `$or`"));
            }
        }
        self.in_or = outside;
        Ok(())
    }

    fn values(&self, values: Vec<Tree>) -> Result<Arc<[Matcher]>, NotUnderstood> {
        if values.is_empty() {
            return Err(self.refuse("an empty array is not allowed"));
        }
        values
            .into_iter()
            .map(|value| match value {
                Tree::Text(text) => Ok(address_of(&text).map_or(Matcher::Text(text), Matcher::Address)),
                Tree::Number(number) => Ok(Matcher::Number(number)),
                Tree::Literal(literal) => Ok(Matcher::Literal(literal)),
                Tree::Object(operator) => self.operator(operator),
                Tree::Array(_) => Err(self.refuse("an array in an array of values is not allowed")),
            })
            .collect()
    }

    fn operator(&self, operator: Vec<(String, Tree)>) -> Result<Matcher, NotUnderstood> {
        let (name, argument) = self.only(operator)?;
        match (name.as_str(), argument) {
            ("prefix", Tree::Text(text)) => Ok(Matcher::Start(text)),
            ("suffix", Tree::Text(text)) => Ok(Matcher::End(text)),
            ("prefix", Tree::Object(inner)) => self.folded(Fold::Start, inner),
            ("suffix", Tree::Object(inner)) => self.folded(Fold::End, inner),
            ("equals-ignore-case", Tree::Text(text)) => Ok(Matcher::Folded(Fold::Whole, text)),
            ("wildcard", Tree::Text(text)) => self.wildcard(&text),
            ("cidr", Tree::Text(text)) => self.network(&text),
            ("exists", Tree::Literal(literal)) if literal.is_boolean() => {
                Ok(if literal == true { Matcher::Exists } else { Matcher::Absent })
            }
            ("numeric", Tree::Array(terms)) => self.range(terms),
            ("anything-but", argument) => self.anything_but(argument),
            ("prefix" | "suffix" | "equals-ignore-case" | "wildcard" | "cidr" | "exists" | "numeric", _) => {
                Err(self.refuse(&format!("`{name}` cannot have this value")))
            }
            _ => Err(self.refuse(&format!("the operator {} is not known", excerpt(&name)))),
        }
    }

    fn only<T>(&self, fields: Vec<(String, T)>) -> Result<(String, T), NotUnderstood> {
        let mut fields = fields.into_iter();
        match (fields.next(), fields.next()) {
            (Some(only), None) => Ok(only),
            _ => Err(self.refuse("an object among the values needs exactly one operator")),
        }
    }

    fn folded(&self, fold: Fold, inner: Vec<(String, Tree)>) -> Result<Matcher, NotUnderstood> {
        match self.only(inner)? {
            (name, Tree::Text(text)) if name == "equals-ignore-case" => Ok(Matcher::Folded(fold, text)),
            _ => Err(self.refuse("`prefix` and `suffix` take a text or `equals-ignore-case` with a text")),
        }
    }

    fn wildcard(&self, text: &str) -> Result<Matcher, NotUnderstood> {
        Wildcard::parse(text).map(Matcher::Wildcard).map_err(|reason| self.refuse(reason))
    }

    fn network(&self, text: &str) -> Result<Matcher, NotUnderstood> {
        let (address, length) = text.split_once('/').ok_or_else(|| self.refuse("`cidr` needs an address, a slash and a length"))?;
        let address = address_of(address).ok_or_else(|| self.refuse("`cidr` has no valid address"))?;
        // event-ruler refuses the lengths 32 and 128: that would be a plain value.
        let most = if address.is_ipv4() { 31 } else { 127 };
        let length = length.parse().ok().filter(|length| *length <= most && !text.contains("/+"));
        length.map(|length| Matcher::Network { address, length }).ok_or_else(|| self.refuse("`cidr` has no valid length"))
    }

    /// `=` alone, or one limit, or a lower and then an upper one.
    fn range(&self, terms: Vec<Tree>) -> Result<Matcher, NotUnderstood> {
        let pairs = self.terms(terms)?;
        let mut pairs = pairs.into_iter();
        match (pairs.next(), pairs.next(), pairs.next()) {
            (Some((sign, number)), None, None) => match sign.as_str() {
                "=" => Ok(Matcher::Number(number)),
                ">" | ">=" => Ok(Matcher::Range { low: Some((number, sign == ">=")), high: None }),
                "<" | "<=" => Ok(Matcher::Range { low: None, high: Some((number, sign == "<=")) }),
                _ => Err(self.refuse("`numeric` knows `=`, `<`, `<=`, `>` and `>=`")),
            },
            (Some((low, bottom)), Some((high, top)), None) => {
                let signs = matches!(low.as_str(), ">" | ">=") && matches!(high.as_str(), "<" | "<=");
                if !signs || number::compare(&bottom, &top) != Some(Ordering::Less) {
                    return Err(self.refuse("`numeric` needs a lower limit and then a higher one"));
                }
                let limit = |sign: &str, number: Number| -> Option<(Number, Inclusive)> { Some((number, sign.len() == 2)) };
                Ok(Matcher::Range { low: limit(&low, bottom), high: limit(&high, top) })
            }
            _ => Err(self.refuse("`numeric` needs one comparison or two")),
        }
    }

    fn terms(&self, terms: Vec<Tree>) -> Result<Vec<(String, Number)>, NotUnderstood> {
        let mut pairs = Vec::new();
        let mut terms = terms.into_iter();
        while let Some(sign) = terms.next() {
            match (sign, terms.next()) {
                (Tree::Text(sign), Some(Tree::Number(number))) => pairs.push((sign, number)),
                _ => return Err(self.refuse("`numeric` needs signs and numbers in turn")),
            }
        }
        Ok(pairs)
    }

    fn anything_but(&self, argument: Tree) -> Result<Matcher, NotUnderstood> {
        let (operator, listed) = match argument {
            Tree::Object(inner) => {
                let (operator, listed) = self.only(inner)?;
                (Some(operator), listed)
            }
            listed => (None, listed),
        };
        let listed = match listed {
            Tree::Array(listed) => listed,
            alone => vec![alone],
        };
        let texts = listed.iter().filter(|value| matches!(value, Tree::Text(_))).count();
        if listed.is_empty() || (texts != 0 && texts != listed.len()) {
            return Err(self.refuse("`anything-but` needs texts alone or numbers alone"));
        }
        let matchers: Result<Vec<_>, _> = listed.into_iter().map(|value| self.excluded(operator.as_deref(), value)).collect();
        Ok(Matcher::AnythingBut(matchers?))
    }

    fn excluded(&self, operator: Option<&str>, value: Tree) -> Result<Matcher, NotUnderstood> {
        match (operator, value) {
            (None, Tree::Text(text)) => Ok(Matcher::Text(text)),
            (None, Tree::Number(number)) => Ok(Matcher::Number(number)),
            (Some("prefix"), Tree::Text(text)) if !text.is_empty() => Ok(Matcher::Start(text)),
            (Some("suffix"), Tree::Text(text)) if !text.is_empty() => Ok(Matcher::End(text)),
            (Some("equals-ignore-case"), Tree::Text(text)) => Ok(Matcher::Folded(Fold::Whole, text)),
            (Some("wildcard"), Tree::Text(text)) => self.wildcard(&text),
            _ => Err(self.refuse("`anything-but` cannot have this value")),
        }
    }

    fn refuse(&self, reason: &str) -> NotUnderstood {
        let place = if self.path.is_empty() { "its top".to_owned() } else { excerpt(&self.path) };
        NotUnderstood::new(place, reason)
    }
}
