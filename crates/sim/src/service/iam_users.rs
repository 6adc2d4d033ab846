//! IAM's users: who they are, and what the credential report, the account's summary and the authorization details say of them.

use std::fmt;

use super::Call;
use crate::org::{Account, Organization};
use crate::posture::iam::{KeyAge, Unused, UserPolicies, Users};
use crate::wire::time;

pub(super) const DAY: i64 = 24 * 60 * 60;
/// So much longer than whole days, that a scan may take its time without a day more or less.
const HOUR: i64 = 60 * 60;

/// A time in the credential report, or the word in its place.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    /// Days ago, and an hour.
    Days(i64),
    Word(&'static str),
}

pub(super) const NONE: When = When::Word("N/A");

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(days) => f.write_str(&time::iso(time::ago(days * DAY + HOUR)).replace('Z', "+00:00")),
            Self::Word(word) => f.write_str(word),
        }
    }
}

/// An access key; one that is not there is inactive and has no times.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub(super) active: bool,
    pub(super) made: When,
    pub(super) used: When,
}

pub(super) const NO_KEY: Key = Key { active: false, made: NONE, used: NONE };

/// A console password: when it was used and set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Password {
    pub(super) used: When,
    pub(super) set: When,
}

/// An IAM user.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) name: &'static str,
    pub(super) password: Option<Password>,
    pub(super) mfa: bool,
    pub(super) keys: [Key; 2],
    pub(super) inline: &'static [&'static str],
    pub(super) attached: &'static [&'static str],
    pub(super) boundary: bool,
}

/// The users of an account: each check's variant brings users of its own, so that none decides another check's verdict.
pub(super) fn users(organization: &Organization, account: &Account) -> Vec<User> {
    let mut users = people(organization.variant(account, "global"));
    users.extend(with_policies(organization.variant(account, "global")));
    users.extend(with_keys_of_some_age(organization.variant(account, "global")));
    users.extend(with_unused_credentials(organization.variant(account, "global")));
    users
}

pub(super) fn of(call: &Call<'_>) -> Vec<User> {
    users(call.organization(), call.account())
}

fn nobody(name: &'static str) -> User {
    User { name, password: None, mfa: false, keys: [NO_KEY; 2], inline: &[], attached: &[], boundary: false }
}

fn machine(name: &'static str, made: When, used: When) -> User {
    User { keys: [Key { active: true, made, used }, NO_KEY], ..nobody(name) }
}

fn people(variant: Users) -> Vec<User> {
    let used_today = Password { used: When::Days(0), set: When::Days(400) };
    let person = |name, mfa| User { password: Some(used_today), mfa, ..nobody(name) };
    let deploy = || machine("svc-deploy", When::Days(30), When::Days(0));
    match variant {
        Users::Nobody => Vec::new(),
        Users::KeysOnly => vec![deploy()],
        Users::AllMfa => vec![person("alice", true), person("bob@example.com", true), deploy()],
        Users::OneWithout => vec![person("alice", true), person("bob@example.com", false), deploy()],
        Users::Several => {
            vec![person("alice", false), person("bob@example.com", false), person("carol+ops", false), person("dave", true), deploy()]
        }
    }
}

fn with_policies(variant: UserPolicies) -> Vec<User> {
    let attached = |name| User { attached: &["ReadOnlyAccess"], ..nobody(name) };
    let inline = |name| User { inline: &["deploy", "read-queue"], ..nobody(name) };
    match variant {
        UserPolicies::Groups => Vec::new(),
        UserPolicies::Boundary => vec![User { boundary: true, ..nobody("bounded") }],
        UserPolicies::Attached => vec![attached("legacy-reader")],
        UserPolicies::Inline => vec![inline("legacy-deploy")],
        UserPolicies::Several => {
            vec![
                attached("legacy-reader"),
                inline("legacy-deploy"),
                User { inline: &["one"], attached: &["PowerUserAccess"], ..nobody("legacy") },
            ]
        }
    }
}

fn with_keys_of_some_age(variant: KeyAge) -> Vec<User> {
    let old = |name, days| machine(name, When::Days(days), When::Days(1));
    match variant {
        KeyAge::Fresh => Vec::new(),
        KeyAge::NinetyDays => vec![old("svc-ninety", 90)],
        KeyAge::OldInactive => {
            let key = Key { active: false, made: When::Days(700), used: When::Days(300) };
            vec![User { keys: [Key { active: true, made: When::Days(10), used: When::Days(1) }, key], ..nobody("svc-rotated") }]
        }
        KeyAge::NinetyOneDays => vec![old("svc-ninety-one", 91)],
        KeyAge::Several => {
            let key = |days| Key { active: true, made: When::Days(days), used: When::Days(2) };
            vec![old("svc-old", 365), User { keys: [key(1000), key(91)], ..nobody("svc-two-old") }, old("svc-fresh", 3)]
        }
        KeyAge::NoTime => vec![machine("svc-timeless", NONE, When::Days(1))],
    }
}

fn with_unused_credentials(variant: Unused) -> Vec<User> {
    let idle = |name, days| machine(name, When::Days(80), When::Days(days));
    let signed_in = |used, set| User { password: Some(Password { used, set }), mfa: true, ..nobody("former") };
    match variant {
        Unused::Recent => Vec::new(),
        Unused::FortyFourDays => vec![idle("svc-monthly", 44)],
        Unused::NewNeverUsed => vec![machine("svc-new", When::Days(44), NONE)],
        Unused::Inactive => {
            let key = Key { active: false, made: When::Days(400), used: When::Days(300) };
            vec![User { keys: [NO_KEY, key], ..nobody("svc-gone") }]
        }
        Unused::FortyFiveDays => vec![idle("svc-idle", 45)],
        Unused::NeverUsed => vec![machine("svc-never", When::Days(60), NONE)],
        Unused::Password => vec![signed_in(When::Days(100), When::Days(20))],
        Unused::PasswordNeverUsed => vec![signed_in(When::Word("no_information"), When::Days(50))],
        Unused::Several => {
            vec![
                signed_in(When::Days(45), When::Days(500)),
                idle("svc-idle", 70),
                machine("svc-never", When::Days(45), NONE),
                idle("svc-used", 1),
            ]
        }
        Unused::NotTold => vec![machine("svc-untold", When::Days(10), When::Word("not_supported"))],
    }
}
