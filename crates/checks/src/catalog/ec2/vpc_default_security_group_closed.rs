// vpc-default-security-group-closed: nothing talks because somebody forgot to name a security group.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::ec2::DefaultSecurityGroups,
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
        id: CheckId("vpc-default-security-group-closed"),
        severity: Severity::Medium,
        scope: Scope::Region,
        cadence: Cadence::Standard,
        facts: &[FactKind::DefaultSecurityGroups],
        en: Text {
            title: "Default security groups let no traffic through",
            why: "What is launched without naming a security group gets its VPC's default group. As AWS makes it, everything in that group \
                  may talk to everything else in it and to the whole internet. Without rules, a forgotten group shows at once, because \
                  nothing gets through, instead of staying open unnoticed.",
            fails_when: "A security group named default has an inbound or an outbound rule. The rules that AWS gives each default group at \
                         birth count: inbound from the group itself and outbound to everywhere. Whether anything uses the group does not \
                         count, nor whether its VPC is the default VPC. No default group at all passes.",
            fix_console: "EC2 in the region, Network Interfaces, filter on the group: give what uses it a group of its own first. Then \
                          Security Groups, the group, Inbound rules, Edit inbound rules: delete all, Save; the same for Outbound rules. The \
                          group itself cannot be deleted.",
        },
        ja: Text {
            title: "デフォルトのセキュリティグループがトラフィックを通さない",
            why: "セキュリティグループを指定せずに起動したリソースには、VPC のデフォルトのグループが付きます。AWS が作成した状態では、グループ内の相互の通信\
                  とインターネット全体への通信が許可されています。ルールがなければ、指定漏れは気付かれずに開いたままになるのではなく、通信できないことで\
                  すぐに分かります。",
            fails_when: "名前が default のセキュリティグループにインバウンドルールまたはアウトバウンドルールがある場合に不合格となります。作成時から\
                         あるルール (グループ自身からのインバウンドと、すべての宛先へのアウトバウンド) も数えます。グループの使用の有無や、VPC がデフォルト \
                         VPC かどうかは問いません。デフォルトのグループがなければ合格です。",
            fix_console: "対象リージョンの EC2 の「ネットワークインターフェイス」をこのグループで絞り込み、使っているリソースには先に専用のグループを\
                          割り当てます。次に「セキュリティグループ」でグループを開き、「インバウンドのルールを編集」ですべてのルールを削除して保存し、\
                          アウトバウンドルールも同様に削除します。グループ自体は削除できません。",
        },
        fix_cli: "# What uses it? Give that a group of its own first.\n\
                  aws ec2 describe-network-interfaces --region {region} --filters Name=group-id,Values={resource} \\\n  \
                  --query 'NetworkInterfaces[].[NetworkInterfaceId,Description]' --output table\n\
                  for rule in $(aws ec2 describe-security-group-rules --region {region} --filters Name=group-id,Values={resource} \\\n    \
                  --query 'SecurityGroupRules[?!IsEgress].SecurityGroupRuleId' --output text); do\n  \
                  aws ec2 revoke-security-group-ingress --region {region} --group-id {resource} --security-group-rule-ids \"$rule\"\n\
                  done\n\
                  for rule in $(aws ec2 describe-security-group-rules --region {region} --filters Name=group-id,Values={resource} \\\n    \
                  --query 'SecurityGroupRules[?IsEgress].SecurityGroupRuleId' --output text); do\n  \
                  aws ec2 revoke-security-group-egress --region {region} --group-id {resource} --security-group-rule-ids \"$rule\"\n\
                  done",
        references: &[Reference {
            title: "Default security groups for your VPCs",
            url: "https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html",
        }],
        mappings: Mappings { cis_v3: Some("5.4"), cis_v5: Some("5.5"), fsbp: Some("EC2.2") },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let groups = &facts.get::<DefaultSecurityGroups>()?.groups;
        let findings = groups.iter().filter_map(|group| {
            let rules = match (group.inbound, group.outbound) {
                (true, true) => "inbound and outbound rules",
                (true, false) => "inbound rules",
                (false, true) => "outbound rules",
                (false, false) => return None,
            };
            let reason = format!("observed {rules} in a default security group, wanted none");
            Some(Finding { resource: group.id.clone(), arn: group.arn.clone(), reason })
        });
        Ok(Verdict::from_findings(findings.collect(), "No default security group has rules."))
    }
}
