"""Who is told of what happens in the accounts, by EventBridge or by alarms: what the accounts have, and what must be seen of it.

CloudWatch is asked in a protocol that moto does not speak. So where a metric filter counts an event (in master), nobody sees whether an
alarm tells of it: unknown. It takes no alarm to see that a rule of EventBridge does (in security), or that nothing counts it (elsewhere).
Rules get CloudTrail's events where a trail is logging. Of administrators of Security Hub and GuardDuty moto tells in a way that AWS's SDK
for Rust does not understand (a time without an offset, names in capitals): nobody has one here.
"""

from moto_organization import AP, EU, US, event_rule

TABLE = """
                                                   master  security  network  payments  search  sandbox  analytics
health-events-notified             global          pass    fail      fail     fail      pass    fail     fail

alarm-root-usage                   global          error   pass      fail     fail      fail    fail     fail
alarm-console-sign-in-failure      global          error   pass      fail     fail      fail    fail     fail
alarm-console-sign-in-without-mfa  global          error   pass      fail     fail      fail    fail     fail
alarm-unauthorized-api-call        global          error   pass      fail     fail      fail    fail     fail
alarm-iam-policy-change            global          error   pass      fail     fail      fail    fail     fail
alarm-iam-role-change              global          error   pass      fail     fail      fail    fail     fail
alarm-iam-user-creation            global          error   pass      fail     fail      fail    fail     fail
alarm-iam-access-key-creation      global          error   pass      fail     fail      fail    fail     fail
alarm-cloudtrail-change            global          error   pass      fail     fail      fail    fail     fail
alarm-assume-role-failure          global          error   pass      fail     fail      fail    fail     fail
alarm-s3-bucket-policy-change      global          error   pass      fail     fail      fail    fail     fail
alarm-kms-key-disable-or-deletion  global          error   pass      fail     fail      fail    fail     fail
alarm-kms-unusable-key-use         global          error   pass      fail     fail      fail    fail     fail
alarm-security-group-change        global          error   pass      fail     fail      fail    fail     fail
alarm-network-acl-change           global          error   pass      fail     fail      fail    fail     fail
alarm-network-gateway-change       global          fail    pass      fail     fail      fail    fail     fail
alarm-vpc-change                   global          fail    pass      fail     fail      fail    fail     fail

securityhub-findings-notified      us-east-1       pass    fail      fail     fail      fail    fail     fail
securityhub-findings-notified      eu-west-1       fail    pass      fail     fail      fail    fail     fail
securityhub-findings-notified      ap-southeast-2  fail    fail      fail     fail      fail    fail     fail

guardduty-findings-notified        us-east-1       fail    pass      fail     fail      fail    fail     fail
guardduty-findings-notified        eu-west-1       fail    fail      fail     fail      fail    pass     fail
guardduty-findings-notified        ap-southeast-2  fail    fail      fail     fail      fail    fail     fail
"""


def seed(organization):
    findings_rules(organization)
    health_rules(organization)
    filters_on_master_s_log_group(organization)
    rules_for_the_trails_events(organization)


def findings_rules(organization):
    hub, detector = {"source": ["aws.securityhub"]}, {"source": ["aws.guardduty"], "detail-type": ["GuardDuty Finding"]}
    event_rule(organization.accounts["master"], "hub", hub, region=US)
    event_rule(organization.accounts["master"], "hub", hub, region=EU, enabled=False)
    event_rule(organization.accounts["master"], "hub", hub, region=AP, target=False)
    event_rule(organization.accounts["security"], "hub", hub | {"detail-type": [{"prefix": "Security Hub Findings"}]}, region=EU)
    event_rule(organization.accounts["security"], "detector", detector, region=US)
    event_rule(organization.accounts["sandbox"], "detector", detector, region=EU)


def health_rules(organization):
    health = {"source": ["aws.health"]}
    event_rule(organization.accounts["master"], "health", health)
    event_rule(organization.accounts["security"], "health", health, enabled=False)
    event_rule(organization.accounts["network"], "health", health, target=False)
    event_rule(organization.accounts["payments"], "health", {"source": ["aws.ec2"]})
    event_rule(organization.accounts["search"], "health", {"source": [{"prefix": "aws.h"}], "detail-type": [{"exists": True}]})
    event_rule(organization.accounts["analytics"], "health", health, region=EU)


def calls(source, *names):
    """The pattern of a metric filter and that of a rule for these calls."""
    either = " || ".join(f"($.eventName = {name})" for name in names)
    filter_pattern = f"{{ ($.eventSource = {source}.amazonaws.com) && ({either}) }}"
    return filter_pattern, {"source": [f"aws.{source}"], "detail": {"eventName": list(names)}}


def refused(source, *codes):
    either = " || ".join(f'($.errorCode = "{code}")' for code in codes)
    return f"{{ ($.eventSource = {source}.amazonaws.com) && ({either}) }}", {"source": [f"aws.{source}"], "detail": {"errorCode": list(codes)}}


def all_of(verbs, *things):
    return [verb + thing for thing in things for verb in verbs]


# What the CIS benchmark proposes, in its words and in EventBridge's.
PATTERNS = {
    "alarm-root-usage": (
        '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }',
        {"detail": {"userIdentity": {"type": ["Root"]}}},
    ),
    "alarm-console-sign-in-failure": (
        '{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }',
        {"detail": {"eventName": ["ConsoleLogin"], "errorMessage": ["Failed authentication"]}},
    ),
    "alarm-console-sign-in-without-mfa": (
        '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && '
        '($.responseElements.ConsoleLogin = "Success") }',
        {"detail": {"eventName": ["ConsoleLogin"], "additionalEventData": {"MFAUsed": [{"anything-but": "Yes"}]}}},
    ),
    "alarm-unauthorized-api-call": (
        '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }',
        {"detail": {"errorCode": [{"suffix": "UnauthorizedOperation"}, {"prefix": "AccessDenied"}]}},
    ),
    "alarm-iam-policy-change": calls(
        "iam",
        *all_of(["Create", "Delete"], "Policy", "PolicyVersion"),
        *all_of(["Attach", "Detach", "Put", "Delete"], "UserPolicy", "GroupPolicy", "RolePolicy"),
    ),
    "alarm-iam-role-change": calls("iam", "CreateRole", "DeleteRole", "UpdateAssumeRolePolicy"),
    "alarm-iam-user-creation": calls("iam", "CreateUser"),
    "alarm-iam-access-key-creation": calls("iam", "CreateAccessKey"),
    "alarm-cloudtrail-change": calls("cloudtrail", *all_of(["Create", "Update", "Delete"], "Trail"), "StartLogging", "StopLogging"),
    "alarm-assume-role-failure": refused("sts", "AccessDenied"),
    "alarm-s3-bucket-policy-change": calls(
        "s3",
        "PutBucketAcl",
        *all_of(["Put", "Delete"], "BucketPolicy", "BucketCors", "BucketLifecycle", "BucketReplication"),
    ),
    "alarm-kms-key-disable-or-deletion": calls("kms", "DisableKey", "ScheduleKeyDeletion"),
    "alarm-kms-unusable-key-use": refused("kms", "DisabledException", "KMSInvalidStateException"),
    "alarm-security-group-change": calls(
        "ec2",
        *all_of(["Authorize", "Revoke"], "SecurityGroupIngress", "SecurityGroupEgress"),
        *all_of(["Create", "Delete"], "SecurityGroup"),
    ),
    "alarm-network-acl-change": calls(
        "ec2",
        *all_of(["Create", "Delete"], "NetworkAcl", "NetworkAclEntry"),
        "ReplaceNetworkAclEntry",
        "ReplaceNetworkAclAssociation",
    ),
    "alarm-network-gateway-change": calls(
        "ec2",
        *all_of(["Create", "Delete", "Attach", "Detach"], "InternetGateway"),
        *all_of(["Create", "Delete"], "CustomerGateway"),
    ),
    "alarm-vpc-change": calls(
        "ec2",
        "ModifyVpcAttribute",
        *all_of(["Create", "Delete"], "Vpc"),
        *all_of(["Accept", "Create", "Delete", "Reject"], "VpcPeeringConnection"),
        *all_of(["Attach", "Detach"], "ClassicLinkVpc"),
        *all_of(["Enable", "Disable"], "VpcClassicLink"),
    ),
}


def filters_on_master_s_log_group(organization):
    """One for every kind of event but changes of gateways and VPCs."""
    logs = organization.accounts["master"].client("logs", US)
    for check, (pattern, _) in PATTERNS.items():
        if check not in {"alarm-network-gateway-change", "alarm-vpc-change"}:
            metric = {"metricNamespace": "Trail", "metricName": check, "metricValue": "1"}
            logs.put_metric_filter(logGroupName="trail", filterName=check, filterPattern=pattern, metricTransformations=[metric])


def rules_for_the_trails_events(organization):
    """In security where they are wanted, in analytics in a region that is not the home region, in network without a trail."""
    for check, (_, pattern) in PATTERNS.items():
        event_rule(organization.accounts["security"], check, pattern)
        event_rule(organization.accounts["analytics"], check, pattern, region=EU)
    event_rule(organization.accounts["network"], "trail", {"detail-type": [{"suffix": "via CloudTrail"}]})
