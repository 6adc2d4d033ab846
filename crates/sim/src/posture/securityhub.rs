//! Security Hub: the hub, its standards and its score.

use super::Outcome::{Fail, Pass};
use super::{Check, Trait, variants};

pub(crate) const CHECKS: &[&Check] = &[SecurityHub::CHECK];

variants! {
    /// Security Hub.
    SecurityHub Region "securityhub-enabled" needs ["securityhub:DescribeHub"] {
        Subscribed "enabled" 88 Pass;
        NotSubscribed "not_subscribed" 12 Fail(1);
    }
}
