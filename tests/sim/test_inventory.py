"""The lists that inventories ask for, which orgsweep itself has better questions for."""

import pytest
from botocore.exceptions import ClientError

from simulation import credential_report

PAYMENTS = "333333333333"


def every(client, operation, key, **parameters):
    return [item for page in client.get_paginator(operation).paginate(**parameters) for item in page[key]]


def payments(example, service, region="us-east-1"):
    return example.client(service, example.assume(PAYMENTS), region)


def test_iam_one_list_at_a_time(generated):
    """What the lists say is what the authorization details say."""
    iam = generated.client("iam")
    pages = list(iam.get_paginator("get_account_authorization_details").paginate())
    users = {user["UserName"]: user for page in pages for user in page["UserDetailList"]}
    roles = {role["RoleName"]: role for page in pages for role in page["RoleDetailList"]}
    policies = {policy["Arn"] for page in pages for policy in page["Policies"]}
    assert users and len(roles) > 20 and policies

    assert {user["UserName"] for user in every(iam, "list_users", "Users", PaginationConfig={"PageSize": 2})} == set(users)
    assert {role["RoleName"] for role in every(iam, "list_roles", "Roles", PaginationConfig={"PageSize": 10})} == set(roles)
    assert {policy["Arn"] for policy in every(iam, "list_policies", "Policies", Scope="Local")} == policies
    for name, user in users.items():
        assert every(iam, "list_attached_user_policies", "AttachedPolicies", UserName=name) == user["AttachedManagedPolicies"]
        inline = [policy["PolicyName"] for policy in user.get("UserPolicyList", [])]
        assert every(iam, "list_user_policies", "PolicyNames", UserName=name) == inline
        assert iam.list_user_tags(UserName=name)["Tags"] == [] and iam.list_groups_for_user(UserName=name)["Groups"] == []
    for name, role in list(roles.items())[-5:]:
        assert every(iam, "list_attached_role_policies", "AttachedPolicies", RoleName=name) == role["AttachedManagedPolicies"]
        assert every(iam, "list_role_policies", "PolicyNames", RoleName=name) == [inline["PolicyName"] for inline in role["RolePolicyList"]]
        assert iam.list_role_tags(RoleName=name)["Tags"] == []
    assert iam.list_groups()["Groups"] == [] and iam.list_server_certificates()["ServerCertificateMetadataList"] == []

    devices = {device["User"]["UserName"] for device in iam.list_virtual_mfa_devices()["VirtualMFADevices"] if "UserName" in device.get("User", {})}
    assert {name for name in users if iam.list_mfa_devices(UserName=name)["MFADevices"]} == devices


def test_what_no_account_has(example):
    ec2 = payments(example, "ec2", "eu-west-1")
    assert ec2.describe_addresses()["Addresses"] == []
    assert ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"] == []
    assert ec2.describe_flow_logs()["FlowLogs"] == []
    assert ec2.describe_images(Owners=["self"])["Images"] == []
    assert ec2.describe_launch_templates()["LaunchTemplates"] == []
    assert ec2.describe_network_acls()["NetworkAcls"] == []
    assert ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"] == []
    assert ec2.describe_transit_gateways()["TransitGateways"] == []
    assert ec2.describe_volumes()["Volumes"] == []
    assert ec2.describe_vpc_endpoint_services()["ServiceDetails"] == []
    assert ec2.describe_vpc_peering_connections()["VpcPeeringConnections"] == []
    assert ec2.describe_vpn_connections()["VpnConnections"] == []
    assert payments(example, "logs").describe_resource_policies()["resourcePolicies"] == []
    assert payments(example, "ssm").list_documents()["DocumentIdentifiers"] == []
    assert payments(example, "ssm").list_resource_compliance_summaries()["ResourceComplianceSummaryItems"] == []
    assert payments(example, "config").describe_configuration_aggregators()["ConfigurationAggregators"] == []


def test_functions_have_neither_policy_nor_url(example):
    functions = payments(example, "lambda")
    assert functions.list_event_source_mappings()["EventSourceMappings"] == []
    assert functions.list_tags(Resource=f"arn:aws:lambda:us-east-1:{PAYMENTS}:function:orders")["Tags"] == {}
    for ask in (functions.get_policy, functions.get_function_url_config):
        with pytest.raises(ClientError) as caught:
            ask(FunctionName="orders")
        assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_delivery_channels_are_those_with_a_status(generated):
    seen = set()
    for region in generated.client("ec2").describe_regions()["Regions"]:
        config = generated.client("config", region=region["RegionName"])
        names = [channel["name"] for channel in config.describe_delivery_channels()["DeliveryChannels"]]
        assert names == [channel["name"] for channel in config.describe_delivery_channel_status()["DeliveryChannelsStatus"]]
        seen.add(len(names))
    assert seen == {0, 1}, "the regions are too much alike to prove anything"


def test_users_their_keys_and_passwords_are_those_of_the_credential_report(generated):
    iam = generated.client("iam")
    report, _ = credential_report(iam)
    users = [row for row in report if row["user"] != "<root_account>"]
    assert users
    for row in users:
        name = row["user"]
        assert iam.get_user(UserName=name)["User"]["UserName"] == name
        keys = [row["access_key_1_active"], row["access_key_2_active"]]
        listed = [key["Status"] for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]]
        assert listed.count("Active") == keys.count("true"), name
        if row["password_enabled"] == "true":
            assert iam.get_login_profile(UserName=name)["LoginProfile"]["UserName"] == name
        else:
            with pytest.raises(iam.exceptions.NoSuchEntityException):
                iam.get_login_profile(UserName=name)


def test_policies_and_who_has_them(generated):
    iam = generated.client("iam")
    roles = every(iam, "list_roles", "Roles")
    attached = {role["RoleName"]: [p["PolicyArn"] for p in every(iam, "list_attached_role_policies", "AttachedPolicies", RoleName=role["RoleName"])] for role in roles}
    for policy in [*every(iam, "list_policies", "Policies", Scope="Local"), {"Arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]:
        entities = iam.list_entities_for_policy(PolicyArn=policy["Arn"], EntityFilter="Role")
        assert {role["RoleName"] for role in entities["PolicyRoles"]} == {name for name, arns in attached.items() if policy["Arn"] in arns}
        assert entities["PolicyUsers"] == []
        if "DefaultVersionId" in policy:
            assert iam.get_policy(PolicyArn=policy["Arn"])["Policy"]["DefaultVersionId"] == policy["DefaultVersionId"]
            version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])["PolicyVersion"]
            assert version["IsDefaultVersion"] and version["Document"]["Statement"]
            assert iam.list_policy_tags(PolicyArn=policy["Arn"])["Tags"] == []
    assert iam.get_role(RoleName=roles[0]["RoleName"])["Role"]["Arn"] == roles[0]["Arn"]


def test_other_services_one_by_one(example, generated):
    assert payments(example, "resourcegroupstaggingapi").get_resources()["ResourceTagMappingList"] == []
    account = example.client("organizations").describe_account(AccountId=PAYMENTS)["Account"]
    assert account["Id"] == PAYMENTS and account["Status"] == "ACTIVE"
    s3 = generated.client("s3")
    buckets = s3.list_buckets(MaxBuckets=100)["Buckets"]
    assert buckets
    for bucket in buckets:
        assert (s3.get_bucket_location(Bucket=bucket["Name"])["LocationConstraint"] or "us-east-1") == bucket["BucketRegion"]
    reservations = generated.client("ec2").describe_instances()["Reservations"]
    instances = [instance for reservation in reservations for instance in reservation["Instances"]]
    assert instances and all(instance["PrivateDnsName"] for instance in instances)
