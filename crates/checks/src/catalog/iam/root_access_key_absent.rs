// root-access-key-absent: the root user has no long-lived keys.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::iam::AccountSummary,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::shared::{arn, join, unclear},
};

/// The check. It has no parameters.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("root-access-key-absent"),
        severity: Severity::Critical,
        scope: Scope::Account,
        cadence: Cadence::Frequent,
        facts: &[FactKind::AccountSummary],
        en: Text {
            title: "The root user has no access key and no signing certificate",
            why: "A root access key can do anything in the account, works without MFA and never expires. One that leaks from a laptop, a \
                  repository or a build log hands over the whole account, and no policy of the account can limit it.",
            fails_when: "The root user has an access key or an X.509 signing certificate, active or not. Unknown where AWS does not say \
                         whether there are access keys.",
            fix_console: "First move whatever uses the key to an IAM role. Then sign in as the root user, open the account menu at the top \
                          right, choose Security credentials, and under Access keys deactivate the key; when nothing breaks, delete it. \
                          Delete X.509 signing certificates on the same page.\n\nIn an organization, rather remove the root credentials of \
                          member accounts: IAM in the management account, Root access management, Delete root user credentials.",
        },
        ja: Text {
            title: "ルートユーザーにアクセスキーと署名証明書がない",
            why: "ルートユーザーのアクセスキーはアカウント内のあらゆる操作が可能で、MFA なしで使え、期限もありません。端末、リポジトリ、\
                  ビルドログなどから漏えいするとアカウント全体を奪われ、アカウント内のポリシーでは制限できません。",
            fails_when: "ルートユーザーにアクセスキーまたは X.509 署名証明書がある場合に不合格となります (有効か無効かを問いません)。アクセス\
                         キーの有無を AWS が返さない場合は「不明」です。",
            fix_console: "まず、キーを使っている処理を IAM ロールに移行します。次にルートユーザーでサインインし、右上のアカウントメニューから\
                          「セキュリティ認証情報」を開き、「アクセスキー」でキーを無効化します。影響がないことを確認してから削除して\
                          ください。X.509 署名証明書も同じページで削除できます。\n\nOrganizations を利用している場合は、管理アカウントの IAM の\
                          「ルートアクセス管理」からメンバーアカウントのルート認証情報を削除することを推奨します。",
        },
        fix_cli: "# From the management account: a short session as the member's root user that may only delete its credentials.\n\
                  aws sts assume-root --target-principal {account} \\\n  --task-policy-arn arn=arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials\n\
                  # With the credentials it prints:\n\
                  aws iam list-access-keys\n\
                  aws iam delete-access-key --access-key-id \"$KEY_ID\"\n\
                  aws iam list-signing-certificates\n\
                  aws iam delete-signing-certificate --certificate-id \"$CERTIFICATE_ID\"",
        references: &[
            Reference {
                title: "Root user best practices for your AWS account",
                url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html",
            },
            Reference {
                title: "Centrally manage root access for member accounts",
                url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html#id_root-user-access-management",
            },
        ],
        mappings: Mappings { cis_v3: Some("1.4"), cis_v5: Some("1.3"), fsbp: Some("IAM.4") },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let summary = facts.get::<AccountSummary>()?;
        let keys = summary
            .account_access_keys_present
            .ok_or_else(|| unclear("iam:GetAccountSummary answered without AccountAccessKeysPresent"))?;
        // Older endpoints do not count certificates at all.
        let certificates = summary.account_signing_certificates_present.unwrap_or(0);

        let present: Vec<String> = [("AccountAccessKeysPresent", keys), ("AccountSigningCertificatesPresent", certificates)]
            .into_iter()
            .filter(|(_, number)| *number != 0)
            .map(|(name, number)| format!("{name} {number}"))
            .collect();
        if present.is_empty() {
            return Ok(Verdict::pass("The root user has no access key and no signing certificate."));
        }
        let reason = format!("observed {}, wanted 0", join(&present));
        Ok(Verdict::fail(Finding::new("root", reason).with_arn(arn(facts.context, "iam", "root"))))
    }
}
