//! Which rules of AWS Config somebody in the organization wanted.

use orgsweep_model::fact::config::ConfigRule;

/// The services that make the rules of an organization and of conformance packs.
pub(super) const COUNTED_SERVICES: &str = "config-conforms.amazonaws.com config-multiaccountsetup.amazonaws.com";

/// The states of a rule that is not about to go.
pub(super) const LIVING_STATES: &str = "ACTIVE DELETING_RESULTS EVALUATING";

/// The active rules that the account made itself, or one of these services for it.
pub(super) fn counted<'a>(rules: &'a [ConfigRule], services: &'a [String], states: &'a [String]) -> impl Iterator<Item = &'a ConfigRule> {
    rules.iter().filter(|rule| states.contains(&rule.state) && rule.created_by.as_ref().is_none_or(|service| services.contains(service)))
}
