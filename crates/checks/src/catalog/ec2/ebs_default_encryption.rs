// ebs-default-encryption: no volume is created unencrypted because somebody forgot.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::ec2::EbsEncryption,
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
        id: CheckId("ebs-default-encryption"),
        severity: Severity::High,
        scope: Scope::Region,
        cadence: Cadence::Frequent,
        facts: &[FactKind::EbsEncryption],
        en: Text {
            title: "New EBS volumes are encrypted by default",
            why: "Encrypted volumes and snapshots are of no use to somebody who gets hold of them without the key. The default makes every \
                  new volume and snapshot copy encrypted without anybody having to think of it, at no extra charge.",
            fails_when: "Encryption by default is off for EBS in the region. Volumes that exist already do not count: the setting does not \
                         change them.",
            fix_console: "EC2 in the region, EC2 Dashboard, Account attributes, Data protection and security, EBS encryption, Manage: tick \
                          Always encrypt new EBS volumes, choose a key, Update.",
        },
        ja: Text {
            title: "新しい EBS ボリュームがデフォルトで暗号化される",
            why: "暗号化されたボリュームやスナップショットは、鍵を持たない第三者の手に渡っても読み取れません。この設定により、新しいボリュームと\
                  スナップショットのコピーは、意識しなくても追加料金なしで必ず暗号化されます。",
            fails_when: "リージョンで EBS のデフォルト暗号化が無効の場合に不合格となります。この設定は既存のボリュームを変更しないため、既存の\
                         ボリュームは考慮しません。",
            fix_console: "対象リージョンの EC2 ダッシュボードの「アカウントの属性」から「データ保護とセキュリティ」を開き、「EBS 暗号化」の「管理」で\
                          「新しい EBS ボリュームを常に暗号化」をオンにし、キーを選んで更新します。",
        },
        fix_cli: "aws ec2 enable-ebs-encryption-by-default --region {region}",
        references: &[Reference {
            title: "Enable Amazon EBS encryption by default",
            url: "https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html",
        }],
        mappings: Mappings { cis_v3: Some("2.2.1"), cis_v5: Some("5.1.1"), fsbp: Some("EC2.7") },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        Ok(if facts.get::<EbsEncryption>()?.by_default {
            Verdict::pass("EBS encryption by default is on.")
        } else {
            let account = facts.context.account.to_string();
            Verdict::fail(Finding::new(account, "observed EBS encryption by default off, wanted it on"))
        })
    }
}
