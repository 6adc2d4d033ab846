//! The accounts that count, kept true against listings that may be wrong.

use std::collections::BTreeSet;

use orgsweep_model::{AccountId, Organization};

/// The last good listing, and which accounts were missing from the newest one.
#[derive(Debug)]
pub struct Roster {
    max_shrink: f64,
    current: Option<Organization>,
    missing_once: BTreeSet<AccountId>,
}

/// A listing that lost too many accounts to be believed.
#[derive(Debug, thiserror::Error)]
#[error(
    "the listing lost {lost} of {of} accounts, more than organization.max_shrink allows: the last good listing is kept. If the accounts \
     really left, raise organization.max_shrink or restart"
)]
pub struct Shrunk {
    /// Accounts lost.
    pub lost: usize,
    /// Accounts before.
    pub of: usize,
}

impl Roster {
    /// An empty roster that refuses a listing which loses more than this share.
    pub const fn new(max_shrink: f64) -> Self {
        Self { max_shrink, current: None, missing_once: BTreeSet::new() }
    }

    /// Takes a complete listing. An account leaves when two complete listings in a row do not show it.
    pub fn apply(&mut self, mut listing: Organization) -> Result<&Organization, Shrunk> {
        let listed: BTreeSet<AccountId> = listing.accounts.iter().map(|account| account.id).collect();
        if let Some(current) = &self.current {
            let missing: Vec<_> = current.accounts.iter().filter(|account| !listed.contains(&account.id)).collect();
            let of = current.accounts.len();
            // Those that were missing before are counted once, when they went missing.
            let lost = missing.iter().filter(|account| !self.missing_once.contains(&account.id)).count();
            if lost as f64 > of as f64 * self.max_shrink {
                return Err(Shrunk { lost, of });
            }
            let kept: Vec<_> = missing.into_iter().filter(|account| !self.missing_once.contains(&account.id)).cloned().collect();
            self.missing_once = kept.iter().map(|account| account.id).collect();
            listing.accounts.extend(kept);
            listing.accounts.sort_by_key(|account| account.id);
        }
        Ok(self.current.insert(listing))
    }
}

#[cfg(test)]
mod tests {
    use orgsweep_model::{Account, AccountState, OuPath};

    use super::*;

    fn listing(count: u64) -> Organization {
        let account = |number: u64| Account {
            id: format!("{number:012}").parse().unwrap(),
            name: String::new(),
            ou_path: OuPath::default(),
            state: AccountState::Active,
            tags: std::collections::BTreeMap::new(),
        };
        Organization { id: None, management_account_id: None, accounts: (1..=count).map(account).collect() }
    }

    #[test]
    fn an_account_leaves_after_two_listings_without_it() {
        let mut roster = Roster::new(0.2);
        assert_eq!(roster.apply(listing(10)).unwrap().accounts.len(), 10);
        assert_eq!(roster.apply(listing(9)).unwrap().accounts.len(), 10);
        assert_eq!(roster.apply(listing(9)).unwrap().accounts.len(), 9);
    }

    #[test]
    fn an_account_that_comes_back_starts_over() {
        let mut roster = Roster::new(0.2);
        for count in [10, 9, 10, 9] {
            assert_eq!(roster.apply(listing(count)).unwrap().accounts.len(), 10);
        }
    }

    #[test]
    fn a_sudden_shrink_is_refused_and_the_last_good_listing_stays() {
        let mut roster = Roster::new(0.2);
        roster.apply(listing(10)).unwrap();
        let refused = roster.apply(listing(7)).unwrap_err();
        assert_eq!((refused.lost, refused.of), (3, 10));
        assert_eq!(roster.apply(listing(8)).unwrap().accounts.len(), 10, "two of ten may go");
        assert_eq!(roster.apply(listing(8)).unwrap().accounts.len(), 8);
    }
}
