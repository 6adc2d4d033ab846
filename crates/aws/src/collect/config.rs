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
    let listed = probe.needed(listed.configuration_recorders, "list of recorders")?;
    let states = probe.needed(states.configuration_recorders_status, "list of recorders' states")?;
    for recorder in listed.iter().filter(|recorder| recorder.service_principal().is_none()) {
        let state = probe.needed(states.iter().find(|state| state.name() == recorder.name()), "state of the recorder")?;
        let group = probe.needed(recorder.recording_group(), "recording group")?;
        let coverage = coverage(probe, group)?;
        let told = group.include_global_resource_types();
        let include_global_types = match &coverage {
            RecorderCoverage::All => told,
            RecorderCoverage::AllExcept(types) => !GLOBAL_TYPES.iter().any(|global| types.iter().any(|name| name == global)),
            RecorderCoverage::Only(types) => GLOBAL_TYPES.iter().all(|global| types.iter().any(|name| name == global)),
        };
        recorders.push(ConfigRecorder {
            name: recorder.name().unwrap_or("default").to_owned(),
            arn: recorder.arn().map(str::to_owned),
            recording: state.recording(),
            last_status: state.last_status().map(|status| status.as_str().to_ascii_uppercase()),
            coverage,
            include_global_types,
        });
    }
    Ok(ConfigRecorders { recorders })
}

fn coverage(probe: &Probe<'_>, group: &sdk::RecordingGroup) -> Result<RecorderCoverage, Unseen> {
    let names = |types: &[sdk::ResourceType]| types.iter().map(|name| name.as_str().to_owned()).collect::<Vec<_>>();
    let strategy = group.recording_strategy().and_then(sdk::RecordingStrategy::use_only).map(sdk::RecordingStrategyType::as_str);
    Ok(match strategy {
        // Which types are left out is what the rule asks: an answer that does not say leaves out nothing only by its looks.
        Some("EXCLUSION_BY_RESOURCE_TYPES") => RecorderCoverage::AllExcept(names(
            probe.needed(group.exclusion_by_resource_types(), "list of excluded types")?.resource_types(),
        )),
        Some("INCLUSION_BY_RESOURCE_TYPES") => RecorderCoverage::Only(names(group.resource_types())),
        Some("ALL_SUPPORTED_RESOURCE_TYPES") => RecorderCoverage::All,
        _ if group.all_supported() => RecorderCoverage::All,
        _ => RecorderCoverage::Only(names(group.resource_types())),
    })
}

pub(super) async fn delivery(probe: &Probe<'_>) -> Result<ConfigDelivery, Unseen> {
    let answer = probe.caller.config_service().describe_delivery_channel_status().send().await;
    let answer = answer.map_err(probe.failed("DescribeDeliveryChannelStatus"))?;
    let channels = probe.needed(answer.delivery_channels_status, "list of channels")?;
    let channels = channels.iter().map(|channel| {
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
