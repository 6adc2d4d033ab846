//! What a check costs: calls, money and permissions, from what its facts declare.

use std::collections::BTreeSet;

use orgsweep_aws::permissions::Permissions;
use orgsweep_checks::RegisteredCheck;
use orgsweep_model::{FactScope, Operation};

/// Where an operation is called, and so how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// In every account.
    Account,
    /// In every account and region.
    Region,
    /// In the management account.
    Management,
    /// In the accounts that own the organization's view.
    Owners,
    /// The same in every region.
    OwnersByRegion,
    /// With orgsweep's own identity.
    Hub,
}

impl Asked {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 6] = [Self::Account, Self::Region, Self::Management, Self::Owners, Self::OwnersByRegion, Self::Hub];

    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Region => "account_and_region",
            Self::Management => "management_account",
            Self::Owners => "organization",
            Self::OwnersByRegion => "organization_and_region",
            Self::Hub => "hub",
        }
    }
}

/// What a check calls and where, each once, sorted.
pub fn calls(check: &RegisteredCheck) -> BTreeSet<(Asked, Operation)> {
    let specs = check.meta.facts.iter().map(|kind| kind.spec());
    let calls = specs.flat_map(|spec| {
        let asked = match spec.scope {
            FactScope::Account => Asked::Account,
            FactScope::Region => Asked::Region,
            FactScope::Management => Asked::Management,
            FactScope::Organization => Asked::Owners,
            FactScope::OrganizationRegion => Asked::OwnersByRegion,
        };
        let own = spec.operations.iter().map(move |operation| (asked, *operation));
        own.chain(spec.hub_operations.iter().map(|operation| (Asked::Hub, *operation)))
    });
    calls.collect()
}

/// `service:Operation`.
pub fn name(operation: &Operation) -> String {
    format!("{}:{}", operation.service, operation.name)
}

/// What one request costs, in dollars.
pub fn usd(operation: &Operation) -> f64 {
    f64::from(operation.micro_usd) / 1e6
}

/// The permissions that a check needs.
pub fn permissions(check: &RegisteredCheck) -> Permissions {
    Permissions::of(check.meta.facts)
}
