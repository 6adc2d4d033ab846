// iam-user-mfa-enabled: whoever signs in to the console with a password has a second factor.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::iam::CredentialReport,
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
        id: CheckId("iam-user-mfa-enabled"),
        severity: Severity::High,
        scope: Scope::Account,
        cadence: Cadence::Frequent,
        facts: &[FactKind::CredentialReport],
        en: Text {
            title: "Every IAM user with a console password has MFA",
            why: "A password can be guessed, reused or phished. With a second factor a stolen password alone does not open the console.",
            fails_when: "An IAM user has a console password and no MFA device. Users without a password, such as those with access keys \
                         only, do not count, and the root user has a check of its own. AWS renews the credential report at most every \
                         four hours, so a device registered just now may take that long to show.",
            fix_console: "IAM, Users, the user, Security credentials, Assign MFA device; or let the user do it under Security credentials \
                          in the account menu.\n\nA user who does not need the console: the same tab, Manage console access, Disable.",
        },
        ja: Text {
            title: "コンソールパスワードを持つすべての IAM ユーザーに MFA が設定されている",
            why: "パスワードは推測、使い回し、フィッシングによって漏れます。第 2 要素があれば、パスワードが盗まれただけではコンソールに\
                  サインインできません。",
            fails_when: "コンソールパスワードを持つ IAM ユーザーに MFA デバイスがない場合に不合格となります。アクセスキーだけのユーザーなど、\
                         パスワードのないユーザーは対象外です。ルートユーザーは別のチェックで確認します。認証情報レポートの更新は最短でも \
                         4 時間ごとのため、登録した直後のデバイスはすぐには反映されないことがあります。",
            fix_console: "IAM の「ユーザー」で対象ユーザーを開き、「セキュリティ認証情報」タブの「MFA デバイスの割り当て」で登録します。本人が\
                          アカウントメニューの「セキュリティ認証情報」から登録することもできます。\n\nコンソールが不要なユーザーは、同じタブの\
                          「コンソールアクセスを管理」で無効にします。",
        },
        fix_cli: "# Register a virtual device for the user, with two codes in a row from their authenticator app:\n\
                  aws iam create-virtual-mfa-device --virtual-mfa-device-name {resource} \\\n  --bootstrap-method QRCodePNG --outfile qr-code.png\n\
                  aws iam enable-mfa-device --user-name {resource} \\\n  --serial-number arn:aws:iam::{account}:mfa/{resource} \\\n  \
                  --authentication-code1 \"$CODE1\" --authentication-code2 \"$CODE2\"\n\
                  # Or, where the user does not need the console:\naws iam delete-login-profile --user-name {resource}",
        references: &[
            Reference {
                title: "AWS multi-factor authentication in IAM",
                url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html",
            },
            Reference {
                title: "Generate credential reports for your AWS account",
                url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html",
            },
        ],
        mappings: Mappings { cis_v3: Some("1.10"), cis_v5: Some("1.9"), fsbp: Some("IAM.5") },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let report = facts.get::<CredentialReport>()?;
        let findings = report
            .users
            .iter()
            .filter(|user| user.password_enabled && !user.mfa_active)
            .map(|user| {
                Finding::new(&user.user, "observed a console password without an MFA device, wanted MFA or no console password")
                    .with_arn(&user.arn)
            })
            .collect();
        Ok(Verdict::from_findings(findings, "Every IAM user with a console password has an MFA device."))
    }
}
