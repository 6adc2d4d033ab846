//! IAM's users, roles and policies one list at a time, as those ask who do not know the authorization details.

use super::iam_users::When;
use super::{Call, iam_details, iam_roles, iam_users};
use crate::wire::answer::Body;
use crate::wire::{Failure, Xml, time};

const PAGED: (&str, &str) = ("Marker", "MaxItems");

/// One page of a list.
fn listed<T>(call: &Call<'_>, name: &str, items: &[T], mut write: impl FnMut(&mut Xml, &T)) -> Result<Body, Failure> {
    let (items, next) = call.page(items, PAGED, 1..=1000, 100)?;
    let mut xml = Xml::default();
    xml.list(name, "member", items, |xml, item| write(xml, item));
    xml.text("IsTruncated", next.is_some()).optional("Marker", next);
    Ok(xml.into())
}

/// A list whose members are plain text.
fn named(call: &Call<'_>, list: &str, names: &[&str]) -> Result<Body, Failure> {
    let (names, next) = call.page(names, PAGED, 1..=1000, 100)?;
    let mut xml = Xml::default();
    xml.nest(list, |xml| {
        for name in names {
            xml.text("member", name);
        }
    });
    xml.text("IsTruncated", next.is_some()).optional("Marker", next);
    Ok(xml.into())
}

fn none(call: &Call<'_>, list: &str) -> Result<Body, Failure> {
    named(call, list, &[])
}

fn no_such(kind: &str, name: &str) -> Failure {
    Failure::new("NoSuchEntity", 404, format!("The {kind} with name {name} cannot be found."))
}

fn user(call: &Call<'_>) -> Result<iam_users::User, Failure> {
    let name = call.form.get("UserName").unwrap_or_default();
    iam_users::of(call).into_iter().find(|user| user.name == name).ok_or_else(|| no_such("user", name))
}

fn role(call: &Call<'_>) -> Result<iam_roles::Role, Failure> {
    let name = call.form.get("RoleName").unwrap_or_default();
    iam_roles::roles(call).into_iter().find(|role| role.name == name).ok_or_else(|| no_such("role", name))
}

fn attached(call: &Call<'_>, arns: &[String]) -> Result<Body, Failure> {
    listed(call, "AttachedPolicies", arns, |xml, arn| {
        xml.text("PolicyName", arn.rsplit('/').next().unwrap_or_default()).text("PolicyArn", arn);
    })
}

pub(super) fn users(call: &Call<'_>) -> Result<Body, Failure> {
    let account = &call.account().id;
    listed(call, "Users", &iam_users::of(call), |xml, user| iam_details::write_user_head(xml, account, user))
}

/// Without a name it is the caller, and the caller is a session.
pub(super) fn get_user(call: &Call<'_>) -> Result<Body, Failure> {
    let (user, account) = (user(call)?, &call.account().id);
    let mut xml = Xml::default();
    xml.nest("User", |xml| iam_details::write_user_head(xml, account, &user));
    Ok(xml.into())
}

pub(super) fn login_profile(call: &Call<'_>) -> Result<Body, Failure> {
    let user = user(call)?;
    if user.password.is_none() {
        return Err(Failure::new("NoSuchEntity", 404, format!("Login Profile for User {} cannot be found.", user.name)));
    }
    let mut xml = Xml::default();
    xml.nest("LoginProfile", |xml| {
        xml.text("UserName", user.name).text("CreateDate", iam_details::MADE).text("PasswordResetRequired", false);
    });
    Ok(xml.into())
}

pub(super) fn access_keys(call: &Call<'_>) -> Result<Body, Failure> {
    let user = user(call)?;
    let made = |key: &iam_users::Key| if let When::Days(days) = key.made { Some(days) } else { None };
    let keys: Vec<(usize, bool, i64)> =
        user.keys.iter().enumerate().filter_map(|(number, key)| Some((number, key.active, made(key)?))).collect();
    listed(call, "AccessKeyMetadata", &keys, |xml, (number, active, days)| {
        xml.text("UserName", user.name).text("AccessKeyId", format!("AKIAIOSFODNN7EXAMPL{number}"));
        xml.text("Status", if *active { "Active" } else { "Inactive" });
        xml.text("CreateDate", time::iso(time::ago(days * iam_users::DAY)));
    })
}

pub(super) fn mfa_devices(call: &Call<'_>) -> Result<Body, Failure> {
    let user = user(call)?;
    let devices: &[_] = if user.mfa { &[user.name] } else { &[] };
    listed(call, "MFADevices", devices, |xml, name| {
        xml.text("UserName", name).text("SerialNumber", format!("arn:aws:iam::{}:mfa/{name}", call.account().id));
        xml.text("EnableDate", iam_details::MADE);
    })
}

pub(super) fn attached_user_policies(call: &Call<'_>) -> Result<Body, Failure> {
    let arns: Vec<String> = user(call)?.attached.iter().map(|name| format!("arn:aws:iam::aws:policy/{name}")).collect();
    attached(call, &arns)
}

pub(super) fn user_policies(call: &Call<'_>) -> Result<Body, Failure> {
    named(call, "PolicyNames", user(call)?.inline)
}

pub(super) fn user_tags(call: &Call<'_>) -> Result<Body, Failure> {
    user(call)?;
    none(call, "Tags")
}

/// The account has no groups.
pub(super) fn groups_for_user(call: &Call<'_>) -> Result<Body, Failure> {
    user(call)?;
    none(call, "Groups")
}

pub(super) fn roles(call: &Call<'_>) -> Result<Body, Failure> {
    let account = &call.account().id;
    listed(call, "Roles", &iam_roles::roles(call), |xml, role| iam_details::write_role_head(xml, account, role))
}

pub(super) fn get_role(call: &Call<'_>) -> Result<Body, Failure> {
    let (role, account) = (role(call)?, &call.account().id);
    let mut xml = Xml::default();
    xml.nest("Role", |xml| iam_details::write_role_head(xml, account, &role));
    Ok(xml.into())
}

pub(super) fn attached_role_policies(call: &Call<'_>) -> Result<Body, Failure> {
    attached(call, &role(call)?.attached)
}

pub(super) fn role_policies(call: &Call<'_>) -> Result<Body, Failure> {
    let inline: Vec<&str> = role(call)?.inline.into_iter().map(|(name, _)| name).collect();
    named(call, "PolicyNames", &inline)
}

pub(super) fn role_tags(call: &Call<'_>) -> Result<Body, Failure> {
    role(call)?;
    none(call, "Tags")
}

pub(super) fn groups(call: &Call<'_>) -> Result<Body, Failure> {
    none(call, "Groups")
}

pub(super) fn server_certificates(call: &Call<'_>) -> Result<Body, Failure> {
    none(call, "ServerCertificateMetadataList")
}

/// The account's own; AWS's are a thousand, and nobody here asks what is in them.
pub(super) fn policies(call: &Call<'_>) -> Result<Body, Failure> {
    let own = if call.form.get("Scope") == Some("AWS") { Vec::new() } else { iam_roles::policies(call) };
    let account = &call.account().id;
    listed(call, "Policies", &own, |xml, policy| iam_details::write_policy_head(xml, account, policy))
}

/// The policy of the account's own that the request names.
fn policy(call: &Call<'_>) -> Result<iam_roles::Policy, Failure> {
    let arn = call.form.get("PolicyArn").unwrap_or_default();
    let own = format!("arn:aws:iam::{}:policy/", call.account().id);
    let found = iam_roles::policies(call).into_iter().find(|policy| arn.strip_prefix(&own) == Some(policy.name));
    found.ok_or_else(|| Failure::new("NoSuchEntity", 404, format!("Policy {arn} does not exist or is not attachable.")))
}

pub(super) fn get_policy(call: &Call<'_>) -> Result<Body, Failure> {
    let (policy, account) = (policy(call)?, &call.account().id);
    let mut xml = Xml::default();
    xml.nest("Policy", |xml| iam_details::write_policy_head(xml, account, &policy));
    Ok(xml.into())
}

pub(super) fn policy_version(call: &Call<'_>) -> Result<Body, Failure> {
    let (policy, wanted) = (policy(call)?, call.form.get("VersionId").unwrap_or_default());
    let numbered = || policy.versions.iter().enumerate();
    let found = numbered().find(|(number, _)| wanted == format!("v{}", number + 1));
    let (number, statements) = found.ok_or_else(|| no_such("policy version", wanted))?;
    let mut xml = Xml::default();
    xml.nest("PolicyVersion", |xml| iam_details::write_policy_version(xml, number, statements, policy.default));
    Ok(xml.into())
}

/// The users and roles that have a managed policy, be it the account's own or AWS's.
pub(super) fn entities_for_policy(call: &Call<'_>) -> Result<Body, Failure> {
    let arn = call.form.get("PolicyArn").unwrap_or_default();
    let wanted = |kind: &str| call.form.get("EntityFilter").is_none_or(|filter| filter == kind);
    let aws = |name: &&str| format!("arn:aws:iam::aws:policy/{name}") == arn;
    let users = iam_users::of(call).into_iter().filter(|user| wanted("User") && user.attached.iter().any(&aws));
    let roles = iam_roles::roles(call).into_iter().filter(|role| wanted("Role") && role.attached.iter().any(|attached| attached == arn));
    let mut xml = Xml::default();
    xml.nest("PolicyGroups", |_| {});
    xml.list("PolicyUsers", "member", users, |xml, user| {
        xml.text("UserName", user.name).text("UserId", "AIDAEXAMPLEEXAMPLE00");
    });
    xml.list("PolicyRoles", "member", roles, |xml, role| {
        xml.text("RoleName", role.name).text("RoleId", "AROAEXAMPLEEXAMPLE00");
    });
    xml.text("IsTruncated", false);
    Ok(xml.into())
}

pub(super) fn policy_tags(call: &Call<'_>) -> Result<Body, Failure> {
    policy(call)?;
    none(call, "Tags")
}
