//! Making up an organization from a number of accounts and a seed.

use crate::mix;
use crate::org::{self, Account, AccountState, Deny, Organization, OrganizationAnalyzer, Settings, Unit};
use crate::posture::cloudtrail::Trail;
use crate::posture::cost::{AnomalyDetection, BillingAlarm};
use crate::posture::{self, Check, Companion, DefaultPosture, Named, Scope, Trait};
use crate::regions::{self, RegionSet};

/// From this size on, every variant of every check has a place.
const ROOM_FOR_EVERY_VARIANT: usize = 40;
/// Where an organization analyzer covers every account.
const ANALYZER_REGIONS: [&str; 2] = ["ap-southeast-2", "eu-west-1"];
/// Regions that some accounts opt into.
const POPULAR_OPT_IN: [&str; 3] = ["ap-east-1", "eu-south-1", "me-central-1"];
const TEAMS: [&str; 10] = ["payments", "search", "checkout", "identity", "data", "mobile", "platform", "billing", "media", "growth"];

/// The organizational units by index; the root is 0.
struct Units {
    list: Vec<Unit>,
    security: usize,
    infrastructure: usize,
    environments: [(&'static str, usize); 3],
    sandbox: usize,
    suspended: usize,
}

/// An organization of at least one account.
pub(crate) fn organization(count: usize, seed: u64) -> Organization {
    let count = count.max(1);
    let id = format!("o-{}", mix::characters(seed, &["organization"], "0123456789abcdefghijklmnopqrstuvwxyz", 10));
    let units = units(&id, seed);
    let mut accounts: Vec<Account> = (0..count).map(|index| account(index, seed, &units)).collect();
    break_some(&mut accounts, seed, &units);
    if count >= ROOM_FOR_EVERY_VARIANT {
        place_every_variant(&mut accounts, posture::checks());
    }
    // Most organizations have a trail, and the management account needs no other.
    name(&mut accounts[0], Trail::CHECK, Trail::Organization as usize);
    // Where the payer hears of the whole bill, what its members have does not show.
    name(&mut accounts[0], BillingAlarm::CHECK, BillingAlarm::Unconfirmed as usize);
    name(&mut accounts[0], AnomalyDetection::CHECK, AnomalyDetection::Own as usize);
    let settings = Settings {
        seed,
        id,
        role_name: "OrgsweepAudit".to_owned(),
        external_id: None,
        packed_policy_limit: None,
        default_posture: DefaultPosture::Mixed,
        default_regions: RegionSet::default_enabled(),
        analyzer: (count > 1).then(|| OrganizationAnalyzer { owner: 1, regions: ANALYZER_REGIONS.map(str::to_owned).to_vec() }),
        management: 0,
    };
    Organization::new(settings, units.list, accounts)
}

fn units(organization: &str, seed: u64) -> Units {
    let mut list = vec![org::root(organization, seed)];
    let mut add = |parent, name| org::add_unit(&mut list, parent, name, None, seed);
    let security = add(0, "Security");
    let infrastructure = add(0, "Infrastructure");
    let workloads = add(0, "Workloads");
    let environments =
        [("prod", "Production"), ("staging", "Staging"), ("dev", "Development")].map(|(prefix, name)| (prefix, add(workloads, name)));
    let sandbox = add(0, "Sandbox");
    let suspended = add(0, "Suspended");
    Units { list, security, infrastructure, environments, sandbox, suspended }
}

fn account(index: usize, seed: u64, units: &Units) -> Account {
    let id = account_id(index, seed);
    let draw = |what: &str, bound| mix::below(seed, &[what, &id], bound);
    let team = TEAMS[draw("team", TEAMS.len())];
    let (name, unit, environment) = match index {
        0 => ("management".to_owned(), 0, "shared"),
        1 => ("security".to_owned(), units.security, "shared"),
        2 => ("network".to_owned(), units.infrastructure, "shared"),
        _ => match draw("environment", 10) {
            0 => (format!("sandbox-{team}-{index:03}"), units.sandbox, "sandbox"),
            number => {
                let (prefix, unit) = units.environments[number % units.environments.len()];
                (format!("{prefix}-{team}-{index:03}"), unit, prefix)
            }
        },
    };
    let mut enabled = RegionSet::default_enabled();
    // The owners of organization analyzers stay with the default regions.
    if index > 1 && draw("opt-in", 12) == 0 {
        enabled.insert(POPULAR_OPT_IN[draw("opt-in region", POPULAR_OPT_IN.len())]);
    }
    let tags =
        [("Environment", environment.to_owned()), ("Team", team.to_owned()), ("CostCenter", format!("CC-{:04}", draw("cost", 10_000)))];
    Account {
        id,
        name,
        unit,
        state: AccountState::Active,
        tags: tags.map(|(key, value)| (key.to_owned(), value)).to_vec(),
        enabled,
        role: true,
        denies: Vec::new(),
        posture: Vec::new(),
        security_groups: Vec::new(),
    }
}

/// Twelve digits: a walk through all of them by a step that shares no factor with their number, so that no two accounts meet.
fn account_id(index: usize, seed: u64) -> String {
    const IDS: u128 = 900_000_000_000;
    const STEP: u128 = 618_033_988_751;
    let start = u128::from(mix::mix(seed, &["account ids"]));
    let place = (start + index as u128 * STEP) % IDS;
    (100_000_000_000 + place).to_string()
}

/// Suspends some accounts, takes the role from others, denies an action in others. The management and security accounts stay whole.
fn break_some(accounts: &mut [Account], seed: u64, units: &Units) {
    let deniable = deniable();
    let at_least_one_each = accounts.len() >= 6;
    let last = accounts.len() - 1;
    for (index, account) in accounts.iter_mut().enumerate().skip(2) {
        let draw = mix::below(seed, &["broken", &account.id], 100);
        let surely = |place: usize| at_least_one_each && index + place == last;
        if surely(0) || draw < 2 {
            account.state = if draw.is_multiple_of(2) { AccountState::Suspended } else { AccountState::PendingClosure };
            account.unit = units.suspended;
        } else if surely(1) || draw < 4 {
            account.role = false;
        } else if surely(2) || draw < 7 {
            let action = deniable[mix::below(seed, &["deny", &account.id], deniable.len())].to_owned();
            let scp = mix::mix(seed, &["deny by scp", &account.id]).is_multiple_of(2);
            account.denies.push(Deny { action, scp, regions: Vec::new() });
        }
    }
}

/// The actions whose denial in a member makes some check of that member blind.
fn deniable() -> Vec<&'static str> {
    let checks = posture::checks().filter(|check| check.scope != Scope::Organization);
    let mut actions: Vec<_> = checks
        .flat_map(|check| check.needs.iter().chain(check.sometimes).copied())
        .filter(|action| !action.starts_with("organizations:"))
        .collect();
    actions.sort_unstable();
    actions.dedup();
    actions
}

/// Gives each variant to one of the accounts that can be seen whole; regional ones in the home region. The organization has but one
/// variant of its own checks, which the seed draws.
fn place_every_variant(accounts: &mut [Account], checks: impl Iterator<Item = &'static Check>) {
    let whole: Vec<usize> = (2..accounts.len()).filter(|&index| accounts[index].reachable() && accounts[index].denies.is_empty()).collect();
    let mut checks: Vec<_> = checks.filter(|check| check.scope != Scope::Organization).enumerate().collect();
    // What others depend on comes first. Otherwise those could have claimed all accounts for the one variant that they need.
    checks.sort_by_key(|(_, check)| depth(check));
    for (number, check) in checks {
        for variant in 0..check.variants.len() {
            let mut wanted = Vec::new();
            together(check, variant, &mut wanted);
            // Checks start five accounts apart, so that no account is made of failures.
            let candidates = || (0..whole.len()).map(|step| whole[(5 * number + variant + step) % whole.len()]);
            let free = |index: usize| named(&accounts[index], check).is_none();
            let agrees = |index: usize, unnamed: bool| {
                free(index)
                    && wanted[1..].iter().all(|(other, state)| named(&accounts[index], other).map_or(unnamed, |named| named == *state))
            };
            let place = candidates().find(|&index| agrees(index, false)).or_else(|| candidates().find(|&index| agrees(index, true)));
            if let Some(index) = place {
                for (check, variant) in wanted {
                    name(&mut accounts[index], check, variant);
                }
            }
        }
    }
}

/// How long the longest chain of checks is that this one's variants depend on.
fn depth(check: &Check) -> usize {
    companions(check).map(|companion| 1 + depth(companion.check)).max().unwrap_or_default()
}

fn companions(check: &Check) -> impl Iterator<Item = &'static Companion> {
    check.together_with.iter().chain(check.variants.iter().flat_map(|variant| variant.with))
}

/// A variant, and after it those of other checks that have to be in the same account. What a variant itself asks for comes before what
/// its companions ask for in their turn.
fn together(check: &'static Check, variant: usize, found: &mut Vec<(&'static Check, usize)>) {
    if found.iter().any(|(known, _)| known.id == check.id) {
        return;
    }
    found.push((check, variant));
    for companion in check.together_with.iter().chain(check.variants[variant].with) {
        together(companion.check, companion.variant, found);
    }
}

/// Where the generator names a check's variants.
fn place(check: &Check) -> Option<&'static str> {
    (check.scope == Scope::Region).then_some(regions::HOME)
}

/// The variant that is named already.
fn named(account: &Account, check: &Check) -> Option<usize> {
    account.posture.iter().find(|named| named.check == check.id && named.region == place(check)).map(|named| named.variant)
}

/// Names a variant where none is named yet.
fn name(account: &mut Account, check: &'static Check, variant: usize) {
    if named(account, check).is_none() {
        account.posture.push(Named { check: check.id, region: place(check), variant });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::posture::{Outcome, Variant};

    #[test]
    fn the_same_seed_makes_the_same_organization() {
        let ids = |seed| organization(50, seed).accounts.into_iter().map(|account| account.id).collect::<Vec<_>>();
        assert_eq!(ids(7), ids(7));
        assert_ne!(ids(7), ids(8));
    }

    #[test]
    fn ten_thousand_ids_are_twelve_digits_each_and_all_different() {
        let ids: BTreeSet<_> = (0..10_000).map(|index| account_id(index, 7)).collect();
        assert_eq!(ids.len(), 10_000);
        assert!(ids.iter().all(|id| id.len() == 12));
    }

    #[test]
    fn six_accounts_are_enough_for_one_of_each_misfortune() {
        for seed in 0..20 {
            let accounts = organization(6, seed).accounts;
            assert!(accounts.iter().any(|account| account.state != AccountState::Active));
            assert!(accounts.iter().any(|account| !account.role));
            assert!(accounts.iter().any(|account| !account.denies.is_empty()));
            assert!(accounts[..2].iter().all(|account| account.reachable() && account.denies.is_empty()));
        }
    }

    #[test]
    fn misfortunes_are_rare() {
        let accounts = organization(10_000, 1).accounts;
        let share = |broken: &dyn Fn(&Account) -> bool| accounts.iter().filter(|account| broken(account)).count();
        assert!((120..300).contains(&share(&|account| account.state != AccountState::Active)));
        assert!((120..300).contains(&share(&|account| !account.role)));
        assert!((200..400).contains(&share(&|account| !account.denies.is_empty())));
    }

    fn made_up(id: String, scope: Scope, variants: usize, together_with: &[(&'static Check, usize)]) -> &'static Check {
        let with = together_with.iter().map(|&(check, variant)| Companion { check, variant }).collect::<Vec<_>>();
        let variant = |number: usize| Variant { name: number.to_string().leak(), weight: 1, outcome: Outcome::Pass, with: &[] };
        let variants = (0..variants).map(variant).collect::<Vec<_>>().leak();
        let id = id.leak();
        Box::leak(Box::new(Check { id, scope, needs: &[], sometimes: &[], special: None, together_with: with.leak(), variants }))
    }

    #[test]
    fn there_is_room_for_a_hundred_checks_that_depend_on_each_other() {
        let users = made_up("users".to_owned(), Scope::Account, 6, &[]);
        let trail = made_up("trail".to_owned(), Scope::Account, 13, &[]);
        let retention = made_up("retention".to_owned(), Scope::Account, 8, &[(trail, 0)]);
        // The checks that others depend on stand last, and have to come first.
        let mut checks: Vec<_> =
            (0..20).map(|number| made_up(format!("alarm-{number}"), Scope::Account, 8, &[(trail, 0), (users, 1)])).collect();
        checks.extend((0..7).map(|number| made_up(format!("bucket-{number}"), Scope::Account, 8, &[(retention, 2)])));
        checks.extend((0..70).map(|number| made_up(format!("check-{number}"), Scope::Region, 8, &[])));
        checks.extend([retention, trail, users]);
        for seed in 0..10 {
            let mut accounts = organization(40, seed).accounts;
            for account in &mut accounts {
                account.posture.clear();
            }
            place_every_variant(&mut accounts, checks.iter().copied());
            for check in &checks {
                for variant in 0..check.variants.len() {
                    let mut wanted = Vec::new();
                    together(check, variant, &mut wanted);
                    let fits = |account: &Account| wanted.iter().all(|(check, state)| named(account, check) == Some(*state));
                    assert!(accounts.iter().any(fits), "seed {seed}: {} {variant}", check.id);
                }
            }
        }
    }

    #[test]
    fn every_action_that_blinds_a_member_is_denied_somewhere() {
        let accounts = organization(10_000, 1).accounts;
        for action in deniable() {
            assert!(accounts.iter().any(|account| account.denies.iter().any(|deny| deny.action == action)), "{action}");
        }
        for scp in [true, false] {
            assert!(accounts.iter().any(|account| account.denies.iter().any(|deny| deny.scp == scp)));
        }
    }

    #[test]
    fn from_forty_accounts_on_every_variant_can_be_seen() {
        for seed in 0..30 {
            let organization = organization(40, seed);
            let mut seen = BTreeSet::new();
            for row in crate::truth::rows(&organization) {
                let account = &organization.accounts[organization.find(&row.account_id).unwrap()];
                let check = posture::check(row.check).unwrap();
                let variant = organization.choose(check, account, row.region);
                let as_named = match check.variants[variant].outcome {
                    Outcome::Pass => row.status == "pass",
                    Outcome::Fail(_) | Outcome::FailAtHome => row.status == "fail",
                    Outcome::NotApplicable => row.status == "not_applicable",
                    Outcome::Unknown(reason) => row.blind_reason == Some(reason),
                };
                if as_named {
                    seen.insert((check.id, variant));
                }
            }
            for check in posture::checks().filter(|check| check.scope != Scope::Organization) {
                for (index, variant) in check.variants.iter().enumerate() {
                    assert!(seen.contains(&(check.id, index)), "seed {seed}: {} {}", check.id, variant.name);
                }
            }
        }
    }
}
