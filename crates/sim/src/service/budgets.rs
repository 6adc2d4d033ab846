//! Budgets: the account's budgets and whom they tell. A list is left out of the answer where there is nothing to list.

use serde_json::{Value, json};

use super::{Call, Operation, Service};
use crate::posture::cost::{Budget as Cover, BudgetAlerts as Alerts, accounts_with};
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol, page};

pub(super) const SERVICE: Service = Service {
    signing_name: "budgets",
    protocol: Protocol::Json,
    target: "AWSBudgetServiceGateway",
    global: true,
    operations: &[
        Operation { name: "DescribeBudgets", action: "budgets:ViewBudget", route: "", run: describe_budgets },
        Operation { name: "DescribeNotificationsForBudget", action: "budgets:ViewBudget", route: "", run: describe_notifications },
        Operation { name: "DescribeSubscribersForNotification", action: "budgets:ViewBudget", route: "", run: describe_subscribers },
    ],
    ..Service::BASE
};

/// The monthly amount of every budget.
const LIMIT: u32 = 1000;

struct Budget {
    name: &'static str,
    kind: &'static str,
    /// In the older form.
    filters: Value,
    /// In the newer form.
    expression: Option<Value>,
    alerts: Alerts,
}

/// The account's budgets. The management account also has those about members: two of each kind, one of which alerts late.
fn budgets(call: &Call<'_>) -> Vec<Budget> {
    let (organization, account) = (call.organization(), call.account());
    let alerts: Alerts = call.variant();
    let cost = |name| Budget { name, kind: "COST", filters: json!({}), expression: None, alerts };
    let usage = || Budget { kind: "USAGE", ..cost("hours") };
    let mut budgets = match call.variant() {
        Cover::Own => vec![cost("monthly")],
        Cover::OwnFiltered => vec![usage(), Budget { filters: json!({"Service": ["Amazon Simple Storage Service"]}), ..cost("monthly") }],
        Cover::UsageOnly => vec![usage()],
        Cover::None | Cover::PayerFilters | Cover::PayerExpression | Cover::PayerUnclear => Vec::new(),
    };
    if account.id != organization.management().id {
        return budgets;
    }
    for (cover, names) in [(Cover::PayerFilters, ["linked", "linked-late"]), (Cover::PayerExpression, ["expression", "expression-late"])] {
        let covered = accounts_with(organization, &[cover]);
        let late = accounts_with(organization, &[Alerts::Late]);
        let (late, good): (Vec<String>, Vec<String>) = covered.into_iter().partition(|id| late.contains(id));
        for (name, ids, alerts) in [(names[0], good, Alerts::Percentages), (names[1], late, Alerts::Late)] {
            if ids.is_empty() {
                continue;
            }
            let about = Budget { alerts, ..cost(name) };
            budgets.push(if cover == Cover::PayerFilters {
                Budget { filters: json!({"LinkedAccount": ids}), ..about }
            } else {
                let accounts = json!({"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": ids, "MatchOptions": ["EQUALS"]}});
                let refunds = json!({"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": ["Credit", "Refund"]}}});
                Budget { expression: Some(json!({"And": [accounts, refunds]})), ..about }
            });
        }
    }
    let unclear = accounts_with(organization, &[Cover::PayerUnclear]);
    if !unclear.is_empty() {
        let accounts = json!({"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": unclear}});
        let named = json!({"Dimensions": {"Key": "LINKED_ACCOUNT_NAME", "Values": ["prod"], "MatchOptions": ["STARTS_WITH"]}});
        let expression = Some(json!({"And": [accounts, named]}));
        budgets.push(Budget { expression, alerts: Alerts::Percentages, ..cost("by-name") });
    }
    budgets
}

fn describe_budgets(call: &Call<'_>) -> Result<Body, Failure> {
    own(call)?;
    let budgets = budgets(call);
    let (budgets, next) = call.page(&budgets, ("NextToken", "MaxResults"), 1..=100, 100)?;
    let shown = call.input.get("ShowFilterExpression").and_then(Value::as_bool).unwrap_or_default();
    let list: Vec<Value> = budgets
        .iter()
        .map(|budget| {
            let amount = json!({"Amount": format!("{LIMIT}.0"), "Unit": "USD"});
            let mut answer = json!({
                "BudgetName": budget.name,
                "BudgetType": budget.kind,
                "BudgetLimit": amount,
                "CostFilters": budget.filters,
                "TimeUnit": "MONTHLY",
                "TimePeriod": {"Start": 1_704_067_200, "End": 3_706_473_600_u64},
                "CalculatedSpend": {"ActualSpend": {"Amount": "12.5", "Unit": "USD"}},
                "LastUpdatedTime": 1_704_067_200.123,
            });
            if let Some(expression) = budget.expression.as_ref().filter(|_| shown) {
                answer["FilterExpression"] = expression.clone();
            }
            if budget.alerts == Alerts::PlannedAmounts {
                answer["PlannedBudgetLimits"] = json!({"1704067200": amount});
            }
            answer
        })
        .collect();
    let answer = if list.is_empty() { json!({}) } else { json!({"Budgets": list}) };
    Ok(page::with_next(answer, "NextToken", next).into())
}

/// A notification, and whether somebody gets it.
struct Notification {
    kind: &'static str,
    comparison: &'static str,
    threshold: f64,
    absolute: bool,
    subscribed: bool,
}

fn notifications(alerts: Alerts) -> Vec<Notification> {
    let actual = |threshold| Notification { kind: "ACTUAL", comparison: "GREATER_THAN", threshold, absolute: false, subscribed: true };
    let forecast = |threshold| Notification { kind: "FORECASTED", ..actual(threshold) };
    let amount = |one: Notification| Notification { absolute: true, ..one };
    let usual = || vec![actual(50.0), actual(80.0), actual(100.0), forecast(100.0)];
    match alerts {
        Alerts::Percentages => usual(),
        Alerts::Early => vec![forecast(90.0), actual(30.0), actual(10.0), actual(20.0)],
        Alerts::Amounts => vec![amount(actual(500.0)), amount(actual(800.0)), actual(100.0), amount(forecast(1000.0))],
        Alerts::Late => vec![actual(100.0), forecast(100.0)],
        Alerts::NoForecast => vec![actual(50.0), actual(80.0), actual(100.0)],
        Alerts::NoSubscriber => {
            let mut list = usual();
            list[0].subscribed = false;
            list
        }
        Alerts::Below => {
            let mut list = usual();
            list[0].comparison = "LESS_THAN";
            list
        }
        Alerts::Silent => Vec::new(),
        Alerts::PlannedAmounts => vec![amount(actual(500.0)), actual(80.0), actual(100.0), forecast(100.0)],
    }
}

/// AWS leaves the type of a percentage out.
fn written(one: &Notification) -> Value {
    let mut answer = json!({
        "NotificationType": one.kind,
        "ComparisonOperator": one.comparison,
        "Threshold": one.threshold,
        "NotificationState": "OK",
    });
    if one.absolute {
        answer["ThresholdType"] = "ABSOLUTE_VALUE".into();
    }
    answer
}

fn describe_notifications(call: &Call<'_>) -> Result<Body, Failure> {
    let list: Vec<Value> = notifications(find(call)?.alerts).iter().map(written).collect();
    let (list, next) = call.page(&list, ("NextToken", "MaxResults"), 1..=100, 100)?;
    let answer = if list.is_empty() { json!({}) } else { json!({"Notifications": list}) };
    Ok(page::with_next(answer, "NextToken", next).into())
}

fn describe_subscribers(call: &Call<'_>) -> Result<Body, Failure> {
    let given = call.input.get("Notification").unwrap_or(&Value::Null);
    let same = |one: &Notification| {
        let written = written(one);
        ["NotificationType", "ComparisonOperator", "ThresholdType"].iter().all(|name| written.get(name) == given.get(name))
            && given.get("Threshold").and_then(Value::as_f64) == Some(one.threshold)
    };
    let known = notifications(find(call)?.alerts);
    let Some(notification) = known.iter().find(|one| same(one)) else {
        return Err(not_found("Unable to get subscribers: the notification"));
    };
    let mail = json!({"SubscriptionType": "EMAIL", "Address": "costs@example.com"});
    Ok(if notification.subscribed { json!({"Subscribers": [mail]}) } else { json!({}) }.into())
}

fn find(call: &Call<'_>) -> Result<Budget, Failure> {
    own(call)?;
    let name = call.member("BudgetName").unwrap_or_default();
    budgets(call).into_iter().find(|budget| budget.name == name).ok_or_else(|| not_found("Unable to get budget: the budget"))
}

/// Budgets of other accounts are nobody's business.
fn own(call: &Call<'_>) -> Result<(), Failure> {
    if call.member("AccountId") == Some(call.account().id.as_str()) {
        return Ok(());
    }
    Err(Failure::new("AccessDeniedException", 400, "Account does not have permission to use the API"))
}

fn not_found(what: &str) -> Failure {
    Failure::new("NotFoundException", 400, format!("{what} does not exist"))
}
