// guardduty-findings-notified: somebody hears of what GuardDuty finds.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::{administrator::GuardDutyAdministrator, events::EventRules},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::notified::{guardduty_finding, or_to_the_administrator, told},
};

/// The check. It has no parameters.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("guardduty-findings-notified"),
        severity: Severity::Medium,
        scope: Scope::Region,
        cadence: Cadence::Standard,
        facts: &[FactKind::EventRules, FactKind::GuardDutyAdministrator],
        en: Text {
            title: "GuardDuty findings notify somebody",
            why: "GuardDuty sees stolen credentials at work, but it only writes that down. Without a rule nobody knows before they open \
                  its page.",
            fails_when: "No enabled EventBridge rule with a target, on the region's default event bus, matches an aws.guardduty \
                         finding. Patterns are evaluated against a sample: a GuardDuty Finding of the severity 8, not archived, about \
                         credentials of an instance that are used elsewhere; a rule that filters on severity or the like and lets the \
                         sample through counts. Rules that services made for themselves do not count, and what the target does is not \
                         judged. Not applicable to a member of another account's GuardDuty: its administrator gets the findings. Not \
                         applicable, too, where there is no rule and the region has no GuardDuty. Unknown where no rule is known to \
                         match and a pattern is not understood or a rule's targets were not seen, or where none matches and the \
                         administrator could not be asked for.",
            fix_console: "EventBridge in the region, Rules, Create rule: event source AWS services, AWS service GuardDuty, event type \
                          GuardDuty Finding; choose severities if you like; as target choose an SNS topic that somebody has subscribed \
                          to.",
        },
        ja: Text {
            title: "GuardDuty の検出結果が通知される",
            why: "GuardDuty は盗まれた認証情報の使用も見つけますが、記録するだけです。ルールがなければ、誰かがページを開くまで誰も気付\
                  きません。",
            fails_when: "リージョンのデフォルトイベントバスに、aws.guardduty の検出結果に一致し、ターゲットのある有効な EventBridge ル\
                         ールがない場合に不合格となります。パターンはサンプル (インスタンスの認証情報が外部で使われていることを示す、重\
                         要度 8 でアーカイブされていない GuardDuty Finding) で評価するため、重要度などで絞り込むルールでも、サンプルに\
                         一致すれば数えます。サービスが自身のために作成したルールは数えず、ターゲットの動作は判定しません。別のアカウン\
                         トが管理する GuardDuty のメンバーは対象外です (検出結果は管理者に届きます)。ルールがなく、リージョンに \
                         GuardDuty が存在しない場合も対象外です。一致すると確認できるルールがなく、解釈できないパターンやターゲットを確\
                         認できないルールがある場合と、一致するルールがなく、管理者を確認できない場合は「不明」です。",
            fix_console: "リージョンの EventBridge の「ルール」で「ルールを作成」を選び、イベントソースに「AWS のサービス」、サービスに\
                          「GuardDuty」、イベントタイプに「GuardDuty Finding」を指定します。必要に応じて重要度で絞り込み、ターゲットに\
                          は購読者のいる SNS トピックを選択します。",
        },
        fix_cli: "# In {account} and {region}. The topic's policy has to let events.amazonaws.com publish to it.\n\
                  aws events put-rule --region {region} --name guardduty-findings \\\n  --event-pattern '{\"source\":[\"aws.guardduty\"],\"detail-type\":[\"GuardDuty Finding\"],\"detail\":{\"severity\":[{\"numeric\":[\">=\",4]}]}}'\n\
                  TOPIC=$(aws sns create-topic --region {region} --name notices --query TopicArn --output text)\n\
                  aws sns subscribe --region {region} --topic-arn \"$TOPIC\" --protocol email --notification-endpoint \"$EMAIL\"\n\
                  aws sns set-topic-attributes --region {region} --topic-arn \"$TOPIC\" --attribute-name Policy \\\n  --attribute-value \"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\",\\\"Principal\\\":{\\\"Service\\\":\\\"events.amazonaws.com\\\"},\\\"Action\\\":\\\"sns:Publish\\\",\\\"Resource\\\":\\\"$TOPIC\\\"}]}\"\n\
                  aws events put-targets --region {region} --rule guardduty-findings --targets \"Id=sns,Arn=$TOPIC\"",
        references: &[Reference {
            title: "Amazon GuardDuty events",
            url: "https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-guardduty.html",
        }],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let rules = facts.get::<EventRules>().map(|it| it.rules.as_slice());
        let administrator = || facts.get::<GuardDutyAdministrator>().map(|it| it.administrator.as_ref());
        or_to_the_administrator(told(rules, &guardduty_finding(facts.context), facts.context), administrator, "GuardDuty", facts.context)
    }
}
