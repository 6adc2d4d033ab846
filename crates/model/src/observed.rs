//! What asking AWS gave: an answer, or the reason why there is none.

use serde::{Deserialize, Serialize};

/// Why a fact could not be read. A closed set: it is a metric label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlindReason {
    /// The audit role could not be assumed: it is missing, or does not trust us.
    RoleMissing,
    /// IAM denied the action: a policy lacks it, or denies it.
    IamDeny,
    /// A service control policy denied the action.
    ScpDeny,
    /// Still throttled after all retries.
    Throttled,
    /// No answer in time.
    Timeout,
    /// Any other error or an answer that could not be understood.
    AwsError,
    /// The region is not enabled in the account.
    RegionDisabled,
    /// The account is suspended, closing or closed.
    AccountSuspended,
    /// No API shows the answer and nobody has attested it.
    NeedsAttestation,
    /// There was more than the page limit lets us read.
    Truncated,
}

impl BlindReason {
    /// Every reason, in the order of the documentation.
    pub const ALL: [Self; 10] = [
        Self::RoleMissing,
        Self::IamDeny,
        Self::ScpDeny,
        Self::Throttled,
        Self::Timeout,
        Self::AwsError,
        Self::RegionDisabled,
        Self::AccountSuspended,
        Self::NeedsAttestation,
        Self::Truncated,
    ];

    /// The name in metrics and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RoleMissing => "role_missing",
            Self::IamDeny => "iam_deny",
            Self::ScpDeny => "scp_deny",
            Self::Throttled => "throttled",
            Self::Timeout => "timeout",
            Self::AwsError => "aws_error",
            Self::RegionDisabled => "region_disabled",
            Self::AccountSuspended => "account_suspended",
            Self::NeedsAttestation => "needs_attestation",
            Self::Truncated => "truncated",
        }
    }
}

/// A question that got no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blind {
    /// Why.
    pub reason: BlindReason,
    /// The IAM action that was refused, for the two kinds of denial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// What happened, for people: operation, account and region, and what AWS said.
    #[serde(default)]
    pub detail: String,
}

impl Blind {
    /// A blind answer without a refused action.
    pub fn new(reason: BlindReason, detail: impl Into<String>) -> Self {
        Self { reason, action: None, detail: detail.into() }
    }
}

/// What asking a question gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Observed<T> {
    /// The fact.
    Seen(T),
    /// No answer: nothing may be concluded.
    Blind(Blind),
    /// AWS said that the service does not exist in this region; the sentence says so.
    NotOffered(String),
}

/// Why [`Observed::seen`] has nothing to show. A check passes it on with `?`: a blind answer becomes the verdict `unknown`, a service
/// that does not exist in the region `not_applicable`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// No answer.
    Blind(Blind),
    /// The service does not exist here.
    NotOffered(String),
}

impl<T> Observed<T> {
    /// The fact, or why there is none. The only way to the fact, so that no caller can forget the second half.
    pub fn seen(&self) -> Result<&T, Unseen> {
        match self {
            Self::Seen(fact) => Ok(fact),
            Self::Blind(blind) => Err(Unseen::Blind(blind.clone())),
            Self::NotOffered(sentence) => Err(Unseen::NotOffered(sentence.clone())),
        }
    }
}

impl<T> From<Result<T, Unseen>> for Observed<T> {
    fn from(result: Result<T, Unseen>) -> Self {
        match result {
            Ok(fact) => Self::Seen(fact),
            Err(Unseen::Blind(blind)) => Self::Blind(blind),
            Err(Unseen::NotOffered(sentence)) => Self::NotOffered(sentence),
        }
    }
}

impl From<Blind> for Unseen {
    fn from(blind: Blind) -> Self {
        Self::Blind(blind)
    }
}
