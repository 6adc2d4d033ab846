//! Budgets, anomalies, billing alarms and what else keeps an eye on cost.

use super::Check;

pub(crate) const CHECKS: &[&Check] = &[];
