// iac-adopted: what runs in the account is written down, and can be made again.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, Scope, Severity, Unseen, Verdict,
    check::{Attestable, Reference, Text},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Facts, Rule, catalog::shared::needs_attestation};

/// The check. It has no parameters.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("iac-adopted"),
        severity: Severity::Low,
        scope: Scope::Account,
        cadence: Cadence::Daily,
        attestable: Attestable::WhenUnknown,
        facts: &[],
        en: Text {
            title: "Resources are managed as code",
            why: "Resources that somebody clicked together cannot be reviewed before they exist, nor be made again after they are lost. As code \
                  each change has an author, a reason and a way back, and a new account is the same as the last.",
            fails_when: "It never fails by itself, because no API tells a resource made by code from one made by hand: the verdict is unknown until \
                         an attestation says that the account's resources are managed as code (CloudFormation, the CDK, Terraform, OpenTofu, \
                         Pulumi or the like). After the attestation's end it is unknown again.",
            fix_console: "Choose one tool, put the code under version control and let a pipeline apply it. Existing resources can be taken over: \
                          CloudFormation, Create stack, With existing resources (import), or the IaC generator, which writes a template from \
                          what is there. Then write the attestation.",
        },
        ja: Text {
            title: "リソースがコードで管理されている",
            why: "手作業で作成したリソースは、作成前にレビューできず、失われた後に再現することもできません。コードで管理すれば、変更ごとに作成者と理由が残り、\
                  元に戻すことができ、新しいアカウントも同じ構成になります。",
            fails_when: "コードで作成したリソースと手作業のリソースを区別できる API がないため、自動的に不合格になることはありません。アカウントのリソースが \
                         CloudFormation、CDK、Terraform、OpenTofu、Pulumi などのコードで管理されていることが証明に記載されるまで「不明」です。\
                         有効期限を過ぎると再び「不明」になります。",
            fix_console: "ツールを 1 つ選び、コードをバージョン管理し、パイプラインで適用します。既存のリソースは、CloudFormation の「スタックの作成」の「既存の\
                          リソースを使用」でインポートするか、IaC ジェネレーターで既存のリソースからテンプレートを作成できます。その後、証明を\
                          書いてください。",
        },
        references: &[Reference {
            title: "What is AWS CloudFormation?",
            url: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/Welcome.html",
        }],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, _: &Facts<'_>) -> Result<Verdict, Unseen> {
        Err(needs_attestation("no API shows whether the account's resources are managed as code, and nobody has attested it"))
    }
}
