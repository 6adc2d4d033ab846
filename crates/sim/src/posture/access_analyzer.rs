//! The access analyzers of the account and of the organization.

use super::Outcome::{Fail, Pass};
use super::{Check, Trait, Verdict, View, variants};

pub(crate) const CHECKS: &[&Check] = &[AccessAnalyzer::CHECK];

variants! {
    /// The account's own access analyzers. An analyzer of the organization covers what fails here.
    AccessAnalyzer Region "access-analyzer-enabled" needs ["access-analyzer:ListAnalyzers"] special analyzers {
        Own "own" 82 Pass;
        /// An unused-access analyzer listed before the one that counts.
        Both "own_and_unused_access" 4 Pass;
        None "none" 10 Fail(1);
        NotActive "not_active" 2 Fail(1);
        UnusedAccessOnly "unused_access_only" 2 Fail(1);
    }
}

/// An account without an analyzer of its own passes by an analyzer of the organization, if its owner can be asked.
fn analyzers(view: &View<'_>) -> Verdict {
    if view.own() == Verdict::Pass {
        return Verdict::Pass;
    }
    if let Some(reason) = view.denied(&["organizations:DescribeOrganization", "organizations:ListDelegatedAdministrators"]) {
        return Verdict::Unknown(reason);
    }
    let mut blind = None;
    for owner in view.organization.analyzer_owners() {
        match view.of(owner).blind(&["access-analyzer:ListAnalyzers"]) {
            Some(reason) => blind = blind.or(Some(reason)),
            None if view.organization.owns_organization_analyzer(owner, view.region) => return Verdict::Pass,
            None => {}
        }
    }
    blind.map_or(view.own(), Verdict::Unknown)
}
