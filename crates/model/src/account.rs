//! Accounts of an organization, as the listing shows them.

use std::{collections::BTreeMap, fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A 12-digit AWS account id. Kept as a number: eight bytes, `Copy`, and ordered as the digits are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(u64);

/// The text is not a 12-digit account id.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not an AWS account id: it has 12 digits, like \"123456789012\"")]
pub struct InvalidAccountId(String);

impl FromStr for AccountId {
    type Err = InvalidAccountId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            text.parse().map(Self).map_err(|_| InvalidAccountId(text.to_owned()))
        } else {
            Err(InvalidAccountId(text.to_owned()))
        }
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for AccountId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AccountId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = AccountId;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a 12-digit AWS account id in quotes")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<AccountId, E> {
                text.parse().map_err(E::custom)
            }

            // An id without quotes is a number to YAML. Twelve digits are unambiguous; fewer lost their leading zeros.
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<AccountId, E> {
                if (100_000_000_000..=999_999_999_999).contains(&number) {
                    Ok(AccountId(number))
                } else {
                    Err(E::custom(format_args!("{number} is not an AWS account id: write its 12 digits in quotes, like \"012345678901\"")))
                }
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<AccountId, E> {
                match u64::try_from(number) {
                    Ok(number) => self.visit_u64(number),
                    Err(_) => Err(E::custom(InvalidAccountId(number.to_string()))),
                }
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for AccountId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AccountId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^[0-9]{12}$", "description": "A 12-digit AWS account id, in quotes"})
    }
}

/// Where an account is in its life, from Organizations' `State` (or the older `Status`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AccountState {
    /// Created, not yet usable.
    PendingActivation,
    /// Usable: the only state in which a role can be assumed.
    Active,
    /// Suspended by AWS.
    Suspended,
    /// Being closed.
    PendingClosure,
    /// Closed, shown for 90 days.
    Closed,
    /// A state that this version does not know; treated like [`AccountState::Active`], because trying tells.
    Other,
}

impl AccountState {
    /// The name AWS gives it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PendingActivation => "PENDING_ACTIVATION",
            Self::Active => "ACTIVE",
            Self::Suspended => "SUSPENDED",
            Self::PendingClosure => "PENDING_CLOSURE",
            Self::Closed => "CLOSED",
            Self::Other => "OTHER",
        }
    }

    /// Whether a role in the account may answer.
    pub const fn sweepable(self) -> bool {
        matches!(self, Self::Active | Self::Other)
    }
}

/// The organizational units above an account, from the root down, without the root.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OuPath {
    /// Ids, `ou-…`, outermost first.
    pub ids: Vec<String>,
    /// Names in the same order; an OU whose name could not be read is named by its id.
    pub names: Vec<String>,
}

impl fmt::Display for OuPath {
    /// `/Workloads/Production`; `/` for an account directly under the root.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.names.is_empty() {
            return f.write_str("/");
        }
        self.names.iter().try_for_each(|name| write!(f, "/{name}"))
    }
}

/// A member of the organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its friendly name.
    pub name: String,
    /// Where it hangs in the organization.
    pub ou_path: OuPath,
    /// Its place in its life.
    pub state: AccountState,
    /// Its tags; empty where nothing asked for them.
    pub tags: BTreeMap<String, String>,
}

/// The organization as one complete listing showed it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// `o-…`; absent when the accounts come from the configuration.
    pub id: Option<String>,
    /// The management account; absent when the accounts come from the configuration.
    pub management_account_id: Option<AccountId>,
    /// Every account, sorted by id.
    pub accounts: Vec<Account>,
    /// Whether the accounts' tags were asked for. Without that, an account without tags may have some.
    pub tagged: bool,
    /// Whether the units of every account are known, with their names.
    pub placed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_ids_keep_their_leading_zeros_and_refuse_anything_else() {
        assert_eq!("012345678901".parse::<AccountId>().unwrap().to_string(), "012345678901");
        for wrong in ["", "12345678901", "1234567890123", "12345678901a", "+12345678901", "１２３４５６７８９０１２"] {
            assert!(wrong.parse::<AccountId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn ou_path_reads_like_a_path() {
        let path = OuPath { ids: vec!["ou-1".into(), "ou-2".into()], names: vec!["Workloads".into(), "Production".into()] };
        assert_eq!(path.to_string(), "/Workloads/Production");
        assert_eq!(OuPath::default().to_string(), "/");
    }
}
