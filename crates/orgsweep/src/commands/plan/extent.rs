//! How large the organization is: its listing, and a look into a few of its accounts.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, stream};
use orgsweep_aws::EnabledRegion;
use orgsweep_model::{Account, Blind, BlindReason, Organization, Region};
use orgsweep_posture::ForecastAccount;

use super::asks::Calls;
use crate::{
    config::{self, Config},
    engine::Engine,
};

/// No more accounts are looked into. The others are taken to be like these.
const MOST: usize = 50;

/// What a look into an account showed.
pub struct Looked {
    pub account: Account,
    pub is_management: bool,
    /// The selected regions that are enabled in it.
    pub seen: Result<Vec<Region>, Blind>,
    /// Why the regions are not its own but those that every account has.
    pub regions_unread: Option<Blind>,
}

/// Where the accounts come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// From the configuration. Nothing is listed.
    Configured,
    /// From the organization, with everybody's tags.
    WithTags,
    /// From the organization. Checks that need tags ask for them.
    WithoutTags,
}

/// The organization as far as calls go.
#[derive(Clone, Debug, PartialEq)]
pub struct Extent {
    /// Accounts of the organization, selected or not.
    pub listed: usize,
    /// Those of them that may answer.
    pub listed_sweepable: usize,
    pub listing: Listing,
    /// Selected accounts that may answer.
    pub sweepable: f64,
    /// Those of them that can be reached.
    pub reachable: f64,
    /// Regions of all reachable accounts together.
    pub targets: f64,
    /// Regions that any account has.
    pub regions: f64,
    /// Whether the management account is swept, and can be reached.
    pub management: bool,
    /// Whether the owner of what the accounts share can be asked.
    pub owner_answers: bool,
    /// Sessions that need no role: of the management account, where it is read with the ambient identity.
    pub ambient: f64,
}

/// Looks into some of the accounts: whether a session can be had, and which regions are enabled. Nothing else is asked. Gives the regions
/// that every account has, too.
pub async fn look(engine: &Engine, config: &Config, organization: &Organization) -> (Vec<Looked>, Vec<Region>) {
    let hub = engine.sweeper.hub();
    let timeout = config.schedule.sweep_timeout.get();
    let one = |account: &Account| {
        let account = account.clone();
        async move {
            let is_management = organization.management_account_id == Some(account.id);
            let opened = tokio::time::timeout(timeout, async {
                let session = hub.session(account.id).await?;
                Ok(hub.enabled_regions(&session).await)
            });
            let late = || Err(Blind::new(BlindReason::Timeout, format!("no session in {} within {timeout:?}", account.id)));
            let opened: Result<Result<Vec<EnabledRegion>, Blind>, Blind> = opened.await.unwrap_or_else(|_| late());
            (account, is_management, opened)
        }
    };
    let chosen = chosen(organization);
    let answers: Vec<_> = stream::iter(chosen.into_iter().map(one)).buffered(16).collect().await;

    let every_account_has = answers.iter().find_map(|(.., opened)| opened.as_ref().ok()?.as_ref().ok()).map(|enabled| {
        let always = enabled.iter().filter(|enabled| enabled.always).map(|enabled| enabled.region.clone());
        selected(always, &config.select)
    });
    let default_regions = every_account_has.unwrap_or_else(|| engine.sweeper.default_regions());
    let looked = answers.into_iter().map(|(account, is_management, opened)| {
        let (seen, regions_unread) = match opened {
            Err(blind) => (Err(blind), None),
            Ok(Ok(enabled)) => (Ok(selected(enabled.into_iter().map(|enabled| enabled.region), &config.select)), None),
            Ok(Err(blind)) => (Ok(default_regions.clone()), Some(blind)),
        };
        Looked { account, is_management, seen, regions_unread }
    });
    (looked.collect(), default_regions)
}

fn selected(regions: impl Iterator<Item = Region>, selection: &config::Selection) -> Vec<Region> {
    regions.filter(|region| selection.region(region)).collect()
}

/// The management account, because it answers for the organization, and others evenly spread.
fn chosen(organization: &Organization) -> Vec<&Account> {
    let sweepable = organization.accounts.iter().filter(|account| account.state.sweepable());
    let (management, others): (Vec<_>, Vec<_>) = sweepable.partition(|account| organization.management_account_id == Some(account.id));
    let more = evenly(&others, MOST - management.len());
    management.into_iter().chain(more.into_iter().copied()).collect()
}

/// So many of the items, or all, evenly spread.
pub fn evenly<T>(items: &[T], most: usize) -> Vec<&T> {
    let count = items.len().min(most);
    (0..count).map(|index| &items[index * items.len() / count]).collect()
}

/// The accounts of the organization with what is known of them, or assumed: those that were not looked into are taken to be like those
/// that were. With `all_answer`, those that could not be reached are taken to be like those that could.
pub fn accounts(organization: &Organization, looked: &[Looked], default_regions: usize, all_answer: bool) -> Vec<ForecastAccount> {
    let members = || looked.iter().filter(|looked| !looked.is_management);
    let regions: Vec<usize> = looked.iter().filter_map(|looked| Some(looked.seen.as_ref().ok()?.len())).collect();
    let mean = if regions.is_empty() { default_regions as f64 } else { regions.iter().sum::<usize>() as f64 / regions.len() as f64 };
    let answering = members().filter(|looked| looked.seen.is_ok()).count();
    let share = if all_answer { 1.0 } else { answering as f64 / members().count().max(1) as f64 };
    let known: BTreeMap<_, _> = looked.iter().map(|looked| (looked.account.id, looked)).collect();

    let (mut others, mut alike) = (0.0, 0.0);
    let accounts = organization.accounts.iter().map(|account| {
        let management = organization.management_account_id == Some(account.id);
        let unseen = ForecastAccount { management, reachable: false, regions: default_regions as u64 };
        if !account.state.sweepable() {
            return unseen;
        }
        let like_the_others = match known.get(&account.id).map(|looked| &looked.seen) {
            Some(Ok(regions)) => return ForecastAccount { reachable: true, regions: regions.len() as u64, ..unseen },
            Some(Err(_)) => all_answer,
            None => step(&mut others, share) > 0,
        };
        if like_the_others { ForecastAccount { reachable: true, regions: step(&mut alike, mean), ..unseen } } else { unseen }
    });
    accounts.collect()
}

/// The whole number by which a sum of parts grows when `part` is added to it, so that all together come to the sum of the parts.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sums of shares and of regions")]
fn step(sum: &mut f64, part: f64) -> u64 {
    let before = (*sum + 1e-9) as u64;
    *sum += part;
    (*sum + 1e-9) as u64 - before
}

/// What these accounts amount to. `listed` has all of the organization's, `selected` those that are swept; `listing` is what listing took.
pub fn extent(
    config: &Config,
    listed: &Organization,
    selected: &Organization,
    listing: &Calls,
    accounts: &[ForecastAccount],
    looked: &[Looked],
) -> Extent {
    use config::ManagementAccount::{Ambient, Skip};
    let reachable = || accounts.iter().filter(|account| account.reachable);
    let regions: BTreeSet<&Region> = looked.iter().filter_map(|looked| looked.seen.as_ref().ok()).flatten().collect();
    let widest = reachable().map(|account| account.regions).max().unwrap_or_default();
    let management = reachable().any(|account| account.management);
    let sweepable = |organization: &Organization| organization.accounts.iter().filter(|account| account.state.sweepable()).count();
    let with_tags = ["organizations:ListTagsForResource", "tagging:GetResources"].iter().any(|name| listing.contains_key(*name));
    let refused = accounts.iter().any(|account| account.management && !account.reachable);
    Extent {
        listed: listed.accounts.len(),
        listed_sweepable: sweepable(listed),
        listing: match listed.id {
            None => Listing::Configured,
            Some(_) if with_tags => Listing::WithTags,
            Some(_) => Listing::WithoutTags,
        },
        sweepable: sweepable(selected) as f64,
        reachable: reachable().count() as f64,
        targets: reachable().map(|account| account.regions).sum::<u64>() as f64,
        regions: (regions.len() as f64).max(widest as f64),
        management,
        owner_answers: !refused && config.sessions.management_account != Skip,
        ambient: f64::from(u8::from(management && config.sessions.management_account == Ambient)),
    }
}

#[cfg(test)]
mod tests {
    use orgsweep_model::{AccountState, OuPath};

    use super::*;

    fn organization(accounts: u64) -> Organization {
        let account = |number: u64| Account {
            id: format!("{number:012}").parse().unwrap(),
            name: String::new(),
            ou_path: OuPath::default(),
            state: if number % 10 == 5 { AccountState::Suspended } else { AccountState::Active },
            tags: BTreeMap::new(),
        };
        let accounts: Vec<Account> = (0..accounts).map(account).collect();
        let management_account_id = accounts.get(3).map(|account| account.id);
        Organization { id: Some("o-1".into()), management_account_id, accounts, ..Organization::default() }
    }

    fn regions(count: usize) -> Vec<Region> {
        (0..count).map(|number| format!("eu-west-{number}").parse().unwrap()).collect()
    }

    /// A look into the accounts that are looked into, of which every tenth refuses.
    fn looked(organization: &Organization) -> Vec<Looked> {
        let look = |(number, account): (usize, &Account)| Looked {
            account: account.clone(),
            is_management: organization.management_account_id == Some(account.id),
            seen: if number % 10 == 9 { Err(Blind::new(BlindReason::RoleMissing, "no")) } else { Ok(regions(2 + number % 2)) },
            regions_unread: None,
        };
        chosen(organization).into_iter().enumerate().map(look).collect()
    }

    #[test]
    fn a_few_are_looked_into_evenly_spread_and_the_management_account_is_one() {
        let organization = organization(1_000);
        let chosen = chosen(&organization);
        assert_eq!(chosen.len(), MOST);
        assert_eq!(Some(chosen[0].id), organization.management_account_id);
        assert!(chosen.iter().all(|account| account.state.sweepable()));
        let numbers: Vec<u64> = chosen[1..].iter().map(|account| account.id.to_string().parse().unwrap()).collect();
        assert!(numbers.windows(2).all(|pair| (15..=25).contains(&(pair[1] - pair[0]))), "{numbers:?}");
        assert_eq!(evenly(&[1, 2, 3], 5), [&1, &2, &3]);
        assert!(evenly::<u8>(&[], 5).is_empty());
    }

    #[test]
    fn those_not_looked_into_are_like_those_that_were() {
        let organization = organization(1_000);
        let looked = looked(&organization);
        let accounts = accounts(&organization, &looked, 17, false);
        let reachable: Vec<_> = accounts.iter().filter(|account| account.reachable).collect();
        // Of 900 that may answer, one in ten does not; 44 of 49 members that were looked into do.
        assert!((805..=811).contains(&reachable.len()), "{}", reachable.len());
        let regions = reachable.iter().map(|account| account.regions).sum::<u64>() as f64 / reachable.len() as f64;
        assert!((2.4..2.6).contains(&regions), "{regions}");
        assert!(accounts.iter().filter(|account| !account.reachable).all(|account| account.regions == 17));
        let all = super::accounts(&organization, &looked, 17, true);
        assert_eq!(all.iter().filter(|account| account.reachable).count(), 900);
    }

    #[test]
    fn what_is_looked_into_in_whole_is_taken_as_it_is() {
        let organization = organization(30);
        let looked = looked(&organization);
        assert_eq!(looked.len(), 27);
        let accounts = accounts(&organization, &looked, 17, false);
        assert_eq!(accounts.iter().filter(|account| account.reachable).count(), 25);
        let seen: usize = looked.iter().filter_map(|looked| Some(looked.seen.as_ref().ok()?.len())).sum();
        assert_eq!(accounts.iter().filter(|account| account.reachable).map(|account| account.regions).sum::<u64>(), seen as u64);
    }
}
