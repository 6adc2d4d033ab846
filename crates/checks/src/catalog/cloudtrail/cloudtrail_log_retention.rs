// cloudtrail-log-retention: the records are still there when somebody has a reason to look.

use std::num::NonZeroU16;

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::{
        cloudtrail::Trail,
        trail_storage::{Expiry, Kept, Lifecycle, LifecycleRule, TrailStorage},
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::{
        shared::{contradiction, count, join, unclear},
        trails::{self, Standing},
    },
};

/// The check and its parameters.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// How long the trail's records must be kept, in days.
    pub minimum_days: NonZeroU16,
    /// Event sources that a trail may leave out of its management events and still count as one that records them all. Keep it like the
    /// parameter of cloudtrail-multi-region-logging.
    pub allowed_excluded_sources: Vec<String>,
}

impl Default for Check {
    fn default() -> Self {
        Self { minimum_days: NonZeroU16::MIN.saturating_add(364), allowed_excluded_sources: trails::usually_excluded() }
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("cloudtrail-log-retention"),
        severity: Severity::Medium,
        scope: Scope::Account,
        cadence: Cadence::Daily,
        facts: &[FactKind::Trails, FactKind::OrganizationTrails, FactKind::TrailStorage],
        en: Text {
            title: "The multi-region trail's records are kept for a year",
            why: "Intrusions are often found months later. Records that were deleted by then cannot say what was done. And without any \
                  lifecycle rule, nobody has decided how long they are kept: they pile up, and so does their cost.",
            fails_when: "No multi-region trail that logs and delivers all management events (as cloudtrail-multi-region-logging wants it, \
                         with the same parameter allowed_excluded_sources) keeps its records: its bucket has an enabled lifecycle rule, no \
                         enabled rule that can touch the trail's objects deletes current ones earlier than after 365 days (parameter \
                         minimum_days), and its log group, if it has one in this account, keeps events that long or for ever. A rule can \
                         touch them if its prefix leads to AWSLogs/ and CloudTrail below the trail's own prefix; tags and sizes do not \
                         excuse it. One with a date deletes what is newer, too, from that day on. Versioning does not count: a deleted \
                         current version is gone for those who look. One good trail is enough. Fails, too, where there is no such trail. \
                         Not applicable where another account owns the bucket of every such trail: its owner's verdict covers it. Unknown \
                         where no trail is known to satisfy and one, its bucket or its log group could not be looked into.",
            fix_console: "S3, the trail's bucket, Management, Create lifecycle rule: one for the trail's prefix that moves objects to a \
                          cheaper class and expires current versions after 365 days or more. Delete or lengthen rules that expire them \
                          earlier. CloudWatch, Log groups, the trail's log group, Actions, Edit retention setting: 12 months or more.",
        },
        ja: Text {
            title: "マルチリージョンの証跡の記録が 1 年間保存される",
            why: "侵入は何か月も経ってから見つかることが多く、それまでに記録が削除されていると、何が行われたか分かりません。また、ライフサイクルルールが\
                  1 つもない状態は、保存期間を誰も決めていないということであり、記録も費用も増え続けます。",
            fails_when: "すべての管理イベントを記録して配信しているマルチリージョン証跡 (cloudtrail-multi-region-logging の基準と同じで、パラメータ \
                         allowed_excluded_sources も同じ意味です) のうち、記録の保存について次のすべてを満たすものが 1 つもない場合に不合格となります。\
                         バケットに有効なライフサイクルルールがあること。証跡のオブジェクトを対象にし得る有効なルールに、現行バージョンを 365 日 \
                         (パラメータ minimum_days) より早く削除するものがないこと。このアカウントのロググループにも配信している場合は、その保持期間が\
                         同じ日数以上または無期限であること。ルールのプレフィックスが、証跡のプレフィックス配下の AWSLogs/ と CloudTrail に及ぶ場合に、\
                         対象にし得ると判断します (タグやサイズの条件は考慮しません)。日付を指定したルールは、その日以降、新しいオブジェクトも削除する\
                         ものとみなします。削除された現行バージョンは参照する人には見えなくなるため、バージョニングは考慮しません。満たす証跡が 1 つ\
                         あれば合格です。該当する証跡自体がない場合も不合格です。該当する証跡のバケットがすべて別のアカウントの所有である場合は対象外\
                         です (所有者側で判定されます)。条件を満たす証跡が見つからず、証跡、バケット、ロググループのいずれかを確認できない場合は\
                         「不明」です。",
            fix_console: "S3 で証跡のバケットの「管理」を開き、「ライフサイクルルールを作成する」で、証跡のプレフィックスを対象に、安価なストレージクラスへの\
                          移行と、365 日以上経過した現行バージョンの有効期限切れを設定します。より早く削除するルールは、削除するか日数を延ばします。\
                          CloudWatch の「ロググループ」で証跡のロググループを選び、「アクション」の「保持設定を編集」で 12 か月以上にします。",
        },
        fix_cli: "# The names of the trail's bucket and log group.\n\
                  aws cloudtrail get-trail --name {resource}\n\
                  # The rules replace the present ones: keep those, but lengthen what expires too early. This one deletes nothing.\n\
                  aws s3api get-bucket-lifecycle-configuration --bucket \"$BUCKET\"\n\
                  aws s3api put-bucket-lifecycle-configuration --bucket \"$BUCKET\" --lifecycle-configuration \\\n  \
                  '{\"Rules\": [{\"ID\": \"archive\", \"Status\": \"Enabled\", \"Filter\": {\"Prefix\": \"AWSLogs/\"},\n    \
                  \"Transitions\": [{\"Days\": 90, \"StorageClass\": \"GLACIER_IR\"}]}]}'\n\
                  aws logs put-retention-policy --log-group-name \"$LOG_GROUP\" --retention-in-days 400",
        references: &[
            Reference {
                title: "Managing the lifecycle of objects",
                url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html",
            },
            Reference {
                title: "Working with log groups and log streams",
                url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
            },
        ],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let passing = "The records of a multi-region trail that records all management events are kept long enough.";
        let days = count(self.minimum_days.get().into(), "day");
        let wanted = format!("an enabled lifecycle rule and records kept for at least {days}");
        let storage = facts.get::<TrailStorage>()?;
        trails::of_that_trail(facts, &self.allowed_excluded_sources, &wanted, passing, |trail| {
            let Some(mut shortfalls) = self.of_bucket(storage, trail)? else {
                return Ok(Standing::Exempt("Another account owns the bucket that the trail delivers to."));
            };
            shortfalls.extend(self.of_log_group(facts, storage, trail)?);
            Ok(if shortfalls.is_empty() { Standing::Satisfied } else { Standing::Short(join(&shortfalls)) })
        })
    }
}

impl Check {
    /// What is wrong with the trail's bucket; `None` where another account owns it.
    fn of_bucket(&self, storage: &TrailStorage, trail: &Trail) -> Result<Option<Vec<String>>, Unseen> {
        let name = trail.s3_bucket.as_deref().unwrap_or_default();
        let bucket = storage.buckets.iter().find(|bucket| bucket.name == name);
        let bucket = bucket.ok_or_else(|| unclear(format!("the bucket {name} of the trail {} was not looked into", trail.arn)))?;
        let rules = match bucket.lifecycle.seen().map_err(contradiction)? {
            Lifecycle::OfAnotherAccount => return Ok(None),
            Lifecycle::Rules(rules) => rules,
        };
        let enabled = || rules.iter().filter(|rule| rule.enabled);
        if enabled().next().is_none() {
            return Ok(Some(vec![format!("no enabled lifecycle rule on the bucket {name}")]));
        }
        let touching = enabled().filter(|rule| touches(&rule.prefix, trail.s3_prefix.as_deref()));
        Ok(Some(touching.filter_map(|rule| self.too_early(rule, name)).collect()))
    }

    /// What a rule deletes too early.
    fn too_early(&self, rule: &LifecycleRule, bucket: &str) -> Option<String> {
        let when = match rule.expires.as_ref()? {
            Expiry::AfterDays(days) if *days >= i32::from(self.minimum_days.get()) => return None,
            Expiry::AfterDays(days) => format!("after {days} days"),
            Expiry::From(date) => format!("from {} on, however new they are", date.strftime("%Y-%m-%d")),
        };
        Some(format!("the lifecycle rule {} that deletes objects of the bucket {bucket} {when}", rule.id))
    }

    /// What is wrong with the trail's log group. One of another account is its owner's concern.
    fn of_log_group(&self, facts: &Facts<'_>, storage: &TrailStorage, trail: &Trail) -> Result<Option<String>, Unseen> {
        let own = |arn: &&str| !arn.is_empty() && !trails::is_of_another_account(arn, facts.context.account);
        let Some(arn) = trail.log_group_arn.as_deref().filter(own) else { return Ok(None) };
        let group = storage.log_groups.iter().find(|group| group.arn == arn);
        let group = group.ok_or_else(|| unclear(format!("the log group {arn} of the trail {} was not looked into", trail.arn)))?;
        Ok(match group.kept.seen().map_err(contradiction)? {
            Kept::ForEver => None,
            Kept::Days(days) if *days >= i32::from(self.minimum_days.get()) => None,
            Kept::Days(days) => Some(format!("a log group that keeps events for {days} days")),
            Kept::Nowhere => Some("a log group that does not exist".to_owned()),
        })
    }
}

/// Whether a rule with this prefix can touch what a trail with that prefix of its own delivers: objects below
/// `<prefix>/AWSLogs/[<organization>/]<account>/CloudTrail/`, and beside it below `CloudTrail-Digest/` and `CloudTrail-Insight/`.
fn touches(rule: &str, trail: Option<&str>) -> bool {
    let base = match trail.map(|prefix| prefix.trim_end_matches('/')).filter(|prefix| !prefix.is_empty()) {
        Some(prefix) => format!("{prefix}/AWSLogs/"),
        None => "AWSLogs/".to_owned(),
    };
    if base.starts_with(rule) {
        return true;
    }
    let Some(below) = rule.strip_prefix(&base) else { return false };
    let mut folders = below.split('/').peekable();
    let _organization = folders.next_if(|folder| folder.starts_with("o-"));
    let _account = folders.next();
    let Some(service) = folders.next() else { return true };
    // The last folder of a prefix may be the beginning of a name.
    service.starts_with("CloudTrail") || (folders.peek().is_none() && "CloudTrail".starts_with(service))
}

#[cfg(test)]
mod tests {
    use super::touches;

    #[test]
    fn a_prefix_that_leads_to_the_trail_s_objects_touches_them() {
        for prefix in [
            "",
            "AWS",
            "AWSLogs/",
            "AWSLogs/1111",
            "AWSLogs/111122223333/",
            "AWSLogs/111122223333/Cloud",
            "AWSLogs/111122223333/CloudTrail/eu-west-1/",
            "AWSLogs/111122223333/CloudTrail-Digest/",
            "AWSLogs/o-abc/",
            "AWSLogs/o-abc/111122223333/CloudTrail/",
        ] {
            assert!(touches(prefix, None), "{prefix}");
        }
        for prefix in [
            "tmp/",
            "awslogs/",
            "AWSLogs/111122223333/Config/",
            "AWSLogs/111122223333/C/",
            "AWSLogs/o-abc/111122223333/elasticloadbalancing/",
            "audit/AWSLogs/",
        ] {
            assert!(!touches(prefix, None), "{prefix}");
        }
        assert!(touches("audit/", Some("audit")));
        assert!(touches("audit/AWSLogs/111122223333/CloudTrail/", Some("audit/")));
        assert!(!touches("AWSLogs/", Some("audit")));
        assert!(!touches("audit/other/", Some("audit")));
    }
}
