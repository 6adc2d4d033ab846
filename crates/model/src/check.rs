//! What is known about a check besides its rule: identity, weight, rhythm, needs and texts.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::FactKind;

/// A check's public name: metric label, command-line argument, docs page, waiver key. It never changes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct CheckId(pub &'static str);

impl CheckId {
    /// The name.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for CheckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for CheckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// How much a failure matters. Ordered: `Low < Critical`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth mending some day.
    Low,
    /// Worth a ticket.
    Medium,
    /// Worth mending this week.
    High,
    /// Worth waking somebody.
    Critical,
}

impl Severity {
    /// The word in metrics and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a check is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Once for the organization, under the management account.
    #[serde(rename = "org")]
    Organization,
    /// Once for every account.
    Account,
    /// Once for every account and enabled region.
    Region,
}

impl Scope {
    /// The word in metrics and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Organization => "org",
            Self::Account => "account",
            Self::Region => "region",
        }
    }
}

/// How often a check is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cadence {
    /// Every 15 minutes unless configured otherwise.
    Frequent,
    /// Every hour.
    Standard,
    /// Every day.
    Daily,
}

impl Cadence {
    /// All, the quickest first.
    pub const ALL: [Self; 3] = [Self::Frequent, Self::Standard, Self::Daily];

    /// The word in metrics and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Frequent => "frequent",
            Self::Standard => "standard",
            Self::Daily => "daily",
        }
    }
}

/// A language that texts exist in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Japanese.
    Ja,
}

/// A check's prose in one language. Plain text; paragraphs are separated by an empty line.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// A short statement of what is wanted; the label `title`.
    pub title: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// What makes it fail, and what makes it not applicable.
    pub fails_when: &'static str,
    /// How to mend it in the console, step by step.
    pub fix_console: &'static str,
}

/// Whether a check is asked without being asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// On, unless `checks.disable` says otherwise.
    Default,
    /// Off, unless `checks.enable` names it.
    ByName,
    /// Off, unless `checks.allow_billable` says that its requests may cost money.
    ByAllowBillable,
}

/// Whether a person's word can stand in for what no API shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Attestable {
    /// Never.
    No,
    /// Where the check itself knows nothing.
    WhenUnknown,
    /// Where it knows nothing, and where it fails: there are good ways that it cannot see.
    WhenUnknownOrFailing,
}

/// Where a rule comes from.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Reference {
    /// What the page is.
    pub title: &'static str,
    /// Where it is.
    pub url: &'static str,
}

/// The same control in published benchmarks, where there is one.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Mappings {
    /// Item of the CIS AWS Foundations Benchmark v3.0.
    pub cis_v3: Option<&'static str>,
    /// Item of the CIS AWS Foundations Benchmark v5.0.
    pub cis_v5: Option<&'static str>,
    /// Control of the AWS Foundational Security Best Practices standard, such as `IAM.9`.
    pub fsbp: Option<&'static str>,
}

/// Everything about a check but its rule.
#[derive(Clone, Copy, Debug)]
pub struct CheckMeta {
    /// Its public name.
    pub id: CheckId,
    /// How much a failure matters, unless configured otherwise.
    pub severity: Severity,
    /// What it is asked about.
    pub scope: Scope,
    /// How often, unless configured otherwise.
    pub cadence: Cadence,
    /// Whether it is asked without being asked for.
    pub activation: Activation,
    /// Whether a person's word can stand in for what no API shows.
    pub attestable: Attestable,
    /// The facts it reads. It sees no others. None: only an attestation can tell.
    pub facts: &'static [FactKind],
    /// English prose.
    pub en: Text,
    /// Japanese prose.
    pub ja: Text,
    /// AWS CLI commands that mend a finding. `{account}`, `{region}` and `{resource}` stand for the finding's own.
    pub fix_cli: &'static str,
    /// AWS documentation.
    pub references: &'static [Reference],
    /// Benchmarks.
    pub mappings: Mappings,
}

impl CheckMeta {
    /// What most checks have in common: a catalogue file says what differs and ends with `..CheckMeta::USUAL`.
    pub const USUAL: Self = Self {
        id: CheckId(""),
        severity: Severity::Low,
        scope: Scope::Account,
        cadence: Cadence::Daily,
        activation: Activation::Default,
        attestable: Attestable::No,
        facts: &[],
        en: Text { title: "", why: "", fails_when: "", fix_console: "" },
        ja: Text { title: "", why: "", fails_when: "", fix_console: "" },
        fix_cli: "",
        references: &[],
        mappings: Mappings { cis_v3: None, cis_v5: None, fsbp: None },
    };

    /// The prose in a language.
    pub const fn text(&self, language: Language) -> &Text {
        match language {
            Language::En => &self.en,
            Language::Ja => &self.ja,
        }
    }
}
