//! Who administers an account's Security Hub and GuardDuty: its findings reach that account, too.

use serde::{Deserialize, Serialize};

use super::{FactScope, FactSpec, Operation};
use crate::AccountId;

/// `securityhub:GetAdministratorAccount`.
pub const SECURITY_HUB_ADMINISTRATOR: FactSpec = FactSpec {
    scope: FactScope::Region,
    operations: &[Operation::new("securityhub", "GetAdministratorAccount", "securityhub:GetAdministratorAccount")],
    hub_operations: &[],
};
/// `guardduty:GetAdministratorAccount` of each detector.
pub const GUARDDUTY_ADMINISTRATOR: FactSpec = FactSpec {
    scope: FactScope::Region,
    operations: &[
        Operation::new("guardduty", "ListDetectors", "guardduty:ListDetectors"),
        Operation::new("guardduty", "GetAdministratorAccount", "guardduty:GetAdministratorAccount"),
    ],
    hub_operations: &[],
};

/// Security Hub's administrator for this account in a region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecurityHubAdministrator {
    /// Absent where the account stands alone, is the administrator itself, or has no hub.
    #[serde(default)]
    pub administrator: Option<Administrator>,
}

/// GuardDuty's administrator for this account in a region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuardDutyAdministrator {
    /// Absent where the account stands alone, is the administrator itself, or has no detector.
    #[serde(default)]
    pub administrator: Option<Administrator>,
}

/// An account that administers another's findings, or has offered to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Administrator {
    /// The account.
    pub account: AccountId,
    /// How far the relationship has come, in the service's words.
    pub status: String,
}

impl Administrator {
    /// Whether the relationship stands. It may as well be an open invitation, or have ended. Security Hub documents one word and shows
    /// another in its examples.
    pub fn in_charge(&self) -> bool {
        ["Enabled", "Associated"].iter().any(|word| word.eq_ignore_ascii_case(&self.status))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_is_no_administrator() {
        for (status, in_charge) in [("Enabled", true), ("ENABLED", true), ("ASSOCIATED", true), ("Invited", false), ("Resigned", false)] {
            let administrator = Administrator { account: "111122223333".parse().unwrap(), status: status.into() };
            assert_eq!(administrator.in_charge(), in_charge, "{status}");
        }
    }
}
