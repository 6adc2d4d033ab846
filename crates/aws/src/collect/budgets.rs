//! Budgets facts. Budgets has one endpoint per partition, and leaves a list out of its answers where there is nothing to list.

use std::sync::Arc;

use aws_sdk_budgets::types as sdk;
use futures::stream::{self, StreamExt};
use orgsweep_model::{
    Blind, BlindReason, FactKind, Unseen,
    fact::{
        billing::CostFilter,
        budgets::{Budget, BudgetNotifications, Budgets, Notification, NotifyingBudget, PayerBudgetNotifications, PayerBudgets},
    },
};
use tokio::time::{Duration, Instant, timeout_at};

use super::{ORGANIZATION_PATIENCE, Probe, every_page, in_management_account, observed};
use crate::hub::Hub;

/// The largest page that `DescribeBudgets` gives.
const PAGE: i32 = 100;
/// Budgets looked into at once. The gate keeps the rate.
const AT_ONCE: usize = 8;
/// What is left of the patience for a fact of the organization when no further budget is waited for: the others' answers must arrive.
const RESERVE: Duration = Duration::from_secs(5);

pub(super) async fn budgets(probe: &Probe<'_>) -> Result<Budgets, Unseen> {
    Ok(Budgets { budgets: list(probe).await?.to_vec() })
}

pub(super) async fn payer_budgets(hub: &Hub) -> Result<PayerBudgets, Unseen> {
    let asked = in_management_account(FactKind::PayerBudgets, hub, async |probe: Probe<'_>| Ok(list(&probe).await?.to_vec()));
    Ok(PayerBudgets { budgets: asked.await?.unwrap_or_default() })
}

pub(super) async fn budget_notifications(probe: &Probe<'_>) -> Result<BudgetNotifications, Unseen> {
    let budgets = list(probe).await?;
    Ok(BudgetNotifications { budgets: with_notifications(probe, budgets.to_vec(), None).await })
}

/// Those about particular accounts: the others cover no member.
pub(super) async fn payer_budget_notifications(hub: &Hub) -> Result<PayerBudgetNotifications, Unseen> {
    let deadline = Instant::now() + ORGANIZATION_PATIENCE.saturating_sub(RESERVE);
    let asked = in_management_account(FactKind::PayerBudgetNotifications, hub, async |probe: Probe<'_>| {
        let mut budgets = list(&probe).await?.to_vec();
        budgets.retain(|budget| budget.filter.is_some());
        Ok(with_notifications(&probe, budgets, Some(deadline)).await)
    });
    Ok(PayerBudgetNotifications { budgets: asked.await?.unwrap_or_default() })
}

/// The budgets on costs.
async fn list(probe: &Probe<'_>) -> Result<Arc<Vec<Budget>>, Unseen> {
    probe
        .once("budgets", async {
            let request = probe.caller.budgets().describe_budgets().set_account_id(own_id(probe)).max_results(PAGE);
            let pages = request.show_filter_expression(true).into_paginator().stop_on_duplicate_token(false).send();
            let listed = every_page(probe, "DescribeBudgets", pages, |page| Some(page.budgets.unwrap_or_default())).await?;
            let on_costs = listed.into_iter().filter(|budget| budget.budget_type == sdk::BudgetType::Cost);
            on_costs.map(|budget| read(probe, budget)).collect()
        })
        .await
}

fn own_id(probe: &Probe<'_>) -> Option<String> {
    probe.caller.account().map(|account| account.to_string())
}

#[expect(deprecated, reason = "AWS still shows the filters of older budgets there")]
fn read(probe: &Probe<'_>, budget: sdk::Budget) -> Result<Budget, Unseen> {
    let fixed = budget.auto_adjust_data.is_none() && budget.planned_budget_limits.is_none_or(|limits| limits.is_empty());
    let limit = budget.budget_limit.filter(|_| fixed).map(|limit| limit.amount.parse());
    let mut filters: Vec<CostFilter> = Vec::new();
    for (key, values) in budget.cost_filters.unwrap_or_default() {
        filters.push(if key == "LinkedAccount" { CostFilter::Accounts(values) } else { CostFilter::Other });
    }
    filters.extend(budget.filter_expression.map(expression));
    // A view of the bill that is not the account's whole own one may hold any accounts' costs.
    if budget.billing_view_arn.is_some_and(|arn| !arn.ends_with("billingview/primary")) {
        filters.push(CostFilter::Unclear);
    }
    Ok(Budget {
        name: budget.budget_name,
        limit: limit.transpose().map_err(|_| probe.malformed("a budget's amount is no number"))?,
        filter: match filters.len() {
            0 | 1 => filters.pop(),
            _ => Some(CostFilter::And(filters)),
        },
    })
}

fn expression(given: sdk::Expression) -> CostFilter {
    let mut parts: Vec<CostFilter> = Vec::new();
    parts.extend(given.and.map(|list| CostFilter::And(list.into_iter().map(expression).collect())));
    parts.extend(given.or.map(|list| CostFilter::Or(list.into_iter().map(expression).collect())));
    parts.extend(given.not.map(|part| CostFilter::Not(Box::new(expression(*part)))));
    parts.extend(given.dimensions.map(|dimension| {
        let plain = dimension.match_options.unwrap_or_default().iter().all(|option| {
            use sdk::MatchOption::{CaseInsensitive, CaseSensitive, Equals};
            matches!(option, Equals | CaseSensitive | CaseInsensitive)
        });
        match dimension.key {
            sdk::Dimension::LinkedAccount if plain => CostFilter::Accounts(dimension.values),
            sdk::Dimension::LinkedAccount | sdk::Dimension::LinkedAccountName => CostFilter::Unclear,
            _ => CostFilter::Other,
        }
    }));
    if given.tags.is_some() || given.cost_categories.is_some() || given.product_attributes.is_some() {
        parts.push(CostFilter::Other);
    }
    // AWS allows one of these at a time; what is none of them is not understood.
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        _ => CostFilter::Unclear,
    }
}

/// Looks into budgets. One that cannot be, or not before the deadline, is blind, and the others are not.
async fn with_notifications(probe: &Probe<'_>, budgets: Vec<Budget>, deadline: Option<Instant>) -> Vec<NotifyingBudget> {
    let mut looking = Vec::new();
    for budget in budgets {
        looking.push(async move {
            let asked = notifications(probe, &budget.name);
            let answer = match deadline {
                None => asked.await,
                Some(deadline) => timeout_at(deadline, asked).await.unwrap_or_else(|_| {
                    let detail = format!("the notifications of the budget {} were not read in time", budget.name);
                    Err(Unseen::Blind(Blind::new(BlindReason::Timeout, detail)))
                }),
            };
            NotifyingBudget { budget, notifications: observed(answer) }
        });
    }
    stream::iter(looking).buffered(AT_ONCE).collect().await
}

async fn notifications(probe: &Probe<'_>, budget: &str) -> Result<Vec<Notification>, Unseen> {
    let request = probe.caller.budgets().describe_notifications_for_budget().set_account_id(own_id(probe)).budget_name(budget);
    let pages = request.max_results(PAGE).into_paginator().stop_on_duplicate_token(false).send();
    let listed = every_page(probe, "DescribeNotificationsForBudget", pages, |page| Some(page.notifications.unwrap_or_default())).await?;
    let mut notifications = Vec::new();
    for listed in listed {
        notifications.push(Notification {
            kind: listed.notification_type.as_str().to_owned(),
            comparison: listed.comparison_operator.as_str().to_owned(),
            threshold: listed.threshold,
            // AWS's default is a percentage.
            absolute: listed.threshold_type == Some(sdk::ThresholdType::AbsoluteValue),
            subscribed: observed(subscribed(probe, budget, listed).await),
        });
    }
    Ok(notifications)
}

async fn subscribed(probe: &Probe<'_>, budget: &str, notification: sdk::Notification) -> Result<bool, Unseen> {
    let request = probe.caller.budgets().describe_subscribers_for_notification().set_account_id(own_id(probe)).budget_name(budget);
    let pages = request.notification(notification).max_results(PAGE).into_paginator().stop_on_duplicate_token(false).send();
    let listed = every_page(probe, "DescribeSubscribersForNotification", pages, |page| Some(page.subscribers.unwrap_or_default()));
    Ok(!listed.await?.is_empty())
}
