//! EC2: the settings of an account and region.

use super::Call;
use crate::posture::ec2_settings::{EbsEncryption, ImageSharing, MetadataDefaults, SerialConsole, SnapshotSharing};
use crate::wire::answer::Body;
use crate::wire::{Failure, Xml};

/// The words by which EC2 says that a region lacks something.
fn not_here() -> Failure {
    Failure::new("UnsupportedOperation", 400, "The functionality you requested is not supported in this region.".to_owned())
}

pub(super) fn ebs_encryption(call: &Call<'_>) -> Result<Body, Failure> {
    let mut xml = Xml::default();
    xml.text("ebsEncryptionByDefault", call.variant::<EbsEncryption>() == EbsEncryption::Enabled).text("sseType", "sse-ebs");
    Ok(xml.into())
}

pub(super) fn snapshot_sharing(call: &Call<'_>) -> Result<Body, Failure> {
    let state = match call.variant() {
        SnapshotSharing::BlockedAll => "block-all-sharing",
        SnapshotSharing::BlockedNew => "block-new-sharing",
        SnapshotSharing::Unblocked => "unblocked",
        SnapshotSharing::NewWord => "block-some-sharing",
        SnapshotSharing::NotThere => return Err(not_here()),
    };
    let mut xml = Xml::default();
    xml.text("state", state).text("managedBy", "account");
    Ok(xml.into())
}

pub(super) fn image_sharing(call: &Call<'_>) -> Result<Body, Failure> {
    let state = match call.variant() {
        ImageSharing::BlockedNew => "block-new-sharing",
        ImageSharing::Unblocked => "unblocked",
        ImageSharing::NewWord => "block-all-sharing",
        ImageSharing::NotThere => return Err(not_here()),
    };
    let mut xml = Xml::default();
    xml.text("imageBlockPublicAccessState", state).text("managedBy", "account");
    Ok(xml.into())
}

pub(super) fn metadata_defaults(call: &Call<'_>) -> Result<Body, Failure> {
    let (tokens, others) = match call.variant() {
        MetadataDefaults::Required => (Some("required"), false),
        MetadataDefaults::AllSet => (Some("required"), true),
        MetadataDefaults::Optional => (Some("optional"), false),
        MetadataDefaults::NotSet => (None, false),
        MetadataDefaults::OthersSet => (None, true),
        MetadataDefaults::NoPreference => (Some("no-preference"), false),
        MetadataDefaults::NewWord => (Some("encouraged"), false),
        MetadataDefaults::NoLevel => return Ok(Xml::default().into()),
        MetadataDefaults::NotThere => return Err(not_here()),
    };
    let mut xml = Xml::default();
    xml.nest("accountLevel", |xml| {
        xml.optional("httpTokens", tokens);
        if others {
            xml.text("httpPutResponseHopLimit", 2).text("httpEndpoint", "enabled").text("instanceMetadataTags", "disabled");
        }
    });
    Ok(xml.into())
}

pub(super) fn serial_console(call: &Call<'_>) -> Result<Body, Failure> {
    let enabled = match call.variant() {
        SerialConsole::Disabled => Some(false),
        SerialConsole::Enabled => Some(true),
        SerialConsole::NoSetting => None,
        SerialConsole::NotThere => return Err(not_here()),
    };
    let mut xml = Xml::default();
    xml.optional("serialConsoleAccessEnabled", enabled).text("managedBy", "account");
    Ok(xml.into())
}
