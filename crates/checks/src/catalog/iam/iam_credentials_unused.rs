// iam-credentials-unused: what nobody uses, nobody misses when it is stolen.

use std::num::NonZeroU16;

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::iam::{CredentialReport, ReportTime, UserCredentials},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Context, Facts, Rule,
    catalog::shared::{days_ago, days_between, join, positive, unclear},
};

/// The check and its parameters.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// After how many days without use a credential fails.
    pub days: NonZeroU16,
}

impl Default for Check {
    fn default() -> Self {
        Self { days: positive(45) }
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("iam-credentials-unused"),
        severity: Severity::Medium,
        scope: Scope::Account,
        cadence: Cadence::Standard,
        facts: &[FactKind::CredentialReport],
        en: Text {
            title: "No password or access key of IAM users lies unused for 45 days",
            why: "A credential that nobody uses belongs to somebody who left or to a system that is gone. Nobody notices when a stranger \
                  starts to use it. What is switched off cannot be stolen.",
            fails_when: "An IAM user has an enabled console password or an active access key that was not used for 45 days or longer (parameter \
                         days); a day counts when it is over, so exactly 45 days fail, as in the CIS benchmarks. What was never used counts \
                         from when the password was last set, or else the user was made, and from when the key was made or last changed. \
                         Inactive keys do not count, nor does the root user. Unknown where the report does not say when an enabled credential \
                         was last used or made, and nothing else fails. AWS renews the report at most every four hours.",
            fix_console: "IAM, Users, the user, Security credentials. A password: Manage console access, Disable. An access key: Actions, \
                          Deactivate, and delete it when nobody missed it for some time. Delete users who have neither.",
        },
        ja: Text {
            title: "45 日間使われていない IAM ユーザーのパスワードやアクセスキーがない",
            why: "誰も使っていない認証情報は、退職した人や廃止されたシステムのものです。第三者が使い始めても気づかれません。無効にしておけば盗まれる\
                  こともありません。",
            fails_when: "IAM ユーザーの有効なコンソールパスワードまたはアクセスキーが 45 日 (パラメータ days) 以上使われていない場合に不合格となります。\
                         日数は満了した日だけを数え、CIS ベンチマークと同じくちょうど 45 日は不合格です。一度も使われていないものは、パスワードは最後に設定\
                         した日時 (なければユーザーの作成日時)、キーは作成または最終変更の日時から数えます。無効なキーとルートユーザーは対象外です。有効な\
                         認証情報の最終使用や作成の日時をレポートが返さず、他に不合格がない場合は「不明」です。レポートの更新は最短でも 4 時間ごとです。",
            fix_console: "IAM の「ユーザー」で対象ユーザーを開き、「セキュリティ認証情報」タブで操作します。パスワードは「コンソールアクセスを管理」で無効に\
                          します。アクセスキーは「アクション」の「無効化」を選び、しばらく影響がないことを確認して削除します。どちらも持たないユーザーは\
                          削除します。",
        },
        fix_cli: "# A password:\n\
                  aws iam delete-login-profile --user-name {resource}\n\
                  # An access key:\n\
                  aws iam list-access-keys --user-name {resource}\n\
                  aws iam get-access-key-last-used --access-key-id \"$KEY_ID\"\n\
                  aws iam update-access-key --user-name {resource} \\\n  --access-key-id \"$KEY_ID\" --status Inactive",
        references: &[
            Reference {
                title: "Find unused AWS credentials",
                url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_finding-unused.html",
            },
            Reference {
                title: "Generate credential reports for your AWS account",
                url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html",
            },
        ],
        mappings: Mappings { cis_v3: Some("1.12"), cis_v5: Some("1.11"), fsbp: Some("IAM.8") },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let report = facts.get::<CredentialReport>()?;
        let mut findings = Vec::new();
        let mut silent = None;
        for user in &report.users {
            let mut unused = Vec::new();
            for (what, idle) in credentials(user) {
                match idle {
                    Some(idle) => unused.extend(self.too_long(&what, idle, facts.context)),
                    None => silent = silent.or_else(|| Some(format!("{what} of {}", user.user))),
                }
            }
            if !unused.is_empty() {
                let reason = format!("observed {}, wanted use within {} days or no such credential", join(&unused), self.days);
                findings.push(Finding::new(&user.user, reason).with_arn(&user.arn));
            }
        }
        match silent {
            Some(what) if findings.is_empty() => {
                Err(unclear(format!("the credential report does not show since when the {what} is unused")))
            }
            _ => Ok(Verdict::from_findings(
                findings,
                format!("No enabled password or active access key lies unused for {} days.", self.days),
            )),
        }
    }
}

/// Since when a credential is not used.
#[derive(Clone, Copy)]
enum Idle {
    Used(jiff::Timestamp),
    NeverSince(jiff::Timestamp),
}

/// The credentials that work, each with since when it is not used; `None` where the report does not say.
fn credentials(user: &UserCredentials) -> Vec<(String, Option<Idle>)> {
    let mut found = Vec::new();
    if user.password_enabled {
        let idle = match (user.password_last_used, user.password_last_changed) {
            (ReportTime::At(time), _) => Some(Idle::Used(time)),
            (ReportTime::NoInformation, ReportTime::At(set)) => Some(Idle::NeverSince(set)),
            (ReportTime::NoInformation, _) => Some(Idle::NeverSince(user.created)),
            // `N/A` says that there is no password.
            (ReportTime::NotApplicable | ReportTime::NotSupported, _) => None,
        };
        found.push(("password".to_owned(), idle));
    }
    for (what, key) in user.access_keys().into_iter().filter(|(_, key)| key.active) {
        let idle = match (key.last_used, key.last_rotated) {
            (ReportTime::At(time), _) => Some(Idle::Used(time)),
            (ReportTime::NotApplicable, ReportTime::At(made)) => Some(Idle::NeverSince(made)),
            _ => None,
        };
        found.push((what.to_owned(), idle));
    }
    found
}

impl Check {
    /// Words for a credential that was not used for too long.
    fn too_long(&self, what: &str, idle: Idle, context: &Context) -> Option<String> {
        let (Idle::Used(since) | Idle::NeverSince(since)) = idle;
        let days = days_between(since, context.now);
        (days >= u64::from(self.days.get())).then(|| match idle {
            Idle::Used(_) => format!("{what} last used {}", days_ago(days)),
            Idle::NeverSince(_) => format!("{what} set {} and never used", days_ago(days)),
        })
    }
}
