//! Budgets, anomalies, billing alarms and what else keeps an eye on cost.

use super::Outcome::{Fail, NotApplicable, Pass, Unknown};
use super::{Check, Trait, Verdict, View, variants};
use crate::org::{Account, Organization};

pub(crate) const CHECKS: &[&Check] =
    &[Budget::CHECK, BudgetAlerts::CHECK, AnomalyDetection::CHECK, BillingAlarm::CHECK, ComputeOptimizer::CHECK, SupportPlan::CHECK];

variants! {
    /// The budget that covers the account: its own, or one of the payer's.
    Budget Account "budgets-budget-configured" needs ["budgets:ViewBudget"] special budget {
        Own "own" 50 Pass;
        /// Beside budgets on usage and on reservations, filtered to a service.
        OwnFiltered "own_filtered" 8 Pass;
        /// The payer has one that filters on this linked account, in the older form.
        PayerFilters "payer_filters_on_it" 10 Pass;
        /// The same in the newer form, with other conditions around.
        PayerExpression "payer_expression_names_it" 6 Pass;
        None "none" 6 Fail(1);
        UsageOnly "usage_budget_only" 2 Fail(1);
        /// The payer has one that could be about this account by its name.
        PayerUnclear "payer_filter_not_clear" 1 Unknown("aws_error");
    }
}

variants! {
    /// When that budget alerts. The payer's are good, but for the variant that is late.
    BudgetAlerts Account "budgets-alert-thresholds" needs ["budgets:ViewBudget"] special budget_alerts together_with [Budget::Own] {
        Percentages "percentages" 50 Pass;
        Early "early" 8 Pass;
        Amounts "amounts" 8 Pass;
        Late "only_at_100" 4 Fail(1);
        NoForecast "no_forecast" 2 Fail(1);
        NoSubscriber "no_subscriber" 2 Fail(1);
        Below "alerts_when_below" 2 Fail(1);
        Silent "no_notifications" 2 Fail(1);
        /// Amounts cannot be compared with a budget that plans each month.
        PlannedAmounts "amounts_of_a_planned_budget" 1 Unknown("aws_error");
    }
}

variants! {
    /// Cost Anomaly Detection. In the management account the monitor of `own` watches a tag, so that it covers no member.
    AnomalyDetection Account "cost-anomaly-detection-enabled"
    needs ["ce:GetAnomalyMonitors"]
    sometimes ["ce:GetAnomalySubscriptions"]
    special anomaly_detection
    {
        Own "own" 60 Pass;
        /// The payer has a monitor that names this linked account.
        PayerNames "payer_names_it" 14 Pass;
        None "none" 8 Fail(1);
        NotWatched "not_watched" 4 Fail(1);
        Declined "subscriber_declined" 2 Fail(1);
        /// Without Cost Explorer, AWS refuses the question.
        NotEnabled "cost_explorer_not_enabled" 4 Fail(1);
        PayerUnclear "payer_monitor_not_clear" 1 Unknown("aws_error");
    }
}

variants! {
    /// The alarm on the bill. Where the management account's notifies somebody, its members need none.
    BillingAlarm Account "billing-alarm-configured"
    needs ["cloudwatch:DescribeAlarms"]
    sometimes ["sns:ListSubscriptionsByTopic"]
    special billing_alarm
    {
        Own "own" 60 Pass;
        MetricMath "metric_math" 6 Pass;
        /// The first of two topics has nobody.
        TwoTopics "second_topic_confirmed" 6 Pass;
        None "none" 10 Fail(1);
        Unconfirmed "subscription_pending" 3 Fail(1);
        ActionsDisabled "actions_disabled" 3 Fail(1);
        NoTopic "no_topic" 2 Fail(1);
        TopicDeleted "topic_deleted" 2 Fail(1);
        /// A topic of another account, which does not let this one look.
        ForeignTopic "topic_of_another_account" 1 Unknown("iam_deny");
    }
}

variants! {
    /// Whether the account takes part in Compute Optimizer.
    ComputeOptimizer Account "compute-optimizer-enrolled" needs ["compute-optimizer:GetEnrollmentStatus"] {
        Active "active" 80 Pass;
        Inactive "inactive" 10 Fail(1);
        Pending "pending" 4 Fail(1);
        Failed "failed" 2 Fail(1);
        NeverOptedIn "never_opted_in" 4 Fail(1);
    }
}

variants! {
    /// The support plan. No account is named as one that needs one, so nothing is wanted.
    SupportPlan Account "support-plan-adequate" needs [] {
        Business "business" 40 NotApplicable;
        Enterprise "enterprise" 20 NotApplicable;
        Developer "developer" 20 NotApplicable;
        Basic "basic" 20 NotApplicable;
    }
}

/// The accounts with one of these variants, by id.
pub(crate) fn accounts_with<T: Trait + PartialEq>(organization: &Organization, variants: &[T]) -> Vec<String> {
    let has = |account: &&Account| variants.contains(&organization.variant(account, "global"));
    organization.accounts.iter().filter(has).map(|account| account.id.clone()).collect()
}

/// Why a member cannot see what the payer has; `None` in the management account itself, which has no other payer.
fn payer_blind(view: &View<'_>, actions: &[&str]) -> Option<&'static str> {
    if view.is_management() {
        return None;
    }
    view.denied(&["organizations:DescribeOrganization"]).or_else(|| view.management().blind(actions))
}

/// Its own budget is enough. Else the payer's may cover it, and have to be seen even where they do not.
fn budget(view: &View<'_>) -> Verdict {
    if [Budget::Own, Budget::OwnFiltered].contains(&view.variant()) {
        return view.own();
    }
    payer_blind(view, &["budgets:ViewBudget"]).map_or(view.own(), Verdict::Unknown)
}

fn budget_alerts(view: &View<'_>) -> Verdict {
    let payers = || payer_blind(view, &["budgets:ViewBudget"]);
    match view.variant() {
        Budget::Own | Budget::OwnFiltered if view.own() == Verdict::Pass => Verdict::Pass,
        Budget::Own | Budget::OwnFiltered => payers().map_or(view.own(), Verdict::Unknown),
        Budget::PayerFilters | Budget::PayerExpression => payers().map_or_else(
            || if view.variant::<BudgetAlerts>() == BudgetAlerts::Late { Verdict::Fail(1) } else { Verdict::Pass },
            Verdict::Unknown,
        ),
        Budget::PayerUnclear => Verdict::Unknown(payers().unwrap_or("aws_error")),
        Budget::None | Budget::UsageOnly => payers().map_or(Verdict::Fail(1), Verdict::Unknown),
    }
}

impl AnomalyDetection {
    /// Whether an account with this variant has a monitor of its own.
    fn has_monitor(self) -> bool {
        matches!(self, Self::Own | Self::NotWatched | Self::Declined)
    }
}

fn anomaly_detection(view: &View<'_>) -> Verdict {
    let subscriptions = ["ce:GetAnomalySubscriptions"];
    let about_members = [AnomalyDetection::PayerNames, AnomalyDetection::PayerUnclear];
    let variant: AnomalyDetection = view.variant();
    // Without Cost Explorer the account that pays has no monitor, not even one about a member.
    let payers: AnomalyDetection = view.management().variant();
    let payer_watches_members = || payers != AnomalyDetection::NotEnabled && !accounts_with(view.organization, &about_members).is_empty();
    let payer_has_monitor = || payers.has_monitor() || payer_watches_members();

    let asked = if view.is_management() { payer_has_monitor() } else { variant.has_monitor() };
    if let Some(reason) = view.denied(&subscriptions).filter(|_| asked) {
        return Verdict::Unknown(reason);
    }
    if variant == AnomalyDetection::Own {
        return Verdict::Pass;
    }
    let blind = payer_blind(view, &["ce:GetAnomalyMonitors"]).or_else(|| payer_blind(view, &subscriptions).filter(|_| payer_has_monitor()));
    match blind {
        Some(reason) => Verdict::Unknown(reason),
        // In the management account every monitor is its own, whatever it is about.
        None if view.is_management() && payer_watches_members() => Verdict::Pass,
        None if about_members.contains(&variant) && payers == AnomalyDetection::NotEnabled => Verdict::Fail(1),
        None => view.own(),
    }
}

/// What an account's own alarm is worth, topics and all.
fn own_alarm(view: &View<'_>) -> Verdict {
    let asks = !matches!(view.variant(), BillingAlarm::None | BillingAlarm::ActionsDisabled | BillingAlarm::NoTopic);
    view.denied(&["sns:ListSubscriptionsByTopic"]).filter(|_| asks).map_or_else(|| view.own(), Verdict::Unknown)
}

fn billing_alarm(view: &View<'_>) -> Verdict {
    let own = own_alarm(view);
    if own == Verdict::Pass || view.is_management() {
        return own;
    }
    if let Some(reason) = payer_blind(view, &["cloudwatch:DescribeAlarms"]) {
        return Verdict::Unknown(reason);
    }
    match own_alarm(&view.management()) {
        Verdict::Pass => Verdict::NotApplicable,
        Verdict::Unknown(reason) => Verdict::Unknown(reason),
        _ => own,
    }
}
