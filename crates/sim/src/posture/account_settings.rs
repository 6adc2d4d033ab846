//! The account's contacts, its environment and its support plan.

use super::Check;

pub(crate) const CHECKS: &[&Check] = &[];
