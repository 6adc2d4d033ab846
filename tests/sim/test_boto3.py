"""The simulation as real clients see it: boto3 for every operation, and the AWS CLI for a few."""

import json
import os
import subprocess
import sys
import time

import pytest
from botocore.exceptions import ClientError

from simulation import ANALYZER_PRINCIPAL, credential_report

PAYMENTS, SEARCH, SECURITY, MANAGEMENT = "333333333333", "444444444444", "222222222222", "111111111111"


def refusal(call, *arguments, **keywords):
    """The error code and HTTP status of a call that must fail, and its message."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **keywords)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Message"]


def code(call, *arguments, **keywords):
    return refusal(call, *arguments, **keywords)[:2]


# Organizations


def test_organization(example):
    organizations = example.client("organizations")
    organization = organizations.describe_organization()["Organization"]
    assert (organization["Id"], organization["MasterAccountId"], organization["FeatureSet"]) == ("o-exampleorgid", MANAGEMENT, "ALL")


def test_accounts_are_listed_over_an_empty_page(generated):
    pages = list(generated.client("organizations").get_paginator("list_accounts").paginate())
    assert [len(page["Accounts"]) for page in pages] == [20, 0, 20]
    accounts = [account for page in pages for account in page["Accounts"]]
    assert len({account["Id"] for account in accounts}) == 40
    root = generated.client("organizations").list_roots()["Roots"][0]["Id"]
    for account in accounts:
        organization, first, *units, own, end = account["Paths"][0].split("/")
        assert (organization[:2], first, own, end) == ("o-", root, account["Id"], "")
        assert all(unit.startswith("ou-") for unit in units)
        assert account["State"] in ("ACTIVE", "SUSPENDED", "PENDING_CLOSURE") and account["JoinedTimestamp"].year == 2022
    assert code(generated.client("organizations").list_accounts, NextToken="nonsense") == ("InvalidInputException", 400)


def test_the_tree_of_units(example):
    organizations = example.client("organizations")
    root = organizations.list_roots()["Roots"][0]
    names, accounts, todo = {}, set(), [(root["Id"], "")]
    while todo:
        parent, path = todo.pop()
        for page in organizations.get_paginator("list_accounts_for_parent").paginate(ParentId=parent, PaginationConfig={"PageSize": 1}):
            accounts |= {account["Id"] for account in page["Accounts"]}
        for page in organizations.get_paginator("list_organizational_units_for_parent").paginate(ParentId=parent, PaginationConfig={"PageSize": 2}):
            for unit in page["OrganizationalUnits"]:
                names[f"{path}/{unit['Name']}"] = unit["Id"]
                todo.append((unit["Id"], f"{path}/{unit['Name']}"))
    assert set(names) == {"/Security", "/Workloads", "/Workloads/Production", "/Workloads/Development", "/Suspended"}
    assert names["/Workloads"] == "ou-ab12-workload0" and len(accounts) == 6
    parents = organizations.list_parents(ChildId=PAYMENTS)["Parents"]
    assert parents == [{"Id": names["/Workloads/Production"], "Type": "ORGANIZATIONAL_UNIT"}]
    assert organizations.list_parents(ChildId=names["/Workloads"])["Parents"] == [{"Id": root["Id"], "Type": "ROOT"}]
    unit = organizations.describe_organizational_unit(OrganizationalUnitId=names["/Workloads/Production"])["OrganizationalUnit"]
    assert unit["Name"] == "Production" and unit["Path"].endswith(f"/ou-ab12-workload0/{unit['Id']}/")
    assert code(organizations.list_accounts_for_parent, ParentId="ou-ab12-nothing00") == ("ParentNotFoundException", 400)
    assert code(organizations.list_parents, ChildId="999999999999") == ("ChildNotFoundException", 400)
    missing = {"OrganizationalUnitId": "ou-ab12-nothing00"}
    assert code(organizations.describe_organizational_unit, **missing) == ("OrganizationalUnitNotFoundException", 400)


def test_tags_and_delegated_administrators(example):
    organizations = example.client("organizations")
    pages = organizations.get_paginator("list_tags_for_resource").paginate(ResourceId=PAYMENTS)
    tags = {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
    assert tags == {"Environment": "prod", "Team": "payments", "CostCenter": "CC-1001"}
    assert code(organizations.list_tags_for_resource, ResourceId="999999999999") == ("TargetNotFoundException", 400)
    administrators = organizations.get_paginator("list_delegated_administrators")
    found = [item["Id"] for page in administrators.paginate(ServicePrincipal=ANALYZER_PRINCIPAL) for item in page["DelegatedAdministrators"]]
    assert found == [SECURITY]
    assert organizations.list_delegated_administrators(ServicePrincipal="guardduty.amazonaws.com")["DelegatedAdministrators"] == []


def test_only_the_management_account_may_ask_organizations(example):
    member = example.client("organizations", example.assume(PAYMENTS))
    assert code(member.list_accounts) == ("AccessDeniedException", 400)
    management = example.client("organizations", example.assume(MANAGEMENT))
    assert len(management.list_accounts()["Accounts"]) == 6


# Identity


def test_sessions(example):
    assert example.client("sts").get_caller_identity()["Account"] == MANAGEMENT
    credentials = example.assume(PAYMENTS, DurationSeconds=900, Tags=[{"Key": "a", "Value": "b"}])
    assert 880 <= credentials["Expiration"].timestamp() - time.time() <= 901
    identity = example.client("sts", credentials, region="eu-west-1").get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == (PAYMENTS, f"arn:aws:sts::{PAYMENTS}:assumed-role/OrgsweepAudit/boto3")


@pytest.mark.parametrize("account", ["555555555555", "666666666666", "999999999999"])
def test_a_missing_role_or_a_closed_account(example, account):
    refused = refusal(example.assume, account)
    assert refused[:2] == ("AccessDenied", 403)
    assert refused[2].endswith(f"is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::{account}:role/OrgsweepAudit")


def test_a_session_policy_is_enforced(example):
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["iam:GetAccount*", "access-analyzer:*"], "Resource": "*"}]}
    session = example.assume(PAYMENTS, Policy=json.dumps(policy))
    assert example.client("iam", session).get_account_summary()["SummaryMap"]
    assert example.client("accessanalyzer", session).list_analyzers()["analyzers"] == []
    for service, operation, arguments, expected in [
        ("iam", "generate_credential_report", {}, ("AccessDenied", 403)),
        ("ec2", "describe_vpcs", {}, ("UnauthorizedOperation", 403)),
        ("config", "describe_configuration_recorders", {}, ("AccessDeniedException", 400)),
        ("cloudtrail", "describe_trails", {}, ("AccessDeniedException", 400)),
        ("guardduty", "list_detectors", {}, ("AccessDeniedException", 403)),
        ("securityhub", "describe_hub", {}, ("AccessDeniedException", 403)),
        ("s3control", "get_public_access_block", {"AccountId": PAYMENTS}, ("AccessDenied", 403)),
    ]:
        refused = refusal(getattr(example.client(service, session), operation), **arguments)
        assert refused[:2] == expected, service
        assert "because no session policy allows the" in refused[2]


def test_denied_actions(example):
    session = example.assume(SEARCH)
    refused = refusal(example.client("iam", session).get_account_summary)
    assert refused[:2] == ("AccessDenied", 403) and "no identity-based policy allows the iam:GetAccountSummary action" in refused[2]
    refused = refusal(example.client("guardduty", session, region="eu-west-1").list_detectors)
    assert refused[:2] == ("AccessDeniedException", 403) and refused[2].endswith("with an explicit deny in a service control policy")
    assert example.client("guardduty", session).list_detectors()["DetectorIds"]


def test_regions_that_are_not_enabled(example):
    session = example.assume(PAYMENTS)
    for service, operation, arguments, expected in [
        ("ec2", "describe_vpcs", {}, ("AuthFailure", 401)),
        ("config", "describe_configuration_recorders", {}, ("UnrecognizedClientException", 400)),
        ("guardduty", "list_detectors", {}, ("UnrecognizedClientException", 403)),
        ("sts", "get_caller_identity", {}, ("InvalidClientTokenId", 403)),
        ("s3control", "get_public_access_block", {"AccountId": PAYMENTS}, ("InvalidAccessKeyId", 403)),
    ]:
        client = example.client(service, session, region="eu-south-1")
        assert code(getattr(client, operation), **arguments) == expected, service
    assert example.client("ec2", example.assume(SECURITY), region="eu-south-1").describe_vpcs()["Vpcs"]


def test_unknown_keys_and_operations(example):
    stranger = {"AccessKeyId": "ASIAAAAAAAAAAAAAAAAA", "SecretAccessKey": "x", "SessionToken": "x"}
    assert code(example.client("sts", stranger).get_caller_identity) == ("InvalidClientTokenId", 403)
    assert code(example.client("iam").list_instance_profiles) == ("InvalidAction", 400)
    assert code(example.client("ec2").describe_hosts) == ("InvalidAction", 400)
    assert code(example.client("cloudtrail").lookup_events) == ("UnknownOperationException", 400)
    assert code(example.client("securityhub").get_insights) == ("UnknownOperationException", 400)
    assert code(example.client("s3control").list_access_points, AccountId=MANAGEMENT) == ("NotImplemented", 400)
    assert code(example.client("logs").describe_queries) == ("UnknownOperationException", 400)


# One account's services


def test_iam(example):
    iam = example.client("iam", example.assume(PAYMENTS))
    summary = iam.get_account_summary()["SummaryMap"]
    assert (summary["AccountMFAEnabled"], summary["AccountPasswordPresent"], summary["AccountAccessKeysPresent"]) == (0, 1, 0)
    assert iam.get_account_password_policy()["PasswordPolicy"]["MinimumPasswordLength"] == 8
    assert code(iam.get_credential_report) == ("ReportNotPresent", 410)
    rows, states = credential_report(iam)
    assert states[0] == "STARTED" and set(states[1:]) <= {"INPROGRESS"}
    assert rows[0]["user"] == "<root_account>" and len(rows[0]) == 22
    assert sum(row["password_enabled"] == "true" and row["mfa_active"] == "false" for row in rows) == 3


def test_ec2_regions(example):
    ec2 = example.client("ec2", example.assume(SECURITY))
    status = {region["RegionName"]: region["OptInStatus"] for region in ec2.describe_regions()["Regions"]}
    assert status == {"us-east-1": "opt-in-not-required", "eu-west-1": "opt-in-not-required", "ap-northeast-1": "opt-in-not-required", "eu-south-1": "opted-in"}
    every = ec2.describe_regions(AllRegions=True)["Regions"]
    assert {region["OptInStatus"] for region in every} == {"opt-in-not-required", "opted-in", "not-opted-in"}
    opted = ec2.describe_regions(Filters=[{"Name": "opt-in-status", "Values": ["opted-in"]}])["Regions"]
    assert [region["RegionName"] for region in opted] == ["eu-south-1"]
    assert [region["RegionName"] for region in ec2.describe_regions(RegionNames=["eu-west-1"])["Regions"]] == ["eu-west-1"]
    assert code(ec2.describe_regions, RegionNames=["moon-1"]) == ("InvalidParameterValue", 400)


def test_ec2_pages_and_filters(generated, truth):
    row = next(row for row in truth if row["check"] == "vpc-default-absent" and row["status"] == "fail")
    ec2 = generated.client("ec2", generated.assume(row["account_id"]), region=row["region"])
    default = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    assert len(default) == 1 and default[0]["IsDefault"] and len(ec2.describe_vpcs()["Vpcs"]) >= 2
    assert code(ec2.describe_vpcs, Filters=[{"Name": "colour", "Values": ["red"]}]) == ("InvalidParameterValue", 400)
    assert code(ec2.describe_vpcs, VpcIds=["vpc-00000000000000000"]) == ("InvalidVpcID.NotFound", 400)
    assert code(ec2.describe_network_interfaces, MaxResults=2000) == ("InvalidParameterValue", 400)
    assert ec2.get_ebs_encryption_by_default()["EbsEncryptionByDefault"] in (True, False)
    assert code(ec2.get_managed_prefix_list_entries, PrefixListId="pl-00000000000000000") == ("InvalidPrefixListID.NotFound", 400)
    whole = ec2.describe_security_groups()["SecurityGroups"]
    pages = list(ec2.get_paginator("describe_security_groups").paginate(PaginationConfig={"PageSize": 5}))
    assert [group["GroupId"] for page in pages for group in page["SecurityGroups"]] == [group["GroupId"] for group in whole]
    assert all(len(page["SecurityGroups"]) <= 5 for page in pages)
    one = ec2.describe_security_groups(GroupIds=[whole[-1]["GroupId"]])["SecurityGroups"]
    assert one == whole[-1:]


def test_ec2_networks(generated, truth):
    """Ids that one operation names are those that another lists, page by page."""
    row = next(row for row in truth if row["check"] == "vpc-default-absent" and row["status"] == "fail")
    ec2 = generated.client("ec2", generated.assume(row["account_id"]), region=row["region"])

    def listed(operation, key):
        pages = list(ec2.get_paginator(operation).paginate(PaginationConfig={"PageSize": 5}))
        assert all(len(page[key]) <= 5 for page in pages)
        found = [item for page in pages for item in page[key]]
        assert found == getattr(ec2, operation)()[key]
        return found

    vpcs = {vpc["VpcId"]: vpc for vpc in ec2.describe_vpcs()["Vpcs"]}
    subnets = {subnet["SubnetId"]: subnet for subnet in listed("describe_subnets", "Subnets")}
    own = {id for id, subnet in subnets.items() if subnet["OwnerId"] == row["account_id"]}
    assert {subnets[id]["VpcId"] for id in own} == set(vpcs) and all(subnet["State"] == "available" for subnet in subnets.values())
    tables = listed("describe_route_tables", "RouteTables")
    assert sum(association["Main"] for table in tables for association in table["Associations"]) == len(vpcs)
    for table in tables:
        assert table["Routes"][0]["GatewayId"] == "local" and {route["State"] for route in table["Routes"]} <= {"active", "blackhole", "filtered"}
        assert all(association["Main"] or association["SubnetId"] in subnets for association in table["Associations"])
    interfaces = listed("describe_network_interfaces", "NetworkInterfaces")
    assert {"interface", "nat_gateway"} <= {interface["InterfaceType"] for interface in interfaces}
    held = [interface["Attachment"] for interface in interfaces if "Attachment" in interface]
    assert {"amazon-elb", "amazon-rds", row["account_id"]} <= {attachment["InstanceOwnerId"] for attachment in held}
    assert all(("InstanceId" in attachment) == (attachment["InstanceOwnerId"] == row["account_id"]) for attachment in held if attachment["InstanceOwnerId"] != "900000000001")
    gateways, endpoints = listed("describe_nat_gateways", "NatGateways"), listed("describe_vpc_endpoints", "VpcEndpoints")
    assert gateways and endpoints
    for gateway in gateways:
        assert gateway["VpcId"] in vpcs and gateway["SubnetId"] in subnets and gateway["ConnectivityType"] in ("public", "private")
    for endpoint in endpoints:
        assert endpoint["VpcId"] in vpcs and endpoint["ServiceName"].startswith(f"com.amazonaws.{row['region']}.")
    assert code(ec2.describe_route_tables, MaxResults=101) == ("InvalidParameterValue", 400)
    assert code(ec2.describe_subnets, Filters=[{"Name": "colour", "Values": ["red"]}]) == ("InvalidParameterValue", 400)
    (back,) = ec2.describe_subnets(SubnetIds=[interfaces[2]["SubnetId"]])["Subnets"]
    assert back["SubnetId"] == interfaces[2]["SubnetId"]


def test_ec2_settings_of_a_region(generated, truth):
    def client(check, status):
        row = next(row for row in truth if row["check"] == check and row["status"] == status and row["blind_reason"] in (None, "aws_error"))
        return generated.client("ec2", generated.assume(row["account_id"]), region=row["region"])

    assert client("ebs-snapshot-public-access-blocked", "fail").get_snapshot_block_public_access_state()["State"] == "unblocked"
    state = client("ami-public-access-blocked", "pass").get_image_block_public_access_state()
    assert (state["ImageBlockPublicAccessState"], state["ManagedBy"]) == ("block-new-sharing", "account")
    assert client("serial-console-disabled", "fail").get_serial_console_access_status()["SerialConsoleAccessEnabled"] is True
    assert client("imdsv2-required-by-default", "pass").get_instance_metadata_defaults()["AccountLevel"]["HttpTokens"] == "required"
    absent = client("serial-console-disabled", "not_applicable").get_serial_console_access_status
    assert refusal(absent) == ("UnsupportedOperation", 400, "The functionality you requested is not supported in this region.")


def test_config_by_name(example):
    config = example.client("config", example.assume(SEARCH))
    assert config.describe_configuration_recorders(ConfigurationRecorderNames=["default"])["ConfigurationRecorders"]
    missing = {"ConfigurationRecorderNames": ["other"]}
    assert code(config.describe_configuration_recorders, **missing) == ("NoSuchConfigurationRecorderException", 400)
    assert code(config.describe_configuration_recorder_status, **missing) == ("NoSuchConfigurationRecorderException", 400)
    assert code(config.describe_delivery_channel_status, DeliveryChannelNames=["other"]) == ("NoSuchDeliveryChannelException", 400)


def test_trails_and_their_shadows(example):
    session = example.assume(PAYMENTS)
    home, away = example.client("cloudtrail", session), example.client("cloudtrail", session, region="eu-west-1")
    trail = home.describe_trails()["trailList"][0]
    assert trail["HomeRegion"] == "us-east-1" and away.describe_trails()["trailList"] == [trail]
    assert away.describe_trails(includeShadowTrails=False)["trailList"] == []
    for by_arn in (home, away):
        assert by_arn.get_trail_status(Name=trail["TrailARN"])["IsLogging"] is False
        assert by_arn.get_event_selectors(TrailName=trail["TrailARN"])["EventSelectors"][0]["ReadWriteType"] == "All"
    assert home.get_trail_status(Name=trail["Name"])["IsLogging"] is False
    assert code(away.get_trail_status, Name=trail["Name"]) == ("TrailNotFoundException", 400)
    assert code(away.get_event_selectors, TrailName=trail["Name"]) == ("TrailNotFoundException", 400)
    assert home.describe_trails(trailNameList=["other"])["trailList"] == []


def test_the_organization_s_trail_and_its_owner(example):
    owner, member = (example.client("cloudtrail", example.assume(account)) for account in (MANAGEMENT, SEARCH))
    (trail,) = member.describe_trails()["trailList"]
    assert trail["IsOrganizationTrail"] and trail["IsMultiRegionTrail"] and trail["HomeRegion"] == "us-east-1"
    arn = trail["TrailARN"]
    assert arn == f"arn:aws:cloudtrail:us-east-1:{MANAGEMENT}:trail/organization"
    assert member.get_trail_status(Name=arn)["IsLogging"] is True
    # The member sees the trail; what it records is its owner's to ask.
    refused = refusal(member.get_event_selectors, TrailName=arn)
    assert refused == ("TrailNotFoundException", 400, f"Unknown trail: {arn} for the user: {SEARCH}")
    assert code(member.get_trail_status, Name=trail["Name"]) == ("TrailNotFoundException", 400)
    assert member.describe_trails(includeShadowTrails=False)["trailList"] == []
    own, organization = owner.describe_trails(includeShadowTrails=False)["trailList"]
    assert organization == trail and not own["IsOrganizationTrail"]
    for name in (arn, trail["Name"]):
        assert owner.get_event_selectors(TrailName=name)["EventSelectors"][0]["ReadWriteType"] == "All"
    payments = example.client("cloudtrail", example.assume(PAYMENTS))
    assert not any(seen["IsOrganizationTrail"] for seen in payments.describe_trails()["trailList"])


def test_what_a_trail_s_owner_may_ask(example):
    session = example.assume(PAYMENTS)
    cloudtrail = example.client("cloudtrail", session)
    (trail,) = cloudtrail.describe_trails()["trailList"]
    assert trail["LogFileValidationEnabled"] and trail["KmsKeyId"].startswith("arn:aws:kms:us-east-1:")
    assert cloudtrail.get_insight_selectors(TrailName=trail["Name"])["InsightSelectors"] == [{"InsightType": "ApiCallRateInsight"}]
    resources = [resource for selector in cloudtrail.get_event_selectors(TrailName=trail["Name"])["EventSelectors"] for resource in selector["DataResources"]]
    assert {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]} in resources
    assert cloudtrail.get_trail_status(Name=trail["Name"])["LatestCloudWatchLogsDeliveryTime"].year > 2000
    member = example.client("cloudtrail", example.assume(SEARCH))
    shadow = member.describe_trails()["trailList"][0]["TrailARN"]
    assert code(member.get_insight_selectors, TrailName=shadow) == ("TrailNotFoundException", 400)


def test_where_a_trail_s_records_are_kept(example):
    session = example.assume(PAYMENTS)
    s3 = example.client("s3", session)
    name = f"cloudtrail-{PAYMENTS}"
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == [f"assets-{PAYMENTS}", name, f"{name}-old"]
    pages = list(s3.get_paginator("list_buckets").paginate(Prefix=name, PaginationConfig={"PageSize": 1}))
    assert [(bucket["Name"], bucket["BucketRegion"]) for page in pages for bucket in page["Buckets"]] == [(name, "us-east-1"), (f"{name}-old", "us-east-1")]
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert (rule["Status"], rule["Filter"], rule["Expiration"]) == ("Enabled", {"Prefix": ""}, {"Days": 365})
    assert code(s3.get_bucket_lifecycle_configuration, Bucket=f"{name}-old") == ("NoSuchLifecycleConfiguration", 404)
    assert code(s3.get_bucket_lifecycle_configuration, Bucket=f"cloudtrail-{MANAGEMENT}") == ("AccessDenied", 403)
    logs = example.client("logs", session)
    pages = list(logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix="cloudtrail", PaginationConfig={"PageSize": 1}))
    groups = [(group["logGroupName"], group["retentionInDays"]) for page in pages for group in page["logGroups"]]
    assert groups == [("cloudtrail", 365), ("cloudtrail-lake", 731)]
    pages = list(logs.get_paginator("describe_metric_filters").paginate(logGroupName="cloudtrail", PaginationConfig={"PageSize": 10}))
    filters = [item for page in pages for item in page["metricFilters"]]
    assert len(filters) == 17 and all(item["filterPattern"].startswith("{") for item in filters)
    assert logs.describe_metric_filters(logGroupName="cloudtrail-lake")["metricFilters"] == []
    assert code(logs.describe_metric_filters, logGroupName="other") == ("ResourceNotFoundException", 400)
    elsewhere = example.client("logs", session, region="eu-west-1").describe_log_groups()["logGroups"]
    assert all(group["logGroupName"].startswith("/aws/lambda/") for group in elsewhere), "a trail delivers at home"


def test_rules_and_their_targets(example):
    events = example.client("events", example.assume(PAYMENTS))
    first = events.list_rules(Limit=1)
    rest = events.list_rules(NextToken=first["NextToken"])
    rules = {rule["Name"]: rule for rule in first["Rules"] + rest["Rules"]}
    assert rules["AutoScalingManagedRule"]["ManagedBy"] == "autoscaling.amazonaws.com"
    assert "EventPattern" not in rules["nightly"] and rules["everything-once"]["State"] == "DISABLED"
    (target,) = events.list_targets_by_rule(Rule="builds-failed")["Targets"]
    assert target["Arn"] == f"arn:aws:sns:us-east-1:{PAYMENTS}:operations"
    assert code(events.list_targets_by_rule, Rule="other") == ("ResourceNotFoundException", 400)
    assert code(events.list_rules, EventBusName="other") == ("ResourceNotFoundException", 400)


def test_detectors_hubs_and_blocks(example):
    session = example.assume(PAYMENTS)
    assert example.client("guardduty", session).list_detectors()["DetectorIds"] == []
    guardduty = example.client("guardduty", session, region="eu-west-1")
    detector = guardduty.list_detectors()["DetectorIds"][0]
    assert guardduty.get_detector(DetectorId=detector)["Status"] == "ENABLED"
    assert code(guardduty.get_detector, DetectorId="0" * 32) == ("BadRequestException", 400)
    assert "Administrator" not in guardduty.get_administrator_account(DetectorId=detector)
    assert "Administrator" not in example.client("securityhub", session).get_administrator_account()
    assert example.client("securityhub", session).describe_hub()["HubArn"] == f"arn:aws:securityhub:us-east-1:{PAYMENTS}:hub/default"
    block = example.client("s3control", session).get_public_access_block(AccountId=PAYMENTS)["PublicAccessBlockConfiguration"]
    assert block == dict.fromkeys(["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"], True)
    assert code(example.client("s3control", session).get_public_access_block, AccountId=SEARCH) == ("AccessDenied", 403)


def test_analyzers(example):
    owner = example.client("accessanalyzer", example.assume(SECURITY), region="eu-west-1")
    pages = list(owner.get_paginator("list_analyzers").paginate(PaginationConfig={"PageSize": 1}))
    assert [analyzer["type"] for page in pages for analyzer in page["analyzers"]] == ["ACCOUNT", "ORGANIZATION"]
    assert [analyzer["type"] for analyzer in owner.list_analyzers(type="ORGANIZATION")["analyzers"]] == ["ORGANIZATION"]


# The AWS CLI


@pytest.mark.parametrize(
    "arguments, expected",
    [
        (["iam", "get-account-summary", "--query", "SummaryMap.UsersQuota"], 5000),
        (["organizations", "list-accounts", "--query", "length(Accounts)"], 40),
        (["ec2", "describe-regions", "--query", "length(Regions)"], 17),
    ],
)
def test_the_aws_cli(generated, arguments, expected, tmp_path):
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
    }
    command = [sys.executable, "-m", "awscli", "--endpoint-url", generated.url, "--output", "json", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == expected
