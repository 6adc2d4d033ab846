// config-recording-cost-tuned: AWS Config does not charge for every twitch of the network.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Activation, Reference, Text},
    fact::config::{ConfigRecorder, ConfigRecorders, RecorderCoverage, RecordingMode},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::shared::{join, unclear},
};

/// The check and its parameters.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// The resource types that change so often that each change's record costs more than it tells.
    pub noisy_types: Vec<String>,
}

impl Default for Check {
    fn default() -> Self {
        Self { noisy_types: ["VPC", "Subnet", "SecurityGroup", "NetworkInterface"].map(|kind| format!("AWS::EC2::{kind}")).into() }
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("config-recording-cost-tuned"),
        severity: Severity::Low,
        scope: Scope::Region,
        cadence: Cadence::Daily,
        activation: Activation::ByName,
        facts: &[FactKind::ConfigRecorders],
        en: Text {
            title: "AWS Config records noisy resource types once a day",
            why: "AWS Config charges for each configuration item. With containers and short-lived instances, network interfaces and what \
                  they belong to change all day long and can make up most of the bill. Recorded daily, each gives one item a day at most. \
                  The price: rules that watch for changes of these types hear of them a day late, and Firewall Manager needs continuous \
                  recording; hence this check is off by default.",
            fails_when: "A customer-managed recorder that is recording records one of these types (parameter noisy_types: AWS::EC2::VPC, \
                         Subnet, SecurityGroup and NetworkInterface) other than DAILY, by its default frequency or an override. A type that \
                         it does not record at all costs nothing and is no failure here. Not applicable where no recorder is recording, or \
                         where AWS does not offer AWS Config. Unknown where AWS does not say how often the recorder records.",
            fix_console: "AWS Config in the region, Settings, Edit: under Recording method keep All resource types with customizable \
                          overrides, add an override for each of these types with the frequency Daily, and save.",
        },
        ja: Text {
            title: "AWS Config が変更の多いリソースタイプを日次で記録している",
            why: "AWS Config は設定項目ごとに課金されます。コンテナや短命なインスタンスがある環境では、ネットワークインターフェイスとその所属先が絶えず\
                  変わり、請求の大半を占めることがあります。日次記録なら 1 日に最大 1 件です。ただし、これらのタイプの変更を契機とするルールの評価は最大 1 日\
                  遅れ、Firewall Manager は継続的な記録を必要とします。このためデフォルトでは無効です。",
            fails_when: "記録中のカスタマー管理のレコーダーが、対象のタイプ (パラメータ noisy_types。AWS::EC2::VPC、Subnet、SecurityGroup、\
                         NetworkInterface) のいずれかを、デフォルトの頻度またはオーバーライドにより DAILY 以外で記録している場合に不合格となります。\
                         まったく記録していないタイプは費用がかからないため問いません。記録中のレコーダーがない場合と、AWS Config が提供されていない\
                         リージョンは対象外です。記録頻度が回答に含まれない場合は「不明」です。",
            fix_console: "対象リージョンの AWS Config の「設定」で「編集」を選び、「カスタマイズ可能なオーバーライドのあるすべてのリソースタイプ」のまま、\
                          対象の各タイプに頻度「日次」のオーバーライドを追加して保存します。",
        },
        fix_cli: "aws configservice describe-configuration-recorders --region {region} --configuration-recorder-names {resource} \\\n  \
                  --query 'ConfigurationRecorders[0].{name:name,roleARN:roleARN,recordingGroup:recordingGroup}' > recorder.json\n\
                  # Add to recorder.json:\n\
                  #   \"recordingMode\": {\"recordingFrequency\": \"CONTINUOUS\", \"recordingModeOverrides\": [{\"recordingFrequency\": \"DAILY\",\n\
                  #     \"resourceTypes\": [\"AWS::EC2::VPC\", \"AWS::EC2::Subnet\", \"AWS::EC2::SecurityGroup\", \"AWS::EC2::NetworkInterface\"]}]}\n\
                  aws configservice put-configuration-recorder --region {region} --configuration-recorder file://recorder.json",
        references: &[Reference {
            title: "Recording AWS resources with AWS Config",
            url: "https://docs.aws.amazon.com/config/latest/developerguide/select-resources.html",
        }],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let recorders = &facts.get::<ConfigRecorders>()?.recorders;
        let recording: Vec<&ConfigRecorder> = recorders.iter().filter(|recorder| recorder.recording).collect();
        if recording.is_empty() {
            return Ok(Verdict::not_applicable("No recorder of AWS Config is recording in the region."));
        }
        let mut findings = Vec::new();
        for recorder in recording {
            let costly = self.costly(recorder)?;
            if !costly.is_empty() {
                let reason = format!("observed {} recorded CONTINUOUS, wanted DAILY", join(&costly));
                findings.push(Finding { resource: recorder.name.clone(), arn: recorder.arn.clone(), reason });
            }
        }
        Ok(Verdict::from_findings(findings, "The noisy resource types are recorded daily or not at all."))
    }
}

impl Check {
    /// The noisy types that a recorder records more than daily.
    fn costly(&self, recorder: &ConfigRecorder) -> Result<Vec<&str>, Unseen> {
        let mut costly = Vec::new();
        for kind in self.noisy_types.iter().filter(|kind| records(&recorder.coverage, kind)) {
            let mode = recorder.mode.as_ref().ok_or_else(|| unclear(format!("the recorder {} has no recording mode", recorder.name)))?;
            match frequency(mode, kind) {
                "DAILY" => {}
                "CONTINUOUS" => costly.push(kind.as_str()),
                other => return Err(unclear(format!("the recorder {} has the recording frequency {other:?}", recorder.name))),
            }
        }
        Ok(costly)
    }
}

fn records(coverage: &RecorderCoverage, kind: &String) -> bool {
    match coverage {
        RecorderCoverage::All => true,
        RecorderCoverage::AllExcept(types) => !types.contains(kind),
        RecorderCoverage::Only(types) => types.contains(kind),
    }
}

fn frequency<'a>(mode: &'a RecordingMode, kind: &String) -> &'a str {
    let own = mode.overrides.iter().find(|one| one.types.contains(kind));
    own.map_or(&mode.frequency, |one| &one.frequency)
}
