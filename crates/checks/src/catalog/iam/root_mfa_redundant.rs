// root-mfa-redundant: losing one device does not lock everybody out of the root user.

use std::num::NonZeroU8;

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Attestable, Reference, Text},
    fact::iam::{AccountSummary, VirtualMfaDevices},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::shared::{arn, count, needs_attestation, unclear},
};

/// The check and its parameters.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// How many MFA devices the root user must have. AWS allows up to 8.
    #[schemars(range(min = 1, max = 8))]
    pub minimum_devices: NonZeroU8,
}

impl Default for Check {
    fn default() -> Self {
        Self { minimum_devices: NonZeroU8::MIN.saturating_add(1) }
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("root-mfa-redundant"),
        severity: Severity::Low,
        scope: Scope::Account,
        cadence: Cadence::Daily,
        attestable: Attestable::WhenUnknown,
        facts: &[FactKind::AccountSummary, FactKind::VirtualMfaDevices],
        en: Text {
            title: "The root user has more than one MFA device",
            why: "Where the only device is lost or broken, getting back into the root user takes a support case and proof of identity, and \
                  that at the moment when the root user is needed. A second device in another place avoids it.",
            fails_when: "The root user can have a password and has no MFA device at all. Passes where at least 2 devices (parameter \
                         minimum_devices) are visible, or where the root user has no password because its credentials were deleted \
                         centrally. AWS lists the root user's virtual devices only, no passkeys, security keys and hardware tokens: with MFA \
                         on and fewer visible it is unknown, and an attestation can say that there are others. Unknown, too, where AWS does \
                         not say whether there is a device.",
            fix_console: "Sign in as the root user, open the account menu at the top right, choose Security credentials, then Assign MFA \
                          device, and register a further passkey or security key; keep it in another place than the first. Then write down \
                          in the attestations file who registered it and when.\n\nIn an organization, rather remove the root credentials of \
                          member accounts: IAM in the management account, Root access management, Delete root user credentials.",
        },
        ja: Text {
            title: "ルートユーザーに複数の MFA デバイスが登録されている",
            why: "唯一のデバイスを紛失したり故障したりすると、ルートユーザーを取り戻すのにサポートへの連絡と本人確認が必要になります。しかもそれは\
                  ルートユーザーが必要なときに起こります。別の場所に保管した 2 台目のデバイスがあれば避けられます。",
            fails_when: "ルートユーザーがパスワードを持ち得るのに MFA デバイスが 1 つもない場合に不合格となります。2 つ (パラメータ \
                         minimum_devices) 以上のデバイスが確認できる場合と、ルート認証情報が一元的に削除されてパスワードがない場合は合格です。\
                         AWS が一覧に返すのはルートユーザーの仮想デバイスだけで、パスキー、セキュリティキー、ハードウェアトークンは含まれません。\
                         そのため MFA が有効で確認できるデバイスが足りない場合は「不明」となり、他のデバイスがあることを証明 (attestation) で\
                         示せます。デバイスの有無を AWS が返さない場合も「不明」です。",
            fix_console: "ルートユーザーでサインインし、右上のアカウントメニューから「セキュリティ認証情報」を開き、「MFA デバイスの割り当て」で\
                          パスキーまたはセキュリティキーを追加で登録し、1 つ目とは別の場所に保管します。登録した人と日付を証明ファイルに記録します。\
                          \n\nOrganizations を利用している場合は、管理アカウントの IAM の「ルートアクセス管理」からメンバーアカウントのルート\
                          認証情報を削除することを推奨します。",
        },
        fix_cli: "# The virtual devices in use. The root user's have a User whose Arn ends with :root:\n\
                  aws iam list-virtual-mfa-devices --assignment-status Assigned\n\
                  # From the management account: delete the member's root sign-in credentials altogether.\n\
                  aws sts assume-root --target-principal {account} \\\n  --task-policy-arn arn=arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials\n\
                  # With the credentials it prints:\naws iam delete-login-profile",
        references: &[
            Reference {
                title: "Multi-factor authentication for the AWS account root user",
                url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/enable-mfa-for-root.html",
            },
            Reference {
                title: "Root user best practices for your AWS account",
                url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html",
            },
        ],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let summary = facts.get::<AccountSummary>()?;
        let visible = facts.get::<VirtualMfaDevices>()?.of_root.len();
        if summary.account_password_present == Some(0) {
            return Ok(Verdict::pass("The root user has no password: its credentials were deleted."));
        }
        if visible >= usize::from(self.minimum_devices.get()) {
            return Ok(Verdict::pass(format!("The root user has {visible} virtual MFA devices.")));
        }
        match summary.account_mfa_enabled {
            None => Err(unclear("iam:GetAccountSummary answered without AccountMFAEnabled")),
            Some(0) => {
                let reason =
                    format!("observed a root user without an MFA device, wanted at least {} or no root password", self.minimum_devices);
                Ok(Verdict::fail(Finding::new("root", reason).with_arn(arn(facts.context, "iam", "root"))))
            }
            Some(_) => Err(needs_attestation(format!(
                "the root user has MFA, and {} can be seen; passkeys, security keys and hardware tokens are in no list",
                count(visible, "virtual device")
            ))),
        }
    }
}
