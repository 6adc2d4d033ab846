// cloudtrail-s3-data-events: whoever reads or changes an object is on record, not only who changes its bucket.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::cloudtrail::{ClassicSelector, EventSelectors, FieldSelector, Trail},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::{
        shared::join,
        trails::{self, Recorded},
    },
};

const OBJECT: &str = "AWS::S3::Object";

/// The check and its parameters.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// Whether the objects of every bucket must be covered, those of future buckets included. Otherwise any selection of buckets will do.
    pub every_bucket: bool,
    /// Which events must be recorded.
    pub events: Events,
}

/// Events on objects.
#[derive(Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Events {
    /// Reads and writes.
    #[default]
    ReadAndWrite,
    /// Reads, such as `GetObject`.
    Read,
    /// Writes, such as `PutObject` and `DeleteObject`.
    Write,
}

impl Default for Check {
    fn default() -> Self {
        Self { every_bucket: true, events: Events::ReadAndWrite }
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("cloudtrail-s3-data-events"),
        severity: Severity::Low,
        scope: Scope::Account,
        cadence: Cadence::Daily,
        facts: &[FactKind::Trails, FactKind::OrganizationTrails],
        en: Text {
            title: "A multi-region trail records S3 object events",
            why: "Management events say who made a bucket, not who read the customer data in it. Only data events do, and they cannot be had \
                  afterwards.",
            fails_when: "The multi-region trails, of the account or of its organization, that are logging and delivered to S3 without error \
                         do not, together, record the read and the write events (parameter events) of the objects of every bucket. They \
                         need not be the trails that record management events. A classic selector has to name arn:aws:s3, which stands for \
                         all buckets. An advanced selector may be limited by readOnly, and may leave out the bucket that its own trail \
                         delivers to, which AWS recommends; any other limit does not count. With the parameter every_bucket off, a \
                         selection of buckets will do. Only its owner, the management account, may read an organization trail's selectors, \
                         so they are read there. Unknown where the known trails do not suffice and one could not be looked into. AWS \
                         charges for data events.",
            fix_console: "CloudTrail in the account that owns the trail, Trails, open the trail, Data events, Edit: add the resource type S3 \
                          with the log selector template Log all events, Save changes. AWS charges for each event: a trail of its own for \
                          data events helps to see what they cost.",
        },
        ja: Text {
            title: "マルチリージョンの証跡が S3 オブジェクトのイベントを記録している",
            why: "管理イベントで分かるのはバケットを作成した人であり、中の顧客データを読んだ人ではありません。それを記録するのはデータイベントだけで、後から\
                  入手することはできません。",
            fails_when: "アカウントまたは組織のマルチリージョン証跡のうち、ログ記録中で S3 への直近の配信にエラーがないものを合わせても、すべてのバケットの\
                         オブジェクトに対する読み取りと書き込みのイベント (パラメータ events) が記録されない場合に不合格となります。管理イベントを記録する\
                         証跡と同じである必要はありません。従来のセレクターでは、全バケットを表す arn:aws:s3 の指定が必要です。高度なセレクターでは、\
                         readOnly による絞り込みと、AWS が推奨する、その証跡自身の配信先バケットの除外だけを認め、それ以外の条件で絞り込まれたものは\
                         数えません。パラメータ every_bucket をオフにすると、一部のバケットだけの記録も認めます。組織の証跡のセレクターは、所有者で\
                         ある管理アカウントだけが読み取れるため、管理アカウントで確認します。確認できた証跡だけでは足りず、内容を確認できない証跡が\
                         ある場合は「不明」です。データイベントには AWS の料金がかかります。",
            fix_console: "証跡を所有するアカウントの CloudTrail の「証跡」で証跡を開き、「データイベント」の「編集」を選びます。リソースタイプ「S3」を追加し、\
                          ログセレクターテンプレートで「すべてのイベントをログに記録する」を選択して変更を保存します。イベントごとに料金がかかるため、\
                          データイベント専用の証跡を作ると費用を把握しやすくなります。",
        },
        fix_cli: "# In the account and home region that own the trail. The selectors replace the present ones, so keep what they record.\n\
                  # AWS charges for each data event.\n\
                  aws cloudtrail get-event-selectors --trail-name {resource}\n\
                  aws cloudtrail put-event-selectors --trail-name {resource} --event-selectors \\\n  \
                  '[{\"ReadWriteType\": \"All\", \"IncludeManagementEvents\": true,\n    \
                  \"DataResources\": [{\"Type\": \"AWS::S3::Object\", \"Values\": [\"arn:aws:s3\"]}]}]'",
        references: &[Reference {
            title: "Logging data events",
            url: "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html",
        }],
        mappings: Mappings { cis_v3: Some("3.8, 3.9"), cis_v5: Some("3.8, 3.9"), fsbp: None },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let wanted = format!("wanted the {} events of the objects of {} recorded", self.events.words(), self.buckets());
        let mut together = Recorded { reads: false, writes: false };
        let (mut findings, mut not_seen) = (Vec::new(), None);
        for trail in trails::multi_region(facts)? {
            match self.selected(facts, trail) {
                Ok(None) => {}
                Ok(Some(selected)) => {
                    together = with(together, &selected);
                    if let Some(observed) = self.gap(&selected) {
                        findings.push(Finding::new(&trail.name, format!("observed {observed}, {wanted}")).with_arn(&trail.arn));
                    }
                }
                Err(unseen) => not_seen = not_seen.or(Some(unseen)),
            }
        }
        if self.events.missing_in(together).is_none() {
            return Ok(Verdict::pass("The multi-region trails record S3 object events."));
        }
        // A trail that was not seen could record what is missing.
        if let Some(unseen) = not_seen {
            return Err(unseen);
        }
        if findings.is_empty() {
            let observed = "observed no multi-region trail that is logging and delivers to S3 without error";
            findings.push(Finding::new(facts.context.account.to_string(), format!("{observed}, {wanted}")));
        }
        Ok(Verdict::Fail(findings))
    }
}

/// What a selector of S3 objects records of every wanted bucket, or how it is limited.
type Selected = Result<Recorded, String>;

impl Check {
    /// What the selectors of a trail say of S3 objects; `None` of a trail that records or delivers nothing.
    fn selected(&self, facts: &Facts<'_>, trail: &Trail) -> Result<Option<Vec<Selected>>, Unseen> {
        let lost = !trails::delivery_shortfalls(trail)?.is_empty();
        let selectors = trails::selectors(facts, trail)?;
        if lost {
            return Ok(None);
        }
        let partition = facts.context.home_region.partition();
        Ok(Some(match selectors {
            EventSelectors::Classic(selectors) => selectors.iter().flat_map(|selector| self.classic(selector, partition)).collect(),
            EventSelectors::Advanced(selectors) => {
                let own = format!("arn:{partition}:s3:::{}/", trail.s3_bucket.as_deref().unwrap_or_default());
                let of_objects = |list: &&Vec<FieldSelector>| trails::is_about(list, "Data") && is_about_objects(list);
                selectors.iter().filter(of_objects).map(|list| self.advanced(list, &own)).collect()
            }
        }))
    }

    /// What a classic selector says of S3 objects. Two spellings stand for all buckets.
    fn classic(&self, selector: &ClassicSelector, partition: &str) -> Vec<Selected> {
        let objects = selector.data_resources.iter().filter(|resource| resource.kind == OBJECT && !resource.values.is_empty());
        let all = [format!("arn:{partition}:s3"), format!("arn:{partition}:s3:::")];
        let selected = objects.map(|resource| {
            if self.every_bucket && !resource.values.iter().any(|value| all.contains(value)) {
                return Err(format!("a selector is limited to {}", join(&resource.values)));
            }
            trails::by_type(selector)
        });
        selected.collect()
    }

    /// What an advanced selector of S3 objects records. All of its conditions must hold, so one that is not understood may leave out
    /// anything. A trail that leaves out its own bucket, whose name begins with `own`, does not record its own records: that is good.
    fn advanced(&self, conditions: &[FieldSelector], own: &str) -> Selected {
        let mut recorded = Recorded { reads: true, writes: true };
        for condition in conditions {
            let only_leaves_out_own =
                condition.has_only_not_starts_with() && condition.not_starts_with.iter().all(|value| value.starts_with(own));
            match condition.field.as_str() {
                "eventCategory" | "resources.type" => {}
                "readOnly" if condition.has_only_equals() => recorded = trails::by_read_only(recorded, condition),
                "resources.ARN" if !self.every_bucket || only_leaves_out_own => {}
                field => return Err(format!("a selector is limited by {field}")),
            }
        }
        Ok(recorded)
    }

    /// What a trail leaves out.
    fn gap(&self, selected: &[Selected]) -> Option<String> {
        let missing = self.events.missing_in(with(Recorded { reads: false, writes: false }, selected))?;
        let limits: Vec<&str> = selected.iter().filter_map(|it| it.as_ref().err()).map(String::as_str).collect();
        Some(if limits.is_empty() {
            format!("{missing} events of S3 objects not recorded")
        } else {
            format!("{missing} events of S3 objects not fully recorded ({})", join(&limits))
        })
    }

    const fn buckets(&self) -> &'static str {
        if self.every_bucket { "every bucket" } else { "some bucket" }
    }
}

impl Events {
    const fn words(self) -> &'static str {
        match self {
            Self::ReadAndWrite => "read and write",
            Self::Read => "read",
            Self::Write => "write",
        }
    }

    /// Which of the wanted events are missing in what is recorded.
    const fn missing_in(self, recorded: Recorded) -> Option<&'static str> {
        let (reads, writes) = (matches!(self, Self::Read | Self::ReadAndWrite), matches!(self, Self::Write | Self::ReadAndWrite));
        match (reads && !recorded.reads, writes && !recorded.writes) {
            (false, false) => None,
            (true, false) => Some("read"),
            (false, true) => Some("write"),
            (true, true) => Some("read and write"),
        }
    }
}

/// What is recorded with these selectors, too.
fn with(recorded: Recorded, selected: &[Selected]) -> Recorded {
    let more = selected.iter().flatten();
    more.fold(recorded, |sum, it| Recorded { reads: sum.reads || it.reads, writes: sum.writes || it.writes })
}

fn is_about_objects(conditions: &[FieldSelector]) -> bool {
    conditions.iter().any(|condition| {
        condition.field == "resources.type" && condition.has_only_equals() && condition.equals.iter().any(|value| value == OBJECT)
    })
}
