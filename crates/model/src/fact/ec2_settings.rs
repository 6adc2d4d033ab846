//! EC2: what an account has decided for a whole region. Each is one question with one answer.

use serde::{Deserialize, Serialize};

use super::{FactScope, FactSpec, Operation};

/// `ec2:GetSnapshotBlockPublicAccessState`.
pub const SNAPSHOT_SHARING: FactSpec = FactSpec {
    scope: FactScope::Region,
    operations: &[Operation::new("ec2", "GetSnapshotBlockPublicAccessState", "ec2:GetSnapshotBlockPublicAccessState")],
    hub_operations: &[],
};
/// `ec2:GetImageBlockPublicAccessState`.
pub const IMAGE_SHARING: FactSpec = FactSpec {
    scope: FactScope::Region,
    operations: &[Operation::new("ec2", "GetImageBlockPublicAccessState", "ec2:GetImageBlockPublicAccessState")],
    hub_operations: &[],
};
/// `ec2:GetInstanceMetadataDefaults`.
pub const METADATA_DEFAULTS: FactSpec = FactSpec {
    scope: FactScope::Region,
    operations: &[Operation::new("ec2", "GetInstanceMetadataDefaults", "ec2:GetInstanceMetadataDefaults")],
    hub_operations: &[],
};
/// `ec2:GetSerialConsoleAccessStatus`.
pub const SERIAL_CONSOLE: FactSpec = FactSpec {
    scope: FactScope::Region,
    operations: &[Operation::new("ec2", "GetSerialConsoleAccessStatus", "ec2:GetSerialConsoleAccessStatus")],
    hub_operations: &[],
};

/// Whether snapshots can be shared with everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapshotSharing {
    /// `block-all-sharing`, `block-new-sharing` or `unblocked`.
    pub state: String,
}

/// Whether AMIs can be shared with everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageSharing {
    /// `block-new-sharing` or `unblocked`.
    pub state: String,
}

/// How new instances answer on their metadata service where neither their launch nor their AMI says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetadataDefaults {
    /// `required` or `optional`; absent where the account has no preference.
    pub http_tokens: Option<String>,
}

/// Whether the account lets anybody use the serial console of instances.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SerialConsole {
    /// The setting.
    pub enabled: bool,
}
