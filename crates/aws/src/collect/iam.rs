//! IAM facts.

use aws_sdk_iam::types::{AssignmentStatusType, SummaryKeyType};
use orgsweep_model::{
    Unseen,
    fact::iam::{AccountAliases, AccountSummary, PasswordPolicy, PasswordRules, SamlProviders, VirtualMfaDevices},
};

use super::{Probe, every_page};

/// The largest page that IAM gives.
pub(super) const PAGE: i32 = 1000;

pub(super) async fn account_summary(probe: &Probe<'_>) -> Result<AccountSummary, Unseen> {
    let answer = probe.caller.iam().get_account_summary().send().await.map_err(probe.failed("GetAccountSummary"))?;
    let Some(map) = answer.summary_map() else { return Err(probe.malformed("the answer has no summary")) };
    let count = |name: &str| map.get(&SummaryKeyType::from(name)).copied();
    Ok(AccountSummary {
        account_mfa_enabled: count("AccountMFAEnabled"),
        account_password_present: count("AccountPasswordPresent"),
        account_access_keys_present: count("AccountAccessKeysPresent"),
        account_signing_certificates_present: count("AccountSigningCertificatesPresent"),
    })
}

pub(super) async fn password_policy(probe: &Probe<'_>) -> Result<PasswordPolicy, Unseen> {
    let answer = match probe.caller.iam().get_account_password_policy().send().await {
        Ok(answer) => answer,
        Err(error)
            if error.as_service_error().is_some_and(
                aws_sdk_iam::operation::get_account_password_policy::GetAccountPasswordPolicyError::is_no_such_entity_exception,
            ) =>
        {
            return Ok(PasswordPolicy::NotSet);
        }
        Err(error) => return Err(probe.failed("GetAccountPasswordPolicy")(error)),
    };
    let Some(policy) = answer.password_policy() else { return Err(probe.malformed("the answer has no policy")) };
    // AWS leaves the age and the number of passwords out where they are not set.
    let expires = policy.expire_passwords();
    let age = expires.then(|| probe.needed(policy.max_password_age(), "MaxPasswordAge")).transpose()?;
    Ok(PasswordPolicy::Set(PasswordRules {
        minimum_length: probe.needed(policy.minimum_password_length(), "MinimumPasswordLength")?,
        require_uppercase: policy.require_uppercase_characters(),
        require_lowercase: policy.require_lowercase_characters(),
        require_numbers: policy.require_numbers(),
        require_symbols: policy.require_symbols(),
        expire_after_days: age,
        reuse_prevention: policy.password_reuse_prevention(),
    }))
}

/// The root user's virtual devices: those whose user is the root user, and the one that only the root user can have.
pub(super) async fn virtual_mfa_devices(probe: &Probe<'_>) -> Result<VirtualMfaDevices, Unseen> {
    let request = probe.caller.iam().list_virtual_mfa_devices().assignment_status(AssignmentStatusType::Assigned);
    let pages = request.into_paginator().page_size(PAGE).stop_on_duplicate_token(false).send();
    let devices = every_page(probe, "ListVirtualMFADevices", pages, |page| {
        whole(page.is_truncated, page.marker.as_deref()).then_some(page.virtual_mfa_devices)
    })
    .await?;
    let of_root = devices.into_iter().filter(|device| {
        let user = device.user.as_ref().map(|user| user.arn.as_str());
        user.map_or_else(|| device.serial_number.ends_with(":mfa/root-account-mfa-device"), |arn| arn.ends_with(":root"))
    });
    Ok(VirtualMfaDevices { of_root: of_root.map(|device| device.serial_number).collect() })
}

pub(super) async fn saml_providers(probe: &Probe<'_>) -> Result<SamlProviders, Unseen> {
    let answer = probe.caller.iam().list_saml_providers().send().await.map_err(probe.failed("ListSAMLProviders"))?;
    let providers = probe.needed(answer.saml_provider_list, "list of providers")?;
    let arns = providers.into_iter().map(|provider| probe.needed(provider.arn, "ARN of a provider"));
    Ok(SamlProviders { arns: arns.collect::<Result<_, _>>()? })
}

pub(super) async fn account_aliases(probe: &Probe<'_>) -> Result<AccountAliases, Unseen> {
    let pages = probe.caller.iam().list_account_aliases().into_paginator().page_size(PAGE).stop_on_duplicate_token(false).send();
    let aliases = every_page(probe, "ListAccountAliases", pages, |page| {
        whole(page.is_truncated, page.marker.as_deref()).then_some(page.account_aliases)
    })
    .await?;
    Ok(AccountAliases { aliases })
}

/// Whether a page is the last one or says how to go on. One that does neither cannot be read to the end.
pub(super) fn whole(truncated: bool, marker: Option<&str>) -> bool {
    !truncated || marker.is_some_and(|marker| !marker.is_empty())
}
