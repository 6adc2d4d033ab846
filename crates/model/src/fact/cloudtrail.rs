//! CloudTrail: the trails, whether they log, and what.

use serde::{Deserialize, Serialize};

use super::{DESCRIBE_ORGANIZATION, FactScope, FactSpec, Operation};
use crate::Observed;

const DESCRIBE_TRAILS: Operation = Operation::new("cloudtrail", "DescribeTrails", "cloudtrail:DescribeTrails");
const GET_TRAIL_STATUS: Operation = Operation::new("cloudtrail", "GetTrailStatus", "cloudtrail:GetTrailStatus");
const GET_EVENT_SELECTORS: Operation = Operation::new("cloudtrail", "GetEventSelectors", "cloudtrail:GetEventSelectors");

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
}

/// Which management events a trail records. A trail has either kind of selectors.
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
    /// Whether it has other operators (starts with, ends with and their negations).
    pub other_operators: bool,
}
