//! Who needs which IAM actions: one place for the policies that people deploy and for the session policy that confines every session.

mod document;
mod identity;
mod security_audit;
mod session_policy;

use std::collections::BTreeSet;

use orgsweep_model::{FactKind, FactScope, Operation};

pub use document::{Policy, Statement};
pub use identity::{hub_policy, member_policy, organization_policy, trust_policy};
pub(crate) use session_policy::Confinement;
pub use session_policy::{PolicyTooLong, SessionPolicy, session_policies};

/// What a sweep calls in an account's session besides its facts' operations.
pub(crate) const DESCRIBE_REGIONS: Operation = Operation::new("ec2", "DescribeRegions", "ec2:DescribeRegions");

/// IAM actions, sorted.
pub type Actions = BTreeSet<&'static str>;

/// The actions that asking for facts needs, by who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// In the session of every account.
    pub everywhere: Actions,
    /// In the sessions of those accounts alone that own the organization's view: the management account and delegated administrators.
    /// Actions that are needed everywhere are left out.
    pub owners: Actions,
    /// With the organization's own credentials.
    pub hub: Actions,
}

impl Permissions {
    /// What these facts declare.
    pub fn of(facts: &[FactKind]) -> Self {
        let mut permissions = Self::default();
        for spec in facts.iter().map(|kind| kind.spec()) {
            let asked_in = match spec.scope {
                FactScope::Account | FactScope::Region => &mut permissions.everywhere,
                FactScope::Management | FactScope::Organization | FactScope::OrganizationRegion => &mut permissions.owners,
            };
            asked_in.extend(spec.operations.iter().map(|operation| operation.action));
            permissions.hub.extend(spec.hub_operations.iter().map(|operation| operation.action));
        }
        permissions.owners.retain(|action| !permissions.everywhere.contains(action));
        permissions
    }

    /// All that may be called in an account's session, what a sweep itself calls included.
    fn in_sessions(&self) -> Actions {
        self.everywhere.iter().chain(&self.owners).copied().chain([DESCRIBE_REGIONS.action]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_named_where_it_is_needed_and_once() {
        let both = Permissions::of(&[FactKind::Analyzers, FactKind::OrganizationAnalyzers]);
        assert_eq!(both.everywhere, Actions::from(["access-analyzer:ListAnalyzers"]));
        assert_eq!(both.owners, Actions::new());
        let shared = Permissions::of(&[FactKind::OrganizationAnalyzers]);
        assert_eq!(shared.everywhere, Actions::new());
        assert_eq!(shared.owners, Actions::from(["access-analyzer:ListAnalyzers"]));
        assert_eq!(shared.hub, Actions::from(["organizations:DescribeOrganization", "organizations:ListDelegatedAdministrators"]));
        assert_eq!(shared.in_sessions(), Actions::from(["access-analyzer:ListAnalyzers", "ec2:DescribeRegions"]));
    }
}
