// organizations-environments-separated: production has accounts of its own.

use std::collections::BTreeMap;

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::organizations::OrganizationAccounts,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::{
        environments::{Belonging, Environments, default_tag_key, tag_key},
        shared::join,
    },
};

/// The check and its parameters.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// The tag of accounts that names the environment; null where none does.
    #[serde(deserialize_with = "tag_key")]
    pub tag_key: Option<String>,
    /// The environments, the tag values and organizational units that mean each, and which of them are production.
    pub environments: Environments,
}

impl Default for Check {
    fn default() -> Self {
        Self { tag_key: default_tag_key(), environments: Environments::default() }
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("organizations-environments-separated"),
        severity: Severity::Medium,
        scope: Scope::Organization,
        cadence: Cadence::Daily,
        facts: &[FactKind::OrganizationAccounts],
        en: Text {
            title: "Production and other environments have accounts of their own",
            why: "An account is the only wall in AWS that holds by default: permissions, quotas and mistakes stay within it. Where \
                  development and production share an account, a slip in one is an outage or a leak in the other.",
            fails_when: "The organization's accounts do not cover production and at least one other environment. An account belongs to an \
                         environment by the value of its tag Environment (parameter tag_key; null to leave tags out) or by its \
                         organizational unit; which values and units mean what is in the parameter environments, where the deepest unit that \
                         any pattern fits decides, and the first environment where several fit. An account whose tag and unit name two \
                         different environments counts for neither. Suspended accounts and those being closed do not count. Unknown where \
                         the accounts that were seen do not prove it and the tags of one could not be read.",
            fix_console: "AWS Organizations in the management account: create accounts for what is not production, put them into an \
                          organizational unit such as Workloads/Development, or open an account, Tags, Manage tags, and add Environment \
                          with a value such as production or development.",
        },
        ja: Text {
            title: "本番環境とその他の環境が別々のアカウントに分かれている",
            why: "AWS で既定の状態から確実に効く境界はアカウントだけです。権限、クォータ、操作ミスの影響はアカウント内に留まります。開発環境と本番環境が\
                  同じアカウントにあると、一方のミスが他方の障害や漏えいにつながります。",
            fails_when: "組織のアカウントが、本番環境と、それ以外の少なくとも 1 つの環境を含んでいない場合に不合格となります。アカウントの環境は、タグ \
                         Environment の値 (パラメータ tag_key、null でタグを使用しない) または組織単位 (OU) で判断します。値や OU と環境の対応は\
                         パラメータ environments で指定し、パターンに一致する最も深い OU が優先され、複数の環境に一致する場合は先に書かれた環境に\
                         なります。タグと OU が異なる環境を示すアカウントは、どちらにも数えません。停止中や閉鎖手続き中のアカウントは対象外です。\
                         確認できたアカウントだけでは合格といえず、タグを読み取れないアカウントがある場合は「不明」です。",
            fix_console: "管理アカウントの AWS Organizations で本番以外の環境用のアカウントを作成し、Workloads/Development のような OU に配置します。\
                          または、アカウントを開いて「タグ」の「タグの管理」で、Environment に production や development などの値を設定します。",
        },
        fix_cli: "# In the management account, for each account:\n\
                  aws organizations tag-resource --resource-id \"$ACCOUNT_ID\" --tags Key=Environment,Value=development\n\
                  # Or by its organizational unit:\n\
                  aws organizations move-account --account-id \"$ACCOUNT_ID\" \\\n  \
                  --source-parent-id \"$ROOT_ID\" --destination-parent-id \"$OU_ID\"",
        references: &[
            Reference {
                title: "AWS account management and separation",
                url: "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/aws-account-management-and-separation.html",
            },
            Reference {
                title: "Organizing your AWS environment using multiple accounts",
                url: "https://docs.aws.amazon.com/whitepapers/latest/organizing-your-aws-environment/organizing-your-aws-environment.html",
            },
        ],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let accounts = &facts.get::<OrganizationAccounts>()?.accounts;
        let mut of = BTreeMap::new();
        let (mut none, mut two, mut not_seen) = (0, 0, None);
        for account in accounts {
            match self.environments.of(self.tag_key.as_deref(), &account.listing) {
                Ok(Belonging::One(environment)) => *of.entry(environment.name.as_str()).or_insert(0) += 1,
                Ok(Belonging::None) => none += 1,
                Ok(Belonging::Two { .. }) => two += 1,
                Err(unseen) => not_seen = not_seen.or(Some(unseen)),
            }
        }
        let covered: Vec<_> = self.environments.iter().filter(|environment| of.contains_key(environment.name.as_str())).collect();
        let counted = covered.iter().map(|environment| (environment.name.as_str(), of[environment.name.as_str()]));
        let words = |(name, number): (&str, i32)| format!("{name} ({number})");
        if covered.iter().any(|environment| environment.production) && covered.iter().any(|environment| !environment.production) {
            let covered: Vec<String> = counted.map(words).collect();
            return Ok(Verdict::pass(format!("The accounts cover {}.", join(&covered))));
        }
        // An account whose tags were not seen could be the missing one.
        if let Some(unseen) = not_seen {
            return Err(unseen);
        }
        let others = [("no environment", none), ("two environments at once", two)];
        let seen: Vec<String> = counted.chain(others.into_iter().filter(|(_, number)| *number > 0)).map(words).collect();
        let observed = if seen.is_empty() { "no account in use".to_owned() } else { format!("accounts of {}", join(&seen)) };
        let reason = format!("observed {observed}, wanted accounts of production and of at least one other environment");
        Ok(Verdict::fail(Finding::new(facts.context.account.to_string(), reason)))
    }
}
