//! AWS Config facts.

use aws_sdk_config::types as sdk;
use orgsweep_model::{
    Unseen,
    fact::config::{ConfigDelivery, ConfigRecorder, ConfigRecorders, DeliveryChannel, RecorderCoverage},
};

use super::Probe;

/// The global types, which AWS Config records in every region where it is told to.
const GLOBAL_TYPES: [&str; 4] = ["AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::Role", "AWS::IAM::Policy"];

pub(super) async fn recorders(probe: &Probe<'_>) -> Result<ConfigRecorders, Unseen> {
    let client = probe.caller.config_service();
    let listed = client.describe_configuration_recorders().send().await.map_err(probe.failed("DescribeConfigurationRecorders"))?;
    let states = client.describe_configuration_recorder_status().send().await;
    let states = states.map_err(probe.failed("DescribeConfigurationRecorderStatus"))?;
    let mut recorders = Vec::new();
    // Recorders with a service principal belong to an AWS service, which records what it needs for itself.
    for recorder in listed.configuration_recorders().iter().filter(|recorder| recorder.service_principal().is_none()) {
        let state = states.configuration_recorders_status().iter().find(|state| state.name() == recorder.name());
        let coverage = coverage(recorder.recording_group());
        let told = recorder.recording_group().is_some_and(sdk::RecordingGroup::include_global_resource_types);
        let include_global_types = match &coverage {
            RecorderCoverage::All => told,
            RecorderCoverage::AllExcept(types) => !GLOBAL_TYPES.iter().any(|global| types.iter().any(|name| name == global)),
            RecorderCoverage::Only(types) => GLOBAL_TYPES.iter().all(|global| types.iter().any(|name| name == global)),
        };
        recorders.push(ConfigRecorder {
            name: recorder.name().unwrap_or("default").to_owned(),
            arn: recorder.arn().map(str::to_owned),
            recording: state.is_some_and(sdk::ConfigurationRecorderStatus::recording),
            last_status: state.and_then(|state| state.last_status()).map(|status| status.as_str().to_ascii_uppercase()),
            coverage,
            include_global_types,
        });
    }
    Ok(ConfigRecorders { recorders })
}

fn coverage(group: Option<&sdk::RecordingGroup>) -> RecorderCoverage {
    let Some(group) = group else { return RecorderCoverage::Only(Vec::new()) };
    let names = |types: &[sdk::ResourceType]| types.iter().map(|name| name.as_str().to_owned()).collect::<Vec<_>>();
    let strategy = group.recording_strategy().and_then(sdk::RecordingStrategy::use_only).map(sdk::RecordingStrategyType::as_str);
    match strategy {
        Some("EXCLUSION_BY_RESOURCE_TYPES") => RecorderCoverage::AllExcept(
            group.exclusion_by_resource_types().map(|except| names(except.resource_types())).unwrap_or_default(),
        ),
        Some("INCLUSION_BY_RESOURCE_TYPES") => RecorderCoverage::Only(names(group.resource_types())),
        Some("ALL_SUPPORTED_RESOURCE_TYPES") => RecorderCoverage::All,
        _ if group.all_supported() => RecorderCoverage::All,
        _ => RecorderCoverage::Only(names(group.resource_types())),
    }
}

pub(super) async fn delivery(probe: &Probe<'_>) -> Result<ConfigDelivery, Unseen> {
    let answer = probe.caller.config_service().describe_delivery_channel_status().send().await;
    let answer = answer.map_err(probe.failed("DescribeDeliveryChannelStatus"))?;
    let channels = answer.delivery_channels_status().iter().map(|channel| {
        let word = |status: Option<&sdk::DeliveryStatus>| status.map(|status| status.as_str().to_ascii_uppercase().replace(' ', "_"));
        let history = channel.config_history_delivery_info();
        let snapshot = channel.config_snapshot_delivery_info();
        let stream = channel.config_stream_delivery_info();
        let errors = [
            history.and_then(|info| info.last_error_message()),
            snapshot.and_then(|info| info.last_error_message()),
            stream.and_then(|info| info.last_error_message()),
        ];
        DeliveryChannel {
            name: channel.name().unwrap_or("default").to_owned(),
            history_status: word(history.and_then(|info| info.last_status())),
            snapshot_status: word(snapshot.and_then(|info| info.last_status())),
            stream_status: word(stream.and_then(|info| info.last_status())),
            error: errors.into_iter().flatten().next().map(str::to_owned),
        }
    });
    Ok(ConfigDelivery { channels: channels.collect() })
}
