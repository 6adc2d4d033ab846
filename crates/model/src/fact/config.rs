//! AWS Config: recorders and delivery channels.

use serde::{Deserialize, Serialize};

use super::{FactScope, FactSpec, Operation};

/// The recorders with their status.
pub const CONFIG_RECORDERS: FactSpec = FactSpec {
    scope: FactScope::Region,
    operations: &[
        Operation::new("config", "DescribeConfigurationRecorders", "config:DescribeConfigurationRecorders"),
        Operation::new("config", "DescribeConfigurationRecorderStatus", "config:DescribeConfigurationRecorderStatus"),
    ],
    hub_operations: &[],
};
/// The delivery channels' status.
pub const CONFIG_DELIVERY: FactSpec = FactSpec {
    scope: FactScope::Region,
    operations: &[Operation::new("config", "DescribeDeliveryChannelStatus", "config:DescribeDeliveryChannelStatus")],
    hub_operations: &[],
};

/// The customer-managed recorders of a region; recorders that AWS services run for themselves are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigRecorders {
    /// The recorders; AWS allows one per region.
    pub recorders: Vec<ConfigRecorder>,
}

/// One recorder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigRecorder {
    /// Its name.
    pub name: String,
    /// Its ARN, where AWS gives one.
    #[serde(default)]
    pub arn: Option<String>,
    /// Whether it is recording.
    pub recording: bool,
    /// `SUCCESS`, `PENDING` or `FAILURE`; absent before its first run.
    #[serde(default)]
    pub last_status: Option<String>,
    /// Which resource types it records.
    pub coverage: RecorderCoverage,
    /// Whether global types (IAM users, groups, roles, policies) are recorded here.
    pub include_global_types: bool,
}

/// Which resource types a recorder covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecorderCoverage {
    /// All supported types.
    All,
    /// All but these.
    AllExcept(Vec<String>),
    /// Only these.
    Only(Vec<String>),
}

/// The delivery channels of a region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigDelivery {
    /// The channels; AWS allows one per region.
    pub channels: Vec<DeliveryChannel>,
}

/// One delivery channel's last deliveries: `SUCCESS`, `FAILURE` or `NOT_APPLICABLE`; absent before the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveryChannel {
    /// Its name.
    pub name: String,
    /// Last delivery of configuration history to the bucket.
    #[serde(default)]
    pub history_status: Option<String>,
    /// Last delivery of a snapshot to the bucket.
    #[serde(default)]
    pub snapshot_status: Option<String>,
    /// Last delivery of the change stream to the topic.
    #[serde(default)]
    pub stream_status: Option<String>,
    /// What AWS says of the failed one.
    #[serde(default)]
    pub error: Option<String>,
}
