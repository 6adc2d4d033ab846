// cloudtrail-insights-enabled: CloudTrail itself says when somebody calls far more than usual.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::cloudtrail::{OrganizationTrailInsights, Trail, TrailInsights},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::{
        shared::{contradiction, join, unclear},
        trails::{self, Standing},
    },
};

const CALL_RATE: &str = "ApiCallRateInsight";
const ERROR_RATE: &str = "ApiErrorRateInsight";

/// The check and its parameters.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// Whether Insights must look at the rate of errors (`ApiErrorRateInsight`), too.
    pub error_rate: bool,
    /// Event sources that a trail may leave out of its management events and still count as one that records them all. Keep it like the
    /// parameter of cloudtrail-multi-region-logging.
    pub allowed_excluded_sources: Vec<String>,
}

impl Default for Check {
    fn default() -> Self {
        Self { error_rate: false, allowed_excluded_sources: trails::usually_excluded() }
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("cloudtrail-insights-enabled"),
        severity: Severity::Low,
        scope: Scope::Account,
        cadence: Cadence::Daily,
        facts: &[FactKind::Trails, FactKind::OrganizationTrails, FactKind::TrailInsights, FactKind::OrganizationTrailInsights],
        en: Text {
            title: "CloudTrail Insights watches the rate of calls",
            why: "An intruder's script calls far more often than people and programs usually do. Insights learns what is usual and records an \
                  event when the rate of write calls leaves it, without anybody having to know a threshold.",
            fails_when: "No multi-region trail that logs and delivers all management events (as cloudtrail-multi-region-logging wants it, \
                         with the same parameter allowed_excluded_sources), of the account or of its organization, has ApiCallRateInsight on \
                         for management events. One that has is enough. With the parameter error_rate, ApiErrorRateInsight must be on, too. \
                         Fails, too, where there is no such trail. Only its owner, the management account, may ask this of an organization \
                         trail, so it is asked there. Unknown where no trail is known to satisfy and one could not be looked into. AWS \
                         charges for the events that Insights analyses.",
            fix_console: "CloudTrail in the account that owns the trail, Trails, open the trail, Insights events, Edit: tick Insights events, \
                          then API call rate, Save changes. AWS charges for the events that are analysed.",
        },
        ja: Text {
            title: "CloudTrail Insights が API 呼び出しの頻度を監視している",
            why: "侵入者のスクリプトは、人や通常のプログラムよりはるかに高い頻度で API を呼び出します。Insights は普段の頻度を学習し、書き込み系の呼び出し\
                  がそこから外れるとイベントを記録します。しきい値をあらかじめ決めておく必要はありません。",
            fails_when: "アカウントまたは組織のマルチリージョン証跡のうち、すべての管理イベントを記録して配信しているもの \
                         (cloudtrail-multi-region-logging の基準と同じで、パラメータ allowed_excluded_sources も同じ意味です) の中に、管理イベントに\
                         対する ApiCallRateInsight が有効なものが 1 つもない場合に不合格となります。1 つあれば合格です。パラメータ error_rate を\
                         指定すると、ApiErrorRateInsight も必要になります。該当する証跡自体がない場合も不合格です。組織の証跡については、所有者で\
                         ある管理アカウントだけが確認できるため、管理アカウントで確認します。条件を満たす証跡が見つからず、内容を確認できない証跡が\
                         ある場合は「不明」です。Insights が分析するイベントには AWS の料金がかかります。",
            fix_console: "証跡を所有するアカウントの CloudTrail の「証跡」で証跡を開き、「Insights イベント」の「編集」を選びます。「Insights イベント」を\
                          オンにし、「API コールレート」を選択して変更を保存します。分析されるイベントには料金がかかります。",
        },
        fix_cli: "# In the account and home region that own the trail. AWS charges for the events that are analysed.\n\
                  aws cloudtrail put-insight-selectors --trail-name {resource} \\\n  \
                  --insight-selectors '[{\"InsightType\": \"ApiCallRateInsight\"}]'",
        references: &[Reference {
            title: "Working with CloudTrail Insights",
            url: "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-insights-events-with-cloudtrail.html",
        }],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let passing = "CloudTrail Insights watches the rate of calls of a multi-region trail that records all management events.";
        let kinds: &[&str] = if self.error_rate { &[CALL_RATE, ERROR_RATE] } else { &[CALL_RATE] };
        let wanted = format!("{} on", join(kinds));
        trails::of_that_trail(facts, &self.allowed_excluded_sources, &wanted, passing, |trail| {
            let on = insights(facts, trail)?;
            Ok(if kinds.iter().all(|kind| on.iter().any(|it| it == kind)) {
                Standing::Satisfied
            } else if on.is_empty() {
                Standing::Short("Insights off for management events".to_owned())
            } else {
                Standing::Short(format!("only {} on", join(on)))
            })
        })
    }
}

/// What Insights looks for in a trail. Only its owner may ask.
fn insights<'a>(facts: &Facts<'a>, trail: &Trail) -> Result<&'a [String], Unseen> {
    let elsewhere = trails::owned_elsewhere(trail, facts.context.account);
    let asked = if elsewhere {
        &facts.get::<OrganizationTrailInsights>().map_err(contradiction)?.trails
    } else {
        &facts.get::<TrailInsights>().map_err(contradiction)?.trails
    };
    let missing = || {
        if elsewhere { trails::not_the_owners(trail) } else { unclear(format!("the trail {} came without its Insights", trail.arn)) }
    };
    Ok(asked.iter().find(|it| it.arn == trail.arn).ok_or_else(missing)?.kinds.seen().map_err(contradiction)?)
}
