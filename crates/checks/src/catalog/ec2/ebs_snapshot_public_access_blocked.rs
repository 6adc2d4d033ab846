// ebs-snapshot-public-access-blocked: no snapshot is given to the whole world.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::ec2_settings::SnapshotSharing,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Facts, Rule, catalog::shared::unclear};

/// The check. It has no parameters.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("ebs-snapshot-public-access-blocked"),
        severity: Severity::Medium,
        scope: Scope::Region,
        cadence: Cadence::Daily,
        facts: &[FactKind::SnapshotSharing],
        en: Text {
            title: "EBS snapshots cannot be shared publicly",
            why: "A snapshot is a whole disk. Shared publicly, every AWS account can copy it, and such snapshots are looked for all the time. \
                  It takes one wrong click or flag; with public access blocked, AWS refuses it.",
            fails_when: "Block public access for EBS snapshots is unblocked in the region. Both block-all-sharing and block-new-sharing pass; \
                         the latter leaves snapshots public that were public before. Unknown where AWS names a state that is not known.",
            fix_console: "EC2 in the region, EC2 Dashboard, Account attributes, Data protection and security, Block public access for EBS \
                          snapshots, Manage: tick Block public access, choose Block all public access, Update.",
        },
        ja: Text {
            title: "EBS スナップショットを公開共有できない",
            why: "スナップショットはディスクそのものです。公開共有するとすべての AWS アカウントからコピーでき、公開スナップショットは常に探されています。\
                  クリックやフラグを 1 つ間違えるだけで起こりますが、パブリックアクセスをブロックしていれば AWS が拒否します。",
            fails_when: "リージョンで EBS スナップショットのブロックパブリックアクセスが unblocked の場合に不合格となります。block-all-sharing と \
                         block-new-sharing はどちらも合格ですが、後者ではすでに公開されているスナップショットは公開されたままです。未知の状態が返された\
                         場合は「不明」です。",
            fix_console: "対象リージョンの EC2 ダッシュボードの「アカウントの属性」から「データ保護とセキュリティ」を開き、「EBS スナップショットのパブリック\
                          アクセスをブロック」の「管理」で「パブリックアクセスをブロック」をオンにし、すべてのパブリックアクセスのブロックを選んで更新\
                          します。",
        },
        fix_cli: "# Snapshots that are public on purpose stop being so.\n\
                  aws ec2 enable-snapshot-block-public-access --region {region} --state block-all-sharing",
        references: &[Reference {
            title: "Block public access for Amazon EBS snapshots",
            url: "https://docs.aws.amazon.com/ebs/latest/userguide/block-public-access-snapshots.html",
        }],
        mappings: Mappings { cis_v3: None, cis_v5: None, fsbp: None },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        match facts.get::<SnapshotSharing>()?.state.as_str() {
            state @ ("block-all-sharing" | "block-new-sharing") => {
                Ok(Verdict::pass(format!("Block public access for EBS snapshots is {state}.")))
            }
            "unblocked" => {
                let reason = "observed block public access for EBS snapshots unblocked, wanted block-all-sharing or block-new-sharing";
                Ok(Verdict::fail(Finding::new(facts.context.account.to_string(), reason)))
            }
            state => Err(unclear(format!("block public access for EBS snapshots is in the unknown state {state:?}"))),
        }
    }
}
