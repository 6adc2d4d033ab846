//! AWS Config facts.

use std::sync::Arc;

use aws_sdk_config::types as sdk;
use orgsweep_model::{
    Unseen,
    fact::config::{
        ConfigDelivery, ConfigRecorder, ConfigRecorders, ConfigRemediations, ConfigRule, ConfigRules, DeliveryChannel, RecorderCoverage,
        RecordingMode, RecordingOverride,
    },
};

use super::{Probe, every_page};

/// How many rules may be asked about at once.
const RULES_AT_ONCE: usize = 25;

/// The global types, which AWS Config records in every region where it is told to.
const GLOBAL_TYPES: [&str; 4] = ["AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::Role", "AWS::IAM::Policy"];

pub(super) async fn recorders(probe: &Probe<'_>) -> Result<ConfigRecorders, Unseen> {
    let client = probe.caller.config_service();
    let listed = client.describe_configuration_recorders().send().await.map_err(probe.failed("DescribeConfigurationRecorders"))?;
    let mut recorders = Vec::new();
    // Recorders with a service principal belong to an AWS service, which records what it needs for itself.
    let listed = probe.needed(listed.configuration_recorders, "list of recorders")?;
    if listed.is_empty() {
        return Ok(ConfigRecorders { recorders });
    }
    let states = client.describe_configuration_recorder_status().send().await;
    let states = states.map_err(probe.failed("DescribeConfigurationRecorderStatus"))?;
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
            mode: recorder.recording_mode().map(recording_mode),
        });
    }
    Ok(ConfigRecorders { recorders })
}

fn recording_mode(mode: &sdk::RecordingMode) -> RecordingMode {
    let overrides = mode.recording_mode_overrides().iter().map(|one| RecordingOverride {
        frequency: one.recording_frequency().as_str().to_owned(),
        types: one.resource_types().iter().map(|name| name.as_str().to_owned()).collect(),
    });
    RecordingMode { frequency: mode.recording_frequency().as_str().to_owned(), overrides: overrides.collect() }
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

pub(super) async fn rules(probe: &Probe<'_>) -> Result<ConfigRules, Unseen> {
    Ok(ConfigRules { rules: describe_rules(probe).await?.to_vec() })
}

pub(super) async fn remediations(probe: &Probe<'_>) -> Result<ConfigRemediations, Unseen> {
    let rules = describe_rules(probe).await?;
    // Nobody can give a remediation to Security Hub's own rules, of which there are hundreds.
    let asked = rules.iter().filter(|rule| rule.created_by.as_deref() != Some("securityhub.amazonaws.com"));
    let names: Vec<String> = asked.map(|rule| rule.name.clone()).collect();
    let mut found = Vec::new();
    for names in names.chunks(RULES_AT_ONCE) {
        let request = probe.caller.config_service().describe_remediation_configurations().set_config_rule_names(Some(names.to_vec()));
        let answer = request.send().await.map_err(probe.failed("DescribeRemediationConfigurations"))?;
        let configurations = probe.needed(answer.remediation_configurations, "list of remediations")?;
        found.extend(configurations.into_iter().map(|configuration| configuration.config_rule_name));
    }
    Ok(ConfigRemediations { rules: found })
}

async fn describe_rules(probe: &Probe<'_>) -> Result<Arc<Vec<ConfigRule>>, Unseen> {
    probe
        .once("config rules", async {
            let pages = probe.caller.config_service().describe_config_rules().into_paginator().stop_on_duplicate_token(false).send();
            let listed = every_page(probe, "DescribeConfigRules", pages, |page| page.config_rules).await?;
            let rules = listed.into_iter().map(|rule| {
                Ok(ConfigRule {
                    name: probe.needed(rule.config_rule_name, "rule name")?,
                    state: probe.needed(rule.config_rule_state, "rule state")?.as_str().to_owned(),
                    created_by: rule.created_by.filter(|service| !service.is_empty()),
                })
            });
            rules.collect()
        })
        .await
}
