// health-events-notified: somebody hears of it when AWS has trouble that concerns the account.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::events::HomeEventRules,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::notified::{health_event, told},
};

/// The check. It has no parameters.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("health-events-notified"),
        severity: Severity::Medium,
        scope: Scope::Account,
        cadence: Cadence::Standard,
        facts: &[FactKind::HomeEventRules],
        en: Text {
            title: "AWS Health events notify somebody",
            why: "AWS says in AWS Health which of your resources an outage or a retirement concerns. On the console page nobody looks \
                  until it hurts; a rule tells people or tools at once.",
            fails_when: "No enabled EventBridge rule with a target, on the default event bus of the home region, matches an aws.health \
                         event. Patterns are evaluated against a sample: an AWS Health Event about an open issue of EC2 in the home \
                         region; a rule that filters on severity or the like and lets the sample through counts. Rules that services \
                         made for themselves do not count, and what the target does is not judged. Events about other regions stay in \
                         those regions unless a rule there forwards them: this check looks at the home region alone, where events about \
                         global services are. Unknown where no rule is known to match and a pattern is not understood or a rule's \
                         targets were not seen.",
            fix_console: "EventBridge in the home region, Rules, Create rule: event source AWS services, AWS service Health, event type \
                          All events or Specific Health events; as target choose an SNS topic that somebody has subscribed to.",
        },
        ja: Text {
            title: "AWS Health のイベントが通知される",
            why: "AWS Health は、障害や廃止の予定がどのリソースに影響するかを知らせます。コンソールのページは、困るまで誰も見ません。ル\
                  ールがあれば、すぐに人やツールへ伝わります。",
            fails_when: "ホームリージョンのデフォルトイベントバスに、aws.health のイベントに一致し、ターゲットのある有効な EventBridge \
                         ルールがない場合に不合格となります。パターンはサンプル (ホームリージョンの EC2 で継続中の問題に関する AWS \
                         Health Event) で評価するため、重要度などで絞り込むルールでも、サンプルに一致すれば数えます。サービスが自身のた\
                         めに作成したルールは数えず、ターゲットの動作は判定しません。他のリージョンに関するイベントは、転送しない限りそ\
                         のリージョンに留まります。このチェックは、グローバルサービスのイベントが届くホームリージョンだけを確認します。\
                         一致すると確認できるルールがなく、解釈できないパターンやターゲットを確認できないルールがある場合は「不明」です。",
            fix_console: "ホームリージョンの EventBridge の「ルール」で「ルールを作成」を選び、イベントソースに「AWS のサービス」、サー\
                          ビスに「Health」を指定し、ターゲットには購読者のいる SNS トピックを選択します。",
        },
        fix_cli: "# In {account} and its home region. The policy of the topic has to let events.amazonaws.com publish to it.\n\
                  aws events put-rule --region \"$REGION\" --name health-events \\\n  --event-pattern '{\"source\":[\"aws.health\"]}'\n\
                  TOPIC=$(aws sns create-topic --region \"$REGION\" --name notices --query TopicArn --output text)\n\
                  aws sns subscribe --region \"$REGION\" --topic-arn \"$TOPIC\" --protocol email --notification-endpoint \"$EMAIL\"\n\
                  aws sns set-topic-attributes --region \"$REGION\" --topic-arn \"$TOPIC\" --attribute-name Policy \\\n  --attribute-value \"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\",\\\"Principal\\\":{\\\"Service\\\":\\\"events.amazonaws.com\\\"},\\\"Action\\\":\\\"sns:Publish\\\",\\\"Resource\\\":\\\"$TOPIC\\\"}]}\"\n\
                  aws events put-targets --region \"$REGION\" --rule health-events --targets \"Id=sns,Arn=$TOPIC\"",
        references: &[Reference {
            title: "Monitoring events in AWS Health with Amazon EventBridge",
            url: "https://docs.aws.amazon.com/health/latest/ug/cloudwatch-events-health.html",
        }],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let rules = facts.get::<HomeEventRules>().map(|it| it.rules.as_slice());
        Ok(told(rules, &health_event(facts.context), facts.context)?.unwrap_or_else(Verdict::fail))
    }
}
