// cloudtrail-log-file-validation: whoever changes a record of what was done leaves a trace.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::{
        shared::unclear,
        trails::{self, Standing},
    },
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
        id: CheckId("cloudtrail-log-file-validation"),
        severity: Severity::Medium,
        scope: Scope::Account,
        cadence: Cadence::Standard,
        facts: &[FactKind::Trails, FactKind::OrganizationTrails],
        en: Text {
            title: "The multi-region trail validates its log files",
            why: "An intruder who may write to the bucket can change or delete the records of what was done. With validation on, CloudTrail \
                  delivers a signed digest of its log files every hour, which shows whether one was changed, deleted or added since.",
            fails_when: "No multi-region trail that logs and delivers all management events (as cloudtrail-multi-region-logging wants it, \
                         with the same parameter allowed_excluded_sources), of the account or of its organization, has log file validation \
                         on. One that has is enough. Fails, too, where there is no such trail. Unknown where none is known to be good and \
                         one could not be looked into.",
            fix_console: "CloudTrail in the account that owns the trail, Trails, open the trail, General details, Edit: under Additional \
                          settings tick Enabled beside Log file validation, Save changes.",
        },
        ja: Text {
            title: "マルチリージョンの証跡でログファイルの検証が有効になっている",
            why: "バケットに書き込める侵入者は、操作の記録を改ざんしたり削除したりできます。検証を有効にすると、CloudTrail は署名付きのダイジェスト\
                  ファイルを 1 時間ごとに配信するため、ログファイルが後から変更、削除、追加されたかどうかを確認できます。",
            fails_when: "アカウントまたは組織のマルチリージョン証跡のうち、すべての管理イベントを記録して配信しているもの \
                         (cloudtrail-multi-region-logging の基準と同じで、パラメータ allowed_excluded_sources も同じ意味です) の中に、ログファイルの\
                         検証が有効なものが 1 つもない場合に不合格となります。1 つあれば合格です。該当する証跡自体がない場合も不合格です。該当する\
                         証跡が見つからず、内容を確認できない証跡がある場合は「不明」です。",
            fix_console: "証跡を所有するアカウントの CloudTrail の「証跡」で証跡を開き、「一般的な詳細」の「編集」を選びます。「その他の設定」の\
                          「ログファイルの検証」で「有効」をオンにして、変更を保存します。",
        },
        fix_cli: "# In the account and home region that own the trail.\n\
                  aws cloudtrail update-trail --name {resource} --enable-log-file-validation",
        references: &[Reference {
            title: "Validating CloudTrail log file integrity",
            url: "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html",
        }],
        mappings: Mappings { cis_v3: Some("3.2"), cis_v5: Some("3.2"), fsbp: Some("CloudTrail.4") },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let passing = "A multi-region trail that records all management events validates its log files.";
        trails::of_that_trail(facts, &self.allowed_excluded_sources, "log file validation on", passing, |trail| {
            match trail.log_file_validation {
                Some(true) => Ok(Standing::Satisfied),
                Some(false) => Ok(Standing::Short("log file validation off".to_owned())),
                None => Err(unclear(format!("the trail {} came without LogFileValidationEnabled", trail.arn))),
            }
        })
    }
}
