//! Which events the alarm checks are about, and how accounts ask for them.

use super::alarms::{
    AssumeRoleFailure, BucketPolicyChange, GatewayChange, KeyCreation, KmsKeyDeletion, KmsUnusableKeyUse, NetworkAclChange, PolicyChange,
    RoleChange, RootUsage, SecurityGroupChange, SignInFailure, SignInWithoutMfa, TrailChange, UnauthorizedCall, UserCreation, VpcChange,
    Watch,
};
use super::{Check, Trait};
use crate::org::{Account, Organization};

/// One check, and how others ask for its events.
pub(crate) struct Alarm {
    pub(crate) check: &'static Check,
    /// Whether trails take its events for reads.
    pub(crate) reads: bool,
    events: Events,
}

enum Events {
    /// Calls of a service; whether the metric filter asks for the service, too.
    Calls { service: &'static str, named: bool, calls: &'static [&'static str] },
    /// A metric filter's pattern, one that misses an event, and an event pattern.
    Others { filter: &'static str, missed: &'static str, rule: &'static str },
}

const fn calls(check: &'static Check, service: &'static str, named: bool, calls: &'static [&'static str]) -> Alarm {
    Alarm { check, reads: false, events: Events::Calls { service, named, calls } }
}

const fn others(check: &'static Check, reads: bool, filter: &'static str, missed: &'static str, rule: &'static str) -> Alarm {
    Alarm { check, reads, events: Events::Others { filter, missed, rule } }
}

/// All of them, as the benchmarks and guides publish them.
pub(crate) const ALARMS: [Alarm; 17] = [
    others(
        RootUsage::CHECK,
        false,
        r#"{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }"#,
        r#"{ $.userIdentity.type = "Root" && $.eventName = "ConsoleLogin" }"#,
        r#"{"detail": {"userIdentity": {"type": ["Root"]}}}"#,
    ),
    others(
        SignInFailure::CHECK,
        false,
        r#"{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }"#,
        r#"{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failure") }"#,
        r#"{"source": ["aws.signin"], "detail": {"eventName": ["ConsoleLogin"], "errorMessage": ["Failed authentication"]}}"#,
    ),
    others(
        SignInWithoutMfa::CHECK,
        false,
        r#"{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }"#,
        r#"{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed = "Yes") && ($.userIdentity.type = "IAMUser") }"#,
        r#"{"detail-type": ["AWS Console Sign In via CloudTrail"], "detail": {"additionalEventData": {"MFAUsed": ["No"]}, "responseElements": {"ConsoleLogin": ["Success"]}}}"#,
    ),
    others(
        UnauthorizedCall::CHECK,
        false,
        r#"{($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*")}"#,
        r#"{($.errorCode = "*UnauthorizedOperation")}"#,
        r#"{"detail": {"errorCode": [{"suffix": "UnauthorizedOperation"}, {"prefix": "AccessDenied"}]}}"#,
    ),
    calls(
        PolicyChange::CHECK,
        "iam",
        false,
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
    calls(RoleChange::CHECK, "iam", true, &["CreateRole", "DeleteRole", "UpdateAssumeRolePolicy"]),
    calls(UserCreation::CHECK, "iam", false, &["CreateUser"]),
    calls(KeyCreation::CHECK, "iam", false, &["CreateAccessKey"]),
    calls(TrailChange::CHECK, "cloudtrail", false, &["CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"]),
    others(
        AssumeRoleFailure::CHECK,
        true,
        r#"{ ($.eventSource = sts.amazonaws.com) && ($.eventName = AssumeRole) && ($.errorCode = "AccessDenied*") }"#,
        r#"{ ($.eventSource = signin.amazonaws.com) && ($.eventName = SwitchRole) && ($.errorCode = "AccessDenied*") }"#,
        r#"{"source": ["aws.sts"], "detail": {"eventName": ["AssumeRole"], "errorCode": ["AccessDenied"]}}"#,
    ),
    calls(
        BucketPolicyChange::CHECK,
        "s3",
        true,
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
    calls(KmsKeyDeletion::CHECK, "kms", true, &["DisableKey", "ScheduleKeyDeletion"]),
    others(
        KmsUnusableKeyUse::CHECK,
        true,
        r#"{ ($.eventSource = kms.amazonaws.com) && (($.errorCode = "DisabledException") || ($.errorCode = "KMSInvalidStateException")) }"#,
        r#"{ ($.eventSource = kms.amazonaws.com) && ($.errorCode = "DisabledException") }"#,
        r#"{"source": ["aws.kms"], "detail": {"errorCode": ["DisabledException", "KMSInvalidStateException"]}}"#,
    ),
    calls(
        SecurityGroupChange::CHECK,
        "ec2",
        false,
        &[
            "AuthorizeSecurityGroupIngress",
            "AuthorizeSecurityGroupEgress",
            "RevokeSecurityGroupIngress",
            "RevokeSecurityGroupEgress",
            "CreateSecurityGroup",
            "DeleteSecurityGroup",
        ],
    ),
    calls(
        NetworkAclChange::CHECK,
        "ec2",
        false,
        &[
            "CreateNetworkAcl",
            "CreateNetworkAclEntry",
            "DeleteNetworkAcl",
            "DeleteNetworkAclEntry",
            "ReplaceNetworkAclEntry",
            "ReplaceNetworkAclAssociation",
        ],
    ),
    calls(
        GatewayChange::CHECK,
        "ec2",
        false,
        &[
            "CreateCustomerGateway",
            "DeleteCustomerGateway",
            "AttachInternetGateway",
            "CreateInternetGateway",
            "DeleteInternetGateway",
            "DetachInternetGateway",
        ],
    ),
    calls(
        VpcChange::CHECK,
        "ec2",
        false,
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
];

impl Alarm {
    /// What there is for the check in this account.
    pub(crate) fn watch(&self, organization: &Organization, account: &Account) -> Watch {
        Watch::ALL[organization.choose(self.check, account, "global")]
    }

    /// The metric filter's pattern.
    pub(crate) fn filter(&self, watch: Watch) -> String {
        let misses = matches!(watch, Watch::Shared | Watch::OneMissed);
        match &self.events {
            // Held against a line of text.
            _ if watch == Watch::Unreadable => "Root -AwsServiceEvent".to_owned(),
            Events::Others { filter, missed, .. } => (if misses { *missed } else { *filter }).to_owned(),
            Events::Calls { service, named, calls } => {
                let name = |(number, call): (usize, &&str)| {
                    let call = if misses && number + 1 == calls.len() { "TestCall" } else { *call };
                    format!("($.eventName = {call})")
                };
                let names = calls.iter().enumerate().map(name).collect::<Vec<_>>().join(" || ");
                if *named { format!("{{ ($.eventSource = {service}.amazonaws.com) && ({names}) }}") } else { format!("{{ {names} }}") }
            }
        }
    }

    /// The rule's pattern.
    pub(crate) fn rule(&self) -> serde_json::Value {
        match &self.events {
            Events::Others { rule, .. } => serde_json::from_str(rule).unwrap_or_default(),
            Events::Calls { service, calls, .. } => serde_json::json!({
                "source": [format!("aws.{service}")],
                "detail-type": ["AWS API Call via CloudTrail"],
                "detail": {"eventSource": [format!("{service}.amazonaws.com")], "eventName": calls},
            }),
        }
    }
}
