//! The policies that people deploy: of the role in every account, of orgsweep's own identity, and whom the role trusts.

use std::collections::BTreeMap;

use orgsweep_model::FactKind;

use super::{Actions, DESCRIBE_REGIONS, Permissions, Policy, Statement};
use crate::{
    hub::{HubSettings, ManagementAccount},
    organization::listing_operations,
    session::{ASSUME_ROLE, role_arn},
};

/// What the role in every account may do: one policy for all accounts, because they mostly come from one template. The last statement is
/// of use to those accounts alone that own the organization's view.
pub fn member_policy(facts: &[FactKind]) -> Policy {
    let Permissions { everywhere, owners, .. } = Permissions::of(facts);
    let mut by_service: BTreeMap<String, Actions> = BTreeMap::new();
    for action in everywhere.into_iter().filter(|action| *action != DESCRIBE_REGIONS.action) {
        by_service.entry(words(action.split(':').next().unwrap_or_default())).or_default().insert(action);
    }
    let services = by_service.into_iter().map(|(service, actions)| Statement::on_everything(service, actions));
    let regions = Statement::on_everything("EnabledRegions", [DESCRIBE_REGIONS.action]);
    let owners = owners.into_iter().filter(|action| *action != DESCRIBE_REGIONS.action);
    let owners = Statement::on_everything("OnlyManagementAccountAndDelegatedAdministrators", owners);
    Policy::new([regions].into_iter().chain(services).chain([owners]))
}

/// What the identity that orgsweep runs as may do. Without a role of their own for them, Organizations calls are its own, and where it reads
/// the management account itself, it needs what the role there would.
pub fn hub_policy(settings: &HubSettings) -> Policy {
    let accounts =
        Statement::on("AssumeRoleInAccounts", [ASSUME_ROLE.action], role_arn(&settings.home_region, "*", &settings.sessions.role_name));
    let organization = match &settings.organization_role_arn {
        Some(role) => Statement::on("AssumeRoleForOrganization", [ASSUME_ROLE.action], role.as_str()),
        None => read_organization(settings),
    };
    let management = match settings.sessions.management_account {
        ManagementAccount::Ambient => member_policy(&settings.facts).statements,
        ManagementAccount::Role | ManagementAccount::Skip => Vec::new(),
    };
    Policy::new([accounts, organization].into_iter().chain(management))
}

/// What the role that `organization.role_arn` names may do.
pub fn organization_policy(settings: &HubSettings) -> Policy {
    Policy::new([read_organization(settings)])
}

fn read_organization(settings: &HubSettings) -> Statement {
    let listing = listing_operations(settings).into_iter().map(|operation| operation.action);
    Statement::on_everything("ReadOrganization", listing.chain(Permissions::of(&settings.facts).hub))
}

/// Whom the role in every account trusts: `principal`, with the external id and from within the organization where these are known.
///
/// The name of the session is no condition: whoever may assume the role chooses it.
pub fn trust_policy(principal: &str, external_id: Option<&str>, organization_id: Option<&str>) -> Policy {
    let conditions = [("sts:ExternalId", external_id), ("aws:PrincipalOrgID", organization_id)];
    let equals: BTreeMap<_, _> = conditions.into_iter().filter_map(|(key, value)| Some((key, value?.to_owned()))).collect();
    Policy::new([Statement::trusting("TrustOrgsweep", principal, ASSUME_ROLE.action, equals)])
}

/// `access-analyzer` → `AccessAnalyzer`: a Sid has letters and digits only.
fn words(service: &str) -> String {
    let capitalized = |word: &str| word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect::<String>();
    service.split('-').map(capitalized).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::hub::{Aws, SessionSettings};

    fn settings() -> HubSettings {
        HubSettings {
            aws: Aws::Ambient,
            home_region: "cn-north-1".parse().unwrap(),
            organization_role_arn: None,
            static_accounts: Vec::new(),
            tags: false,
            units: false,
            sessions: SessionSettings {
                role_name: "Audit".into(),
                external_id: None,
                session_name: "orgsweep".into(),
                duration: Duration::from_hours(1),
                restrict: true,
                management_account: ManagementAccount::Role,
            },
            facts: vec![FactKind::OrganizationAnalyzers],
        }
    }

    fn sids(policy: &Policy) -> Vec<&str> {
        policy.statements.iter().map(|statement| statement.sid.as_str()).collect()
    }

    #[test]
    fn the_role_s_policy_has_a_statement_for_each_service() {
        let policy = member_policy(&[FactKind::SecurityGroups, FactKind::AccountSummary, FactKind::Analyzers]);
        assert_eq!(sids(&policy), ["EnabledRegions", "AccessAnalyzer", "Ec2", "Iam"]);
        assert_eq!(policy.statements[2].actions, ["ec2:DescribeSecurityGroups", "ec2:GetManagedPrefixListEntries"]);
    }

    #[test]
    fn what_only_owners_need_stands_alone() {
        let policy = member_policy(&[FactKind::OrganizationAnalyzers]);
        assert_eq!(sids(&policy), ["EnabledRegions", "OnlyManagementAccountAndDelegatedAdministrators"]);
    }

    #[test]
    fn everything_has_the_actions_of_every_session_policy() {
        let policy = member_policy(FactKind::ALL);
        let mut actions: Vec<&str> = policy.statements.iter().flat_map(|statement| &statement.actions).map(String::as_str).collect();
        actions.sort_unstable();
        assert_eq!(actions, Permissions::of(FactKind::ALL).in_sessions().into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn the_hub_lists_the_organization_itself_or_assumes_the_role_that_does() {
        let own = hub_policy(&settings());
        assert_eq!(sids(&own), ["AssumeRoleInAccounts", "ReadOrganization"]);
        assert_eq!(own.statements[0].resource.as_deref(), Some("arn:aws-cn:iam::*:role/Audit"));
        assert!(own.statements[1].actions.contains(&"organizations:ListDelegatedAdministrators".to_owned()));

        let role = "arn:aws-cn:iam::111111111111:role/Lister";
        let by_role = HubSettings { organization_role_arn: Some(role.to_owned()), ..settings() };
        assert_eq!(sids(&hub_policy(&by_role)), ["AssumeRoleInAccounts", "AssumeRoleForOrganization"]);
        assert_eq!(hub_policy(&by_role).statements[1].resource.as_deref(), Some(role));
        assert_eq!(organization_policy(&by_role).statements, own.statements[1..]);
    }

    #[test]
    fn the_hub_that_reads_the_management_account_itself_needs_what_its_role_would() {
        let mut settings = settings();
        settings.sessions.management_account = ManagementAccount::Ambient;
        let policy = hub_policy(&settings);
        assert_eq!(policy.statements[2..], member_policy(&settings.facts).statements);
    }

    #[test]
    fn trust_has_the_conditions_that_are_known() {
        let principal = "arn:aws:iam::111122223333:role/orgsweep";
        let plain = trust_policy(principal, None, None).compact();
        assert_eq!(
            plain,
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"TrustOrgsweep","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/orgsweep"},"Action":["sts:AssumeRole"]}]}"#
        );
        let strict = trust_policy(principal, Some("secret"), Some("o-abcdefghij")).compact();
        assert!(
            strict.ends_with(r#""Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-abcdefghij","sts:ExternalId":"secret"}}}]}"#),
            "{strict}"
        );
    }
}
