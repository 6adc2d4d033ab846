// s3-account-public-access-block: no bucket of the account can be made public by mistake.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::s3control::PublicAccessBlock,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Facts, Rule, catalog::shared::join};

/// The check. It has no parameters.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("s3-account-public-access-block"),
        severity: Severity::High,
        scope: Scope::Account,
        cadence: Cadence::Frequent,
        facts: &[FactKind::PublicAccessBlock],
        en: Text {
            title: "S3 Block Public Access is fully on for the account",
            why: "Public buckets are among the commonest causes of data leaks. The account-level block overrules every bucket's own ACLs, \
                  policies and settings, so that a single mistake cannot publish data.",
            fails_when: "The account has no public access block, or one of its four settings is off: BlockPublicAcls, IgnorePublicAcls, \
                         BlockPublicPolicy, RestrictPublicBuckets. What single buckets have set does not count.",
            fix_console: "First look for buckets that are public on purpose: IAM, Access Analyzer lists them; serve them through CloudFront \
                          instead. Then S3, Block Public Access settings for this account, Edit, tick Block all public access, save and \
                          confirm.",
        },
        ja: Text {
            title: "アカウントの S3 ブロックパブリックアクセスがすべて有効になっている",
            why: "公開されたバケットは情報漏えいの代表的な原因です。アカウント単位のブロックは各バケットの ACL、ポリシー、設定より優先される\
                  ため、1 回の設定ミスでデータが公開されることを防ぎます。",
            fails_when: "アカウントにパブリックアクセスブロックがない、または BlockPublicAcls、IgnorePublicAcls、BlockPublicPolicy、\
                         RestrictPublicBuckets の 4 つの設定のいずれかが無効の場合に不合格となります。個々のバケットの設定は考慮しません。",
            fix_console: "まず、意図的に公開しているバケットがないかを IAM Access Analyzer で確認し、あれば CloudFront 経由の配信に切り替えます。\
                          次に S3 の「このアカウントのブロックパブリックアクセス設定」で「編集」を選び、「パブリックアクセスをすべてブロック」を\
                          オンにして保存します。",
        },
        fix_cli: "aws s3control put-public-access-block --account-id {account} \\\n  --public-access-block-configuration \
                  BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true",
        references: &[
            Reference {
                title: "Configuring block public access settings for your account",
                url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/configuring-block-public-access-account.html",
            },
            Reference {
                title: "Blocking public access to your Amazon S3 storage",
                url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
            },
        ],
        mappings: Mappings { cis_v3: Some("2.1.4"), cis_v5: Some("2.1.4"), fsbp: Some("S3.1") },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let observed = match facts.get::<PublicAccessBlock>()? {
            PublicAccessBlock::NotSet => "no account-level public access block".to_owned(),
            PublicAccessBlock::Set(settings) => {
                let off: Vec<&str> = [
                    (settings.block_public_acls, "BlockPublicAcls"),
                    (settings.ignore_public_acls, "IgnorePublicAcls"),
                    (settings.block_public_policy, "BlockPublicPolicy"),
                    (settings.restrict_public_buckets, "RestrictPublicBuckets"),
                ]
                .into_iter()
                .filter_map(|(on, name)| (!on).then_some(name))
                .collect();
                if off.is_empty() {
                    return Ok(Verdict::pass("All four settings of the account's public access block are on."));
                }
                format!("{} off", join(&off))
            }
        };
        Ok(Verdict::fail(Finding::new(facts.context.account.to_string(), format!("observed {observed}, wanted all four settings on"))))
    }
}
