//! Listing the organization: accounts with their state, organizational units and tags.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_sdk_organizations::{operation::describe_organization::DescribeOrganizationError, types as sdk};
use futures::{StreamExt, TryStreamExt, stream};
use orgsweep_model::{Account, AccountId, AccountState, Blind, BlindReason, FactKind, Operation, Organization, OuPath, Unseen};
use tokio::time::Instant;

use crate::{
    blind,
    caller::Caller,
    hub::{Hub, HubSettings, ManagementAccount, into_blind},
    pages::{MOST, every_page},
    permissions::Permissions,
    tags::{GET_RESOURCES, LIST_TAGS},
};

const DESCRIBE_ORGANIZATION: Operation = Operation::new("organizations", "DescribeOrganization", "organizations:DescribeOrganization");
const LIST_ACCOUNTS: Operation = Operation::new("organizations", "ListAccounts", "organizations:ListAccounts");
const LIST_ROOTS: Operation = Operation::new("organizations", "ListRoots", "organizations:ListRoots");
const LIST_UNITS: Operation =
    Operation::new("organizations", "ListOrganizationalUnitsForParent", "organizations:ListOrganizationalUnitsForParent");
const LIST_ACCOUNTS_FOR_PARENT: Operation = Operation::new("organizations", "ListAccountsForParent", "organizations:ListAccountsForParent");

/// What listing the organization may call with these settings.
pub(crate) fn listing_operations(settings: &HubSettings) -> Vec<Operation> {
    if !settings.static_accounts.is_empty() {
        let ask_for_management = settings.sessions.management_account != ManagementAccount::Role;
        return ask_for_management.then_some(DESCRIBE_ORGANIZATION).into_iter().collect();
    }
    let always = [DESCRIBE_ORGANIZATION, LIST_ACCOUNTS, LIST_ROOTS, LIST_UNITS, LIST_ACCOUNTS_FOR_PARENT];
    let tags = settings.tags || Permissions::of(&settings.facts).hub.contains(LIST_TAGS.action);
    always.into_iter().chain(tags.then_some([LIST_TAGS, GET_RESOURCES]).into_iter().flatten()).collect()
}

/// The units change seldom: they are walked anew when this old, or when an account hangs in one that is not known.
const TREE_VALID: Duration = Duration::from_hours(1);

/// The largest organizations have 50,000 accounts, and a page has at most 20.
const MOST_ACCOUNT_PAGES: usize = 5_000;

/// The organization could not be listed.
#[derive(Debug, thiserror::Error)]
#[error("the organization could not be listed: {}", .0.detail)]
pub struct ListingError(pub Blind);

/// The organization's units, as last walked.
#[derive(Debug, Default)]
pub(crate) struct TreeCache(Option<(Tree, Instant)>);

/// Units by id: their own name and path, the root left out.
#[derive(Clone, Debug, Default)]
struct Tree {
    units: BTreeMap<String, OuPath>,
    roots: Vec<String>,
}

/// What the last listing gave, for the facts that build on it.
#[derive(Debug, Default)]
pub(crate) struct LastListing(Mutex<Listed>);

#[derive(Debug, Default)]
struct Listed {
    accounts: Option<Arc<[Account]>>,
    /// Why there was no listing.
    failed: Option<Blind>,
    /// Why some account's units, or their names, are not known.
    units_unread: Option<Blind>,
}

impl LastListing {
    fn remember(&self, listed: &Result<Organization, Blind>, with_accounts: bool) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.failed = listed.as_ref().err().cloned();
        if let Ok(organization) = listed {
            last.accounts = with_accounts.then(|| organization.accounts.as_slice().into());
        }
    }

    fn units_unread(&self, why: Option<Blind>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).units_unread = why;
    }

    fn are_placed(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).units_unread.is_none()
    }

    /// How many accounts the last good listing has; none where it was not the organization that was listed.
    pub fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).accounts.as_ref().map_or(0, |accounts| accounts.len())
    }

    /// Why the accounts' units may be others than the last good listing says, where that is so.
    pub fn gap(&self) -> Option<Blind> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.failed.clone().or_else(|| last.units_unread.clone())
    }

    /// The accounts, with units that are known; kept only where a fact needs them.
    pub fn accounts(&self) -> Result<Arc<[Account]>, Blind> {
        if let Some(gap) = self.gap() {
            return Err(gap);
        }
        let accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner).accounts.clone();
        accounts.ok_or_else(|| Blind::new(BlindReason::AwsError, "the organization has not been listed"))
    }
}

impl Hub {
    /// Every account of the organization, or the configured ones. Either the whole list or an error, never a part of it.
    pub async fn list_organization(&self) -> Result<Organization, ListingError> {
        let listed = if self.settings.static_accounts.is_empty() { self.listing().await } else { self.configured().await };
        self.last_listing.remember(&listed, self.settings.facts.contains(&FactKind::OrganizationAccounts));
        listed.map_err(ListingError)
    }

    /// The configured accounts. Which of them is the management account matters only where it is treated in its own way.
    async fn configured(&self) -> Result<Organization, Blind> {
        let mut accounts = self.settings.static_accounts.clone();
        accounts.sort_by_key(|account| account.id);
        if self.settings.sessions.management_account != ManagementAccount::Role {
            let management = management_account(self, self.organization_caller().await?).await?;
            self.set_management_account(management);
        }
        let management_account_id = self.management_account();
        // There is no more to know of them than what is configured.
        Ok(Organization { id: None, management_account_id, accounts, tagged: true, placed: true })
    }

    async fn listing(&self) -> Result<Organization, Blind> {
        let caller = self.organization_caller().await?;
        let described = describe(self, caller).await.map_err(into_blind)?;
        let management = described.master_account_id().and_then(|id| id.parse().ok());
        self.set_management_account(management);
        let mut listed = Vec::new();
        // A page may be empty and have a token nevertheless; the paginator goes on until there is no token.
        let pages = caller.organizations().list_accounts().max_results(20).into_paginator().stop_on_duplicate_token(false).send();
        let all = every_page(pages, LIST_ACCOUNTS, self.place(caller), MOST_ACCOUNT_PAGES, |page| {
            listed.extend(page.accounts.unwrap_or_default());
        });
        all.await.map_err(into_blind)?;
        let mut accounts = listed.iter().map(account).collect::<Result<Vec<_>, _>>()?;
        if accounts.is_empty() {
            // The management account at least is always there.
            return Err(Blind::new(BlindReason::AwsError, "organizations:ListAccounts: the answer has no account"));
        }
        self.place_accounts(caller, &listed, &mut accounts).await?;
        if self.settings.tags {
            accounts = self.with_tags(accounts).await?;
        }
        accounts.sort_by_key(|account| account.id);
        accounts.dedup_by_key(|account| account.id);
        let id = described.id().map(str::to_owned);
        let placed = self.last_listing.are_placed();
        Ok(Organization { id, management_account_id: management, accounts, tagged: self.settings.tags, placed })
    }

    /// Gives every account its organizational units. Where they cannot be read, ids stand for names, unless accounts are selected by their
    /// units: then a listing without them would select others than were meant, and is an error.
    async fn place_accounts(&self, caller: &Caller, listed: &[sdk::Account], accounts: &mut [Account]) -> Result<(), Blind> {
        let paths: BTreeMap<AccountId, Vec<String>> =
            listed.iter().filter_map(|account| Some((account.id()?.parse().ok()?, unit_ids(account.paths().first()?)))).collect();
        let mut why = None;
        let tree = self.tree(caller, &paths, &mut why).await?;
        // An endpoint that leaves Paths out is asked for the accounts of each unit instead.
        let by_parent = if paths.is_empty() && !tree.roots.is_empty() {
            self.forgive(accounts_by_parent(self, caller, &tree).await, &mut why)?.unwrap_or_default()
        } else {
            BTreeMap::new()
        };
        let mut incomplete = None;
        for account in accounts {
            let ids = paths.get(&account.id).cloned();
            account.ou_path = match (ids, by_parent.get(&account.id)) {
                (Some(ids), _) => {
                    if let Some(unit) = ids.iter().find(|id| !tree.units.contains_key(*id)) {
                        incomplete = incomplete.or_else(|| Some(format!("the unit {unit} was not found")));
                    }
                    let name = |id: &String| tree.units.get(id).and_then(|path| path.names.last()).unwrap_or(id).clone();
                    OuPath { names: ids.iter().map(name).collect(), ids }
                }
                (None, Some(path)) => path.clone(),
                (None, None) => {
                    incomplete = incomplete.or_else(|| Some(format!("the units of account {} were not found", account.id)));
                    OuPath::default()
                }
            };
        }
        self.last_listing.units_unread(incomplete.map(|words| why.unwrap_or_else(|| Blind::new(BlindReason::AwsError, words))));
        Ok(())
    }

    /// The units: the ones of the last walk while they are fresh and hold all that `paths` names.
    async fn tree(&self, caller: &Caller, paths: &BTreeMap<AccountId, Vec<String>>, why: &mut Option<Blind>) -> Result<Tree, Blind> {
        let mut cache = self.organization_tree.lock().await;
        let known = |tree: &Tree| paths.values().flatten().all(|unit| tree.units.contains_key(unit));
        let fresh = cache.0.as_ref().is_some_and(|(tree, walked)| walked.elapsed() < TREE_VALID && known(tree));
        if !fresh && let Some(tree) = self.forgive(walk(self, caller).await, why)? {
            cache.0 = Some((tree, Instant::now()));
        }
        Ok(cache.0.as_ref().map(|(tree, _)| tree.clone()).unwrap_or_default())
    }

    /// What is nice to have of the units, or needed where the configuration selects by them. Says `why` where it was not read.
    fn forgive<T>(&self, read: Result<T, Blind>, why: &mut Option<Blind>) -> Result<Option<T>, Blind> {
        match read {
            Ok(read) => Ok(Some(read)),
            Err(blind) if self.settings.units => Err(blind),
            Err(blind) => {
                tracing::warn!(detail = blind.detail, "the organizational units could not be read: accounts show ids, or no units");
                *why = Some(blind);
                Ok(None)
            }
        }
    }

    /// Gives every account its tags.
    async fn with_tags(&self, accounts: Vec<Account>) -> Result<Vec<Account>, Blind> {
        stream::iter(accounts)
            .map(|account| async move { Ok(Account { tags: self.tags_of(account.id).await?.unwrap_or_default(), ..account }) })
            .buffered(8)
            .try_collect()
            .await
    }
}

/// The management account: from the last listing, else asked for. Absent where the account is in no organization.
pub(crate) async fn management_account(hub: &Hub, caller: &Caller) -> Result<Option<AccountId>, Blind> {
    if let Some(account) = hub.management_account() {
        return Ok(Some(account));
    }
    let answer = caller.organizations().describe_organization().send().await;
    match answer {
        Ok(answer) => Ok(answer.organization().and_then(|organization| organization.master_account_id()?.parse().ok())),
        Err(error) if error.as_service_error().is_some_and(DescribeOrganizationError::is_aws_organizations_not_in_use_exception) => {
            Ok(None)
        }
        Err(error) => Err(into_blind(blind::unseen(&error, DESCRIBE_ORGANIZATION, hub.place(caller)))),
    }
}

async fn describe(hub: &Hub, caller: &Caller) -> Result<sdk::Organization, Unseen> {
    let answer = caller.organizations().describe_organization().send().await;
    let answer = answer.map_err(|error| blind::unseen(&error, DESCRIBE_ORGANIZATION, hub.place(caller)))?;
    answer
        .organization
        .ok_or_else(|| Unseen::Blind(Blind::new(BlindReason::AwsError, "organizations:DescribeOrganization: the answer is empty")))
}

/// One without an id would seem to have left: the listing is wrong as a whole.
fn account(listed: &sdk::Account) -> Result<Account, Blind> {
    let id = listed.id().and_then(|id| id.parse().ok());
    Ok(Account {
        id: id.ok_or_else(|| Blind::new(BlindReason::AwsError, "organizations:ListAccounts: an account has no 12-digit id"))?,
        name: listed.name().unwrap_or_default().to_owned(),
        ou_path: OuPath::default(),
        state: state(listed),
        tags: BTreeMap::new(),
    })
}

/// `State`; where an endpoint leaves it out, the retired `Status`.
fn state(listed: &sdk::Account) -> AccountState {
    let word = listed.state().map(sdk::AccountState::as_str);
    let word = word.or_else(|| listed.status().map(sdk::AccountStatus::as_str));
    match word {
        Some("ACTIVE") => AccountState::Active,
        Some("PENDING_ACTIVATION") => AccountState::PendingActivation,
        Some("SUSPENDED") => AccountState::Suspended,
        Some("PENDING_CLOSURE") => AccountState::PendingClosure,
        Some("CLOSED") => AccountState::Closed,
        _ => AccountState::Other,
    }
}

/// `o-abc/r-abc/ou-abc-1/ou-abc-2/123456789012/` → the units, outermost first.
fn unit_ids(path: &str) -> Vec<String> {
    path.split('/').filter(|part| part.starts_with("ou-")).map(str::to_owned).collect()
}

/// Walks the units from the roots down.
async fn walk(hub: &Hub, caller: &Caller) -> Result<Tree, Blind> {
    let mut tree = Tree::default();
    let pages = caller.organizations().list_roots().into_paginator().stop_on_duplicate_token(false).send();
    let all = every_page(pages, LIST_ROOTS, hub.place(caller), MOST, |page| {
        tree.roots.extend(page.roots().iter().filter_map(|root| Some(root.id()?.to_owned())));
    });
    all.await.map_err(into_blind)?;
    let mut open: Vec<(String, OuPath)> = tree.roots.iter().map(|root| (root.clone(), OuPath::default())).collect();
    while let Some((parent, above)) = open.pop() {
        let request = caller.organizations().list_organizational_units_for_parent().parent_id(parent);
        let pages = request.into_paginator().stop_on_duplicate_token(false).send();
        let all = every_page(pages, LIST_UNITS, hub.place(caller), MOST, |page| {
            for unit in page.organizational_units() {
                let Some(id) = unit.id() else { continue };
                let mut path = above.clone();
                path.ids.push(id.to_owned());
                path.names.push(unit.name().unwrap_or(id).to_owned());
                tree.units.insert(id.to_owned(), path.clone());
                open.push((id.to_owned(), path));
            }
        });
        all.await.map_err(into_blind)?;
    }
    Ok(tree)
}

async fn accounts_by_parent(hub: &Hub, caller: &Caller, tree: &Tree) -> Result<BTreeMap<AccountId, OuPath>, Blind> {
    let mut placed = BTreeMap::new();
    let root = OuPath::default();
    for (parent, path) in tree.roots.iter().map(|id| (id, &root)).chain(&tree.units) {
        let request = caller.organizations().list_accounts_for_parent().parent_id(parent);
        let pages = request.into_paginator().stop_on_duplicate_token(false).send();
        let all = every_page(pages, LIST_ACCOUNTS_FOR_PARENT, hub.place(caller), MOST_ACCOUNT_PAGES, |page| {
            placed.extend(page.accounts().iter().filter_map(|account| Some((account.id()?.parse().ok()?, path.clone()))));
        });
        all.await.map_err(into_blind)?;
    }
    Ok(placed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_from_a_path() {
        assert_eq!(unit_ids("o-a/r-b/ou-b-1/ou-b-2/123456789012/"), ["ou-b-1", "ou-b-2"]);
        assert!(unit_ids("o-a/r-b/123456789012/").is_empty());
    }

    #[test]
    fn state_comes_before_status() {
        let both = sdk::Account::builder().state(sdk::AccountState::PendingClosure).status(sdk::AccountStatus::Active).build();
        assert_eq!(state(&both), AccountState::PendingClosure);
        let old = sdk::Account::builder().status(sdk::AccountStatus::Suspended).build();
        assert_eq!(state(&old), AccountState::Suspended);
        assert_eq!(state(&sdk::Account::builder().build()), AccountState::Other);
    }
}
