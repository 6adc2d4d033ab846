// iam-user-permissions-via-groups: what people may do is written down per job, not per person.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::iam::{AuthorizationDetails, UserWithPolicies},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Facts, Rule, catalog::shared::join};

/// The check. It has no parameters.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("iam-user-permissions-via-groups"),
        severity: Severity::Medium,
        scope: Scope::Account,
        cadence: Cadence::Standard,
        facts: &[FactKind::AuthorizationDetails],
        en: Text {
            title: "IAM users have permissions through groups only",
            why: "Permissions given to single users pile up unseen: they stay when somebody changes jobs, and nobody can say any more who may \
                  do what. Groups named after jobs keep it reviewable.",
            fails_when: "An IAM user has an inline policy or a managed policy attached directly. A permissions boundary is neither.",
            fix_console: "IAM, User groups: make or find a group with the permissions, add the user to it. Then Users, the user, Permissions: \
                          remove every policy that is attached directly or inline.",
        },
        ja: Text {
            title: "IAM ユーザーの権限がすべてグループ経由で付与されている",
            why: "ユーザーに直接付与した権限は気づかないうちに積み重なり、担当が変わっても残り、誰が何をできるのか分からなくなります。役割ごとの\
                  グループにまとめれば、見直しができる状態を保てます。",
            fails_when: "IAM ユーザーにインラインポリシーがある場合、または管理ポリシーが直接アタッチされている場合に不合格となります。許可の境界 \
                         (permissions boundary) は対象外です。",
            fix_console: "IAM の「ユーザーグループ」で必要な権限を持つグループを作成または選択し、ユーザーを追加します。次に「ユーザー」で対象ユーザーを開き、\
                          「許可」タブで直接アタッチされたポリシーとインラインポリシーをすべて削除します。",
        },
        fix_cli: "# What the user has:\n\
                  aws iam list-attached-user-policies --user-name {resource}\n\
                  aws iam list-user-policies --user-name {resource}\n\
                  # Give the same through a group, then take it from the user:\n\
                  aws iam add-user-to-group --user-name {resource} --group-name \"$GROUP\"\n\
                  aws iam detach-user-policy --user-name {resource} --policy-arn \"$POLICY_ARN\"\n\
                  aws iam delete-user-policy --user-name {resource} --policy-name \"$POLICY_NAME\"",
        references: &[
            Reference { title: "IAM user groups", url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_groups.html" },
            Reference {
                title: "Managed policies and inline policies",
                url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html",
            },
        ],
        mappings: Mappings { cis_v3: Some("1.15"), cis_v5: Some("1.14"), fsbp: Some("IAM.2") },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let users = &facts.get::<AuthorizationDetails>()?.users_with_policies;
        Ok(Verdict::from_findings(users.iter().filter_map(finding).collect(), "No IAM user has policies of its own."))
    }
}

fn finding(user: &UserWithPolicies) -> Option<Finding> {
    let named = |kind: &str, names: &[String]| {
        let policies = if names.len() == 1 { "policy" } else { "policies" };
        (!names.is_empty()).then(|| format!("{kind} {policies} {}", join(names)))
    };
    let policies: Vec<String> = named("inline", &user.inline).into_iter().chain(named("attached", &user.attached)).collect();
    let reason = || format!("observed {}, wanted permissions through groups only", join(&policies));
    (!policies.is_empty()).then(|| Finding::new(&user.user, reason()).with_arn(&user.arn))
}
