// iam-password-policy-rotation: where a password alone opens the console, it does not do so for ever.

use std::num::NonZeroU16;

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::iam::{CredentialReport, PasswordPolicy, PasswordRules},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::shared::{join, positive},
};

/// The check and its parameters.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// After how many days passwords must expire. AWS accepts 1 to 1095.
    #[schemars(range(min = 1, max = 1095))]
    pub maximum_age_days: NonZeroU16,
    /// How many of the last passwords must be refused. AWS accepts 1 to 24; the CIS benchmarks want 24.
    #[schemars(range(min = 1, max = 24))]
    pub minimum_reuse_prevention: NonZeroU16,
}

impl Default for Check {
    fn default() -> Self {
        Self { maximum_age_days: positive(180), minimum_reuse_prevention: positive(5) }
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("iam-password-policy-rotation"),
        severity: Severity::Low,
        scope: Scope::Account,
        cadence: Cadence::Standard,
        facts: &[FactKind::PasswordPolicy, FactKind::CredentialReport],
        en: Text {
            title: "Passwords without MFA expire and cannot be reused",
            why: "Without a second factor a password that leaked works until it is changed. Expiry and a ban on old passwords put an end to \
                  that. Where everybody has MFA, forced changes do more harm than good: people choose weaker passwords.",
            fails_when: "Some IAM user has a console password and no MFA device, and the account has no password policy of its own, or one by \
                         which passwords never expire, expire after more than 180 days (parameter maximum_age_days), or may be reused before \
                         5 others (parameter minimum_reuse_prevention; the CIS benchmarks want 24). Not applicable where every user with a \
                         console password has MFA.",
            fix_console: "Better: give every user with a console password an MFA device. Otherwise IAM, Account settings, Password policy, \
                          Edit: choose Custom, turn on password expiration with 180 days or less and prevent password reuse with 5 or more.",
        },
        ja: Text {
            title: "MFA のないユーザーのパスワードに有効期限と再利用禁止が設定されている",
            why: "第 2 要素がなければ、漏えいしたパスワードは変更されるまで使えてしまいます。有効期限と再利用の禁止がそれを断ち切ります。全員に MFA がある\
                  場合は、強制的な変更は弱いパスワードを招くだけで逆効果です。",
            fails_when: "コンソールパスワードを持ち MFA デバイスのない IAM ユーザーがいて、独自のパスワードポリシーがない、パスワードに有効期限がない、期限が \
                         180 日 (パラメータ maximum_age_days) を超える、または過去 5 個 (パラメータ minimum_reuse_prevention。CIS ベンチマークの要求は \
                         24 個) のパスワードの再利用を禁止していない場合に不合格となります。コンソールパスワードを持つ全員に MFA がある場合は対象外です。",
            fix_console: "コンソールパスワードを持つ全員に MFA デバイスを登録するのが最善です。できない場合は、IAM の「アカウント設定」の「パスワードポリシー」で\
                          「編集」を選び、「カスタム」を選択して、有効期限を 180 日以内に、再利用を禁止するパスワードの数を 5 以上にします。",
        },
        fix_cli: "# Replaces the whole policy: add the options of the present one that you want to keep (aws iam get-account-password-policy).\n\
                  aws iam update-account-password-policy --max-password-age 180 --password-reuse-prevention 5 \\\n  \
                  --minimum-password-length 12 --require-uppercase-characters --require-lowercase-characters \\\n  \
                  --require-numbers --require-symbols --allow-users-to-change-password",
        references: &[Reference {
            title: "Set an account password policy for IAM users",
            url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html",
        }],
        mappings: Mappings { cis_v3: Some("1.9"), cis_v5: Some("1.8"), fsbp: None },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let policy = facts.get::<PasswordPolicy>()?;
        let report = facts.get::<CredentialReport>()?;
        if !report.users.iter().any(|user| user.password_enabled && !user.mfa_active) {
            return Ok(Verdict::not_applicable("Every IAM user with a console password has MFA."));
        }
        let shortfalls = match policy {
            PasswordPolicy::NotSet => vec!["no password policy".to_owned()],
            PasswordPolicy::Set(rules) => self.shortfalls(rules),
        };
        if shortfalls.is_empty() {
            return Ok(Verdict::pass("Passwords expire in time and cannot be reused at once."));
        }
        let reason = format!(
            "observed {}, wanted expiry after at most {} days and the last {} passwords refused, or MFA for every user with a console password",
            join(&shortfalls),
            self.maximum_age_days,
            self.minimum_reuse_prevention
        );
        Ok(Verdict::fail(Finding::new(facts.context.account.to_string(), reason)))
    }
}

impl Check {
    fn shortfalls(&self, rules: &PasswordRules) -> Vec<String> {
        let expiry = match rules.expire_after_days {
            None => Some("passwords that never expire".to_owned()),
            Some(days) => (days > i32::from(self.maximum_age_days.get())).then(|| format!("expiry after {days} days")),
        };
        let reuse = match rules.reuse_prevention {
            None => Some("no password refused for reuse".to_owned()),
            Some(last) => (last < i32::from(self.minimum_reuse_prevention.get())).then(|| format!("the last {last} passwords refused")),
        };
        expiry.into_iter().chain(reuse).collect()
    }
}
