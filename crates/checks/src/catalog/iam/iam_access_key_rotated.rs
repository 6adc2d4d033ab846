// iam-access-key-rotated: a key that leaked does not work for ever.

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
    catalog::shared::{days_ago, days_between, join, positive, unclear},
};

/// The check and its parameters.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// How many days old an active access key may be.
    pub maximum_age_days: NonZeroU16,
}

impl Default for Check {
    fn default() -> Self {
        Self { maximum_age_days: positive(90) }
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("iam-access-key-rotated"),
        severity: Severity::Medium,
        scope: Scope::Account,
        cadence: Cadence::Standard,
        facts: &[FactKind::CredentialReport],
        en: Text {
            title: "Every active access key of IAM users is at most 90 days old",
            why: "Access keys lie in files, environment variables and build systems, and leak from there without a trace. One that is \
                  replaced regularly is worthless to whoever finds it later, and replacing it shows what it is used for. Better still are \
                  roles, which need no keys.",
            fails_when: "An active access key of an IAM user was made, or last changed, more than 90 days ago (parameter maximum_age_days); a \
                         day counts when it is over, so a key of exactly 90 days passes. Inactive keys do not count, and the root user has a \
                         check of its own. Unknown where the report gives no time for an active key and nothing else fails. AWS renews the \
                         credential report at most every four hours.",
            fix_console: "IAM, Users, the user, Security credentials, Access keys: create a second key, put it where the old one is used, \
                          deactivate the old one, and when nothing breaks, delete it. Where a role can do the same, as on EC2, Lambda or \
                          with OIDC from a build system, delete the key instead.",
        },
        ja: Text {
            title: "IAM ユーザーの有効なアクセスキーがすべて作成から 90 日以内である",
            why: "アクセスキーはファイル、環境変数、ビルドシステムに置かれ、気づかないうちに漏えいします。定期的に置き換えていれば、後から見つけられても\
                  使えず、置き換えのたびに用途も把握できます。キーの要らないロールを使えばさらに安全です。",
            fails_when: "IAM ユーザーの有効なアクセスキーが作成または最終変更から 90 日 (パラメータ maximum_age_days) を超えている場合に不合格となります。\
                         日数は満了した日だけを数えるため、ちょうど 90 日のキーは合格です。無効なキーは対象外で、ルートユーザーは別のチェックで確認します。\
                         有効なキーの日時をレポートが返さず、他に不合格がない場合は「不明」です。認証情報レポートの更新は最短でも 4 時間ごとです。",
            fix_console: "IAM の「ユーザー」で対象ユーザーを開き、「セキュリティ認証情報」タブの「アクセスキー」で 2 つ目のキーを作成します。利用箇所を\
                          新しいキーに置き換えてから古いキーを無効化し、影響がないことを確認して削除します。EC2、Lambda、ビルドシステムからの OIDC など、\
                          ロールで代替できる場合はキーを削除してください。",
        },
        fix_cli: "# Which keys there are, and since when:\n\
                  aws iam list-access-keys --user-name {resource}\n\
                  # A new key; put it where the old one is used:\n\
                  aws iam create-access-key --user-name {resource}\n\
                  # Then the old one:\n\
                  aws iam update-access-key --user-name {resource} \\\n  --access-key-id \"$OLD_KEY_ID\" --status Inactive\n\
                  aws iam delete-access-key --user-name {resource} --access-key-id \"$OLD_KEY_ID\"",
        references: &[
            Reference {
                title: "Update access keys",
                url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id-credentials-access-keys-update.html",
            },
            Reference {
                title: "Security best practices in IAM",
                url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
            },
        ],
        mappings: Mappings { cis_v3: Some("1.14"), cis_v5: Some("1.13"), fsbp: Some("IAM.3") },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let report = facts.get::<CredentialReport>()?;
        let mut findings = Vec::new();
        let mut timeless = None;
        for user in &report.users {
            let mut old = Vec::new();
            for (what, key) in user.access_keys().into_iter().filter(|(_, key)| key.active) {
                let ReportTime::At(made) = key.last_rotated else {
                    timeless = timeless.or(Some((what, &user.user)));
                    continue;
                };
                let days = days_between(made, facts.context.now);
                if days > u64::from(self.maximum_age_days.get()) {
                    old.push(format!("{what} made {}", days_ago(days)));
                }
            }
            if !old.is_empty() {
                let reason = format!("observed {}, wanted active keys of at most {} days", join(&old), self.maximum_age_days);
                findings.push(Finding::new(&user.user, reason).with_arn(&user.arn));
            }
        }
        match timeless {
            Some((what, user)) if findings.is_empty() => {
                Err(unclear(format!("the credential report gives no time at which {what} of {user} was made")))
            }
            _ => Ok(Verdict::from_findings(
                findings,
                format!("No active access key of an IAM user is older than {} days.", self.maximum_age_days),
            )),
        }
    }
}
