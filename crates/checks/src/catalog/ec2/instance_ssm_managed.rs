// instance-ssm-managed: Systems Manager reaches every server.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::instances::{Instances, ManagedInstances, RunningInstance},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::shared::{arn, count},
};

/// The check and its parameters.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// How many minutes an instance that was just started has to register.
    pub grace_minutes: u16,
}

impl Default for Check {
    fn default() -> Self {
        Self { grace_minutes: 15 }
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("instance-ssm-managed"),
        severity: Severity::Medium,
        scope: Scope::Region,
        cadence: Cadence::Standard,
        facts: &[FactKind::Instances, FactKind::ManagedInstances],
        en: Text {
            title: "Every running instance reports to Systems Manager",
            why: "Systems Manager patches, inventories and lets people in without SSH keys or open ports. An instance that it does not reach \
                  is patched by hand or not at all, and is missing from every inventory.",
            fails_when: "A running instance is not registered with Systems Manager in the region, or its ping status is not Online \
                         (ConnectionLost, Inactive). An instance that was started less than 15 minutes ago (parameter grace_minutes) has \
                         time to register and does not fail yet. A region without running instances passes. Not applicable where AWS does \
                         not offer EC2 or Systems Manager.",
            fix_console: "Systems Manager in the region, Fleet Manager, Account management, Configure Default Host Management Configuration: \
                          it lets every instance with IMDSv2 and a current SSM Agent register. For one instance alone: EC2, the instance, \
                          Actions, Security, Modify IAM role, one with AmazonSSMManagedInstanceCore. The agent must run and reach the \
                          endpoints ssm and ssmmessages, by way of a NAT gateway or VPC endpoints.",
        },
        ja: Text {
            title: "実行中のすべてのインスタンスが Systems Manager に接続している",
            why: "Systems Manager は、パッチ適用、インベントリの収集、SSH キーも公開ポートも使わないアクセスを担います。接続していないインスタンスは手作業でしか、\
                  あるいはまったくパッチが適用されず、どのインベントリにも現れません。",
            fails_when: "実行中のインスタンスがリージョンの Systems Manager に登録されていない場合、または ping の状態が Online でない (ConnectionLost、Inactive) \
                         場合に不合格となります。起動から 15 分 (パラメータ grace_minutes) 未満のインスタンスは登録を待つため、まだ不合格とはしません。実行中のインスタンスの\
                         ないリージョンは合格です。EC2 または Systems Manager が提供されていないリージョンは対象外です。",
            fix_console: "対象リージョンの Systems Manager のフリートマネージャーの「アカウント管理」で「デフォルトのホスト管理設定」を有効にすると、IMDSv2 と最新の SSM Agent を\
                          使うすべてのインスタンスが登録されます。1 台だけの場合は、EC2 でインスタンスの「アクション」「セキュリティ」「IAM ロールを変更」から \
                          AmazonSSMManagedInstanceCore を持つロールを割り当てます。エージェントが動作し、NAT ゲートウェイまたは VPC エンドポイント経由で ssm と \
                          ssmmessages に到達できる必要があります。",
        },
        fix_cli: "# For the account and region as a whole; the role needs the policy AmazonSSMManagedEC2InstanceDefaultPolicy:\n\
                  aws ssm update-service-setting --region {region} \\\n  \
                  --setting-id arn:aws:ssm:{region}:{account}:servicesetting/ssm/managed-instance/default-ec2-instance-management-role \\\n  \
                  --setting-value service-role/AWSSystemsManagerDefaultEC2InstanceManagementRole\n\
                  # Or for the instance, with an instance profile that has the policy AmazonSSMManagedInstanceCore:\n\
                  aws ec2 associate-iam-instance-profile --region {region} --instance-id {resource} --iam-instance-profile Name=\"$PROFILE\"",
        references: &[
            Reference {
                title: "Configure instance permissions required for Systems Manager",
                url: "https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-instance-permissions.html",
            },
            Reference {
                title: "Troubleshooting managed node availability",
                url: "https://docs.aws.amazon.com/systems-manager/latest/userguide/fleet-manager-troubleshooting-managed-nodes.html",
            },
        ],
        mappings: Mappings { cis_v3: None, cis_v5: None, fsbp: Some("SSM.1") },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let running = &facts.get::<Instances>()?.running;
        let mut statuses: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for instance in &facts.get::<ManagedInstances>()?.instances {
            statuses.entry(&instance.id).or_default().push(&instance.ping_status);
        }
        let mut findings = Vec::new();
        for instance in running {
            let observed = match statuses.get(instance.id.as_str()) {
                Some(statuses) if statuses.contains(&"Online") => continue,
                Some(statuses) => format!("the ping status {}", statuses.join(" and ")),
                None => "no registration with Systems Manager".to_owned(),
            };
            if !self.is_new(instance, facts.context.now) {
                let arn = arn(facts.context, "ec2", &format!("instance/{}", instance.id));
                findings.push(Finding::new(&instance.id, format!("observed {observed}, wanted the ping status Online")).with_arn(arn));
            }
        }
        Ok(Verdict::from_findings(findings, format!("Nothing is amiss with {}.", count(running.len(), "running instance"))))
    }
}

impl Check {
    /// Whether an instance still has time to register.
    fn is_new(&self, instance: &RunningInstance, now: Timestamp) -> bool {
        let grace = SignedDuration::from_mins(i64::from(self.grace_minutes));
        instance.launched_at.is_some_and(|launched| now.duration_since(launched) < grace)
    }
}
