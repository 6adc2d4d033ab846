//! Facts about the account's contacts. Asked without an account id: the account itself answers, from its own quota.

use aws_sdk_account::{
    operation::{get_alternate_contact::GetAlternateContactError, get_contact_information::GetContactInformationError},
    types::AlternateContactType,
};
use orgsweep_model::{
    Unseen,
    fact::account::{AlternateContacts, ContactInformation, PhoneForm},
};

use super::Probe;

pub(super) async fn alternate_contacts(probe: &Probe<'_>) -> Result<AlternateContacts, Unseen> {
    Ok(AlternateContacts {
        billing: has_contact(probe, AlternateContactType::Billing).await?,
        operations: has_contact(probe, AlternateContactType::Operations).await?,
        security: has_contact(probe, AlternateContactType::Security).await?,
    })
}

async fn has_contact(probe: &Probe<'_>, kind: AlternateContactType) -> Result<bool, Unseen> {
    match probe.caller.account_settings().get_alternate_contact().alternate_contact_type(kind).send().await {
        Ok(answer) => probe.needed(answer.alternate_contact, "AlternateContact").map(|_| true),
        Err(error) if error.as_service_error().is_some_and(GetAlternateContactError::is_resource_not_found_exception) => Ok(false),
        Err(error) => Err(probe.failed("GetAlternateContact")(error)),
    }
}

pub(super) async fn contact_information(probe: &Probe<'_>) -> Result<ContactInformation, Unseen> {
    match probe.caller.account_settings().get_contact_information().send().await {
        Ok(answer) => {
            let contact = probe.needed(answer.contact_information, "ContactInformation")?;
            Ok(ContactInformation { phone: PhoneForm::of(contact.phone_number()) })
        }
        Err(error) if error.as_service_error().is_some_and(GetContactInformationError::is_resource_not_found_exception) => {
            Ok(ContactInformation { phone: PhoneForm::Absent })
        }
        Err(error) => Err(probe.failed("GetContactInformation")(error)),
    }
}
