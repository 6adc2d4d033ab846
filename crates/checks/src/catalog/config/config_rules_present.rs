// config-rules-present: somebody compares what AWS Config records with what it should be.

use std::num::NonZeroUsize;

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::config::ConfigRules,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::{
        config_rules::{COUNTED_SERVICES, LIVING_STATES, counted},
        shared::{count, list},
    },
};

/// The check and its parameters.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// How many rules there must be.
    #[schemars(range(min = 1))]
    pub minimum_rules: NonZeroUsize,
    /// The services whose rules count besides the account's own: those that roll out an organization's rules and conformance packs.
    pub counted_services: Vec<String>,
    /// The states in which a rule is active. AWS Config shows the two besides ACTIVE for a while when a rule is run or its results are
    /// cleared.
    pub active_states: Vec<String>,
}

impl Default for Check {
    fn default() -> Self {
        Self { minimum_rules: NonZeroUsize::MIN, counted_services: list(COUNTED_SERVICES), active_states: list(LIVING_STATES) }
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("config-rules-present"),
        severity: Severity::Low,
        scope: Scope::Region,
        cadence: Cadence::Daily,
        facts: &[FactKind::ConfigRules],
        en: Text {
            title: "AWS Config has rules of the account's or organization's own",
            why: "A recorder only writes down what resources look like. Rules say what they should look like, and report each one that \
                  drifts from it. Security Hub's rules cover general practice; what your own organization demands nobody else checks.",
            fails_when: "Fewer rules than one (parameter minimum_rules) are active in the region (parameter active_states: ACTIVE, \
                         EVALUATING or DELETING_RESULTS). Rules that the account made count, and those of an organization or of a \
                         conformance pack (parameter counted_services); rules that other services such as Security Hub keep for \
                         themselves do not. Not applicable where AWS does not offer AWS Config.",
            fix_console: "In an organization: AWS Config in the delegated administrator's account, Conformance packs, Deploy conformance \
                          pack, for the organization.\n\nA single account: AWS Config in the region, Rules, Add rule, choose a managed \
                          rule such as required-tags, set its parameters and save. Rules need a recorder that records.",
        },
        ja: Text {
            title: "AWS Config にアカウントまたは組織独自のルールがある",
            why: "レコーダーはリソースの構成を記録するだけです。あるべき構成はルールが定め、そこから外れたリソースを報告します。Security Hub の\
                  ルールは一般的な慣行を対象とし、自組織に固有の要求は独自のルールでしか確認できません。",
            fails_when: "リージョンで有効 (パラメータ active_states。ACTIVE、EVALUATING、DELETING_RESULTS) なルールが 1 個 (パラメータ \
                         minimum_rules) 未満の場合に不合格となります。アカウントが作成したルールのほか、組織ルールと適合パックのルール (パラメータ \
                         counted_services) を数えます。Security Hub などのサービスが自身のために管理するルールは数えません。AWS Config が提供\
                         されていないリージョンは対象外です。",
            fix_console: "Organizations を利用している場合は、委任管理者アカウントの AWS Config の「適合パック」で「適合パックをデプロイ」を選び、\
                          組織に展開します。\n\n単独のアカウントでは、対象リージョンの AWS Config の「ルール」で「ルールを追加」を選び、required-tags \
                          などのマネージドルールを設定して保存します。ルールには記録中のレコーダーが必要です。",
        },
        fix_cli: "# In the delegated administrator's account, for the whole organization:\n\
                  aws configservice put-organization-config-rule --region {region} --organization-config-rule-name required-tags \\\n  \
                  --organization-managed-rule-metadata '{\"RuleIdentifier\":\"REQUIRED_TAGS\",\"InputParameters\":\"{\\\"tag1Key\\\":\\\"Environment\\\"}\"}'\n\
                  # Or in the account, for itself:\n\
                  aws configservice put-config-rule --region {region} --config-rule \\\n  \
                  '{\"ConfigRuleName\":\"required-tags\",\"Source\":{\"Owner\":\"AWS\",\"SourceIdentifier\":\"REQUIRED_TAGS\"},\"InputParameters\":\"{\\\"tag1Key\\\":\\\"Environment\\\"}\"}'",
        references: &[
            Reference {
                title: "Evaluating resources with AWS Config rules",
                url: "https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config.html",
            },
            Reference {
                title: "Conformance packs for AWS Config",
                url: "https://docs.aws.amazon.com/config/latest/developerguide/conformance-packs.html",
            },
        ],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let rules = &facts.get::<ConfigRules>()?.rules;
        let counted = counted(rules, &self.counted_services, &self.active_states).count();
        if counted >= self.minimum_rules.get() {
            return Ok(Verdict::pass(format!("The region has {} of its own.", count(counted, "active rule"))));
        }
        let others = rules.len() - counted;
        let besides = if others == 0 {
            String::new()
        } else {
            format!(" besides {} that {} not count", count(others, "rule"), if others == 1 { "does" } else { "do" })
        };
        let reason = format!("observed {}{besides}, wanted at least {}", count(counted, "active rule"), self.minimum_rules);
        Ok(Verdict::fail(Finding::new(facts.context.account.to_string(), reason)))
    }
}
