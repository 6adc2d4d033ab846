//! The alarms on `CloudTrail`'s events.

use super::Check;

pub(crate) const CHECKS: &[&Check] = &[];
