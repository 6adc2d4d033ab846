//! IAM's users, roles and policies one list at a time, as those ask who do not know the authorization details.

use super::{Call, iam_details, iam_roles, iam_users};
use crate::wire::answer::Body;
use crate::wire::{Failure, Xml};

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
