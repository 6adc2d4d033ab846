//! AWS Config: recorders, delivery channels, rules and their remediations.
//!
//! The service sends its states in capitals (`SUCCESS`), whatever its model says.

use serde_json::{Value, json};

use super::{Call, Operation, Service};
use crate::posture::config::{ConfigRules, Recorder, RecordingMode, Remediation};
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol, page, time};

const NAME: &str = "default";

pub(super) const SERVICE: Service = Service {
    signing_name: "config",
    protocol: Protocol::Json,
    target: "StarlingDoveService",
    operations: &[
        Operation {
            name: "DescribeConfigurationRecorders",
            action: "config:DescribeConfigurationRecorders",
            route: "",
            run: describe_recorders,
        },
        Operation {
            name: "DescribeConfigurationRecorderStatus",
            action: "config:DescribeConfigurationRecorderStatus",
            route: "",
            run: describe_recorder_status,
        },
        Operation {
            name: "DescribeDeliveryChannelStatus",
            action: "config:DescribeDeliveryChannelStatus",
            route: "",
            run: describe_channel_status,
        },
        Operation { name: "DescribeConfigRules", action: "config:DescribeConfigRules", route: "", run: describe_rules },
        Operation {
            name: "DescribeRemediationConfigurations",
            action: "config:DescribeRemediationConfigurations",
            route: "",
            run: describe_remediations,
        },
        Operation { name: "DescribeDeliveryChannels", action: "config:DescribeDeliveryChannels", route: "", run: describe_channels },
        Operation {
            name: "DescribeConfigurationAggregators",
            action: "config:DescribeConfigurationAggregators",
            route: "",
            run: |_| Ok(json!({"ConfigurationAggregators": []}).into()),
        },
    ],
    ..Service::BASE
};

fn describe_recorders(call: &Call<'_>) -> Result<Body, Failure> {
    let variant = variant(call);
    let present = named(
        call,
        "ConfigurationRecorderNames",
        variant != Recorder::Absent,
        "NoSuchConfigurationRecorderException",
        "configuration recorder",
    )?;
    let group = match variant {
        Recorder::SomeTypes => json!({
            "allSupported": false, "includeGlobalResourceTypes": false,
            "resourceTypes": ["AWS::EC2::Instance", "AWS::S3::Bucket"],
            "recordingStrategy": {"useOnly": "INCLUSION_BY_RESOURCE_TYPES"},
        }),
        Recorder::ExcludedTypes => json!({
            "allSupported": false, "includeGlobalResourceTypes": false, "resourceTypes": [],
            "exclusionByResourceTypes": {"resourceTypes": ["AWS::EC2::NetworkInterface"]},
            "recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"},
        }),
        _ => json!({
            "allSupported": true, "includeGlobalResourceTypes": variant != Recorder::NoGlobalTypes, "resourceTypes": [],
            "recordingStrategy": {"useOnly": "ALL_SUPPORTED_RESOURCE_TYPES"},
        }),
    };
    let account = &call.account().id;
    let recorders: Vec<Value> = present
        .then(|| {
            json!({
                "name": NAME,
                "arn": arn(call),
                "roleARN": format!("arn:aws:iam::{account}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"),
                "recordingGroup": group,
                "recordingMode": recording_mode(call.variant()),
                "recordingScope": "PAID",
            })
        })
        .into_iter()
        .collect();
    Ok(json!({"ConfigurationRecorders": recorders}).into())
}

fn describe_recorder_status(call: &Call<'_>) -> Result<Body, Failure> {
    let variant = variant(call);
    let present = named(
        call,
        "ConfigurationRecorderNames",
        variant != Recorder::Absent,
        "NoSuchConfigurationRecorderException",
        "configuration recorder",
    )?;
    let mut status = json!({
        "name": NAME,
        "arn": arn(call),
        "recording": variant != Recorder::Stopped,
        "lastStatus": if variant == Recorder::LastStatusFailure { "FAILURE" } else { "SUCCESS" },
        "lastStartTime": time::epoch(time::ago(90 * 86_400)),
        "lastStatusChangeTime": time::epoch(time::ago(600)),
    });
    if variant == Recorder::Stopped {
        status["lastStopTime"] = time::epoch(time::ago(86_400)).into();
    }
    if variant == Recorder::LastStatusFailure {
        status["lastErrorCode"] = "AccessDenied".into();
        status["lastErrorMessage"] = "Insufficient permissions to describe resources.".into();
    }
    let statuses: Vec<Value> = present.then_some(status).into_iter().collect();
    Ok(json!({"ConfigurationRecordersStatus": statuses}).into())
}

fn describe_channels(call: &Call<'_>) -> Result<Body, Failure> {
    let exists = !matches!(variant(call), Recorder::NoChannel | Recorder::Absent);
    let present = named(call, "DeliveryChannelNames", exists, "NoSuchDeliveryChannelException", "delivery channel")?;
    let channel = json!({"name": NAME, "s3BucketName": format!("config-{}", call.account().id)});
    let channels: Vec<Value> = present.then_some(channel).into_iter().collect();
    Ok(json!({"DeliveryChannels": channels}).into())
}

fn describe_channel_status(call: &Call<'_>) -> Result<Body, Failure> {
    let variant = variant(call);
    let exists = !matches!(variant, Recorder::NoChannel | Recorder::Absent);
    let present = named(call, "DeliveryChannelNames", exists, "NoSuchDeliveryChannelException", "delivery channel")?;
    let delivered = json!({
        "lastStatus": "SUCCESS",
        "lastAttemptTime": time::epoch(time::ago(1800)),
        "lastSuccessfulTime": time::epoch(time::ago(1800)),
    });
    let failed = json!({
        "lastStatus": "FAILURE",
        "lastErrorCode": "NoSuchBucket",
        "lastErrorMessage": "The specified bucket does not exist",
        "lastAttemptTime": time::epoch(time::ago(1800)),
    });
    let stream = |status: &str| json!({"lastStatus": status, "lastStatusChangeTime": time::epoch(time::ago(600))});
    let channel = match variant {
        Recorder::DeliveryFailed => {
            json!({"name": NAME, "configSnapshotDeliveryInfo": failed, "configHistoryDeliveryInfo": failed, "configStreamDeliveryInfo": stream("FAILURE")})
        }
        Recorder::NeverDelivered => {
            json!({"name": NAME, "configHistoryDeliveryInfo": {"lastStatus": "NOT_APPLICABLE"}, "configStreamDeliveryInfo": stream("SUCCESS")})
        }
        _ => json!({
            "name": NAME,
            "configSnapshotDeliveryInfo": delivered,
            "configHistoryDeliveryInfo": delivered,
            "configStreamDeliveryInfo": stream("SUCCESS"),
        }),
    };
    let channels: Vec<Value> = present.then_some(channel).into_iter().collect();
    Ok(json!({"DeliveryChannelsStatus": channels}).into())
}

fn recording_mode(variant: RecordingMode) -> Value {
    const NOISY: [&str; 4] = ["AWS::EC2::VPC", "AWS::EC2::NetworkInterface", "AWS::EC2::SecurityGroup", "AWS::EC2::Subnet"];
    let mode = |default: &str, overrides: &[(&str, &[&str])]| {
        let overrides: Vec<Value> = overrides
            .iter()
            .map(|(frequency, types)| json!({"description": "noise", "resourceTypes": types, "recordingFrequency": frequency}))
            .collect();
        json!({"recordingFrequency": default, "recordingModeOverrides": overrides})
    };
    match variant {
        RecordingMode::Override => mode("CONTINUOUS", &[("DAILY", &NOISY)]),
        RecordingMode::TwoOverrides => mode("CONTINUOUS", &[("DAILY", &NOISY[..1]), ("DAILY", &NOISY[1..])]),
        RecordingMode::Daily => json!({"recordingFrequency": "DAILY"}),
        RecordingMode::Continuous => mode("CONTINUOUS", &[]),
        RecordingMode::OneForgotten => mode("CONTINUOUS", &[("DAILY", &NOISY[..3])]),
        RecordingMode::TakenBack => mode("DAILY", &[("CONTINUOUS", &NOISY)]),
    }
}

/// The region's rules: name, state and the service that made it.
fn rules(call: &Call<'_>) -> Vec<(String, &'static str, Option<&'static str>)> {
    let security_hub = |count: usize| {
        (0..count).map(|number| (format!("securityhub-control-{number:03}-1a2b3c4d"), "ACTIVE", Some("securityhub.amazonaws.com")))
    };
    let own = |name: &str| (name.to_owned(), "ACTIVE", None);
    let (mut rules, more) = match call.variant() {
        ConfigRules::None => return Vec::new(),
        ConfigRules::Own => (vec![own("required-tags"), own("restricted-ssh")], 3),
        ConfigRules::Organization => {
            (vec![("OrgConfigRule-required-tags-a1b2c3d4".to_owned(), "ACTIVE", Some("config-multiaccountsetup.amazonaws.com"))], 3)
        }
        ConfigRules::ConformancePack => {
            (vec![("restricted-ssh-conformance-pack-a1b2c3d4".to_owned(), "ACTIVE", Some("config-conforms.amazonaws.com"))], 0)
        }
        ConfigRules::Evaluating => (vec![("required-tags".to_owned(), "EVALUATING", None)], 0),
        ConfigRules::Many => ((0..60).map(|number| own(&format!("zone-rule-{number:03}"))).collect(), 40),
        ConfigRules::SecurityHubOnly => (Vec::new(), 30),
        ConfigRules::OtherService => (vec![("fms-shield-a1b2c3d4".to_owned(), "ACTIVE", Some("fms.amazonaws.com"))], 3),
        ConfigRules::Deleting => (vec![("required-tags".to_owned(), "DELETING", None)], 3),
    };
    let mut all: Vec<_> = security_hub(more).collect();
    all.append(&mut rules);
    all
}

fn describe_rules(call: &Call<'_>) -> Result<Body, Failure> {
    let rules = rules(call);
    let wanted = names(call, "ConfigRuleNames")?;
    if let Some(missing) = wanted.iter().find(|name| !rules.iter().any(|(rule, ..)| rule == *name)) {
        let message = format!("The ConfigRule '{missing}' provided in the request is invalid. Please check the configRule name.");
        return Err(Failure::new("NoSuchConfigRuleException", 400, message));
    }
    let rules: Vec<_> = rules.into_iter().filter(|(name, ..)| wanted.is_empty() || wanted.contains(&name.as_str())).collect();
    let (rules, next) = call.page(&rules, ("NextToken", ""), 1..=25, 25)?;
    let list: Vec<Value> = rules
        .iter()
        .map(|(name, state, by)| {
            let mut rule = json!({
                "ConfigRuleName": name,
                "ConfigRuleArn": format!("arn:aws:config:{}:{}:config-rule/config-rule-a1b2c3", call.region, call.account().id),
                "ConfigRuleId": "config-rule-a1b2c3",
                "Source": {"Owner": "AWS", "SourceIdentifier": "REQUIRED_TAGS"},
                "InputParameters": "{}",
                "ConfigRuleState": state,
                "EvaluationModes": [{"Mode": "DETECTIVE"}],
            });
            if let Some(service) = by {
                rule["CreatedBy"] = (*service).into();
            }
            rule
        })
        .collect();
    Ok(page::with_next(json!({"ConfigRules": list}), "NextToken", next).into())
}

/// Rules that do not exist have no remediation, and that is no error.
fn describe_remediations(call: &Call<'_>) -> Result<Body, Failure> {
    let wanted = names(call, "ConfigRuleNames")?;
    let automatic = match call.variant() {
        Remediation::None => return Ok(json!({"RemediationConfigurations": []}).into()),
        Remediation::Manual | Remediation::LastOfMany => false,
        Remediation::Automatic => true,
    };
    let remedied = rules(call).pop().map(|(name, ..)| name);
    let list: Vec<Value> = wanted
        .into_iter()
        .filter(|name| remedied.as_deref() == Some(*name))
        .map(|name| {
            json!({
                "ConfigRuleName": name,
                "TargetType": "SSM_DOCUMENT",
                "TargetId": "AWS-DisablePublicAccessForSecurityGroup",
                "Parameters": {"GroupId": {"ResourceValue": {"Value": "RESOURCE_ID"}}},
                "Automatic": automatic,
                "Arn": format!("arn:aws:config:{}:{}:remediation-configuration/{name}/a1b2c3d4", call.region, call.account().id),
            })
        })
        .collect();
    Ok(json!({"RemediationConfigurations": list}).into())
}

/// A list of rule names in the input, which may have 25 at most.
fn names<'a>(call: &Call<'a>, list: &str) -> Result<Vec<&'a str>, Failure> {
    let names: Vec<&str> = call.input.get(list).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    if names.len() > 25 {
        let message = format!(
            "1 validation error detected: Value at '{list}' failed to satisfy constraint: Member must have length less than or equal to 25"
        );
        return Err(Failure::new("ValidationException", 400, message));
    }
    Ok(names)
}

fn variant(call: &Call<'_>) -> Recorder {
    call.variant()
}

fn arn(call: &Call<'_>) -> String {
    format!("arn:aws:config:{}:{}:configuration-recorder/{NAME}/a1b2c3d4", call.region, call.account().id)
}

/// Whether to answer with the one thing there is. Asking for others by name is an error.
fn named(call: &Call<'_>, list: &str, exists: bool, code: &'static str, what: &str) -> Result<bool, Failure> {
    let names = call.input.get(list).and_then(Value::as_array);
    match names.into_iter().flatten().filter_map(Value::as_str).find(|&name| !exists || name != NAME) {
        Some(missing) => Err(Failure::new(code, 400, format!("Cannot find {what} with the specified name '{missing}'."))),
        None => Ok(exists),
    }
}
