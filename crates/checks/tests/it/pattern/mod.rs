//! What patterns match, told in examples and in properties.

pub mod cis;
mod event;
mod filter;
mod properties;

use orgsweep_checks::pattern::{EventPattern, FilterPattern};
use serde_json::Value;

/// Whether the filter pattern matches; panics with the reason where it is not understood.
fn filter(pattern: &str, event: &Value) -> bool {
    FilterPattern::parse(pattern).unwrap_or_else(|reason| panic!("{pattern}\n{reason}")).matches(event)
}

/// The same for an event pattern.
fn rule(pattern: &str, event: &Value) -> bool {
    EventPattern::parse(pattern).unwrap_or_else(|reason| panic!("{pattern}\n{reason}")).matches(event)
}
