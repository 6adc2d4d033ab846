// iam-password-policy-strong: where people have passwords, the account demands strong ones.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::iam::{CredentialReport, PasswordPolicy, PasswordRules},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Facts, Rule, catalog::shared::join};

/// The check and its parameters.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// The least length that the policy may allow. AWS accepts 6 to 128; the CIS benchmarks want 14.
    #[schemars(range(min = 6, max = 128))]
    pub minimum_length: u8,
}

impl Default for Check {
    fn default() -> Self {
        Self { minimum_length: 12 }
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("iam-password-policy-strong"),
        severity: Severity::Medium,
        scope: Scope::Account,
        cadence: Cadence::Standard,
        facts: &[FactKind::PasswordPolicy, FactKind::CredentialReport],
        en: Text {
            title: "The password policy demands strong passwords",
            why: "Without a policy of its own an account accepts passwords of eight characters. Short and simple passwords fall to guessing \
                  and to lists of leaked ones.",
            fails_when: "Some IAM user has a console password, and the account has no password policy of its own or one that allows fewer \
                         than 12 characters (parameter minimum_length; the CIS benchmarks want 14) or does not require an uppercase letter, \
                         a lowercase letter, a number and a symbol. Not applicable where no IAM user has a console password.",
            fix_console: "IAM, Account settings, Password policy, Edit: choose Custom, set the minimum length to 12 or more and tick all \
                          four kinds of character. It holds from the next password change on.",
        },
        ja: Text {
            title: "パスワードポリシーが強力なパスワードを要求している",
            why: "独自のポリシーがないアカウントでは 8 文字のパスワードが使えてしまいます。短く単純なパスワードは、推測や漏えいしたパスワードの\
                  リストによる攻撃で破られます。",
            fails_when: "コンソールパスワードを持つ IAM ユーザーがいて、独自のパスワードポリシーがない、12 文字 (パラメータ minimum_length。\
                         CIS ベンチマークの要求は 14 文字) 未満を許している、または大文字、小文字、数字、記号のいずれかを必須としていない\
                         場合に不合格となります。コンソールパスワードを持つ IAM ユーザーがいない場合は対象外です。",
            fix_console: "IAM の「アカウント設定」の「パスワードポリシー」で「編集」を選び、「カスタム」を選択して最小文字数を 12 以上にし、\
                          4 種類の文字をすべて必須にします。次回のパスワード変更から適用されます。",
        },
        fix_cli: "# Replaces the whole policy: add the options of the present one that you want to keep (aws iam get-account-password-policy).\n\
                  aws iam update-account-password-policy --minimum-password-length 12 \\\n  \
                  --require-uppercase-characters --require-lowercase-characters \\\n  \
                  --require-numbers --require-symbols --allow-users-to-change-password",
        references: &[Reference {
            title: "Set an account password policy for IAM users",
            url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html",
        }],
        mappings: Mappings { cis_v3: Some("1.8"), cis_v5: Some("1.7"), fsbp: Some("IAM.7") },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let policy = facts.get::<PasswordPolicy>()?;
        let report = facts.get::<CredentialReport>()?;
        if !report.users.iter().any(|user| user.password_enabled) {
            return Ok(Verdict::not_applicable("No IAM user has a console password."));
        }
        let shortfalls = match policy {
            PasswordPolicy::NotSet => vec!["no password policy".to_owned()],
            PasswordPolicy::Set(rules) => self.shortfalls(rules),
        };
        if shortfalls.is_empty() {
            return Ok(Verdict::pass("The password policy demands strong passwords."));
        }
        let reason = format!(
            "observed {}, wanted at least {} characters with an uppercase letter, a lowercase letter, a number and a symbol",
            join(&shortfalls),
            self.minimum_length
        );
        Ok(Verdict::fail(Finding::new(facts.context.account.to_string(), reason)))
    }
}

impl Check {
    fn shortfalls(&self, rules: &PasswordRules) -> Vec<String> {
        let short = rules.minimum_length < i32::from(self.minimum_length);
        let length = short.then(|| format!("minimum length {}", rules.minimum_length));
        let kinds = [
            (rules.require_uppercase, "no uppercase letter required"),
            (rules.require_lowercase, "no lowercase letter required"),
            (rules.require_numbers, "no number required"),
            (rules.require_symbols, "no symbol required"),
        ];
        length.into_iter().chain(kinds.into_iter().filter(|(required, _)| !required).map(|(_, lacking)| lacking.to_owned())).collect()
    }
}
