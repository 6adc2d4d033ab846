//! Security Hub: the hub, its standards and its score.

use super::Outcome::{Fail, NotApplicable, Pass, Unknown};
use super::{Check, Trait, Verdict, View, variants};

pub(crate) const CHECKS: &[&Check] = &[SecurityHub::CHECK, Standards::CHECK, Controls::CHECK];

variants! {
    /// Security Hub.
    SecurityHub Region "securityhub-enabled" needs ["securityhub:DescribeHub"] {
        Subscribed "enabled" 88 Pass;
        NotSubscribed "not_subscribed" 12 Fail(1);
    }
}

variants! {
    /// Security Hub's standards.
    Standards Region "securityhub-fsbp-enabled"
    needs ["securityhub:GetEnabledStandards"]
    special subscribed
    together_with [SecurityHub::Subscribed]
    {
        Ready "ready" 90 Pass;
        AmongOthers "among_others" 14 Pass;
        Pending "pending" 4 Fail(1);
        Incomplete "incomplete" 5 Fail(1);
        Deleting "deleting" 1 Fail(1);
        CisOnly "cis_only" 5 Fail(1);
        None "no_standards" 5 Fail(1);
    }
}

variants! {
    /// The findings of Security Hub's controls.
    Controls Region "securityhub-score"
    needs ["securityhub:GetFindings"]
    special subscribed
    together_with [SecurityHub::Subscribed]
    {
        AllPassed "all_passed" 70 Pass;
        /// Four of five, on several pages.
        Exactly "exactly_four_fifths" 20 Pass;
        SuppressedFailures "suppressed_failures" 6 Pass;
        ArchivedFailures "archived_failures" 6 Pass;
        /// An administrator sees its members' findings, and an aggregation region those of others.
        FailuresElsewhere "failures_elsewhere" 6 Pass;
        /// Most controls wait for AWS Config and come to no result.
        MostUndecided "most_undecided" 6 Pass;
        ThreeQuarters "three_quarters" 14 Fail(1);
        /// One bad resource among many good ones fails its control.
        OneBadOfMany "one_bad_of_many" 8 Fail(1);
        /// In two standards a control has two findings, and still counts once.
        SharedControls "shared_controls" 4 Fail(1);
        NoFindings "no_findings" 4 NotApplicable;
        NothingDecided "nothing_decided" 3 Unknown("aws_error");
    }
}

fn subscribed(view: &View<'_>) -> Verdict {
    if view.variant::<SecurityHub>() == SecurityHub::NotSubscribed { Verdict::Fail(1) } else { view.own() }
}
