//! The session policy that every `AssumeRole` carries: exactly what the enabled checks' facts declare, so that even an administrator role
//! is confined to reading.

use std::collections::BTreeSet;

use orgsweep_model::{FactKind, Operation};
use serde_json::json;

/// STS refuses a longer inline session policy.
const LIMIT: usize = 2_048;

/// What a sweep calls in an account's session besides its facts' operations.
pub(crate) const DESCRIBE_REGIONS: Operation = Operation::new("ec2", "DescribeRegions", "ec2:DescribeRegions");

/// The policy does not fit into an `AssumeRole` request.
#[derive(Debug, thiserror::Error)]
#[error(
    "the session policy for the enabled checks has {length} characters, more than the {LIMIT} that STS accepts; set sessions.restrict to false or disable checks"
)]
pub struct PolicyTooLong {
    length: usize,
}

/// The policy for these facts, as compact JSON.
pub fn session_policy(facts: &[FactKind]) -> Result<String, PolicyTooLong> {
    let operations = facts.iter().flat_map(|kind| kind.spec().operations);
    let actions: BTreeSet<&str> = operations.chain([&DESCRIBE_REGIONS]).map(|operation| operation.action).collect();
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}],
    })
    .to_string();
    if policy.len() > LIMIT { Err(PolicyTooLong { length: policy.len() }) } else { Ok(policy) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_enabled_fits_and_only_reads() {
        let policy = session_policy(FactKind::ALL).unwrap();
        assert!(policy.contains("\"s3:GetAccountPublicAccessBlock\""));
        assert!(!policy.contains("organizations:"), "hub operations are not asked in an account's session");
        let free = FactKind::ALL.iter().copied().filter(|kind| kind.spec().operations.iter().all(|operation| operation.micro_usd == 0));
        assert!(policy.contains("\"ce:GetCostAndUsage\""));
        assert!(!session_policy(&free.collect::<Vec<_>>()).unwrap().contains("ce:GetCostAndUsage"));
        for word in ["Put", "Create", "Delete", "Update", "Attach", "*:*"] {
            assert!(!policy.contains(word), "{word} in {policy}");
        }
    }
}
