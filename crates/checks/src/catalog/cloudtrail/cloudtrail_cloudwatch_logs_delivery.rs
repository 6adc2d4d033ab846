// cloudtrail-cloudwatch-logs-delivery: what is done can be searched, and alarmed on, within minutes.

use std::num::NonZeroU16;

use jiff::SignedDuration;
use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::{
        shared::count,
        trails::{self, Standing},
    },
};

/// The check and its parameters.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// How long ago the latest delivery to the log group may be, in hours.
    pub maximum_age_hours: NonZeroU16,
    /// Event sources that a trail may leave out of its management events and still count as one that records them all. Keep it like the
    /// parameter of cloudtrail-multi-region-logging.
    pub allowed_excluded_sources: Vec<String>,
}

impl Default for Check {
    fn default() -> Self {
        Self { maximum_age_hours: NonZeroU16::MIN.saturating_add(23), allowed_excluded_sources: trails::usually_excluded() }
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("cloudtrail-cloudwatch-logs-delivery"),
        severity: Severity::Medium,
        scope: Scope::Account,
        cadence: Cadence::Standard,
        facts: &[FactKind::Trails, FactKind::OrganizationTrails],
        en: Text {
            title: "The multi-region trail delivers to CloudWatch Logs",
            why: "Files in a bucket tell what was done to those who go and look. In a log group the same events can be searched at once, and \
                  metric filters can raise an alarm on them.",
            fails_when: "No multi-region trail that logs and delivers all management events (as cloudtrail-multi-region-logging wants it, \
                         with the same parameter allowed_excluded_sources) delivers to a log group, or its latest delivery there is more \
                         than 24 hours ago (parameter maximum_age_hours). One that does is enough. Fails, too, where there is no such trail. \
                         Not applicable where the only such trails are the organization's and another account owns them: their log group \
                         is its concern. Unknown where no trail is known to satisfy and one could not be looked into.",
            fix_console: "CloudTrail, Trails, open the trail, CloudWatch Logs, Edit: tick Enabled, choose a log group and a role (new ones \
                          will do), Save changes. If a log group is set and nothing arrives: the role has to allow logs:CreateLogStream and \
                          logs:PutLogEvents on it, and the log group has to exist.",
        },
        ja: Text {
            title: "マルチリージョンの証跡が CloudWatch Logs に配信している",
            why: "バケット内のファイルは、見に行った人にしか何が起きたかを教えてくれません。ロググループに届いていれば、同じイベントをすぐに検索でき、\
                  メトリクスフィルターでアラームを上げることもできます。",
            fails_when: "すべての管理イベントを記録して配信しているマルチリージョン証跡 (cloudtrail-multi-region-logging の基準と同じで、パラメータ \
                         allowed_excluded_sources も同じ意味です) のうち、ロググループに配信していて、その直近の配信が 24 時間 (パラメータ \
                         maximum_age_hours) 以内のものが 1 つもない場合に不合格となります。1 つあれば合格です。該当する証跡自体がない場合も不合格です。\
                         該当する証跡が、別のアカウントが所有する組織の証跡だけの場合は対象外です (ロググループは所有者の管理範囲です)。条件を満たす\
                         証跡が見つからず、内容を確認できない証跡がある場合は「不明」です。",
            fix_console: "CloudTrail の「証跡」で証跡を開き、「CloudWatch Logs」の「編集」を選びます。「有効」をオンにし、ロググループとロールを選択 \
                          (新規作成でも構いません) して変更を保存します。ロググループを設定済みなのに届かない場合は、ロールに logs:CreateLogStream と \
                          logs:PutLogEvents が許可されているか、ロググループが存在するかを確認してください。",
        },
        fix_cli: "# In the account and home region that own the trail. The role has to trust cloudtrail.amazonaws.com.\n\
                  aws logs create-log-group --log-group-name cloudtrail\n\
                  aws cloudtrail update-trail --name {resource} \\\n  \
                  --cloud-watch-logs-log-group-arn \"arn:aws:logs:$REGION:{account}:log-group:cloudtrail:*\" \\\n  \
                  --cloud-watch-logs-role-arn \"$ROLE_ARN\"",
        references: &[Reference {
            title: "Sending events to CloudWatch Logs",
            url: "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html",
        }],
        mappings: Mappings { cis_v3: None, cis_v5: None, fsbp: Some("CloudTrail.5") },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let passing = "A multi-region trail that records all management events delivers them to CloudWatch Logs.";
        let hours = self.maximum_age_hours.get();
        let wanted = format!("a delivery to a log group within {}", count(hours.into(), "hour"));
        trails::of_that_trail(facts, &self.allowed_excluded_sources, &wanted, passing, |trail| {
            if trails::owned_elsewhere(trail, facts.context.account) {
                return Ok(Standing::Exempt("The organization's trail belongs to another account, whose concern its log group is."));
            }
            if trail.log_group_arn.as_deref().unwrap_or_default().is_empty() {
                return Ok(Standing::Short("no log group".to_owned()));
            }
            let status = trails::part(trail, "status", trail.status.as_ref())?;
            let error = status.latest_log_group_error.as_deref().filter(|error| !error.is_empty());
            let error = error.map_or_else(String::new, |error| format!(" (the error {error})"));
            Ok(match status.latest_log_group_delivery {
                Some(time) if facts.context.now.duration_since(time) <= SignedDuration::from_hours(hours.into()) => Standing::Satisfied,
                Some(time) => Standing::Short(format!("the latest delivery to the log group at {time}{error}")),
                None => Standing::Short(format!("no delivery to the log group yet{error}")),
            })
        })
    }
}
