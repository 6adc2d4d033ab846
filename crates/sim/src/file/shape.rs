//! The file as it is written: keys and their types. What the values mean is checked in `build`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::Entries;
use crate::org::AccountState;
use crate::posture::DefaultPosture;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    pub(super) seed: u64,
    pub(super) organization: Organization,
    pub(super) regions: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    pub(super) default_posture: DefaultPosture,
    #[serde(default)]
    pub(super) organizational_units: Vec<Unit>,
    #[serde(default)]
    pub(super) analyzers: Analyzers,
    pub(super) accounts: Vec<Account>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Organization {
    pub(super) id: Spanned<String>,
    pub(super) management_account_id: Spanned<String>,
    #[serde(default = "default_role")]
    pub(super) role_name: String,
    pub(super) external_id: Option<String>,
    pub(super) packed_policy_limit: Option<usize>,
}

fn default_role() -> String {
    "OrgsweepAudit".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unit {
    pub(super) name: Spanned<String>,
    pub(super) id: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) children: Vec<Unit>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Analyzers {
    pub(super) organization: Option<Analyzer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Analyzer {
    pub(super) account: Spanned<String>,
    pub(super) regions: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Account {
    pub(super) id: Spanned<String>,
    pub(super) name: String,
    pub(super) ou: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) state: AccountState,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) opt_in_regions: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) role: Role,
    #[serde(default)]
    pub(super) deny: Vec<Deny>,
    /// `check: variant` and `check@region: variant`.
    #[serde(default)]
    pub(super) posture: Entries<Spanned<String>>,
    /// By region.
    #[serde(default)]
    pub(super) security_groups: Entries<u32>,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    #[default]
    Present,
    Missing,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Deny {
    pub(super) action: Spanned<String>,
    #[serde(default)]
    pub(super) scp: bool,
    #[serde(default)]
    pub(super) regions: Vec<Spanned<String>>,
}
