// cloudtrail-multi-region-logging: whatever is done in the account, in whatever region, is on record.

use orgsweep_model::{
    AccountId, Cadence, CheckId, CheckMeta, FactKind, Finding, Observed, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::cloudtrail::{ClassicSelector, EventSelectors, FieldSelector, OrganizationTrails, Trail, Trails},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::shared::{contradiction, join, unclear},
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
        Self { allowed_excluded_sources: vec!["kms.amazonaws.com".to_owned(), "rdsdata.amazonaws.com".to_owned()] }
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
        let trails = &facts.get::<Trails>()?.trails;
        let mut not_seen = None;
        let mut findings = Vec::new();
        for trail in trails.iter().filter(|trail| trail.multi_region) {
            match self.shortfalls(facts, trail) {
                Ok(shortfalls) if shortfalls.is_empty() => {
                    return Ok(Verdict::pass("A multi-region trail records all management events and delivers them to S3."));
                }
                Ok(shortfalls) => {
                    let reason = format!("observed {}, {WANTED}", join(&shortfalls));
                    findings.push(Finding::new(&trail.name, reason).with_arn(&trail.arn));
                }
                Err(unseen) => not_seen = not_seen.or(Some(unseen)),
            }
        }
        // A trail that was not seen could be the good one.
        if let Some(unseen) = not_seen {
            return Err(unseen);
        }
        if findings.is_empty() {
            let names: Vec<&str> = trails.iter().map(|trail| trail.name.as_str()).collect();
            let observed = if names.is_empty() { "no trail".to_owned() } else { format!("only single-region trails ({})", join(&names)) };
            findings.push(Finding::new(facts.context.account.to_string(), format!("observed {observed}, {WANTED}")));
        }
        Ok(Verdict::Fail(findings))
    }
}

/// What a selector records of the management events of every source.
struct Recorded {
    reads: bool,
    writes: bool,
}

impl Check {
    /// Everything that is wrong with a trail.
    fn shortfalls(&self, facts: &Facts<'_>, trail: &Trail) -> Result<Vec<String>, Unseen> {
        let status = part(trail, "status", trail.status.as_ref())?;
        let selectors = if owned_elsewhere(trail, facts.context.account) {
            selectors_from_owner(facts, trail)?
        } else {
            part(trail, "event selectors", trail.selectors.as_ref())?
        };

        let mut shortfalls = Vec::new();
        if !status.logging {
            shortfalls.push("logging off".to_owned());
        }
        if let Some(error) = status.latest_delivery_error.as_deref().filter(|error| !error.is_empty()) {
            shortfalls.push(format!("the delivery error {error}"));
        }
        if trail.s3_bucket.as_deref().unwrap_or_default().is_empty() {
            shortfalls.push("no S3 bucket".to_owned());
        }
        shortfalls.extend(self.gap(selectors));
        Ok(shortfalls)
    }

    /// What the selectors together leave out.
    fn gap(&self, selectors: &EventSelectors) -> Option<String> {
        let selected: Vec<Result<Recorded, String>> = match selectors {
            EventSelectors::Classic(selectors) => {
                selectors.iter().filter(|selector| selector.include_management_events).map(|selector| self.classic(selector)).collect()
            }
            EventSelectors::Advanced(selectors) => {
                selectors.iter().filter(|conditions| about_management_events(conditions)).map(|list| self.advanced(list)).collect()
            }
        };
        let missing = match (selected.iter().flatten().any(|it| it.reads), selected.iter().flatten().any(|it| it.writes)) {
            (true, true) => return None,
            (true, false) => "write",
            (false, true) => "read",
            (false, false) => "read and write",
        };
        let limits: Vec<&str> = selected.iter().filter_map(|it| it.as_ref().err()).map(String::as_str).collect();
        Some(if limits.is_empty() {
            format!("{missing} management events not recorded")
        } else {
            format!("{missing} management events not fully recorded ({})", join(&limits))
        })
    }

    /// What a classic selector of management events records, or how it is limited.
    fn classic(&self, selector: &ClassicSelector) -> Result<Recorded, String> {
        self.tolerate(&selector.exclude_sources)?;
        match selector.read_write_type.as_str() {
            "All" => Ok(Recorded { reads: true, writes: true }),
            "ReadOnly" => Ok(Recorded { reads: true, writes: false }),
            "WriteOnly" => Ok(Recorded { reads: false, writes: true }),
            other => Err(format!("a selector has the type {other}")),
        }
    }

    /// The same of an advanced selector. All of its conditions must hold, so one that is not understood may leave out anything.
    fn advanced(&self, conditions: &[FieldSelector]) -> Result<Recorded, String> {
        let mut recorded = Recorded { reads: true, writes: true };
        for condition in conditions.iter().filter(|condition| condition.field != "eventCategory") {
            let only_equals = !condition.equals.is_empty() && condition.not_equals.is_empty() && !condition.other_operators;
            let only_not_equals = condition.equals.is_empty() && !condition.not_equals.is_empty() && !condition.other_operators;
            match condition.field.as_str() {
                "readOnly" if only_equals => {
                    recorded.reads &= condition.equals.iter().any(|value| value == "true");
                    recorded.writes &= condition.equals.iter().any(|value| value == "false");
                }
                "eventSource" if only_not_equals => self.tolerate(&condition.not_equals)?,
                field => return Err(format!("a selector is limited by {field}")),
            }
        }
        Ok(recorded)
    }

    fn tolerate(&self, excluded: &[String]) -> Result<(), String> {
        let wrong: Vec<&str> =
            excluded.iter().filter(|source| !self.allowed_excluded_sources.contains(source)).map(String::as_str).collect();
        if wrong.is_empty() { Ok(()) } else { Err(format!("a selector leaves out {}", join(&wrong))) }
    }
}

/// A part of a trail that is asked for trail by trail.
fn part<'a, T>(trail: &Trail, what: &str, observed: Option<&'a Observed<T>>) -> Result<&'a T, Unseen> {
    observed.ok_or_else(|| unclear(format!("the trail {} came without its {what}", trail.arn)))?.seen().map_err(contradiction)
}

/// Whether another account owns the trail. The mark of an organization trail does not tell: its owner sees it too.
fn owned_elsewhere(trail: &Trail, account: AccountId) -> bool {
    trail.arn.split(':').nth(4).and_then(|owner| owner.parse::<AccountId>().ok()).is_some_and(|owner| owner != account)
}

/// The selectors of another account's trail, which only that account may ask for.
fn selectors_from_owner<'a>(facts: &Facts<'a>, trail: &Trail) -> Result<&'a EventSelectors, Unseen> {
    let owned = &facts.get::<OrganizationTrails>().map_err(contradiction)?.trails;
    let found = owned.iter().find(|owned| owned.arn == trail.arn);
    let missing = || unclear(format!("the trail {} is not among the organization trails of the management account", trail.arn));
    found.ok_or_else(missing)?.selectors.seen().map_err(contradiction)
}

fn about_management_events(conditions: &[FieldSelector]) -> bool {
    conditions.iter().any(|condition| {
        condition.field == "eventCategory"
            && condition.equals == ["Management"]
            && condition.not_equals.is_empty()
            && !condition.other_operators
    })
}
