// cost-explorer-enabled: who pays can see what for.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Activation, Reference, Text},
    fact::cost_explorer::CostExplorer,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Facts, Rule, catalog::billing::payer};

/// The check. It has no parameters.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("cost-explorer-enabled"),
        severity: Severity::Low,
        scope: Scope::Account,
        cadence: Cadence::Daily,
        activation: Activation::ByAllowBillable,
        facts: &[FactKind::CostExplorer],
        en: Text {
            title: "Cost Explorer is enabled",
            why: "Cost Explorer shows what was spent by service, account and day. It has no past before it is enabled, so it has to be on \
                  before the question comes up. Cost Anomaly Detection builds on it.",
            fails_when: "Cost Explorer does not answer the management account, which pays for all, when it is asked for the costs of one day: \
                         because it is not enabled, or has no data yet, which can last a day after enabling.\n\nNot applicable to the other \
                         accounts of an organization. The request costs 0.01 US dollars, so this check is off unless checks.allow_billable is \
                         true. It makes one request a day.",
            fix_console: "In the management account: Billing and Cost Management, Cost Explorer, Launch Cost Explorer. It cannot be enabled by \
                          an API.",
        },
        ja: Text {
            title: "Cost Explorer が有効である",
            why: "Cost Explorer では、サービス別、アカウント別、日別の支出を確認できます。有効にする前のデータは十分に残らないため、必要になる前に有効にして\
                  おく必要があります。コスト異常検出の前提でもあります。",
            fails_when: "一括請求の支払元である管理アカウントで 1 日分のコストを問い合わせ、Cost Explorer が答えない場合に不合格となります。有効になって\
                         いない場合と、有効化から 1 日ほどの間でデータがまだない場合があります。\n\n組織の他のアカウントは対象外です。この問い合わせには \
                         0.01 米ドルかかるため、checks.allow_billable が true でない限り、このチェックは無効です。問い合わせは 1 日 1 回です。",
            fix_console: "管理アカウントの「請求とコスト管理」で「Cost Explorer」を開き、「Cost Explorer を起動」を選びます。API では有効にできません。",
        },
        fix_cli: "# Enabling is for the console alone. Whether it worked, for 0.01 US dollars, in the management account:\n\
                  aws ce get-cost-and-usage --granularity DAILY --metrics UnblendedCost \\\n  \
                  --time-period Start=$(date -u -d yesterday +%F),End=$(date -u +%F)",
        references: &[
            Reference {
                title: "Enabling Cost Explorer",
                url: "https://docs.aws.amazon.com/cost-management/latest/userguide/ce-enable.html",
            },
            Reference {
                title: "GetCostAndUsage",
                url: "https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostAndUsage.html",
            },
        ],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        if let Some(payer) = payer(facts.context) {
            return Ok(Verdict::not_applicable(format!("The management account {payer} pays for all, and it alone is asked.")));
        }
        let observed = match facts.get::<CostExplorer>()? {
            CostExplorer::Answers => return Ok(Verdict::pass("Cost Explorer answers.")),
            CostExplorer::NotEnabled => "Cost Explorer not enabled",
            CostExplorer::NoData => "Cost Explorer without data",
        };
        let reason = format!("observed {observed}, wanted it to answer for yesterday's costs");
        Ok(Verdict::fail(Finding::new(facts.context.account.to_string(), reason)))
    }
}
