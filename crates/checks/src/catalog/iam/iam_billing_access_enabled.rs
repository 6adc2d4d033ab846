// iam-billing-access-enabled: people see the bill without the root user. No API shows the switch.

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
        id: CheckId("iam-billing-access-enabled"),
        severity: Severity::Medium,
        scope: Scope::Account,
        cadence: Cadence::Daily,
        attestable: Attestable::WhenUnknown,
        facts: &[],
        en: Text {
            title: "IAM users and roles may be given access to billing",
            why: "Until this is switched on, only the root user sees the account's bills and payment settings, whatever policies say. People \
                  who watch the cost then need the one sign-in that should stay locked away.",
            fails_when: "Never fails: no API shows whether IAM access to billing is activated. Unknown until an attestation says who looked, \
                         when, and until when that holds; then it passes, and after that day it is unknown again.",
            fix_console: "Sign in as the root user, open the account menu at the top right, choose Account, and under IAM user and role access \
                          to Billing information choose Edit, Activate IAM Access, Update. Then grant the billing policies to those who need \
                          them, and write down in the attestations file who looked and when.",
        },
        ja: Text {
            title: "請求情報への IAM アクセスが有効になっている",
            why: "この設定を有効にするまでは、ポリシーの内容にかかわらず、請求書と支払い設定を見られるのはルートユーザーだけです。コストを確認する\
                  人が、本来は封印しておくべきルートユーザーでサインインすることになります。",
            fails_when: "不合格にはなりません。請求情報への IAM アクセスの設定を返す API がないためです。誰がいつ確認し、いつまで有効かを証明\
                         (attestation) に記録するまでは「不明」で、記録すると合格、期限を過ぎると再び「不明」になります。",
            fix_console: "ルートユーザーでサインインし、右上のアカウントメニューから「アカウント」を開きます。「IAM ユーザーおよびロールによる請求\
                          情報へのアクセス」の「編集」で「IAM アクセスを有効化」を選び、更新します。必要な人に請求関連のポリシーを付与し、誰が\
                          いつ確認したかを証明ファイルに記録します。",
        },
        fix_cli: "# There is no API for this. Only the root user can switch it on, in the console.",
        references: &[Reference {
            title: "Overview of managing access permissions",
            url: "https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/control-access-billing.html",
        }],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, _facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        Err(needs_attestation("no API shows whether IAM access to billing is activated"))
    }
}
