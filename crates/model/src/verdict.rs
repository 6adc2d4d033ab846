//! What a check concluded about a target.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{Blind, Unseen};

/// One resource that fails a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The resource's id, as its service names it.
    pub resource: String,
    /// Its ARN, where it has one.
    #[serde(default)]
    pub arn: Option<String>,
    /// One sentence that names the observed value and the wanted one.
    pub reason: String,
}

impl Finding {
    /// A finding about a resource without an ARN.
    pub fn new(resource: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { resource: resource.into(), arn: None, reason: reason.into() }
    }

    /// The same, with the resource's ARN.
    #[must_use]
    pub fn with_arn(mut self, arn: impl Into<String>) -> Self {
        self.arn = Some(arn.into());
        self
    }
}

/// What a check concluded. Reasons are one sentence, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All is as wanted.
    Pass(Cow<'static, str>),
    /// It is not; at least one finding.
    Fail(Vec<Finding>),
    /// The question does not arise here.
    NotApplicable(Cow<'static, str>),
    /// Nothing may be concluded.
    Unknown(Blind),
}

impl Verdict {
    /// A pass, with its reason.
    pub fn pass(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Pass(reason.into())
    }

    /// A failure with a single finding.
    pub fn fail(finding: Finding) -> Self {
        Self::Fail(vec![finding])
    }

    /// A failure if there are findings, else a pass with this reason.
    pub fn from_findings(findings: Vec<Finding>, passing: impl Into<Cow<'static, str>>) -> Self {
        if findings.is_empty() { Self::Pass(passing.into()) } else { Self::Fail(findings) }
    }

    /// Not applicable, with the reason.
    pub fn not_applicable(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::NotApplicable(reason.into())
    }

    /// The word in JSON and metrics.
    pub const fn status(&self) -> &'static str {
        match self {
            Self::Pass(_) => "pass",
            Self::Fail(_) => "fail",
            Self::NotApplicable(_) => "not_applicable",
            Self::Unknown(_) => "unknown",
        }
    }

    /// One sentence that says why.
    pub fn reason(&self) -> Cow<'_, str> {
        match self {
            Self::Pass(reason) | Self::NotApplicable(reason) => Cow::Borrowed(reason),
            Self::Unknown(blind) => Cow::Borrowed(&blind.detail),
            Self::Fail(findings) => match findings.as_slice() {
                [] => Cow::Borrowed(""),
                [only] => Cow::Borrowed(&only.reason),
                [first, rest @ ..] => {
                    Cow::Owned(format!("{} resources fail; the first, {}: {}", rest.len() + 1, first.resource, first.reason))
                }
            },
        }
    }

    /// The findings of a failure; none otherwise.
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Fail(findings) => findings,
            _ => &[],
        }
    }

    /// The blind answer behind an `unknown`.
    pub const fn blind(&self) -> Option<&Blind> {
        match self {
            Self::Unknown(blind) => Some(blind),
            _ => None,
        }
    }
}

/// A check's result: `?` on a fact that was not seen ends it, and becomes `unknown` or `not_applicable` here and nowhere else.
impl From<Result<Self, Unseen>> for Verdict {
    fn from(result: Result<Self, Unseen>) -> Self {
        match result {
            Ok(verdict) => verdict,
            Err(Unseen::Blind(blind)) => Self::Unknown(blind),
            Err(Unseen::NotOffered(sentence)) => Self::NotApplicable(sentence.into()),
        }
    }
}
