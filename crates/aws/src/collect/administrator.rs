//! Who administers the account's Security Hub and GuardDuty.

use aws_sdk_securityhub::operation::get_administrator_account::GetAdministratorAccountError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use orgsweep_model::{
    Unseen,
    fact::administrator::{Administrator, GuardDutyAdministrator, SecurityHubAdministrator},
};

use super::{Probe, guardduty};

pub(super) async fn security_hub(probe: &Probe<'_>) -> Result<SecurityHubAdministrator, Unseen> {
    let administrator = match probe.caller.securityhub().get_administrator_account().send().await {
        Ok(answer) => answer.administrator,
        Err(error) if error.as_service_error().is_some_and(not_subscribed) => None,
        Err(error) => return Err(probe.failed("GetAdministratorAccount")(error)),
    };
    let administrator = administrator.filter(|named| named.account_id.is_some() || named.member_status.is_some());
    let administrator = administrator.map(|it| administrator_of(probe, it.account_id.as_deref(), it.member_status));
    Ok(SecurityHubAdministrator { administrator: administrator.transpose()? })
}

/// The same code serves for other refusals: only the words tell that the account has not switched Security Hub on.
fn not_subscribed(error: &GetAdministratorAccountError) -> bool {
    let said = error.message().is_some_and(|message| message.contains("not subscribed"));
    error.is_resource_not_found_exception() || (error.is_invalid_access_exception() && said)
}

/// AWS allows one detector. Were there several, an administrator in charge of any of them counts before one that is not.
pub(super) async fn guardduty(probe: &Probe<'_>) -> Result<GuardDutyAdministrator, Unseen> {
    let mut found: Option<Administrator> = None;
    for id in guardduty::detector_ids(probe).await?.iter() {
        let asked = probe.caller.guardduty().get_administrator_account().detector_id(id).send().await;
        let answer = asked.map_err(probe.failed("GetAdministratorAccount"))?;
        // Without an administrator AWS answers with nothing at all, and the SDK makes an administrator without any part of it.
        let Some(named) = answer.administrator.filter(|named| named.account_id.is_some() || named.relationship_status.is_some()) else {
            continue;
        };
        let administrator = administrator_of(probe, named.account_id.as_deref(), named.relationship_status)?;
        if found.is_none() || administrator.in_charge() {
            found = Some(administrator);
        }
    }
    Ok(GuardDutyAdministrator { administrator: found })
}

fn administrator_of(probe: &Probe<'_>, account: Option<&str>, status: Option<String>) -> Result<Administrator, Unseen> {
    Ok(Administrator {
        account: probe.needed(account.and_then(|account| account.parse().ok()), "administrator's account id")?,
        status: probe.needed(status, "status of the relationship with the administrator")?,
    })
}
