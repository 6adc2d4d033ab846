// budgets-budget-configured: somebody has said how much the account may cost.

use orgsweep_model::{
    AccountId, Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::budgets::{Budget, Budgets, PayerBudgets},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::{
        billing::{Whose, covers, may_have_payer, payer_words},
        shared::{contradiction, count, unclear},
    },
};

/// The check. It has no parameters.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("budgets-budget-configured"),
        severity: Severity::Medium,
        scope: Scope::Account,
        cadence: Cadence::Daily,
        facts: &[FactKind::Budgets, FactKind::PayerBudgets],
        en: Text {
            title: "A cost budget covers the account",
            why: "Without a budget nobody has said what the account is meant to cost, so nobody notices when it costs more: forgotten \
                  resources, a runaway job, or somebody else's mining on stolen credentials.",
            fails_when: "No budget of the type COST covers the account. Its own cost budgets cover it, unless they filter on other linked \
                         accounts alone. A cost budget of the management account, which pays for all, covers a member only if its filter \
                         names that member as a linked account; one over the whole organization's bill says nothing about a single account. \
                         Further filters, such as on a service, do not matter. Budgets on usage, reservations and savings plans do not \
                         count.\n\nUnknown where no budget covers the account and the management account's could not be listed, or where a \
                         budget's filter does not tell: one that negates several conditions together, matches a part of an account's id or \
                         name, or reads a custom billing view.",
            fix_console: "Billing and Cost Management in the account, Budgets, Create budget, Customize, Cost budget: the amount per month and \
                          at least one alert. Or in the management account, with Filter specific AWS cost dimensions, Linked account, the \
                          account.",
        },
        ja: Text {
            title: "コスト予算がアカウントを対象としている",
            why: "予算がなければ、アカウントにいくらかかるべきかを誰も決めていないことになり、超過しても気付けません。消し忘れたリソース、暴走したジョブ、\
                  漏えいした認証情報による他人の採掘などが見過ごされます。",
            fails_when: "アカウントを対象とするタイプ COST の予算がない場合に不合格となります。アカウント自身のコスト予算は、他の連結アカウントだけに\
                         絞り込まれていない限り数えます。支払元である管理アカウントのコスト予算は、フィルターの連結アカウントにそのアカウントが\
                         含まれる場合だけ数えます。組織全体の請求に対する予算は、個々のアカウントについては何も示しません。サービスなど他の条件で\
                         絞り込まれていても構いません。使用量、予約、Savings Plans の予算は数えません。\n\n対象とする予算がなく、管理アカウントの\
                         予算を一覧できない場合や、フィルターから判断できない場合 (複数の条件をまとめて否定するもの、アカウント ID や名前の一部に\
                         一致するもの、カスタム請求ビューを使うもの) は「不明」です。",
            fix_console: "アカウントの「請求とコスト管理」の「予算」で「予算を作成」、「カスタマイズ」、「コスト予算」を選び、月額と 1 つ以上のアラートを\
                          設定します。管理アカウントで作成する場合は、コストディメンションのフィルターで連結アカウントに対象のアカウントを指定します。",
        },
        fix_cli: "# In the account itself. Add alerts as budgets-alert-thresholds wants them.\n\
                  aws budgets create-budget --account-id {account} --budget \\\n  \
                  \"BudgetName=monthly,BudgetType=COST,TimeUnit=MONTHLY,BudgetLimit={Amount=$DOLLARS,Unit=USD}\"\n\
                  # Or in the management account, for this account alone.\n\
                  aws budgets create-budget --account-id \"$PAYER\" --budget \\\n  \
                  \"BudgetName=monthly-{account},BudgetType=COST,TimeUnit=MONTHLY,BudgetLimit={Amount=$DOLLARS,Unit=USD},CostFilters={LinkedAccount=[{account}]}\"",
        references: &[
            Reference {
                title: "Managing your costs with AWS Budgets",
                url: "https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html",
            },
            Reference {
                title: "Creating a budget",
                url: "https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-create.html",
            },
        ],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let account = facts.context.account;
        let own = &facts.get::<Budgets>()?.budgets;
        let mut open = match find(own, account, Whose::Own) {
            Found::Covering(name) => return Ok(Verdict::pass(format!("The account's own cost budget {name} covers it."))),
            Found::Perhaps(name) => Some(name),
            Found::None => None,
        };
        let mut nor = String::new();
        if may_have_payer(facts.context) {
            let budgets = &facts.get::<PayerBudgets>().map_err(contradiction)?.budgets;
            match find(budgets, account, Whose::Payers) {
                Found::Covering(name) => {
                    return Ok(Verdict::pass(format!("The cost budget {name} of the management account filters on the account.")));
                }
                Found::Perhaps(name) => open = open.or(Some(name)),
                Found::None => {}
            }
            nor = format!(" and none of {} that filters on it", payer_words(facts.context));
        }
        if let Some(name) = open {
            return Err(unclear(format!("the filter of the cost budget {name} does not tell whether it covers account {account}")));
        }
        let observed = if own.is_empty() {
            "no cost budget of its own".to_owned()
        } else {
            format!("{} of its own that filter on other accounts alone", count(own.len(), "cost budget"))
        };
        let reason = format!("observed {observed}{nor}, wanted a cost budget that covers the account");
        Ok(Verdict::fail(Finding::new(account.to_string(), reason)))
    }
}

enum Found<'a> {
    Covering(&'a str),
    Perhaps(&'a str),
    None,
}

fn find(budgets: &[Budget], account: AccountId, whose: Whose) -> Found<'_> {
    let with = |wanted: Option<bool>| budgets.iter().find(|budget| covers(budget.filter.as_ref(), account, whose) == wanted);
    match (with(Some(true)), with(None)) {
        (Some(budget), _) => Found::Covering(&budget.name),
        (None, Some(budget)) => Found::Perhaps(&budget.name),
        (None, None) => Found::None,
    }
}
