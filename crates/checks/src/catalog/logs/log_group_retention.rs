// log-group-retention: logs are still there when somebody needs them.

use std::num::NonZeroU32;

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::logs::LogGroups,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::shared::{arn, count},
};

/// The check and its parameters.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// How many days a log group must keep its events at least.
    #[schemars(range(min = 1))]
    pub minimum_days: NonZeroU32,
}

impl Default for Check {
    fn default() -> Self {
        Self { minimum_days: NonZeroU32::MIN.saturating_add(364) }
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("log-group-retention"),
        severity: Severity::Medium,
        scope: Scope::Region,
        cadence: Cadence::Daily,
        facts: &[FactKind::LogGroups],
        en: Text {
            title: "Every log group keeps its events for a year or longer",
            why: "Intrusions are often noticed months after they began. What a log group has deleted by then nobody can look into, and rules \
                  such as PCI DSS ask for a year.",
            fails_when: "A log group, of whatever class, keeps its events for fewer than 365 days (parameter minimum_days). A log group \
                         without a retention setting keeps them for ever and passes, at the cost of storage. A region without log groups \
                         passes. Not applicable where AWS does not offer CloudWatch Logs.",
            fix_console: "CloudWatch in the region, Log groups, the log group, Actions, Edit retention setting: choose 12 months (365 days), \
                          longer, or Never expire. Where a stack or a tool made the log group, set its retention there, or it comes back.",
        },
        ja: Text {
            title: "すべてのロググループがイベントを 1 年以上保持している",
            why: "侵入は始まってから数か月後に発覚することが少なくありません。それまでに削除されたログは調査できず、PCI DSS などの基準は 1 年間の保持を求めて\
                  います。",
            fails_when: "クラスを問わず、保持期間が 365 日 (パラメータ minimum_days) 未満のロググループがある場合に不合格となります。保持期間が未設定のロググループは\
                         無期限に保持されるため合格ですが、保存費用がかかります。ロググループのないリージョンは合格です。CloudWatch Logs が提供されていない\
                         リージョンは対象外です。",
            fix_console: "対象リージョンの CloudWatch の「ロググループ」で対象を選び、「アクション」の「保持設定を編集」で 12 か月 (365 日) 以上、または「失効しない」を\
                          選択します。スタックやツールが作成したロググループは、作成元の設定も変更しないと元に戻ります。",
        },
        fix_cli: "aws logs put-retention-policy --region {region} --log-group-name '{resource}' --retention-in-days 365",
        references: &[Reference {
            title: "Working with log groups and log streams",
            url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
        }],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let groups = &facts.get::<LogGroups>()?.groups;
        let short = groups.iter().filter_map(|group| Some((group, group.retention_days.filter(|days| *days < self.minimum_days.get())?)));
        let findings = short.map(|(group, days)| {
            let reason = format!(
                "observed a retention of {}, wanted at least {} or no expiry",
                self::days(days),
                self::days(self.minimum_days.get())
            );
            Finding::new(&group.name, reason).with_arn(arn(facts.context, "logs", &format!("log-group:{}", group.name)))
        });
        Ok(Verdict::from_findings(
            findings.collect(),
            format!("Each of {} keeps its events long enough.", count(groups.len(), "log group")),
        ))
    }
}

fn days(number: u32) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), "day")
}
