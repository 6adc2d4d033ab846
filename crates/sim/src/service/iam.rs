//! IAM: the account's summary, its password policy and aliases, MFA devices, SAML providers, the credential report, and who may do what.

use super::{Call, Operation, Service, credential_report, iam_details, iam_lists, iam_users};
use crate::posture::iam::{AccountAlias, HumanAccess, PasswordPolicy, PasswordRotation, RootDevices, RootKey, RootMfa};
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
        Operation {
            name: "GetAccountAuthorizationDetails",
            action: "iam:GetAccountAuthorizationDetails",
            route: "",
            run: iam_details::get_account_authorization_details,
        },
        Operation { name: "ListVirtualMFADevices", action: "iam:ListVirtualMFADevices", route: "", run: list_virtual_mfa_devices },
        Operation { name: "ListSAMLProviders", action: "iam:ListSAMLProviders", route: "", run: list_saml_providers },
        Operation { name: "ListAccountAliases", action: "iam:ListAccountAliases", route: "", run: list_account_aliases },
        Operation { name: "ListUsers", action: "iam:ListUsers", route: "", run: iam_lists::users },
        Operation { name: "ListMFADevices", action: "iam:ListMFADevices", route: "", run: iam_lists::mfa_devices },
        Operation {
            name: "ListAttachedUserPolicies",
            action: "iam:ListAttachedUserPolicies",
            route: "",
            run: iam_lists::attached_user_policies,
        },
        Operation { name: "ListUserPolicies", action: "iam:ListUserPolicies", route: "", run: iam_lists::user_policies },
        Operation { name: "ListUserTags", action: "iam:ListUserTags", route: "", run: iam_lists::user_tags },
        Operation { name: "ListGroupsForUser", action: "iam:ListGroupsForUser", route: "", run: iam_lists::groups_for_user },
        Operation { name: "ListRoles", action: "iam:ListRoles", route: "", run: iam_lists::roles },
        Operation {
            name: "ListAttachedRolePolicies",
            action: "iam:ListAttachedRolePolicies",
            route: "",
            run: iam_lists::attached_role_policies,
        },
        Operation { name: "ListRolePolicies", action: "iam:ListRolePolicies", route: "", run: iam_lists::role_policies },
        Operation { name: "ListRoleTags", action: "iam:ListRoleTags", route: "", run: iam_lists::role_tags },
        Operation { name: "ListGroups", action: "iam:ListGroups", route: "", run: iam_lists::groups },
        Operation { name: "ListPolicies", action: "iam:ListPolicies", route: "", run: iam_lists::policies },
        Operation { name: "ListServerCertificates", action: "iam:ListServerCertificates", route: "", run: iam_lists::server_certificates },
        Operation { name: "GetUser", action: "iam:GetUser", route: "", run: iam_lists::get_user },
        Operation { name: "GetLoginProfile", action: "iam:GetLoginProfile", route: "", run: iam_lists::login_profile },
        Operation { name: "ListAccessKeys", action: "iam:ListAccessKeys", route: "", run: iam_lists::access_keys },
        Operation { name: "GetRole", action: "iam:GetRole", route: "", run: iam_lists::get_role },
        Operation { name: "GetPolicy", action: "iam:GetPolicy", route: "", run: iam_lists::get_policy },
        Operation { name: "GetPolicyVersion", action: "iam:GetPolicyVersion", route: "", run: iam_lists::policy_version },
        Operation { name: "ListEntitiesForPolicy", action: "iam:ListEntitiesForPolicy", route: "", run: iam_lists::entities_for_policy },
        Operation { name: "ListPolicyTags", action: "iam:ListPolicyTags", route: "", run: iam_lists::policy_tags },
    ],
    ..Service::BASE
};

fn get_account_summary(call: &Call<'_>) -> Result<Body, Failure> {
    let (organization, account) = (call.organization(), call.account());
    let mfa: RootMfa = organization.variant(account, "global");
    let key: RootKey = organization.variant(account, "global");
    let people = iam_users::of(call);
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
    let (age, remembered) = match call.organization().variant(account, "global") {
        PasswordRotation::Exactly => (Some(180), Some(5)),
        PasswordRotation::Stricter => (Some(90), Some(24)),
        PasswordRotation::NeverExpire => (None, Some(5)),
        PasswordRotation::OneDayOver => (Some(181), Some(5)),
        PasswordRotation::OneShort => (Some(180), Some(4)),
        PasswordRotation::Neither => (None, None),
    };
    let mut xml = Xml::default();
    xml.nest("PasswordPolicy", |xml| {
        xml.text("MinimumPasswordLength", length).text("RequireSymbols", symbols);
        for (name, value) in [
            ("RequireNumbers", true),
            ("RequireUppercaseCharacters", true),
            ("RequireLowercaseCharacters", true),
            ("AllowUsersToChangePassword", true),
            ("ExpirePasswords", age.is_some()),
        ] {
            xml.text(name, value);
        }
        xml.optional("MaxPasswordAge", age).optional("PasswordReusePrevention", remembered);
    });
    Ok(xml.into())
}

/// The root user's and the users' devices. Those of the root user are listed under its ARN, the first with a name of its own.
fn list_virtual_mfa_devices(call: &Call<'_>) -> Result<Body, Failure> {
    let account = &call.account().id;
    let of_root: &[&str] = match (call.variant(), call.variant()) {
        (RootMfa::Off | RootMfa::NoPassword, _) | (_, RootDevices::Unlisted) => &[],
        (RootMfa::On, RootDevices::One) => &["root-account-mfa-device"],
        (RootMfa::On, RootDevices::Two) => &["root-account-mfa-device", "safe"],
    };
    let root = of_root.iter().map(|name| ((*name).to_owned(), Some("root".to_owned())));
    let users =
        iam_users::of(call).into_iter().filter(|user| user.mfa).map(|user| (user.name.to_owned(), Some(format!("user/{}", user.name))));
    let mut devices: Vec<_> = root.chain(users).collect();
    match call.form.get("AssignmentStatus") {
        Some("Assigned") => {}
        wish => {
            let spare = ("spare".to_owned(), None);
            if wish == Some("Unassigned") {
                devices.clear();
            }
            devices.push(spare);
        }
    }
    let (devices, next) = call.page(&devices, ("Marker", "MaxItems"), 1..=1000, 100)?;
    let mut xml = Xml::default();
    xml.list("VirtualMFADevices", "member", devices, |xml, (name, owner)| {
        xml.text("SerialNumber", format!("arn:aws:iam::{account}:mfa/{name}"));
        if let Some(owner) = owner {
            xml.text("EnableDate", "2023-04-05T06:07:08Z").nest("User", |xml| {
                let (id, name) = owner.split_once('/').map_or((account.as_str(), None), |(_, name)| ("AIDAEXAMPLEEXAMPLE00", Some(name)));
                xml.text("Path", "/").optional("UserName", name).text("UserId", id);
                xml.text("Arn", format!("arn:aws:iam::{account}:{owner}")).text("CreateDate", "2023-04-05T06:07:08Z");
            });
        }
    });
    xml.text("IsTruncated", next.is_some()).optional("Marker", next);
    Ok(xml.into())
}

fn list_saml_providers(call: &Call<'_>) -> Result<Body, Failure> {
    let account = &call.account().id;
    let providers: &[&str] = if call.variant::<HumanAccess>().saml() { &["corporate"] } else { &[] };
    let mut xml = Xml::default();
    xml.list("SAMLProviderList", "member", providers, |xml, name| {
        xml.text("Arn", format!("arn:aws:iam::{account}:saml-provider/{name}"));
        xml.text("ValidUntil", "2040-01-01T00:00:00Z").text("CreateDate", "2023-04-05T06:07:08Z");
    });
    Ok(xml.into())
}

fn list_account_aliases(call: &Call<'_>) -> Result<Body, Failure> {
    let alias = (call.variant::<AccountAlias>() == AccountAlias::Set).then(|| format!("example-{}", call.account().id));
    let mut xml = Xml::default();
    xml.nest("AccountAliases", |xml| {
        xml.optional("member", alias);
    });
    xml.text("IsTruncated", false);
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
