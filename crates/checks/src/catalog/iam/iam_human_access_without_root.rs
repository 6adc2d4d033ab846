// iam-human-access-without-root: people have a way in that is not the root user.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::iam::{AuthorizationDetails, CredentialReport, Role, SamlProviders},
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
        id: CheckId("iam-human-access-without-root"),
        severity: Severity::High,
        scope: Scope::Account,
        cadence: Cadence::Standard,
        facts: &[FactKind::CredentialReport, FactKind::SamlProviders, FactKind::AuthorizationDetails],
        en: Text {
            title: "People can sign in without the root user",
            why: "Where there is no other way in, people work as the root user: without limits, without a name in the logs, with a password \
                  that goes from hand to hand.",
            fails_when: "The account has none of these: an IAM user with a console password, a SAML identity provider, a role of IAM Identity \
                         Center (AWSReservedSSO_*). One of them is enough to pass, even where the others could not be read; to fail, all \
                         three must have been read. Roles that people of other accounts may assume do not count.",
            fix_console: "IAM Identity Center in the organization, AWS accounts: choose the account, Assign users or groups, and give a group \
                          a permission set.",
        },
        ja: Text {
            title: "ルートユーザー以外のサインイン手段がある",
            why: "他にサインインの手段がなければ、人はルートユーザーで作業します。権限に制限はなく、ログに個人の名前は残らず、パスワードは人から人へ\
                  渡ります。",
            fails_when: "コンソールパスワードを持つ IAM ユーザー、SAML ID プロバイダー、IAM Identity Center のロール (AWSReservedSSO_*) のいずれもない場合に\
                         不合格となります。1 つでも確認できれば、他を読み取れなくても合格です。不合格と判定するのは 3 つすべてを読み取れた場合だけです。\
                         他のアカウントの利用者が引き受けるロールは数えません。",
            fix_console: "組織の IAM Identity Center の「AWS アカウント」で対象アカウントを選び、「ユーザーまたはグループを割り当て」でグループに許可セットを\
                          付与します。",
        },
        fix_cli: "# In the account and region of IAM Identity Center:\n\
                  aws sso-admin list-instances\n\
                  aws sso-admin create-account-assignment --instance-arn \"$INSTANCE_ARN\" \\\n  \
                  --permission-set-arn \"$PERMISSION_SET_ARN\" --principal-type GROUP --principal-id \"$GROUP_ID\" \\\n  \
                  --target-type AWS_ACCOUNT --target-id {account}",
        references: &[
            Reference {
                title: "What is IAM Identity Center?",
                url: "https://docs.aws.amazon.com/singlesignon/latest/userguide/what-is.html",
            },
            Reference {
                title: "Root user best practices for your AWS account",
                url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html",
            },
        ],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let report = facts.get::<CredentialReport>();
        let providers = facts.get::<SamlProviders>();
        let details = facts.get::<AuthorizationDetails>();
        if report.as_ref().is_ok_and(|report| report.users.iter().any(|user| user.password_enabled)) {
            return Ok(Verdict::pass("An IAM user has a console password."));
        }
        if providers.as_ref().is_ok_and(|providers| !providers.arns.is_empty()) {
            return Ok(Verdict::pass("The account has a SAML identity provider."));
        }
        if details.as_ref().is_ok_and(|details| details.roles.iter().any(Role::is_of_identity_center)) {
            return Ok(Verdict::pass("The account has a role of IAM Identity Center."));
        }
        // No way in was seen. That there is none takes all three.
        report?;
        providers?;
        details?;
        let reason = "observed no user with a console password, no SAML provider and no role of IAM Identity Center, wanted one of them";
        Ok(Verdict::fail(Finding::new(facts.context.account.to_string(), reason)))
    }
}
