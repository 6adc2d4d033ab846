//! Times as the protocols write them.

use jiff::{Timestamp, Unit};
use serde_json::{Value, json};

use super::cbor;

/// A time a number of seconds ago, in whole seconds.
pub(crate) fn ago(seconds: i64) -> Timestamp {
    let now = Timestamp::now().as_second();
    Timestamp::from_second(now - seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// `2024-01-02T03:04:05Z`.
pub(crate) fn iso(time: Timestamp) -> String {
    time.round(Unit::Second).unwrap_or(time).to_string()
}

/// Seconds since the epoch with a fraction, as the JSON protocols send times.
pub(crate) fn epoch(time: Timestamp) -> f64 {
    time.as_second() as f64
}

/// A time in the answer of a CBOR service, which is not a mere number.
#[allow(dead_code, reason = "no operation of such a service yet")]
pub(crate) fn stamp(time: Timestamp) -> Value {
    json!({cbor::TIMESTAMP: epoch(time)})
}
