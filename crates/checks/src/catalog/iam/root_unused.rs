// root-unused: nobody works as the root user.

use std::num::NonZeroU16;

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::iam::{CredentialReport, ReportTime},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::shared::{arn, days_ago, days_between, join, positive, unclear},
};

/// The check and its parameters.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// For how many days the root user must not have been used.
    pub days: NonZeroU16,
}

impl Default for Check {
    fn default() -> Self {
        Self { days: positive(90) }
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("root-unused"),
        severity: Severity::High,
        scope: Scope::Account,
        cadence: Cadence::Standard,
        facts: &[FactKind::CredentialReport],
        en: Text {
            title: "The root user was not used in the last 90 days",
            why: "The root user can do anything and no policy of the account can hold it back. Only a handful of tasks need it. Use of it is \
                  either a habit to break or somebody who should not be there.",
            fails_when: "The credential report shows that the root user's password or one of its access keys was used less than 90 days ago \
                         (parameter days); a day counts when it is over. A use today still fails when the key was deactivated since. What was \
                         never used, or not since AWS records it, was not used: no_information for a password, N/A for a password or key. \
                         Unknown where the report has no row for the root user, or says not_supported. AWS renews the report at most every \
                         four hours.",
            fix_console: "Find out who it was and what for: CloudTrail in us-east-1, Event history, User name root. Give those people a role for \
                          it instead. If nobody knows of it, change the password, delete the access keys and treat it as an incident.\n\nIn an \
                          organization, rather remove the root credentials of member accounts: IAM in the management account, Root access \
                          management, Delete root user credentials.",
        },
        ja: Text {
            title: "直近 90 日間にルートユーザーが使用されていない",
            why: "ルートユーザーはあらゆる操作が可能で、アカウント内のポリシーでは制限できません。ルートユーザーでなければできない作業はごくわずかです。\
                  使用の形跡は、改めるべき習慣か、いるはずのない誰かを意味します。",
            fails_when: "認証情報レポートで、ルートユーザーのパスワードまたはアクセスキーの最終使用から 90 日 (パラメータ days) が経過していない場合に\
                         不合格となります。日数は満了した日だけを数えます。その後に無効化されたキーの使用も対象です。一度も使われていないもの、または \
                         AWS が記録を始めてから使われていないもの (パスワードの no_information、パスワードとキーの N/A) は未使用とみなします。\
                         レポートにルートユーザーの行がない場合と not_supported の場合は「不明」です。レポートの更新は最短でも 4 時間ごとです。",
            fix_console: "us-east-1 の CloudTrail の「イベント履歴」でユーザー名 root を検索し、誰が何のために使ったかを確認します。必要な作業には代わりに\
                          ロールを用意します。心当たりがない場合はパスワードを変更し、アクセスキーを削除して、インシデントとして対応してください。\
                          \n\nOrganizations を利用している場合は、管理アカウントの IAM の「ルートアクセス管理」からメンバーアカウントのルート\
                          認証情報を削除することを推奨します。",
        },
        fix_cli: "# What the root user did, as far back as 90 days:\n\
                  aws cloudtrail lookup-events --region us-east-1 \\\n  --lookup-attributes AttributeKey=Username,AttributeValue=root\n\
                  # From the management account: delete the member's root sign-in credentials altogether.\n\
                  aws sts assume-root --target-principal {account} \\\n  --task-policy-arn arn=arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials\n\
                  # With the credentials it prints:\naws iam delete-login-profile",
        references: &[
            Reference {
                title: "Root user best practices for your AWS account",
                url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html",
            },
            Reference {
                title: "Generate credential reports for your AWS account",
                url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html",
            },
        ],
        mappings: Mappings { cis_v3: Some("1.7"), cis_v5: Some("1.6"), fsbp: None },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let report = facts.get::<CredentialReport>()?;
        let root = report.root.as_ref().ok_or_else(|| unclear("the credential report has no row for the root user"))?;
        let [(first, first_key), (second, second_key)] = root.access_keys();
        let mut used = Vec::new();
        let mut silent = None;
        for (what, when) in [("password", root.password_last_used), (first, first_key.last_used), (second, second_key.last_used)] {
            match when {
                ReportTime::At(time) => {
                    let days = days_between(time, facts.context.now);
                    if days < u64::from(self.days.get()) {
                        used.push(format!("{what} used {}", days_ago(days)));
                    }
                }
                ReportTime::NotSupported => silent = silent.or(Some(what)),
                ReportTime::NotApplicable | ReportTime::NoInformation => {}
            }
        }
        if !used.is_empty() {
            let reason = format!("observed the root user's {}, wanted no use within {} days", join(&used), self.days);
            return Ok(Verdict::fail(Finding::new("root", reason).with_arn(arn(facts.context, "iam", "root"))));
        }
        match silent {
            Some(what) => Err(unclear(format!("the credential report does not show when the root user's {what} was last used"))),
            None => Ok(Verdict::pass(format!("The root user was not used in the last {} days.", self.days))),
        }
    }
}
