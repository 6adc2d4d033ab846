//! `orgsweep policy`: the IAM policies that the enabled checks need, as JSON. They come from what the facts declare, as the session policies do.

use std::{collections::BTreeSet, process::ExitCode};

use orgsweep_aws::{
    Aws, HubSettings,
    permissions::{self, Policy},
};
use orgsweep_model::FactKind;

use crate::{
    cli::{ConfigArgs, PolicyCommand, TrustArgs},
    config::{self, Loaded},
    engine, output,
};

/// AWS's limits, in characters without white space.
const MANAGED: usize = 6_144;
const INLINE: usize = 10_240;
const TRUST: usize = 2_048;

/// AWS takes this for no principal, so a policy that was deployed unread trusts nobody.
const PLACEHOLDER: &str = "ACCOUNT-ID-OF-ORGSWEEP";

/// Runs the command.
pub fn run(command: &PolicyCommand) -> anyhow::Result<ExitCode> {
    let policy = match command {
        PolicyCommand::Member(args) => {
            let policy = permissions::member_policy(&load(args)?.facts);
            warn_of_length(&policy);
            policy
        }
        PolicyCommand::Hub(args) => {
            let settings = load(args)?;
            if let Some(role) = &settings.organization_role_arn {
                output::note(&format!("{role} needs what `orgsweep policy organization` prints"));
            }
            let policy = permissions::hub_policy(&settings);
            warn_of_length(&policy);
            policy
        }
        PolicyCommand::Organization(args) => {
            let settings = load(args)?;
            if settings.organization_role_arn.is_none() {
                output::warning("organization.role_arn names no role: `orgsweep policy hub` has these permissions already");
            }
            permissions::organization_policy(&settings)
        }
        PolicyCommand::Trust(args) => trust(args)?,
    };
    output::result(&policy.pretty())?;
    Ok(ExitCode::SUCCESS)
}

fn trust(args: &TrustArgs) -> anyhow::Result<Policy> {
    let settings = load(&args.config)?;
    let partition = settings.home_region.partition();
    let principal = match &args.principal {
        None => {
            output::warning(&format!("replace {PLACEHOLDER}, or name the identity that orgsweep runs as: --principal ARN"));
            format!("arn:{partition}:iam::{PLACEHOLDER}:root")
        }
        Some(principal) if principal.split(':').nth(1) == Some(partition) => principal.clone(),
        Some(principal) => {
            let wrong =
                format!("--principal {principal}: roles of the partition {partition} (select.regions.home) trust only principals of it");
            return Err(output::BadInput(wrong).into());
        }
    };
    let policy = permissions::trust_policy(&principal, settings.sessions.external_id.as_deref(), args.organization_id.as_deref());
    let length = policy.compact().len();
    if length > TRUST {
        output::warning(&format!("the policy has {length} characters: trust policies may have {TRUST}, unless AWS has raised the quota"));
    }
    Ok(policy)
}

/// What the configuration asks for.
fn load(args: &ConfigArgs) -> anyhow::Result<HubSettings> {
    let Loaded { config, exceptions, warnings, .. } = config::load(args.config.as_deref(), config::environment())?;
    for warning in &warnings {
        output::warning(warning);
    }
    let facts: BTreeSet<FactKind> = config.enabled_checks().iter().flat_map(|check| check.registered.meta.facts).copied().collect();
    Ok(engine::hub_settings(&config, &exceptions, Aws::Ambient, facts.into_iter().collect()))
}

fn warn_of_length(policy: &Policy) {
    if let Some(warning) = too_long(policy.compact().len()) {
        output::warning(&warning);
    }
}

fn too_long(length: usize) -> Option<String> {
    let what_to_do = if length <= MANAGED {
        return None;
    } else if length <= INLINE {
        "so make it an inline policy of the role".to_owned()
    } else {
        format!("and for a role's inline policies ({INLINE}), so attach its statements as several managed policies")
    };
    Some(format!("the policy has {length} characters without white space: too long for a managed policy ({MANAGED}), {what_to_do}"))
}

#[cfg(test)]
mod tests {
    use orgsweep_checks::CHECKS;

    use super::*;

    #[test]
    fn with_every_check_there_is_the_role_s_policy_fits_a_managed_policy() {
        let length = permissions::member_policy(FactKind::ALL).compact().len();
        assert_eq!(too_long(length), None);
    }

    #[test]
    fn a_length_beyond_a_limit_is_told() {
        assert_eq!(too_long(MANAGED), None);
        assert!(too_long(MANAGED + 1).is_some_and(|warning| warning.contains("inline policy of the role")));
        assert!(too_long(INLINE + 1).is_some_and(|warning| warning.contains("several managed policies")));
    }

    #[test]
    fn every_check_alone_and_all_together_have_a_session_policy() {
        let alone = CHECKS.iter().map(|check| check.meta.facts.to_vec());
        let together = CHECKS.iter().flat_map(|check| check.meta.facts).copied().collect();
        for facts in alone.chain([together]) {
            let policies = permissions::session_policies(&facts, "aws").unwrap();
            assert!(policies.iter().all(|policy| policy.length() <= 2_048), "{facts:?}");
        }
    }
}
