// iam-account-alias-set: people tell the account by a name, not by twelve digits.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::iam::AccountAliases,
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
        id: CheckId("iam-account-alias-set"),
        severity: Severity::Low,
        scope: Scope::Account,
        cadence: Cadence::Daily,
        facts: &[FactKind::AccountAliases],
        en: Text {
            title: "The account has an alias",
            why: "Twelve digits all look alike. An alias shows in the console and in the sign-in address, so that people see at once whether \
                  they are in production or in a sandbox, and it makes a forged sign-in page easier to notice.",
            fails_when: "The account has no alias. Anybody may read an alias, so it should hold nothing secret.",
            fix_console: "IAM, Dashboard, under AWS Account choose Create next to Account Alias, and enter a name that no other AWS account \
                          has, such as the company, the system and the environment.",
        },
        ja: Text {
            title: "アカウントにエイリアスが設定されている",
            why: "12 桁の数字だけではアカウントを見分けられません。エイリアスはコンソールとサインイン URL に表示されるため、本番環境と検証環境の\
                  取り違えを防ぎ、偽のサインインページにも気づきやすくなります。",
            fails_when: "アカウントにエイリアスがない場合に不合格となります。エイリアスは誰でも読めるため、秘密の情報は含めないでください。",
            fix_console: "IAM の「ダッシュボード」の「AWS アカウント」で「アカウントエイリアス」の「作成」を選び、他の AWS アカウントと重複しない\
                          名前 (会社名、システム名、環境名など) を入力します。",
        },
        fix_cli: "# Lower-case letters, digits and hyphens; no other AWS account may have it:\n\
                  aws iam create-account-alias --account-alias \"$ALIAS\"",
        references: &[Reference {
            title: "Setting or changing your AWS account alias",
            url: "https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-alias.html",
        }],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        Ok(match facts.get::<AccountAliases>()?.aliases.first() {
            Some(alias) => Verdict::pass(format!("The account's alias is {alias}.")),
            None => Verdict::fail(Finding::new(facts.context.account.to_string(), "observed no account alias, wanted one")),
        })
    }
}
