//! The accounts that count, kept true against listings that may be wrong.

use std::collections::BTreeSet;

use orgsweep_model::{Account, AccountId, Organization};

/// The last good listing, and which accounts were missing from the newest one.
#[derive(Debug)]
pub struct Roster {
    max_shrink: f64,
    current: Option<Organization>,
    missing_once: BTreeSet<AccountId>,
}

/// A listing lost too many accounts to be believed about those that it does not show.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "the listing lost {lost} of {of} accounts, more than organization.max_shrink allows: those that are missing are kept. If they really \
     left, raise organization.max_shrink"
)]
pub struct Shrunk {
    /// Accounts lost.
    pub lost: usize,
    /// Accounts before.
    pub of: usize,
}

impl Roster {
    /// An empty roster that does not believe a listing which loses more than this share.
    pub const fn new(max_shrink: f64) -> Self {
        Self { max_shrink, current: None, missing_once: BTreeSet::new() }
    }

    /// The last good listing; absent before the first.
    pub const fn current(&self) -> Option<&Organization> {
        self.current.as_ref()
    }

    /// Takes in the last good listing of an earlier process or configuration. There may have been newer ones: accounts that those do not show
    /// are taken to be missing from none. Of another organization, nothing is taken.
    pub fn join(&mut self, earlier: Organization) {
        let Some(current) = &mut self.current else {
            self.current = Some(earlier);
            return;
        };
        if are_others(current, &earlier) {
            return;
        }
        let listed: BTreeSet<AccountId> = current.accounts.iter().map(|account| account.id).collect();
        current.accounts.extend(earlier.accounts.into_iter().filter(|account| !listed.contains(&account.id)));
        current.accounts.sort_by_key(|account| account.id);
    }

    /// Takes a complete listing, and gives the organization as it counts now. Whatever a listing shows is taken. An account leaves when two
    /// complete listings in a row do not show it and neither of them lost too many. A single account may always go, because a share of a
    /// small organization is less than one account; an empty listing is never right.
    pub fn apply(&mut self, mut listing: Organization) -> (&Organization, Option<Shrunk>) {
        let listed: BTreeSet<AccountId> = listing.accounts.iter().map(|account| account.id).collect();
        let mut shrunk = None;
        // Another organization's accounts are not ours that have left.
        let current = self.current.take().filter(|current| !are_others(current, &listing));
        if let Some(current) = current {
            let of = current.accounts.len();
            let mut missing: Vec<Account> = current.accounts.into_iter().filter(|account| !listed.contains(&account.id)).collect();
            // Those that were missing before are counted once, when they went missing.
            let lost = missing.iter().filter(|account| !self.missing_once.contains(&account.id)).count();
            let too_many = lost > 1 && lost as f64 > of as f64 * self.max_shrink;
            if too_many || (listed.is_empty() && of > 0) {
                shrunk = Some(Shrunk { lost, of });
                self.missing_once.retain(|account| !listed.contains(account));
            } else {
                missing.retain(|account| !self.missing_once.contains(&account.id));
                self.missing_once = missing.iter().map(|account| account.id).collect();
            }
            listing.accounts.extend(missing);
            listing.accounts.sort_by_key(|account| account.id);
        }
        (self.current.insert(listing), shrunk)
    }
}

/// Whether two listings are of two organizations.
fn are_others(one: &Organization, other: &Organization) -> bool {
    one.id.as_ref().zip(other.id.as_ref()).is_some_and(|(one, other)| one != other)
}

#[cfg(test)]
mod tests {
    use orgsweep_model::{AccountState, OuPath};

    use super::*;

    fn listing(accounts: impl IntoIterator<Item = u64>) -> Organization {
        let account = |number: u64| Account {
            id: format!("{number:012}").parse().unwrap(),
            name: String::new(),
            ou_path: OuPath::default(),
            state: AccountState::Active,
            tags: std::collections::BTreeMap::new(),
        };
        Organization { accounts: accounts.into_iter().map(account).collect(), ..Organization::default() }
    }

    /// How many accounts count after each of these listings, and whether it was believed.
    fn after(listings: impl IntoIterator<Item = Vec<u64>>) -> Vec<(usize, bool)> {
        let mut roster = Roster::new(0.2);
        let applied = listings.into_iter().map(|accounts| {
            let (organization, shrunk) = roster.apply(listing(accounts));
            assert!(organization.accounts.is_sorted_by_key(|account| account.id));
            (organization.accounts.len(), shrunk.is_none())
        });
        applied.collect()
    }

    fn first(count: u64) -> Vec<u64> {
        (1..=count).collect()
    }

    #[test]
    fn an_account_leaves_after_two_listings_without_it() {
        assert_eq!(after([10, 9, 9].map(first)), [(10, true), (10, true), (9, true)]);
    }

    #[test]
    fn an_account_that_comes_back_starts_over() {
        assert_eq!(after([10, 9, 10, 9].map(first)), [(10, true); 4]);
    }

    #[test]
    fn a_sudden_shrink_is_not_believed_and_the_missing_accounts_stay() {
        let counts = after([10, 7, 7, 7, 8, 8].map(first));
        assert_eq!(counts, [(10, true), (10, false), (10, false), (10, false), (10, true), (8, true)], "two of ten may go");
        let (_, shrunk) = [10, 7].map(first).into_iter().fold((Roster::new(0.2), None), |(mut roster, _), accounts| {
            let (_, shrunk) = roster.apply(listing(accounts));
            (roster, shrunk)
        });
        assert_eq!(shrunk, Some(Shrunk { lost: 3, of: 10 }));
    }

    #[test]
    fn a_shrunken_listing_is_believed_about_the_accounts_that_it_shows() {
        assert_eq!(after([first(10), vec![1, 2, 3, 50, 51], first(10)]), [(10, true), (12, false), (12, true)]);
    }

    #[test]
    fn a_shrunken_listing_does_not_confirm_that_an_account_is_missing() {
        assert_eq!(after([10, 9, 1, 9].map(first)), [(10, true), (10, true), (10, false), (9, true)]);
        assert_eq!(after([first(10), first(9), vec![10], first(9)])[3], (10, true), "the tenth was back");
    }

    #[test]
    fn what_an_earlier_process_knew_leaves_like_anything_else() {
        let mut roster = Roster::new(0.2);
        roster.apply(listing(first(9)));
        roster.join(listing(first(10)));
        let mut counts = [(); 2].map(|()| roster.apply(listing(first(9))).0.accounts.len());
        assert_eq!(counts, [10, 9]);
        let mut roster = Roster::new(0.2);
        roster.join(listing(first(10)));
        counts = [1, 10].map(|accounts| roster.apply(listing(first(accounts))).0.accounts.len());
        assert_eq!(counts, [10, 10]);
    }

    #[test]
    fn another_organization_is_no_shrunken_one() {
        let of = |id: &str, accounts| Organization { id: Some(id.to_owned()), ..listing(accounts) };
        let mut roster = Roster::new(0.2);
        roster.join(of("o-one", first(10)));
        let (organization, shrunk) = roster.apply(of("o-two", vec![50, 51]));
        assert_eq!((organization.accounts.len(), shrunk), (2, None));
        roster.join(of("o-one", first(10)));
        assert_eq!(roster.current().unwrap().accounts.len(), 2);
    }

    #[test]
    fn a_tiny_organization_can_lose_an_account_but_never_all() {
        assert_eq!(after([2, 1, 1].map(first)), [(2, true), (2, true), (1, true)]);
        assert_eq!(after([1, 0, 0, 0].map(first)), [(1, true), (1, false), (1, false), (1, false)]);
        assert_eq!(after([4, 2, 2].map(first)), [(4, true), (4, false), (4, false)]);
    }
}
