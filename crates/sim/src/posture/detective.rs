//! Detective's graph.

use super::Outcome::{Fail, Pass};
use super::{Check, Trait, variants};

pub(crate) const CHECKS: &[&Check] = &[Detective::CHECK];

variants! {
    /// Detective: the account's own behavior graph, and its part in others'.
    Detective Region "detective-enabled" needs ["detective:ListGraphs", "detective:ListInvitations"] {
        Member "member" 90 Pass;
        Administrator "administrator" 8 Pass;
        /// Its own graph is enough, whatever invitations wait.
        AdministratorInvited "administrator_invited" 2 Pass;
        /// A membership of two is enabled.
        TwoMemberships "two_memberships" 2 Pass;
        Off "off" 16 Fail(1);
        Invited "invited" 4 Fail(1);
        Disabled "accepted_but_disabled" 3 Fail(1);
        VerificationFailed "verification_failed" 1 Fail(1);
        TwoInvitations "two_invitations" 1 Fail(2);
    }
}
