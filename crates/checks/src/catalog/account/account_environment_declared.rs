// account-environment-declared: everybody can see what the account is for.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::organizations::AccountListing,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::{
        environments::{Belonging, Environments, default_tag_key, tag_key},
        shared::contradiction,
    },
};

/// The check and its parameters.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// The tag of accounts that names the environment; null where none does.
    #[serde(deserialize_with = "tag_key")]
    pub tag_key: Option<String>,
    /// The environments, and the tag values and organizational units that mean each.
    pub environments: Environments,
}

impl Default for Check {
    fn default() -> Self {
        Self { tag_key: default_tag_key(), environments: Environments::default() }
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("account-environment-declared"),
        severity: Severity::Low,
        scope: Scope::Account,
        cadence: Cadence::Daily,
        facts: &[FactKind::AccountListing],
        en: Text {
            title: "The account says which environment it belongs to",
            why: "Whether a finding can wait depends on whether it is about production. Policies, budgets and alarms that differ by environment \
                  need a mark that programs can read; a name that people understand is none.",
            fails_when: "The account maps to no environment: neither by the value of its tag Environment (parameter tag_key; null to leave tags \
                         out) nor by its organizational unit. Which values and units mean what is in the parameter environments, where the \
                         deepest unit that any pattern fits decides, and the first environment where several fit. It fails, too, where the \
                         tag and the unit name two different environments. Unknown where the account's tags or units could not be read.",
            fix_console: "AWS Organizations in the management account, AWS accounts, the account, Tags, Manage tags: add Environment with a value \
                          such as production, staging, development, sandbox or shared. Where the tag and the unit contradict each other, \
                          correct the tag or move the account.",
        },
        ja: Text {
            title: "アカウントの環境が明示されている",
            why: "検出事項の緊急度は、本番環境かどうかで変わります。環境によって異なるポリシー、予算、アラームには、人が読む名前ではなく、プログラムが読める\
                  目印が必要です。",
            fails_when: "タグ Environment の値 (パラメータ tag_key、null でタグを使用しない) でも組織単位 (OU) でも、アカウントの環境が決まらない場合に不合格と\
                         なります。値や OU と環境の対応はパラメータ environments で指定し、パターンに一致する最も深い OU が優先され、複数の環境に一致する\
                         場合は先に書かれた環境になります。タグと OU が異なる環境を示す場合も不合格です。タグまたは OU を読み取れない場合は「不明」です。",
            fix_console: "管理アカウントの AWS Organizations で対象のアカウントの「タグ」の「タグの管理」を開き、Environment に production、staging、development、\
                          sandbox、shared などの値を設定します。タグと OU が矛盾する場合は、タグを修正するか、アカウントを移動します。",
        },
        fix_cli: "# In the management account:\n\
                  aws organizations tag-resource --resource-id {account} --tags Key=Environment,Value=production",
        references: &[
            Reference {
                title: "Tagging AWS Organizations resources",
                url: "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_tagging.html",
            },
            Reference {
                title: "Organizing your AWS environment using multiple accounts",
                url: "https://docs.aws.amazon.com/whitepapers/latest/organizing-your-aws-environment/organizing-your-aws-environment.html",
            },
        ],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let listing = facts.get::<AccountListing>()?;
        let observed = match self.environments.of(self.tag_key.as_deref(), listing)? {
            Belonging::One(environment) => return Ok(Verdict::pass(format!("The account belongs to {}.", environment.name))),
            Belonging::Two { by_tag, by_unit } => {
                format!("{} by {} but {} by {}", by_tag.name, self.tag_words(listing)?, by_unit.name, unit_words(listing))
            }
            Belonging::None => format!("{} and {}, which mean no environment", self.tag_words(listing)?, unit_words(listing)),
        };
        let reason = format!("observed {observed}, wanted one of {}", self.environments.names().replace(" and ", " or "));
        Ok(Verdict::fail(Finding::new(facts.context.account.to_string(), reason)))
    }
}

impl Check {
    /// `the tag Environment=dev`.
    fn tag_words(&self, listing: &AccountListing) -> Result<String, Unseen> {
        let Some(key) = &self.tag_key else { return Ok("no tag asked for".to_owned()) };
        let value = listing.tags.seen().map_err(contradiction)?.get(key);
        Ok(value.map_or_else(|| format!("no tag {key}"), |value| format!("the tag {key}={value}")))
    }
}

/// `the unit /Workloads`.
fn unit_words(listing: &AccountListing) -> String {
    if listing.ou_path.names.is_empty() { "no organizational unit".to_owned() } else { format!("the unit {}", listing.ou_path) }
}
