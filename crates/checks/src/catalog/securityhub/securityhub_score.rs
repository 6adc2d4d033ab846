// securityhub-score: most of Security Hub's controls pass.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Activation, Reference, Text},
    fact::securityhub::SecurityHubScore,
};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::Error};

use crate::{
    Facts, Rule,
    catalog::shared::{count, unclear},
};

/// The check and its parameters.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// The share of the controls that must pass, from 0 to 1.
    #[serde(deserialize_with = "share")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub minimum_score: f64,
}

impl Default for Check {
    fn default() -> Self {
        Self { minimum_score: 0.8 }
    }
}

fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let share = f64::deserialize(deserializer)?;
    if (0.0..=1.0).contains(&share) {
        Ok(share)
    } else {
        Err(D::Error::custom(format!("{share} is out of range: it is a share from 0 to 1")))
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("securityhub-score"),
        severity: Severity::Low,
        scope: Scope::Region,
        cadence: Cadence::Daily,
        activation: Activation::ByName,
        facts: &[FactKind::SecurityHubScore],
        en: Text {
            title: "The region's Security Hub score is high enough",
            why: "A list of failed controls grows silently. The share that passes shows at a glance whether a region gets better or worse, \
                  and a floor under it makes somebody look in time.",
            fails_when: "Less than 0.8 (parameter minimum_score) of the controls that came to a result pass, in the account and region alone; \
                         also where the account is not subscribed to Security Hub. Counted as AWS does: active findings that are not \
                         suppressed; a control failed if one of them failed, and passed if all of them passed; controls that came to no \
                         result are left out; a control that several standards share counts once. Not applicable where no control has a \
                         finding, because no standard is on or its first checks are still to come, or where AWS does not offer Security \
                         Hub. Unknown where no control came to a result, or where there are more than 100,000 findings. Off by default: \
                         reading all findings is slow (AWS answers three requests a second).",
            fix_console: "Security Hub CSPM in the region, Controls, filter by the status Failed, sort by severity: open a control, follow \
                          its remediation, or disable the control or suppress its finding with a note where the risk is accepted. The \
                          score follows within a day.",
        },
        ja: Text {
            title: "リージョンの Security Hub のスコアが基準以上である",
            why: "失敗したコントロールの一覧は気付かないうちに増えていきます。合格の割合を見れば、リージョンの状態が良くなっているか悪くなっているかが\
                  ひと目で分かり、下限を設けることで手遅れになる前に対応できます。",
            fails_when: "結果の出たコントロールのうち合格の割合が、そのアカウントとリージョンで 0.8 (パラメータ minimum_score) 未満の場合に不合格となります。\
                         Security Hub が無効な場合も不合格です。数え方は AWS と同じです。抑制されていないアクティブな検出結果を対象に、1 件でも失敗が\
                         あれば失敗、すべて合格なら合格とし、結果の出ていないコントロールは除き、複数の標準に共通のコントロールは 1 回だけ数えます。有効な標準が\
                         ない、または初回の評価前で、検出結果を持つコントロールがない場合と、Security Hub が提供されていないリージョンは対象外です。結果の\
                         出たコントロールがない場合と、検出結果が 10 万件を超える場合は「不明」です。読み取りに時間がかかる (毎秒 3 リクエスト) ため、\
                         デフォルトでは無効です。",
            fix_console: "対象リージョンの Security Hub CSPM の「コントロール」で状態「失敗」を絞り込み、重大度順に開いて修復手順に従います。リスクを受け入れる\
                          場合は、コントロールを無効にするか、理由を付けて検出結果を抑制します。スコアは 1 日以内に更新されます。",
        },
        fix_cli: "# What fails, the most severe first:\n\
                  aws securityhub get-findings --region {region} --sort-criteria Field=SeverityLabel,SortOrder=desc --filters \\\n  \
                  '{\"AwsAccountId\":[{\"Value\":\"{account}\",\"Comparison\":\"EQUALS\"}],\"Region\":[{\"Value\":\"{region}\",\"Comparison\":\"EQUALS\"}],\"ComplianceStatus\":[{\"Value\":\"FAILED\",\"Comparison\":\"EQUALS\"}],\"RecordState\":[{\"Value\":\"ACTIVE\",\"Comparison\":\"EQUALS\"}],\"WorkflowStatus\":[{\"Value\":\"SUPPRESSED\",\"Comparison\":\"NOT_EQUALS\"}]}' \\\n  \
                  --query 'Findings[].[Compliance.SecurityControlId,Severity.Label,Resources[0].Id,Remediation.Recommendation.Url]' --output table",
        references: &[
            Reference {
                title: "Calculating security scores",
                url: "https://docs.aws.amazon.com/securityhub/latest/userguide/standards-security-score.html",
            },
            Reference {
                title: "Evaluating compliance status and control status",
                url: "https://docs.aws.amazon.com/securityhub/latest/userguide/controls-overall-status.html",
            },
        ],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let hub = facts.get::<SecurityHubScore>()?;
        let account = facts.context.account.to_string();
        if !hub.subscribed {
            let reason = "observed no subscription to Security Hub in the region, wanted a score";
            return Ok(Verdict::fail(Finding::new(account, reason)));
        }
        let Some(score) = hub.score() else {
            if hub.undecided_controls == 0 {
                return Ok(Verdict::not_applicable("No control of Security Hub has a finding in the region."));
            }
            return Err(unclear(format!("none of {} of Security Hub came to a result", count(hub.undecided_controls, "control"))));
        };
        let of = format!("{} of {}", hub.passed_controls, count(hub.passed_controls + hub.failed_controls, "control"));
        if score >= self.minimum_score {
            return Ok(Verdict::pass(format!("{of} passed.")));
        }
        let reason = format!("observed {of} passed ({:.1} %), wanted at least {} %", floor(score), self.minimum_score * 100.0);
        Ok(Verdict::fail(Finding::new(account, reason)))
    }
}

/// In percent with one place, never rounded up to what it did not reach.
fn floor(share: f64) -> f64 {
    (share * 1_000.0).floor() / 10.0
}
