//! Which accounts and regions are looked at.

use std::collections::BTreeMap;

use orgsweep_model::{Account, AccountId, Region};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pattern::{Ous, Pattern, Regions, TagValues};

/// Which accounts and regions are looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Selection {
    /// The accounts that are looked at: those that are listed, or are below one of the OUs, or have the tags. Empty means all.
    pub include: AccountFilter,
    /// The accounts that are not, in the same way. It wins over `include`.
    pub exclude: AccountFilter,
    /// The regions.
    pub regions: RegionSelection,
}

/// A set of accounts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AccountFilter {
    /// Ids, in quotes.
    pub accounts: Vec<AccountId>,
    /// Organizational units: ids, or globs over their paths. Everything below one belongs to it.
    pub ous: Vec<Pattern<Ous>>,
    /// Tags, of which all must fit: a key, and a value or a list of values, which may be globs.
    pub tags: BTreeMap<String, TagValues>,
}

/// Which regions are looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RegionSelection {
    /// Names or globs of regions that are looked at. Empty means every region that is enabled in an account.
    pub include: Vec<Pattern<Regions>>,
    /// Names or globs of regions that are not. It wins over `include`.
    pub exclude: Vec<Pattern<Regions>>,
    /// The region where global services are asked.
    pub home: Region,
}

impl Selection {
    /// Whether the account is looked at.
    pub fn account(&self, account: &Account) -> bool {
        (self.include.is_empty() || self.include.contains(account)) && !self.exclude.contains(account)
    }

    /// Whether accounts are told apart by their tags.
    pub fn by_tags(&self) -> bool {
        [&self.include, &self.exclude].iter().any(|filter| !filter.tags.is_empty())
    }

    /// Whether accounts are told apart by their organizational units.
    pub fn by_units(&self) -> bool {
        [&self.include, &self.exclude].iter().any(|filter| !filter.ous.is_empty())
    }

    /// Whether the region is looked at.
    pub fn region(&self, region: &Region) -> bool {
        let RegionSelection { include, exclude, .. } = &self.regions;
        (include.is_empty() || include.iter().any(|pattern| pattern.matches(region)))
            && !exclude.iter().any(|pattern| pattern.matches(region))
    }
}

impl AccountFilter {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn contains(&self, account: &Account) -> bool {
        let tagged = || self.tags.iter().all(|(key, values)| account.tags.get(key).is_some_and(|value| values.matches(value)));
        self.accounts.contains(&account.id)
            || self.ous.iter().any(|pattern| pattern.matches(&account.ou_path))
            || (!self.tags.is_empty() && tagged())
    }
}

impl Default for RegionSelection {
    #[expect(clippy::expect_used, reason = "the literal is a region's name, as the tests see")]
    fn default() -> Self {
        Self { include: Vec::new(), exclude: Vec::new(), home: "us-east-1".parse().expect("a region's name") }
    }
}

#[cfg(test)]
mod tests {
    use orgsweep_model::{AccountState, OuPath};
    use serde_json::json;

    use super::*;

    fn selection(value: serde_json::Value) -> Selection {
        serde_json::from_value(value).unwrap()
    }

    fn account(id: &str, ous: &[&str], tags: &[(&str, &str)]) -> Account {
        Account {
            id: id.parse().unwrap(),
            name: "payments".into(),
            ou_path: OuPath {
                ids: ous.iter().map(|name| format!("ou-ab12-{name}")).collect(),
                names: ous.iter().map(ToString::to_string).collect(),
            },
            state: AccountState::Active,
            tags: tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        }
    }

    #[test]
    fn an_empty_selection_takes_everything() {
        assert!(Selection::default().account(&account("111122223333", &[], &[])));
        assert!(Selection::default().region(&"eu-west-1".parse().unwrap()));
    }

    #[test]
    fn an_account_is_included_by_id_or_ou_or_tags() {
        let chosen = selection(
            json!({"include": {"accounts": ["111122223333"], "ous": ["Workloads"], "tags": {"env": ["prod", "stage"], "tier": "*"}}}),
        );
        assert!(chosen.account(&account("111122223333", &[], &[])));
        assert!(chosen.account(&account("444455556666", &["Workloads", "Production"], &[])));
        assert!(chosen.account(&account("444455556666", &[], &[("env", "stage"), ("tier", "1")])));
        assert!(!chosen.account(&account("444455556666", &[], &[("env", "stage")])), "every tag has to fit");
        assert!(!chosen.account(&account("444455556666", &["Sandbox"], &[("env", "dev"), ("tier", "1")])));
    }

    #[test]
    fn exclusion_wins() {
        let chosen =
            selection(json!({"include": {"ous": ["Workloads"]}, "exclude": {"accounts": ["111122223333"], "tags": {"skip": "*"}}}));
        assert!(chosen.account(&account("444455556666", &["Workloads"], &[])));
        assert!(!chosen.account(&account("111122223333", &["Workloads"], &[])));
        assert!(!chosen.account(&account("444455556666", &["Workloads"], &[("skip", "")])));
    }

    #[test]
    fn regions_by_name_and_glob() {
        let chosen = selection(json!({"regions": {"include": ["eu-*", "us-east-1"], "exclude": ["eu-north-1"]}}));
        let takes = |name: &str| chosen.region(&name.parse().unwrap());
        assert_eq!(["eu-west-1", "us-east-1", "eu-north-1", "us-west-2"].map(takes), [true, true, false, false]);
    }
}
