//! `orgsweep policy`.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::{Folder, orgsweep, stderr, stdout};

/// The policy, and what was said beside it.
fn policy(config: &str, arguments: &[&str]) -> (Value, String) {
    static FOLDERS: AtomicUsize = AtomicUsize::new(0);
    let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
    let folder = Folder::with(&format!("policy-{number}"), "orgsweep.yaml", config);
    let output = orgsweep(&[&["policy"], arguments].concat()).current_dir(&folder.0).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    (serde_json::from_str(&stdout(&output)).unwrap(), stderr(&output))
}

fn sids(policy: &Value) -> Vec<&str> {
    policy["Statement"].as_array().unwrap().iter().map(|statement| statement["Sid"].as_str().unwrap()).collect()
}

#[test]
fn only_enabled_checks_ask_for_permissions() {
    let (policy, said) = policy("checks: {disable: ['*-*']}", &["member"]);
    assert_eq!(
        policy,
        json!({"Version": "2012-10-17", "Statement": [
            {"Sid": "EnabledRegions", "Effect": "Allow", "Action": ["ec2:DescribeRegions"], "Resource": "*"}
        ]})
    );
    assert_eq!(said, "");
}

#[test]
fn the_member_s_policy_reads_as_it_is_documented() {
    let folder = Folder::with("policy-text", "orgsweep.yaml", "");
    let output = orgsweep(&["policy", "member"]).current_dir(&folder.0).output().unwrap();
    let text = stdout(&output);
    assert!(
        text.starts_with("{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Sid\": \"EnabledRegions\",\n"),
        "{text}"
    );
    assert_eq!(text, stdout(&orgsweep(&["policy", "member"]).current_dir(&folder.0).output().unwrap()), "always the same text");
}

#[test]
fn the_hub_assumes_roles_of_the_configured_name_and_partition() {
    let config = "sessions: {role_name: Reader}\nselect: {regions: {home: us-gov-west-1}}\nmetrics: {account_labels: [team]}";
    let (policy, _) = policy(config, &["hub"]);
    assert_eq!(sids(&policy), ["AssumeRoleInAccounts", "ReadOrganization"]);
    assert_eq!(policy["Statement"][0]["Resource"], "arn:aws-us-gov:iam::*:role/Reader");
    let actions = policy["Statement"][1]["Action"].to_string();
    assert!(actions.contains("organizations:ListAccounts\"") && actions.contains("organizations:ListTagsForResource"), "{actions}");
}

#[test]
fn a_role_for_the_organization_has_a_policy_of_its_own() {
    // Some checks ask for the accounts' tags.
    let config = "organization: {role_arn: 'arn:aws:iam::111122223333:role/Lister'}\nchecks: {disable: ['*environment*', 'support-*']}";
    let (hub, said) = policy(config, &["hub"]);
    assert_eq!(sids(&hub), ["AssumeRoleInAccounts", "AssumeRoleForOrganization"]);
    assert!(said.contains("arn:aws:iam::111122223333:role/Lister needs"), "{said}");
    let (organization, said) = policy(config, &["organization"]);
    assert_eq!((sids(&organization), said.as_str()), (vec!["ReadOrganization"], ""));
    assert!(!organization.to_string().contains("ListTagsForResource"), "nobody asked for tags");
}

#[test]
fn the_trust_policy_has_a_placeholder_unless_it_is_told_whom_to_trust() {
    let (trust, said) = policy("", &["trust"]);
    assert_eq!(trust["Statement"][0]["Principal"], json!({"AWS": "arn:aws:iam::ACCOUNT-ID-OF-ORGSWEEP:root"}));
    assert!(said.starts_with("warning: replace ACCOUNT-ID-OF-ORGSWEEP"), "{said}");

    let principal = "arn:aws:iam::111122223333:role/orgsweep";
    let config = "sessions: {external_id: our-secret}";
    let (trust, said) = policy(config, &["trust", "--principal", principal, "--organization-id", "o-a1b2c3d4e5"]);
    assert_eq!(
        trust["Statement"],
        json!([{
            "Sid": "TrustOrgsweep", "Effect": "Allow", "Principal": {"AWS": principal}, "Action": ["sts:AssumeRole"],
            "Condition": {"StringEquals": {"sts:ExternalId": "our-secret", "aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
        }])
    );
    assert_eq!(said, "");
}

#[test]
fn whom_no_role_can_trust_is_bad_usage() {
    let folder = Folder::with("policy-refused", "orgsweep.yaml", "");
    for arguments in [
        ["policy", "trust", "--principal", "*"],
        ["policy", "trust", "--principal", "arn:aws-cn:iam::111122223333:root"],
        ["policy", "trust", "--organization-id", "example"],
    ] {
        let output = orgsweep(&arguments).current_dir(&folder.0).output().unwrap();
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(64), ""), "{arguments:?}");
    }
}
