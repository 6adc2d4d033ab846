//! What the alarm checks say alike. Each is the samples, a pattern that matches them, and a few words of its own.

/// A check on whether somebody would be told of some events in the account.
macro_rules! alarm_check {
    (
        id: $id:literal,
        severity: $severity:ident,
        cis: $cis:expr,
        samples: $samples:expr,
        pattern: $pattern:literal,
        en: { title: $title:literal, why: $why:literal, events: $events:literal $(,)? },
        ja: { title: $title_ja:literal, why: $why_ja:literal, events: $events_ja:literal $(,)? } $(,)?
    ) => {
        /// The check. It has no parameters.
        #[derive(Default, serde::Deserialize, serde::Serialize, schemars::JsonSchema)]
        #[serde(default, deny_unknown_fields)]
        pub struct Check {}

        impl $crate::Rule for Check {
            const META: orgsweep_model::CheckMeta = orgsweep_model::CheckMeta {
                id: orgsweep_model::CheckId($id),
                severity: orgsweep_model::Severity::$severity,
                en: orgsweep_model::check::Text {
                    title: $title,
                    why: $why,
                    fails_when: concat!(
                        "Nobody would be told of one of these: ",
                        $events,
                        ".\n\nAn event is covered where a metric filter counts it on the log group of a multi-region trail that this \
                         account owns, that is logging and that records such events; a CloudWatch alarm with its actions enabled watches \
                         the filter's metric, alone or in metric math; and one of the SNS topics that the alarm notifies has a confirmed \
                         subscription. An enabled EventBridge rule with a target, on the default event bus of the home region (for IAM \
                         and sign-ins, of the region where global services report), covers what it matches, too, where a multi-region trail of the account is logging: without one, EventBridge gets no such \
                         events. Rules in other regions, and rules that services made for themselves, do not count. Every event has to be \
                         covered; several filters, alarms and rules may share the work. Patterns are evaluated against sample events as \
                         CloudTrail writes them in the home region. An alarm's threshold and statistic are not judged, nor what a rule's \
                         target does. Composite alarms and alarms on Metrics Insights queries do not count, nor do alarms on another \
                         account's metrics.\n\nFails, too, where no multi-region trail is logging. Not applicable where the only one that \
                         is logging is the organization's and another account owns it: the owner's verdict covers it. Unknown where an \
                         event is not known to be covered and something that could cover it was not seen or is not understood: a pattern, \
                         a filter, an alarm, a topic, a rule or a trail."
                    ),
                    fix_console: concat!(
                        "CloudWatch in the trail's home region, Log groups, open the trail's log group, Metric filters, Create metric \
                         filter, with the metric value 1 and the filter pattern\n\n",
                        $pattern,
                        "\n\nTick the new filter, Create alarm: statistic Sum, period 5 minutes, Greater/Equal 1, and notify an SNS topic. \
                         Confirm the subscription by the link in the e-mail. If the trail has no log group: CloudTrail, Trails, open the \
                         trail, CloudWatch Logs, Edit."
                    ),
                },
                ja: orgsweep_model::check::Text {
                    title: $title_ja,
                    why: $why_ja,
                    fails_when: concat!(
                        "次のイベントのうち、誰にも通知されないものがある場合に不合格となります: ",
                        $events_ja,
                        "。\n\n次の経路がつながっていれば、そのイベントは通知されるとみなします。このアカウントが所有し、ログ記録中で、その種類のイベントを\
                         記録するマルチリージョン証跡のロググループで、メトリクスフィルターがイベントを数え、アクションが有効な CloudWatch アラームが\
                         そのメトリクスを (単独または Metric Math で) 監視し、アラームが通知する SNS トピックに確認済みのサブスクリプションがあること。\
                         または、ホームリージョン (IAM とサインインはグローバルサービスのイベントが届く\
                         リージョン) のデフォルトイベントバスで、ターゲットのある有効な EventBridge ルールがイベントに一致すること。ただし\
                         ログ記録中のマルチリージョン証跡がアカウントになければ、EventBridge にもイベントは届かないため数えません。他のリージョンの\
                         ルールと、サービスが自身のために作成したルールも数えません。すべてのイベントが通知される必要がありますが、複数のフィルター、\
                         アラーム、ルールで分担しても構いません。パターンは、ホームリージョンで CloudTrail が記録する形のサンプルイベントで評価します。\
                         アラームのしきい値や統計、ルールのターゲットの動作は判定しません。複合アラーム、Metrics Insights クエリのアラーム、別の\
                         アカウントのメトリクスのアラームは数えません。\n\nログ記録中のマルチリージョン証跡がない場合も不合格です。ログ記録中の\
                         マルチリージョン証跡が、別のアカウントが所有する組織の証跡だけの場合は対象外です (所有者側で判定します)。通知されると確認\
                         できないイベントがあり、通知し得るパターン、フィルター、アラーム、トピック、ルール、証跡のいずれかを確認または解釈できない\
                         場合は「不明」です。"
                    ),
                    fix_console: concat!(
                        "証跡のホームリージョンの CloudWatch の「ロググループ」で証跡のロググループを開き、「メトリクスフィルター」の「メトリクスフィルターを\
                         作成」を選びます。メトリクス値は 1、フィルターパターンは次のとおりです。\n\n",
                        $pattern,
                        "\n\n作成したフィルターを選択して「アラームを作成」を選び、統計を「合計」、期間を 5 分、しきい値を「以上」1 とし、SNS トピックへの\
                         通知を設定します。届いたメールのリンクでサブスクリプションを確認してください。証跡にロググループがない場合は、CloudTrail の\
                         「証跡」で証跡を開き、「CloudWatch Logs」の「編集」で設定します。"
                    ),
                },
                fix_cli: concat!(
                    "# In the account {account} and the trail's home region. LOG_GROUP is the name of the trail's log group.\n\
                     aws cloudtrail describe-trails --query 'trailList[].[Name,HomeRegion,CloudWatchLogsLogGroupArn]'\n\
                     aws logs put-metric-filter --log-group-name \"$LOG_GROUP\" --filter-name ",
                    $id,
                    " \\\n  --filter-pattern '",
                    $pattern,
                    "' \\\n  --metric-transformations metricNamespace=CloudTrailAlarms,metricName=",
                    $id,
                    ",metricValue=1\n\
                     TOPIC=$(aws sns create-topic --name cloudtrail-alarms --query TopicArn --output text)\n\
                     aws sns subscribe --topic-arn \"$TOPIC\" --protocol email --notification-endpoint \"$EMAIL\"\n\
                     aws cloudwatch put-metric-alarm --alarm-name ",
                    $id,
                    " --namespace CloudTrailAlarms \\\n  --metric-name ",
                    $id,
                    " --statistic Sum --period 300 --evaluation-periods 1 \\\n  --threshold 1 --comparison-operator \
                     GreaterThanOrEqualToThreshold --treat-missing-data notBreaching \\\n  --alarm-actions \"$TOPIC\""
                ),
                mappings: orgsweep_model::check::Mappings { cis_v3: $cis, cis_v5: $cis, fsbp: None },
                ..$crate::catalog::alarm_check::USUAL
            };

            fn evaluate(&self, facts: &$crate::Facts<'_>) -> Result<orgsweep_model::Verdict, orgsweep_model::Unseen> {
                $crate::catalog::watching::evaluate(facts, &$samples)
            }
        }
    };
}
pub(crate) use alarm_check;

use orgsweep_model::{Cadence, CheckMeta, FactKind, Scope, check::Reference};

/// What the alarm checks have in common besides words.
pub(crate) const USUAL: CheckMeta = CheckMeta {
    scope: Scope::Account,
    cadence: Cadence::Standard,
    facts: &[FactKind::Trails, FactKind::TrailAlarms, FactKind::HomeEventRules],
    references: &[
        Reference {
            title: "Creating CloudWatch alarms for CloudTrail events: examples",
            url: "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudwatch-alarms-for-cloudtrail.html",
        },
        Reference {
            title: "Security Hub CSPM controls for Amazon CloudWatch",
            url: "https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html",
        },
        Reference {
            title: "Receiving read-only management events from AWS services",
            url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html",
        },
    ],
    ..CheckMeta::USUAL
};
