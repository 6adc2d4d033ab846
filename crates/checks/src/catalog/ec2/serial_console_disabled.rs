// serial-console-disabled: there is no way into an instance past its network.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::ec2_settings::SerialConsole,
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
        id: CheckId("serial-console-disabled"),
        severity: Severity::Low,
        scope: Scope::Region,
        cadence: Cadence::Daily,
        facts: &[FactKind::SerialConsole],
        en: Text {
            title: "The EC2 serial console is disabled",
            why: "The serial console leads into an instance past its security groups, network ACLs and VPC, as if somebody sat before the \
                  machine. It is there for rescuing one that does not boot. Between rescues it should be off, so that stolen credentials \
                  cannot use it.",
            fails_when: "The account allows access to the EC2 serial console in the region, whether or not anybody has the permissions to use \
                         it. AWS leaves it off until somebody switches it on.",
            fix_console: "EC2 in the region, EC2 Dashboard, Account attributes, EC2 Serial Console, Manage: clear Allow, Update.",
        },
        ja: Text {
            title: "EC2 シリアルコンソールが無効になっている",
            why: "シリアルコンソールを使うと、セキュリティグループ、ネットワーク ACL、VPC を通らず、マシンの前に座っているかのようにインスタンスに入れます。\
                  起動しなくなったインスタンスを救うためのもので、それ以外のときは、盗まれた認証情報で使われないよう無効にしておくべきです。",
            fails_when: "リージョンで EC2 シリアルコンソールへのアカウントアクセスが許可されている場合に、使用権限を持つ人の有無にかかわらず不合格となります。\
                         有効にするまで、AWS の初期設定は無効です。",
            fix_console: "対象リージョンの EC2 ダッシュボードの「アカウントの属性」から「EC2 シリアルコンソール」を開き、「管理」で「許可」をオフにして更新\
                          します。",
        },
        fix_cli: "aws ec2 disable-serial-console-access --region {region}",
        references: &[Reference {
            title: "Configure access to the EC2 Serial Console",
            url: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configure-access-to-serial-console.html",
        }],
        mappings: Mappings { cis_v3: None, cis_v5: None, fsbp: None },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        Ok(if facts.get::<SerialConsole>()?.enabled {
            let account = facts.context.account.to_string();
            Verdict::fail(Finding::new(account, "observed access to the EC2 serial console enabled, wanted it disabled"))
        } else {
            Verdict::pass("Access to the EC2 serial console is disabled.")
        })
    }
}
