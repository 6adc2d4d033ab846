//! IAM's policy documents, as far as orgsweep writes them. The order of everything is fixed: the same input gives the same text.

use std::collections::BTreeMap;

use serde::Serialize;

/// A policy document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Policy {
    version: &'static str,
    /// What it allows.
    #[serde(rename = "Statement")]
    pub statements: Vec<Statement>,
}

/// Something that a policy allows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Statement {
    /// What it is for, in letters and digits.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sid: String,
    effect: Effect,
    /// Who, in a trust policy.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub principal: BTreeMap<&'static str, String>,
    /// The actions, sorted.
    #[serde(rename = "Action")]
    pub actions: Vec<String>,
    /// On what; a trust policy has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// Only if: by operator and key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub condition: BTreeMap<&'static str, BTreeMap<&'static str, String>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
enum Effect {
    #[default]
    Allow,
}

impl Policy {
    /// A policy of these statements. Those without an action, which AWS would refuse, are left out.
    pub fn new(statements: impl IntoIterator<Item = Statement>) -> Self {
        Self { version: "2012-10-17", statements: statements.into_iter().filter(|statement| !statement.actions.is_empty()).collect() }
    }

    /// The text without white space, which is what AWS's limits count.
    pub fn compact(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The text for people.
    pub fn pretty(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

impl Statement {
    /// Allows actions on whatever they are about: what AWS lists and describes mostly knows no narrower resource.
    pub fn on_everything<'a>(sid: impl Into<String>, actions: impl IntoIterator<Item = &'a str>) -> Self {
        Self::on(sid, actions, "*")
    }

    /// Allows actions on a resource.
    pub fn on<'a>(sid: impl Into<String>, actions: impl IntoIterator<Item = &'a str>, resource: impl Into<String>) -> Self {
        let mut actions: Vec<String> = actions.into_iter().map(str::to_owned).collect();
        actions.sort_unstable();
        actions.dedup();
        Self { sid: sid.into(), actions, resource: Some(resource.into()), ..Self::default() }
    }

    /// Lets a principal of AWS do something with what the policy belongs to, if these keys have these values.
    pub fn trusting(sid: &str, principal: &str, action: &str, equals: BTreeMap<&'static str, String>) -> Self {
        let condition = if equals.is_empty() { BTreeMap::new() } else { BTreeMap::from([("StringEquals", equals)]) };
        let principal = BTreeMap::from([("AWS", principal.to_owned())]);
        Self { sid: sid.to_owned(), principal, actions: vec![action.to_owned()], condition, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_sorted_and_has_no_empty_statement() {
        let policy = Policy::new([Statement::on_everything("", ["b:Two", "a:One", "b:Two"]), Statement::on_everything("None", [])]);
        let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["a:One","b:Two"],"Resource":"*"}]}"#;
        assert_eq!(policy.compact(), text);
    }
}
