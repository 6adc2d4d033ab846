// iam-admin-role-requires-mfa: who becomes administrator shows a second factor.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::iam::{AuthorizationDetails, Condition, Effect, Grant, Role, TrustStatement},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Facts, Rule, catalog::shared::join};

/// The check and its parameters.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// Names of roles that programs of other accounts assume, such as orgsweep's own (`sessions.role_name`).
    pub exempt_roles: Vec<String>,
}

impl Default for Check {
    fn default() -> Self {
        Self { exempt_roles: vec!["OrgsweepAudit".to_owned()] }
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("iam-admin-role-requires-mfa"),
        severity: Severity::Medium,
        scope: Scope::Account,
        cadence: Cadence::Standard,
        facts: &[FactKind::AuthorizationDetails],
        en: Text {
            title: "Administrator roles that AWS principals may assume demand MFA",
            why: "Whoever may assume an administrator role is an administrator. If a stolen access key is enough for that, it is enough for \
                  the whole account. With MFA in the trust policy the thief needs the device, too.",
            fails_when: "A role with full access can be assumed by an AWS account, user or role without MFA. Full access: AdministratorAccess, or \
                         an inline or customer managed policy that allows * on *; NotAction counts as * unless it leaves out all of IAM, \
                         NotResource counts as *, and conditions, denials and permissions boundaries do not make it less. MFA is demanded \
                         where every statement that lets AWS principals assume the role has Bool aws:MultiFactorAuthPresent true, \
                         NumericLessThan or NumericLessThanEquals aws:MultiFactorAuthAge, or Null aws:MultiFactorAuthAge false; or where a \
                         statement for everybody denies it under the one condition BoolIfExists aws:MultiFactorAuthPresent false or Null \
                         aws:MultiFactorAuthAge true. BoolIfExists in an Allow is not enough, because access keys come without the key \
                         aws:MultiFactorAuthPresent and pass; nor is Null aws:MultiFactorAuthPresent false, because a session without MFA \
                         has it; only both together are. Out of scope: trust in services, SAML and OIDC providers, \
                         roles of IAM Identity Center (AWSReservedSSO_*), service-linked roles, and the roles that parameter exempt_roles \
                         names (OrgsweepAudit; set it to your sessions.role_name). Roles of AWS Control Tower and Organizations \
                         (AWSControlTowerExecution, OrganizationAccountAccessRole) count unless you name them.",
            fix_console: "IAM, Roles, the role, Trust relationships, Edit trust policy: add to every statement with AWS principals the condition \
                          Bool, aws:MultiFactorAuthPresent, true. A role that a program assumes cannot show a device: give it less than full \
                          access, or name it in the parameter exempt_roles.",
        },
        ja: Text {
            title: "AWS プリンシパルが引き受けられる管理者ロールが MFA を要求している",
            why: "管理者ロールを引き受けられる人は管理者です。盗まれたアクセスキーだけで引き受けられるなら、アカウント全体を奪われます。信頼ポリシーで MFA を\
                  要求すれば、デバイスがなければ引き受けられません。",
            fails_when: "フルアクセスのロールを AWS アカウント、ユーザー、ロールが MFA なしで引き受けられる場合に不合格となります。フルアクセスとは、\
                         AdministratorAccess、または * に対する * を許可するインラインポリシーかカスタマー管理ポリシーです。NotAction は IAM 全体を除外して\
                         いない限り *、NotResource は * とみなし、条件、拒否、許可の境界は考慮しません。AWS プリンシパルに引き受けを許可するすべての\
                         ステートメントに、Bool aws:MultiFactorAuthPresent true、NumericLessThan または NumericLessThanEquals aws:MultiFactorAuthAge、\
                         Null aws:MultiFactorAuthAge false のいずれかがあれば MFA を要求しているとみなします。全員を対象とし、条件が BoolIfExists \
                         aws:MultiFactorAuthPresent false または Null aws:MultiFactorAuthAge true だけの拒否ステートメントでも構いません。Allow の \
                         BoolIfExists は不十分です。アクセスキーによるリクエストには aws:MultiFactorAuthPresent キーがなく、通過するためです。Null \
                         aws:MultiFactorAuthPresent false も、MFA のないセッションにもキーがあるため単独では不十分で、両方がそろった場合だけ認めます。\
                         サービス、SAML、OIDC プロバイダーへの信頼、IAM Identity Center のロール (AWSReservedSSO_*)、サービスリンクロール、パラメータ \
                         exempt_roles のロール (既定値は OrgsweepAudit。sessions.role_name に合わせてください) は対象外です。AWS Control Tower や \
                         Organizations のロール (AWSControlTowerExecution、OrganizationAccountAccessRole) は、指定しない限り対象です。",
            fix_console: "IAM の「ロール」で対象ロールを開き、「信頼関係」タブの「信頼ポリシーを編集」で、AWS プリンシパルのすべてのステートメントに条件 Bool、\
                          aws:MultiFactorAuthPresent、true を追加します。プログラムが引き受けるロールは MFA を使えないため、権限を減らすか、パラメータ \
                          exempt_roles に指定してください。",
        },
        fix_cli: "aws iam get-role --role-name {resource} --query Role.AssumeRolePolicyDocument > trust.json\n\
                  # Add to every statement with AWS principals: \"Condition\": {\"Bool\": {\"aws:MultiFactorAuthPresent\": \"true\"}}\n\
                  aws iam update-assume-role-policy --role-name {resource} --policy-document file://trust.json",
        references: &[
            Reference {
                title: "Secure API access with MFA",
                url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html",
            },
            Reference {
                title: "AWS global condition context keys",
                url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html",
            },
        ],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let roles = &facts.get::<AuthorizationDetails>()?.roles;
        let findings = roles.iter().filter(|role| self.counts(role)).filter_map(finding).collect();
        Ok(Verdict::from_findings(findings, "Every administrator role that AWS principals may assume demands MFA."))
    }
}

impl Check {
    fn counts(&self, role: &Role) -> bool {
        !role.is_of_identity_center() && !role.path.starts_with("/aws-service-role/") && !self.exempt_roles.contains(&role.name)
    }
}

fn finding(role: &Role) -> Option<Finding> {
    let policy = &role.grants.iter().find(|grant| allows_everything(grant))?.policy;
    if role.trust.iter().any(denies_without_mfa) {
        return None;
    }
    let open = role.trust.iter().filter(|statement| lets_assume(statement) && !demands_mfa(&statement.conditions));
    let principals: Vec<&str> = open.flat_map(|statement| &statement.principals).filter(|name| exists(name)).map(String::as_str).collect();
    let shown = match principals.as_slice() {
        [] => return None,
        [first, second, third, rest @ ..] if rest.len() > 1 => format!("{first}, {second}, {third} and {} others", rest.len()),
        few => join(few),
    };
    let reason = format!("observed full access by {policy} for {shown} without MFA, wanted aws:MultiFactorAuthPresent demanded of them");
    Some(Finding::new(&role.name, reason).with_arn(&role.arn))
}

/// Whether a statement allows all of an account. See `fails_when` for what stands for everything.
fn allows_everything(grant: &Grant) -> bool {
    let any = |patterns: &[String]| patterns.iter().any(|pattern| stands_for_everything(pattern));
    let leaves_out_iam = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, "iam:*"));
    let every_action = any(&grant.actions) || !grant.not_actions.is_empty() && !leaves_out_iam(&grant.not_actions);
    every_action && (any(&grant.resources) || !grant.not_resources.is_empty() && !any(&grant.not_resources))
}

/// `*` and `*:*`.
fn stands_for_everything(pattern: &str) -> bool {
    pattern.contains('*') && !pattern.contains(char::is_alphanumeric)
}

/// Whether a statement allows AWS principals to assume the role. One for `sts:TagSession` alone does not.
fn lets_assume(statement: &TrustStatement) -> bool {
    statement.effect == Effect::Allow && is_about_assuming(statement)
}

fn is_about_assuming(statement: &TrustStatement) -> bool {
    let any = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, "sts:AssumeRole"));
    any(&statement.actions) || !statement.not_actions.is_empty() && !any(&statement.not_actions)
}

/// What is left in a policy of a user or role that was deleted is its unique id, and nobody can have that again.
fn exists(principal: &str) -> bool {
    !["AIDA", "AROA"].iter().any(|kind| principal.starts_with(kind))
}

const PRESENT: &str = "aws:MultiFactorAuthPresent";
const AGE: &str = "aws:MultiFactorAuthAge";

/// Whether nobody meets all these conditions without MFA.
fn demands_mfa(conditions: &[Condition]) -> bool {
    let has = |operator: &str, key: &str, value: &str| conditions.iter().any(|condition| is(condition, operator, key, value));
    let age_below = |condition: &Condition| {
        let below = ["NumericLessThan", "NumericLessThanEquals"].iter().any(|name| condition.operator.eq_ignore_ascii_case(name));
        below && condition.key.eq_ignore_ascii_case(AGE)
    };
    has("Bool", PRESENT, "true")
        || has("BoolIfExists", PRESENT, "true") && has("Null", PRESENT, "false")
        // The age is there only after MFA.
        || has("Null", AGE, "false")
        || conditions.iter().any(age_below)
}

/// Whether a statement keeps everybody out who comes without MFA, whatever others allow. A further condition would let some through.
fn denies_without_mfa(statement: &TrustStatement) -> bool {
    let [condition] = statement.conditions.as_slice() else { return false };
    statement.effect == Effect::Deny
        && statement.principals.iter().any(|principal| principal == "*")
        && is_about_assuming(statement)
        && (is(condition, "BoolIfExists", PRESENT, "false") || is(condition, "Null", AGE, "true"))
}

/// Whether a condition is this one and has no other value.
fn is(condition: &Condition, operator: &str, key: &str, value: &str) -> bool {
    condition.operator.eq_ignore_ascii_case(operator)
        && condition.key.eq_ignore_ascii_case(key)
        && !condition.values.is_empty()
        && condition.values.iter().all(|found| found.eq_ignore_ascii_case(value))
}

/// Whether a pattern with `*` and `?` matches an action. Case does not matter in actions. Takes no longer than the lengths multiplied,
/// whatever somebody put into a policy.
fn matches(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.as_bytes(), action.as_bytes());
    let (mut at, mut seen) = (0, 0);
    // Where the latest star is, and how much of the action it has taken.
    let mut star = None;
    while seen < action.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(letter) if *letter == b'?' || letter.eq_ignore_ascii_case(&action[seen]) => {
                at += 1;
                seen += 1;
            }
            _ => {
                let Some((begin, taken)) = star else { return false };
                star = Some((begin, taken + 1));
                at = begin + 1;
                seen = taken + 1;
            }
        }
    }
    pattern[at..].iter().all(|left| *left == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for pattern in ["sts:AssumeRole", "sts:assumerole", "*", "sts:*", "sts:Assume*", "*:AssumeRole", "s?s:*Role*", "**", "*e"] {
            assert!(matches(pattern, "sts:AssumeRole"), "{pattern}");
        }
        for pattern in ["", "sts:AssumeRoleWithSAML", "sts:TagSession", "sts:", "?", "*s", "iam:*"] {
            assert!(!matches(pattern, "sts:AssumeRole"), "{pattern}");
        }
        assert!(!matches(&"*a".repeat(2000), "sts:AssumeRole"));
    }
}
