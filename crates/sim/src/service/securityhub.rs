//! Security Hub: whether the account is subscribed, to which standards, and what their controls found.

use serde_json::{Value, json};

use super::{Call, Operation, Service};
use crate::posture::notified::{self, HubFindings};
use crate::posture::securityhub::{Controls, SecurityHub, Standards};
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol, page};

pub(super) const SERVICE: Service = Service {
    signing_name: "securityhub",
    protocol: Protocol::RestJson,
    operations: &[
        Operation { name: "DescribeHub", action: "securityhub:DescribeHub", route: "GET /accounts", run: describe_hub },
        Operation {
            name: "GetEnabledStandards",
            action: "securityhub:GetEnabledStandards",
            route: "POST /standards/get",
            run: get_enabled_standards,
        },
        Operation { name: "GetFindings", action: "securityhub:GetFindings", route: "POST /findings", run: get_findings },
        Operation {
            name: "GetAdministratorAccount",
            action: "securityhub:GetAdministratorAccount",
            route: "GET /administrator",
            run: get_administrator_account,
        },
        Operation {
            name: "ListEnabledProductsForImport",
            action: "securityhub:ListEnabledProductsForImport",
            route: "GET /productSubscriptions",
            run: |call| subscribed(call).map(|()| json!({"ProductSubscriptions": []}).into()),
        },
    ],
    ..Service::BASE
};

fn describe_hub(call: &Call<'_>) -> Result<Body, Failure> {
    subscribed(call)?;
    Ok(json!({
        "HubArn": format!("arn:aws:securityhub:{}:{}:hub/default", call.region, call.account().id),
        "SubscribedAt": "2023-05-06T07:08:09.123Z",
        "AutoEnableControls": true,
        "ControlFindingGenerator": "SECURITY_CONTROL",
    })
    .into())
}

/// Every operation refuses an account that is not subscribed.
fn subscribed(call: &Call<'_>) -> Result<(), Failure> {
    match call.variant() {
        SecurityHub::Subscribed => Ok(()),
        SecurityHub::NotSubscribed => {
            let message = format!("Account {} is not subscribed to AWS Security Hub", call.account().id);
            Err(Failure::new("InvalidAccessException", 401, message))
        }
    }
}

/// AWS answers without an administrator where the account stands alone or is one itself.
fn get_administrator_account(call: &Call<'_>) -> Result<Body, Failure> {
    subscribed(call)?;
    let status = match call.variant() {
        HubFindings::Member | HubFindings::MemberWithRule => "Enabled",
        HubFindings::Invited => "Invited",
        _ => return Ok(json!({}).into()),
    };
    Ok(json!({"Administrator": {
        "AccountId": notified::ADMINISTRATOR,
        "InvitationId": "7ab938c5d52d7904ad09f9e7c20cc4eb",
        "InvitedAt": "2023-05-06T07:08:09.123Z",
        "MemberStatus": status,
    }})
    .into())
}

fn get_enabled_standards(call: &Call<'_>) -> Result<Body, Failure> {
    const FSBP: &str = "aws-foundational-security-best-practices/v/1.0.0";
    const CIS: &str = "cis-aws-foundations-benchmark/v/3.0.0";
    subscribed(call)?;
    let standards = match call.variant() {
        Standards::Ready => vec![(FSBP, "READY")],
        Standards::AmongOthers => vec![(CIS, "READY"), ("nist-800-53/v/5.0.0", "PENDING"), (FSBP, "READY")],
        Standards::Pending => vec![(FSBP, "PENDING")],
        Standards::Incomplete => vec![(CIS, "READY"), (FSBP, "INCOMPLETE")],
        Standards::Deleting => vec![(FSBP, "DELETING")],
        Standards::CisOnly => vec![(CIS, "READY")],
        Standards::None => Vec::new(),
    };
    let (standards, next) = call.page(&standards, ("NextToken", "MaxResults"), 1..=100, 100)?;
    let list: Vec<Value> = standards
        .iter()
        .map(|(standard, status)| {
            let mut subscription = json!({
                "StandardsArn": format!("arn:aws:securityhub:{}::standards/{standard}", call.region),
                "StandardsSubscriptionArn": format!("arn:aws:securityhub:{}:{}:subscription/{standard}", call.region, call.account().id),
                "StandardsInput": {},
                "StandardsStatus": status,
                "StandardsControlsUpdatable": "READY_FOR_UPDATES",
            });
            if *status == "INCOMPLETE" {
                subscription["StandardsStatusReason"] = json!({"StatusReasonCode": "NO_AVAILABLE_CONFIGURATION_RECORDER"});
            }
            subscription
        })
        .collect();
    Ok(page::with_next(json!({"StandardsSubscriptions": list}), "NextToken", next).into())
}

/// What a control found of one resource.
struct Found {
    account: String,
    region: String,
    control: String,
    status: &'static str,
    suppressed: bool,
    archived: bool,
    resource: usize,
}

fn get_findings(call: &Call<'_>) -> Result<Body, Failure> {
    subscribed(call)?;
    let mut found = Vec::new();
    for finding in findings(call) {
        if passes(call, &finding)? {
            found.push(finding);
        }
    }
    let (found, next) = call.page(&found, ("NextToken", "MaxResults"), 1..=100, 50)?;
    let list: Vec<Value> = found.iter().map(written).collect();
    Ok(page::with_next(json!({"Findings": list}), "NextToken", next).into())
}

fn findings(call: &Call<'_>) -> Vec<Found> {
    let one = |control: usize, resource: usize, status| Found {
        account: call.account().id.clone(),
        region: call.region.to_owned(),
        control: format!("EC2.{}", control + 1),
        status,
        suppressed: false,
        archived: false,
        resource,
    };
    let all = |controls: usize, status| (0..controls).map(move |control| one(control, 0, status)).collect::<Vec<_>>();
    let with = |mut findings: Vec<Found>, more: Vec<Found>| {
        findings.extend(more);
        findings
    };
    // The next twenty controls fail; something about the findings keeps them from counting.
    let failures = |change: &dyn Fn(&mut Found)| {
        let mut more: Vec<Found> = (10..30).map(|control| one(control, 0, "FAILED")).collect();
        more.iter_mut().for_each(change);
        with(all(10, "PASSED"), more)
    };
    match call.variant() {
        Controls::AllPassed => with(all(25, "PASSED"), vec![one(3, 1, "PASSED")]),
        Controls::Exactly => {
            let passed = (0..40).flat_map(|control| (0..5).map(move |resource| one(control, resource, "PASSED")));
            let failed = (40..50).flat_map(|control| (0..3).map(move |resource| one(control, resource, "FAILED")));
            passed.chain(failed).collect()
        }
        Controls::SuppressedFailures => failures(&|finding| finding.suppressed = true),
        Controls::ArchivedFailures => failures(&|finding| finding.archived = true),
        Controls::FailuresElsewhere => {
            let members = failures(&|finding| "999999999999".clone_into(&mut finding.account));
            with(members, failures(&|finding| "xx-elsewhere-1".clone_into(&mut finding.region)))
        }
        Controls::MostUndecided => {
            let waiting = (10..40).map(|control| one(control, 0, if control % 2 == 0 { "WARNING" } else { "NOT_AVAILABLE" }));
            with(all(10, "PASSED"), waiting.collect())
        }
        Controls::ThreeQuarters => with(all(15, "PASSED"), (15..20).map(|control| one(control, 0, "FAILED")).collect()),
        Controls::OneBadOfMany => {
            let good = (0..4).flat_map(|control| (0..30).map(move |resource| one(control, resource, "PASSED")));
            with(good.collect(), vec![one(3, 30, "FAILED")])
        }
        // Two that pass and one that fails, each in two standards.
        Controls::Shared => with(with(all(2, "PASSED"), all(2, "PASSED")), vec![one(2, 0, "FAILED"), one(2, 0, "FAILED")]),
        Controls::NoFindings => Vec::new(),
        Controls::NothingDecided => all(12, "WARNING"),
    }
}

/// Whether a finding passes the request's filters. Security Hub knows a hundred of them; any other than these is not simulated.
fn passes(call: &Call<'_>, finding: &Found) -> Result<bool, Failure> {
    let filters = call.input.get("Filters").and_then(Value::as_object);
    for (name, wanted) in filters.into_iter().flatten() {
        let field = match name.as_str() {
            "AwsAccountId" => finding.account.as_str(),
            "Region" => finding.region.as_str(),
            "ProductName" => "Security Hub",
            "ComplianceStatus" => finding.status,
            "RecordState" => record_state(finding),
            "WorkflowStatus" => workflow(finding),
            other => return Err(Failure::new("InvalidInputException", 400, format!("Invalid filter: {other}"))),
        };
        let wanted = wanted.as_array().into_iter().flatten();
        let (not, equal): (Vec<&Value>, Vec<&Value>) = wanted.partition(|filter| filter["Comparison"] == "NOT_EQUALS");
        let is = |filter: &&Value| filter["Value"] == field;
        if not.iter().any(is) || !(equal.is_empty() || equal.iter().any(is)) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn record_state(finding: &Found) -> &'static str {
    if finding.archived { "ARCHIVED" } else { "ACTIVE" }
}

fn workflow(finding: &Found) -> &'static str {
    match finding {
        Found { suppressed: true, .. } => "SUPPRESSED",
        Found { status: "PASSED", .. } => "RESOLVED",
        _ => "NEW",
    }
}

fn written(finding: &Found) -> Value {
    let Found { account, region, control, status, resource, .. } = finding;
    json!({
        "SchemaVersion": "2018-10-08",
        "Id": format!("arn:aws:securityhub:{region}:{account}:security-control/{control}/finding/{resource}"),
        "ProductArn": format!("arn:aws:securityhub:{region}::product/aws/securityhub"),
        "ProductName": "Security Hub",
        "CompanyName": "AWS",
        "Region": region,
        "GeneratorId": format!("security-control/{control}"),
        "AwsAccountId": account,
        "Types": ["Software and Configuration Checks/Industry and Regulatory Standards"],
        "CreatedAt": "2023-05-06T07:08:09.123Z",
        "UpdatedAt": "2024-05-06T07:08:09.123Z",
        "Severity": {"Label": "MEDIUM", "Original": "MEDIUM"},
        "Title": "A control",
        "Description": "What it checks.",
        "Resources": [{"Type": "AwsEc2Instance", "Id": format!("arn:aws:ec2:{region}:{account}:instance/i-{resource:017x}"), "Region": region}],
        "Compliance": {"Status": status, "SecurityControlId": control, "AssociatedStandards": []},
        "WorkflowState": "NEW",
        "Workflow": {"Status": workflow(finding)},
        "RecordState": record_state(finding),
    })
}
