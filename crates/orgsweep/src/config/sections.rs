//! The sections of the configuration that say whom to look at, how often and how fast.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use orgsweep_model::{AccountId, Cadence, CheckMeta, FactKind, Severity, check::Activation};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    duration::{HumanDuration, PassValid},
    number::{Rate, Ratio, positive},
    pattern::{Checks, Pattern},
    text::{ExternalId, RoleArn, RoleName, SessionName},
};

/// Where the list of accounts comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OrganizationConfig {
    /// The role for calls to Organizations. Without it, the ambient identity makes them: the management account or a delegated
    /// administrator.
    pub role_arn: Option<RoleArn>,
    /// The accounts, instead of listing the organization.
    pub accounts: Vec<StaticAccount>,
    /// How often the organization is listed anew.
    pub refresh: HumanDuration,
    /// A listing that loses more than this share of the accounts, and more than one, is not believed: those that are missing are kept.
    pub max_shrink: Ratio,
}

/// An account that is given instead of found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StaticAccount {
    /// Its id, in quotes.
    pub id: AccountId,
    /// Its name; the id, where none is given.
    #[serde(default)]
    pub name: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// How sessions in member accounts are made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SessionsConfig {
    /// The name of the role that is assumed in every account.
    pub role_name: RoleName,
    /// The external id that the role's trust policy demands.
    pub external_id: Option<ExternalId>,
    /// The session's name, as the accounts' CloudTrail shows it.
    pub session_name: SessionName,
    /// How long a session lives, from 15m to 12h. A role that assumes a role gets 1h at most.
    pub duration: HumanDuration,
    /// Whether the catalogue's read-only session policy goes with every `AssumeRole`.
    pub restrict: bool,
    /// How the management account is looked at.
    pub management_account: ManagementAccount,
}

/// How the management account is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ManagementAccount {
    /// With the role, like every other account.
    #[default]
    Role,
    /// With the ambient identity.
    Ambient,
    /// Not at all.
    Skip,
}

/// How often checks are asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ScheduleConfig {
    /// How often checks of the cadence `frequent` are asked.
    pub frequent: HumanDuration,
    /// How often checks of the cadence `standard` are asked.
    pub standard: HumanDuration,
    /// How often checks of the cadence `daily` are asked.
    pub daily: HumanDuration,
    /// By what share of `frequent` a sweep may be late, so that accounts do not fall into step. More than 0.25 counts as 0.25.
    pub jitter: Ratio,
    /// How long a sweep waits for the answer to any one of its questions.
    pub sweep_timeout: HumanDuration,
    /// How long a pass counts without being confirmed. `auto`: three times the check's cadence, at least a day.
    pub pass_valid: PassValid,
}

/// How fast AWS is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Account-region sweeps at once.
    #[serde(deserialize_with = "positive")]
    #[schemars(range(min = 1))]
    pub workers: u32,
    /// Requests at once, over all accounts.
    #[serde(deserialize_with = "positive")]
    #[schemars(range(min = 1))]
    pub in_flight: u32,
    /// Requests a second for each account, region and service. `default` is for the services that are not named.
    pub per_account_rps: ServiceRates,
    /// Requests a second where the caller's account is what AWS limits.
    pub shared_rps: SharedRates,
}

/// Requests a second by service. A service that is not named keeps its own default, or `default`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "BTreeMap<String, Rate>")]
#[schemars(with = "BTreeMap<String, Rate>")]
pub struct ServiceRates(BTreeMap<String, Rate>);

impl ServiceRates {
    const FALLBACK: (&'static str, Rate) = ("default", Rate::new(10.0));
    const DEFAULTS: [(&'static str, Rate); 3] = [("iam", Rate::new(10.0)), ("ec2", Rate::new(20.0)), ("securityhub", Rate::new(3.0))];

    /// The rate of a service.
    pub fn of(&self, service: &str) -> Rate {
        self.0.get(service).or_else(|| self.0.get(Self::FALLBACK.0)).copied().unwrap_or(Self::FALLBACK.1)
    }

    /// The names that have a rate.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The names that may have a rate: `default` and every service that a fact is read from.
    pub(super) fn known() -> BTreeSet<&'static str> {
        let services = FactKind::ALL.iter().flat_map(|kind| kind.spec().operations).map(|operation| operation.service);
        services.chain([Self::FALLBACK.0, "account", "sts"]).collect()
    }
}

impl From<BTreeMap<String, Rate>> for ServiceRates {
    fn from(given: BTreeMap<String, Rate>) -> Self {
        let defaults = Self::DEFAULTS.into_iter().chain([Self::FALLBACK]);
        let mut rates: BTreeMap<String, Rate> = defaults.map(|(name, rate)| (name.to_owned(), rate)).collect();
        rates.extend(given);
        Self(rates)
    }
}

/// Requests a second to what the caller's account shares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SharedRates {
    /// To Organizations.
    pub organizations: Rate,
    /// To STS.
    pub sts: Rate,
    /// To Account Management.
    pub account: Rate,
}

/// Which checks are asked, and what is different about them here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChecksConfig {
    /// Ids of checks that are off by default.
    pub enable: Vec<String>,
    /// Ids or globs of checks that are not asked. It wins over `enable`.
    pub disable: Vec<Pattern<Checks>>,
    /// Whether checks whose questions AWS charges for may be asked.
    pub allow_billable: bool,
    /// Another severity, by check id.
    pub severity: BTreeMap<String, Severity>,
    /// Another cadence, by check id.
    pub cadence: BTreeMap<String, Cadence>,
    /// Parameters, by check id; `orgsweep checks show ID` lists them.
    pub params: BTreeMap<String, Value>,
}

impl ChecksConfig {
    /// Whether a check may be asked, as far as money goes.
    pub fn allows(&self, check: &CheckMeta) -> bool {
        check.activation != Activation::ByAllowBillable || self.allow_billable
    }
}

impl Default for OrganizationConfig {
    fn default() -> Self {
        Self { role_arn: None, accounts: Vec::new(), refresh: HumanDuration::from_secs(600), max_shrink: Ratio::new(0.2) }
    }
}

impl Default for SessionsConfig {
    fn default() -> Self {
        Self {
            role_name: RoleName::default(),
            external_id: None,
            session_name: SessionName::default(),
            duration: HumanDuration::from_secs(3600),
            restrict: true,
            management_account: ManagementAccount::Role,
        }
    }
}

impl Default for ScheduleConfig {
    fn default() -> Self {
        Self {
            frequent: HumanDuration::from_secs(15 * 60),
            standard: HumanDuration::from_secs(3600),
            daily: HumanDuration::from_secs(86_400),
            jitter: Ratio::new(0.1),
            sweep_timeout: HumanDuration::from_secs(600),
            pass_valid: PassValid::Auto,
        }
    }
}

impl ScheduleConfig {
    /// The interval of a cadence.
    pub const fn interval(&self, cadence: Cadence) -> Duration {
        match cadence {
            Cadence::Frequent => self.frequent.get(),
            Cadence::Standard => self.standard.get(),
            Cadence::Daily => self.daily.get(),
        }
    }

    /// How long a pass of a check of this cadence counts without being confirmed.
    pub fn pass_valid(&self, cadence: Cadence) -> Duration {
        match self.pass_valid {
            PassValid::Auto => (self.interval(cadence) * 3).max(Duration::from_hours(24)),
            PassValid::For(duration) => duration.get(),
        }
    }
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self { workers: 64, in_flight: 256, per_account_rps: BTreeMap::new().into(), shared_rps: SharedRates::default() }
    }
}

impl Default for SharedRates {
    fn default() -> Self {
        Self { organizations: Rate::new(5.0), sts: Rate::new(100.0), account: Rate::new(5.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_that_are_not_given_keep_their_defaults() {
        let rates = ServiceRates::from(BTreeMap::from([("ec2".to_owned(), Rate::new(5.0)), ("default".to_owned(), Rate::new(7.0))]));
        let of = |service| rates.of(service).per_second().to_string();
        assert_eq!([of("ec2"), of("securityhub"), of("iam"), of("guardduty")], ["5", "3", "10", "7"]);
    }

    #[test]
    fn a_pass_counts_three_cadences_and_at_least_a_day() {
        let mut schedule = ScheduleConfig::default();
        let day = Duration::from_hours(24);
        assert_eq!(schedule.pass_valid(Cadence::Frequent), day);
        assert_eq!(schedule.pass_valid(Cadence::Daily), 3 * day);
        schedule.pass_valid = PassValid::For("5m".parse().unwrap());
        assert_eq!(schedule.pass_valid(Cadence::Daily), Duration::from_mins(5));
    }
}
