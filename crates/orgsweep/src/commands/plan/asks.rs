//! What sweeps ask: the questions of the enabled checks, counted for an organization of a certain extent.

use std::{collections::BTreeMap, time::Duration};

use orgsweep_model::{
    Cadence, FactKind, FactScope, Operation, Place, Region,
    fact::expected::{Quantity, Times},
};
use orgsweep_sweep::Program;

use super::{
    extent::{Extent, Listing},
    rhythm::Rhythm,
};

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
    /// How long an answer that all accounts share is taken as true.
    pub shared_valid: Duration,
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
            for (ask, often) in once {
                *asked.entry(ask).or_default() += often;
            }
        }
        asked
    }

    /// What is asked for the facts that all accounts share: each by itself, in the sessions of those who own them.
    fn shared(&self, extent: &Extent, rhythm: &Rhythm) -> Asked {
        let mut asked = Asked::new();
        for kind in FactKind::ALL.iter().copied().filter(|kind| kind.spec().scope.is_shared()) {
            let regional = self.often(kind, &self.region(), false, rhythm);
            let global = self.often(kind, &Place::Global, extent.management, rhythm);
            let places = if regional > 0.0 { extent.regions } else { 1.0 };
            let often = rhythm.shared(regional.max(global), extent.reachable, self.shared_valid);
            if often <= 0.0 {
                continue;
            }
            let spec = kind.spec();
            let own = spec.operations.iter().filter(|_| extent.owner_answers).map(|operation| (operation, places * often));
            // The listing has named the management account already, where there was one.
            let named = |operation: &Operation| extent.listing != Listing::Configured && operation.name == "DescribeOrganization";
            let hub = spec.hub_operations.iter().filter(|operation| !named(operation)).map(|operation| (operation, often));
            for (operation, often) in own.chain(hub) {
                asks(kind, *operation).for_each(|ask| *asked.entry(ask).or_default() += often);
            }
        }
        asked
    }

    /// How many sweeps need this fact of a place.
    fn often(&self, kind: FactKind, place: &Place, is_management: bool, rhythm: &Rhythm) -> f64 {
        let due = |cadences: &[Cadence]| self.program.facts_due(place, is_management, cadences).contains(&kind);
        rhythm.kinds.iter().filter(|(cadences, _)| due(cadences)).fold(0.0, |sum, (_, often)| sum + often)
    }

    /// The tags of the accounts, where no listing asks for them.
    fn tags(&self, extent: &Extent, rhythm: &Rhythm) -> Calls {
        let of_each = self.often(FactKind::AccountListing, &Place::Global, false, rhythm);
        let of_all = if extent.management { self.often(FactKind::OrganizationAccounts, &Place::Global, true, rhythm) } else { 0.0 };
        if extent.listing != Listing::WithoutTags || of_each + of_all <= 0.0 {
            return Calls::new();
        }
        let accounts = if of_all > 0.0 { extent.listed_sweepable as f64 } else { extent.reachable };
        let kept = FactKind::AccountListing.expected().iter().find_map(|expected| expected.kept).unwrap_or_default();
        let times = rhythm.kept(of_each.max(of_all), Some(kept));
        let large = extent.listed >= TAGGING_FROM && self.program.facts().contains(&FactKind::OrganizationAccounts);
        let single = format!("organizations:{TAGS}");
        if large {
            let pages = (extent.listed as f64 / TAGGING_PAGE).ceil() * rhythm.shared(times, extent.reachable, kept);
            let alone = accounts * self.assumptions.of(Quantity::SingleTags);
            Calls::from([("tagging:GetResources".to_owned(), pages), (single, alone * times)])
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
    calls.values().fold(0.0, |sum, count| sum + count)
}

/// The service of a `service:Operation`.
pub fn service(name: &str) -> &str {
    name.split_once(':').map_or(name, |(service, _)| service)
}

/// What calls cost, in dollars.
pub fn usd(calls: &Calls) -> f64 {
    let operations = || FactKind::ALL.iter().flat_map(|kind| kind.spec().operations);
    let price = |name: &str| operations().find(|operation| name == format!("{}:{}", operation.service, operation.name));
    // From a zero on: the sum of no numbers is a negative zero.
    calls.iter().filter_map(|(name, count)| Some(f64::from(price(name)?.micro_usd) / 1e6 * count)).fold(0.0, |sum, usd| sum + usd)
}

#[cfg(test)]
mod tests {
    use orgsweep_checks::find;
    use orgsweep_sweep::ProgramCheck;

    use super::*;

    fn program(checks: &[(&str, Cadence)]) -> Program {
        let check = |(id, cadence): &(&str, Cadence)| ProgramCheck { check: find(id).unwrap().configure(None).unwrap(), cadence: *cadence };
        Program::new(checks.iter().map(check).collect())
    }

    fn extent() -> Extent {
        Extent {
            listed: 40,
            listed_sweepable: 30,
            listing: Listing::WithoutTags,
            sweepable: 20.0,
            reachable: 10.0,
            targets: 100.0,
            regions: 12.0,
            management: true,
            owner_answers: true,
            ambient: 0.0,
        }
    }

    fn calls(checks: &[(&str, Cadence)], extent: &Extent, rhythm: &Rhythm) -> Calls {
        let program = program(checks);
        let (assumptions, factors) = (Assumptions::default(), Factors::default());
        let home = "us-east-1".parse().unwrap();
        Asks { program: &program, assumptions: &assumptions, factors: &factors, home: &home, shared_valid: Duration::from_mins(15) }
            .sweeps(extent, rhythm)
    }

    fn of(calls: &Calls, name: &str) -> f64 {
        calls.get(name).copied().unwrap_or_default()
    }

    fn full() -> Rhythm {
        Rhythm::once(Cadence::ALL.to_vec())
    }

    #[test]
    fn facts_that_share_an_answer_ask_for_it_once() {
        use Cadence::{Daily, Standard};
        let both = [("config-rules-present", Standard), ("config-rule-remediation", Daily)];
        let once = calls(&both, &extent(), &full());
        assert!((of(&once, "config:DescribeConfigRules") - 100.0 * Quantity::ConfigRulePages.typical()).abs() < 1e-9);
        assert_eq!(once, calls(&[both[1], both[0]], &extent(), &full()));
        // In a day of hours, the daily check's sweep asks nothing for the hourly one's that this one has not asked for.
        let minute = Duration::from_mins(1);
        let day = Rhythm::of_a_day(&[(Standard, 60 * minute), (Daily, 24 * 60 * minute)], minute);
        let day = calls(&both, &extent(), &day);
        assert!((of(&day, "config:DescribeConfigRules") - 2400.0 * Quantity::ConfigRulePages.typical()).abs() < 1e-6);
        assert!((of(&day, "config:DescribeRemediationConfigurations") - 100.0 * Quantity::RemediationPages.typical()).abs() < 1e-6);
        assert!((of(&day, "ec2:DescribeRegions") - 240.0).abs() < 1e-6);
    }

    #[test]
    fn what_all_share_is_asked_once_in_the_accounts_that_own_it() {
        let checks = [("access-analyzer-enabled", Cadence::Daily)];
        let analyzers = |extent: &Extent| of(&calls(&checks, extent, &full()), "accessanalyzer:ListAnalyzers");
        let owners = Quantity::AnalyzerOwners.typical();
        assert!((analyzers(&extent()) - (100.0 + 12.0 * owners)).abs() < 1e-9);
        assert!((analyzers(&Extent { owner_answers: false, ..extent() }) - 100.0).abs() < 1e-9);
        assert!(analyzers(&Extent { reachable: 0.0, targets: 0.0, management: false, ..extent() }) < 1e-9, "nobody asks");
        let described = |listing| of(&calls(&checks, &Extent { listing, ..extent() }, &full()), "organizations:DescribeOrganization");
        assert!(described(Listing::WithoutTags) < 1e-9, "a listing names the management account");
        assert!((described(Listing::Configured) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_organization_s_own_checks_are_asked_in_the_management_account_alone() {
        let checks = [("organizations-custom-scp-attached", Cadence::Daily)];
        let asked = |management| of(&calls(&checks, &Extent { management, ..extent() }, &full()), "organizations:ListPolicies");
        assert!((asked(true) - 1.0).abs() < 1e-9 && asked(false) < 1e-9);
    }

    #[test]
    fn tags_are_asked_once_for_each_account_whoever_needs_them_and_kept_for_an_hour() {
        use Cadence::{Daily, Frequent};
        let checks = [("account-environment-declared", Frequent), ("organizations-environments-separated", Daily)];
        let tags = |extent: &Extent, rhythm: &Rhythm| {
            let calls = calls(&checks, extent, rhythm);
            ["organizations:ListTagsForResource", "tagging:GetResources"].map(|name| format!("{:.0}", of(&calls, name)))
        };
        assert_eq!(tags(&extent(), &full()), ["30", "0"], "the organization's check asks for all accounts, selected or not");
        assert_eq!(tags(&Extent { management: false, ..extent() }, &full()), ["10", "0"]);
        assert_eq!(tags(&Extent { listing: Listing::WithTags, ..extent() }, &full()), ["0", "0"]);
        assert_eq!(tags(&Extent { listing: Listing::Configured, ..extent() }, &full()), ["0", "0"]);
        assert_eq!(tags(&Extent { listed: 130, listed_sweepable: 120, ..extent() }, &full()), ["12", "2"]);
        let minute = Duration::from_mins(1);
        let day = Rhythm::of_a_day(&[(Frequent, 15 * minute), (Daily, 24 * 60 * minute)], minute);
        assert_eq!(tags(&extent(), &day), ["720", "0"]);
    }

    #[test]
    fn assumptions_and_factors_change_what_is_asked() {
        let program = program(&[("ec2-user-data-no-secrets", Cadence::Daily)]);
        let home = "us-east-1".parse().unwrap();
        let asked = |assumptions: &Assumptions, factors: &Factors| {
            let asks = Asks { program: &program, assumptions, factors, home: &home, shared_valid: Duration::from_mins(15) };
            of(&asks.sweeps(&extent(), &full()), "ec2:DescribeInstanceAttribute")
        };
        let ten = Assumptions(BTreeMap::from([(Quantity::Instances, 10.0)]));
        assert!((asked(&ten, &Factors::default()) - 1000.0).abs() < 1e-9);
        let half = Factors { own: Calls::from([("ec2:DescribeInstanceAttribute".to_owned(), 0.5)]), ..Factors::default() };
        assert!((asked(&ten, &half) - 500.0).abs() < 1e-9);
    }

    #[test]
    fn only_operations_that_aws_charges_for_cost_money() {
        let calls = Calls::from([("ce:GetCostAndUsage".to_owned(), 3.0), ("ce:GetAnomalyMonitors".to_owned(), 100.0)]);
        assert!((usd(&calls) - 0.03).abs() < 1e-9);
    }
}
