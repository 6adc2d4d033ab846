// identity-center-mfa-required: nobody signs in with a password alone.

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
        id: CheckId("identity-center-mfa-required"),
        severity: Severity::High,
        scope: Scope::Organization,
        cadence: Cadence::Daily,
        attestable: Attestable::WhenUnknown,
        facts: &[],
        en: Text {
            title: "Identity Center asks for MFA at every sign-in",
            why: "One sign-in to Identity Center opens every account that the person may enter. A password alone, phished or used elsewhere, \
                  would open them to anybody.",
            fails_when: "It never fails by itself, because no API shows the setting: the verdict is unknown until an attestation says that users \
                         are asked for MFA every time they sign in, and that those without a device have to register one (or that the \
                         external identity provider demands the same). After the attestation's end it is unknown again.",
            fix_console: "IAM Identity Center in the management account, Settings, Authentication, Multi-factor authentication, Configure: under \
                          Prompt users for MFA choose Every time they sign in, and under If a user does not yet have a registered MFA device \
                          choose Require them to register an MFA device at sign in. With an external identity provider set the same there. \
                          Then write the attestation.",
        },
        ja: Text {
            title: "Identity Center がサインインのたびに MFA を要求している",
            why: "Identity Center に 1 回サインインすると、その人が入れるすべてのアカウントを操作できます。パスワードだけでは、フィッシングや使い回しによって\
                  誰にでも開かれてしまいます。",
            fails_when: "設定を確認できる API がないため、自動的に不合格になることはありません。サインインのたびに MFA を要求し、デバイスを持たないユーザー\
                         には登録を必須としていること (外部 ID プロバイダーの場合は同等の設定) が証明に記載されるまで「不明」です。有効期限を\
                         過ぎると再び「不明」になります。",
            fix_console: "管理アカウントの IAM Identity Center で「設定」の「認証」を開き、「多要素認証」の「設定」を選びます。MFA の要求は「サインインする\
                          たび」、MFA デバイスを登録していないユーザーには「サインイン時に MFA デバイスの登録を要求する」を選びます。外部 ID プロバイダーの\
                          場合は、そちらで同じ設定をします。その後、証明を書いてください。",
        },
        references: &[
            Reference {
                title: "Prompt users for MFA",
                url: "https://docs.aws.amazon.com/singlesignon/latest/userguide/mfa-getting-started.html",
            },
            Reference {
                title: "Multi-factor authentication for Identity Center users",
                url: "https://docs.aws.amazon.com/singlesignon/latest/userguide/enable-mfa.html",
            },
        ],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, _: &Facts<'_>) -> Result<Verdict, Unseen> {
        Err(needs_attestation("no API shows whether Identity Center asks for MFA at every sign-in, and nobody has attested it"))
    }
}
