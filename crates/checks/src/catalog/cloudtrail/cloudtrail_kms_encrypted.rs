// cloudtrail-kms-encrypted: to read the records takes a key, and a key's policy says who may.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::trails::{self, Standing},
};

/// The check and its parameters.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// Event sources that a trail may leave out of its management events and still count as one that records them all. Keep it like the
    /// parameter of cloudtrail-multi-region-logging.
    pub allowed_excluded_sources: Vec<String>,
}

impl Default for Check {
    fn default() -> Self {
        Self { allowed_excluded_sources: trails::usually_excluded() }
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("cloudtrail-kms-encrypted"),
        severity: Severity::Low,
        scope: Scope::Account,
        cadence: Cadence::Standard,
        facts: &[FactKind::Trails, FactKind::OrganizationTrails],
        en: Text {
            title: "The multi-region trail encrypts its log files with a KMS key",
            why: "Amazon S3 encrypts every object, but decrypts it for everybody who may read the bucket. With a KMS key, a reader needs the \
                  key's permission, too, and each use of the key is on record.",
            fails_when: "No multi-region trail that logs and delivers all management events (as cloudtrail-multi-region-logging wants it, \
                         with the same parameter allowed_excluded_sources), of the account or of its organization, has a KMS key. One that \
                         has is enough. Fails, too, where there is no such trail. Unknown where none is known to be good and one could not \
                         be looked into.",
            fix_console: "Key Management Service in the bucket's region: create a symmetric key whose policy lets CloudTrail encrypt and \
                          your auditors decrypt. Then CloudTrail in the account that owns the trail, Trails, open the trail, General \
                          details, Edit: tick Enabled beside Log file SSE-KMS encryption, choose the key, Save changes.",
        },
        ja: Text {
            title: "マルチリージョンの証跡が KMS キーでログファイルを暗号化している",
            why: "Amazon S3 はすべてのオブジェクトを暗号化しますが、バケットを読み取れる人には誰にでも復号します。KMS キーを使うと、読み取りにはキーの\
                  アクセス許可も必要になり、キーの使用もすべて記録に残ります。",
            fails_when: "アカウントまたは組織のマルチリージョン証跡のうち、すべての管理イベントを記録して配信しているもの \
                         (cloudtrail-multi-region-logging の基準と同じで、パラメータ allowed_excluded_sources も同じ意味です) の中に、KMS キーが\
                         設定されているものが 1 つもない場合に不合格となります。1 つあれば合格です。該当する証跡自体がない場合も不合格です。\
                         該当する証跡が見つからず、内容を確認できない証跡がある場合は「不明」です。",
            fix_console: "バケットと同じリージョンの Key Management Service で、CloudTrail に暗号化を、監査担当者に復号を許可するキーポリシーを持つ対称\
                          キーを作成します。次に、証跡を所有するアカウントの CloudTrail の「証跡」で証跡を開き、「一般的な詳細」の「編集」を選びます。\
                          「ログファイルの SSE-KMS 暗号化」で「有効」をオンにし、キーを選択して変更を保存します。",
        },
        fix_cli: "# In the account and home region that own the trail. The key is in the bucket's region, and its policy admits CloudTrail.\n\
                  aws cloudtrail update-trail --name {resource} --kms-key-id \"$KEY_ARN\"",
        references: &[Reference {
            title: "Encrypting CloudTrail log files with AWS KMS keys (SSE-KMS)",
            url: "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html",
        }],
        mappings: Mappings { cis_v3: Some("3.5"), cis_v5: Some("3.5"), fsbp: Some("CloudTrail.2") },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let passing = "A multi-region trail that records all management events encrypts its log files with a KMS key.";
        trails::of_that_trail(facts, &self.allowed_excluded_sources, "a KMS key", passing, |trail| {
            let key = trail.kms_key.as_deref().filter(|key| !key.is_empty());
            Ok(key.map_or_else(|| Standing::Short("no KMS key".to_owned()), |_| Standing::Satisfied))
        })
    }
}
