//! `CloudTrail`: what is recorded, where it goes, and how long it stays.

use super::Outcome::{Fail, Pass};
use super::{Check, Trait, Verdict, View, variants};
use crate::org::Account;
use crate::regions;

pub(crate) const CHECKS: &[&Check] = &[Trail::CHECK];

variants! {
    /// The CloudTrail trails that the account sees. The management account owns the organization's trail, if there is one, and sees it
    /// beside those of its own variant.
    Trail Account "cloudtrail-multi-region-logging"
    needs ["cloudtrail:DescribeTrails"]
    sometimes ["cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors"]
    special trails
    {
        Own "own" 34 Pass;
        /// Owned by the management account, a shadow in its members. AWS shows it to every member; here those with this variant see it.
        Organization "organization_trail" 30 Pass;
        /// Event selectors of the advanced form.
        Advanced "advanced_selectors" 8 Pass;
        /// Home in another region than us-east-1: a shadow there.
        OwnElsewhere "own_other_home" 6 Pass;
        /// A good trail beside a stopped one.
        SecondStopped "second_trail_stopped" 4 Pass;
        None "none" 3 Fail(1);
        SingleRegion "single_region" 3 Fail(1);
        Stopped "stopped" 2 Fail(1);
        DeliveryError "delivery_error" 2 Fail(1);
        WriteOnly "write_only" 2 Fail(1);
        ManagementExcluded "management_excluded" 2 Fail(1);
        /// Advanced selectors that restrict management events by `readOnly`.
        AdvancedReadOnly "advanced_read_only" 1 Fail(1);
        /// Advanced selectors for data events alone.
        AdvancedDataOnly "advanced_data_only" 1 Fail(1);
    }
}

impl Trail {
    /// Whether the account has a multi-region trail of its own.
    pub(crate) fn own_multi_region(self) -> bool {
        !matches!(self, Self::Organization | Self::None | Self::SingleRegion)
    }

    /// The home of its own trails.
    pub(crate) fn home(self, account: &Account) -> &'static str {
        if self == Self::OwnElsewhere { account.other_home() } else { regions::HOME }
    }
}

/// A trail of the account's own, or the organization's. Trail by trail: one that may not be asked about matters where no other is good.
fn trails(view: &View<'_>) -> Verdict {
    let variant: Trail = view.variant();
    let mut blind = None;
    if variant.own_multi_region() {
        blind = view.at(variant.home(view.account())).denied(&["cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors"]);
        if blind.is_none() && view.own() == Verdict::Pass {
            return Verdict::Pass;
        }
    }
    if view.organization.sees_organization_trail(view.account()) {
        let status = view.denied(&["cloudtrail:GetTrailStatus"]);
        match status.or_else(|| organization_selectors(view)) {
            None => return Verdict::Pass,
            Some(reason) => blind = blind.or(Some(reason)),
        }
    }
    blind.map_or(Verdict::Fail(1), Verdict::Unknown)
}

/// Why the selectors of the organization's trail, which is good, cannot be read for this account. Only its owner may ask for them.
fn organization_selectors(view: &View<'_>) -> Option<&'static str> {
    if view.organization.owns_organization_trail(view.account()) {
        return view.denied(&["cloudtrail:GetEventSelectors"]);
    }
    view.denied(&["organizations:DescribeOrganization"])
        .or_else(|| view.management().blind(&["cloudtrail:DescribeTrails", "cloudtrail:GetEventSelectors"]))
}
