// config-recorder-enabled: AWS Config keeps the history of every resource.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::config::{ConfigDelivery, ConfigRecorder, ConfigRecorders, DeliveryChannel, RecorderCoverage},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::shared::{count, join},
};

/// The check and its parameters.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// Global resource types. They are the same in every region, so a recorder may leave them out everywhere but in the home region.
    pub global_types: Vec<String>,
}

impl Default for Check {
    fn default() -> Self {
        Self { global_types: ["User", "Group", "Role", "Policy"].map(|kind| format!("AWS::IAM::{kind}")).into() }
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("config-recorder-enabled"),
        severity: Severity::High,
        scope: Scope::Region,
        cadence: Cadence::Frequent,
        facts: &[FactKind::ConfigRecorders, FactKind::ConfigDelivery],
        en: Text {
            title: "AWS Config records every resource type",
            why: "AWS Config keeps what each resource looked like and when it changed: the ground that Security Hub's controls, Config rules \
                  and any investigation stand on. A type that is not recorded is a blind spot for all of them.",
            fails_when: "No customer-managed recorder in the region is recording all supported resource types with the last status SUCCESS, \
                         or no delivery channel is free of a failed last delivery. In the home region the recorder must include the global \
                         IAM types; in other regions it may leave out these (parameter global_types) and no others. A recorder that has just \
                         been started fails until its first success.",
            fix_console: "AWS Config in the region, Settings, Edit: recording strategy All resource types with customizable overrides, without \
                          overrides that exclude types; in the home region include the globally recorded IAM types; name a bucket as the \
                          delivery method; save, and start recording.\n\nFor a failed delivery, let the bucket's policy, its KMS key and the \
                          topic's policy admit config.amazonaws.com.",
        },
        ja: Text {
            title: "AWS Config がすべてのリソースタイプを記録している",
            why: "AWS Config は各リソースの構成と変更履歴を残します。Security Hub のコントロール、Config ルール、調査のいずれもこの記録が前提で、\
                  記録されないタイプはすべてにとって死角になります。",
            fails_when: "サポート対象の全リソースタイプを記録中で直近の状態が SUCCESS であるカスタマー管理のレコーダーがリージョンにない場合、または\
                         直近の配信に失敗のない配信チャネルがない場合に不合格となります。ホームリージョンではグローバルな IAM タイプの記録も必要\
                         です。他のリージョンではそれら (パラメータ global_types) だけを除外できます。開始直後のレコーダーは最初の成功まで不合格\
                         です。",
            fix_console: "対象リージョンの AWS Config の「設定」で「編集」を選び、記録戦略を「カスタマイズ可能なオーバーライドのあるすべてのリソース\
                          タイプ」にし、タイプを除外するオーバーライドを外します。ホームリージョンではグローバルな IAM タイプを含め、配信先の\
                          バケットを指定して保存し、記録を開始します。\n\n配信に失敗している場合は、バケットポリシー、KMS キーポリシー、トピックの\
                          ポリシーで config.amazonaws.com を許可してください。",
        },
        fix_cli: "# Global types in the home region only: includeGlobalResourceTypes=true there, false elsewhere.\n\
                  # A recorder that exists keeps its name: aws configservice describe-configuration-recorders --region {region}\n\
                  aws iam create-service-linked-role --aws-service-name config.amazonaws.com  # once per account\n\
                  aws configservice put-configuration-recorder --region {region} \\\n  \
                  --configuration-recorder name=default,roleARN=arn:aws:iam::{account}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig \\\n  \
                  --recording-group allSupported=true,includeGlobalResourceTypes=false\n\
                  aws configservice put-delivery-channel --region {region} --delivery-channel name=default,s3BucketName=\"$BUCKET\"\n\
                  aws configservice start-configuration-recorder --region {region} --configuration-recorder-name default",
        references: &[
            Reference {
                title: "Recording AWS resources with AWS Config",
                url: "https://docs.aws.amazon.com/config/latest/developerguide/select-resources.html",
            },
            Reference {
                title: "Working with the delivery channel",
                url: "https://docs.aws.amazon.com/config/latest/developerguide/manage-delivery-channel.html",
            },
        ],
        mappings: Mappings { cis_v3: Some("3.3"), cis_v5: Some("3.3"), fsbp: Some("Config.1") },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let recorders = &facts.get::<ConfigRecorders>()?.recorders;
        let channels = &facts.get::<ConfigDelivery>()?.channels;
        let account = facts.context.account.to_string();
        let home = facts.context.place.region() == Some(&facts.context.home_region);

        if recorders.is_empty() {
            // Without a recorder there is nothing to deliver: whether a channel waits for it is no second failure.
            let reason = "observed no recorder in the region, wanted one that records every resource type";
            return Ok(Verdict::fail(Finding::new(&account, reason)));
        }
        let mut findings = Vec::new();
        if !recorders.iter().any(|recorder| self.shortfalls(recorder, home).is_empty()) {
            findings.extend(recorders.iter().map(|recorder| self.recorder_finding(recorder, home)));
        }
        if channels.is_empty() {
            findings.push(Finding::new(&account, "observed no delivery channel in the region, wanted one that delivers"));
        } else if !channels.iter().any(|channel| failed_deliveries(channel).is_empty()) {
            findings.extend(channels.iter().map(channel_finding));
        }
        Ok(Verdict::from_findings(findings, "A recorder records every resource type and its deliveries arrive."))
    }
}

impl Check {
    fn recorder_finding(&self, recorder: &ConfigRecorder, home: bool) -> Finding {
        let global = if home { ", global types included" } else { "" };
        let observed = join(&self.shortfalls(recorder, home));
        let reason = format!("observed {observed}, wanted every resource type recorded{global}, with the last status SUCCESS");
        Finding { resource: recorder.name.clone(), arn: recorder.arn.clone(), reason }
    }

    /// Everything that is wrong with a recorder.
    fn shortfalls(&self, recorder: &ConfigRecorder, home: bool) -> Vec<String> {
        let mut shortfalls = Vec::new();
        if !recorder.recording {
            shortfalls.push("recording off".to_owned());
        }
        match recorder.last_status.as_deref() {
            Some("SUCCESS") => {}
            Some(status) => shortfalls.push(format!("the last status {status}")),
            None => shortfalls.push("no last status yet".to_owned()),
        }
        shortfalls.extend(self.gap(recorder, home));
        shortfalls
    }

    /// The resource types that a recorder leaves out and must not.
    fn gap(&self, recorder: &ConfigRecorder, home: bool) -> Option<String> {
        match &recorder.coverage {
            RecorderCoverage::Only(types) => Some(format!("only {} recorded", count(types.len(), "resource type"))),
            RecorderCoverage::AllExcept(types) if !types.is_empty() => {
                let wrong: Vec<&String> = types.iter().filter(|kind| home || !self.global_types.contains(kind)).collect();
                (!wrong.is_empty()).then(|| format!("{} left out", join(&wrong)))
            }
            RecorderCoverage::All | RecorderCoverage::AllExcept(_) => {
                (home && !recorder.include_global_types).then(|| "global types left out in the home region".to_owned())
            }
        }
    }
}

/// The deliveries whose last attempt failed.
fn failed_deliveries(channel: &DeliveryChannel) -> Vec<&'static str> {
    [(&channel.history_status, "history"), (&channel.snapshot_status, "snapshot"), (&channel.stream_status, "stream")]
        .into_iter()
        .filter_map(|(status, what)| (status.as_deref() == Some("FAILURE")).then_some(what))
        .collect()
}

fn channel_finding(channel: &DeliveryChannel) -> Finding {
    let error = channel.error.as_ref().map(|error| format!(" ({error})")).unwrap_or_default();
    let reason = format!("observed {} delivery FAILURE{error}, wanted no failed delivery", join(&failed_deliveries(channel)));
    Finding::new(&channel.name, reason)
}
