// guardduty-enabled: somebody watches the region for threats.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::guardduty::Detectors,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Facts, Rule, catalog::shared::arn};

/// The check. It has no parameters.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("guardduty-enabled"),
        severity: Severity::High,
        scope: Scope::Region,
        cadence: Cadence::Frequent,
        facts: &[FactKind::Detectors],
        en: Text {
            title: "GuardDuty is on in the region",
            why: "GuardDuty reads CloudTrail events, VPC flow logs and DNS queries for signs of stolen credentials, crypto-mining and \
                  intrusion. Attackers like regions that nobody uses, so a region without it is where they go unseen.",
            fails_when: "The region has no detector, or none that is enabled; a suspended detector is not. Not applicable where AWS does not \
                         offer GuardDuty.",
            fix_console: "In an organization: GuardDuty in the delegated administrator's account and the same region, Accounts, turn on \
                          auto-enable for all accounts.\n\nA single account: GuardDuty in the region, Get started, Enable GuardDuty; where it \
                          is suspended, Settings, Re-enable.",
        },
        ja: Text {
            title: "リージョンで GuardDuty が有効になっている",
            why: "GuardDuty は CloudTrail のイベント、VPC フローログ、DNS クエリを分析し、認証情報の窃取、暗号資産のマイニング、侵入の兆候を検出\
                  します。攻撃者は使われていないリージョンを好むため、無効なリージョンでの攻撃は気付かれません。",
            fails_when: "リージョンにディテクターがない、または有効なディテクターがない場合 (一時停止を含む) に不合格となります。GuardDuty が提供\
                         されていないリージョンは対象外です。",
            fix_console: "Organizations を利用している場合は、委任管理者アカウントの同じリージョンの GuardDuty で「アカウント」を開き、すべての\
                          アカウントの自動有効化をオンにします。\n\n単独のアカウントでは、対象リージョンの GuardDuty を開いて「GuardDuty を\
                          有効にする」を選択します。一時停止している場合は「設定」から再開します。",
        },
        fix_cli: "# Where the region has no detector:\naws guardduty create-detector --region {region} --enable\n\
                  # Where there is one that is disabled:\naws guardduty update-detector --region {region} --detector-id {resource} --enable",
        references: &[
            Reference {
                title: "Getting started with GuardDuty",
                url: "https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_settingup.html",
            },
            Reference {
                title: "Managing GuardDuty accounts with AWS Organizations",
                url: "https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_organizations.html",
            },
        ],
        mappings: Mappings { cis_v3: None, cis_v5: None, fsbp: Some("GuardDuty.1") },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let detectors = &facts.get::<Detectors>()?.detectors;
        if detectors.iter().any(|detector| detector.status == "ENABLED") {
            return Ok(Verdict::pass("The region has an enabled detector."));
        }
        if detectors.is_empty() {
            let account = facts.context.account.to_string();
            return Ok(Verdict::fail(Finding::new(account, "observed no detector in the region, wanted one that is ENABLED")));
        }
        let disabled = detectors.iter().map(|detector| {
            Finding::new(&detector.id, format!("observed detector status {}, wanted ENABLED", detector.status)).with_arn(arn(
                facts.context,
                "guardduty",
                &format!("detector/{}", detector.id),
            ))
        });
        Ok(Verdict::Fail(disabled.collect()))
    }
}
