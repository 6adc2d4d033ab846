//! Reading and holding against an event the patterns that people have put into their accounts.

use divan::{Bencher, black_box};
use orgsweep_checks::pattern::{EventPattern, FilterPattern};
use serde_json::{Value, json};

/// As the CIS benchmark has it.
const FILTER: &str = r"{ ($.eventName = DeleteGroupPolicy) || ($.eventName = DeleteRolePolicy) || ($.eventName = DeleteUserPolicy) || ($.eventName = PutGroupPolicy) || ($.eventName = PutRolePolicy) || ($.eventName = PutUserPolicy) || ($.eventName = CreatePolicy) || ($.eventName = DeletePolicy) || ($.eventName = CreatePolicyVersion) || ($.eventName = DeletePolicyVersion) || ($.eventName = AttachRolePolicy) || ($.eventName = DetachRolePolicy) || ($.eventName = AttachUserPolicy) || ($.eventName = DetachUserPolicy) || ($.eventName = AttachGroupPolicy) || ($.eventName = DetachGroupPolicy) }";

const EVENT: &str = r#"{
    "source": ["aws.iam", {"prefix": "aws.sts"}],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {
        "eventName": ["CreatePolicy", "DeletePolicy", {"wildcard": "Attach*Policy"}, {"anything-but": {"prefix": "Get"}}],
        "errorCode": [{"exists": false}]
    }
}"#;

/// What `CloudTrail` writes of one call.
fn record() -> Value {
    json!({
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "AssumedRole", "principalId": "AROAEXAMPLE:session", "arn": "arn:aws:sts::111122223333:assumed-role/admin/session",
            "accountId": "111122223333", "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
            "sessionContext": {"attributes": {"creationDate": "2026-03-01T11:00:00Z", "mfaAuthenticated": "false"}},
        },
        "eventTime": "2026-03-01T12:00:00Z", "eventSource": "iam.amazonaws.com", "eventName": "DetachGroupPolicy", "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.1", "userAgent": "aws-cli/2.15.0", "requestParameters": {"groupName": "people"},
        "responseElements": null, "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": "111122223333",
    })
}

fn event() -> Value {
    json!({
        "version": "0", "id": "0d079340-135a-4ca6-b8e4-8dc7e1e4dc56", "detail-type": "AWS API Call via CloudTrail", "source": "aws.iam",
        "account": "111122223333", "time": "2026-03-01T12:00:00Z", "region": "us-east-1", "resources": [], "detail": record(),
    })
}

#[divan::bench]
fn filter_read() -> FilterPattern {
    FilterPattern::parse(black_box(FILTER)).unwrap()
}

#[divan::bench]
fn filter_match(bencher: Bencher<'_, '_>) {
    let (pattern, record) = (FilterPattern::parse(FILTER).unwrap(), record());
    assert!(pattern.matches(&record));
    bencher.bench(|| pattern.matches(black_box(&record)));
}

#[divan::bench]
fn event_read() -> EventPattern {
    EventPattern::parse(black_box(EVENT)).unwrap()
}

#[divan::bench]
fn event_match(bencher: Bencher<'_, '_>) {
    let (pattern, event) = (EventPattern::parse(EVENT).unwrap(), event());
    assert!(pattern.matches(&event));
    bencher.bench(|| pattern.matches(black_box(&event)));
}
