//! The posture's metric families. All are gauges.

use orgsweep_model::Measure;

/// What a posture metric family is, for its documentation.
#[derive(Clone, Copy, Debug)]
pub struct FamilyInfo {
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub help: &'static str,
    /// The names of its labels. One that ends in a star stands for several.
    pub labels: &'static [&'static str],
}

/// All posture metric families, also those that have no series yet. All are gauges.
pub fn families() -> impl Iterator<Item = FamilyInfo> {
    Family::ALL.into_iter().map(|family| FamilyInfo { name: family.name(), help: family.help(), labels: family.labels() })
}

/// A posture metric family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    CheckCompliant,
    CheckFailingResources,
    CheckFailingSince,
    CheckWaived,
    CheckUnknown,
    CheckLastEvaluated,
    AccountReachable,
    CredentialReportGenerated,
    SecurityHubScore,
    AccountInfo,
    CheckInfo,
    Accounts,
    Verdicts,
    WaiverExpiry,
    WaiversUnused,
    CoverageRatio,
    MetricsSeries,
    MetricsDetail,
}

impl Family {
    /// All, in the order of the documentation.
    const ALL: [Self; 18] = [
        Self::CheckCompliant,
        Self::CheckFailingResources,
        Self::CheckFailingSince,
        Self::CheckWaived,
        Self::CheckUnknown,
        Self::CheckLastEvaluated,
        Self::AccountReachable,
        Self::CredentialReportGenerated,
        Self::SecurityHubScore,
        Self::AccountInfo,
        Self::CheckInfo,
        Self::Accounts,
        Self::Verdicts,
        Self::WaiverExpiry,
        Self::WaiversUnused,
        Self::CoverageRatio,
        Self::MetricsSeries,
        Self::MetricsDetail,
    ];

    /// The families of which each account has a chunk of its own. They come first, so that they index arrays.
    pub const PER_ACCOUNT: [Self; 9] = [
        Self::CheckCompliant,
        Self::CheckFailingResources,
        Self::CheckFailingSince,
        Self::CheckWaived,
        Self::CheckUnknown,
        Self::CheckLastEvaluated,
        Self::AccountReachable,
        Self::CredentialReportGenerated,
        Self::SecurityHubScore,
    ];

    /// The family of a measure.
    pub const fn of(measure: Measure) -> Self {
        match measure {
            Measure::CredentialReportGenerated => Self::CredentialReportGenerated,
            Measure::SecurityHubScore => Self::SecurityHubScore,
        }
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CheckCompliant => "orgsweep_check_compliant",
            Self::CheckFailingResources => "orgsweep_check_failing_resources",
            Self::CheckFailingSince => "orgsweep_check_failing_since_timestamp_seconds",
            Self::CheckWaived => "orgsweep_check_waived",
            Self::CheckUnknown => "orgsweep_check_unknown",
            Self::CheckLastEvaluated => "orgsweep_check_last_evaluated_timestamp_seconds",
            Self::AccountReachable => "orgsweep_account_reachable",
            Self::CredentialReportGenerated => "orgsweep_credential_report_generated_timestamp_seconds",
            Self::SecurityHubScore => "orgsweep_securityhub_score_ratio",
            Self::AccountInfo => "orgsweep_account_info",
            Self::CheckInfo => "orgsweep_check_info",
            Self::Accounts => "orgsweep_accounts",
            Self::Verdicts => "orgsweep_verdicts",
            Self::WaiverExpiry => "orgsweep_waiver_expiry_timestamp_seconds",
            Self::WaiversUnused => "orgsweep_waivers_unused",
            Self::CoverageRatio => "orgsweep_coverage_ratio",
            Self::MetricsSeries => "orgsweep_metrics_series",
            Self::MetricsDetail => "orgsweep_metrics_detail",
        }
    }

    /// The names of its labels, in alphabetical order.
    const fn labels(self) -> &'static [&'static str] {
        match self {
            Self::CheckCompliant | Self::CheckFailingResources | Self::CheckFailingSince | Self::CheckWaived => {
                &["account_id", "aws_region", "check"]
            }
            Self::CheckUnknown => &["account_id", "aws_region", "check", "reason"],
            Self::CheckLastEvaluated => &["account_id", "aws_region", "cadence"],
            Self::AccountReachable | Self::CredentialReportGenerated => &["account_id"],
            Self::SecurityHubScore => &["account_id", "aws_region"],
            Self::AccountInfo => &["account_id", "account_name", "ou_path", "state", "tag_*"],
            Self::CheckInfo => &["cadence", "check", "scope", "severity", "title"],
            Self::Accounts => &["state"],
            Self::Verdicts => &["check", "status"],
            Self::WaiverExpiry => &["check", "owner"],
            Self::WaiversUnused | Self::CoverageRatio => &[],
            Self::MetricsSeries => &["family"],
            Self::MetricsDetail => &["detail"],
        }
    }

    const fn help(self) -> &'static str {
        match self {
            Self::CheckCompliant => {
                "1 if the check passes, 0 if it fails. A 0 stays until the target is seen mended; a 1 goes when it could not be confirmed."
            }
            Self::CheckFailingResources => "Number of resources that fail the check. Only while it fails.",
            Self::CheckFailingSince => "Unix time, in seconds, at which the check began to fail. Only while it fails.",
            Self::CheckWaived => "Always 1. Only while the check fails and waivers cover every failing resource.",
            Self::CheckUnknown => "1 while the newest evaluation of the check could conclude nothing, by reason.",
            Self::CheckLastEvaluated => "Unix time, in seconds, of the last sweep at this cadence that could conclude something.",
            Self::AccountReachable => "1 if the last sweep could assume its role in the account, 0 if not.",
            Self::CredentialReportGenerated => "Unix time, in seconds, at which IAM made the credential report that was read last.",
            Self::SecurityHubScore => "Share of Security Hub's controls that passed, of those that passed or failed, from 0 to 1.",
            Self::AccountInfo => "Always 1. What the organization's listing says of the account.",
            Self::CheckInfo => "Always 1. What the catalogue and the configuration say of the check.",
            Self::Accounts => "Number of accounts by state.",
            Self::Verdicts => "Number of targets by what stands for them.",
            Self::WaiverExpiry => "Unix time, in seconds, at which the first waiver of the check and owner ends, past ends included.",
            Self::WaiversUnused => {
                "Number of waivers that cover no failing resource: what they meant is mended, they have ended, or they are mistaken."
            }
            Self::CoverageRatio => "Share of the expected targets of which the newest evaluation could conclude something, from 0 to 1.",
            Self::MetricsSeries => "Number of posture series by family.",
            Self::MetricsDetail => "Always 1. How finely check series are cut: region, account or organization.",
        }
    }

    /// The lines that come before its series.
    pub fn header(self) -> String {
        let (name, help) = (self.name(), self.help());
        format!("# HELP {name} {help}\n# TYPE {name} gauge\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_with_a_chunk_per_account_index_arrays() {
        for (index, family) in Family::PER_ACCOUNT.into_iter().enumerate() {
            assert_eq!(family as usize, index);
        }
    }

    #[test]
    fn none_is_left_out() {
        assert_eq!(Family::ALL.map(|family| family as usize), std::array::from_fn(|index| index));
        assert_eq!(Family::MetricsDetail as usize + 1, Family::ALL.len(), "the last one");
    }
}
