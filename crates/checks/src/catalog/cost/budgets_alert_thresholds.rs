// budgets-alert-thresholds: a budget warns in good time, not when the money is gone.

use std::num::NonZeroU32;

use orgsweep_model::{
    AccountId, Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::budgets::{BudgetNotifications, Notification, NotifyingBudget, PayerBudgetNotifications},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::{
        billing::{Whose, budget_arn, covers, may_have_payer, payer_id, payer_words},
        shared::{contradiction, join, unclear},
    },
};

/// The check and its parameters.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// The alerts wanted on actual cost, in percent of the budget: one at or below each. An empty list wants none.
    pub actual: Vec<NonZeroU32>,
    /// The same on forecasted cost.
    pub forecast: Vec<NonZeroU32>,
}

impl Default for Check {
    fn default() -> Self {
        let percents = |list: &[u32]| list.iter().copied().filter_map(NonZeroU32::new).collect();
        Self { actual: percents(&[50, 80, 100]), forecast: percents(&[100]) }
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("budgets-alert-thresholds"),
        severity: Severity::Medium,
        scope: Scope::Account,
        cadence: Cadence::Daily,
        facts: &[FactKind::BudgetNotifications, FactKind::PayerBudgetNotifications],
        en: Text {
            title: "The account's budget alerts early enough",
            why: "A single alert at 100 % arrives when the money is spent. Alerts at half and at four fifths leave time to act, and one on the \
                  forecast often comes in the first days of the month.",
            fails_when: "No cost budget that covers the account (see budgets-budget-configured) has, each with a subscriber, alerts on actual \
                         cost at or below 50 %, 80 % and 100 % and on forecasted cost at or below 100 % (parameters actual and forecast). \
                         Every level needs an alert of its own: one at 40 % serves the first level and no other. Only alerts on costs greater \
                         than the threshold count. A threshold that is an amount is compared as a share of the budget. One budget has to have \
                         them all.\n\nUnknown where no budget is good enough and one could not be looked into, or would be good only if an \
                         amount were low enough but the budget has no fixed limit that the amount could be compared with (a planned or \
                         adjusting one).",
            fix_console: "Billing and Cost Management, Budgets, the budget, Edit, Configure alerts: Add an alert threshold for each missing level, \
                          with Trigger Actual or Forecasted and an e-mail address or an SNS topic.",
        },
        ja: Text {
            title: "アカウントの予算が早めにアラートを出す",
            why: "100 % のアラートだけでは、届いたときにはもう使い切っています。50 % と 80 % のアラートがあれば対処する時間があり、予測のアラートは月初の\
                  数日で届くこともあります。",
            fails_when: "アカウントを対象とするコスト予算 (budgets-budget-configured を参照) のうち、実績コストが 50 %、80 %、100 % 以下、予測コストが \
                         100 % 以下 (パラメータ actual と forecast) のアラートをすべて持ち、それぞれにサブスクライバーがいるものがない場合に\
                         不合格となります。各水準には別々のアラートが必要で、40 % のアラートは最初の水準だけを満たします。しきい値を超えたときの\
                         アラートだけを数えます。金額のしきい値は予算額に対する割合に換算します。1 つの予算がすべてを満たす必要があります。\n\n\
                         合格する予算がなく、確認できない予算がある場合や、計画型または自動調整型の予算で固定の予算額がないため金額のしきい値を\
                         割合に換算できない場合は「不明」です。",
            fix_console: "「請求とコスト管理」の「予算」で予算を開き、「編集」の「アラートの設定」で、不足している水準ごとに「アラートのしきい値を追加」し、\
                          トリガーに「実績」または「予測」、通知先にメールアドレスか SNS トピックを指定します。",
        },
        fix_cli: "# In the account that owns the budget, for each missing level; ACTUAL or FORECASTED.\n\
                  aws budgets create-notification --account-id {account} --budget-name {resource} --notification \\\n  \
                  NotificationType=ACTUAL,ComparisonOperator=GREATER_THAN,Threshold=50,ThresholdType=PERCENTAGE \\\n  \
                  --subscribers SubscriptionType=EMAIL,Address=\"$EMAIL\"",
        references: &[
            Reference {
                title: "Creating a budget",
                url: "https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-create.html",
            },
            Reference {
                title: "Best practices for AWS Budgets",
                url: "https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-best-practices.html",
            },
        ],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let context = facts.context;
        let mut judged = Judged::default();
        self.judge(&facts.get::<BudgetNotifications>()?.budgets, facts, context.account, Whose::Own, &mut judged);
        if let Some(name) = judged.good {
            return Ok(Verdict::pass(format!("The account's own cost budget {name} alerts at every wanted level.")));
        }
        let mut nor = String::new();
        if may_have_payer(context) {
            let budgets = &facts.get::<PayerBudgetNotifications>().map_err(contradiction)?.budgets;
            self.judge(budgets, facts, payer_id(context), Whose::Payers, &mut judged);
            if let Some(name) = judged.good {
                return Ok(Verdict::pass(format!("The cost budget {name} of the management account alerts at every wanted level.")));
            }
            nor = format!(", neither of its own nor of {}", payer_words(context));
        }
        // A budget that was not seen could be the good one.
        if let Some(unseen) = judged.not_seen {
            return Err(unseen);
        }
        if judged.findings.is_empty() {
            let reason = format!("observed no cost budget that covers the account{nor}, {}", self.wanted());
            judged.findings.push(Finding::new(context.account.to_string(), reason));
        }
        Ok(Verdict::Fail(judged.findings))
    }
}

/// What budgets are worth.
#[derive(Default)]
struct Judged<'a> {
    good: Option<&'a str>,
    not_seen: Option<Unseen>,
    findings: Vec<Finding>,
}

/// Whether a notification stands behind an alert at some percentage.
enum Alert {
    At(f64),
    /// It could be at any percentage, or have no subscriber.
    Perhaps(Unseen),
}

impl Check {
    fn judge<'a>(&self, budgets: &'a [NotifyingBudget], facts: &Facts<'_>, owner: AccountId, whose: Whose, judged: &mut Judged<'a>) {
        let account = facts.context.account;
        for it in budgets {
            let name = &it.budget.name;
            let unclear_filter = match covers(it.budget.filter.as_ref(), account, whose) {
                Some(false) => continue,
                Some(true) => None,
                None => Some(unclear(format!("the filter of the cost budget {name} does not tell whether it covers account {account}"))),
            };
            match it.notifications.seen().map_err(contradiction).and_then(|list| self.shortfalls(it, list)) {
                Ok(shortfalls) if !shortfalls.is_empty() => {
                    // Not good enough, whomever it covers.
                    if unclear_filter.is_none() {
                        let reason = format!("observed {}, {}", join(&shortfalls), self.wanted());
                        judged.findings.push(Finding::new(name, reason).with_arn(budget_arn(facts.context, owner, name)));
                    }
                }
                Ok(_) if unclear_filter.is_none() => judged.good = judged.good.or(Some(name)),
                Ok(_) => judged.not_seen = judged.not_seen.take().or(unclear_filter),
                Err(unseen) => judged.not_seen = judged.not_seen.take().or(Some(unseen)),
            }
        }
    }

    /// The levels at which a budget does not alert. `Err` where it might after all.
    fn shortfalls(&self, it: &NotifyingBudget, list: &[Notification]) -> Result<Vec<String>, Unseen> {
        let mut shortfalls = Vec::new();
        let mut not_seen = None;
        for (kind, words, levels) in [("ACTUAL", "actual", &self.actual), ("FORECASTED", "forecasted", &self.forecast)] {
            let mut certain = Vec::new();
            let mut uncertain = Vec::new();
            for alert in list.iter().filter(|one| one.kind == kind).filter_map(|one| alert(it, one)) {
                match alert {
                    Alert::At(percent) => certain.push(percent),
                    Alert::Perhaps(unseen) => uncertain.push(unseen),
                }
            }
            certain.sort_by(f64::total_cmp);
            let mut levels: Vec<u32> = levels.iter().map(|level| level.get()).collect();
            levels.sort_unstable();
            let missing = unserved(&levels, &certain);
            if missing.is_empty() {
                continue;
            }
            // An uncertain one could be low enough for any level.
            let at_best = [vec![0.0; uncertain.len()], certain.clone()].concat();
            if unserved(&levels, &at_best).is_empty() {
                not_seen = not_seen.or_else(|| uncertain.into_iter().next());
                continue;
            }
            let seen: Vec<String> = certain.iter().map(|percent| format!("{percent} %")).collect();
            let observed = if seen.is_empty() {
                format!("no alert on {words} cost")
            } else {
                format!("alerts on {words} cost only at {}", join(&seen))
            };
            shortfalls.push(observed);
        }
        // What is surely missing decides, whatever else might be there.
        match not_seen {
            Some(unseen) if shortfalls.is_empty() => Err(unseen),
            _ => Ok(shortfalls),
        }
    }

    fn wanted(&self) -> String {
        let levels = |list: &[NonZeroU32]| join(&list.iter().map(|level| format!("{level} %")).collect::<Vec<_>>());
        let actual = (!self.actual.is_empty()).then(|| format!("on actual cost at or below {}", levels(&self.actual)));
        let forecast = (!self.forecast.is_empty()).then(|| format!("on forecasted cost at or below {}", levels(&self.forecast)));
        let both: Vec<String> = actual.into_iter().chain(forecast).collect();
        if both.is_empty() { "wanted a cost budget".to_owned() } else { format!("wanted alerts {}, each with a subscriber", join(&both)) }
    }
}

/// The levels without an alert of their own. Both lists ascend: the lowest alert serves the lowest level, if it can.
fn unserved(levels: &[u32], alerts: &[f64]) -> Vec<u32> {
    let mut alerts = alerts.iter().peekable();
    levels.iter().copied().filter(|level| alerts.next_if(|alert| **alert <= f64::from(*level)).is_none()).collect()
}

/// What a notification is worth as an alert; `None` for one that does not say that costs are too high, or that nobody gets.
fn alert(it: &NotifyingBudget, one: &Notification) -> Option<Alert> {
    if one.comparison != "GREATER_THAN" {
        return None;
    }
    match one.subscribed.seen().map_err(contradiction) {
        Ok(false) => return None,
        Ok(true) => {}
        Err(unseen) => return Some(Alert::Perhaps(unseen)),
    }
    if !one.absolute {
        return Some(Alert::At(one.threshold));
    }
    Some(match it.budget.limit.filter(|limit| *limit > 0.0) {
        Some(limit) => Alert::At(one.threshold / limit * 100.0),
        None => Alert::Perhaps(unclear(format!(
            "the cost budget {} has no fixed limit that its alert at {} could be compared with",
            it.budget.name, one.threshold
        ))),
    })
}
