//! The account's contacts. Only what checks need to know of them: names, addresses and numbers of people stay with AWS.

use serde::{Deserialize, Serialize};

use super::{FactScope, FactSpec, Operation};

const GET_ALTERNATE_CONTACT: Operation = Operation::new("account", "GetAlternateContact", "account:GetAlternateContact");
const GET_CONTACT_INFORMATION: Operation = Operation::new("account", "GetContactInformation", "account:GetContactInformation");

/// `account:GetAlternateContact`, once for each kind of contact.
pub const ALTERNATE_CONTACTS: FactSpec = FactSpec { scope: FactScope::Account, operations: &[GET_ALTERNATE_CONTACT], hub_operations: &[] };
/// `account:GetContactInformation`.
pub const CONTACT_INFORMATION: FactSpec =
    FactSpec { scope: FactScope::Account, operations: &[GET_CONTACT_INFORMATION], hub_operations: &[] };

/// Which alternate contacts are set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlternateContacts {
    /// Whom AWS writes to about the bill.
    pub billing: bool,
    /// Whom AWS writes to about the service.
    pub operations: bool,
    /// Whom AWS writes to about abuse and security.
    pub security: bool,
}

/// The primary contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactInformation {
    /// How the phone number is written.
    pub phone: PhoneForm,
}

/// How a phone number is written; never the number itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhoneForm {
    /// There is none.
    Absent,
    /// It does not begin with a `+`: it can be dialled in its own country only.
    National,
    /// With a `+`, but no country code after it, or too few or too many digits to be a number.
    Malformed,
    /// `+`, a country code, a number.
    International,
}

impl PhoneForm {
    /// The form of a number as somebody typed it. Spaces, dots, hyphens, slashes and brackets are only there for the eye.
    pub fn of(number: &str) -> Self {
        let number = number.trim();
        if number.is_empty() {
            return Self::Absent;
        }
        let Some(rest) = number.strip_prefix('+') else { return Self::National };
        let digits: String = rest.chars().filter(|character| !character.is_whitespace() && !"().-/".contains(*character)).collect();
        // E.164: country codes begin with 1 to 9, and a number has at most 15 digits with its country code. The shortest in use have 7.
        let of_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
        if of_digits && !digits.starts_with('0') && (7..=15).contains(&digits.len()) { Self::International } else { Self::Malformed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_type_them() {
        for (number, form) in [
            ("", PhoneForm::Absent),
            ("  ", PhoneForm::Absent),
            ("+81 3-1234-5678", PhoneForm::International),
            ("+1 (206) 555-0100", PhoneForm::International),
            (" +49 (0) 30/123456", PhoneForm::International),
            ("+683 4000", PhoneForm::International),
            ("+123456789012345", PhoneForm::International),
            ("03-1234-5678", PhoneForm::National),
            ("0081 3 1234 5678", PhoneForm::National),
            ("81312345678", PhoneForm::National),
            ("(+81) 3-1234-5678", PhoneForm::National),
            ("+03 1234 5678", PhoneForm::Malformed),
            ("+81", PhoneForm::Malformed),
            ("+", PhoneForm::Malformed),
            ("+1234567890123456", PhoneForm::Malformed),
            ("+81 3 CALL ME", PhoneForm::Malformed),
            ("+81+312345678", PhoneForm::Malformed),
        ] {
            assert_eq!(PhoneForm::of(number), form, "{number}");
        }
    }
}
