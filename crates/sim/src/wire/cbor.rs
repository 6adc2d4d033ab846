//! CBOR, as rpcv2Cbor uses it: read into and written from the JSON values that the operations work with.
//!
//! JSON has no times. An operation marks them with [`time::stamp`], and they are written as tag 1.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ciborium::Value as Cbor;
use serde_json::{Map, Number, Value};

use super::time;

/// Seconds since the epoch.
const EPOCH: u64 = 1;

/// Reads a request's body. Times become seconds, bytes base64.
pub(crate) fn read(body: &[u8]) -> Result<Value, String> {
    ciborium::from_reader(body).map_err(|error| error.to_string()).and_then(json)
}

fn json(value: Cbor) -> Result<Value, String> {
    Ok(match value {
        Cbor::Null => Value::Null,
        Cbor::Bool(value) => value.into(),
        Cbor::Integer(value) => {
            let value = i128::from(value);
            Number::from_i128(value).ok_or_else(|| format!("{value} has more than 64 bits"))?.into()
        }
        Cbor::Float(value) => value.into(),
        Cbor::Text(text) => text.into(),
        Cbor::Bytes(bytes) => STANDARD.encode(bytes).into(),
        Cbor::Tag(_, value) => json(*value)?,
        Cbor::Array(items) => items.into_iter().map(json).collect::<Result<Vec<_>, _>>()?.into(),
        Cbor::Map(members) => members
            .into_iter()
            .map(|(key, value)| Ok((key.into_text().map_err(|key| format!("{key:?} is no member's name"))?, json(value)?)))
            .collect::<Result<Map<_, _>, String>>()?
            .into(),
        other => return Err(format!("{other:?} has no meaning here")),
    })
}

/// Writes an answer's body.
pub(crate) fn write(value: &Value) -> Vec<u8> {
    let mut body = Vec::new();
    // Writing into a Vec cannot fail.
    let _ = ciborium::into_writer(&cbor(value), &mut body);
    body
}

fn cbor(value: &Value) -> Cbor {
    match value {
        Value::Null => Cbor::Null,
        Value::Bool(value) => Cbor::Bool(*value),
        Value::Number(number) => number
            .as_i64()
            .map(Cbor::from)
            .or_else(|| number.as_u64().map(Cbor::from))
            .unwrap_or_else(|| Cbor::Float(number.as_f64().unwrap_or_default())),
        Value::String(text) => Cbor::Text(text.clone()),
        Value::Array(items) => Cbor::Array(items.iter().map(cbor).collect()),
        Value::Object(members) => match members.get(time::STAMP) {
            Some(seconds) => Cbor::Tag(EPOCH, Box::new(cbor(seconds))),
            None => Cbor::Map(members.iter().map(|(name, value)| (Cbor::Text(name.clone()), cbor(value))).collect()),
        },
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let value = json!({"a": [1, -2, 2.5, true, null], "b": {"c": "text"}, "d": u64::MAX});
        assert_eq!(read(&write(&value)).unwrap(), value);
        assert!(read(b"\xff").is_err());
    }

    #[test]
    fn a_time_is_tag_1() {
        let body = write(&time::stamp(Timestamp::from_second(1_700_000_000).unwrap()));
        assert_eq!(body[0], 0xc1);
        assert_eq!(read(&body).unwrap().as_f64(), Some(1_700_000_000.0));
    }

    #[test]
    fn bytes_are_read_as_base64_and_maps_by_name_only() {
        assert_eq!(read(b"\x42\x01\x02").unwrap(), json!("AQI="));
        assert!(read(b"\xa1\x01\x02").is_err());
    }
}
