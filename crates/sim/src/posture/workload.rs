//! What runs: instances, functions and their logs.

use super::Check;

pub(crate) const CHECKS: &[&Check] = &[];
