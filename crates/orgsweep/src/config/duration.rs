//! Durations as people write them: `15m`, `1h30m`, `400d`, `500ms`.

use std::{borrow::Cow, fmt, str::FromStr, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A duration in the configuration, longer than zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HumanDuration(Duration);

/// The text is not a duration.
#[derive(Debug, thiserror::Error)]
pub enum InvalidDuration {
    /// It is not numbers with units.
    #[error("{0:?} is not a duration: write a number with a unit (ms, s, m, h or d), like 15m or 1h")]
    Malformed(String),
    /// It is zero.
    #[error("{0:?} is no time at all: a duration is longer than zero")]
    Zero(String),
    /// It is longer than anything here can mean.
    #[error("{0:?} is longer than ten years")]
    TooLong(String),
}

/// The longest first, so that writing takes as few words as possible.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
const TEN_YEARS: u64 = 3_653 * 86_400_000;

impl HumanDuration {
    /// So many seconds.
    pub(super) const fn from_secs(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// The duration.
    pub const fn get(self) -> Duration {
        self.0
    }
}

impl FromStr for HumanDuration {
    type Err = InvalidDuration;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || InvalidDuration::Malformed(text.to_owned());
        let too_long = || InvalidDuration::TooLong(text.to_owned());
        let mut rest = text;
        let mut total: u64 = 0;
        while !rest.is_empty() {
            let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(malformed)?);
            let (unit, after) = after.split_at(after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len()));
            let (_, milliseconds) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(malformed)?;
            if number.is_empty() {
                return Err(malformed());
            }
            // Only digits are left, so a number that does not parse is one that does not fit.
            let number: u64 = number.parse().map_err(|_| too_long())?;
            total = number.checked_mul(*milliseconds).and_then(|part| total.checked_add(part)).ok_or_else(too_long)?;
            rest = after;
        }
        match total {
            _ if text.is_empty() => Err(malformed()),
            0 => Err(InvalidDuration::Zero(text.to_owned())),
            TEN_YEARS.. => Err(too_long()),
            _ => Ok(Self(Duration::from_millis(total))),
        }
    }
}

impl fmt::Display for HumanDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_millis();
        for (unit, milliseconds) in UNITS {
            let count = rest / u128::from(milliseconds);
            if count > 0 {
                write!(f, "{count}{unit}")?;
            }
            rest %= u128::from(milliseconds);
        }
        Ok(())
    }
}

impl fmt::Debug for HumanDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for HumanDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for HumanDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        duration_text(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for HumanDuration {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^([0-9]+(ms|s|m|h|d))+$", "description": "A duration like 15m or 1h30m"})
    }
}

/// How long a pass counts without being confirmed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PassValid {
    /// Three times the check's cadence, at least a day.
    #[default]
    Auto,
    /// As long as this, whatever the cadence.
    For(HumanDuration),
}

impl Serialize for PassValid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => serializer.serialize_str("auto"),
            Self::For(duration) => duration.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for PassValid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match duration_text(deserializer)?.as_str() {
            "auto" => Ok(Self::Auto),
            text => text.parse().map(Self::For).map_err(|error| de::Error::custom(format_args!("{error}, or auto"))),
        }
    }
}

impl JsonSchema for PassValid {
    fn schema_name() -> Cow<'static, str> {
        "PassValid".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let duration = generator.subschema_for::<HumanDuration>();
        schemars::json_schema!({"anyOf": [{"const": "auto"}, duration]})
    }
}

/// The text of a duration. A number without a unit is the likeliest mistake, so it gets the message that helps.
fn duration_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    struct Visitor;

    impl de::Visitor<'_> for Visitor {
        type Value = String;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a duration like 15m")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
            Ok(text.to_owned())
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<String, E> {
            Err(E::custom(format_args!("{number} has no unit: write a number with a unit (ms, s, m, h or d), like 15m or 1h")))
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<String, E> {
            Err(E::custom(InvalidDuration::Malformed(number.to_string())))
        }

        fn visit_f64<E: de::Error>(self, number: f64) -> Result<String, E> {
            Err(E::custom(InvalidDuration::Malformed(number.to_string())))
        }
    }

    deserializer.deserialize_any(Visitor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_what_they_mean() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("90s", 90_000),
            ("15m", 900_000),
            ("1h30m", 5_400_000),
            ("24h", 86_400_000),
            ("400d", 400 * 86_400_000),
            ("1m500ms", 60_500),
        ] {
            assert_eq!(text.parse::<HumanDuration>().unwrap().get(), Duration::from_millis(milliseconds), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_a_reason() {
        for (text, reason) in [
            ("10 parsecs", "is not a duration"),
            ("10", "is not a duration"),
            ("-5m", "is not a duration"),
            ("1.5h", "is not a duration"),
            ("h", "is not a duration"),
            ("5m ", "is not a duration"),
            ("5µs", "is not a duration"),
            ("", "is not a duration"),
            ("0s", "no time at all"),
            ("4000d", "longer than ten years"),
            ("99999999999999999999d", "longer than ten years"),
            ("9999999999999999999d", "longer than ten years"),
        ] {
            let error = text.parse::<HumanDuration>().unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        for text in ["1d", "1h30m", "10m", "400d", "1s500ms"] {
            assert_eq!(text.parse::<HumanDuration>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_number_without_a_unit_is_explained() {
        let error = serde_json::from_str::<HumanDuration>("15").unwrap_err().to_string();
        assert!(error.starts_with("15 has no unit"), "{error}");
        let error = serde_json::from_str::<PassValid>("\"never\"").unwrap_err().to_string();
        assert!(error.contains("or auto"), "{error}");
        assert_eq!(serde_json::from_str::<PassValid>("\"auto\"").unwrap(), PassValid::Auto);
    }
}
