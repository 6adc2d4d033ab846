// identity-center-least-privilege: not everybody is an administrator, and nobody is one for long.

use jiff::SignedDuration;
use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::identity_center::{PermissionGrant, PermissionSets},
};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;

use crate::{
    Facts, Rule,
    catalog::shared::{contradiction, count, join, unclear},
};

/// The check and its parameters.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// How long an administrator's session may last, in hours.
    #[serde(deserialize_with = "hours")]
    #[schemars(range(min = 1, max = 12))]
    pub administrator_session_hours: u8,
    /// The names of the AWS managed policies that make an administrator.
    pub administrator_policies: Vec<String>,
}

impl Default for Check {
    fn default() -> Self {
        Self { administrator_session_hours: 12, administrator_policies: vec!["AdministratorAccess".into()] }
    }
}

fn hours<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    match u8::deserialize(deserializer)? {
        hours @ 1..=12 => Ok(hours),
        wrong => Err(de::Error::custom(format!("{wrong} hours: a session of Identity Center lasts 1 to 12"))),
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("identity-center-least-privilege"),
        severity: Severity::Low,
        scope: Scope::Organization,
        cadence: Cadence::Daily,
        facts: &[FactKind::PermissionSets],
        en: Text {
            title: "Identity Center grants less than administrator, and that not for long",
            why: "Where AdministratorAccess is the only permission set, everybody who has to look at a log can also delete the account's data. \
                  A long session of an administrator is a long time for a stolen token or an unlocked laptop.",
            fails_when: "No permission set of the organization's Identity Center grants less than administrator, or one that grants \
                         administrator has sessions longer than 12 hours (parameter administrator_session_hours), which is AWS's own limit: \
                         lower it to hold administrators to less. Administrator means the managed policy AdministratorAccess (parameter \
                         administrator_policies) or an inline statement that allows * on *, whatever its conditions; a permissions boundary \
                         does not change that. Customer managed policies are not looked at, because a set only names them and each account \
                         has its own: a set with nothing but those counts on neither side, and where no other set grants less than \
                         administrator the verdict is unknown. It fails without an instance, and is unknown where a set could not be read \
                         and none that was fails.",
            fix_console: "IAM Identity Center in the management account, Permission sets, Create permission set: for example ReadOnlyAccess, \
                          assigned to those who only look.\n\nA long session: open the set, General settings, Edit, and choose a shorter \
                          session duration.",
        },
        ja: Text {
            title: "Identity Center に管理者より弱い許可セットがあり、管理者セッションが長くない",
            why: "許可セットが AdministratorAccess だけだと、ログを見たいだけの人もデータを削除できてしまいます。管理者の長いセッションは、盗まれた\
                  トークンやロックし忘れた端末が悪用される時間を長くします。",
            fails_when: "組織の Identity Center に管理者より弱い許可セットが 1 つもない場合、または管理者の許可セットのセッションが 12 時間 (パラメータ \
                         administrator_session_hours) を超える場合に不合格となります。12 時間は AWS の上限なので、短く制限したい場合は値を下げてください。\
                         管理者とは、AWS 管理ポリシー AdministratorAccess (パラメータ administrator_policies) を持つか、インラインポリシーで * に対する * を\
                         許可するものです (条件の有無は問わず、アクセス許可の境界も考慮しません)。カスタマー管理ポリシーは、許可セットには名前しかなく\
                         内容がアカウントごとに異なるため確認しません。それだけの許可セットはどちらにも数えず、ほかに管理者より弱いものがなければ「不明」\
                         です。インスタンスがない場合は不合格、読み取れない許可セットがあり、ほかに不合格のものがない場合は「不明」です。",
            fix_console: "管理アカウントの IAM Identity Center の「許可セット」で「許可セットを作成」を選び、たとえば閲覧だけの人に ReadOnlyAccess を割り当て\
                          ます。\n\nセッションが長い場合は、許可セットを開いて「一般設定」の「編集」でセッション期間を短くします。",
        },
        fix_cli: "# A set that grants less, in the management account and the instance's region:\n\
                  aws sso-admin create-permission-set --instance-arn \"$INSTANCE_ARN\" --name ReadOnly --session-duration PT4H\n\
                  aws sso-admin attach-managed-policy-to-permission-set --instance-arn \"$INSTANCE_ARN\" \\\n  \
                  --permission-set-arn \"$PERMISSION_SET_ARN\" --managed-policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess\n\
                  # A shorter session for the set {resource}:\n\
                  aws sso-admin update-permission-set --instance-arn \"$INSTANCE_ARN\" \\\n  \
                  --permission-set-arn \"$PERMISSION_SET_ARN\" --session-duration PT4H\n\
                  aws sso-admin provision-permission-set --instance-arn \"$INSTANCE_ARN\" \\\n  \
                  --permission-set-arn \"$PERMISSION_SET_ARN\" --target-type ALL_PROVISIONED_ACCOUNTS",
        references: &[
            Reference {
                title: "Permission sets",
                url: "https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetsconcept.html",
            },
            Reference {
                title: "Set session duration",
                url: "https://docs.aws.amazon.com/singlesignon/latest/userguide/howtosessionduration.html",
            },
        ],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let PermissionSets { instance, sets } = facts.get::<PermissionSets>()?;
        let Some(instance) = instance else {
            let reason = "observed no active IAM Identity Center of the organization, wanted one with a permission set that grants less \
                          than administrator";
            return Ok(Verdict::fail(Finding::new(facts.context.account.to_string(), reason)));
        };
        let (mut lesser, mut hidden, mut administrators) = (0, Vec::new(), Vec::new());
        let (mut findings, mut not_seen) = (Vec::new(), None);
        for set in sets {
            let looked_at = set.grant.seen().map_err(contradiction).and_then(|grant| Ok((grant, self.power(grant)?)));
            match looked_at {
                Ok((_, Power::Lesser)) => lesser += 1,
                Ok((grant, Power::Hidden)) => hidden.push(grant.name.as_str()),
                Ok((grant, Power::Administrator(session))) => {
                    let most = SignedDuration::from_hours(i64::from(self.administrator_session_hours));
                    if session > most {
                        let reason = format!("observed administrator sessions of {}, wanted at most {}", words(session), words(most));
                        findings.push(Finding::new(&grant.name, reason).with_arn(&set.arn));
                    }
                    administrators.push(format!("{} ({})", grant.name, words(session)));
                }
                Err(unseen) => not_seen = not_seen.or(Some(unseen)),
            }
        }
        if lesser == 0 && hidden.is_empty() && not_seen.is_none() {
            let observed = if sets.is_empty() { "no permission set".to_owned() } else { format!("only {}", join(&administrators)) };
            let reason = format!("observed {observed}, wanted a permission set that grants less than administrator");
            findings.insert(0, Finding::new(instance.rsplit('/').next().unwrap_or(instance), reason).with_arn(instance));
        }
        if !findings.is_empty() {
            return Ok(Verdict::Fail(findings));
        }
        if let Some(unseen) = not_seen {
            return Err(unseen);
        }
        if lesser == 0 {
            let sets = join(&hidden);
            return Err(unclear(format!("what the customer managed policies of the permission sets {sets} grant, if any, cannot be seen")));
        }
        let sessions = if administrators.is_empty() { "none".to_owned() } else { join(&administrators) };
        let sets = count(sets.len(), "permission set");
        Ok(Verdict::pass(format!("{lesser} of {sets} grant less than administrator; administrators with their sessions: {sessions}.")))
    }
}

/// What a permission set makes of its users.
enum Power {
    /// Administrators, in sessions of this length.
    Administrator(SignedDuration),
    /// Something less.
    Lesser,
    /// Nothing that can be seen: it has customer managed policies at most.
    Hidden,
}

impl Check {
    fn power(&self, grant: &PermissionGrant) -> Result<Power, Unseen> {
        let names = grant.managed_policies.iter().filter_map(|arn| arn.split_once(":iam::aws:policy/"));
        let managed = names.map(|(_, name)| name).any(|name| self.administrator_policies.iter().any(|policy| policy == name));
        let inline = match &grant.inline_policy {
            Some(policy) => {
                allows_everything(policy).ok_or_else(|| unclear(format!("the inline policy of {} is no policy", grant.name)))?
            }
            None => false,
        };
        if managed || inline {
            let session = grant.session_duration.as_deref().and_then(|duration| duration.parse().ok());
            let missing = || unclear(format!("the permission set {} came without a session duration", grant.name));
            return Ok(Power::Administrator(session.ok_or_else(missing)?));
        }
        Ok(if grant.managed_policies.is_empty() && grant.inline_policy.is_none() { Power::Hidden } else { Power::Lesser })
    }
}

/// Whether a statement of the policy allows everything on everything; `None` where the text is no policy.
fn allows_everything(policy: &str) -> Option<bool> {
    let document: Value = serde_json::from_str(policy).ok()?;
    let statements = match document.get("Statement")? {
        Value::Array(statements) => statements.as_slice(),
        one @ Value::Object(_) => std::slice::from_ref(one),
        _ => return None,
    };
    let everything = |list: Option<&Value>| match list {
        Some(Value::String(one)) => is_everything(one),
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).any(is_everything),
        _ => false,
    };
    Some(statements.iter().any(|statement| {
        statement.get("Effect").and_then(Value::as_str) == Some("Allow")
            && everything(statement.get("Action"))
            && everything(statement.get("Resource"))
    }))
}

/// `*`, and the ways to write it longer.
fn is_everything(pattern: &str) -> bool {
    pattern.starts_with('*') && pattern.chars().all(|character| matches!(character, '*' | ':'))
}

/// `12 h`, `1 h 30 min`.
fn words(duration: SignedDuration) -> String {
    let minutes = duration.as_mins();
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_that_no_session_has_are_refused() {
        for (hours, taken) in [(0, false), (1, true), (12, true), (13, false)] {
            let given = serde_json::json!({"administrator_session_hours": hours});
            assert_eq!(serde_json::from_value::<Check>(given).is_ok(), taken, "{hours}");
        }
    }
}
