//! What sweeps ask: the questions of the enabled checks, counted for an organization of a certain extent.

use std::{collections::BTreeMap, time::Duration};

use orgsweep_model::{
    Cadence, FactKind, FactScope, Operation, Place, Region,
    fact::expected::{Quantity, Times},
};
use orgsweep_sweep::Program;

use super::{extent::Extent, rhythm::Rhythm};

/// Requests by `service:Operation`. Of a prediction, so not whole numbers.
pub type Calls = BTreeMap<String, f64>;

/// The tags of accounts are asked for by account, whoever needs them, and kept.
const TAGS: &str = "ListTagsForResource";
/// From so many accounts on the tagging API is asked first, which shows so many at once.
const TAGGING_FROM: usize = 100;
const TAGGING_PAGE: f64 = 100.0;

/// How many requests are assumed for what accounts have more or fewer of.
#[derive(Clone, Debug, Default)]
pub struct Assumptions(pub BTreeMap<Quantity, f64>);

impl Assumptions {
    /// The figure that counts.
    pub fn of(&self, quantity: Quantity) -> f64 {
        self.0.get(&quantity).copied().unwrap_or(quantity.typical())
    }

    fn times(&self, times: Times) -> f64 {
        match times {
            Times::Exactly(times) => f64::from(times),
            Times::Each(quantity) => self.of(quantity),
        }
    }
}

/// By how much sweeps of a sample ask more or less than is assumed, by operation.
#[derive(Clone, Debug, Default)]
pub struct Factors {
    /// In each account and region.
    pub own: Calls,
    /// Once for the organization.
    pub organization: Calls,
}

/// One operation, as it is asked in one place. Facts that need the same answer share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Ask {
    operation: Operation,
    times: Times,
    kept: Option<Duration>,
}

/// How often each is asked.
type Asked = BTreeMap<Ask, f64>;

/// What the enabled checks ask.
#[derive(Clone, Copy)]
pub struct Asks<'a> {
    pub program: &'a Program,
    pub assumptions: &'a Assumptions,
    pub factors: &'a Factors,
    pub home: &'a Region,
}

impl Asks<'_> {
    /// All requests that sweeps of this rhythm make, but for sessions and the organization's listing.
    pub fn sweeps(&self, extent: &Extent, rhythm: &Rhythm) -> Calls {
        let mut calls = Calls::new();
        add(&mut calls, &self.in_account(rhythm), extent.reachable);
        add(&mut calls, &self.in_region(rhythm), extent.targets);
        add(&mut calls, &self.for_organization(extent, rhythm), 1.0);
        add(&mut calls, &self.tags(extent, rhythm), 1.0);
        *calls.entry("ec2:DescribeRegions".to_owned()).or_default() += extent.reachable * rhythm.sweeps();
        calls
    }

    /// In one account as a whole.
    pub fn in_account(&self, rhythm: &Rhythm) -> Calls {
        self.scaled(&self.own(&Place::Global, false, rhythm), rhythm, &self.factors.own)
    }

    /// In one region of an account.
    pub fn in_region(&self, rhythm: &Rhythm) -> Calls {
        self.scaled(&self.own(&self.region(), false, rhythm), rhythm, &self.factors.own)
    }

    /// Once for all accounts: the organization's own checks, and the facts that accounts share.
    pub fn for_organization(&self, extent: &Extent, rhythm: &Rhythm) -> Calls {
        let mut calls = Calls::new();
        if extent.management {
            let mut more = self.own(&Place::Global, true, rhythm);
            for (ask, often) in self.own(&Place::Global, false, rhythm) {
                let left = more.get(&ask).map_or(0.0, |with| with - often);
                more.insert(ask, left);
            }
            add(&mut calls, &self.scaled(&more, rhythm, &self.factors.organization), 1.0);
        }
        if extent.reachable > 0.0 {
            add(&mut calls, &self.scaled(&self.shared(extent, rhythm), rhythm, &self.factors.organization), 1.0);
        }
        calls
    }

    fn region(&self) -> Place {
        Place::Region(self.home.clone())
    }

    /// What is asked in an account's own session about one place.
    fn own(&self, place: &Place, is_management: bool, rhythm: &Rhythm) -> Asked {
        let mut asked = Asked::new();
        for (cadences, often) in &rhythm.kinds {
            let mut once = Asked::new();
            for kind in self.program.facts_due(place, is_management, cadences) {
                let spec = kind.spec();
                let with_hub = match spec.scope {
                    FactScope::Account | FactScope::Region => false,
                    FactScope::Management if is_management => true,
                    _ => continue,
                };
                let hub = spec.hub_operations.iter().filter(|operation| with_hub && operation.name != TAGS);
                once.extend(spec.operations.iter().chain(hub).flat_map(|operation| asks(kind, *operation)).map(|ask| (ask, *often)));
            }
            once.into_iter().for_each(|(ask, often)| *asked.entry(ask).or_default() += often);
        }
        asked
    }

    /// What is asked for the facts that all accounts share: each by itself, in the sessions of those who own them.
    fn shared(&self, extent: &Extent, rhythm: &Rhythm) -> Asked {
        let mut asked = Asked::new();
        for (cadences, often) in &rhythm.kinds {
            let regional = self.program.facts_due(&self.region(), false, cadences);
            let global = self.program.facts_due(&Place::Global, extent.management, cadences);
            for kind in FactKind::ALL.iter().copied().filter(|kind| kind.spec().scope.is_shared()) {
                let places = if regional.contains(&kind) {
                    extent.regions
                } else if global.contains(&kind) {
                    1.0
                } else {
                    continue;
                };
                let spec = kind.spec();
                let own = spec.operations.iter().filter(|_| extent.owner_answers).map(|operation| (operation, places * often));
                // The listing has named the management account already, where there was one.
                let hub =
                    spec.hub_operations.iter().filter(|operation| extent.from_configuration || operation.name != "DescribeOrganization");
                for (operation, often) in own.chain(hub.map(|operation| (operation, *often))) {
                    asks(kind, *operation).for_each(|ask| *asked.entry(ask).or_default() += often);
                }
            }
        }
        asked
    }

    /// The tags of the accounts, where no listing asks for them.
    fn tags(&self, extent: &Extent, rhythm: &Rhythm) -> Calls {
        let often = |kind, is_management| {
            let due = |cadences: &[Cadence]| self.program.facts_due(&Place::Global, is_management, cadences).contains(&kind);
            rhythm.kinds.iter().filter(|(cadences, _)| due(cadences)).map(|(_, often)| often).sum::<f64>()
        };
        let of_each = often(FactKind::AccountListing, false);
        let of_all = if extent.management { often(FactKind::OrganizationAccounts, true) } else { 0.0 };
        if extent.from_configuration || extent.tags_listed || of_each + of_all <= 0.0 {
            return Calls::new();
        }
        let accounts = if of_all > 0.0 { extent.listed_sweepable as f64 } else { extent.reachable };
        let times = rhythm.kept(of_each.max(of_all), FactKind::AccountListing.expected().iter().find_map(|expected| expected.kept));
        let large = extent.listed >= TAGGING_FROM && self.program.facts().contains(&FactKind::OrganizationAccounts);
        let single = format!("organizations:{TAGS}");
        if large {
            let pages = (extent.listed as f64 / TAGGING_PAGE).ceil();
            let alone = accounts * self.assumptions.of(Quantity::SingleTags);
            Calls::from([("tagging:GetResources".to_owned(), pages * times), (single, alone * times)])
        } else {
            Calls::from([(single, accounts * times)])
        }
    }

    fn scaled(&self, asked: &Asked, rhythm: &Rhythm, factors: &Calls) -> Calls {
        let mut calls = Calls::new();
        for (ask, often) in asked {
            let name = format!("{}:{}", ask.operation.service, ask.operation.name);
            let factor = factors.get(&name).copied().unwrap_or(1.0);
            *calls.entry(name).or_default() += rhythm.kept(*often, ask.kept) * self.assumptions.times(ask.times) * factor;
        }
        calls
    }
}

/// How a fact asks this operation.
fn asks(kind: FactKind, operation: Operation) -> impl Iterator<Item = Ask> {
    let named = kind.expected().iter().filter(move |expected| expected.operation == operation.name);
    let once = named.clone().next().is_none().then_some(Ask { operation, times: Times::Exactly(1), kept: None });
    named.map(move |expected| Ask { operation, times: expected.times, kept: expected.kept }).chain(once)
}

/// Adds so many times the calls.
pub fn add(total: &mut Calls, calls: &Calls, times: f64) {
    for (name, count) in calls {
        *total.entry(name.clone()).or_default() += count * times;
    }
}

/// Requests in all.
pub fn sum(calls: &Calls) -> f64 {
    calls.values().sum()
}

/// The service of a `service:Operation`.
pub fn service(name: &str) -> &str {
    name.split_once(':').map_or(name, |(service, _)| service)
}

/// What calls cost, in dollars.
pub fn usd(calls: &Calls) -> f64 {
    let operations = || FactKind::ALL.iter().flat_map(|kind| kind.spec().operations);
    let price = |name: &str| operations().find(|operation| name == format!("{}:{}", operation.service, operation.name));
    calls.iter().filter_map(|(name, count)| Some(f64::from(price(name)?.micro_usd) / 1e6 * count)).sum()
}
