//! CloudTrail: the trails, whether they log, and what.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DESCRIBE_ORGANIZATION, FactScope, FactSpec, Operation};
use crate::Observed;

pub(super) const DESCRIBE_TRAILS: Operation = Operation::new("cloudtrail", "DescribeTrails", "cloudtrail:DescribeTrails");
const GET_TRAIL_STATUS: Operation = Operation::new("cloudtrail", "GetTrailStatus", "cloudtrail:GetTrailStatus");
const GET_EVENT_SELECTORS: Operation = Operation::new("cloudtrail", "GetEventSelectors", "cloudtrail:GetEventSelectors");
const GET_INSIGHT_SELECTORS: Operation = Operation::new("cloudtrail", "GetInsightSelectors", "cloudtrail:GetInsightSelectors");

/// The trails seen from the home region. Status and selectors are asked in each trail's own home region, and only of multi-region trails.
pub const TRAILS: FactSpec =
    FactSpec { scope: FactScope::Account, operations: &[DESCRIBE_TRAILS, GET_TRAIL_STATUS, GET_EVENT_SELECTORS], hub_operations: &[] };
/// The organization's trails. A member sees that they exist and whether they log, but only their owner, the management account, may ask
/// for their selectors.
pub const ORGANIZATION_TRAILS: FactSpec = FactSpec {
    scope: FactScope::Organization,
    operations: &[DESCRIBE_TRAILS, GET_EVENT_SELECTORS],
    hub_operations: &[DESCRIBE_ORGANIZATION],
};

/// What Insights looks for in the multi-region trails that the account owns.
pub const TRAIL_INSIGHTS: FactSpec =
    FactSpec { scope: FactScope::Account, operations: &[DESCRIBE_TRAILS, GET_INSIGHT_SELECTORS], hub_operations: &[] };
/// The same of the organization's trails, which only their owner may be asked.
pub const ORGANIZATION_TRAIL_INSIGHTS: FactSpec = FactSpec {
    scope: FactScope::Organization,
    operations: &[DESCRIBE_TRAILS, GET_INSIGHT_SELECTORS],
    hub_operations: &[DESCRIBE_ORGANIZATION],
};

/// The multi-region organization trails that the management account owns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganizationTrails {
    /// The trails.
    pub trails: Vec<OrganizationTrail>,
}

/// What only the owner sees of an organization trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganizationTrail {
    /// Its ARN.
    pub arn: String,
    /// What it records.
    pub selectors: Observed<EventSelectors>,
}

/// Every trail the account sees in its home region: its own there, multi-region ones of other regions, and the organization's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trails {
    /// The trails.
    pub trails: Vec<Trail>,
}

/// One trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trail {
    /// Its name.
    pub name: String,
    /// Its ARN; the account in it owns the trail.
    pub arn: String,
    /// Whether it records every region.
    pub multi_region: bool,
    /// Whether it is an organization trail.
    #[serde(default)]
    pub organization: bool,
    /// The bucket it delivers to.
    #[serde(default)]
    pub s3_bucket: Option<String>,
    /// What the names of its objects begin with, before `AWSLogs/`.
    #[serde(default)]
    pub s3_prefix: Option<String>,
    /// Whether it signs what it delivers. Absent only where AWS left it out.
    #[serde(default)]
    pub log_file_validation: Option<bool>,
    /// The KMS key that it encrypts with, if it has one of its own.
    #[serde(default)]
    pub kms_key: Option<String>,
    /// The ARN of the log group that it delivers to, if it delivers to one.
    #[serde(default)]
    pub log_group_arn: Option<String>,
    /// What it is doing; only of multi-region trails.
    #[serde(default)]
    pub status: Option<Observed<TrailStatus>>,
    /// What it records; only of multi-region trails that the account itself owns. See [`OrganizationTrails`] for the others.
    #[serde(default)]
    pub selectors: Option<Observed<EventSelectors>>,
}

/// Whether a trail logs and delivers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrailStatus {
    /// Whether it is switched on.
    pub logging: bool,
    /// The error of the latest delivery to S3, if it had one.
    #[serde(default)]
    pub latest_delivery_error: Option<String>,
    /// When it last delivered to its log group, if it ever did.
    #[serde(default)]
    pub latest_log_group_delivery: Option<Timestamp>,
    /// The error of the latest delivery to the log group, if it had one.
    #[serde(default)]
    pub latest_log_group_error: Option<String>,
}

/// What a trail records. A trail has either kind of selectors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventSelectors {
    /// Classic selectors.
    Classic(Vec<ClassicSelector>),
    /// Advanced selectors: each is a list of conditions that must all hold.
    Advanced(Vec<Vec<FieldSelector>>),
}

/// A classic event selector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassicSelector {
    /// `All`, `ReadOnly` or `WriteOnly`.
    pub read_write_type: String,
    /// Whether management events are recorded.
    pub include_management_events: bool,
    /// Sources left out, such as `kms.amazonaws.com`.
    #[serde(default)]
    pub exclude_sources: Vec<String>,
    /// The resources whose data events are recorded, too.
    #[serde(default)]
    pub data_resources: Vec<DataResource>,
}

/// Resources of one type in a classic selector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataResource {
    /// The type, such as `AWS::S3::Object`.
    pub kind: String,
    /// ARNs, or what they begin with.
    pub values: Vec<String>,
}

/// One condition of an advanced event selector.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FieldSelector {
    /// The event's field, such as `eventCategory` or `readOnly`.
    pub field: String,
    /// Any of these.
    pub equals: Vec<String>,
    /// None of these.
    pub not_equals: Vec<String>,
    /// Nothing that begins with these.
    pub not_starts_with: Vec<String>,
    /// Whether it has operators besides these.
    pub other_operators: bool,
}

impl FieldSelector {
    /// Whether all that it says is what the field must be.
    pub const fn has_only_equals(&self) -> bool {
        !self.equals.is_empty() && self.not_equals.is_empty() && self.not_starts_with.is_empty() && !self.other_operators
    }

    /// Whether all that it says is what the field must not begin with.
    pub const fn has_only_not_starts_with(&self) -> bool {
        self.equals.is_empty() && self.not_equals.is_empty() && !self.not_starts_with.is_empty() && !self.other_operators
    }

    /// Whether all that it says is what the field must not be.
    pub const fn has_only_not_equals(&self) -> bool {
        self.equals.is_empty() && !self.not_equals.is_empty() && self.not_starts_with.is_empty() && !self.other_operators
    }
}

/// What Insights looks for in the account's own multi-region trails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrailInsights {
    /// The trails.
    pub trails: Vec<InsightsOfTrail>,
}

/// What Insights looks for in the multi-region organization trails that the management account owns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganizationTrailInsights {
    /// The trails.
    pub trails: Vec<InsightsOfTrail>,
}

/// What Insights looks for in one trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InsightsOfTrail {
    /// The trail's ARN.
    pub arn: String,
    /// Such as `ApiCallRateInsight`, of management events. Empty where Insights is off.
    pub kinds: Observed<Vec<String>>,
}
