//! What a catalogue file provides.

use orgsweep_model::{CheckMeta, FactKind, Unseen, Verdict};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

use crate::Facts;

/// A check: its parameters are the type's fields, their defaults its `Default`.
///
/// The type derives `Deserialize` with `#[serde(default, deny_unknown_fields)]`, so that `checks.params.<id>` in the configuration is
/// validated by the check itself.
pub trait Rule: Default + DeserializeOwned + Serialize + JsonSchema + Send + Sync + 'static {
    /// Everything about it but the rule.
    const META: CheckMeta;

    /// The facts that it reads with these parameters: fewer than it declares where they make the others pointless.
    fn needs(&self) -> &'static [FactKind] {
        Self::META.facts
    }

    /// The rule. A fact that was not seen ends it with `?`.
    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen>;
}
