//! `EventBridge` rules that tell of health events and of findings.

use super::Check;

pub(crate) const CHECKS: &[&Check] = &[];
