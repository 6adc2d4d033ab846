//! Organizations: who belongs to it and where.

use serde_json::{Value, json};

use super::{Call, Operation, Service};
use crate::org::{Account, Organization, Unit};
use crate::posture::account_settings;
use crate::posture::organization::{AllFeatures, ServiceControl};
use crate::wire::answer::Body;
use crate::wire::page::{self, Mark};
use crate::wire::{Failure, Protocol};

const PROTOCOL: Protocol = Protocol::Json;
/// The most that Organizations puts on a page.
const PAGE: usize = 20;
/// The parameters that carry a page's token and its size.
const PAGED: (&str, &str) = ("NextToken", "MaxResults");
/// When every account joined: 2022-02-02T02:02:02Z.
const JOINED: i64 = 1_643_767_322;

pub(super) const SERVICE: Service = Service {
    signing_name: "organizations",
    protocol: PROTOCOL,
    global: true,
    target: "AWSOrganizationsV20161128",
    operations: &[
        Operation { name: "DescribeOrganization", action: "organizations:DescribeOrganization", route: "", run: describe_organization },
        Operation { name: "ListAccounts", action: "organizations:ListAccounts", route: "", run: list_accounts },
        Operation { name: "DescribeAccount", action: "organizations:DescribeAccount", route: "", run: describe_account },
        Operation { name: "ListTagsForResource", action: "organizations:ListTagsForResource", route: "", run: list_tags },
        Operation { name: "ListRoots", action: "organizations:ListRoots", route: "", run: list_roots },
        Operation {
            name: "ListOrganizationalUnitsForParent",
            action: "organizations:ListOrganizationalUnitsForParent",
            route: "",
            run: list_units,
        },
        Operation {
            name: "ListAccountsForParent",
            action: "organizations:ListAccountsForParent",
            route: "",
            run: list_accounts_for_parent,
        },
        Operation { name: "ListParents", action: "organizations:ListParents", route: "", run: list_parents },
        Operation { name: "DescribeOrganizationalUnit", action: "organizations:DescribeOrganizationalUnit", route: "", run: describe_unit },
        Operation { name: "ListPolicies", action: "organizations:ListPolicies", route: "", run: list_policies },
        Operation { name: "ListTargetsForPolicy", action: "organizations:ListTargetsForPolicy", route: "", run: list_targets },
        Operation {
            name: "ListDelegatedAdministrators",
            action: "organizations:ListDelegatedAdministrators",
            route: "",
            run: list_administrators,
        },
    ],
    ..Service::BASE
};

/// Organizations answers the management account alone.
fn managed<'a>(call: &Call<'a>) -> Result<&'a Organization, Failure> {
    let organization = call.organization();
    if call.caller.account == organization.settings.management {
        Ok(organization)
    } else {
        Err(Failure::access_denied(PROTOCOL, "You don't have permissions to access this resource."))
    }
}

fn describe_organization(call: &Call<'_>) -> Result<Body, Failure> {
    let organization = managed(call)?;
    let (id, management) = (&organization.settings.id, organization.management());
    Ok(json!({"Organization": {
        "Id": id,
        "Arn": format!("arn:aws:organizations::{}:organization/{id}", management.id),
        "FeatureSet": match call.variant() {
            AllFeatures::All => "ALL",
            AllFeatures::ConsolidatedBilling => "CONSOLIDATED_BILLING",
        },
        "MasterAccountArn": account_arn(organization, management),
        "MasterAccountId": management.id,
        "MasterAccountEmail": email(management),
        "AvailablePolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
    }})
    .into())
}

/// One page in the middle is empty but for its token: AWS may answer so, and a reader that stops there has lost half of the accounts.
fn list_accounts(call: &Call<'_>) -> Result<Body, Failure> {
    let organization = managed(call)?;
    let size = call.page_size(PAGED.1, 1..=PAGE, PAGE)?;
    let mark = Mark::of(PROTOCOL, call.member(PAGED.0))?;
    let all = &organization.accounts;
    if mark.empty {
        return Ok(json!({"Accounts": [], "NextToken": Mark { empty: false, ..mark }.token()}).into());
    }
    let (page, next) = mark.window(all.len(), size, call.paging);
    let middle = all.len() / 2;
    let gap = page.start < middle && middle <= page.end;
    let next = next.map(|next| Mark { empty: gap && next.again == 0, ..next }.token());
    let accounts: Vec<Value> = all[page].iter().map(|account| account_json(organization, account)).collect();
    Ok(page::with_next(json!({"Accounts": accounts}), PAGED.0, next).into())
}

fn describe_account(call: &Call<'_>) -> Result<Body, Failure> {
    let organization = managed(call)?;
    let found = call.member("AccountId").and_then(|id| organization.find(id));
    let missing = || Failure::new("AccountNotFoundException", 400, "You specified an account that doesn't exist.");
    let account = &organization.accounts[found.ok_or_else(missing)?];
    Ok(json!({"Account": account_json(organization, account)}).into())
}

fn list_tags(call: &Call<'_>) -> Result<Body, Failure> {
    let organization = managed(call)?;
    let id = call.member("ResourceId").unwrap_or_default();
    let tags = match organization.find(id) {
        Some(account) => account_settings::tags(organization, &organization.accounts[account])
            .into_iter()
            .map(|(key, value)| json!({"Key": key, "Value": value}))
            .collect(),
        None if unit(organization, id).is_some() => Vec::new(),
        None => return Err(Failure::new("TargetNotFoundException", 400, "You specified a target that doesn't exist.")),
    };
    Ok(json!({"Tags": tags}).into())
}

fn list_roots(call: &Call<'_>) -> Result<Body, Failure> {
    let organization = managed(call)?;
    let root = &organization.units[0];
    Ok(json!({"Roots": [{
        "Id": root.id,
        "Arn": unit_arn(organization, root),
        "Name": root.name,
        "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
    }]})
    .into())
}

fn list_units(call: &Call<'_>) -> Result<Body, Failure> {
    let organization = managed(call)?;
    let (children, next) = call.page(&parent(call)?.children, PAGED, 1..=PAGE, PAGE)?;
    let units: Vec<Value> = children.iter().map(|&child| unit_json(organization, &organization.units[child])).collect();
    Ok(page::with_next(json!({"OrganizationalUnits": units}), PAGED.0, next).into())
}

fn list_accounts_for_parent(call: &Call<'_>) -> Result<Body, Failure> {
    let organization = managed(call)?;
    let (accounts, next) = call.page(&parent(call)?.accounts, PAGED, 1..=PAGE, PAGE)?;
    let accounts: Vec<Value> = accounts.iter().map(|&account| account_json(organization, &organization.accounts[account])).collect();
    Ok(page::with_next(json!({"Accounts": accounts}), PAGED.0, next).into())
}

fn list_parents(call: &Call<'_>) -> Result<Body, Failure> {
    let organization = managed(call)?;
    let child = call.member("ChildId").unwrap_or_default();
    let parent = match organization.find(child) {
        Some(account) => Some(organization.accounts[account].unit),
        None => unit(organization, child).and_then(|unit| unit.parent),
    };
    let parent = parent.ok_or_else(|| {
        Failure::new(
            "ChildNotFoundException",
            400,
            "We can't find an organizational unit (OU) or AWS account with the ChildId that you specified.",
        )
    })?;
    let kind = if parent == 0 { "ROOT" } else { "ORGANIZATIONAL_UNIT" };
    Ok(json!({"Parents": [{"Id": organization.units[parent].id, "Type": kind}]}).into())
}

fn describe_unit(call: &Call<'_>) -> Result<Body, Failure> {
    let organization = managed(call)?;
    let found = unit(organization, call.member("OrganizationalUnitId").unwrap_or_default()).filter(|unit| unit.parent.is_some());
    let found = found.ok_or_else(|| {
        Failure::new("OrganizationalUnitNotFoundException", 400, "We can't find an OU with the OrganizationalUnitId that you specified.")
    })?;
    Ok(json!({"OrganizationalUnit": unit_json(organization, found)}).into())
}

/// Policies of the customer's own, and how many of them, the last ones, are attached.
fn own_policies(call: &Call<'_>) -> (usize, usize) {
    match call.variant() {
        ServiceControl::Attached => (2, 1),
        ServiceControl::LastOfMany => (25, 1),
        ServiceControl::Unattached => (2, 0),
        ServiceControl::None | ServiceControl::NotEnabled => (0, 0),
    }
}

fn list_policies(call: &Call<'_>) -> Result<Body, Failure> {
    let organization = managed(call)?;
    if call.member("Filter") != Some("SERVICE_CONTROL_POLICY") {
        return Err(Failure::new("InvalidInputException", 400, "You specified an invalid value."));
    }
    if call.variant::<ServiceControl>() == ServiceControl::NotEnabled {
        let message = "The specified policy type isn't currently enabled in this root.";
        return Err(Failure::new("PolicyTypeNotEnabledException", 400, message));
    }
    let policy = |id: &str, name: &str, aws: bool| {
        let owner = if aws { "aws" } else { organization.management().id.as_str() };
        let path = if aws { String::new() } else { format!("{}/", organization.settings.id) };
        json!({
            "Id": id,
            "Arn": format!("arn:aws:organizations::{owner}:policy/{path}service_control_policy/{id}"),
            "Name": name,
            "Type": "SERVICE_CONTROL_POLICY",
            "AwsManaged": aws,
        })
    };
    let own = (0..own_policies(call).0).map(|number| policy(&policy_id(number), &format!("guardrail-{number}"), false));
    let all: Vec<Value> = std::iter::once(policy("p-FullAWSAccess", "FullAWSAccess", true)).chain(own).collect();
    let (some, next) = call.page(&all, ("NextToken", "MaxResults"), 1..=PAGE, PAGE)?;
    Ok(page::with_next(json!({"Policies": some}), "NextToken", next).into())
}

fn policy_id(number: usize) -> String {
    format!("p-guard{number:04}")
}

fn list_targets(call: &Call<'_>) -> Result<Body, Failure> {
    let organization = managed(call)?;
    let wanted = call.member("PolicyId").unwrap_or_default();
    let (policies, attached) = own_policies(call);
    let number = (0..policies).find(|&number| policy_id(number) == wanted);
    if number.is_none() && wanted != "p-FullAWSAccess" {
        return Err(Failure::new("PolicyNotFoundException", 400, "We can't find a policy with the PolicyId that you specified."));
    }
    let root = &organization.units[0];
    let target = json!({"TargetId": root.id, "Arn": unit_arn(organization, root), "Name": root.name, "Type": "ROOT"});
    let targets: Vec<Value> = if number.is_none_or(|number| number + attached >= policies) { vec![target] } else { Vec::new() };
    Ok(json!({"Targets": targets}).into())
}

fn list_administrators(call: &Call<'_>) -> Result<Body, Failure> {
    let organization = managed(call)?;
    let asked = call.member("ServicePrincipal").is_none_or(|principal| principal == "access-analyzer.amazonaws.com");
    let administrators: Vec<Value> = organization
        .analyzer_administrator()
        .filter(|_| asked)
        .map(|account| {
            let mut account = account_json(organization, &organization.accounts[account]);
            account["DelegationEnabledDate"] = JOINED.into();
            if let Some(members) = account.as_object_mut() {
                members.remove("Paths");
            }
            account
        })
        .into_iter()
        .collect();
    Ok(json!({"DelegatedAdministrators": administrators}).into())
}

fn unit<'a>(organization: &'a Organization, id: &str) -> Option<&'a Unit> {
    organization.units.iter().find(|unit| unit.id == id)
}

fn parent<'a>(call: &Call<'a>) -> Result<&'a Unit, Failure> {
    unit(call.organization(), call.member("ParentId").unwrap_or_default())
        .ok_or_else(|| Failure::new("ParentNotFoundException", 400, "We can't find a root or OU with the ParentId that you specified."))
}

fn account_json(organization: &Organization, account: &Account) -> Value {
    json!({
        "Id": account.id,
        "Arn": account_arn(organization, account),
        "Email": email(account),
        "Name": account.name,
        "State": account.state.name(),
        "Status": account.state.status(),
        "Paths": [format!("{}{}/", organization.units[account.unit].path, account.id)],
        "JoinedMethod": if account.id == organization.management().id { "INVITED" } else { "CREATED" },
        "JoinedTimestamp": JOINED as f64,
    })
}

fn unit_json(organization: &Organization, unit: &Unit) -> Value {
    json!({"Id": unit.id, "Arn": unit_arn(organization, unit), "Name": unit.name, "Path": unit.path})
}

fn unit_arn(organization: &Organization, unit: &Unit) -> String {
    let kind = if unit.parent.is_some() { "ou" } else { "root" };
    format!("arn:aws:organizations::{}:{kind}/{}/{}", organization.management().id, organization.settings.id, unit.id)
}

fn account_arn(organization: &Organization, account: &Account) -> String {
    format!("arn:aws:organizations::{}:account/{}/{}", organization.management().id, organization.settings.id, account.id)
}

fn email(account: &Account) -> String {
    format!("aws+{}@example.com", account.name.replace(' ', "-"))
}
