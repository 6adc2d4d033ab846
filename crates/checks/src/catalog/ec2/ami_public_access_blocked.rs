// ami-public-access-blocked: no machine image is given to the whole world.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::ec2_settings::ImageSharing,
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
        id: CheckId("ami-public-access-blocked"),
        severity: Severity::Medium,
        scope: Scope::Region,
        cadence: Cadence::Daily,
        facts: &[FactKind::ImageSharing],
        en: Text {
            title: "AMIs cannot be shared publicly",
            why: "An AMI holds the disks of the machine it was made of, with whatever keys, passwords and code were on them. Made public by \
                  mistake, every AWS account can launch it and look. With public access blocked, AWS refuses to make an AMI public.",
            fails_when: "Block public access for AMIs is not block-new-sharing in the region. AMIs that are public already do not count: the \
                         setting leaves them as they are. After it was switched on, AWS may show the old state for up to 10 minutes. Unknown \
                         where AWS names a state that is not known.",
            fix_console: "EC2 in the region, EC2 Dashboard, Account attributes, Data protection and security, Block public access for AMIs, \
                          Manage: tick Block new public sharing, Update. Then AMIs, filter on Public images owned by me, and make those \
                          private that should be.",
        },
        ja: Text {
            title: "AMI を公開共有できない",
            why: "AMI には元のマシンのディスクが、そこにあった鍵、パスワード、コードごと含まれます。誤って公開すると、すべての AWS アカウントが起動して中を\
                  見ることができます。パブリックアクセスをブロックしていれば、AMI の公開を AWS が拒否します。",
            fails_when: "リージョンで AMI のブロックパブリックアクセスが block-new-sharing でない場合に不合格となります。この設定はすでに公開されている AMI \
                         を変更しないため、それらは数えません。有効にしてから最大 10 分間は以前の状態が返されることがあります。未知の状態が返された\
                         場合は「不明」です。",
            fix_console: "対象リージョンの EC2 ダッシュボードの「アカウントの属性」から「データ保護とセキュリティ」を開き、「AMI のパブリックアクセスを\
                          ブロック」の「管理」で新しいパブリック共有のブロックをオンにして更新します。その後「AMI」で公開されている自分のイメージを確認し、\
                          公開すべきでないものを非公開にします。",
        },
        fix_cli: "aws ec2 enable-image-block-public-access --region {region} --image-block-public-access-state block-new-sharing\n\
                  # Which are public already?\n\
                  aws ec2 describe-images --region {region} --owners self --filters Name=is-public,Values=true \\\n  \
                  --query 'Images[].[ImageId,Name]' --output table",
        references: &[Reference {
            title: "Manage the block public access setting for AMIs",
            url: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/manage-block-public-access-for-amis.html",
        }],
        mappings: Mappings { cis_v3: None, cis_v5: None, fsbp: None },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        match facts.get::<ImageSharing>()?.state.as_str() {
            "block-new-sharing" => Ok(Verdict::pass("Block public access for AMIs is block-new-sharing.")),
            "unblocked" => {
                let reason = "observed block public access for AMIs unblocked, wanted block-new-sharing";
                Ok(Verdict::fail(Finding::new(facts.context.account.to_string(), reason)))
            }
            state => Err(unclear(format!("block public access for AMIs is in the unknown state {state:?}"))),
        }
    }
}
