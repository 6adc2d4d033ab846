//! IAM's users and roles with their policies, in the few words that checks need. The answer is read page by page, and what no check asks
//! for is dropped with its page.

use std::collections::HashMap;

use aws_sdk_iam::{
    operation::get_account_authorization_details::{
        GetAccountAuthorizationDetailsOutput, builders::GetAccountAuthorizationDetailsFluentBuilder,
    },
    types::{EntityType, ManagedPolicyDetail, PolicyDetail, RoleDetail, UserDetail},
};
use orgsweep_model::{
    Unseen,
    fact::iam::{AuthorizationDetails, Condition, Effect, Grant, Role, TrustStatement, UserWithPolicies},
};

use super::{
    Probe, iam, operation_of,
    policy_document::{self, Statement},
};
use crate::pages;

pub(super) async fn authorization_details(probe: &Probe<'_>) -> Result<AuthorizationDetails, Unseen> {
    let request = [EntityType::User, EntityType::Role, EntityType::LocalManagedPolicy]
        .into_iter()
        .fold(probe.caller.iam().get_account_authorization_details(), GetAccountAuthorizationDetailsFluentBuilder::filter);
    let answers = request.into_paginator().page_size(iam::PAGE).stop_on_duplicate_token(false).send();
    let operation = operation_of(probe.kind, "GetAccountAuthorizationDetails");
    let mut read = Ok(Draft::default());
    pages::every_page(answers, operation, probe.place(), pages::MOST, |page| {
        if let Ok(draft) = &mut read
            && let Err(unseen) = draft.add(probe, page)
        {
            read = Err(unseen);
        }
    })
    .await?;
    read?.finish(probe)
}

/// What was read so far. The account's own policies come after the roles that they are attached to.
#[derive(Default)]
struct Draft {
    users: Vec<UserWithPolicies>,
    roles: Vec<(Role, Vec<String>)>,
    /// By ARN; a policy without wide statements has none.
    policies: HashMap<String, Vec<Grant>>,
}

impl Draft {
    fn add(&mut self, probe: &Probe<'_>, page: GetAccountAuthorizationDetailsOutput) -> Result<(), Unseen> {
        if !iam::whole(page.is_truncated, page.marker()) {
            return Err(probe.malformed("a page is not the last one and has no marker"));
        }
        // AWS sends all lists on each page, empty or not.
        for detail in probe.needed(page.user_detail_list, "UserDetailList")? {
            self.users.extend(user(probe, detail)?);
        }
        for detail in probe.needed(page.role_detail_list, "RoleDetailList")? {
            self.roles.extend(role(probe, detail)?);
        }
        for detail in probe.needed(page.policies, "Policies")? {
            let (arn, grants) = managed_policy(probe, detail)?;
            self.policies.insert(arn, grants);
        }
        Ok(())
    }

    fn finish(self, probe: &Probe<'_>) -> Result<AuthorizationDetails, Unseen> {
        let mut roles = Vec::new();
        for (mut role, attached) in self.roles {
            for arn in attached {
                let grants = self.policies.get(&arn);
                role.grants.extend_from_slice(grants.ok_or_else(|| probe.malformed(&format!("{arn} is attached and not listed")))?);
            }
            if role.grants.is_empty() {
                role.trust.clear();
            }
            if !role.grants.is_empty() || role.is_of_identity_center() {
                roles.push(role);
            }
        }
        Ok(AuthorizationDetails { users_with_policies: self.users, roles })
    }
}

/// `None` where the user has no policies of its own. AWS leaves the list of inline policies out where there are none.
fn user(probe: &Probe<'_>, detail: UserDetail) -> Result<Option<UserWithPolicies>, Unseen> {
    let inline = detail.user_policy_list.unwrap_or_default().into_iter().map(|policy| probe.needed(policy.policy_name, "PolicyName"));
    let attached = probe.needed(detail.attached_managed_policies, "AttachedManagedPolicies")?;
    let attached = attached.into_iter().map(|policy| probe.needed(policy.policy_name, "PolicyName"));
    let user = UserWithPolicies {
        user: probe.needed(detail.user_name, "UserName")?,
        arn: probe.needed(detail.arn, "Arn")?,
        inline: inline.collect::<Result<_, _>>()?,
        attached: attached.collect::<Result<_, _>>()?,
    };
    Ok((!user.inline.is_empty() || !user.attached.is_empty()).then_some(user))
}

/// The role, with the ARNs of the account's own policies that may give it more. `None` where it can be of no interest.
fn role(probe: &Probe<'_>, detail: RoleDetail) -> Result<Option<(Role, Vec<String>)>, Unseen> {
    let mut role = Role {
        name: probe.needed(detail.role_name, "RoleName")?,
        path: probe.needed(detail.path, "Path")?,
        arn: probe.needed(detail.arn, "Arn")?,
        grants: Vec::new(),
        trust: Vec::new(),
    };
    let mut own = Vec::new();
    for policy in probe.needed(detail.attached_managed_policies, "AttachedManagedPolicies")? {
        let arn = probe.needed(policy.policy_arn, "PolicyArn")?;
        if !is_aws_s(&arn) {
            own.push(arn);
        } else if arn.ends_with(":policy/AdministratorAccess") {
            let everything = || vec!["*".to_owned()];
            role.grants.push(Grant {
                policy: "AdministratorAccess".to_owned(),
                actions: everything(),
                resources: everything(),
                ..Grant::default()
            });
        }
    }
    for PolicyDetail { policy_name, policy_document, .. } in probe.needed(detail.role_policy_list, "RolePolicyList")? {
        let name = probe.needed(policy_name, "PolicyName")?;
        role.grants.extend(grants(probe, &name, policy_document.as_deref())?);
    }
    if role.grants.is_empty() && own.is_empty() && !role.is_of_identity_center() {
        return Ok(None);
    }
    role.trust = statements(probe, &role.arn, detail.assume_role_policy_document.as_deref())?.into_iter().filter_map(trust).collect();
    Ok(Some((role, own)))
}

/// Whether a managed policy is one of AWS's, which no listing here has.
fn is_aws_s(arn: &str) -> bool {
    arn.split(':').nth(4) == Some("aws")
}

fn managed_policy(probe: &Probe<'_>, detail: ManagedPolicyDetail) -> Result<(String, Vec<Grant>), Unseen> {
    let arn = probe.needed(detail.arn, "Arn")?;
    // The ARN ends with the name.
    let name = arn.rsplit('/').next().unwrap_or(&arn);
    let mut versions = probe.needed(detail.policy_version_list, "PolicyVersionList")?.into_iter();
    let version = probe.needed(versions.find(|version| version.is_default_version), "default version of a policy")?;
    let grants = grants(probe, name, version.document.as_deref())?;
    Ok((arn, grants))
}

/// The statements of a policy that allow every action, or every one but some.
fn grants(probe: &Probe<'_>, policy: &str, document: Option<&str>) -> Result<Vec<Grant>, Unseen> {
    let wide = |statement: &Statement| !statement.not_actions.is_empty() || statement.actions.iter().any(|action| names_nothing(action));
    let statements = statements(probe, policy, document)?.into_iter();
    let grants = statements.filter(|statement| statement.effect == Effect::Allow && wide(statement)).map(|statement| Grant {
        policy: policy.to_owned(),
        actions: statement.actions,
        not_actions: statement.not_actions,
        resources: statement.resources,
        not_resources: statement.not_resources,
    });
    Ok(grants.collect())
}

/// Whether a pattern is made of wildcards, so that it may stand for every action.
fn names_nothing(pattern: &str) -> bool {
    !pattern.contains(char::is_alphanumeric)
}

fn statements(probe: &Probe<'_>, of: &str, document: Option<&str>) -> Result<Vec<Statement>, Unseen> {
    let document = probe.needed(document, &format!("policy document of {of}"))?;
    policy_document::parse(document).map_err(|error| probe.malformed(&format!("the policy of {of} cannot be read: {error}")))
}

/// `None` where the statement is about no AWS principals.
fn trust(statement: Statement) -> Option<TrustStatement> {
    let everybody_but = statement.not_principal && statement.effect == Effect::Allow;
    let principals = if everybody_but { vec!["*".to_owned()] } else { statement.aws_principals };
    let conditions = statement
        .conditions
        .into_iter()
        .flat_map(|(operator, keys)| keys.into_iter().map(move |(key, values)| Condition { operator: operator.clone(), key, values }));
    (!principals.is_empty()).then(|| TrustStatement {
        effect: statement.effect,
        principals,
        actions: statement.actions,
        not_actions: statement.not_actions,
        conditions: conditions.collect(),
    })
}
