// securityhub-enabled: the region's findings come together in Security Hub.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::securityhub::SecurityHub,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Facts, Rule};

/// The check. It has no parameters.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("securityhub-enabled"),
        severity: Severity::High,
        scope: Scope::Region,
        cadence: Cadence::Frequent,
        facts: &[FactKind::SecurityHub],
        en: Text {
            title: "Security Hub is on in the region",
            why: "Security Hub collects the findings of GuardDuty, Inspector, Macie and others in one place and checks the region against \
                  security standards day and night. Where it is off, findings stay scattered and nobody sees them.",
            fails_when: "The account is not subscribed to Security Hub in the region. Not applicable where AWS does not offer Security Hub.",
            fix_console: "In an organization: Security Hub CSPM in the delegated administrator's account, Configuration, and enable the \
                          account by a central configuration policy.\n\nA single account: Security Hub CSPM in the region, Go to Security \
                          Hub CSPM, choose the standards, Enable. Most of its controls need AWS Config to record.",
        },
        ja: Text {
            title: "リージョンで Security Hub が有効になっている",
            why: "Security Hub は GuardDuty、Inspector、Macie などの検出結果を 1 か所に集め、セキュリティ標準に沿ってリージョンを継続的に評価\
                  します。無効なリージョンでは検出結果が散らばったまま見落とされます。",
            fails_when: "アカウントがそのリージョンで Security Hub を有効にしていない場合に不合格となります。Security Hub が提供されていない\
                         リージョンは対象外です。",
            fix_console: "Organizations を利用している場合は、委任管理者アカウントの Security Hub CSPM の「設定」で、中央設定ポリシーを使って対象\
                          アカウントを有効にします。\n\n単独のアカウントでは、対象リージョンの Security Hub CSPM を開き、標準を選んで「有効化」を\
                          選択します。多くのコントロールには AWS Config の記録が必要です。",
        },
        fix_cli: "aws securityhub enable-security-hub --region {region} --enable-default-standards",
        references: &[
            Reference {
                title: "Enabling Security Hub CSPM",
                url: "https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-settingup.html",
            },
            Reference {
                title: "Understanding central configuration in Security Hub CSPM",
                url: "https://docs.aws.amazon.com/securityhub/latest/userguide/central-configuration-intro.html",
            },
        ],
        mappings: Mappings { cis_v3: Some("4.16"), cis_v5: Some("4.16"), fsbp: None },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        Ok(match facts.get::<SecurityHub>()? {
            SecurityHub::Hub(_) => Verdict::pass("The account has a Security Hub hub in the region."),
            SecurityHub::NotSubscribed => Verdict::fail(Finding::new(
                facts.context.account.to_string(),
                "observed no subscription to Security Hub in the region, wanted a hub",
            )),
        })
    }
}
