//! Session policies: which actions they leave, and IAM's wildcards.

use serde::Deserialize;

use crate::service;

/// AWS's own limit on a session policy.
const LONGEST: usize = 2048;

/// The managed policies that a session may be given, by the end of their ARNs, and the actions they allow.
const MANAGED: [(&str, Actions); 4] = [
    ("AdministratorAccess", Actions::Everything),
    ("ReadOnlyAccess", Actions::Everything),
    ("SecurityAudit", Actions::Listed(include_str!("../../data/security_audit.txt"))),
    ("job-function/ViewOnlyAccess", Actions::Listed(include_str!("../../data/view_only_access.txt"))),
];

/// What a managed policy allows.
#[derive(Clone, Copy)]
enum Actions {
    /// All that the simulation answers, since it answers nothing but reads.
    Everything,
    /// One pattern a line, after lines of comment.
    Listed(&'static str),
}

impl Actions {
    fn patterns(self) -> impl Iterator<Item = &'static str> {
        let text = match self {
            Self::Everything => "*",
            Self::Listed(text) => text,
        };
        text.lines().filter(|line| !line.starts_with('#'))
    }
}

/// The simulation's actions that a session policy allows, in order: a policy with a thousand patterns is asked at every request. Its
/// resources and conditions are not looked at.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AllowedActions(Vec<&'static str>);

impl AllowedActions {
    fn new(patterns: &[String]) -> Self {
        let mut actions: Vec<_> = service::actions().collect();
        actions.sort_unstable();
        actions.dedup();
        actions.retain(|action| patterns.iter().any(|pattern| matches_action(pattern, action)));
        Self(actions)
    }

    /// Whether an action is among them.
    pub(crate) fn contains(&self, action: &str) -> bool {
        self.0.binary_search(&action).is_ok()
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
        let known = MANAGED.iter().find(|(name, _)| managed_name(arn) == Some(*name));
        let Some((_, actions)) = known else {
            let names: Vec<&str> = MANAGED.iter().map(|(name, _)| *name).collect();
            return Err(PolicyError {
                code: "ValidationError",
                message: format!("The simulation does not know the policy {arn}; of AWS's own it knows {}.", names.join(", ")),
            });
        };
        allowed.extend(actions.patterns().map(str::to_owned));
    }
    if let Some(document) = document {
        allowed.extend(inline(document)?);
    }
    Ok(Some(AllowedActions::new(&allowed)))
}

/// What follows `policy/` in the ARN of one of AWS's own policies, in whichever partition.
fn managed_name(arn: &str) -> Option<&str> {
    let (partition, rest) = arn.strip_prefix("arn:")?.split_once(':')?;
    rest.strip_prefix("iam::aws:policy/").filter(|_| ["aws", "aws-cn", "aws-us-gov"].contains(&partition))
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
    }

    #[test]
    fn managed_policies_allow_what_aws_lets_them() {
        for (policy, action, expected) in [
            ("aws:policy/ReadOnlyAccess", "lambda:ListFunctions", true),
            ("aws-cn:policy/AdministratorAccess", "iam:GetAccountSummary", true),
            ("aws-us-gov:policy/SecurityAudit", "iam:GetAccountSummary", true),
            ("aws:policy/SecurityAudit", "guardduty:GetDetector", true),
            ("aws:policy/SecurityAudit", "support:DescribeSeverityLevels", false),
            ("aws:policy/job-function/ViewOnlyAccess", "ec2:DescribeVpcs", true),
            ("aws:policy/job-function/ViewOnlyAccess", "iam:GenerateCredentialReport", false),
        ] {
            let (partition, name) = policy.split_once(':').unwrap();
            let arn = format!("arn:{partition}:iam::aws:{name}");
            assert_eq!(parse(None, &[arn]).unwrap().unwrap().contains(action), expected, "{policy} {action}");
        }
        let elsewhere = ["arn:moon:iam::aws:policy/SecurityAudit", "arn:aws:iam::111111111111:policy/SecurityAudit"];
        assert!(elsewhere.iter().all(|arn| parse(None, &[(*arn).to_owned()]).is_err()));
    }

    #[test]
    fn every_line_of_a_managed_policy_is_an_action() {
        for (name, actions) in MANAGED {
            assert!(actions.patterns().all(|pattern| pattern == "*" || pattern.split_once(':').is_some()), "{name}");
        }
    }
}
