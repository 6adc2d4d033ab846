//! Numbers with limits.

use std::{borrow::Cow, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

/// A share, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64")]
pub struct Ratio(f64);

/// Requests a second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64")]
pub struct Rate(f64);

/// No AWS quota is anywhere near; above, the time between two requests would vanish in rounding.
const HIGHEST_RATE: f64 = 10_000.0;

impl Ratio {
    pub(super) const fn new(share: f64) -> Self {
        Self(share)
    }

    /// The share.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl Rate {
    pub(super) const fn new(per_second: f64) -> Self {
        Self(per_second)
    }

    /// Requests a second.
    pub const fn per_second(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Ratio {
    type Error = String;

    fn try_from(share: f64) -> Result<Self, String> {
        if (0.0..=1.0).contains(&share) { Ok(Self(share)) } else { Err(format!("{share} is not a share: it is from 0 to 1")) }
    }
}

impl TryFrom<f64> for Rate {
    type Error = String;

    fn try_from(rate: f64) -> Result<Self, String> {
        if rate > 0.0 && rate <= HIGHEST_RATE {
            Ok(Self(rate))
        } else {
            Err(format!("{rate} is not a rate: requests a second are more than 0 and at most {HIGHEST_RATE}"))
        }
    }
}

impl JsonSchema for Ratio {
    fn schema_name() -> Cow<'static, str> {
        "Ratio".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "number", "minimum": 0, "maximum": 1, "description": "A share, from 0 to 1"})
    }
}

impl JsonSchema for Rate {
    fn schema_name() -> Cow<'static, str> {
        "Rate".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "number", "exclusiveMinimum": 0, "maximum": HIGHEST_RATE, "description": "Requests a second"
        })
    }
}

/// A count that is at least one.
pub(super) fn positive<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    struct Visitor;

    impl de::Visitor<'_> for Visitor {
        type Value = u32;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a whole number that is at least 1")
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<u32, E> {
            u32::try_from(number).ok().filter(|number| *number > 0).ok_or_else(|| wrong(number))
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<u32, E> {
            Err(wrong(number))
        }
    }

    fn wrong<E: de::Error>(number: impl fmt::Display) -> E {
        E::custom(format_args!("{number} is out of range: it is a whole number from 1 to {}", u32::MAX))
    }

    deserializer.deserialize_any(Visitor)
}
