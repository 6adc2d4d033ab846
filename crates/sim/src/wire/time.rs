//! Times as the protocols write them.

use jiff::{Timestamp, Unit};
use serde_json::{Value, json};

/// The only member of an object that stands for a time.
pub(super) const STAMP: &str = "$timestamp";

/// A time a number of seconds ago, in whole seconds.
pub(crate) fn ago(seconds: i64) -> Timestamp {
    let now = Timestamp::now().as_second();
    Timestamp::from_second(now - seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// `2024-01-02T03:04:05Z`.
pub(crate) fn iso(time: Timestamp) -> String {
    time.round(Unit::Second).unwrap_or(time).to_string()
}

/// `20240102T030405Z`, as signatures have it.
pub(crate) fn compact(time: Timestamp) -> String {
    time.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Seconds since the epoch with a fraction, as the JSON protocols send times.
pub(crate) fn epoch(time: Timestamp) -> f64 {
    time.as_second() as f64
}

/// A time in the answer of a CBOR service: tag 1 there, and a number where the service is asked in JSON.
pub(crate) fn stamp(time: Timestamp) -> Value {
    json!({STAMP: epoch(time)})
}

/// Turns the marked times within a value into numbers.
pub(super) fn unstamp(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(unstamp),
        Value::Object(members) => {
            if let Some(seconds) = members.remove(STAMP) {
                *value = seconds;
            } else {
                members.values_mut().for_each(unstamp);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marked_times_become_numbers() {
        let mut value = json!({"a": [{"b": stamp(Timestamp::UNIX_EPOCH)}], "c": "d"});
        unstamp(&mut value);
        assert_eq!(value, json!({"a": [{"b": 0.0}], "c": "d"}));
    }
}
