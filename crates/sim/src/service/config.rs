//! AWS Config: recorders and delivery channels.
//!
//! The service sends its states in capitals (`SUCCESS`), whatever its model says.

use serde_json::{Value, json};

use super::{Call, Operation, Service};
use crate::posture::config::Recorder;
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol, time};

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
                "recordingMode": {"recordingFrequency": "CONTINUOUS"},
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
