//! IAM Identity Center: instances and permission sets.

use serde_json::{Value, json};

use super::{Call, Operation, Service};
use crate::posture::organization::{IdentityCenter, PermissionSets};
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol, page};

pub(super) const SERVICE: Service = Service {
    signing_name: "sso",
    protocol: Protocol::Json,
    target: "SWBExternalService",
    operations: &[
        Operation { name: "ListInstances", action: "sso:ListInstances", route: "", run: list_instances },
        Operation { name: "ListPermissionSets", action: "sso:ListPermissionSets", route: "", run: list_permission_sets },
        Operation { name: "DescribePermissionSet", action: "sso:DescribePermissionSet", route: "", run: describe_permission_set },
        Operation {
            name: "ListManagedPoliciesInPermissionSet",
            action: "sso:ListManagedPoliciesInPermissionSet",
            route: "",
            run: list_managed_policies,
        },
        Operation {
            name: "GetInlinePolicyForPermissionSet",
            action: "sso:GetInlinePolicyForPermissionSet",
            route: "",
            run: get_inline_policy,
        },
    ],
    ..Service::BASE
};

/// An account of no organization, where an instance is to be a member's and there is no member.
const STRANGER: &str = "000000000042";
const INSTANCE: &str = "ssoins-7223abcdef012345";
/// When everything was made: 2022-02-02T02:02:02Z.
const CREATED: f64 = 1_643_767_322.0;
/// Few enough that a dozen sets need several pages, whatever the caller wishes.
const PAGE: usize = 5;
const EVERYTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const LOGS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:Get*","logs:Filter*"],"Resource":"*"}]}"#;

/// A permission set.
struct Set {
    name: String,
    session: &'static str,
    managed: &'static [&'static str],
    inline: &'static str,
}

fn set(name: &str, session: &'static str, managed: &'static [&'static str], inline: &'static str) -> Set {
    Set { name: name.to_owned(), session, managed, inline }
}

fn sets(call: &Call<'_>) -> Vec<Set> {
    let administrator = |session| set("AdministratorAccess", session, &["AdministratorAccess"], "");
    let read_only = || set("ReadOnly", "PT12H", &["ReadOnlyAccess", "AWSSupportAccess"], "");
    match call.variant() {
        PermissionSets::Mixed => vec![administrator("PT12H"), read_only(), set("Custom", "PT1H", &[], "")],
        PermissionSets::Many => {
            let administrators = (0..11).map(|number| set(&format!("Administrator{number:02}"), "PT1H", &["AdministratorAccess"], ""));
            administrators.chain([read_only()]).collect()
        }
        PermissionSets::InlineLesser => vec![administrator("PT4H"), set("Logs", "PT8H", &[], LOGS)],
        PermissionSets::AdministratorsOnly => vec![administrator("PT1H")],
        PermissionSets::InlineAdministrator => vec![set("Everything", "PT1H", &["ReadOnlyAccess"], EVERYTHING)],
        PermissionSets::NoSets => Vec::new(),
        PermissionSets::LongSession => vec![administrator("PT12H30M"), read_only()],
        PermissionSets::CustomerManaged => vec![set("Custom", "PT1H", &[], ""), set("Other", "PT1H", &[], "")],
    }
}

fn instance_arn() -> String {
    format!("arn:aws:sso:::instance/{INSTANCE}")
}

fn set_arn(number: usize) -> String {
    format!("arn:aws:sso:::permissionSet/{INSTANCE}/ps-{number:016x}")
}

/// Whether the management account asks where the instance is.
fn is_here(call: &Call<'_>) -> bool {
    let organization = call.organization();
    let place = call.variant::<IdentityCenter>().place(organization);
    call.caller.account == organization.settings.management && place == Some(call.region)
}

fn list_instances(call: &Call<'_>) -> Result<Body, Failure> {
    let organization = call.organization();
    let instance: IdentityCenter = call.variant();
    let management = &organization.management().id;
    let member = || organization.accounts.iter().map(|account| account.id.as_str()).find(|id| id != management).unwrap_or(STRANGER);
    let owner = if instance == IdentityCenter::OfMember { member() } else { management };
    let list: Vec<Value> = is_here(call)
        .then(|| {
            json!({
                "InstanceArn": instance_arn(),
                "IdentityStoreId": "d-9067abcdef",
                "OwnerAccountId": owner,
                "CreatedDate": CREATED,
                "Status": if instance == IdentityCenter::Creating { "CREATE_IN_PROGRESS" } else { "ACTIVE" },
            })
        })
        .into_iter()
        .collect();
    Ok(json!({"Instances": list}).into())
}

/// The instance that a request names has to be the one that is here.
fn asked_here(call: &Call<'_>) -> Result<(), Failure> {
    if is_here(call) && call.member("InstanceArn") == Some(&instance_arn()) { Ok(()) } else { Err(not_found("Instance")) }
}

fn not_found(what: &str) -> Failure {
    Failure::new("ResourceNotFoundException", 400, format!("{what} not found"))
}

/// The set that a request names.
fn asked_for(call: &Call<'_>) -> Result<(usize, Set), Failure> {
    asked_here(call)?;
    let wanted = call.member("PermissionSetArn").unwrap_or_default();
    sets(call).into_iter().enumerate().find(|(number, _)| set_arn(*number) == wanted).ok_or_else(|| not_found("PermissionSet"))
}

fn list_permission_sets(call: &Call<'_>) -> Result<Body, Failure> {
    asked_here(call)?;
    let arns: Vec<String> = (0..sets(call).len()).map(set_arn).collect();
    let size = call.page_size("MaxResults", 1..=100, PAGE)?.min(PAGE);
    let (some, next) = call.cut(&arns, call.member("NextToken"), size)?;
    Ok(page::with_next(json!({"PermissionSets": some}), "NextToken", next).into())
}

fn describe_permission_set(call: &Call<'_>) -> Result<Body, Failure> {
    let (number, set) = asked_for(call)?;
    Ok(json!({"PermissionSet": {
        "Name": set.name,
        "PermissionSetArn": set_arn(number),
        "CreatedDate": CREATED,
        "SessionDuration": set.session,
    }})
    .into())
}

fn list_managed_policies(call: &Call<'_>) -> Result<Body, Failure> {
    let (_, set) = asked_for(call)?;
    let policy = |name: &&str| json!({"Name": name, "Arn": format!("arn:aws:iam::aws:policy/{name}")});
    let policies: Vec<Value> = set.managed.iter().map(policy).collect();
    let (some, next) = call.page(&policies, ("NextToken", "MaxResults"), 1..=100, 100)?;
    Ok(page::with_next(json!({"AttachedManagedPolicies": some}), "NextToken", next).into())
}

fn get_inline_policy(call: &Call<'_>) -> Result<Body, Failure> {
    Ok(json!({"InlinePolicy": asked_for(call)?.1.inline}).into())
}
