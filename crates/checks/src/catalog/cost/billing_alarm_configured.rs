// billing-alarm-configured: somebody hears of it when the bill grows beyond what was meant.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::alarms::{Alarm, BillingAlarms, PayerBillingAlarms, Topic},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::{
        alarms::unheard,
        billing::{may_have_payer, payer_words},
        shared::contradiction,
    },
};

const WANTED: &str = "wanted an alarm on AWS/Billing EstimatedCharges that notifies an SNS topic with a confirmed subscription";

/// The check. It has no parameters.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("billing-alarm-configured"),
        severity: Severity::Low,
        scope: Scope::Account,
        cadence: Cadence::Daily,
        facts: &[FactKind::BillingAlarms, FactKind::PayerBillingAlarms],
        en: Text {
            title: "A billing alarm notifies somebody",
            why: "Stolen credentials and forgotten resources show in the bill first. An alarm on the estimated charges says so within hours \
                  instead of at the end of the month.",
            fails_when: "The account has no CloudWatch alarm on the metric EstimatedCharges of AWS/Billing, in the region where its \
                         partition keeps billing metrics (us-east-1; cn-northwest-1 in China), that notifies an SNS topic with at least one \
                         confirmed subscription when it goes off. Actions have to be enabled. An alarm on a part of the bill or with metric \
                         math counts; a composite alarm does not.\n\nNot applicable where the management account, which pays for all, has \
                         such an alarm, and in AWS GovCloud (US), which has no billing metrics. Unknown where the account has none and the \
                         management account could not be looked into, or where a topic that could be the one could not be.",
            fix_console: "In the management account: Billing and Cost Management, Billing preferences, Alert preferences, tick Receive \
                          CloudWatch billing alerts. Then CloudWatch in US East (N. Virginia), Alarms, Create alarm, Select metric, Billing, \
                          Total Estimated Charge, and notify an SNS topic. Confirm the subscription by the link in the e-mail.",
        },
        ja: Text {
            title: "請求アラームが通知先に届く",
            why: "認証情報の漏えいや消し忘れたリソースは、まず請求額に表れます。予想請求額のアラームがあれば、月末ではなく数時間以内に気付けます。",
            fails_when: "請求メトリクスが保存されるリージョン (us-east-1、中国では cn-northwest-1) に、AWS/Billing の EstimatedCharges を監視し、\
                         確認済みのサブスクリプションが 1 つ以上ある SNS トピックへ通知する CloudWatch アラームがない場合に不合格となります。\
                         アクションは有効でなければなりません。請求の一部だけを対象とするアラームや Metric Math のアラームも数えますが、\
                         複合アラームは数えません。\n\n一括請求の支払元である管理アカウントに該当するアラームがある場合と、請求メトリクスのない \
                         AWS GovCloud (US) では対象外です。アカウントになく管理アカウントを確認できない場合や、該当し得るトピックを確認できない\
                         場合は「不明」です。",
            fix_console: "管理アカウントの「請求とコスト管理」の「請求設定」にある「アラート設定」で「CloudWatch 請求アラートを受け取る」をオンに\
                          します。次に米国東部 (バージニア北部) の CloudWatch で「アラームの作成」を選び、「請求」の「概算合計請求額」の\
                          メトリクスを選択して、SNS トピックへの通知を設定します。届いたメールのリンクでサブスクリプションを確認してください。",
        },
        fix_cli: "# In the management account, once billing alerts are on in its billing preferences.\n\
                  TOPIC=$(aws sns create-topic --region us-east-1 --name billing --query TopicArn --output text)\n\
                  aws sns subscribe --region us-east-1 --topic-arn \"$TOPIC\" --protocol email --notification-endpoint \"$EMAIL\"\n\
                  aws cloudwatch put-metric-alarm --region us-east-1 --alarm-name estimated-charges --namespace AWS/Billing \\\n  \
                  --metric-name EstimatedCharges --dimensions Name=Currency,Value=USD --statistic Maximum --period 21600 \\\n  \
                  --evaluation-periods 1 --threshold \"$DOLLARS\" --comparison-operator GreaterThanThreshold --alarm-actions \"$TOPIC\"",
        references: &[Reference {
            title: "Create a billing alarm to monitor your estimated AWS charges",
            url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/monitor_estimated_charges_with_cloudwatch.html",
        }],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let own = facts.get::<BillingAlarms>()?;
        let own = judge(&own.alarms, &own.topics);
        if let Some(name) = own.heard {
            return Ok(Verdict::pass(format!("The billing alarm {name} notifies somebody.")));
        }
        let account = facts.context.account;
        let elsewhere = may_have_payer(facts.context);
        if elsewhere {
            let payer = facts.get::<PayerBillingAlarms>().map_err(contradiction)?;
            let payer = judge(&payer.alarms, &payer.topics);
            if let Some(name) = payer.heard {
                let reason = format!("The management account, which pays for all, has the billing alarm {name} that notifies somebody.");
                return Ok(Verdict::not_applicable(reason));
            }
            if let Some(unseen) = payer.not_seen {
                return Err(unseen);
            }
        }
        if let Some(unseen) = own.not_seen {
            return Err(unseen);
        }
        if !own.findings.is_empty() {
            return Ok(Verdict::Fail(own.findings));
        }
        let nor = if elsewhere { format!(" and none that notifies somebody in {}", payer_words(facts.context)) } else { String::new() };
        Ok(Verdict::fail(Finding::new(account.to_string(), format!("observed no billing alarm{nor}, {WANTED}"))))
    }
}

/// What an account's billing alarms are worth.
#[derive(Default)]
struct Judged<'a> {
    /// The name of one that notifies somebody.
    heard: Option<&'a str>,
    /// Why it is not known of one: it could be good.
    not_seen: Option<Unseen>,
    findings: Vec<Finding>,
}

fn judge<'a>(alarms: &'a [Alarm], topics: &[Topic]) -> Judged<'a> {
    let mut judged = Judged::default();
    for alarm in alarms {
        match unheard(alarm, topics) {
            Ok(None) => judged.heard = judged.heard.or(Some(&alarm.name)),
            Ok(Some(shortfall)) => {
                judged.findings.push(Finding::new(&alarm.name, format!("observed {shortfall}, {WANTED}")).with_arn(&alarm.arn));
            }
            Err(unseen) => judged.not_seen = judged.not_seen.or(Some(unseen)),
        }
    }
    judged
}
