//! IAM's authorization details: users, roles and policies in one paged answer.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::Call;
use super::iam_roles::{Policy, Role, policies, roles};
use super::iam_users::{self, User};
use crate::wire::answer::Body;
use crate::wire::{Failure, Xml};

pub(super) const MADE: &str = "2023-04-05T06:07:08Z";
/// IAM may give fewer than were asked for, and here it does.
const MOST: usize = 20;
/// What RFC 3986 leaves as it is.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// An entry of one of the lists, which share the pages.
enum Entry {
    User(User),
    Role(Role),
    Policy(Policy),
}

pub(super) fn get_account_authorization_details(call: &Call<'_>) -> Result<Body, Failure> {
    let account = &call.account().id;
    let filter = call.form.list("Filter.member");
    let wanted = |kind: &str| filter.is_empty() || filter.contains(&kind);
    let mut entries = Vec::new();
    if wanted("User") {
        entries.extend(iam_users::of(call).into_iter().map(Entry::User));
    }
    if wanted("Role") {
        entries.extend(roles(call).into_iter().map(Entry::Role));
    }
    if wanted("LocalManagedPolicy") {
        entries.extend(policies(call).into_iter().map(Entry::Policy));
    }
    let size = call.page_size("MaxItems", 1..=1000, 100)?.min(MOST);
    let (entries, next) = call.cut(&entries, call.parameter("Marker").as_deref(), size)?;
    let mut xml = Xml::default();
    let users = entries.iter().filter_map(|entry| if let Entry::User(user) = entry { Some(user) } else { None });
    xml.list("UserDetailList", "member", users, |xml, user| write_user(xml, account, user));
    xml.list("GroupDetailList", "member", [(); 0], |_, ()| {});
    let roles = entries.iter().filter_map(|entry| if let Entry::Role(role) = entry { Some(role) } else { None });
    xml.list("RoleDetailList", "member", roles, |xml, role| write_role(xml, account, role));
    let policies = entries.iter().filter_map(|entry| if let Entry::Policy(policy) = entry { Some(policy) } else { None });
    xml.list("Policies", "member", policies, |xml, policy| write_policy(xml, account, policy));
    xml.text("IsTruncated", next.is_some()).optional("Marker", next);
    Ok(xml.into())
}

/// A policy document, encoded as AWS does.
fn document(statements: &Value) -> String {
    let document = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    utf8_percent_encode(&document, ENCODED).to_string()
}

fn attached<'a>(xml: &mut Xml, arns: impl IntoIterator<Item = &'a str>) {
    xml.list("AttachedManagedPolicies", "member", arns, |xml, arn| {
        xml.text("PolicyName", arn.rsplit('/').next().unwrap_or_default()).text("PolicyArn", arn);
    });
}

fn inline<'a>(xml: &mut Xml, name: &str, policies: impl IntoIterator<Item = (&'a str, &'a Value)>) {
    xml.list(name, "member", policies, |xml, (name, statements)| {
        xml.text("PolicyName", name).text("PolicyDocument", document(statements));
    });
}

/// What every answer says of a user.
pub(super) fn write_user_head(xml: &mut Xml, account: &str, user: &User) {
    xml.text("Path", "/").text("UserName", user.name).text("UserId", "AIDAEXAMPLEEXAMPLE00");
    xml.text("Arn", format!("arn:aws:iam::{account}:user/{}", user.name)).text("CreateDate", MADE);
}

fn write_user(xml: &mut Xml, account: &str, user: &User) {
    write_user_head(xml, account, user);
    xml.list("GroupList", "member", [(); 0], |_, ()| {});
    let statements = json!([{"Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": "*"}]);
    // Left out where there is none.
    if !user.inline.is_empty() {
        inline(xml, "UserPolicyList", user.inline.iter().map(|name| (*name, &statements)));
    }
    let arns: Vec<String> = user.attached.iter().map(|name| format!("arn:aws:iam::aws:policy/{name}")).collect();
    attached(xml, arns.iter().map(String::as_str));
    if user.boundary {
        xml.nest("PermissionsBoundary", |xml| {
            xml.text("PermissionsBoundaryType", "Policy").text("PermissionsBoundaryArn", "arn:aws:iam::aws:policy/PowerUserAccess");
        });
    }
}

/// What every answer says of a role.
pub(super) fn write_role_head(xml: &mut Xml, account: &str, role: &Role) {
    xml.text("Path", role.path).text("RoleName", &role.name).text("RoleId", "AROAEXAMPLEEXAMPLE00");
    xml.text("Arn", format!("arn:aws:iam::{account}:role{}{}", role.path, role.name)).text("CreateDate", MADE);
    xml.text("AssumeRolePolicyDocument", document(&role.trust));
}

fn write_role(xml: &mut Xml, account: &str, role: &Role) {
    write_role_head(xml, account, role);
    xml.list("InstanceProfileList", "member", [(); 0], |_, ()| {});
    inline(xml, "RolePolicyList", role.inline.iter().map(|(name, statements)| (*name, statements)));
    attached(xml, role.attached.iter().map(String::as_str));
}

/// What every answer says of a policy of the account's own.
pub(super) fn write_policy_head(xml: &mut Xml, account: &str, policy: &Policy) {
    xml.text("PolicyName", policy.name).text("PolicyId", "ANPAEXAMPLEEXAMPLE00");
    xml.text("Arn", format!("arn:aws:iam::{account}:policy/{}", policy.name)).text("Path", "/");
    xml.text("DefaultVersionId", format!("v{}", policy.default + 1)).text("AttachmentCount", 1).text("IsAttachable", true);
}

fn write_policy(xml: &mut Xml, account: &str, policy: &Policy) {
    write_policy_head(xml, account, policy);
    xml.list("PolicyVersionList", "member", policy.versions.iter().enumerate(), |xml, (number, statements)| {
        write_policy_version(xml, number, statements, policy.default);
    });
}

pub(super) fn write_policy_version(xml: &mut Xml, number: usize, statements: &Value, default: usize) {
    xml.text("Document", document(statements)).text("VersionId", format!("v{}", number + 1));
    xml.text("IsDefaultVersion", number == default).text("CreateDate", MADE);
}
