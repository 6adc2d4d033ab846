//! Whether an `EventBridge` rule tells somebody of what an AWS service found.

use orgsweep_model::{Finding, Unseen, Verdict, fact::administrator::Administrator, fact::events::EventRule};
use serde_json::{Value, json};

use super::{
    samples::envelope,
    watching::{event_pattern, has_target},
};
use crate::Context;

/// What a service says on the default event bus.
pub(crate) struct Told {
    /// What reasons call it.
    pub name: &'static str,
    /// It as `EventBridge` carries it.
    pub event: Value,
}

/// Whether a rule sends the event on to somebody; the finding where none does.
pub(crate) fn told(rules: Result<&[EventRule], Unseen>, told: &Told, context: &Context) -> Result<Result<Verdict, Finding>, Unseen> {
    let (mut not_seen, mut idle) = (None, None);
    for rule in rules?.iter().filter(|rule| rule.may_notify()) {
        let doubt = match event_pattern(rule) {
            Ok(pattern) if !pattern.matches(&told.event) => continue,
            Ok(_) => None,
            Err(unseen) => Some(unseen),
        };
        match (has_target(rule), doubt) {
            (Ok(true), None) => return Ok(Ok(Verdict::pass(format!("The EventBridge rule {} sends on {}.", rule.name, told.name)))),
            (Ok(false), None) => idle = idle.or(Some(rule)),
            (Ok(false), Some(_)) => {}
            (Ok(true), Some(unseen)) | (Err(unseen), _) => not_seen = not_seen.or(Some(unseen)),
        }
    }
    if let Some(unseen) = not_seen {
        return Err(unseen);
    }
    let wanted = format!("wanted an enabled rule with a target that matches {}", told.name);
    Ok(Err(match idle {
        Some(rule) => {
            let observed = format!("observed the EventBridge rule {} without a target, {wanted}", rule.name);
            Finding::new(&rule.name, observed).with_arn(&rule.arn)
        }
        None => Finding::new(context.account.to_string(), format!("observed no EventBridge rule, {wanted}")),
    }))
}

/// The verdict for a service whose findings an administrator may hear of in the account's stead. Who that is matters only where no rule
/// of the account's own is known to tell.
pub(crate) fn or_to_the_administrator<'a>(
    told: Result<Result<Verdict, Finding>, Unseen>,
    administrator: impl FnOnce() -> Result<Option<&'a Administrator>, Unseen>,
    service: &str,
    context: &Context,
) -> Result<Verdict, Unseen> {
    if let Ok(Ok(pass)) = told {
        return Ok(pass);
    }
    let administrator = administrator();
    if let Ok(Some(other)) = administrator
        && other.in_charge()
        && other.account != context.account
    {
        return Ok(Verdict::not_applicable(format!("The account {} administers {service} here and gets the findings.", other.account)));
    }
    let finding = told?;
    administrator?;
    Ok(finding.unwrap_or_else(Verdict::fail))
}

/// The region of the check's target: the home region for checks of the account.
fn region(context: &Context) -> &str {
    context.place.region().unwrap_or(&context.home_region).as_str()
}

/// An operational issue of a service that the account uses.
pub(crate) fn health_event(context: &Context) -> Told {
    let region = region(context);
    let arn = format!("arn:{}:health:{region}::event/EC2/AWS_EC2_OPERATIONAL_ISSUE/AWS_EC2_OPERATIONAL_ISSUE_EXAMPLE", partition(context));
    let detail = json!({
        "eventArn": arn,
        "service": "EC2",
        "eventTypeCode": "AWS_EC2_OPERATIONAL_ISSUE",
        "eventTypeCategory": "issue",
        "eventScopeCode": "ACCOUNT_SPECIFIC",
        "communicationId": "01b0993207d81a09dcd552ebd1e633e36cf1f09a-1",
        "startTime": "Sun, 1 Mar 2026 09:00:00 GMT",
        "lastUpdatedTime": "Sun, 1 Mar 2026 09:00:00 GMT",
        "statusCode": "open",
        "eventRegion": region,
        "eventDescription": [{"language": "en_US", "latestDescription": "We are investigating increased API error rates."}],
        "affectedEntities": [{"entityValue": "i-0123456789abcdef0", "status": "IMPAIRED"}],
        "affectedAccount": context.account.to_string(),
        "page": "1",
        "totalPages": "1",
    });
    let event = envelope(context, region, "aws.health", "AWS Health Event", &["i-0123456789abcdef0".to_owned()], detail);
    Told { name: "an aws.health event about an open issue", event }
}

/// A new finding of the highest severity, of a control that fails.
pub(crate) fn security_hub_finding(context: &Context) -> Told {
    let (region, account) = (region(context), context.account.to_string());
    let partition = partition(context);
    let id = format!("arn:{partition}:securityhub:{region}:{account}:security-control/EC2.19/finding/8c1f1b3a-2c0f-4f0e-9b3a-1f2e3d4c5b6a");
    let group = format!("arn:{partition}:ec2:{region}:{account}:security-group/sg-0123456789abcdef0");
    let time = context.now.to_string();
    let detail = json!({"findings": [{
        "SchemaVersion": "2018-10-08",
        "Id": id,
        "ProductArn": format!("arn:{partition}:securityhub:{region}::product/aws/securityhub"),
        "ProductName": "Security Hub",
        "CompanyName": "AWS",
        "Region": region,
        "GeneratorId": "security-control/EC2.19",
        "AwsAccountId": account,
        "Types": ["Software and Configuration Checks/Industry and Regulatory Standards"],
        "FirstObservedAt": time,
        "LastObservedAt": time,
        "CreatedAt": time,
        "UpdatedAt": time,
        "Severity": {"Label": "CRITICAL", "Normalized": 90, "Original": "CRITICAL", "Product": 90},
        "Title": "Security groups should not allow unrestricted access to ports with high risk",
        "Description": "This control checks whether unrestricted incoming traffic to a security group is allowed for the ports of highest risk.",
        "ProductFields": {"aws/securityhub/ProductName": "Security Hub", "aws/securityhub/CompanyName": "AWS"},
        "Resources": [{"Type": "AwsEc2SecurityGroup", "Id": group, "Partition": partition, "Region": region}],
        "Compliance": {
            "Status": "FAILED",
            "SecurityControlId": "EC2.19",
            "AssociatedStandards": [{"StandardsId": "standards/aws-foundational-security-best-practices/v/1.0.0"}],
        },
        "Workflow": {"Status": "NEW"},
        "WorkflowState": "NEW",
        "RecordState": "ACTIVE",
        "FindingProviderFields": {
            "Severity": {"Label": "CRITICAL", "Original": "CRITICAL"},
            "Types": ["Software and Configuration Checks/Industry and Regulatory Standards"],
        },
        "AwsAccountName": "example",
    }]});
    let event = envelope(context, region, "aws.securityhub", "Security Hub Findings - Imported", &[id], detail);
    Told { name: "a new critical aws.securityhub finding", event }
}

/// A new finding of high severity.
pub(crate) fn guardduty_finding(context: &Context) -> Told {
    let (region, account) = (region(context), context.account.to_string());
    let detector = "12abc34d567e8fa901bc2d34e56789f0";
    let time = context.now.to_string();
    let detail = json!({
        "schemaVersion": "2.0",
        "accountId": account,
        "region": region,
        "partition": partition(context),
        "id": "16afba5c5c43e07c9e3e5e2e544e95df",
        "arn": format!("arn:{}:guardduty:{region}:{account}:detector/{detector}/finding/16afba5c5c43e07c9e3e5e2e544e95df", partition(context)),
        "type": "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS",
        "resource": {
            "resourceType": "AccessKey",
            "accessKeyDetails": {
                "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
                "principalId": "AROACKCEVSQ6C2EXAMPLE:i-0123456789abcdef0",
                "userType": "AssumedRole",
                "userName": "web",
            },
        },
        "service": {
            "serviceName": "guardduty",
            "detectorId": detector,
            "action": {"actionType": "AWS_API_CALL", "awsApiCallAction": {"api": "ListBuckets", "serviceName": "s3.amazonaws.com"}},
            "resourceRole": "TARGET",
            "eventFirstSeen": time,
            "eventLastSeen": time,
            "archived": false,
            "count": 1,
        },
        "severity": 8,
        "createdAt": time,
        "updatedAt": time,
        "title": "Credentials of an EC2 instance role are used from outside of AWS.",
        "description": "Credentials that were made for an EC2 instance through a role are used from an external address.",
    });
    let event = envelope(context, region, "aws.guardduty", "GuardDuty Finding", &[], detail);
    Told { name: "an aws.guardduty finding of severity 8", event }
}

fn partition(context: &Context) -> &'static str {
    context.home_region.partition()
}
