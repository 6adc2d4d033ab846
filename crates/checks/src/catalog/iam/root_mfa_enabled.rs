// root-mfa-enabled: the root user signs in with a second factor, or cannot sign in at all.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::iam::AccountSummary,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::shared::{arn, unclear},
};

/// The check. It has no parameters.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("root-mfa-enabled"),
        severity: Severity::Critical,
        scope: Scope::Account,
        cadence: Cadence::Frequent,
        facts: &[FactKind::AccountSummary],
        en: Text {
            title: "The root user has MFA",
            why: "The root user can do anything in the account and no policy of the account can hold it back. With a password alone, \
                  one phished or reused password is enough to lose the account.",
            fails_when: "The root user can have a password and has no MFA device. Passes, too, where the root user has no password, \
                         because its credentials were deleted centrally. Unknown where AWS does not say whether there is a device.",
            fix_console: "Sign in as the root user. Open the account menu at the top right, choose Security credentials, then Assign \
                          MFA device, and register a passkey or security key.\n\nIn an organization, rather remove the root credentials \
                          of member accounts: IAM in the management account, Root access management, Delete root user credentials.",
        },
        ja: Text {
            title: "ルートユーザーに MFA が設定されている",
            why: "ルートユーザーはアカウント内のあらゆる操作が可能で、アカウント内のポリシーでは制限できません。パスワードだけでは、\
                  漏えいや使い回しによってアカウント全体を失うおそれがあります。",
            fails_when: "ルートユーザーがパスワードを持ち得るのに MFA デバイスがない場合に不合格となります。ルート認証情報が一元的に\
                         削除され、パスワードがない場合は合格です。MFA デバイスの有無を AWS が返さない場合は「不明」です。",
            fix_console: "ルートユーザーでサインインし、右上のアカウントメニューから「セキュリティ認証情報」を開き、「MFA デバイスの\
                          割り当て」でパスキーまたはセキュリティキーを登録します。\n\nOrganizations を利用している場合は、管理アカウントの \
                          IAM の「ルートアクセス管理」からメンバーアカウントのルート認証情報を削除することを推奨します。",
        },
        fix_cli: "# From the management account: delete the member's root sign-in credentials altogether.\n\
                  aws sts assume-root --target-principal {account} \\\n  --task-policy-arn arn=arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials\n\
                  # With the credentials it prints:\naws iam delete-login-profile",
        references: &[
            Reference {
                title: "Multi-factor authentication for the AWS account root user",
                url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/enable-mfa-for-root.html",
            },
            Reference {
                title: "Centrally manage root access for member accounts",
                url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html#id_root-user-access-management",
            },
        ],
        mappings: Mappings { cis_v3: Some("1.5"), cis_v5: Some("1.4"), fsbp: Some("IAM.9") },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let summary = facts.get::<AccountSummary>()?;
        if summary.account_mfa_enabled == Some(1) {
            return Ok(Verdict::pass("The root user has an MFA device."));
        }
        if summary.account_password_present == Some(0) {
            return Ok(Verdict::pass("The root user has no password: its credentials were deleted."));
        }
        if summary.account_mfa_enabled.is_none() {
            return Err(unclear("iam:GetAccountSummary answered without AccountMFAEnabled"));
        }
        let reason = "observed a root user without an MFA device, wanted MFA or no root password";
        Ok(Verdict::fail(Finding::new("root", reason).with_arn(arn(facts.context, "iam", "root"))))
    }
}
