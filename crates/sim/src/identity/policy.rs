//! Session policies: which actions they leave, and IAM's wildcards.

use serde::Deserialize;

/// AWS's own limit on a session policy.
const LONGEST: usize = 2048;

/// The AWS managed policies that allow every read the simulation answers.
const READ_EVERYTHING: [&str; 3] =
    ["arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/SecurityAudit"];

/// The actions that a session policy allows. Its resources and conditions are not looked at.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AllowedActions(Vec<String>);

impl AllowedActions {
    /// Whether an action is among them.
    pub(crate) fn contains(&self, action: &str) -> bool {
        self.0.iter().any(|pattern| matches_action(pattern, action))
    }
}

/// Why a session policy is refused: the error's code and text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PolicyError {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Document {
    #[serde(rename = "Version")]
    _version: Option<String>,
    #[serde(rename = "Id")]
    _id: Option<String>,
    statement: OneOrMany<Statement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Statement {
    #[serde(rename = "Sid")]
    _sid: Option<String>,
    effect: String,
    action: OneOrMany<String>,
    #[serde(rename = "Resource")]
    _resource: OneOrMany<String>,
    #[serde(rename = "Condition")]
    _condition: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    fn into_vec(self) -> Vec<T> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }
}

/// Reads the session policy of an `AssumeRole` call. `None`: the session has none, and so all of its role's permissions.
pub(crate) fn parse(document: Option<&str>, managed: &[String]) -> Result<Option<AllowedActions>, PolicyError> {
    if document.is_none() && managed.is_empty() {
        return Ok(None);
    }
    let mut allowed = Vec::new();
    for arn in managed {
        if !READ_EVERYTHING.contains(&arn.as_str()) {
            return Err(PolicyError {
                code: "ValidationError",
                message: format!("The simulation does not know the policy {arn}; it knows {}.", READ_EVERYTHING.join(", ")),
            });
        }
        allowed.push("*".to_owned());
    }
    if let Some(document) = document {
        allowed.extend(inline(document)?);
    }
    Ok(Some(AllowedActions(allowed)))
}

fn inline(document: &str) -> Result<Vec<String>, PolicyError> {
    if document.chars().count() > LONGEST {
        return Err(PolicyError {
            code: "ValidationError",
            message: format!(
                "1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to {LONGEST}"
            ),
        });
    }
    let malformed = |message: String| PolicyError { code: "MalformedPolicyDocument", message };
    let parsed: Document = serde_json::from_str(document).map_err(|error| malformed(format!("Syntax errors in policy: {error}")))?;
    let mut actions = Vec::new();
    for statement in parsed.statement.into_vec() {
        if statement.effect != "Allow" {
            return Err(malformed(format!("The simulation evaluates Effect \"Allow\" only, not {:?}.", statement.effect)));
        }
        actions.extend(statement.action.into_vec());
    }
    Ok(actions)
}

/// Whether an action matches a pattern as IAM compares them: without regard to case, `*` any run of characters, `?` any one.
pub(crate) fn matches_action(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.as_bytes(), action.as_bytes());
    let (mut p, mut a) = (0, 0);
    // Where the last `*` was, and how much of the action it has swallowed so far.
    let mut star: Option<(usize, usize)> = None;
    while a < action.len() {
        if p < pattern.len() && pattern[p] == b'*' {
            star = Some((p, a));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == b'?' || pattern[p].eq_ignore_ascii_case(&action[a])) {
            p += 1;
            a += 1;
        } else if let Some((place, swallowed)) = star {
            star = Some((place, swallowed + 1));
            p = place + 1;
            a = swallowed + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards() {
        for (pattern, action, expected) in [
            ("*", "iam:GetAccountSummary", true),
            ("iam:Get*", "iam:GetAccountSummary", true),
            ("IAM:getaccountsummary", "iam:GetAccountSummary", true),
            ("iam:*Summary", "iam:GetAccountSummary", true),
            ("iam:*Sum*Sum", "iam:GetAccountSummary", false),
            ("iam:Get?ccountSummary", "iam:GetAccountSummary", true),
            ("iam:Get", "iam:GetAccountSummary", false),
            ("ec2:*", "iam:GetAccountSummary", false),
        ] {
            assert_eq!(matches_action(pattern, action), expected, "{pattern} {action}");
        }
    }

    #[test]
    fn a_policy_leaves_what_it_names() {
        let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:Get*","ec2:DescribeVpcs"],"Resource":"*"},
            {"Sid":"x","Effect":"Allow","Action":"sts:GetCallerIdentity","Resource":["*"]}]}"#;
        let allowed = parse(Some(text), &[]).unwrap().unwrap();
        assert!(allowed.contains("iam:GetAccountSummary") && allowed.contains("ec2:DescribeVpcs"));
        assert!(!allowed.contains("ec2:DescribeRegions"));
        assert_eq!(parse(None, &[]).unwrap(), None);
    }

    #[test]
    fn what_cannot_be_honoured_is_refused() {
        let deny = r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;
        assert_eq!(parse(Some(deny), &[]).unwrap_err().code, "MalformedPolicyDocument");
        assert_eq!(parse(Some("{"), &[]).unwrap_err().code, "MalformedPolicyDocument");
        assert_eq!(parse(Some(&" ".repeat(2049)), &[]).unwrap_err().code, "ValidationError");
        assert_eq!(parse(None, &["arn:aws:iam::aws:policy/Unheard".to_owned()]).unwrap_err().code, "ValidationError");
        assert!(parse(None, &[READ_EVERYTHING[1].to_owned()]).unwrap().unwrap().contains("iam:GetAccountSummary"));
    }
}
