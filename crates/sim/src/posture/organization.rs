//! The organization as a whole: its features, policies, environments and Identity Center.

use super::Check;

pub(crate) const CHECKS: &[&Check] = &[];
