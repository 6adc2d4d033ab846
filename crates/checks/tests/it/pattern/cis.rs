//! The metric filters that the CIS AWS Foundations Benchmark publishes in its section on monitoring, word for word, spaces and all.

use serde_json::{Value, json};

use super::filter;

pub const UNAUTHORIZED_CALLS: &str = r#"{($.errorCode ="*UnauthorizedOperation") || ($.errorCode ="AccessDenied*") && ($.sourceIPAddress!="delivery.logs.amazonaws.com") && ($.eventName!="HeadBucket") }"#;
pub const UNAUTHORIZED_CALLS_1_2: &str = r#"{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }"#;
pub const SIGN_IN_WITHOUT_MFA: &str = r#"{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }"#;
pub const SIGN_IN_WITHOUT_MFA_1_2: &str = r#"{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") }"#;
pub const ROOT_USAGE: &str =
    r#"{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }"#;
pub const SIGN_IN_FAILURES: &str = r#"{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }"#;

/// The pattern, the service that it asks for if it does, another one, and all the calls.
pub const CHANGES: &[(&str, Option<&str>, &[&str])] = &[
    (
        "{($.eventName=DeleteGroupPolicy)||($.eventName=DeleteRolePolicy)||($.eventName=DeleteUserPolicy)||($.eventName=PutGroupPolicy)||($.eventName=PutRolePolicy)||($.eventName=PutUserPolicy)||($.eventName=CreatePolicy)||($.eventName=DeletePolicy)||($.eventName=CreatePolicyVersion)||($.eventName=DeletePolicyVersion)||($.eventName=AttachRolePolicy)||($.eventName=DetachRolePolicy)||($.eventName=AttachUserPolicy)||($.eventName=DetachUserPolicy)||($.eventName=AttachGroupPolicy)||($.eventName=DetachGroupPolicy)}",
        None,
        &[
            "DeleteGroupPolicy",
            "DeleteRolePolicy",
            "DeleteUserPolicy",
            "PutGroupPolicy",
            "PutRolePolicy",
            "PutUserPolicy",
            "CreatePolicy",
            "DeletePolicy",
            "CreatePolicyVersion",
            "DeletePolicyVersion",
            "AttachRolePolicy",
            "DetachRolePolicy",
            "AttachUserPolicy",
            "DetachUserPolicy",
            "AttachGroupPolicy",
            "DetachGroupPolicy",
        ],
    ),
    (
        "{ ($.eventName = CreateTrail) || ($.eventName = UpdateTrail) || ($.eventName = DeleteTrail) || ($.eventName = StartLogging) || ($.eventName = StopLogging) }",
        None,
        &["CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"],
    ),
    (
        "{($.eventSource = kms.amazonaws.com) && (($.eventName=DisableKey)||($.eventName=ScheduleKeyDeletion)) }",
        Some("kms.amazonaws.com"),
        &["DisableKey", "ScheduleKeyDeletion"],
    ),
    (
        "{ ($.eventSource = s3.amazonaws.com) && (($.eventName = PutBucketAcl) || ($.eventName = PutBucketPolicy) || ($.eventName = PutBucketCors) || ($.eventName = PutBucketLifecycle) || ($.eventName = PutBucketReplication) || ($.eventName = DeleteBucketPolicy) || ($.eventName = DeleteBucketCors) || ($.eventName = DeleteBucketLifecycle) || ($.eventName = DeleteBucketReplication)) }",
        Some("s3.amazonaws.com"),
        &[
            "PutBucketAcl",
            "PutBucketPolicy",
            "PutBucketCors",
            "PutBucketLifecycle",
            "PutBucketReplication",
            "DeleteBucketPolicy",
            "DeleteBucketCors",
            "DeleteBucketLifecycle",
            "DeleteBucketReplication",
        ],
    ),
    (
        "{ ($.eventSource = config.amazonaws.com) && (($.eventName=StopConfigurationRecorder)||($.eventName=DeleteDeliveryChannel)||($.eventName=PutDeliveryChannel)||($.eventName=PutConfigurationRecorder)) }",
        Some("config.amazonaws.com"),
        &["StopConfigurationRecorder", "DeleteDeliveryChannel", "PutDeliveryChannel", "PutConfigurationRecorder"],
    ),
    (
        "{ ($.eventName = AuthorizeSecurityGroupIngress) || ($.eventName = AuthorizeSecurityGroupEgress) || ($.eventName = RevokeSecurityGroupIngress) || ($.eventName = RevokeSecurityGroupEgress) || ($.eventName = CreateSecurityGroup) || ($.eventName = DeleteSecurityGroup) }",
        None,
        &[
            "AuthorizeSecurityGroupIngress",
            "AuthorizeSecurityGroupEgress",
            "RevokeSecurityGroupIngress",
            "RevokeSecurityGroupEgress",
            "CreateSecurityGroup",
            "DeleteSecurityGroup",
        ],
    ),
    (
        "{ ($.eventName = CreateNetworkAcl) || ($.eventName = CreateNetworkAclEntry) || ($.eventName = DeleteNetworkAcl) || ($.eventName = DeleteNetworkAclEntry) || ($.eventName = ReplaceNetworkAclEntry) || ($.eventName = ReplaceNetworkAclAssociation) }",
        None,
        &[
            "CreateNetworkAcl",
            "CreateNetworkAclEntry",
            "DeleteNetworkAcl",
            "DeleteNetworkAclEntry",
            "ReplaceNetworkAclEntry",
            "ReplaceNetworkAclAssociation",
        ],
    ),
    (
        "{ ($.eventName = CreateCustomerGateway) || ($.eventName = DeleteCustomerGateway) || ($.eventName = AttachInternetGateway) || ($.eventName = CreateInternetGateway) || ($.eventName = DeleteInternetGateway) || ($.eventName = DetachInternetGateway) }",
        None,
        &[
            "CreateCustomerGateway",
            "DeleteCustomerGateway",
            "AttachInternetGateway",
            "CreateInternetGateway",
            "DeleteInternetGateway",
            "DetachInternetGateway",
        ],
    ),
    (
        "{($.eventSource = ec2.amazonaws.com) && (($.eventName = CreateRoute) || ($.eventName = CreateRouteTable) || ($.eventName = ReplaceRoute) || ($.eventName = ReplaceRouteTableAssociation) || ($.eventName = DeleteRouteTable) || ($.eventName = DeleteRoute) || ($.eventName = DisassociateRouteTable)) }",
        Some("ec2.amazonaws.com"),
        &[
            "CreateRoute",
            "CreateRouteTable",
            "ReplaceRoute",
            "ReplaceRouteTableAssociation",
            "DeleteRouteTable",
            "DeleteRoute",
            "DisassociateRouteTable",
        ],
    ),
    (
        "{ ($.eventName = CreateVpc) || ($.eventName = DeleteVpc) || ($.eventName = ModifyVpcAttribute) || ($.eventName = AcceptVpcPeeringConnection) || ($.eventName = CreateVpcPeeringConnection) || ($.eventName = DeleteVpcPeeringConnection) || ($.eventName = RejectVpcPeeringConnection) || ($.eventName = AttachClassicLinkVpc) || ($.eventName = DetachClassicLinkVpc) || ($.eventName = DisableVpcClassicLink) || ($.eventName = EnableVpcClassicLink) }",
        None,
        &[
            "CreateVpc",
            "DeleteVpc",
            "ModifyVpcAttribute",
            "AcceptVpcPeeringConnection",
            "CreateVpcPeeringConnection",
            "DeleteVpcPeeringConnection",
            "RejectVpcPeeringConnection",
            "AttachClassicLinkVpc",
            "DetachClassicLinkVpc",
            "DisableVpcClassicLink",
            "EnableVpcClassicLink",
        ],
    ),
    (
        r#"{ ($.eventSource = organizations.amazonaws.com) && (($.eventName = "AcceptHandshake") || ($.eventName = "AttachPolicy") || ($.eventName = "CreateAccount") || ($.eventName = "CreateOrganizationalUnit") || ($.eventName = "CreatePolicy") || ($.eventName = "DeclineHandshake") || ($.eventName = "DeleteOrganization") || ($.eventName = "DeleteOrganizationalUnit") || ($.eventName = "DeletePolicy") || ($.eventName = "DetachPolicy") || ($.eventName = "DisablePolicyType") || ($.eventName = "EnablePolicyType") || ($.eventName = "InviteAccountToOrganization") || ($.eventName = "LeaveOrganization") || ($.eventName = "MoveAccount") || ($.eventName = "RemoveAccountFromOrganization") || ($.eventName = "UpdatePolicy") || ($.eventName = "UpdateOrganizationalUnit")) }"#,
        Some("organizations.amazonaws.com"),
        &[
            "AcceptHandshake",
            "AttachPolicy",
            "CreateAccount",
            "CreateOrganizationalUnit",
            "CreatePolicy",
            "DeclineHandshake",
            "DeleteOrganization",
            "DeleteOrganizationalUnit",
            "DeletePolicy",
            "DetachPolicy",
            "DisablePolicyType",
            "EnablePolicyType",
            "InviteAccountToOrganization",
            "LeaveOrganization",
            "MoveAccount",
            "RemoveAccountFromOrganization",
            "UpdatePolicy",
            "UpdateOrganizationalUnit",
        ],
    ),
];

fn call(source: &str, name: &str) -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {"type": "AssumedRole", "accountId": "111122223333"},
        "eventTime": "2025-01-01T00:00:00Z",
        "eventSource": source,
        "eventName": name,
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "192.0.2.1",
        "requestParameters": null,
        "responseElements": null,
        "readOnly": false,
        "resources": [{"accountId": "111122223333", "type": "AWS::KMS::Key"}],
        "eventType": "AwsApiCall",
    })
}

/// The record with some of its fields replaced, or removed where the new value is null.
fn with(mut record: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().expect("an object") {
        if value.is_null() {
            record.as_object_mut().expect("an object").remove(name);
        } else {
            record[name] = value.clone();
        }
    }
    record
}

#[test]
fn changes_are_matched_call_by_call() {
    for (pattern, source, names) in CHANGES {
        let from = source.unwrap_or("ec2.amazonaws.com");
        for name in *names {
            let event = call(from, name);
            assert!(filter(pattern, &event), "{name} {pattern}");
            if source.is_some() {
                assert!(!filter(pattern, &call("sts.amazonaws.com", name)), "{name} of another service {pattern}");
            }
            assert!(!filter(pattern, &call(from, &format!("{name}s"))), "{pattern}");
            assert!(!filter(pattern, &call(from, &name.to_lowercase())), "{pattern}");
            assert!(!filter(pattern, &with(event, &json!({"eventName": null}))), "{pattern}");
        }
        assert!(!filter(pattern, &call(from, "DescribeInstances")), "{pattern}");
    }
}

#[test]
fn a_call_that_is_left_out_or_misspelt_is_not_matched_and_all_others_are() {
    for (pattern, source, names) in CHANGES {
        let from = source.unwrap_or("ec2.amazonaws.com");
        for name in *names {
            let event = call(from, name);
            for written in [format!("={name})"), format!("= {name})"), format!("= \"{name}\")")] {
                if !pattern.contains(&written) {
                    continue;
                }
                let misspelt = pattern.replace(&written, &written.replace(*name, &format!("{name}X")));
                assert!(!filter(&misspelt, &event), "{misspelt}");
                let left_out = pattern.replace(&format!("($.eventName{written}"), "($.never = x)");
                let left_out = left_out.replace(&format!("($.eventName {written}"), "($.never = x)");
                assert!(!filter(&left_out, &event), "{left_out}");
                let inverted = pattern.replace(&written, &format!("!{written}"));
                assert!(!filter(&inverted, &event) && filter(&inverted, &call(from, "DescribeInstances")), "{inverted}");
                for other in names.iter().filter(|other| *other != name) {
                    assert!(filter(&misspelt, &call(from, other)) && filter(&left_out, &call(from, other)), "{other} {misspelt}");
                }
            }
        }
    }
}

#[test]
fn unauthorized_calls() {
    let denied = |code: &str| with(call("ec2.amazonaws.com", "RunInstances"), &json!({"errorCode": code}));
    for pattern in [UNAUTHORIZED_CALLS, UNAUTHORIZED_CALLS_1_2] {
        for code in ["AccessDenied", "AccessDeniedException", "Client.UnauthorizedOperation", "UnauthorizedOperation"] {
            assert!(filter(pattern, &denied(code)), "{code} {pattern}");
        }
        for code in ["Client.AccessDenied", "UnauthorizedOperation.Dry", "accessdenied", "ThrottlingException", ""] {
            assert!(!filter(pattern, &denied(code)), "{code} {pattern}");
        }
        assert!(!filter(pattern, &call("ec2.amazonaws.com", "RunInstances")));
    }
    let head = with(denied("AccessDenied"), &json!({"eventName": "HeadBucket"}));
    let delivery = with(denied("AccessDenied"), &json!({"sourceIPAddress": "delivery.logs.amazonaws.com"}));
    let delivery_first_half = with(denied("Client.UnauthorizedOperation"), &json!({"sourceIPAddress": "delivery.logs.amazonaws.com"}));
    assert!(!filter(UNAUTHORIZED_CALLS, &head) && filter(UNAUTHORIZED_CALLS_1_2, &head));
    assert!(!filter(UNAUTHORIZED_CALLS, &delivery));
    assert!(filter(UNAUTHORIZED_CALLS, &delivery_first_half), "&& binds tighter than ||");
}

fn sign_in(mfa: &str, outcome: &str) -> Value {
    let changes = json!({
        "eventType": "AwsConsoleSignIn",
        "userIdentity": {"type": "IAMUser", "userName": "mary"},
        "additionalEventData": {"MobileVersion": "No", "MFAUsed": mfa},
        "responseElements": {"ConsoleLogin": outcome},
    });
    with(call("signin.amazonaws.com", "ConsoleLogin"), &changes)
}

#[test]
fn console_sign_in_without_mfa() {
    for pattern in [SIGN_IN_WITHOUT_MFA, SIGN_IN_WITHOUT_MFA_1_2] {
        assert!(filter(pattern, &sign_in("No", "Success")), "{pattern}");
        assert!(!filter(pattern, &sign_in("Yes", "Success")), "{pattern}");
        assert!(!filter(pattern, &call("iam.amazonaws.com", "CreateUser")), "{pattern}");
        // A field that is not there is not unequal.
        assert!(!filter(pattern, &with(sign_in("No", "Success"), &json!({"additionalEventData": null}))), "{pattern}");
        let inverted = pattern.replace("MFAUsed !=", "MFAUsed =");
        assert!(!filter(&inverted, &sign_in("No", "Success")) && filter(&inverted, &sign_in("Yes", "Success")), "{inverted}");
        let misspelt = pattern.replace("MFAUsed", "MfaUsed");
        assert!(!filter(&misspelt, &sign_in("No", "Success")), "{misspelt}");
    }
    assert!(!filter(SIGN_IN_WITHOUT_MFA, &sign_in("No", "Failure")));
    assert!(!filter(SIGN_IN_WITHOUT_MFA, &with(sign_in("No", "Success"), &json!({"userIdentity": {"type": "AssumedRole"}}))));
    assert!(filter(r#"{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed = "No") }"#, &sign_in("No", "Success")));
}

#[test]
fn usage_of_root() {
    let root = |changes: Value| with(with(call("iam.amazonaws.com", "CreateUser"), &json!({"userIdentity": {"type": "Root"}})), &changes);
    let with_parentheses =
        r#"{ ($.userIdentity.type = "Root") && ($.userIdentity.invokedBy NOT EXISTS) && ($.eventType != "AwsServiceEvent") }"#;
    for pattern in [ROOT_USAGE, with_parentheses] {
        assert!(filter(pattern, &root(json!({}))), "{pattern}");
        assert!(filter(pattern, &root(json!({"eventType": "AwsConsoleSignIn"}))), "{pattern}");
        assert!(!filter(pattern, &root(json!({"eventType": "AwsServiceEvent"}))), "{pattern}");
        assert!(!filter(pattern, &root(json!({"userIdentity": {"type": "Root", "invokedBy": "support.amazonaws.com"}}))), "{pattern}");
        assert!(!filter(pattern, &call("iam.amazonaws.com", "CreateUser")), "{pattern}");
        for wrong in [pattern.replace("!=", "="), pattern.replace("\"Root\"", "\"root\""), pattern.replace("NOT EXISTS", "= \"x\"")] {
            assert!(!filter(&wrong, &root(json!({}))), "{wrong}");
        }
    }
}

#[test]
fn console_sign_in_failures() {
    let failed = with(sign_in("No", "Failure"), &json!({"errorMessage": "Failed authentication"}));
    assert!(filter(SIGN_IN_FAILURES, &failed));
    assert!(!filter(SIGN_IN_FAILURES, &sign_in("No", "Success")));
    assert!(!filter(SIGN_IN_FAILURES, &with(failed.clone(), &json!({"errorMessage": "No username found in supplied account"}))));
    assert!(!filter(SIGN_IN_FAILURES, &with(failed.clone(), &json!({"eventName": "SwitchRole"}))));
    assert!(!filter(&SIGN_IN_FAILURES.replace("Failed a", "Failed A"), &failed));
    assert!(!filter(&SIGN_IN_FAILURES.replace("errorMessage =", "errorMessage !="), &failed));
}
