//! What the board tells those who ask for more than the metrics: accounts, checks and single verdicts.

use std::ops::Bound;

use jiff::Timestamp;
use orgsweep_model::{Account, AccountId, BlindReason, Cadence, CheckId, Place, Region, Severity};

use crate::{
    Board, CheckEntry,
    account::AccountBoard,
    board::State,
    entry::{Entry, NEVER, Standing},
    layout::Layout,
    place::PlaceBoard,
    tally::{Counts, Tally},
};

/// What is known of one account.
#[derive(Clone, Debug)]
pub struct AccountView {
    /// What the listing says.
    pub account: Account,
    /// Whether it is the organization's management account.
    pub management: bool,
    /// Whether a session could be had; absent until a sweep tried.
    pub reachable: Option<bool>,
    /// Why not, if not.
    pub blind: Option<BlindReason>,
    /// Its regions, as far as they are selected.
    pub regions: Vec<Region>,
    /// Its targets by what stands for them.
    pub counts: Counts,
    /// When its places were last evaluated, the least lately evaluated place of each cadence.
    pub evaluated: [Option<Timestamp>; Cadence::ALL.len()],
}

/// What is known of one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerdictView {
    /// The account.
    pub account: AccountId,
    /// The part of it.
    pub place: Place,
    /// The check.
    pub check: CheckId,
    /// How much a failure matters here.
    pub severity: Severity,
    /// `pass`, `fail`, `waived`, `not_applicable` or `unknown`: what stands.
    pub status: &'static str,
    /// Since when it stands.
    pub since: Option<Timestamp>,
    /// As of when it was last confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// As of when the newest evaluation is.
    pub evaluated_at: Option<Timestamp>,
    /// How many resources fail.
    pub failing: u32,
    /// Why the newest evaluation was blind, if it was.
    pub blind: Option<BlindReason>,
    /// The waivers that cover something of a failure, by position.
    pub waivers: Vec<usize>,
}

/// Which verdicts are wanted. Absent means all.
#[derive(Clone, Debug, Default)]
pub struct VerdictFilter {
    /// Of this account.
    pub account: Option<AccountId>,
    /// Of this place.
    pub place: Option<Place>,
    /// Of this check.
    pub check: Option<CheckId>,
    /// Of this severity.
    pub severity: Option<Severity>,
    /// With this status.
    pub status: Option<String>,
    /// Whose newest evaluation was blind for this reason.
    pub blind: Option<BlindReason>,
}

/// Where a page of verdicts ended: they are in the order of account, region (`global` comes first) and check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerdictPosition {
    /// The account.
    pub account: AccountId,
    /// The region, or `global`.
    pub place: Place,
    /// The check's id, whether or not there is such a check.
    pub check: String,
}

impl Board {
    /// The accounts after this one that are wanted, by what the listing says and whether they are reachable, at most so many; and whether
    /// there are more.
    pub fn accounts(
        &self,
        after: Option<AccountId>,
        limit: usize,
        wanted: impl Fn(&Account, Option<bool>) -> bool,
    ) -> (Vec<AccountView>, bool) {
        let state = self.state();
        let from = after.map_or(0, |after| state.organization.accounts.partition_point(|account| account.id <= after));
        let reachable = |account: &Account| state.accounts.get(&account.id).and_then(|account| account.reachable);
        let listed = state.organization.accounts[from..].iter().filter(|account| wanted(account, reachable(account)));
        page(listed.filter_map(|account| state.account_view(account)), limit)
    }

    /// One account.
    pub fn account(&self, id: AccountId) -> Option<AccountView> {
        let state = self.state();
        let index = state.organization.accounts.binary_search_by_key(&id, |account| account.id).ok()?;
        state.account_view(&state.organization.accounts[index])
    }

    /// The enabled checks, each with its targets by what stands for them.
    pub fn checks(&self) -> Vec<(CheckEntry, Counts)> {
        let state = self.state();
        state.layout.checks.iter().copied().zip(state.totals.checks.iter().copied()).collect()
    }

    /// The verdicts after this position that are wanted, at most so many; and whether there are more.
    pub fn verdicts(&self, filter: &VerdictFilter, after: Option<&VerdictPosition>, limit: usize) -> (Vec<VerdictView>, bool) {
        let state = self.state();
        let layout = &state.layout;
        let from = filter.account.max(after.map(|after| after.account));
        let accounts = state.accounts.range((from.map_or(Bound::Unbounded, Bound::Included), Bound::Unbounded));
        let accounts = accounts.map(|(_, account)| account).take_while(|account| filter.account.is_none_or(|wanted| wanted == account.id));
        let order = Order::new(layout);
        let views = accounts.flat_map(|account| {
            let places = account.places(layout).filter(|(place, ..)| filter.place.as_ref().is_none_or(|wanted| wanted == place));
            let order = &order;
            places.flat_map(move |(place, board, checks)| {
                order.of(&place, account.management).iter().filter_map(move |&slot| {
                    let check = &layout.checks[checks[slot]];
                    let is_after = after
                        .is_none_or(|after| (account.id, &place, check.id.as_str()) > (after.account, &after.place, after.check.as_str()));
                    (is_after && filter.asks_for(check)).then(|| verdict_view(account, &place, board, slot, check))
                })
            })
        });
        page(views.filter(|view| filter.takes(view)), limit)
    }
}

/// The slots of a place in the order of their checks' ids.
struct Order {
    member: Vec<usize>,
    management: Vec<usize>,
    region: Vec<usize>,
}

impl Order {
    fn new(layout: &Layout) -> Self {
        let sorted = |checks: &[usize]| {
            let mut slots: Vec<usize> = (0..checks.len()).collect();
            slots.sort_by_key(|&slot| layout.checks[checks[slot]].id);
            slots
        };
        Self { member: sorted(layout.global(false)), management: sorted(layout.global(true)), region: sorted(&layout.region) }
    }

    fn of(&self, place: &Place, management: bool) -> &[usize] {
        match place {
            Place::Region(_) => &self.region,
            Place::Global if management => &self.management,
            Place::Global => &self.member,
        }
    }
}

impl VerdictFilter {
    fn asks_for(&self, check: &CheckEntry) -> bool {
        self.check.is_none_or(|wanted| wanted == check.id) && self.severity.is_none_or(|wanted| wanted == check.severity)
    }

    fn takes(&self, view: &VerdictView) -> bool {
        self.status.as_ref().is_none_or(|wanted| wanted == view.status) && self.blind.is_none_or(|wanted| view.blind == Some(wanted))
    }
}

impl State {
    fn account_view(&self, listed: &Account) -> Option<AccountView> {
        let account = self.accounts.get(&listed.id)?;
        let tally = Tally::of(account, &self.layout);
        let counts = tally.checks.iter().fold(Counts::default(), |sum, counts| sum.plus(*counts));
        let evaluated = Cadence::ALL.map(|cadence| {
            let least = account.places(&self.layout).filter_map(|(_, place, _)| place.evaluated(cadence)).min();
            least.and_then(time)
        });
        Some(AccountView {
            account: listed.clone(),
            management: account.management,
            reachable: account.reachable,
            blind: account.unreachable,
            regions: account.regions.keys().cloned().collect(),
            counts,
            evaluated,
        })
    }
}

fn verdict_view(account: &AccountBoard, place: &Place, board: &PlaceBoard, slot: usize, check: &CheckEntry) -> VerdictView {
    let entry: Entry = board.entry(slot);
    let waived = board.waived(slot);
    VerdictView {
        account: account.id,
        place: place.clone(),
        check: check.id,
        severity: check.severity,
        status: if waived { "waived" } else { entry.standing.as_str() },
        since: time(entry.since).filter(|_| entry.standing != Standing::Undecided),
        confirmed_at: time(entry.confirmed_at),
        evaluated_at: time(entry.evaluated_at),
        failing: entry.findings,
        blind: entry.blind,
        waivers: board.waivers_of(slot).to_vec(),
    }
}

fn time(second: i64) -> Option<Timestamp> {
    Timestamp::from_second(second).ok().filter(|_| second != NEVER)
}

fn page<T>(mut views: impl Iterator<Item = T>, limit: usize) -> (Vec<T>, bool) {
    let page: Vec<T> = views.by_ref().take(limit).collect();
    (page, views.next().is_some())
}
