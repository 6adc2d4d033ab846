// access-analyzer-enabled: somebody notices what the account shares with the outside.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::access_analyzer::{Analyzer, Analyzers, OrganizationAnalyzers, OwnedAnalyzer},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::shared::{contradiction, join},
};

/// The check. It has no parameters.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("access-analyzer-enabled"),
        severity: Severity::Medium,
        scope: Scope::Region,
        cadence: Cadence::Standard,
        facts: &[FactKind::Analyzers, FactKind::OrganizationAnalyzers],
        en: Text {
            title: "IAM Access Analyzer watches for external access",
            why: "A bucket, key, queue or role can be shared with the outside by one line of its policy. Access Analyzer reads those policies \
                  whenever they change and reports each resource that somebody outside can reach. External access analyzers are free.",
            fails_when: "The region has no active external access analyzer: neither one of the account (type ACCOUNT or ORGANIZATION) nor one \
                         of type ORGANIZATION in the management account or a delegated administrator. Analyzers of unused or internal access \
                         do not count. Unknown where the account has none and the organization's could not be listed. Not applicable where \
                         AWS does not offer Access Analyzer.",
            fix_console: "In an organization: IAM in the delegated administrator's account and the region, Access Analyzer, Analyzer settings, \
                          Create analyzer, External access analysis, zone of trust: the organization. A single account: the same with the \
                          account as zone of trust.",
        },
        ja: Text {
            title: "IAM Access Analyzer が外部アクセスを監視している",
            why: "バケット、キー、キュー、ロールは、ポリシーの 1 行で外部に共有されてしまいます。Access Analyzer はポリシーの変更のたびに内容を解析し、\
                  外部から到達できるリソースを報告します。外部アクセスアナライザーは無料です。",
            fails_when: "リージョンに有効な外部アクセスアナライザーがない場合に不合格となります。アカウント自身のもの (タイプ ACCOUNT または \
                         ORGANIZATION) と、管理アカウントまたは委任管理者が持つタイプ ORGANIZATION のものを数えます。未使用アクセスや内部アクセスの\
                         アナライザーは数えません。アカウント自身になく、組織のものを一覧できない場合は「不明」です。Access Analyzer が提供されて\
                         いないリージョンは対象外です。",
            fix_console: "Organizations を利用している場合は、委任管理者アカウントの対象リージョンで IAM の「アクセスアナライザー」の「アナライザー設定」\
                          を開き、「アナライザーを作成」で「外部アクセス分析」、信頼ゾーンに組織を選びます。単独のアカウントでは信頼ゾーンに\
                          そのアカウントを選びます。",
        },
        fix_cli: "# In the delegated administrator's account, for the whole organization:\n\
                  aws accessanalyzer create-analyzer --region {region} --analyzer-name external-access --type ORGANIZATION\n\
                  # Or in the account, for itself:\n\
                  aws accessanalyzer create-analyzer --region {region} --analyzer-name external-access --type ACCOUNT",
        references: &[
            Reference {
                title: "Getting started with IAM Access Analyzer",
                url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-getting-started.html",
            },
            Reference {
                title: "Delegated administrator for IAM Access Analyzer",
                url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-delegated-administrator.html",
            },
        ],
        mappings: Mappings { cis_v3: Some("1.20"), cis_v5: Some("1.19"), fsbp: None },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let own = &facts.get::<Analyzers>()?.analyzers;
        // Its own analyzer is enough, whatever the organization has: a blind organization view must not take that away.
        if own.iter().any(|analyzer| active(analyzer, &["ACCOUNT", "ORGANIZATION"])) {
            return Ok(Verdict::pass("The account has an active external access analyzer of its own."));
        }
        let organization = &facts.get::<OrganizationAnalyzers>().map_err(contradiction)?.analyzers;
        if let Some(OwnedAnalyzer { owner, .. }) = organization.iter().find(|owned| active(&owned.analyzer, &["ORGANIZATION"])) {
            return Ok(Verdict::pass(format!("An active external access analyzer of the organization, in account {owner}, covers it.")));
        }
        let account = &facts.context.account;
        // Another account's analyzers of its own zone say nothing about this account, and this account's are in the list already.
        let shared = organization.iter().filter(|owned| owned.owner != *account && owned.analyzer.kind.starts_with("ORGANIZATION"));
        let seen: Vec<String> = own
            .iter()
            .map(describe)
            .chain(shared.map(|owned| format!("{} of account {}", describe(&owned.analyzer), owned.owner)))
            .collect();
        let observed = if seen.is_empty() { "no analyzer".to_owned() } else { format!("only {}", join(&seen)) };
        Ok(Verdict::fail(Finding::new(account.to_string(), format!("observed {observed}, wanted an ACTIVE external access analyzer"))))
    }
}

fn active(analyzer: &Analyzer, kinds: &[&str]) -> bool {
    analyzer.status == "ACTIVE" && kinds.contains(&analyzer.kind.as_str())
}

fn describe(analyzer: &Analyzer) -> String {
    format!("{} ({}, {})", analyzer.name, analyzer.kind, analyzer.status)
}
