//! Sample events: what `CloudTrail` writes of the calls and sign-ins that somebody should be told of.
//!
//! Metric filters see a record as it is. `EventBridge` sees it wrapped. Fields that tell nothing about the kind of event are filled in
//! as they usually are, because patterns may well ask for them: `!=` is false of a field that is not there.

use orgsweep_model::fact::events::SOURCES;
use serde_json::{Value, json};

use crate::Context;

/// An event of the kind that a check is about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sample {
    /// A successful call that changes something: the service's endpoint prefix and the call.
    Call(&'static str, &'static str),
    /// A call that ends in an error.
    Refused {
        /// The service's endpoint prefix.
        service: &'static str,
        /// The call.
        call: &'static str,
        /// Whether `CloudTrail` takes the call for one that only reads.
        reads: bool,
        /// The error's code.
        code: &'static str,
        /// The error's message.
        message: &'static str,
    },
    /// The root user calls an API.
    RootCall(&'static str, &'static str),
    /// The root user signs in to the console.
    RootSignIn,
    /// An IAM user gives a wrong password.
    FailedSignIn,
    /// An IAM user signs in to the console without MFA.
    SignInWithoutMfa,
}

impl Sample {
    /// What a reason calls it.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Call(_, call) => call.to_owned(),
            Self::Refused { call, code, .. } => format!("{call} with the error {code}"),
            Self::RootCall(_, call) => format!("{call} by the root user"),
            Self::RootSignIn => "ConsoleLogin by the root user".to_owned(),
            Self::FailedSignIn => "ConsoleLogin with Failed authentication".to_owned(),
            Self::SignInWithoutMfa => "ConsoleLogin without MFA".to_owned(),
        }
    }

    /// The endpoint prefix of the service that reports it.
    fn service(self) -> &'static str {
        match self {
            Self::Call(service, _) | Self::Refused { service, .. } | Self::RootCall(service, _) => service,
            Self::RootSignIn | Self::FailedSignIn | Self::SignInWithoutMfa => "signin",
        }
    }

    fn event_name(self) -> &'static str {
        match self {
            Self::Call(_, call) | Self::Refused { call, .. } | Self::RootCall(_, call) => call,
            Self::RootSignIn | Self::FailedSignIn | Self::SignInWithoutMfa => "ConsoleLogin",
        }
    }

    /// The record's `eventSource`.
    pub(crate) fn source(self) -> String {
        format!("{}.amazonaws.com", self.service())
    }

    /// Whether it is a read in the eyes of a trail's event selectors.
    pub(crate) const fn reads(self) -> bool {
        matches!(self, Self::Refused { reads: true, .. })
    }

    /// Whether the event may reach only the bus of the partition's region of global services. Sign-ins come from several regions.
    pub(crate) fn is_global(self) -> bool {
        self.is_sign_in() || self.service() == "iam"
    }

    /// Whether it never reaches another bus.
    pub(crate) fn is_global_alone(self) -> bool {
        matches!(self, Self::RootSignIn) || self.service() == "iam"
    }

    const fn is_sign_in(self) -> bool {
        matches!(self, Self::RootSignIn | Self::FailedSignIn | Self::SignInWithoutMfa)
    }

    /// The record, as it stands in a trail's log group.
    pub(crate) fn record(self, context: &Context) -> Value {
        let account = context.account.to_string();
        let mut record = json!({
            "eventVersion": "1.11",
            "userIdentity": self.who(context),
            "eventTime": context.now.to_string(),
            "eventSource": self.source(),
            "eventName": self.event_name(),
            "awsRegion": context.home_region.as_str(),
            "sourceIPAddress": "203.0.113.7",
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
            "requestParameters": null,
            "responseElements": null,
            "eventID": "8a2b7f4e-6f0f-4f8f-9d55-2f1f6c0c9b11",
            "readOnly": self.reads(),
            "eventType": if self.is_sign_in() { "AwsConsoleSignIn" } else { "AwsApiCall" },
            "managementEvent": true,
            "recipientAccountId": account,
            "eventCategory": "Management",
            "tlsDetails": {
                "tlsVersion": "TLSv1.3",
                "cipherSuite": "TLS_AES_128_GCM_SHA256",
                "clientProvidedHostHeader": format!("{}.amazonaws.com", self.service()),
            },
        });
        match self {
            Self::Call(..) | Self::RootCall(..) => {}
            Self::Refused { code, message, .. } => {
                record["errorCode"] = code.into();
                record["errorMessage"] = message.into();
            }
            Self::RootSignIn | Self::SignInWithoutMfa => record["responseElements"] = json!({"ConsoleLogin": "Success"}),
            Self::FailedSignIn => {
                record["responseElements"] = json!({"ConsoleLogin": "Failure"});
                record["errorMessage"] = "Failed authentication".into();
            }
        }
        if self.is_sign_in() {
            let mfa = if matches!(self, Self::RootSignIn) { "Yes" } else { "No" };
            let page = "https://console.aws.amazon.com/console/home?state=hashArgs%23&isauthcode=true";
            record["additionalEventData"] = json!({"LoginTo": page, "MobileVersion": "No", "MFAUsed": mfa});
        } else {
            record["requestID"] = "4d9b8a1c-1c3c-4c55-8f0e-3a6f1b8b7c21".into();
            record["sessionCredentialFromConsole"] = "true".into();
        }
        record
    }

    /// Nobody acts on another's behalf: `invokedBy` is not there.
    fn who(self, context: &Context) -> Value {
        let (partition, account) = (context.home_region.partition(), context.account.to_string());
        let since = json!({"creationDate": context.now.to_string(), "mfaAuthenticated": "false"});
        match self {
            Self::RootCall(..) | Self::RootSignIn => json!({
                "type": "Root",
                "principalId": account,
                "arn": format!("arn:{partition}:iam::{account}:root"),
                "accountId": account,
                "accessKeyId": if self.is_sign_in() { "" } else { "ASIAIOSFODNN7EXAMPLE" },
                "sessionContext": {"attributes": since},
            }),
            Self::FailedSignIn | Self::SignInWithoutMfa => json!({
                "type": "IAMUser",
                "principalId": "AIDACKCEVSQ6C2EXAMPLE",
                "arn": format!("arn:{partition}:iam::{account}:user/mary"),
                "accountId": account,
                "accessKeyId": "",
                "userName": "mary",
            }),
            Self::Call(..) | Self::Refused { .. } => json!({
                "type": "AssumedRole",
                "principalId": "AROACKCEVSQ6C2EXAMPLE:mary",
                "arn": format!("arn:{partition}:sts::{account}:assumed-role/Administrator/mary"),
                "accountId": account,
                "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
                "sessionContext": {
                    "sessionIssuer": {
                        "type": "Role",
                        "principalId": "AROACKCEVSQ6C2EXAMPLE",
                        "arn": format!("arn:{partition}:iam::{account}:role/Administrator"),
                        "accountId": account,
                        "userName": "Administrator",
                    },
                    "attributes": since,
                },
            }),
        }
    }

    /// The record as `EventBridge` wraps it, on the default event bus of a region.
    pub(crate) fn event(self, context: &Context, region: &str) -> Value {
        let detail_type = if self.is_sign_in() { "AWS Console Sign In via CloudTrail" } else { "AWS API Call via CloudTrail" };
        let mut record = self.record(context);
        record["awsRegion"] = region.into();
        envelope(context, region, &format!("aws.{}", self.service()), detail_type, &[], &record)
    }
}

/// An event as `EventBridge` carries it.
pub(crate) fn envelope(context: &Context, region: &str, source: &str, detail_type: &str, resources: &[String], detail: &Value) -> Value {
    // Else the targets of rules for it would not be known.
    debug_assert!(SOURCES.contains(&source), "{source} is missing in fact::events::SOURCES");
    json!({
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": detail_type,
        "source": source,
        "account": context.account.to_string(),
        "time": context.now.to_string(),
        "region": region,
        "resources": resources,
        "detail": detail,
    })
}
