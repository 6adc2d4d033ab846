//! The language of IAM's policies: from the document as AWS sends it to plain lists. What it means is for the checks to say.

use std::collections::BTreeMap;

use orgsweep_model::fact::iam::Effect;
use percent_encoding::percent_decode_str;
use serde::Deserialize;

/// A statement. A list that it does not have is empty.
#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(from = "Written")]
pub(super) struct Statement {
    pub effect: Effect,
    pub actions: Vec<String>,
    pub not_actions: Vec<String>,
    pub resources: Vec<String>,
    pub not_resources: Vec<String>,
    /// Of `Principal`: `AWS`, with `*` for everybody.
    pub aws_principals: Vec<String>,
    /// Whether the statement has `NotPrincipal`.
    pub not_principal: bool,
    /// Values by operator and key.
    pub conditions: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

/// The statements of a document, which AWS encodes as URLs are.
pub(super) fn parse(document: &str) -> Result<Vec<Statement>, String> {
    let json = percent_decode_str(document).decode_utf8().map_err(|error| error.to_string())?;
    let document: Document = serde_json::from_str(&json).map_err(|error| error.to_string())?;
    Ok(document.statement.into())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    statement: OneOrMany<Statement>,
}

/// A statement as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Written {
    effect: Effect,
    #[serde(default)]
    action: OneOrMany<String>,
    #[serde(default)]
    not_action: OneOrMany<String>,
    #[serde(default)]
    resource: OneOrMany<String>,
    #[serde(default)]
    not_resource: OneOrMany<String>,
    principal: Option<Principal>,
    not_principal: Option<Principal>,
    #[serde(default)]
    condition: BTreeMap<String, BTreeMap<String, OneOrMany<Scalar>>>,
}

/// `"*"`, or lists by kind.
#[derive(Deserialize)]
#[serde(untagged)]
enum Principal {
    Everybody(String),
    Some {
        #[serde(default, rename = "AWS")]
        aws: OneOrMany<String>,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

/// The value of a condition: `true` and `"true"` are the same.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Text(String),
    Boolean(bool),
    Number(serde_json::Number),
}

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl<T> From<OneOrMany<T>> for Vec<T> {
    fn from(list: OneOrMany<T>) -> Self {
        match list {
            OneOrMany::One(item) => vec![item],
            OneOrMany::Many(items) => items,
        }
    }
}

impl From<Scalar> for String {
    fn from(value: Scalar) -> Self {
        match value {
            Scalar::Text(text) => text,
            Scalar::Boolean(boolean) => boolean.to_string(),
            Scalar::Number(number) => number.to_string(),
        }
    }
}

impl From<Written> for Statement {
    fn from(written: Written) -> Self {
        let values = |list: OneOrMany<Scalar>| Vec::from(list).into_iter().map(String::from).collect();
        let keys = |keys: BTreeMap<String, OneOrMany<Scalar>>| keys.into_iter().map(|(key, list)| (key, values(list))).collect();
        Self {
            effect: written.effect,
            actions: written.action.into(),
            not_actions: written.not_action.into(),
            resources: written.resource.into(),
            not_resources: written.not_resource.into(),
            aws_principals: match written.principal {
                None => Vec::new(),
                Some(Principal::Everybody(word)) => vec![word],
                Some(Principal::Some { aws }) => aws.into(),
            },
            not_principal: written.not_principal.is_some(),
            conditions: written.condition.into_iter().map(|(operator, list)| (operator, keys(list))).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

    use super::*;

    fn read(json: &str) -> Vec<Statement> {
        parse(&utf8_percent_encode(json, NON_ALPHANUMERIC).to_string()).unwrap()
    }

    #[test]
    fn one_and_many_are_written_alike() {
        let one = read(r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#);
        let many = read(r#"{"Version": "2012-10-17", "Statement": [{"Sid": "a", "Effect": "Allow", "Action": ["*"], "Resource": ["*"]}]}"#);
        assert_eq!(one, many);
        assert_eq!((one[0].effect, &one[0].actions, &one[0].resources), (Effect::Allow, &vec!["*".to_owned()], &vec!["*".to_owned()]));
        assert!(one[0].not_actions.is_empty() && one[0].aws_principals.is_empty());
    }

    #[test]
    fn only_aws_principals_are_taken() {
        for (principal, expected) in [
            (r#""*""#, vec!["*"]),
            (r#"{"AWS": "*"}"#, vec!["*"]),
            (
                r#"{"AWS": ["111122223333", "arn:aws:iam::111122223333:root"], "Service": "ec2.amazonaws.com"}"#,
                vec!["111122223333", "arn:aws:iam::111122223333:root"],
            ),
            (r#"{"Service": ["ec2.amazonaws.com"]}"#, vec![]),
            (r#"{"Federated": "arn:aws:iam::111122223333:saml-provider/x"}"#, vec![]),
        ] {
            let statements =
                read(&format!(r#"{{"Statement": [{{"Effect": "Deny", "Principal": {principal}, "Action": "sts:AssumeRole"}}]}}"#));
            assert_eq!(statements[0].aws_principals, expected, "{principal}");
        }
    }

    #[test]
    fn values_of_conditions_are_text() {
        let statements = read(
            r#"{"Statement": [{"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}, "NotAction": "iam:*", "Condition":
               {"Bool": {"aws:MultiFactorAuthPresent": true}, "NumericLessThan": {"aws:MultiFactorAuthAge": [3600, "7200"]}}}]}"#,
        );
        assert!(statements[0].not_principal);
        assert_eq!(statements[0].not_actions, ["iam:*"]);
        assert_eq!(statements[0].conditions["Bool"]["aws:MultiFactorAuthPresent"], ["true"]);
        assert_eq!(statements[0].conditions["NumericLessThan"]["aws:MultiFactorAuthAge"], ["3600", "7200"]);
    }

    #[test]
    fn what_is_no_policy_is_no_answer() {
        for document in ["", "{}", "%7B%7D", "[]", r#"{"Statement": [{"Action": "*"}]}"#, r#"{"Statement": [{"Effect": "Maybe"}]}"#, "%FF"]
        {
            assert!(parse(document).is_err(), "{document:?}");
        }
    }
}
