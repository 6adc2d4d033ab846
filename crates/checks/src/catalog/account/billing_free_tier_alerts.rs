// billing-free-tier-alerts: AWS's own first warning about money is on.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, Scope, Severity, Unseen, Verdict,
    check::{Attestable, Reference, Text},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Facts, Rule, catalog::shared::needs_attestation};

/// The check. It has no parameters.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("billing-free-tier-alerts"),
        severity: Severity::Low,
        scope: Scope::Account,
        cadence: Cadence::Daily,
        attestable: Attestable::WhenUnknown,
        facts: &[],
        en: Text {
            title: "Free-tier and billing alert e-mails are on",
            why: "These two settings cost nothing and warn of a forgotten test or a stolen key before the bill does. CloudWatch has figures \
                  about charges, which billing alarms need, only where billing alerts are on.",
            fails_when: "It never fails by itself, because no API shows the settings: the verdict is unknown until an attestation says that free \
                         tier usage alerts and CloudWatch billing alerts are on. After the attestation's end it is unknown again.",
            fix_console: "Billing and Cost Management, Billing preferences, Alert preferences, Edit: tick Receive AWS Free Tier usage alerts and \
                          Receive CloudWatch billing alerts, and add an address that somebody reads. In an organization the management account \
                          decides about some of it. Then write the attestation.",
        },
        ja: Text {
            title: "無料利用枠と請求のアラートメールが有効になっている",
            why: "この 2 つの設定は無料で、消し忘れた検証環境や盗まれたキーによる課金に、請求書より早く気付けます。請求アラームに必要な CloudWatch の\
                  料金メトリクスも、請求アラートが有効な場合にだけ記録されます。",
            fails_when: "設定を確認できる API がないため、自動的に不合格になることはありません。無料利用枠の使用アラートと CloudWatch 請求アラートが有効で\
                         あることが証明に記載されるまで「不明」です。有効期限を過ぎると再び「不明」になります。",
            fix_console: "「請求とコスト管理」の「請求設定」で「アラート設定」の「編集」を選び、「AWS 無料利用枠の使用アラートを受信する」と「CloudWatch 請求\
                          アラートを受信する」をオンにし、確認する人のメールアドレスを追加します。組織では一部の設定を管理アカウントで行います。その後、\
                          証明を書いてください。",
        },
        references: &[Reference {
            title: "Using the Billing preferences page",
            url: "https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/billing-pref.html",
        }],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, _: &Facts<'_>) -> Result<Verdict, Unseen> {
        Err(needs_attestation("no API shows whether free-tier and billing alerts are on, and nobody has attested it"))
    }
}
