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

const DESCRIBE_CONFIG_RULES: Operation = Operation::new("config", "DescribeConfigRules", "config:DescribeConfigRules");

/// `config:DescribeConfigRules`.
pub const CONFIG_RULES: FactSpec = FactSpec { scope: FactScope::Region, operations: &[DESCRIBE_CONFIG_RULES], hub_operations: &[] };
/// `config:DescribeRemediationConfigurations`, which wants the rules' names.
pub const CONFIG_REMEDIATIONS: FactSpec = FactSpec {
    scope: FactScope::Region,
    operations: &[
        DESCRIBE_CONFIG_RULES,
        Operation::new("config", "DescribeRemediationConfigurations", "config:DescribeRemediationConfigurations"),
    ],
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
    /// How often it records.
    #[serde(default)]
    pub mode: Option<RecordingMode>,
}

/// How often a recorder records what changed: `CONTINUOUS` or `DAILY`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordingMode {
    /// Every type that no override names.
    pub frequency: String,
    /// The types that have another frequency.
    #[serde(default)]
    pub overrides: Vec<RecordingOverride>,
}

/// A frequency for some resource types.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordingOverride {
    /// `CONTINUOUS` or `DAILY`.
    pub frequency: String,
    /// The resource types.
    pub types: Vec<String>,
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

/// The rules of a region, whoever made them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigRules {
    /// The rules.
    pub rules: Vec<ConfigRule>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigRule {
    /// Its name.
    pub name: String,
    /// `ACTIVE`, `EVALUATING`, `DELETING_RESULTS` or `DELETING`.
    pub state: String,
    /// The service that made it, such as `securityhub.amazonaws.com`; absent where the account made it itself.
    #[serde(default)]
    pub created_by: Option<String>,
}

/// The rules of a region that have a remediation. Security Hub's own are not asked about: they cannot have one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigRemediations {
    /// The rules' names.
    pub rules: Vec<String>,
}
