//! What a change of the board amounts to: what is written down before it is shown, and told to people.

use std::borrow::Cow;

use jiff::Timestamp;
use orgsweep_model::{AccountId, Blind, BlindReason, Cadence, CheckId, Finding, Measure, Organization, Place, Region};

use crate::entry::{Entry, Standing};

/// What stands for a target became something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// As of when.
    pub at: Timestamp,
    /// The account.
    pub account: AccountId,
    /// The part of it.
    pub place: Place,
    /// The check.
    pub check: CheckId,
    /// What stood before.
    pub from: Standing,
    /// What stands now; absent when the target left: its account, region or check is not looked at any more.
    pub to: Option<Standing>,
    /// Why, in one sentence.
    pub reason: String,
    /// Nothing was ever decided about the target before.
    pub first: bool,
}

impl Transition {
    /// The word for a target that left.
    pub const REMOVED: &'static str = "removed";

    /// The word for what stands now.
    pub fn to_word(&self) -> &'static str {
        self.to.map_or(Self::REMOVED, Standing::as_str)
    }
}

/// A change, before it is shown.
#[derive(Debug, Default)]
pub(crate) struct Change<'a> {
    /// A new listing, and the regions that every account has.
    pub listing: Option<(&'a Organization, &'a [Region])>,
    /// Accounts that left.
    pub gone: Vec<AccountId>,
    /// What is new of accounts.
    pub accounts: Vec<AccountChange<'a>>,
    pub transitions: Vec<Transition>,
    /// Nothing but these checks is asked any more.
    pub checks: Option<Vec<CheckId>>,
}

/// What is new of one account.
#[derive(Debug)]
pub(crate) struct AccountChange<'a> {
    pub account: AccountId,
    /// All that is known of it: what is not said here does not hold any more.
    pub whole: bool,
    pub reached: Option<Reached<'a>>,
    /// Its regions, as of when: it has no others.
    pub regions: Option<(i64, Vec<Region>)>,
    pub verdicts: Vec<VerdictChange<'a>>,
    pub evaluated: Vec<(Place, Cadence, i64)>,
    pub measures: Vec<(Place, Measure, i64, f64)>,
}

impl AccountChange<'_> {
    pub const fn of(account: AccountId) -> Self {
        Self { account, whole: false, reached: None, regions: None, verdicts: Vec::new(), evaluated: Vec::new(), measures: Vec::new() }
    }
}

/// Whether a session could be had.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reached<'a> {
    /// As of when.
    pub at: i64,
    pub reachable: bool,
    /// Why not.
    pub reason: Option<BlindReason>,
    /// The same for people.
    pub detail: Option<&'a str>,
}

/// What is new of one target.
#[derive(Debug)]
pub(crate) struct VerdictChange<'a> {
    pub place: Place,
    pub check: CheckId,
    pub entry: Entry,
    pub told: Told<'a>,
}

/// What was said with it.
#[derive(Debug)]
pub(crate) enum Told<'a> {
    /// What stands now was decided.
    Decided {
        reason: String,
        findings: Cow<'a, [Finding]>,
        /// The waivers that cover something of it, by position.
        waivers: Vec<usize>,
        /// It is a person's word, which stands in for the findings or, without any, for what could not be seen.
        attested: bool,
        unseen: Option<Cow<'a, Blind>>,
    },
    /// The newest evaluation was blind; what stands stays.
    Blind(Cow<'a, Blind>),
    /// What stood counts no more.
    Ended,
    /// It was said before, and could not be written down then.
    Lost {
        /// It is a person's word.
        attested: bool,
    },
}

impl Told<'_> {
    /// The same, for as long as it is needed.
    pub fn into_owned(self) -> Told<'static> {
        match self {
            Self::Decided { reason, findings, waivers, attested, unseen } => {
                let (findings, unseen) = (Cow::Owned(findings.into_owned()), unseen.map(|unseen| Cow::Owned(unseen.into_owned())));
                Told::Decided { reason, findings, waivers, attested, unseen }
            }
            Self::Blind(blind) => Told::Blind(Cow::Owned(blind.into_owned())),
            Self::Ended => Told::Ended,
            Self::Lost { attested } => Told::Lost { attested },
        }
    }
}
