//! Numbers that facts carry beside what checks conclude from them, for gauges of their own.

use crate::fact::FactSet;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// When IAM made the account's credential report, in Unix seconds.
    CredentialReportGenerated,
    /// The share of Security Hub's controls in a region that passed, of those that passed or failed.
    SecurityHubScore,
}

impl FactSet {
    /// The measures of the facts that were seen.
    pub fn measures(&self) -> Vec<(Measure, f64)> {
        let report = self.credential_report.as_deref().and_then(|report| report.seen().ok());
        let generated = report.map(|report| (Measure::CredentialReportGenerated, report.generated_at.as_second() as f64));
        let score = self.security_hub_score.as_deref().and_then(|score| score.seen().ok()?.score());
        generated.into_iter().chain(score.map(|score| (Measure::SecurityHubScore, score))).collect()
    }
}
