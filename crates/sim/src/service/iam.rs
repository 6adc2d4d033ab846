//! IAM: the account's summary, its password policy, and the credential report.

use super::{Call, Operation, Service, credential_report};
use crate::posture::iam::{PasswordPolicy, RootKey, RootMfa, Users};
use crate::posture::organization::RootAccess;
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol, Xml};

pub(super) const SERVICE: Service = Service {
    signing_name: "iam",
    protocol: Protocol::Query,
    namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    global: true,
    operations: &[
        Operation { name: "GetAccountSummary", action: "iam:GetAccountSummary", route: "", run: get_account_summary },
        Operation { name: "GetAccountPasswordPolicy", action: "iam:GetAccountPasswordPolicy", route: "", run: get_account_password_policy },
        Operation { name: "GenerateCredentialReport", action: "iam:GenerateCredentialReport", route: "", run: credential_report::generate },
        Operation {
            name: "ListOrganizationsFeatures",
            action: "iam:ListOrganizationsFeatures",
            route: "",
            run: list_organizations_features,
        },
        Operation { name: "GetCredentialReport", action: "iam:GetCredentialReport", route: "", run: credential_report::get },
    ],
    ..Service::BASE
};

fn get_account_summary(call: &Call<'_>) -> Result<Body, Failure> {
    let (organization, account) = (call.organization(), call.account());
    let mfa: RootMfa = organization.variant(account, "global");
    let key: RootKey = organization.variant(account, "global");
    let users: Users = organization.variant(account, "global");
    let people = credential_report::users(users);
    let with_mfa = people.iter().filter(|user| user.mfa).count() + usize::from(mfa == RootMfa::On);
    let entries = [
        ("AccountMFAEnabled", usize::from(mfa == RootMfa::On)),
        ("AccountPasswordPresent", usize::from(mfa != RootMfa::NoPassword)),
        ("AccountAccessKeysPresent", usize::from(key == RootKey::AccessKey)),
        ("AccountSigningCertificatesPresent", usize::from(key == RootKey::SigningCertificate)),
        ("Users", people.len()),
        ("UsersQuota", 5000),
        ("Groups", 2),
        ("GroupsQuota", 300),
        ("Roles", 14),
        ("RolesQuota", 1000),
        ("Policies", 6),
        ("PoliciesQuota", 1500),
        ("MFADevices", with_mfa),
        ("MFADevicesInUse", with_mfa),
        ("AccessKeysPerUserQuota", 2),
        ("GlobalEndpointTokenVersion", 1),
    ];
    let mut xml = Xml::default();
    xml.list("SummaryMap", "entry", entries, |xml, (key, value)| {
        xml.text("key", key).text("value", value);
    });
    Ok(xml.into())
}

fn get_account_password_policy(call: &Call<'_>) -> Result<Body, Failure> {
    let account = call.account();
    let (length, symbols) = match call.organization().variant(account, "global") {
        PasswordPolicy::Strong => (14, true),
        PasswordPolicy::Twelve => (12, true),
        PasswordPolicy::Short => (8, true),
        PasswordPolicy::NoSymbols => (14, false),
        PasswordPolicy::None => {
            let message = format!("The Password Policy with domain name {} cannot be found.", account.id);
            return Err(Failure::new("NoSuchEntity", 404, message));
        }
    };
    let mut xml = Xml::default();
    xml.nest("PasswordPolicy", |xml| {
        xml.text("MinimumPasswordLength", length).text("RequireSymbols", symbols);
        for (name, value) in [
            ("RequireNumbers", true),
            ("RequireUppercaseCharacters", true),
            ("RequireLowercaseCharacters", true),
            ("AllowUsersToChangePassword", true),
            ("ExpirePasswords", false),
        ] {
            xml.text(name, value);
        }
    });
    Ok(xml.into())
}

/// Only the management account is answered.
fn list_organizations_features(call: &Call<'_>) -> Result<Body, Failure> {
    let organization = call.organization();
    if call.caller.account != organization.settings.management {
        let message = "The account is not the management account or a delegated administrator of the organization.";
        return Err(Failure::new("AccountNotManagementOrDelegatedAdministrator", 400, message));
    }
    let features: &[&str] = match call.variant() {
        RootAccess::Both => &["RootCredentialsManagement", "RootSessions"],
        RootAccess::CredentialsAlone => &["RootCredentialsManagement"],
        RootAccess::SessionsAlone => &["RootSessions"],
        RootAccess::None => &[],
        RootAccess::NotTrusted => {
            return Err(Failure::new("ServiceAccessNotEnabled", 400, "Trusted access is not enabled for IAM in Organizations."));
        }
        RootAccess::NotAllFeatures => {
            return Err(Failure::new("OrganizationNotInAllFeaturesMode", 400, "The organization does not have all features enabled."));
        }
    };
    let mut xml = Xml::default();
    xml.text("OrganizationId", &organization.settings.id).nest("EnabledFeatures", |xml| {
        for feature in features {
            xml.text("member", feature);
        }
    });
    Ok(xml.into())
}
