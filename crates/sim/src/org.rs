//! The organization's description: what a file says or the generator makes up. Immutable once built.

use std::collections::HashMap;

use crate::identity::policy::matches_action;
use crate::mix;
use crate::posture::cloudtrail::Trail;
use crate::posture::{self, Check, DefaultPosture, Named, Scope, Trait};
use crate::regions::{self, RegionSet};

/// The states of an account, as Organizations names them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum AccountState {
    PendingActivation,
    #[default]
    Active,
    Suspended,
    PendingClosure,
    Closed,
}

impl AccountState {
    /// The value of `State`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PendingActivation => "PENDING_ACTIVATION",
            Self::Active => "ACTIVE",
            Self::Suspended => "SUSPENDED",
            Self::PendingClosure => "PENDING_CLOSURE",
            Self::Closed => "CLOSED",
        }
    }

    /// The value of `Status`, the older field, which has fewer values.
    pub(crate) fn status(self) -> &'static str {
        match self {
            Self::Active | Self::PendingActivation => "ACTIVE",
            Self::PendingClosure => "PENDING_CLOSURE",
            Self::Suspended | Self::Closed => "SUSPENDED",
        }
    }
}

/// An action refused in one account.
#[derive(Clone, Debug)]
pub(crate) struct Deny {
    /// `service:Operation`, with `*` and `?`.
    pub(crate) action: String,
    /// By a service control policy; otherwise the role's policy lacks it.
    pub(crate) scp: bool,
    /// Empty: everywhere. Global services count as us-east-1.
    pub(crate) regions: Vec<String>,
}

/// One account's description.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) name: String,
    /// An index into the organization's units.
    pub(crate) unit: usize,
    pub(crate) state: AccountState,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) enabled: RegionSet,
    /// Whether the audit role exists.
    pub(crate) role: bool,
    pub(crate) denies: Vec<Deny>,
    pub(crate) posture: Vec<Named>,
    /// How many security groups there are at least, region by region; harmless ones make up the number.
    pub(crate) security_groups: Vec<(&'static str, u32)>,
}

impl Account {
    /// How many security groups the account has at least in a region.
    pub(crate) fn security_groups(&self, region: &str) -> usize {
        self.security_groups.iter().find(|(name, _)| *name == region).map_or(0, |(_, count)| *count as usize)
    }

    /// The first deny that covers the action in the region.
    pub(crate) fn denied(&self, action: &str, region: &str) -> Option<&Deny> {
        self.denies.iter().find(|deny| {
            matches_action(&deny.action, action) && (deny.regions.is_empty() || deny.regions.iter().any(|name| name == region))
        })
    }

    /// The region a multi-region trail calls home where that is not us-east-1, if the account has any other.
    pub(crate) fn other_home(&self) -> &'static str {
        self.enabled.iter().find(|&region| region != regions::HOME).unwrap_or(regions::HOME)
    }

    /// Whether its role can be assumed.
    pub(crate) fn reachable(&self) -> bool {
        self.state == AccountState::Active && self.role
    }
}

/// The root or an organizational unit.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    pub(crate) id: String,
    pub(crate) name: String,
    /// `None` for the root, which is the first unit.
    pub(crate) parent: Option<usize>,
    pub(crate) children: Vec<usize>,
    pub(crate) accounts: Vec<usize>,
    /// The ids from the organization down to here: `o-…/r-…/ou-…/`.
    pub(crate) path: String,
}

/// The organization's own access analyzer.
#[derive(Clone, Debug)]
pub(crate) struct OrganizationAnalyzer {
    /// The account that owns it, an index.
    pub(crate) owner: usize,
    pub(crate) regions: Vec<String>,
}

/// Everything about the organization that is not an account or a unit.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) seed: u64,
    pub(crate) id: String,
    pub(crate) role_name: String,
    pub(crate) external_id: Option<String>,
    /// AWS packs a session's policies and tags, and refuses too many, however short the text is. Here the text's length stands for it.
    pub(crate) packed_policy_limit: Option<usize>,
    pub(crate) default_posture: DefaultPosture,
    /// The regions that are enabled in every account.
    pub(crate) default_regions: RegionSet,
    pub(crate) analyzer: Option<OrganizationAnalyzer>,
    /// The management account, an index.
    pub(crate) management: usize,
}

/// An organization: settings, units, accounts, and the way to find them.
#[derive(Debug)]
pub(crate) struct Organization {
    pub(crate) settings: Settings,
    pub(crate) units: Vec<Unit>,
    pub(crate) accounts: Vec<Account>,
    by_id: HashMap<String, usize>,
    /// Whether it has a trail of its own: if any account's variant says so.
    has_trail: bool,
}

impl Organization {
    /// Puts the accounts into their units.
    pub(crate) fn new(settings: Settings, mut units: Vec<Unit>, accounts: Vec<Account>) -> Self {
        for (index, account) in accounts.iter().enumerate() {
            units[account.unit].accounts.push(index);
        }
        let by_id = accounts.iter().enumerate().map(|(index, account)| (account.id.clone(), index)).collect();
        let mut organization = Self { settings, units, accounts, by_id, has_trail: false };
        organization.has_trail =
            organization.accounts.iter().any(|account| organization.variant::<Trail>(account, "global") == Trail::Organization);
        organization
    }

    /// The account with this id.
    pub(crate) fn find(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// The management account.
    pub(crate) fn management(&self) -> &Account {
        &self.accounts[self.settings.management]
    }

    /// The delegated administrator for access analyzers, where it is not the management account itself.
    pub(crate) fn analyzer_administrator(&self) -> Option<usize> {
        self.settings.analyzer.as_ref().map(|analyzer| analyzer.owner).filter(|&owner| owner != self.settings.management)
    }

    /// The accounts that may own an analyzer of the whole organization.
    pub(crate) fn analyzer_owners(&self) -> impl Iterator<Item = usize> {
        [Some(self.settings.management), self.analyzer_administrator()].into_iter().flatten()
    }

    /// Whether this account owns an analyzer of the whole organization in this region.
    pub(crate) fn owns_organization_analyzer(&self, account: usize, region: &str) -> bool {
        self.settings.analyzer.as_ref().is_some_and(|analyzer| {
            analyzer.owner == account
                && analyzer.regions.iter().any(|name| name == region)
                && self.accounts[account].enabled.contains(region)
        })
    }

    /// Whether this account owns the organization's trail.
    pub(crate) fn owns_organization_trail(&self, account: &Account) -> bool {
        self.has_trail && account.id == self.management().id
    }

    /// Whether this account sees the organization's trail, as its owner or as a member.
    pub(crate) fn sees_organization_trail(&self, account: &Account) -> bool {
        self.owns_organization_trail(account) || self.variant::<Trail>(account, "global") == Trail::Organization
    }

    /// Which variant of a check the account has in a region. The region does not matter for account checks, nor the account for
    /// checks of the organization.
    pub(crate) fn variant<T: Trait>(&self, account: &Account, region: &str) -> T {
        T::ALL[self.choose(T::CHECK, account, region)]
    }

    /// The same as an index into the check's variants.
    pub(crate) fn choose(&self, check: &Check, account: &Account, region: &str) -> usize {
        let (account, region) = match check.scope {
            Scope::Organization => (self.management(), "global"),
            Scope::Account => (account, "global"),
            Scope::Region => (account, if region == "global" { regions::HOME } else { region }),
        };
        posture::choose(check, self.settings.seed, self.settings.default_posture, account, region)
    }

    /// An id as EC2 makes them: the prefix and 17 hexadecimal digits.
    pub(crate) fn resource_id(&self, account: &Account, region: &str, prefix: &str, what: &str) -> String {
        format!("{prefix}-{}", mix::hex17(self.settings.seed, &["id", &account.id, region, prefix, what]))
    }
}

/// The root unit of an organization.
pub(crate) fn root(organization: &str, seed: u64) -> Unit {
    let id = format!("r-{}", mix::characters(seed, &["root", organization], "0123456789abcdefghijklmnopqrstuvwxyz", 4));
    let path = format!("{organization}/{id}/");
    Unit { id, name: "Root".to_owned(), parent: None, children: Vec::new(), accounts: Vec::new(), path }
}

/// Adds an organizational unit below another; an id is made from the seed where none is given.
pub(crate) fn add_unit(units: &mut Vec<Unit>, parent: usize, name: &str, id: Option<String>, seed: u64) -> usize {
    let index = units.len();
    let id = id.unwrap_or_else(|| {
        let root = units[0].id.trim_start_matches("r-");
        let digits = mix::characters(seed, &["unit", &units[parent].path, name], "0123456789abcdefghijklmnopqrstuvwxyz", 8);
        format!("ou-{root}-{digits}")
    });
    let path = format!("{}{id}/", units[parent].path);
    units.push(Unit { id, name: name.to_owned(), parent: Some(parent), children: Vec::new(), accounts: Vec::new(), path });
    units[parent].children.push(index);
    index
}
