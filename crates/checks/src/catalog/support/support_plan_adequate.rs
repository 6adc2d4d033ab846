// support-plan-adequate: somebody at AWS answers when an account that matters is in trouble.

use std::collections::BTreeMap;

use orgsweep_model::{
    AccountId, Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::{organizations::AccountListing, support::SupportLevels},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::{
        environments::OuPattern,
        shared::{contradiction, unclear},
    },
};

/// The check and its parameters. Which accounts need a plan: those that are listed, or are below one of the units, or have the tags.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// The least plan that is enough.
    pub plan: Plan,
    /// Ids of accounts that need it, in quotes.
    pub accounts: Vec<AccountId>,
    /// Organizational units whose accounts need it: ids, or globs over their paths of names.
    pub ous: Vec<OuPattern>,
    /// Tags, of which an account has to have all to need it: a key and its values, in any case of letters; no values mean any.
    pub tags: BTreeMap<String, Vec<String>>,
}

/// Support plans, as far as they can be told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// Developer: cases of low and normal severity.
    #[default]
    Developer,
    /// Business and the like: high and urgent, too.
    Business,
    /// Enterprise and the like: critical, too.
    Enterprise,
}

impl Plan {
    const fn words(self) -> &'static str {
        match self {
            Self::Developer => "a Developer plan",
            Self::Business => "a Business plan",
            Self::Enterprise => "an Enterprise plan",
        }
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("support-plan-adequate"),
        severity: Severity::Low,
        scope: Scope::Account,
        cadence: Cadence::Daily,
        facts: &[FactKind::SupportLevels, FactKind::AccountListing],
        en: Text {
            title: "Accounts that matter have a support plan",
            why: "With the Basic plan nobody at AWS answers technical questions. A plan is bought before the outage, not during it.",
            fails_when: "The account is one of those that need a support plan (parameters accounts, ous and tags), and AWS Support either \
                         asks for a subscription or allows only cases less severe than the wanted plan does (parameter plan: developer, \
                         business or enterprise; developer unless said otherwise, which means any paid plan).\n\nNo API names the plan. \
                         Cases may be low and normal with Developer, high and urgent, too, with Business, critical, too, with Enterprise. \
                         AWS opens this API from Business upwards, so an account on Developer may look like one on Basic.\n\nNot applicable \
                         to accounts that the parameters do not name; by default they name none, and nothing is asked. Unknown where the \
                         answer depends on tags that could not be read.",
            fix_console: "AWS Support Center in the account, Support plans, Review change. In an organization with Enterprise Support, ask AWS to \
                          add the account.",
        },
        ja: Text {
            title: "重要なアカウントにサポートプランがある",
            why: "ベーシックプランでは、技術的な質問に AWS の担当者は答えてくれません。プランは障害の最中ではなく、その前に契約しておくものです。",
            fails_when: "サポートプランが必要なアカウント (パラメータ accounts、ous、tags) で、AWS サポートが契約を求める場合や、求めるプラン \
                         (パラメータ plan: developer、business、enterprise。既定の developer は有料プランならどれでもよいという意味です) より低い\
                         重要度のケースしか作成できない場合に不合格となります。\n\nプラン名を返す API はありません。デベロッパーでは low と normal、\
                         ビジネスではさらに high と urgent、エンタープライズではさらに critical のケースを作成できます。この API はビジネス以上で\
                         利用できるため、デベロッパーのアカウントがベーシックに見えることがあります。\n\nパラメータで指定されていないアカウントは\
                         対象外です。既定では 1 つも指定されておらず、問い合わせもしません。読み取れないタグによって結果が変わる場合は「不明」です。",
            fix_console: "アカウントの AWS サポートセンターで「サポートプラン」を開き、「変更を確認」から変更します。エンタープライズサポートを契約している\
                          組織では、アカウントの追加を AWS に依頼してください。",
        },
        fix_cli: "# Plans are bought in the console. What the account has now; the endpoint is in us-east-1:\n\
                  aws support describe-severity-levels --region us-east-1",
        references: &[
            Reference {
                title: "Compare AWS Support plans",
                url: "https://docs.aws.amazon.com/awssupport/latest/user/aws-support-plans.html",
            },
            Reference {
                title: "DescribeSeverityLevels",
                url: "https://docs.aws.amazon.com/awssupport/latest/APIReference/API_DescribeSeverityLevels.html",
            },
        ],
        ..CheckMeta::USUAL
    };

    /// An account that is not named is not asked.
    fn needs(&self) -> &'static [FactKind] {
        match (self.accounts.is_empty(), self.ous.is_empty() && self.tags.is_empty()) {
            (true, true) => &[],
            (false, true) => &[FactKind::SupportLevels],
            (_, false) => Self::META.facts,
        }
    }

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        // Whether one of them was seen matters only to an account that is named.
        let (levels, listing) = (facts.get::<SupportLevels>(), facts.get::<AccountListing>());
        if !self.names(facts.context.account, listing)? {
            return Ok(Verdict::not_applicable("The parameters do not name the account as one that needs a support plan."));
        }
        let (observed, plan) = match levels? {
            SupportLevels::SubscriptionRequired => ("AWS Support asking for a subscription", None),
            SupportLevels::Levels(codes) => {
                let plan = plan(codes).ok_or_else(|| unclear("AWS Support names no severity level that a plan is known by"))?;
                (plan.words(), Some(plan))
            }
        };
        if plan.is_some_and(|plan| plan >= self.plan) {
            return Ok(Verdict::pass(format!("The severity levels of its support cases show {observed}.")));
        }
        let reason = format!("observed {observed}, wanted {} or higher", self.plan.words());
        Ok(Verdict::fail(Finding::new(facts.context.account.to_string(), reason)))
    }
}

impl Check {
    /// Whether the account needs a plan.
    fn names(&self, account: AccountId, listing: Result<&AccountListing, Unseen>) -> Result<bool, Unseen> {
        if self.accounts.contains(&account) {
            return Ok(true);
        }
        if self.ous.is_empty() && self.tags.is_empty() {
            return Ok(false);
        }
        let listing = listing.map_err(contradiction)?;
        if self.ous.iter().any(|pattern| pattern.depth(&listing.ou_path).is_some()) {
            return Ok(true);
        }
        if self.tags.is_empty() {
            return Ok(false);
        }
        let tags = listing.tags.seen().map_err(contradiction)?;
        let same = |one: &String, other: &String| one.trim().to_lowercase() == other.trim().to_lowercase();
        let has = |(key, values): (&String, &Vec<String>)| {
            tags.get(key).is_some_and(|value| values.is_empty() || values.iter().any(|wanted| same(wanted, value)))
        };
        Ok(self.tags.iter().all(has))
    }
}

/// The plan that allows these severities.
fn plan(codes: &[String]) -> Option<Plan> {
    let any = |names: &[&str]| codes.iter().any(|code| names.contains(&code.as_str()));
    if any(&["critical"]) {
        Some(Plan::Enterprise)
    } else if any(&["high", "urgent"]) {
        Some(Plan::Business)
    } else {
        any(&["low", "normal"]).then_some(Plan::Developer)
    }
}
