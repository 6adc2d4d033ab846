"""Services that watch and record in moto, and what runs there: what the accounts have, and what must be seen of it.

moto lacks an operation that config-recorder-enabled needs, the remediations of Config, how often a recorder records, Security Hub's
standards, Systems Manager's list of instances, and all of Access Analyzer and Detective.
"""

import io
import json
import zipfile

from moto_organization import AP, EU, REGIONS, US

TABLE = """
                                               master   security  network  payments  search  sandbox  analytics
config-recorder-enabled        each            error    error     error    error     error   error    error
config-rules-present           us-east-1       pass     pass      fail     fail      fail    fail     fail
config-rules-present           eu-west-1       fail     pass      fail     pass      fail    fail     fail
config-rules-present           ap-southeast-2  fail     pass      fail     fail      fail    fail     fail
config-rule-remediation        us-east-1       error    error     n/a      n/a       n/a     n/a      n/a
config-rule-remediation        eu-west-1       n/a      error     n/a      error     n/a     n/a      n/a
config-rule-remediation        ap-southeast-2  n/a      error     n/a      n/a       n/a     n/a      n/a
config-recording-cost-tuned    us-east-1       no-mode  pass      n/a      n/a       n/a     n/a      n/a
config-recording-cost-tuned    eu-west-1       n/a      n/a       n/a      n/a       n/a     n/a      n/a
config-recording-cost-tuned    ap-southeast-2  n/a      n/a       n/a      n/a       n/a     n/a      n/a

securityhub-enabled            us-east-1       pass     pass      fail     fail      fail    fail     fail
securityhub-enabled            eu-west-1       fail     pass      fail     pass      fail    fail     fail
securityhub-enabled            ap-southeast-2  fail     pass      fail     pass      pass    fail     fail
securityhub-fsbp-enabled       each            error    error     error    error     error   error    error
securityhub-score              us-east-1       pass     n/a       n/a      n/a       n/a     n/a      n/a
securityhub-score              eu-west-1       n/a      fail      n/a      n/a       n/a     n/a      n/a
securityhub-score              ap-southeast-2  n/a      n/a       n/a      n/a       n/a     n/a      n/a

guardduty-enabled              us-east-1       pass     pass      fail     fail      fail    fail     fail
guardduty-enabled              eu-west-1       pass     pass      fail     fail      fail    pass     fail
guardduty-enabled              ap-southeast-2  fail     pass      fail     pass      fail    fail     fail

detective-enabled              each            error    error     error    error     error   error    error
access-analyzer-enabled        each            error    error     error    error     error   error    error

log-group-retention            us-east-1       pass     pass      fail2    pass      pass    pass     pass
log-group-retention            eu-west-1       pass     pass      pass     pass      pass    pass     pass
log-group-retention            ap-southeast-2  pass     pass      pass     pass      pass    pass     fail

lambda-environment-no-secrets  us-east-1       pass     pass      pass     fail      pass    pass     pass
lambda-environment-no-secrets  eu-west-1       pass     pass      pass     pass      pass    pass     pass
lambda-environment-no-secrets  ap-southeast-2  pass     pass      fail2    pass      pass    pass     pass

ec2-user-data-no-secrets       us-east-1       pass     pass      pass     fail      pass    pass     pass
ec2-user-data-no-secrets       eu-west-1       pass     pass      pass     pass      pass    pass     pass
ec2-user-data-no-secrets       ap-southeast-2  pass     pass      pass     pass      pass    pass     pass

instance-ssm-managed           each            error    error     error    error     error   error    error
"""

# What environments and user data give away here. The second has the form of an access key's id.
SECRETS = ("hunter2-but-longer", "AKIA" + "Q3EGRIZEUS7VKM2F", "3q2-7wAAvu8kQmLzXp4", "correct-horse-battery-8")


def seed(organization):
    config(organization)
    hubs(organization)
    scores(organization)
    detectors(organization)
    log_groups(organization)
    functions(organization)


def config(organization):
    for name, region in [("master", US), ("security", US), ("security", EU), ("security", AP), ("payments", EU)]:
        source = {"Owner": "AWS", "SourceIdentifier": "ENCRYPTED_VOLUMES"}
        config = organization.accounts[name].client("config", region)
        config.put_config_rule(ConfigRule={"ConfigRuleName": "encrypted-volumes", "Source": source})

    def recorder(account, group):
        account = organization.accounts[account]
        bucket = f"config-{account.id}"
        account.client("s3").create_bucket(Bucket=bucket)
        config = account.client("config", US)
        role = f"arn:aws:iam::{account.id}:role/config"
        config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role, "recordingGroup": group})
        config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": bucket})
        config.start_configuration_recorder(ConfigurationRecorderName="default")

    recorder("master", {"allSupported": True, "includeGlobalResourceTypes": True})
    recorder("security", {"allSupported": False, "includeGlobalResourceTypes": False, "resourceTypes": ["AWS::S3::Bucket"]})


def hubs(organization):
    for name, regions in [("master", (US,)), ("security", REGIONS), ("payments", (EU, AP)), ("search", (AP,))]:
        for region in regions:
            organization.accounts[name].client("securityhub", region).enable_security_hub()


def scores(organization):
    """Four of five controls passed, and one of two."""

    def controls(account, region, *statuses):
        account = organization.accounts[account]
        findings = [
            {
                "SchemaVersion": "2018-10-08",
                "Id": f"arn:aws:securityhub:{region}:{account.id}:security-control/EC2.{number}/finding/{number}",
                "ProductArn": f"arn:aws:securityhub:{region}::product/aws/securityhub",
                "ProductName": "Security Hub",
                "GeneratorId": f"security-control/EC2.{number}",
                "AwsAccountId": account.id,
                "Region": region,
                "CreatedAt": "2026-01-01T00:00:00Z",
                "UpdatedAt": "2026-01-01T00:00:00Z",
                "Severity": {"Label": "LOW"},
                "Title": "A control",
                "Description": "A control",
                "Resources": [{"Type": "AwsAccount", "Id": f"AWS::::Account:{account.id}"}],
                "Compliance": {"Status": status, "SecurityControlId": f"EC2.{number}"},
                "RecordState": "ACTIVE",
                "Workflow": {"Status": "NEW"},
            }
            for number, status in enumerate(statuses, 1)
        ]
        account.client("securityhub", region).batch_import_findings(Findings=findings)

    controls("master", US, "PASSED", "PASSED", "FAILED", "PASSED", "PASSED", "NOT_AVAILABLE")
    controls("security", EU, "PASSED", "FAILED")


def detectors(organization):
    for name, region, enabled in [
        ("master", US, True),
        ("master", EU, True),
        ("security", US, True),
        ("security", EU, True),
        ("security", AP, True),
        ("payments", US, False),
        ("payments", AP, True),
        ("sandbox", EU, True),
        ("sandbox", AP, False),
    ]:
        detector = organization.accounts[name].client("guardduty", region).create_detector(Enable=enabled)["DetectorId"]
        if not enabled:
            organization.fails(name, region, "guardduty-enabled", detector)


def log_groups(organization):
    """Beside those of the trails."""

    def log_group(account, region, name, days=None):
        logs = organization.accounts[account].client("logs", region)
        logs.create_log_group(logGroupName=name)
        if days:
            logs.put_retention_policy(logGroupName=name, retentionInDays=days)
        if days and days < 365:
            organization.fails(account, region, "log-group-retention", name)

    log_group("network", US, "flow-logs", 7)
    log_group("network", US, "resolver", 180)
    log_group("network", US, "firewall", 731)
    log_group("payments", EU, "ledger")
    organization.fails("analytics", AP, "log-group-retention", "trail")


def functions(organization):
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): pass\n")

    def function(account, region, name, fails=False, **variables):
        iam = organization.accounts[account].client("iam")
        trust = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
        }
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        organization.accounts[account].client("lambda", region).create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role,
            Handler="index.handler",
            Code={"ZipFile": code.getvalue()},
            **({"Environment": {"Variables": variables}} if variables else {}),
        )
        if fails:
            organization.fails(account, region, "lambda-environment-no-secrets", name)

    function("payments", US, "settle", fails=True, STAGE="production", DB_PASSWORD=SECRETS[0])
    function("payments", EU, "refund", DB_PASSWORD_PARAMETER="/payments/db/password", STAGE="production")
    function("search", EU, "index")
    function("network", AP, "probe", fails=True, WHO=SECRETS[1])
    function("network", AP, "dig", fails=True, API_TOKEN=SECRETS[2])
