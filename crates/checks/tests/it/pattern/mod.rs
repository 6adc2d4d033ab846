//! What patterns match, told in examples and in properties.

mod cis;
mod filter;

use orgsweep_checks::pattern::FilterPattern;
use serde_json::Value;

/// Whether the filter pattern matches; panics with the reason where it is not understood.
fn filter(pattern: &str, event: &Value) -> bool {
    FilterPattern::parse(pattern).unwrap_or_else(|reason| panic!("{pattern}\n{reason}")).matches(event)
}
