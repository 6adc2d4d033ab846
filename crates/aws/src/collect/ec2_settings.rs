//! EC2's settings of an account and region.

use orgsweep_model::{
    Unseen,
    fact::ec2_settings::{ImageSharing, MetadataDefaults, SerialConsole, SnapshotSharing},
};

use super::Probe;

pub(super) async fn snapshot_sharing(probe: &Probe<'_>) -> Result<SnapshotSharing, Unseen> {
    let answer = probe.caller.ec2().get_snapshot_block_public_access_state().send().await;
    let state = answer.map_err(probe.failed("GetSnapshotBlockPublicAccessState"))?.state;
    Ok(SnapshotSharing { state: probe.needed(state, "state")?.as_str().to_owned() })
}

pub(super) async fn image_sharing(probe: &Probe<'_>) -> Result<ImageSharing, Unseen> {
    let answer = probe.caller.ec2().get_image_block_public_access_state().send().await;
    let state = answer.map_err(probe.failed("GetImageBlockPublicAccessState"))?.image_block_public_access_state;
    Ok(ImageSharing { state: probe.needed(state, "state")? })
}

pub(super) async fn metadata_defaults(probe: &Probe<'_>) -> Result<MetadataDefaults, Unseen> {
    let answer = probe.caller.ec2().get_instance_metadata_defaults().send().await;
    let defaults = answer.map_err(probe.failed("GetInstanceMetadataDefaults"))?.account_level;
    // An account that has decided nothing has defaults all the same: empty ones.
    let tokens = probe.needed(defaults, "account level")?.http_tokens;
    Ok(MetadataDefaults { http_tokens: tokens.map(|tokens| tokens.as_str().to_owned()) })
}

pub(super) async fn serial_console(probe: &Probe<'_>) -> Result<SerialConsole, Unseen> {
    let answer = probe.caller.ec2().get_serial_console_access_status().send().await;
    let enabled = answer.map_err(probe.failed("GetSerialConsoleAccessStatus"))?.serial_console_access_enabled;
    Ok(SerialConsole { enabled: probe.needed(enabled, "setting")? })
}
