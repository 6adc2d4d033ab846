// securityhub-fsbp-enabled: Security Hub holds the region against AWS's own best practices.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::securityhub::{SecurityHubStandards, Standard},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Facts, Rule};

/// The standard, whatever its version.
const FSBP: &str = "standards/aws-foundational-security-best-practices/";

/// How far AWS is with a standard.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// It is on.
    Ready,
    /// It is being switched on, or is getting new controls.
    Pending,
    /// It could not be switched on completely.
    Incomplete,
}

impl Status {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "READY",
            Self::Pending => "PENDING",
            Self::Incomplete => "INCOMPLETE",
        }
    }
}

/// The check and its parameters.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// The states in which the standard counts as on.
    pub accepted_statuses: Vec<Status>,
}

impl Default for Check {
    fn default() -> Self {
        Self { accepted_statuses: vec![Status::Ready] }
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("securityhub-fsbp-enabled"),
        severity: Severity::Medium,
        scope: Scope::Region,
        cadence: Cadence::Standard,
        facts: &[FactKind::SecurityHubStandards],
        en: Text {
            title: "Security Hub checks AWS Foundational Security Best Practices",
            why: "Security Hub without a standard only collects what others find. The AWS Foundational Security Best Practices standard adds \
                  some hundreds of controls that AWS maintains itself, run against every resource that AWS Config records.",
            fails_when: "The standard is not on in the region's Security Hub, or its status is not READY (parameter accepted_statuses: READY, \
                         PENDING, INCOMPLETE); also where the account is not subscribed to Security Hub at all. AWS shows PENDING while it \
                         switches the standard on or adds controls to it, INCOMPLETE where it could not set everything up, mostly because \
                         AWS Config is not recording. Not applicable where AWS does not offer Security Hub.",
            fix_console: "In an organization: Security Hub CSPM in the delegated administrator's account, Configuration, Policies, edit the \
                          policy that holds the account and add AWS Foundational Security Best Practices.\n\nA single account: Security Hub \
                          CSPM in the region, Security standards, AWS Foundational Security Best Practices, Enable standard. For \
                          INCOMPLETE, let AWS Config record first.",
        },
        ja: Text {
            title: "Security Hub で AWS 基礎セキュリティのベストプラクティスが有効になっている",
            why: "標準が有効でない Security Hub は、他のサービスの検出結果を集めるだけです。AWS 基礎セキュリティのベストプラクティス標準を有効にすると、\
                  AWS が保守する数百のコントロールで、AWS Config が記録するすべてのリソースを評価できます。",
            fails_when: "リージョンの Security Hub でこの標準が有効でない場合、または状態が READY (パラメータ accepted_statuses。READY、PENDING、\
                         INCOMPLETE) でない場合に不合格となります。Security Hub 自体が無効な場合も不合格です。PENDING は有効化中または\
                         コントロールの追加中、INCOMPLETE は設定が完了できなかったことを示し、多くは AWS Config が記録していないことが原因です。\
                         Security Hub が提供されていないリージョンは対象外です。",
            fix_console: "Organizations を利用している場合は、委任管理者アカウントの Security Hub CSPM の「設定」の「ポリシー」で、対象アカウントに適用される\
                          ポリシーに「AWS 基礎セキュリティのベストプラクティス」を追加します。\n\n単独のアカウントでは、対象リージョンの Security Hub CSPM の\
                          「セキュリティ標準」でこの標準の「標準を有効にする」を選択します。INCOMPLETE の場合は先に AWS Config の記録を開始してください。",
        },
        fix_cli: "# A recorder must be recording, or the status becomes INCOMPLETE.\n\
                  aws securityhub batch-enable-standards --region {region} --standards-subscription-requests \\\n  \
                  StandardsArn=arn:aws:securityhub:{region}::standards/aws-foundational-security-best-practices/v/1.0.0",
        references: &[
            Reference {
                title: "AWS Foundational Security Best Practices standard in Security Hub CSPM",
                url: "https://docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html",
            },
            Reference {
                title: "Enabling a security standard in Security Hub CSPM",
                url: "https://docs.aws.amazon.com/securityhub/latest/userguide/enable-standards.html",
            },
        ],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let account = facts.context.account.to_string();
        let standards = match facts.get::<SecurityHubStandards>()? {
            SecurityHubStandards::NotSubscribed => {
                let reason = "observed no subscription to Security Hub in the region, wanted one with the AWS Foundational Security Best \
                              Practices standard";
                return Ok(Verdict::fail(Finding::new(account, reason)));
            }
            SecurityHubStandards::Enabled(standards) => standards,
        };
        let ours: Vec<&Standard> = standards.iter().filter(|standard| standard.arn.contains(FSBP)).collect();
        if ours.is_empty() {
            let reason = "observed Security Hub without the AWS Foundational Security Best Practices standard, wanted the standard on";
            return Ok(Verdict::fail(Finding::new(account, reason)));
        }
        if ours.iter().any(|standard| self.accepted_statuses.iter().any(|status| status.as_str() == standard.status)) {
            return Ok(Verdict::pass("The AWS Foundational Security Best Practices standard is on."));
        }
        let wanted: Vec<&str> = self.accepted_statuses.iter().map(|status| status.as_str()).collect();
        let findings = ours.into_iter().map(|standard| {
            let why = standard.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
            let id = standard.arn.rsplit_once("standards/").map_or(standard.arn.as_str(), |(_, id)| id);
            let reason = format!("observed the status {}{why}, wanted {}", standard.status, wanted.join(" or "));
            Finding::new(id, reason).with_arn(&standard.subscription_arn)
        });
        Ok(Verdict::Fail(findings.collect()))
    }
}
