// cost-anomaly-detection-enabled: somebody is told when the account spends in a way that it never did.

use orgsweep_model::{
    AccountId, Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::cost_explorer::{AnomalyDetection, AnomalyMonitor, AnomalySubscription, PayerAnomalyDetection, Watched},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::{
        billing::{Whose, covers, may_have_payer, payer_id},
        shared::{contradiction, join, unclear},
    },
};

const WANTED: &str = "wanted a cost anomaly monitor and a subscription with a subscriber that watches it";

/// The check. It has no parameters.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("cost-anomaly-detection-enabled"),
        severity: Severity::Medium,
        scope: Scope::Account,
        cadence: Cadence::Daily,
        facts: &[FactKind::AnomalyDetection, FactKind::PayerAnomalyDetection],
        en: Text {
            title: "Cost Anomaly Detection watches the account and tells somebody",
            why: "A budget knows only totals. Cost Anomaly Detection learns what is usual for each service or account and reports what is \
                  not, such as instances in a region that was never used. It is free.",
            fails_when: "No cost anomaly monitor that covers the account is watched by an alert subscription with a subscriber. Every monitor \
                         of the account's own covers it. A monitor of the management account, which pays for all, covers a member if AWS \
                         manages it by service or by linked account, or if it is a customer's own that names the member as a linked account; \
                         one by tag or cost category does not. A subscriber that declined does not count. Where Cost Explorer is not enabled \
                         there is no monitor.\n\nUnknown where the account is not covered and the management account could not be looked \
                         into, or has a watched monitor whose filter does not tell.",
            fix_console: "In the management account: Billing and Cost Management, Cost Anomaly Detection, Cost monitors, Create monitor, AWS \
                          services; then an alert subscription with an e-mail address or an SNS topic.",
        },
        ja: Text {
            title: "コスト異常検出がアカウントを監視し、通知している",
            why: "予算で分かるのは合計だけです。コスト異常検出はサービスやアカウントごとの通常の支出を学習し、使ったことのないリージョンのインスタンスなど、\
                  いつもと違う支出を知らせます。無料で利用できます。",
            fails_when: "アカウントを対象とするコスト異常モニターのうち、サブスクライバーのいるアラートサブスクリプションに監視されているものがない場合に\
                         不合格となります。アカウント自身のモニターはすべて数えます。支払元である管理アカウントのモニターは、AWS 管理でサービス別または\
                         連結アカウント別のもの、およびカスタムで連結アカウントとしてそのアカウントを指定しているものを数え、タグ別やコストカテゴリ別の\
                         ものは数えません。辞退したサブスクライバーは数えません。Cost Explorer が有効でない場合、モニターはないものとします。\n\n\
                         対象とするものがなく、管理アカウントを確認できない場合や、監視されているモニターのフィルターから判断できない場合は\
                         「不明」です。",
            fix_console: "管理アカウントの「請求とコスト管理」の「コスト異常検出」で「モニターを作成」を選び、「AWS サービス」のモニターを作成します。\
                          続けて、メールアドレスまたは SNS トピックを指定したアラートサブスクリプションを作成してください。",
        },
        fix_cli: "# In the management account, for all, or in the account, for itself.\n\
                  MONITOR=$(aws ce create-anomaly-monitor --query MonitorArn --output text --anomaly-monitor \\\n  \
                  MonitorName=services,MonitorType=DIMENSIONAL,MonitorDimension=SERVICE)\n\
                  aws ce create-anomaly-subscription --anomaly-subscription \"{\\\"SubscriptionName\\\": \\\"services\\\", \\\n  \
                  \\\"MonitorArnList\\\": [\\\"$MONITOR\\\"], \\\"Frequency\\\": \\\"DAILY\\\", \\\"Threshold\\\": 100, \\\n  \
                  \\\"Subscribers\\\": [{\\\"Type\\\": \\\"EMAIL\\\", \\\"Address\\\": \\\"$EMAIL\\\"}]}\"",
        references: &[
            Reference {
                title: "Detecting unusual spend with AWS Cost Anomaly Detection",
                url: "https://docs.aws.amazon.com/cost-management/latest/userguide/manage-ad.html",
            },
            Reference {
                title: "Getting started with AWS Cost Anomaly Detection",
                url: "https://docs.aws.amazon.com/cost-management/latest/userguide/getting-started-ad.html",
            },
        ],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let account = facts.context.account;
        let own = facts.get::<AnomalyDetection>()?;
        if let Some(monitor) = own.monitors.iter().find(|monitor| watched(monitor, &own.subscriptions)) {
            return Ok(Verdict::pass(format!("The account's own monitor {} is watched by a subscription.", monitor.name)));
        }
        let mut seen: Vec<String> = own.monitors.iter().map(|monitor| monitor.name.clone()).collect();
        if may_have_payer(facts.context) {
            let theirs = facts.get::<PayerAnomalyDetection>().map_err(contradiction)?;
            let mut perhaps = None;
            for monitor in &theirs.monitors {
                match (of_member(monitor, account), watched(monitor, &theirs.subscriptions)) {
                    (Some(true), true) => {
                        return Ok(Verdict::pass(format!("The monitor {} of the management account covers it.", monitor.name)));
                    }
                    (None, true) => perhaps = perhaps.or(Some(&monitor.name)),
                    (Some(true), false) => seen.push(format!("{} of account {}", monitor.name, payer_id(facts.context))),
                    _ => {}
                }
            }
            if let Some(name) = perhaps {
                return Err(unclear(format!(
                    "the filter of the cost anomaly monitor {name} does not tell whether it covers account {account}"
                )));
            }
        }
        let observed = if seen.is_empty() {
            "no cost anomaly monitor that covers the account".to_owned()
        } else {
            format!("no subscription with a subscriber that watches {}", join(&seen))
        };
        Ok(Verdict::fail(Finding::new(account.to_string(), format!("observed {observed}, {WANTED}"))))
    }
}

fn watched(monitor: &AnomalyMonitor, subscriptions: &[AnomalySubscription]) -> bool {
    subscriptions.iter().any(|subscription| subscription.subscribers > 0 && subscription.monitors.contains(&monitor.arn))
}

/// Whether a monitor of the management account covers a member. `None`: it cannot be told.
fn of_member(monitor: &AnomalyMonitor, account: AccountId) -> Option<bool> {
    match &monitor.watches {
        Watched::Dimension(dimension) => Some(["SERVICE", "LINKED_ACCOUNT"].contains(&dimension.as_str())),
        Watched::Custom(filter) => covers(Some(filter), account, Whose::Payers),
        Watched::Unclear => None,
    }
}
