// imdsv2-required-by-default: a new instance hands out its credentials only to those who ask properly.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::ec2_settings::MetadataDefaults,
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
        id: CheckId("imdsv2-required-by-default"),
        severity: Severity::Medium,
        scope: Scope::Region,
        cadence: Cadence::Daily,
        facts: &[FactKind::MetadataDefaults],
        en: Text {
            title: "New instances require IMDSv2 by default",
            why: "An instance's metadata service hands out the credentials of its role. Its first version answers any simple request, so that \
                  a web application that can be made to fetch a page for an attacker gives them away. The second one wants a token first, \
                  which such a request cannot get.",
            fails_when: "The account's default for HttpTokens in the region is optional, or the account has no preference, so that AMI and \
                         launch decide. Instances that exist already do not count: the setting does not change them. Nor does it count whether \
                         the default is enforced against a launch that says otherwise. Unknown where AWS names a value that is not known.",
            fix_console: "EC2 in the region, EC2 Dashboard, Account attributes, Data protection and security, IMDS defaults, Manage: Metadata \
                          version, V2 only (token required), Update. Before, see in the CloudWatch metric MetadataNoToken of the instances \
                          whether anything still uses version 1.",
        },
        ja: Text {
            title: "新しいインスタンスで IMDSv2 がデフォルトで必須になっている",
            why: "インスタンスのメタデータサービスは、ロールの認証情報を渡します。バージョン 1 は単純なリクエストに答えるため、攻撃者の指定したページを取得\
                  させられるウェブアプリケーションから認証情報が漏れます。バージョン 2 では先にトークンが必要で、そのようなリクエストでは取得できません。",
            fails_when: "リージョンで HttpTokens のアカウントのデフォルトが optional の場合、または設定がなく AMI と起動時の指定に任されている場合に不合格と\
                         なります。この設定は既存のインスタンスを変更しないため、それらは数えません。別の値での起動を拒否する強制の有無も問いません。未知の\
                         値が返された場合は「不明」です。",
            fix_console: "対象リージョンの EC2 ダッシュボードの「アカウントの属性」から「データ保護とセキュリティ」を開き、「IMDS デフォルト」の「管理」で\
                          「メタデータのバージョン」を「V2 のみ (トークンは必須)」にして更新します。事前に、バージョン 1 がまだ使われていないかをインスタンスの \
                          CloudWatch メトリクス MetadataNoToken で確認してください。",
        },
        fix_cli: "aws ec2 modify-instance-metadata-defaults --region {region} --http-tokens required",
        references: &[Reference {
            title: "Configure instance metadata options for new instances",
            url: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-new-instances.html",
        }],
        mappings: Mappings { cis_v3: None, cis_v5: None, fsbp: None },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let observed = match facts.get::<MetadataDefaults>()?.http_tokens.as_deref() {
            Some("required") => return Ok(Verdict::pass("New instances require IMDSv2 by default.")),
            Some("optional") => "the default HttpTokens optional",
            // A declarative policy may say in words what is otherwise left out.
            None | Some("no-preference" | "no_preference") => "no preference for HttpTokens",
            Some(value) => return Err(unclear(format!("the default for HttpTokens is the unknown value {value:?}"))),
        };
        let reason = format!("observed {observed}, wanted required");
        Ok(Verdict::fail(Finding::new(facts.context.account.to_string(), reason)))
    }
}
