//! EC2 instances: whether they run, what they start with, whether Systems Manager hears of them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{FactScope, FactSpec, Operation};
use crate::{Hidden, Observed};

const DESCRIBE_INSTANCES: Operation = Operation::new("ec2", "DescribeInstances", "ec2:DescribeInstances");

/// `ec2:DescribeInstances`.
pub const INSTANCES: FactSpec = FactSpec { scope: FactScope::Region, operations: &[DESCRIBE_INSTANCES], hub_operations: &[] };
/// `ec2:DescribeInstanceAttribute` for each instance: a call per instance.
pub const USER_DATA: FactSpec = FactSpec {
    scope: FactScope::Region,
    operations: &[DESCRIBE_INSTANCES, Operation::new("ec2", "DescribeInstanceAttribute", "ec2:DescribeInstanceAttribute")],
    hub_operations: &[],
};
/// `ssm:DescribeInstanceInformation`.
pub const MANAGED_INSTANCES: FactSpec = FactSpec {
    scope: FactScope::Region,
    operations: &[Operation::new("ssm", "DescribeInstanceInformation", "ssm:DescribeInstanceInformation")],
    hub_operations: &[],
};

/// The instances of a region that run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instances {
    /// The instances in the state `running`.
    pub running: Vec<RunningInstance>,
}

/// One running instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunningInstance {
    /// Its id.
    pub id: String,
    /// When it was last started.
    #[serde(default)]
    pub launched_at: Option<Timestamp>,
}

/// The user data of the region's instances, whether they run or are stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserData {
    /// The instances.
    pub instances: Vec<InstanceUserData>,
}

/// What one instance is given to start with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceUserData {
    /// The instance's id.
    pub id: String,
    /// Its user data, decoded and unpacked; `None` inside where it has none.
    pub text: Observed<Option<Hidden>>,
}

/// The machines that have ever registered with Systems Manager in the region, machines outside EC2 among them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManagedInstances {
    /// The machines.
    pub instances: Vec<ManagedInstance>,
}

/// One machine as Systems Manager knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManagedInstance {
    /// Its id.
    pub id: String,
    /// `Online`, `ConnectionLost` or `Inactive`.
    pub ping_status: String,
}
