//! AWS Budgets: the cost budgets, and whom they alert when.

use serde::{Deserialize, Serialize};

use super::{DESCRIBE_ORGANIZATION, FactScope, FactSpec, Operation, billing::CostFilter};
use crate::Observed;

// One IAM action allows all three.
const DESCRIBE_BUDGETS: Operation = Operation::new("budgets", "DescribeBudgets", "budgets:ViewBudget");
const DESCRIBE_NOTIFICATIONS: Operation = Operation::new("budgets", "DescribeNotificationsForBudget", "budgets:ViewBudget");
const DESCRIBE_SUBSCRIBERS: Operation = Operation::new("budgets", "DescribeSubscribersForNotification", "budgets:ViewBudget");

/// The account's own cost budgets.
pub const BUDGETS: FactSpec = FactSpec { scope: FactScope::Account, operations: &[DESCRIBE_BUDGETS], hub_operations: &[] };
/// The cost budgets of the management account, which pays for all.
pub const PAYER_BUDGETS: FactSpec =
    FactSpec { scope: FactScope::Organization, operations: &[DESCRIBE_BUDGETS], hub_operations: &[DESCRIBE_ORGANIZATION] };
/// The account's own cost budgets with their notifications.
pub const BUDGET_NOTIFICATIONS: FactSpec = FactSpec {
    scope: FactScope::Account,
    operations: &[DESCRIBE_BUDGETS, DESCRIBE_NOTIFICATIONS, DESCRIBE_SUBSCRIBERS],
    hub_operations: &[],
};
/// The management account's cost budgets about particular accounts, with their notifications.
pub const PAYER_BUDGET_NOTIFICATIONS: FactSpec = FactSpec {
    scope: FactScope::Organization,
    operations: &[DESCRIBE_BUDGETS, DESCRIBE_NOTIFICATIONS, DESCRIBE_SUBSCRIBERS],
    hub_operations: &[DESCRIBE_ORGANIZATION],
};

/// The account's own budgets on costs. Those on usage, reservations or savings plans are left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budgets {
    /// The budgets.
    pub budgets: Vec<Budget>,
}

/// The same of the management account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayerBudgets {
    /// The budgets.
    pub budgets: Vec<Budget>,
}

/// A budget on costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Its name.
    pub name: String,
    /// Its amount; absent where it is planned for each period or adjusts itself.
    #[serde(default)]
    pub limit: Option<f64>,
    /// The costs it is about; absent where it is about all.
    #[serde(default)]
    pub filter: Option<CostFilter>,
}

/// The account's own budgets on costs, with their notifications.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BudgetNotifications {
    /// The budgets.
    pub budgets: Vec<NotifyingBudget>,
}

/// The same of the management account, without the budgets that are about no account in particular.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayerBudgetNotifications {
    /// The budgets.
    pub budgets: Vec<NotifyingBudget>,
}

/// A budget and its notifications.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotifyingBudget {
    /// The budget.
    pub budget: Budget,
    /// Its notifications.
    pub notifications: Observed<Vec<Notification>>,
}

impl NotifyingBudget {
    /// Whether nothing in it is blind.
    pub(super) fn is_seen(&self) -> bool {
        match &self.notifications {
            Observed::Seen(notifications) => notifications.iter().all(|one| !matches!(one.subscribed, Observed::Blind(_))),
            Observed::Blind(_) => false,
            Observed::NotOffered(_) => true,
        }
    }
}

/// When a budget notifies, and whether anybody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notification {
    /// `ACTUAL` or `FORECASTED`.
    pub kind: String,
    /// `GREATER_THAN`, `LESS_THAN` or `EQUAL_TO`.
    pub comparison: String,
    /// How much.
    pub threshold: f64,
    /// Whether the threshold is an amount rather than a percentage of the budget.
    #[serde(default)]
    pub absolute: bool,
    /// Whether it has a subscriber.
    pub subscribed: Observed<bool>,
}
