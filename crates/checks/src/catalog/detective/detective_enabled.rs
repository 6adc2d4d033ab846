// detective-enabled: when something happens, somebody can see what led to it.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::detective::{BehaviorGraphs, GraphMembership},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Facts, Rule};

/// The check. It has no parameters.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("detective-enabled"),
        severity: Severity::Low,
        scope: Scope::Region,
        cadence: Cadence::Daily,
        facts: &[FactKind::BehaviorGraphs],
        en: Text {
            title: "Detective keeps a behavior graph of the account",
            why: "A GuardDuty finding is a moment. Detective keeps a year of sign-ins, API calls and network flows and ties them together, so \
                  that what came before and after a finding takes minutes to see and not days of log queries.",
            fails_when: "The account neither administers a behavior graph in the region nor is a member of another account's with the status \
                         ENABLED. An open invitation, a membership that is accepted but disabled, and one still being verified do not count. \
                         Not applicable where AWS does not offer Detective.",
            fix_console: "In an organization: Detective in the delegated administrator's account and the region, Settings, Account \
                          management, choose the account, Actions, Enable.\n\nA single account: Detective in the region, Get started, Enable \
                          Amazon Detective. An invitation is accepted under Settings, Account management.",
        },
        ja: Text {
            title: "Detective の動作グラフがアカウントを対象としている",
            why: "GuardDuty の検出結果は一瞬の記録です。Detective は 1 年分のサインイン、API 呼び出し、ネットワークフローを結び付けて保持するため、検出結果の\
                  前後に何が起きたかを、ログを何日も検索することなく数分で確認できます。",
            fails_when: "アカウントがリージョンで動作グラフを管理しておらず、他のアカウントの動作グラフの ENABLED のメンバーでもない場合に不合格となります。\
                         未承諾の招待、承諾済みでも無効なメンバーシップ、検証中のものは数えません。Detective が提供されていないリージョンは対象外です。",
            fix_console: "Organizations を利用している場合は、委任管理者アカウントの対象リージョンで Detective の「設定」の「アカウント管理」を開き、対象アカウントを\
                          選んで「アクション」から有効にします。\n\n単独のアカウントでは、対象リージョンの Detective で「今すぐ始める」「Amazon Detective \
                          を有効にする」を選択します。招待は「設定」の「アカウント管理」で承諾できます。",
        },
        fix_cli: "# In the delegated administrator's account, for a member of the organization:\n\
                  aws detective create-members --region {region} --graph-arn \"$GRAPH_ARN\" --accounts AccountId={account},EmailAddress=\"$EMAIL\"\n\
                  # Or in the account, for itself:\n\
                  aws detective create-graph --region {region}",
        references: &[
            Reference { title: "CreateGraph", url: "https://docs.aws.amazon.com/detective/latest/APIReference/API_CreateGraph.html" },
            Reference {
                title: "ListInvitations",
                url: "https://docs.aws.amazon.com/detective/latest/APIReference/API_ListInvitations.html",
            },
        ],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let graphs = facts.get::<BehaviorGraphs>()?;
        if !graphs.own.is_empty() {
            return Ok(Verdict::pass("The account administers a behavior graph in the region."));
        }
        if graphs.memberships.iter().any(|membership| membership.status == "ENABLED") {
            return Ok(Verdict::pass("The account is an enabled member of a behavior graph in the region."));
        }
        if graphs.memberships.is_empty() {
            let reason = "observed no behavior graph in the region, wanted one of the account's own or an enabled membership";
            return Ok(Verdict::fail(Finding::new(facts.context.account.to_string(), reason)));
        }
        Ok(Verdict::Fail(graphs.memberships.iter().map(finding).collect()))
    }
}

fn finding(membership: &GraphMembership) -> Finding {
    let why = membership.disabled_reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let id = membership.graph.rsplit(':').next().unwrap_or(&membership.graph);
    let reason = format!("observed a membership with the status {}{why}, wanted ENABLED", membership.status);
    Finding::new(id, reason).with_arn(&membership.graph)
}
