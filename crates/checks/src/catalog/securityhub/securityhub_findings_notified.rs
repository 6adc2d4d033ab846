// securityhub-findings-notified: somebody hears of what Security Hub finds.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::{administrator::SecurityHubAdministrator, events::EventRules},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::notified::{or_to_the_administrator, security_hub_finding, told},
};

/// The check. It has no parameters.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("securityhub-findings-notified"),
        severity: Severity::Low,
        scope: Scope::Region,
        cadence: Cadence::Standard,
        facts: &[FactKind::EventRules, FactKind::SecurityHubAdministrator],
        en: Text {
            title: "Security Hub findings notify somebody",
            why: "Findings that wait on a console page are found late. A rule sends them to people or to the tool that they work with.",
            fails_when: "No enabled EventBridge rule with a target, on the region's default event bus, matches an aws.securityhub \
                         finding. Patterns are evaluated against a sample: Security Hub Findings - Imported with one new, active, \
                         failed finding of the severity CRITICAL; a rule that filters on severity or the like and lets the sample \
                         through counts. Rules that services made for themselves do not count, and what the target does is not judged. \
                         Not applicable to a member of another account's Security Hub: its administrator gets the findings. Not \
                         applicable, too, where there is no rule and the region has no Security Hub. Unknown where no rule is known to \
                         match and a pattern is not understood or a rule's targets were not seen, or where none matches and the \
                         administrator could not be asked for.",
            fix_console: "EventBridge in the region, Rules, Create rule: event source AWS services, AWS service Security Hub, event \
                          type Security Hub Findings - Imported; choose severities if you like; as target choose an SNS topic that \
                          somebody has subscribed to.",
        },
        ja: Text {
            title: "Security Hub の検出結果が通知される",
            why: "コンソールのページで待っているだけの検出結果は、見つかるのが遅れます。ルールがあれば、人や、ふだん使うツールへ届きま\
                  す。",
            fails_when: "リージョンのデフォルトイベントバスに、aws.securityhub の検出結果に一致し、ターゲットのある有効な EventBridge \
                         ルールがない場合に不合格となります。パターンはサンプル (重要度 CRITICAL の、新規でアクティブな失敗の検出結果 1 \
                         件を含む Security Hub Findings - Imported) で評価するため、重要度などで絞り込むルールでも、サンプルに一致すれ\
                         ば数えます。サービスが自身のために作成したルールは数えず、ターゲットの動作は判定しません。別のアカウントが管理\
                         する Security Hub のメンバーは対象外です (検出結果は管理者に届きます)。ルールがなく、リージョンに Security Hub \
                         が存在しない場合も対象外です。一致すると確認できるルールがなく、解釈できないパターンやターゲットを確認できない\
                         ルールがある場合と、一致するルールがなく、管理者を確認できない場合は「不明」です。",
            fix_console: "リージョンの EventBridge の「ルール」で「ルールを作成」を選び、イベントソースに「AWS のサービス」、サービスに\
                          「Security Hub」、イベントタイプに「Security Hub Findings - Imported」を指定します。必要に応じて重要度で絞り\
                          込み、ターゲットには購読者のいる SNS トピックを選択します。",
        },
        fix_cli: "# In {account} and {region}. The topic's policy has to let events.amazonaws.com publish to it.\n\
                  aws events put-rule --region {region} --name securityhub-findings \\\n  --event-pattern '{\"source\":[\"aws.securityhub\"],\"detail-type\":[\"Security Hub Findings - Imported\"],\"detail\":{\"findings\":{\"Severity\":{\"Label\":[\"CRITICAL\",\"HIGH\"]},\"Workflow\":{\"Status\":[\"NEW\"]},\"RecordState\":[\"ACTIVE\"]}}}'\n\
                  TOPIC=$(aws sns create-topic --region {region} --name notices --query TopicArn --output text)\n\
                  aws sns subscribe --region {region} --topic-arn \"$TOPIC\" --protocol email --notification-endpoint \"$EMAIL\"\n\
                  aws sns set-topic-attributes --region {region} --topic-arn \"$TOPIC\" --attribute-name Policy \\\n  --attribute-value \"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\",\\\"Principal\\\":{\\\"Service\\\":\\\"events.amazonaws.com\\\"},\\\"Action\\\":\\\"sns:Publish\\\",\\\"Resource\\\":\\\"$TOPIC\\\"}]}\"\n\
                  aws events put-targets --region {region} --rule securityhub-findings --targets \"Id=sns,Arn=$TOPIC\"",
        references: &[Reference {
            title: "EventBridge event formats for Security Hub CSPM",
            url: "https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-event-formats.html",
        }],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let rules = facts.get::<EventRules>().map(|it| it.rules.as_slice());
        let administrator = || facts.get::<SecurityHubAdministrator>().map(|it| it.administrator.as_ref());
        or_to_the_administrator(
            told(rules, &security_hub_finding(facts.context), facts.context),
            administrator,
            "Security Hub",
            facts.context,
        )
    }
}
