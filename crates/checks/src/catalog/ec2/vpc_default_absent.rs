// vpc-default-absent: nothing lands in a network that nobody designed.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::ec2::{DefaultVpcs, NetworkInterfaces},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::shared::{arn, count},
};

/// The check. It has no parameters.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("vpc-default-absent"),
        severity: Severity::Medium,
        scope: Scope::Region,
        cadence: Cadence::Standard,
        facts: &[FactKind::DefaultVpcs, FactKind::NetworkInterfaces],
        en: Text {
            title: "The region has no default VPC",
            why: "Every subnet of a default VPC is public: whatever is launched without naming a network gets a public address and a route \
                  to the internet. Without it, such a launch fails instead of being exposed.",
            fails_when: "The region has a default VPC, whether or not anything uses it; the finding says how many network interfaces do.",
            fix_console: "Where nothing uses it: VPC in the region, Your VPCs, select the default VPC, Actions, Delete VPC, confirm. This \
                          deletes its subnets and internet gateway, too.\n\nWhere something uses it: EC2, Network Interfaces, filter on the \
                          VPC to see what; move that to another VPC first.",
        },
        ja: Text {
            title: "リージョンにデフォルト VPC がない",
            why: "デフォルト VPC のサブネットはすべてパブリックで、ネットワークを指定せずに起動したリソースにはパブリックアドレスとインターネットへの\
                  経路が付きます。デフォルト VPC がなければ、そうした起動は公開される代わりに失敗します。",
            fails_when: "リージョンにデフォルト VPC がある場合に、使用の有無にかかわらず不合格となります。検出結果には、それを使っているネットワーク\
                         インターフェイスの数が示されます。",
            fix_console: "使われていない場合は、対象リージョンの VPC の「お使いの VPC」でデフォルト VPC を選び、「アクション」の「VPC の削除」を実行\
                          します。サブネットとインターネットゲートウェイも同時に削除されます。\n\n使われている場合は、EC2 の「ネットワーク\
                          インターフェイス」をその VPC で絞り込んで用途を確認し、先に別の VPC へ移行します。",
        },
        fix_cli: "# What uses it? Go on only where this lists nothing.\n\
                  aws ec2 describe-network-interfaces --region {region} --filters Name=vpc-id,Values={resource}\n\
                  for gateway in $(aws ec2 describe-internet-gateways --region {region} --filters Name=attachment.vpc-id,Values={resource} \\\n    \
                  --query 'InternetGateways[].InternetGatewayId' --output text); do\n  \
                  aws ec2 detach-internet-gateway --region {region} --internet-gateway-id \"$gateway\" --vpc-id {resource}\n  \
                  aws ec2 delete-internet-gateway --region {region} --internet-gateway-id \"$gateway\"\n\
                  done\n\
                  for subnet in $(aws ec2 describe-subnets --region {region} --filters Name=vpc-id,Values={resource} \\\n    \
                  --query 'Subnets[].SubnetId' --output text); do\n  \
                  aws ec2 delete-subnet --region {region} --subnet-id \"$subnet\"\n\
                  done\n\
                  aws ec2 delete-vpc --region {region} --vpc-id {resource}",
        references: &[
            Reference { title: "Default VPCs", url: "https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html" },
            Reference {
                title: "Delete your default subnets and default VPC",
                url: "https://docs.aws.amazon.com/vpc/latest/userguide/deleting-default-vpc.html",
            },
        ],
        mappings: Mappings { cis_v3: None, cis_v5: None, fsbp: None },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let vpcs = facts.get::<DefaultVpcs>()?;
        let interfaces = &facts.get::<NetworkInterfaces>()?.interfaces;
        let findings = vpcs
            .vpc_ids
            .iter()
            .map(|vpc| {
                let used_by = match interfaces.iter().filter(|interface| interface.vpc_id == *vpc).count() {
                    0 => "nothing".to_owned(),
                    number => count(number, "network interface"),
                };
                Finding::new(vpc, format!("observed a default VPC used by {used_by}, wanted no default VPC")).with_arn(arn(
                    facts.context,
                    "ec2",
                    &format!("vpc/{vpc}"),
                ))
            })
            .collect();
        Ok(Verdict::from_findings(findings, "The region has no default VPC."))
    }
}
