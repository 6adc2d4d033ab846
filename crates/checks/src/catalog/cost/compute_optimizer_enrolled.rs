// compute-optimizer-enrolled: AWS says which resources are larger than they need to be.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::compute_optimizer::ComputeOptimizer,
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
        id: CheckId("compute-optimizer-enrolled"),
        severity: Severity::Low,
        scope: Scope::Account,
        cadence: Cadence::Daily,
        facts: &[FactKind::ComputeOptimizer],
        en: Text {
            title: "The account is enrolled in Compute Optimizer",
            why: "Compute Optimizer reads the metrics of instances, volumes, functions and databases and says which are too large, too small \
                  or idle. Its recommendations are free, but it looks only at accounts that opted in.",
            fails_when: "The account's enrollment status is not Active: it is Inactive, Pending (which passes by itself within a day or so) or \
                         Failed, or AWS says that the account never opted in.",
            fix_console: "In the management account: Compute Optimizer, Get started, Opt in, All accounts within this organization. A single \
                          account: the same in the account itself.",
        },
        ja: Text {
            title: "アカウントが Compute Optimizer に登録されている",
            why: "Compute Optimizer は、インスタンス、ボリューム、関数、データベースのメトリクスを分析し、過大、過小、未使用のものを示します。推奨事項は\
                  無料ですが、オプトインしたアカウントだけが対象です。",
            fails_when: "アカウントの登録ステータスが Active でない場合に不合格となります。Inactive、Pending (通常は 1 日程度で解消します)、Failed の場合と、\
                         オプトインしたことがないと AWS が答えた場合です。",
            fix_console: "管理アカウントの Compute Optimizer で「使用を開始」から「オプトイン」を選び、「この組織内のすべてのアカウント」を対象にします。\
                          単独のアカウントではそのアカウントでオプトインします。",
        },
        fix_cli: "# In the management account, for all:\n\
                  aws compute-optimizer update-enrollment-status --status Active --include-member-accounts\n\
                  # Or in the account, for itself:\n\
                  aws compute-optimizer update-enrollment-status --status Active",
        references: &[
            Reference {
                title: "Getting started with AWS Compute Optimizer",
                url: "https://docs.aws.amazon.com/compute-optimizer/latest/ug/getting-started.html",
            },
            Reference {
                title: "GetEnrollmentStatus",
                url: "https://docs.aws.amazon.com/compute-optimizer/latest/APIReference/API_GetEnrollmentStatus.html",
            },
        ],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let enrollment = facts.get::<ComputeOptimizer>()?;
        let observed = match enrollment.status.as_deref() {
            Some("Active") => return Ok(Verdict::pass("The account is enrolled in Compute Optimizer.")),
            Some(status) => format!("the enrollment status {status}"),
            None => "an account that never opted in".to_owned(),
        };
        let why = enrollment.reason.as_deref().map_or_else(String::new, |reason| format!(" ({})", reason.trim_end_matches('.')));
        Ok(Verdict::fail(Finding::new(facts.context.account.to_string(), format!("observed {observed}{why}, wanted Active"))))
    }
}
