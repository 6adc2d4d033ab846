// iam-root-credentials-centrally-managed: the members' root users need no passwords of their own.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::organizations::RootAccessManagement,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Facts, Rule, catalog::shared::join};

/// What has to be on.
const WANTED: &str = "RootCredentialsManagement";

/// The check. It has no parameters.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("iam-root-credentials-centrally-managed"),
        severity: Severity::Medium,
        scope: Scope::Organization,
        cadence: Cadence::Daily,
        facts: &[FactKind::RootAccessManagement],
        en: Text {
            title: "Root credentials of member accounts are managed centrally",
            why: "Every account has a root user that no policy of the account holds back. With central management the members' root passwords, \
                  keys and MFA devices can be deleted and cannot be recovered by e-mail, so there is nothing left to steal or to lose.",
            fails_when: "The feature RootCredentialsManagement is not enabled for the organization: also where IAM has no trusted access to it, \
                         or the organization does not have all features. Whether root credentials are still there is not looked at.",
            fix_console: "IAM in the management account, Root access management, Enable. Keep Root credentials management ticked, and tick \
                          Privileged root actions in member accounts if you want to act as root without credentials. Then delete the root \
                          credentials of each member account from the same page.",
        },
        ja: Text {
            title: "メンバーアカウントのルート認証情報が一元管理されている",
            why: "どのアカウントにも、アカウント内のポリシーで制限できないルートユーザーがいます。一元管理を有効にすると、メンバーアカウントのルートの\
                  パスワード、アクセスキー、MFA デバイスを削除でき、メールでの復旧もできなくなるため、盗まれたり失われたりするものがなくなります。",
            fails_when: "組織で RootCredentialsManagement が有効になっていない場合に不合格となります。IAM の信頼されたアクセスが有効でない場合や、組織で\
                         すべての機能が有効でない場合も含みます。ルート認証情報が残っているかどうかは問いません。",
            fix_console: "管理アカウントの IAM で「ルートアクセス管理」を開き、「有効にする」を選びます。「ルート認証情報の管理」をオンにし、認証情報なしで\
                          ルート操作を行いたい場合は「メンバーアカウントの特権ルートアクション」もオンにします。その後、同じページで各メンバーアカウントの\
                          ルート認証情報を削除します。",
        },
        fix_cli: "# In the management account:\n\
                  aws organizations enable-aws-service-access --service-principal iam.amazonaws.com\n\
                  aws iam enable-organizations-root-credentials-management\n\
                  aws iam list-organizations-features",
        references: &[
            Reference {
                title: "Centralize root access for member accounts",
                url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html",
            },
            Reference {
                title: "Centrally manage root access for member accounts",
                url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html#id_root-user-access-management",
            },
        ],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let RootAccessManagement { trusted, features } = facts.get::<RootAccessManagement>()?;
        if features.iter().any(|feature| feature == WANTED) {
            return Ok(Verdict::pass("The members' root credentials are managed centrally."));
        }
        let observed = match (trusted, features.as_slice()) {
            (false, _) => "an organization that IAM may not act in (no trusted access, or not all features)".to_owned(),
            (true, []) => "no feature of central root access".to_owned(),
            (true, features) => format!("only {}", join(features)),
        };
        let reason = format!("observed {observed}, wanted {WANTED} enabled");
        Ok(Verdict::fail(Finding::new(facts.context.account.to_string(), reason)))
    }
}
