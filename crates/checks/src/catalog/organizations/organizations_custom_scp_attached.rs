// organizations-custom-scp-attached: somebody drew a line that no account may cross.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::organizations::ServiceControlPolicies,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::shared::{contradiction, count, join},
};

/// Names that a reason gives at most.
const NAMED: usize = 3;
const WANTED: &str = "wanted one that is attached to a root, an organizational unit or an account";

/// The check. It has no parameters.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("organizations-custom-scp-attached"),
        severity: Severity::Low,
        scope: Scope::Organization,
        cadence: Cadence::Daily,
        facts: &[FactKind::ServiceControlPolicies],
        en: Text {
            title: "A service control policy of your own is in force",
            why: "A service control policy is the only rule that binds the administrators of member accounts, too: regions that nobody may \
                  use, trails that nobody may stop. The policy FullAWSAccess that AWS attaches everywhere forbids nothing.",
            fails_when: "No customer-managed service control policy is attached to a root, an organizational unit or an account, or the \
                         organization does not use that type of policy at all. Policies that Control Tower attaches for its controls \
                         count, policies that AWS manages do not, and what a policy says is not looked at. Unknown where no attached policy \
                         was seen and the targets of one could not be listed.",
            fix_console: "AWS Organizations in the management account, Policies, Service control policies: enable them if they are not, \
                          Create policy, for example one that denies cloudtrail:StopLogging and leaving the organization. Open it, Targets, \
                          Attach: try it on one organizational unit first.",
        },
        ja: Text {
            title: "独自のサービスコントロールポリシーがアタッチされている",
            why: "サービスコントロールポリシーは、メンバーアカウントの管理者にも効く唯一の制限です。使用しないリージョンの禁止や証跡の停止の禁止などに\
                  使います。AWS が既定でアタッチする FullAWSAccess は何も禁止しません。",
            fails_when: "カスタマー管理のサービスコントロールポリシーが、ルート、組織単位 (OU)、アカウントのいずれにもアタッチされていない場合、または組織で\
                         このポリシータイプを使用していない場合に不合格となります。Control Tower がコントロールのためにアタッチするポリシーは数えますが、\
                         AWS 管理のポリシーは数えず、ポリシーの内容は問いません。アタッチ済みのポリシーが見つからず、アタッチ先を一覧できないポリシーが\
                         ある場合は「不明」です。",
            fix_console: "管理アカウントの AWS Organizations で「ポリシー」の「サービスコントロールポリシー」を開き、無効の場合は有効にします。「ポリシーの\
                          作成」で、たとえば cloudtrail:StopLogging や組織からの離脱を拒否するポリシーを作成し、「ターゲット」の「アタッチ」から、まず 1 つの \
                          OU で試してください。",
        },
        fix_cli: "# In the management account. Once, where service control policies are not enabled:\n\
                  aws organizations enable-policy-type --root-id \"$ROOT_ID\" --policy-type SERVICE_CONTROL_POLICY\n\
                  aws organizations create-policy --type SERVICE_CONTROL_POLICY --name guardrails \\\n  \
                  --description \"What no account may do\" --content file://guardrails.json\n\
                  aws organizations attach-policy --policy-id \"$POLICY_ID\" --target-id \"$OU_ID\"",
        references: &[Reference {
            title: "Service control policies (SCPs)",
            url: "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html",
        }],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let policies = &facts.get::<ServiceControlPolicies>()?.policies;
        let mut not_seen = None;
        for policy in policies {
            match policy.targets.seen() {
                Ok(targets) if targets.is_empty() => {}
                Ok(targets) => {
                    let targets = count(targets.len(), "target");
                    return Ok(Verdict::pass(format!("The service control policy {} is attached to {targets}.", policy.name)));
                }
                Err(unseen) => not_seen = not_seen.or(Some(contradiction(unseen))),
            }
        }
        // A policy whose targets were not seen could be the attached one.
        if let Some(unseen) = not_seen {
            return Err(unseen);
        }
        let names: Vec<&str> = policies.iter().map(|policy| policy.name.as_str()).collect();
        let observed = match names.as_slice() {
            [] => "no customer-managed service control policy".to_owned(),
            few if few.len() <= NAMED => format!("only customer-managed service control policies attached to nothing ({})", join(few)),
            many => format!("only customer-managed service control policies attached to nothing ({} of them)", many.len()),
        };
        Ok(Verdict::fail(Finding::new(facts.context.account.to_string(), format!("observed {observed}, {WANTED}"))))
    }
}
