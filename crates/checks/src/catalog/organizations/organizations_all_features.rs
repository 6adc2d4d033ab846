// organizations-all-features: the organization can do more than add up bills.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::organizations::OrganizationFeatures,
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
        id: CheckId("organizations-all-features"),
        severity: Severity::Medium,
        scope: Scope::Organization,
        cadence: Cadence::Daily,
        facts: &[FactKind::OrganizationFeatures],
        en: Text {
            title: "The organization has all features enabled",
            why: "With consolidated billing alone an organization only adds up bills. Service control policies, delegated administrators, \
                  organization trails, central root access and Identity Center across accounts all need the feature set ALL.",
            fails_when: "The organization's feature set is anything but ALL. One answer covers the organization; it is reported under the \
                         management account.",
            fix_console: "AWS Organizations in the management account, Settings, Begin process to enable all features. Each invited account \
                          gets a request and has to approve it; accounts that the organization created do not. When all have approved, \
                          choose Finalize process to enable all features. There is no way back to consolidated billing.",
        },
        ja: Text {
            title: "組織ですべての機能が有効になっている",
            why: "一括請求 (コンソリデーティッドビリング) だけの組織では、請求をまとめることしかできません。サービスコントロールポリシー、委任管理者、\
                  組織の証跡、ルートアクセスの一元管理、複数アカウントでの Identity Center には、機能セット ALL が必要です。",
            fails_when: "組織の機能セットが ALL 以外の場合に不合格となります。組織全体で 1 つの結果となり、管理アカウントの結果として報告されます。",
            fix_console: "管理アカウントの AWS Organizations で「設定」を開き、「すべての機能を有効にするプロセスを開始」を選びます。招待された各アカウント\
                          にはリクエストが届き、承認が必要です (組織内で作成したアカウントは不要です)。すべての承認が揃ったら、プロセスを完了します。\
                          一括請求のみの状態には戻せません。",
        },
        fix_cli: "# In the management account. Invited accounts have to accept the handshake that this sends them.\n\
                  aws organizations enable-all-features\n\
                  # When all have accepted, accept the organization's own handshake of type ENABLE_ALL_FEATURES:\n\
                  aws organizations list-handshakes-for-organization\n\
                  aws organizations accept-handshake --handshake-id \"$HANDSHAKE_ID\"",
        references: &[Reference {
            title: "Enabling all features for an organization",
            url: "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_org_support-all-features.html",
        }],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let organization = facts.get::<OrganizationFeatures>()?;
        if organization.feature_set == "ALL" {
            return Ok(Verdict::pass("The organization has all features enabled."));
        }
        let reason = format!("observed the feature set {}, wanted ALL", organization.feature_set);
        Ok(Verdict::fail(Finding::new(&organization.id, reason).with_arn(&organization.arn)))
    }
}
