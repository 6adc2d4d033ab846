// config-rule-remediation: what a rule finds does not wait for somebody to come along.

use std::{collections::BTreeSet, num::NonZeroUsize};

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::config::{ConfigRemediations, ConfigRules},
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
    /// How many rules must have a remediation.
    #[schemars(range(min = 1))]
    pub minimum_rules: NonZeroUsize,
    /// The services whose rules count besides the account's own: those that roll out an organization's rules and conformance packs.
    pub counted_services: Vec<String>,
    /// The states in which a rule is active.
    pub active_states: Vec<String>,
}

impl Default for Check {
    fn default() -> Self {
        Self { minimum_rules: NonZeroUsize::MIN, counted_services: list(COUNTED_SERVICES), active_states: list(LIVING_STATES) }
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("config-rule-remediation"),
        severity: Severity::Low,
        scope: Scope::Region,
        cadence: Cadence::Daily,
        facts: &[FactKind::ConfigRules, FactKind::ConfigRemediations],
        en: Text {
            title: "A Config rule has a remediation",
            why: "A rule that only reports leaves every finding to a person. A remediation, run by Systems Manager Automation on its own or \
                  at a click, brings the resource back before anybody notices the gap.",
            fails_when: "The region has active rules of the account's own, of an organization or of a conformance pack (parameters \
                         counted_services and active_states), and fewer than one of them (parameter minimum_rules) has a remediation, \
                         automatic or manual. Not applicable where there is no such rule, or where AWS does not offer AWS Config.",
            fix_console: "AWS Config in the region, Rules, the rule, Actions, Manage remediation: choose automatic or manual, the remediation \
                          action (an Automation document such as AWS-DisablePublicAccessForSecurityGroup), the parameter that takes the \
                          resource's id, and the role that Automation assumes; save.",
        },
        ja: Text {
            title: "修復アクションを持つ Config ルールがある",
            why: "報告するだけのルールでは、検出のたびに人手での対応が必要です。Systems Manager Automation による修復アクションを設定すると、\
                  自動またはワンクリックでリソースがあるべき状態に戻ります。",
            fails_when: "アカウント独自、組織、または適合パックの有効なルール (パラメータ counted_services と active_states) がリージョンにあり、\
                         自動または手動の修復アクションを持つルールが 1 個 (パラメータ minimum_rules) 未満の場合に不合格となります。該当する\
                         ルールがない場合と、AWS Config が提供されていないリージョンは対象外です。",
            fix_console: "対象リージョンの AWS Config の「ルール」で対象のルールを開き、「アクション」の「修復の管理」を選びます。自動または手動、修復\
                          アクション (AWS-DisablePublicAccessForSecurityGroup などの Automation ドキュメント)、リソース ID を受け取るパラメータ、\
                          Automation が引き受けるロールを指定して保存します。",
        },
        fix_cli: "# The rule, the document and its parameters are examples: aws configservice describe-config-rules --region {region}\n\
                  aws configservice put-remediation-configurations --region {region} --remediation-configurations \\\n  \
                  '[{\"ConfigRuleName\":\"restricted-ssh\",\"TargetType\":\"SSM_DOCUMENT\",\"TargetId\":\"AWS-DisablePublicAccessForSecurityGroup\",\"Parameters\":{\"GroupId\":{\"ResourceValue\":{\"Value\":\"RESOURCE_ID\"}},\"AutomationAssumeRole\":{\"StaticValue\":{\"Values\":[\"arn:aws:iam::{account}:role/ConfigRemediation\"]}}},\"Automatic\":true,\"MaximumAutomaticAttempts\":5,\"RetryAttemptSeconds\":60}]'",
        references: &[Reference {
            title: "Remediating noncompliant resources with AWS Config",
            url: "https://docs.aws.amazon.com/config/latest/developerguide/remediation.html",
        }],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let rules = &facts.get::<ConfigRules>()?.rules;
        let remedied: BTreeSet<&String> = facts.get::<ConfigRemediations>()?.rules.iter().collect();
        let counted: Vec<_> = counted(rules, &self.counted_services, &self.active_states).collect();
        if counted.is_empty() {
            return Ok(Verdict::not_applicable("The region has no active Config rule of the account's or organization's own."));
        }
        let with = counted.iter().filter(|rule| remedied.contains(&rule.name)).count();
        if with >= self.minimum_rules.get() {
            return Ok(Verdict::pass(format!("{with} of {} has a remediation.", count(counted.len(), "active rule"))));
        }
        let reason = format!(
            "observed {with} of {} with a remediation, wanted at least {}",
            count(counted.len(), "active rule"),
            self.minimum_rules
        );
        Ok(Verdict::fail(Finding::new(facts.context.account.to_string(), reason)))
    }
}
