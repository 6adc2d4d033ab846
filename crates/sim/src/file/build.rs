//! From what a file says to the organization it means, collecting every mistake on the way.

use std::collections::{BTreeSet, HashMap};

use serde_saphyr::Spanned;

use super::shape::{self, File, Role};
use super::{FileError, Mistakes};
use crate::identity::policy::matches_action;
use crate::org::{self, Account, Deny, Organization, OrganizationAnalyzer, Settings, Unit};
use crate::posture::{self, Check, Named, Scope};
use crate::regions::{self, RegionSet};
use crate::service;

/// The organization that a file means.
pub(super) fn organization(file: &File) -> Result<Organization, FileError> {
    let mut mistakes = Mistakes::default();
    let id = &file.organization.id;
    if !id.value.strip_prefix("o-").is_some_and(|rest| (10..=32).contains(&rest.len()) && is_lower_alphanumeric(rest)) {
        mistakes.add(id.referenced, format!("{:?} is not an organization id: o- and 10 to 32 small letters or digits", id.value));
    }
    let default_regions = default_regions(file.regions.as_deref(), &mut mistakes);
    let mut units = vec![org::root(&id.value, file.seed)];
    let mut paths = HashMap::from([("/".to_owned(), 0)]);
    add_units(&file.organizational_units, 0, "", file.seed, &mut units, &mut paths, &mut mistakes);

    let mut seen = BTreeSet::new();
    let mut accounts = Vec::new();
    for shape in &file.accounts {
        check_account_id(&shape.id, &mut mistakes);
        if !seen.insert(shape.id.value.as_str()) {
            mistakes.add(shape.id.referenced, format!("account {} is listed twice", shape.id.value));
        }
        let is_management = shape.id.value == file.organization.management_account_id.value;
        accounts.push(account(shape, is_management, default_regions, &paths, &mut mistakes));
    }
    let find = |id: &Spanned<String>, mistakes: &mut Mistakes| {
        let found = file.accounts.iter().position(|account| account.id.value == id.value);
        if found.is_none() {
            mistakes.add(id.referenced, format!("account {:?} is not one of `accounts`", id.value));
        }
        found
    };
    let management = find(&file.organization.management_account_id, &mut mistakes);
    let analyzer = file.analyzers.organization.as_ref().and_then(|analyzer| {
        let owner = find(&analyzer.account, &mut mistakes)?;
        Some(OrganizationAnalyzer { owner, regions: known_regions(&analyzer.regions, &mut mistakes) })
    });
    let management = mistakes.or(management)?;
    let settings = Settings {
        seed: file.seed,
        id: id.value.clone(),
        role_name: file.organization.role_name.clone(),
        external_id: file.organization.external_id.clone(),
        packed_policy_limit: file.organization.packed_policy_limit,
        default_posture: file.default_posture,
        default_regions,
        analyzer,
        management,
    };
    Ok(Organization::new(settings, units, accounts))
}

fn default_regions(given: Option<&[Spanned<String>]>, mistakes: &mut Mistakes) -> RegionSet {
    let Some(given) = given else { return RegionSet::default_enabled() };
    let mut set = RegionSet::default();
    for region in given {
        if !regions::DEFAULT.contains(&region.value.as_str()) {
            mistakes.add(region.referenced, format!("{:?} is not a region that is enabled by default", region.value));
        }
        set.insert(&region.value);
    }
    if !set.contains(regions::HOME)
        && let Some(first) = given.first()
    {
        mistakes.add(first.referenced, format!("`regions` must include {}, which no account can switch off", regions::HOME));
    }
    set
}

fn add_units(
    shapes: &[shape::Unit],
    parent: usize,
    above: &str,
    seed: u64,
    units: &mut Vec<Unit>,
    paths: &mut HashMap<String, usize>,
    mistakes: &mut Mistakes,
) {
    for shape in shapes {
        let path = format!("{above}/{}", shape.name.value);
        if shape.name.value.is_empty() || shape.name.value.contains('/') {
            mistakes.add(shape.name.referenced, format!("{:?} cannot name an organizational unit", shape.name.value));
        }
        if let Some(id) = &shape.id
            && !is_unit_id(&id.value)
        {
            mistakes.add(id.referenced, format!("{:?} is not an organizational unit's id, such as ou-ab12-0123abcd", id.value));
        }
        let index = org::add_unit(units, parent, &shape.name.value, shape.id.as_ref().map(|id| id.value.clone()), seed);
        if paths.insert(path.clone(), index).is_some() {
            mistakes.add(shape.name.referenced, format!("organizational unit {path} is listed twice"));
        }
        add_units(&shape.children, index, &path, seed, units, paths, mistakes);
    }
}

fn account(
    shape: &shape::Account,
    is_management: bool,
    default_regions: RegionSet,
    paths: &HashMap<String, usize>,
    mistakes: &mut Mistakes,
) -> Account {
    let unit = shape.ou.as_ref().map_or(Some(0), |path| {
        let found = paths.get(&path.value).copied();
        if found.is_none() {
            mistakes.add(path.referenced, format!("there is no organizational unit {:?}", path.value));
        }
        found
    });
    let mut enabled = default_regions;
    for region in &shape.opt_in_regions {
        if !regions::is_opt_in(&region.value) {
            mistakes.add(region.referenced, format!("{:?} is not an opt-in region", region.value));
        }
        enabled.insert(&region.value);
    }
    Account {
        id: shape.id.value.clone(),
        name: shape.name.clone(),
        unit: unit.unwrap_or_default(),
        state: shape.state,
        tags: shape.tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
        enabled,
        role: shape.role == Role::Present,
        denies: shape.deny.iter().map(|shape| deny(shape, mistakes)).collect(),
        posture: shape.posture.0.iter().filter_map(|(key, value)| named(key, value, is_management, mistakes)).collect(),
        security_groups: shape
            .security_groups
            .0
            .iter()
            .filter_map(|(name, count)| Some((region(name, enabled, mistakes)?, *count)))
            .collect(),
    }
}

fn deny(shape: &shape::Deny, mistakes: &mut Mistakes) -> Deny {
    let action = &shape.action;
    if !service::actions().any(|known| matches_action(&action.value, known)) {
        mistakes.add(action.referenced, format!("{:?} is no action of the simulation", action.value));
    }
    Deny { action: action.value.clone(), scp: shape.scp, regions: known_regions(&shape.regions, mistakes) }
}

/// One entry of `posture`.
fn named(key: &Spanned<String>, value: &Spanned<String>, is_management: bool, mistakes: &mut Mistakes) -> Option<Named> {
    let (id, region) = match key.value.split_once('@') {
        Some((id, region)) => (id, Some(region)),
        None => (key.value.as_str(), None),
    };
    let Some(check) = posture::check(id) else {
        let known: Vec<&str> = posture::checks().map(|check| check.id).collect();
        mistakes.add(key.referenced, format!("there is no check {id:?}; the simulation has {}", known.join(", ")));
        return None;
    };
    if check.scope == Scope::Organization && !is_management {
        mistakes.add(key.referenced, format!("{id} is a check of the whole organization: name it in the management account"));
        return None;
    }
    let region = match region {
        None => None,
        Some(_) if check.scope != Scope::Region => {
            let whole = if check.scope == Scope::Account { "account" } else { "organization" };
            mistakes.add(key.referenced, format!("{id} is a check of the whole {whole}: leave out the region"));
            return None;
        }
        Some(name) => {
            let known = regions::all().find(|region| *region == name);
            if known.is_none() {
                mistakes.add(key.referenced, format!("there is no region {name:?}"));
            }
            Some(known?)
        }
    };
    let variant = variant(check, value, mistakes)?;
    Some(Named { check: check.id, region, variant })
}

fn variant(check: &Check, value: &Spanned<String>, mistakes: &mut Mistakes) -> Option<usize> {
    let found = check.variants.iter().position(|variant| variant.name == value.value);
    if found.is_none() {
        let names: Vec<&str> = check.variants.iter().map(|variant| variant.name).collect();
        mistakes.add(value.referenced, format!("{} has no variant {:?}; it has {}", check.id, value.value, names.join(", ")));
    }
    found
}

/// One of the account's regions.
fn region(name: &Spanned<String>, enabled: RegionSet, mistakes: &mut Mistakes) -> Option<&'static str> {
    let found = enabled.iter().find(|region| *region == name.value);
    if found.is_none() {
        mistakes.add(name.referenced, format!("{:?} is not a region that is enabled in this account", name.value));
    }
    found
}

fn known_regions(names: &[Spanned<String>], mistakes: &mut Mistakes) -> Vec<String> {
    for name in names {
        if !regions::all().any(|region| region == name.value) {
            mistakes.add(name.referenced, format!("there is no region {:?}", name.value));
        }
    }
    names.iter().map(|name| name.value.clone()).collect()
}

fn check_account_id(id: &Spanned<String>, mistakes: &mut Mistakes) {
    if id.value.len() != 12 || !id.value.bytes().all(|byte| byte.is_ascii_digit()) {
        mistakes.add(id.referenced, format!("{:?} is not an account id: 12 digits, in quotes", id.value));
    }
}

fn is_unit_id(id: &str) -> bool {
    id.strip_prefix("ou-").and_then(|rest| rest.split_once('-')).is_some_and(|(root, own)| {
        (4..=32).contains(&root.len()) && (8..=32).contains(&own.len()) && is_lower_alphanumeric(root) && is_lower_alphanumeric(own)
    })
}

fn is_lower_alphanumeric(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}
