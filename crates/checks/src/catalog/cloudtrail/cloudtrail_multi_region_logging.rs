// cloudtrail-multi-region-logging: whatever is done in the account, in whatever region, is on record.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::cloudtrail::{Trail, Trails},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::{shared::join, trails},
};

const WANTED: &str = "wanted a multi-region trail that logs read and write management events of every source and delivers them to S3";

/// The check and its parameters.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// Event sources that a trail may leave out of its management events. AWS offers these two because they call so often that
    /// recording them can cost much; an empty list tolerates no exclusion.
    pub allowed_excluded_sources: Vec<String>,
}

impl Default for Check {
    fn default() -> Self {
        Self { allowed_excluded_sources: trails::usually_excluded() }
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("cloudtrail-multi-region-logging"),
        severity: Severity::Critical,
        scope: Scope::Account,
        cadence: Cadence::Frequent,
        facts: &[FactKind::Trails, FactKind::OrganizationTrails],
        en: Text {
            title: "A multi-region trail records all management events",
            why: "CloudTrail is the record of who did what. Without a trail over all regions, the traces of an intrusion are gone after 90 \
                  days, or were never kept where the intruder went, and no alarm can be built on them.",
            fails_when: "No multi-region trail, of the account or of its organization, does all of this: it is logging, its latest delivery \
                         to S3 had no error, and it records read and write management events of every source. One selector or several \
                         together may do so. A selector limited by anything but readOnly does not count, nor does one that leaves out \
                         sources other than those in the parameter allowed_excluded_sources (AWS KMS and the RDS Data API). Only its owner, \
                         the management account, may read an organization trail's selectors, so they are read there. Unknown where no \
                         trail is good and one could not be looked into.",
            fix_console: "In an organization: CloudTrail in the management account, Trails, Create trail, tick Enable for all accounts in my \
                          organization. A single account: the same in the account itself.\n\nA trail that falls short: open it; Start \
                          logging at the top right; under Management events, Edit, choose Read and Write. For a delivery error, let the \
                          bucket's policy and its KMS key admit CloudTrail.",
        },
        ja: Text {
            title: "マルチリージョンの証跡がすべての管理イベントを記録している",
            why: "CloudTrail は「誰が何をしたか」の記録です。全リージョンを対象とする証跡がないと、侵入の痕跡は 90 日で失われるか、そもそも残らず、\
                  アラームの元になる情報もありません。",
            fails_when: "アカウントまたは組織のマルチリージョン証跡のうち、ログ記録中で、S3 への直近の配信にエラーがなく、全ソースの読み取りと書き込み\
                         の管理イベントを記録しているものが 1 つもない場合に不合格となります。複数のセレクターを合わせて満たしても構いません。\
                         readOnly 以外の条件で絞り込まれたセレクターや、パラメータ allowed_excluded_sources (既定では AWS KMS と RDS Data API) に\
                         ないソースを除外するセレクターは数えません。組織の証跡のセレクターは、所有者である管理アカウントだけが読み取れるため、\
                         管理アカウントで確認します。合格する証跡がなく、内容を確認できない証跡がある場合は「不明」です。",
            fix_console: "Organizations を利用している場合は、管理アカウントの CloudTrail の「証跡」で「証跡の作成」を選び、「組織内のすべてのアカウントに\
                          ついて有効化」をオンにします。単独のアカウントではそのアカウントで証跡を作成します。\n\n既存の証跡に不足がある場合は、\
                          証跡を開いて「ログ記録を開始」し、「管理イベント」の「編集」で「読み取り」と「書き込み」を選びます。配信エラーの場合は、\
                          バケットポリシーと KMS キーポリシーで CloudTrail を許可してください。",
        },
        fix_cli: "# Where there is no multi-region trail. The policy of the bucket must admit CloudTrail.\n\
                  aws cloudtrail create-trail --name management-events --s3-bucket-name \"$BUCKET\" \\\n  \
                  --is-multi-region-trail --enable-log-file-validation\n\
                  aws cloudtrail start-logging --name management-events\n\
                  # Where one falls short, in the account and home region that own it. The selectors replace the present ones.\n\
                  aws cloudtrail get-trail-status --name {resource}\n\
                  aws cloudtrail get-event-selectors --trail-name {resource}\n\
                  aws cloudtrail put-event-selectors --trail-name {resource} \\\n  \
                  --event-selectors ReadWriteType=All,IncludeManagementEvents=true\n\
                  aws cloudtrail start-logging --name {resource}",
        references: &[
            Reference {
                title: "Creating a trail for your AWS account",
                url: "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-create-and-update-a-trail.html",
            },
            Reference {
                title: "Creating a trail for an organization",
                url: "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-trail-organization.html",
            },
            Reference {
                title: "Logging management events",
                url: "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html",
            },
        ],
        mappings: Mappings { cis_v3: Some("3.1"), cis_v5: Some("3.1"), fsbp: Some("CloudTrail.1") },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let judged = trails::judge(facts, &self.allowed_excluded_sources)?;
        if !judged.good.is_empty() {
            return Ok(Verdict::pass("A multi-region trail records all management events and delivers them to S3."));
        }
        // A trail that was not seen could be the good one.
        if let Some(unseen) = judged.not_seen {
            return Err(unseen);
        }
        if judged.short.is_empty() {
            let names: Vec<&str> = facts.get::<Trails>()?.trails.iter().map(|trail| trail.name.as_str()).collect();
            let observed = if names.is_empty() { "no trail".to_owned() } else { format!("only single-region trails ({})", join(&names)) };
            return Ok(Verdict::fail(Finding::new(facts.context.account.to_string(), format!("observed {observed}, {WANTED}"))));
        }
        let finding = |(trail, shortfalls): (&Trail, Vec<String>)| {
            Finding::new(&trail.name, format!("observed {}, {WANTED}", join(&shortfalls))).with_arn(&trail.arn)
        };
        Ok(Verdict::Fail(judged.short.into_iter().map(finding).collect()))
    }
}
