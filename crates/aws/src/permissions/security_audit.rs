//! What of our actions AWS's managed policy `SecurityAudit` allows.

/// One pattern a line, after lines of comment.
const PATTERNS: &str = include_str!("../../data/security_audit.txt");

/// The policy's ARN in a partition.
pub(super) fn arn(partition: &str) -> String {
    format!("arn:{partition}:iam::aws:policy/SecurityAudit")
}

/// Whether the policy allows an action.
pub(super) fn allows(action: &str) -> bool {
    patterns().any(|pattern| matches(pattern.as_bytes(), action.as_bytes()))
}

fn patterns() -> impl Iterator<Item = &'static str> {
    PATTERNS.lines().filter(|line| !line.starts_with('#'))
}

/// Whether an action fits a pattern as IAM compares them: without regard to case, `*` any run of characters, `?` any one.
fn matches(pattern: &[u8], action: &[u8]) -> bool {
    match (pattern, action) {
        ([], []) => true,
        ([b'*', after @ ..], _) => matches(after, action) || action.split_first().is_some_and(|(_, shorter)| matches(pattern, shorter)),
        ([wanted, pattern @ ..], [byte, action @ ..]) => (*wanted == b'?' || wanted.eq_ignore_ascii_case(byte)) && matches(pattern, action),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_compared_as_iam_does() {
        for (pattern, action, expected) in [
            ("*", "iam:GetAccountSummary", true),
            ("iam:Get*", "iam:GetAccountSummary", true),
            ("IAM:getaccountsummary", "iam:GetAccountSummary", true),
            ("iam:*Summary", "iam:GetAccountSummary", true),
            ("iam:*Sum*", "iam:GetAccountSummary", true),
            ("iam:*Sum*Sum", "iam:GetAccountSummary", false),
            ("iam:Get?ccountSummary", "iam:GetAccountSummary", true),
            ("iam:GetAccountSummary*", "iam:GetAccountSummary", true),
            ("iam:GetAccountSummary?", "iam:GetAccountSummary", false),
            ("iam:Get", "iam:GetAccountSummary", false),
            ("iam:GetAccountSummary", "iam:Get", false),
            ("ec2:*", "iam:GetAccountSummary", false),
            ("", "", true),
        ] {
            assert_eq!(matches(pattern.as_bytes(), action.as_bytes()), expected, "{pattern} {action}");
        }
    }

    #[test]
    fn the_data_is_patterns_and_says_where_it_is_from() {
        assert!(PATTERNS.lines().any(|line| line.starts_with("# Source: ")));
        assert!(patterns().count() > 200);
        assert!(patterns().all(|pattern| pattern.split_once(':').is_some_and(|(service, name)| !service.is_empty() && !name.is_empty())));
        assert!(allows("ec2:DescribeRegions") && allows("iam:GenerateCredentialReport"));
        assert!(!allows("support:DescribeSeverityLevels") && !allows("s3:GetObject") && !allows("lambda:GetFunction"));
    }
}
