//! `CloudTrail`: what is recorded, where it goes, and how long it stays.

use super::Outcome::{Fail, NotApplicable, Pass};
use super::{Check, Trait, Verdict, View, variants};
use crate::org::{Account, Organization};
use crate::regions;

pub(crate) const CHECKS: &[&Check] =
    &[Trail::CHECK, Validation::CHECK, Encryption::CHECK, Insights::CHECK, Delivery::CHECK, Retention::CHECK, ObjectEvents::CHECK];

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
    let seen = seen(view);
    if seen.iter().any(|trail| trail.good == Ok(true)) {
        return Verdict::Pass;
    }
    seen.iter().find_map(|trail| trail.good.err()).map_or(Verdict::Fail(1), Verdict::Unknown)
}

/// Why the selectors of the organization's trail, which is good, cannot be read for this account. Only its owner may ask for them.
fn organization_selectors(view: &View<'_>) -> Option<&'static str> {
    from_owner(view, "cloudtrail:GetEventSelectors")
}

/// Why the organization's trail cannot be asked this for the account.
fn from_owner(view: &View<'_>, action: &'static str) -> Option<&'static str> {
    if view.organization.owns_organization_trail(view.account()) {
        return view.denied(&[action]);
    }
    view.denied(&["organizations:DescribeOrganization"]).or_else(|| view.management().blind(&["cloudtrail:DescribeTrails", action]))
}

/// A multi-region trail as an account sees it. What it looks like besides is its owner's variant of each check.
struct Seen<'a> {
    owner: View<'a>,
    is_organization: bool,
    home: &'static str,
    /// Whether it records all management events and delivers them, or why that cannot be known.
    good: Result<bool, &'static str>,
    /// Whether it is logging and delivers.
    live: bool,
}

/// The account's own trail, and the organization's. The abandoned one is good for nothing, and nobody has to know more of it.
fn seen<'a>(view: &View<'a>) -> Vec<Seen<'a>> {
    let variant: Trail = view.variant();
    let mut seen = Vec::new();
    if variant.own_multi_region() {
        let home = variant.home(view.account());
        let blind = view.at(home).denied(&["cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors"]);
        let good = blind.map_or(Ok(Trail::CHECK.variants[variant as usize].outcome == Pass), Err);
        let live = !matches!(variant, Trail::Stopped | Trail::DeliveryError);
        seen.push(Seen { owner: *view, is_organization: false, home, good, live });
    }
    if view.organization.sees_organization_trail(view.account()) {
        let blind = view.denied(&["cloudtrail:GetTrailStatus"]).or_else(|| organization_selectors(view));
        seen.push(Seen {
            owner: view.management(),
            is_organization: true,
            home: regions::HOME,
            good: blind.map_or(Ok(true), Err),
            live: true,
        });
    }
    seen
}

impl Seen<'_> {
    fn is_elsewhere(&self, view: &View<'_>) -> bool {
        self.owner.index != view.index
    }
}

/// What a row says of one good trail: a verdict that is not yet the account's.
fn of_that_trail(view: &View<'_>, row: impl Fn(&Seen<'_>) -> Verdict) -> Verdict {
    let seen = seen(view);
    let good = || seen.iter().filter(|trail| trail.good == Ok(true));
    let rows: Vec<Verdict> = good().map(row).collect();
    if rows.contains(&Verdict::Pass) {
        return Verdict::Pass;
    }
    let unknown = rows.iter().copied().find(|row| matches!(row, Verdict::Unknown(_)));
    if let Some(unknown) = seen.iter().find_map(|trail| trail.good.err()).map(Verdict::Unknown).or(unknown) {
        return unknown;
    }
    match rows.iter().filter(|row| matches!(row, Verdict::Fail(_))).count() {
        0 if !rows.is_empty() => Verdict::NotApplicable,
        count => Verdict::Fail(u32::try_from(count).unwrap_or(u32::MAX).max(1)),
    }
}

/// The row that asks no more than what every account sees of a trail.
fn plain(view: &View<'_>) -> Verdict {
    of_that_trail(view, |trail| trail.owner.own())
}

/// What tells a good trail from others.
const TOLD_BY: [&str; 2] = ["cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors"];

variants! {
    /// Whether the trails of the account's own validate their log files.
    Validation Account "cloudtrail-log-file-validation"
    needs ["cloudtrail:DescribeTrails"]
    sometimes TOLD_BY
    special plain
    together_with [Trail::Own]
    {
        On "on" 88 Pass;
        Off "off" 12 Fail(1);
    }
}

variants! {
    /// Whether they encrypt them with a key of the account's own.
    Encryption Account "cloudtrail-kms-encrypted"
    needs ["cloudtrail:DescribeTrails"]
    sometimes TOLD_BY
    special plain
    together_with [Trail::Own]
    {
        Key "kms_key" 72 Pass;
        NoKey "no_key" 28 Fail(1);
    }
}

variants! {
    /// What Insights looks for in them.
    Insights Account "cloudtrail-insights-enabled"
    needs ["cloudtrail:DescribeTrails"]
    sometimes ["cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors", "cloudtrail:GetInsightSelectors"]
    special insights
    together_with [Trail::Own]
    {
        CallRate "call_rate" 50 Pass;
        Both "call_and_error_rate" 26 Pass;
        /// AWS says so by an error.
        NotEnabled "not_enabled" 18 Fail(1);
        /// It was on once: the list is empty.
        Emptied "switched_off" 2 Fail(1);
        ErrorRate "error_rate_only" 2 Fail(1);
        /// Data events alone.
        DataEvents "data_events_only" 2 Fail(1);
    }
}

fn insights(view: &View<'_>) -> Verdict {
    const ASK: &str = "cloudtrail:GetInsightSelectors";
    of_that_trail(view, |trail| {
        let blind = if trail.is_organization { from_owner(view, ASK) } else { view.at(trail.home).denied(&[ASK]) };
        blind.map_or_else(|| trail.owner.own(), Verdict::Unknown)
    })
}

variants! {
    /// Whether they deliver to a log group.
    Delivery Account "cloudtrail-cloudwatch-logs-delivery"
    needs ["cloudtrail:DescribeTrails"]
    sometimes TOLD_BY
    special delivery
    together_with [Trail::Own]
    {
        Recent "recent" 68 Pass;
        NearlyADay "nearly_a_day_ago" 6 Pass;
        RecentError "recent_then_error" 4 Pass;
        NoLogGroup "no_log_group" 12 Fail(1);
        Late "late" 6 Fail(1);
        /// A log group is set, and nothing has arrived.
        Never "never" 4 Fail(1);
    }
}

impl Delivery {
    pub(crate) fn has_log_group(self) -> bool {
        self != Self::NoLogGroup
    }
}

fn delivery(view: &View<'_>) -> Verdict {
    of_that_trail(view, |trail| if trail.is_elsewhere(view) { Verdict::NotApplicable } else { trail.owner.own() })
}

variants! {
    /// How long the bucket and the log group keep what the account's own trails deliver.
    Retention Account "cloudtrail-log-retention"
    needs ["cloudtrail:DescribeTrails"]
    sometimes ["cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors", "s3:ListAllMyBuckets", "s3:GetLifecycleConfiguration", "logs:DescribeLogGroups"]
    special retention
    together_with [Trail::Own]
    {
        /// Exactly 365 days.
        Year "a_year" 50 Pass;
        /// Objects move to a cheaper class and stay.
        ForEver "for_ever" 14 Pass;
        /// A short rule for what else lies in the bucket.
        OthersExpire "others_expire_early" 6 Pass;
        /// The trail has a prefix of its own, which the short rule does not reach.
        OwnPrefix "prefix_of_its_own" 4 Pass;
        OtherRegion "bucket_in_other_region" 4 Pass;
        /// A rule that clears away what was deleted.
        DeletedOnly "only_deleted_versions_expire" 4 Pass;
        OtherAccount "bucket_of_another_account" 6 NotApplicable;
        NoLifecycle "no_lifecycle" 8 Fail(1);
        Disabled "rule_disabled" 3 Fail(1);
        Short "expires_after_90_days" 6 Fail(1);
        /// The prefix stands where it stood before filters came.
        OldForm "old_form_expires_early" 2 Fail(1);
        OnADate "expires_on_a_date" 2 Fail(1);
        ShortLogGroup "log_group_keeps_30_days" 4 Fail(1), with Delivery::Recent;
        NoSuchLogGroup "log_group_deleted" 2 Fail(1), with Delivery::Late;
    }
}

impl Retention {
    /// Where the bucket is.
    pub(crate) fn bucket_region(self, account: &Account) -> &'static str {
        if self == Self::OtherRegion { account.other_home() } else { regions::HOME }
    }

    /// Whether only the log group falls short.
    fn only_of_log_group(self) -> bool {
        matches!(self, Self::ShortLogGroup | Self::NoSuchLogGroup)
    }
}

/// How long the log group keeps what the account's own trails deliver there from this region, in days; zero for ever. `None` where there
/// is no such log group.
pub(crate) fn log_group_days(organization: &Organization, account: &Account, region: &str) -> Option<u32> {
    let (trail, delivery): (Trail, Delivery) = (organization.variant(account, region), organization.variant(account, region));
    let own = !matches!(trail, Trail::Organization | Trail::None) && trail.home(account) == region;
    let organizations = organization.owns_organization_trail(account) && region == regions::HOME;
    if !(own || organizations) || !delivery.has_log_group() {
        return None;
    }
    match organization.variant(account, region) {
        Retention::NoSuchLogGroup => None,
        Retention::ShortLogGroup => Some(30),
        Retention::Year => Some(365),
        _ => Some(0),
    }
}

fn retention(view: &View<'_>) -> Verdict {
    of_that_trail(view, |trail| {
        if let Some(reason) = view.denied(&["s3:ListAllMyBuckets"]) {
            return Verdict::Unknown(reason);
        }
        let variant: Retention = trail.owner.variant();
        if trail.is_elsewhere(view) || variant == Retention::OtherAccount {
            return Verdict::NotApplicable;
        }
        let in_bucket = || view.at(variant.bucket_region(view.account())).denied(&["s3:GetLifecycleConfiguration"]);
        let has_log_group = view.variant::<Delivery>().has_log_group();
        let in_log_group = || view.at(trail.home).denied(&["logs:DescribeLogGroups"]).filter(|_| has_log_group);
        match in_bucket().or_else(in_log_group) {
            Some(reason) => Verdict::Unknown(reason),
            None if variant.only_of_log_group() && !has_log_group => Verdict::Pass,
            None => trail.owner.own(),
        }
    })
}

variants! {
    /// Which events on S3 objects the account's own trails record. A trail that records nothing else will do.
    ObjectEvents Account "cloudtrail-s3-data-events"
    needs ["cloudtrail:DescribeTrails"]
    sometimes TOLD_BY
    special object_events
    together_with [Trail::Own]
    {
        Every "every_bucket" 60 Pass;
        /// Where selectors are advanced, all but those in the trail's own bucket.
        EveryOther "every_other_bucket" 12 Pass;
        Unrecorded "not_recorded" 16 Fail(1);
        SomeBuckets "some_buckets" 8 Fail(1);
        WritesOnly "writes_only" 6 Fail(1);
    }
}

/// Together, the trails that are live have to record both kinds of events.
fn object_events(view: &View<'_>) -> Verdict {
    let (seen, mut reads, mut writes, mut short) = (seen(view), false, false, 0);
    for trail in seen.iter().filter(|trail| trail.live && trail.good.is_ok()) {
        match trail.owner.variant() {
            ObjectEvents::Every | ObjectEvents::EveryOther => (reads, writes) = (true, true),
            ObjectEvents::WritesOnly => (writes, short) = (true, short + 1),
            ObjectEvents::Unrecorded | ObjectEvents::SomeBuckets => short += 1,
        }
    }
    if reads && writes {
        return Verdict::Pass;
    }
    seen.iter().find_map(|trail| trail.good.err()).map_or(Verdict::Fail(short.max(1)), Verdict::Unknown)
}
