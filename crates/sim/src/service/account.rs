//! The Account API: contacts.

use serde_json::json;

use super::{Call, Operation, Service};
use crate::posture::account_settings::{AlternateContacts, ContactPhone};
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol};

pub(super) const SERVICE: Service = Service {
    signing_name: "account",
    protocol: Protocol::RestJson,
    global: true,
    operations: &[
        Operation {
            name: "GetAlternateContact",
            action: "account:GetAlternateContact",
            route: "POST /getAlternateContact",
            run: get_alternate_contact,
        },
        Operation {
            name: "GetContactInformation",
            action: "account:GetContactInformation",
            route: "POST /getContactInformation",
            run: get_contact_information,
        },
    ],
    ..Service::BASE
};

fn nothing_there(what: &str) -> Failure {
    Failure::new("ResourceNotFoundException", 404, format!("No {what} found."))
}

fn get_alternate_contact(call: &Call<'_>) -> Result<Body, Failure> {
    let kind = call.member("AlternateContactType").unwrap_or_default();
    let there = match (kind, call.variant()) {
        ("BILLING", contacts) => contacts != AlternateContacts::None,
        ("OPERATIONS", contacts) => matches!(contacts, AlternateContacts::All | AlternateContacts::NoSecurity),
        ("SECURITY", contacts) => contacts == AlternateContacts::All,
        _ => return Err(Failure::new("ValidationException", 400, "AlternateContactType is not one of BILLING, OPERATIONS, SECURITY.")),
    };
    if !there {
        return Err(nothing_there("contact of the inputted alternate contact type"));
    }
    Ok(json!({"AlternateContact": {
        "AlternateContactType": kind,
        "EmailAddress": "team@example.com",
        "Name": "The team",
        "PhoneNumber": "+1 206 555 0100",
        "Title": "Team",
    }})
    .into())
}

fn get_contact_information(call: &Call<'_>) -> Result<Body, Failure> {
    let phone = match call.variant() {
        ContactPhone::International => "+81312345678",
        ContactPhone::Dressed => "+1 (206) 555-0100",
        ContactPhone::National => "03-1234-5678",
        ContactPhone::NoCountryCode => "+03 1234 5678",
        ContactPhone::None => return Err(nothing_there("contact information")),
    };
    Ok(json!({"ContactInformation": {
        "AddressLine1": "1 Example Street",
        "City": "Tokyo",
        "CountryCode": "JP",
        "FullName": "Example Corporation",
        "PhoneNumber": phone,
        "PostalCode": "100-0001",
    }})
    .into())
}
