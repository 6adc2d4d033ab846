//! What a verdict may depend on: the account's variants, what may not be asked there, and the same of other accounts.

use super::{Check, Outcome, Trait, Verdict};
use crate::org::{Account, AccountState, Organization};
use crate::{regions, service};

/// One check of one account and region, as the truth sees it.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) organization: &'a Organization,
    /// The account, an index.
    pub(crate) index: usize,
    /// `global` for the checks of an account and of the organization.
    pub(crate) region: &'a str,
    pub(crate) check: &'static Check,
}

impl<'a> View<'a> {
    pub(crate) fn account(&self) -> &'a Account {
        &self.organization.accounts[self.index]
    }

    pub(crate) fn is_management(&self) -> bool {
        self.index == self.organization.settings.management
    }

    /// The same check in another account, an index.
    pub(crate) fn of(&self, index: usize) -> Self {
        Self { index, ..*self }
    }

    /// The same check in the management account, which is also the payer and owns what the organization has as a whole.
    pub(crate) fn management(&self) -> Self {
        self.of(self.organization.settings.management)
    }

    /// The same check and account in another region.
    pub(crate) fn at(&self, region: &'a str) -> Self {
        Self { region, ..*self }
    }

    /// Which variant of any check there is here; an account's or the organization's wherever the view stands.
    pub(crate) fn variant<T: Trait>(&self) -> T {
        self.organization.variant(self.account(), self.region)
    }

    /// What stands beside the check's own variant.
    pub(crate) fn own(&self) -> Verdict {
        let variant = self.organization.choose(self.check, self.account(), self.region);
        match self.check.variants[variant].outcome {
            Outcome::FailAtHome if self.region == regions::HOME => Verdict::Fail(1),
            Outcome::Pass | Outcome::FailAtHome => Verdict::Pass,
            Outcome::Fail(count) => Verdict::Fail(count),
            Outcome::NotApplicable => Verdict::NotApplicable,
            Outcome::Unknown(reason) => Verdict::Unknown(reason),
        }
    }

    /// Why nothing about the account can be seen.
    pub(crate) fn out_of_reach(&self) -> Option<&'static str> {
        let account = self.account();
        if account.state != AccountState::Active {
            Some("account_suspended")
        } else if !account.role {
            Some("role_missing")
        } else {
            None
        }
    }

    /// Why the first of the actions that is refused here is refused. Organizations is asked in the management account, always.
    pub(crate) fn denied(&self, actions: &[&str]) -> Option<&'static str> {
        actions.iter().find_map(|action| {
            let account = if action.starts_with("organizations:") { self.organization.management() } else { self.account() };
            if account.denies.is_empty() {
                return None;
            }
            let at_home = self.region == "global" || service::is_global(action);
            let deny = account.denied(action, if at_home { regions::HOME } else { self.region })?;
            Some(if deny.scp { "scp_deny" } else { "iam_deny" })
        })
    }

    /// Why the actions cannot be used here: the account is out of reach, or one of them is refused.
    pub(crate) fn blind(&self, actions: &[&str]) -> Option<&'static str> {
        self.out_of_reach().or_else(|| self.denied(actions))
    }
}
