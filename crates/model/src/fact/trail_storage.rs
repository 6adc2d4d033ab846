//! Where the trails' records are kept, and for how long.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{FactScope, FactSpec, Operation, cloudtrail::DESCRIBE_TRAILS};
use crate::Observed;

/// The buckets and log groups of the multi-region trails that the account sees. Those of other accounts are not asked.
pub const TRAIL_STORAGE: FactSpec = FactSpec {
    scope: FactScope::Account,
    operations: &[
        DESCRIBE_TRAILS,
        Operation::new("s3", "ListBuckets", "s3:ListAllMyBuckets"),
        Operation::new("s3", "GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration"),
        Operation::new("logs", "DescribeLogGroups", "logs:DescribeLogGroups"),
    ],
    hub_operations: &[],
};

/// Where the multi-region trails' records are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrailStorage {
    /// The buckets, once each.
    pub buckets: Vec<TrailBucket>,
    /// The log groups of this account, once each.
    #[serde(default)]
    pub log_groups: Vec<LogGroupRetention>,
}

/// A bucket that trails deliver to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrailBucket {
    /// Its name.
    pub name: String,
    /// Whose it is, and what happens to its objects.
    pub lifecycle: Observed<Lifecycle>,
}

/// What happens to a bucket's objects in time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lifecycle {
    /// The bucket is not among those of this account.
    OfAnotherAccount,
    /// The bucket's rules; none where no lifecycle is configured.
    Rules(Vec<LifecycleRule>),
}

/// One lifecycle rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LifecycleRule {
    /// Its id.
    pub id: String,
    /// Whether it is switched on.
    pub enabled: bool,
    /// What the names of its objects begin with; empty for all. Tags and sizes may narrow it down further.
    #[serde(default)]
    pub prefix: String,
    /// When it deletes current objects, if it does.
    #[serde(default)]
    pub expires: Option<Expiry>,
}

/// When a rule deletes current objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expiry {
    /// So many days after they were made.
    AfterDays(i32),
    /// On this day, and from then on however new they are.
    From(Timestamp),
}

/// A log group that trails deliver to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogGroupRetention {
    /// Its ARN as the trails name it.
    pub arn: String,
    /// How long it keeps events.
    pub kept: Observed<Kept>,
}

/// How long a log group keeps events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// The log group does not exist.
    Nowhere,
    /// So many days.
    Days(i32),
    /// For ever.
    ForEver,
}
