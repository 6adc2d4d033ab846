//! The account's contacts, its environment and its support plan.

use super::Outcome::{Fail, Pass, Unknown};
use super::{Check, Trait, Verdict, View, variants};
use crate::org::{Account, Organization};

pub(crate) const CHECKS: &[&Check] =
    &[AlternateContacts::CHECK, ContactPhone::CHECK, AccountEnvironment::CHECK, FreeTierAlerts::CHECK, AsCode::CHECK];

variants! {
    /// The billing, operations and security contacts.
    AlternateContacts Account "account-alternate-contacts-set" needs ["account:GetAlternateContact"] {
        All "all" 80 Pass;
        NoSecurity "no_security" 10 Fail(1);
        BillingOnly "billing_only" 5 Fail(1);
        None "none" 5 Fail(1);
    }
}

variants! {
    /// The phone number of the primary contact.
    ContactPhone Account "account-contact-phone-international" needs ["account:GetContactInformation"] {
        International "international" 60 Pass;
        Dressed "with_brackets_and_hyphens" 20 Pass;
        National "national" 10 Fail(1);
        /// A plus sign before a number of the country's own.
        NoCountryCode "no_country_code" 5 Fail(1);
        /// AWS knows no contact.
        None "none" 5 Fail(1);
    }
}

/// What reading the accounts' units and tags needs.
pub(crate) const UNITS: [&str; 3] =
    ["organizations:ListRoots", "organizations:ListOrganizationalUnitsForParent", "organizations:ListTagsForResource"];

variants! {
    /// The account's tag for its environment. Its unit may say the same, or something else.
    AccountEnvironment Account "account-environment-declared" needs UNITS special declared {
        AsDescribed "as_described" 60 Pass;
        UpperCase "upper_case" 10 Pass;
        NoTag "no_tag" 10 Pass;
        UnknownValue "unknown_value" 10 Pass;
        Contradiction "contradiction" 10 Fail(1);
    }
}

fn declared(view: &View<'_>) -> Verdict {
    match Belonging::of(view.organization, view.account()) {
        Belonging::One(_) => Verdict::Pass,
        Belonging::None | Belonging::Two => Verdict::Fail(1),
    }
}

/// The tag that names the environment.
const KEY: &str = "Environment";

/// The words for each environment, of tags and of units alike.
const WORDS: [(&str, &[&str]); 6] = [
    ("production", &["production", "prod", "prd"]),
    ("staging", &["staging", "stage"]),
    ("test", &["test", "qa"]),
    ("development", &["development", "dev", "sdlc"]),
    ("sandbox", &["sandbox"]),
    ("shared", &["shared", "security", "infrastructure", "platform", "network", "management"]),
];

fn environment(word: &str) -> Option<&'static str> {
    let word = word.to_lowercase();
    WORDS.iter().find(|(_, words)| words.contains(&word.as_str())).map(|(environment, _)| *environment)
}

/// The environment of the deepest unit above the account whose name is one.
fn of_unit(organization: &Organization, account: &Account) -> Option<&'static str> {
    let units = std::iter::successors(Some(account.unit), |&unit| organization.units[unit].parent);
    let mut names = units.map(|unit| &organization.units[unit]).filter(|unit| unit.parent.is_some());
    names.find_map(|unit| environment(&unit.name))
}

/// The account's tags: the described ones, but for the environment's, which is the variant's. An account that is described without any
/// sign of its environment gets a tag, so that what is to pass can.
pub(crate) fn tags(organization: &Organization, account: &Account) -> Vec<(String, String)> {
    let described = account.tags.iter().find(|(key, _)| key == KEY).map(|(_, value)| value.clone());
    let unit = of_unit(organization, account);
    let fallback = || {
        let even = organization.find(&account.id).is_some_and(|index| index.is_multiple_of(2));
        unit.is_none().then(|| if even { "production" } else { "development" }.to_owned())
    };
    let value = match organization.variant(account, "global") {
        AccountEnvironment::AsDescribed => described.or_else(fallback),
        AccountEnvironment::UpperCase => described.or_else(fallback).map(|value| value.to_uppercase()),
        AccountEnvironment::NoTag => None,
        AccountEnvironment::UnknownValue => Some("blue".to_owned()),
        AccountEnvironment::Contradiction => Some(if unit == Some("production") { "sandbox" } else { "production" }.to_owned()),
    };
    let value = value.map(|value| (KEY.to_owned(), value));
    value.into_iter().chain(account.tags.iter().filter(|(key, _)| key != KEY).cloned()).collect()
}

/// Where an account belongs.
pub(crate) enum Belonging {
    One(&'static str),
    None,
    Two,
}

impl Belonging {
    pub(crate) fn of(organization: &Organization, account: &Account) -> Self {
        let tag = tags(organization, account).iter().find(|(key, _)| key == KEY).and_then(|(_, value)| environment(value));
        match (tag, of_unit(organization, account)) {
            (Some(tag), Some(unit)) if tag != unit => Self::Two,
            (Some(one), _) | (None, Some(one)) => Self::One(one),
            (None, None) => Self::None,
        }
    }
}

variants! {
    /// Whether AWS's own e-mails about money are on.
    FreeTierAlerts Account "billing-free-tier-alerts" needs [] {
        Unattested "unattested" 1 Unknown("needs_attestation");
    }
}

variants! {
    /// Whether resources are managed as code.
    AsCode Account "iac-adopted" needs [] {
        Unattested "unattested" 1 Unknown("needs_attestation");
    }
}
