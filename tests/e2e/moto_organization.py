"""An organization in a moto server, seeded through boto3: what its accounts contain, so that checks pass here and fail there."""

import collections
import re

import boto3
from botocore.config import Config

from harness import ACCESS_KEY, SECRET_KEY

US, EU, AP = REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2")
MANAGEMENT = "123456789012"
BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
STRONG = {"RequireSymbols": True, "RequireNumbers": True, "RequireUppercaseCharacters": True, "RequireLowercaseCharacters": True}
PASSWORD = "Correct-horse-battery-7"


class Account:
    """An account and the boto3 clients that act in it."""

    def __init__(self, url, number, credentials):
        self.id, self._url, self._credentials = number, url, credentials

    def client(self, service, region=US):
        client = boto3.client(
            service,
            endpoint_url=self._url,
            region_name=region,
            **self._credentials,
            config=Config(retries={"max_attempts": 1}, inject_host_prefix=False, proxies={}),
        )
        # S3 Control's endpoint rules put the account before the host, which resolves nowhere here.
        client.meta.events.register("before-sign.s3-control", without_account_in_host)
        return client


def without_account_in_host(request, **_):
    request.url = re.sub(r"//\d{12}\.", "//", request.url)


class Organization:
    """Accounts by name, and the resources that must be found failing by account id, region and check."""

    def __init__(self, url):
        base = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY}
        self.management = Account(url, MANAGEMENT, base)
        self.failing = collections.defaultdict(set)
        self.accounts = {}
        self.units = {}
        self._url, self._organizations = url, self.management.client("organizations")
        self.id = self._organizations.create_organization(FeatureSet="ALL")["Organization"]["Id"]
        self.root = self._organizations.list_roots()["Roots"][0]["Id"]
        # moto names the management account so.
        self.accounts["master"] = self._assume(MANAGEMENT)

    def unit(self, name, parent=None):
        parent = self.units[parent] if parent else self.root
        self.units[name] = self._organizations.create_organizational_unit(ParentId=parent, Name=name)["OrganizationalUnit"]["Id"]

    def account(self, name, unit=None):
        number = self._organizations.create_account(Email=f"{name}@example.com", AccountName=name)["CreateAccountStatus"]["AccountId"]
        if unit:
            self._organizations.move_account(AccountId=number, SourceParentId=self.root, DestinationParentId=self.units[unit])
        self.accounts[name] = self._assume(number)

    def close(self, name):
        self._organizations.close_account(AccountId=self.accounts[name].id)

    def fails(self, name, region, check, resource):
        self.failing[self.accounts[name].id, region, check].add(resource)

    def _assume(self, number):
        role = f"arn:aws:iam::{number}:role/OrgsweepAudit"
        given = self.management.client("sts").assume_role(RoleArn=role, RoleSessionName="seed")["Credentials"]
        keys = {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }
        account = Account(self._url, number, keys)
        acts_in = account.client("sts").get_caller_identity()["Account"]
        assert acts_in == number, f"moto gave a session in {acts_in} for {number}"
        return account


def seeded(url):
    """Six accounts in three regions, and one that is closed. What each must show is the table in test_moto.py."""
    organization = Organization(url)
    organization.unit("Security")
    organization.unit("Workloads")
    organization.unit("Production", "Workloads")
    for name, unit in [
        ("security", "Security"),
        ("network", None),
        ("payments", "Production"),
        ("search", "Workloads"),
        ("sandbox", None),
        ("retired", None),
    ]:
        organization.account(name, unit)
    organization.close("retired")
    users(organization)
    password_policies(organization)
    trails(organization)
    public_access_blocks(organization)
    detectors_and_hubs(organization)
    encryption(organization)
    default_vpcs(organization)
    security_groups(organization)
    return organization


def users(organization):
    def user(account, name, password=False, mfa=False, key=False):
        iam = organization.accounts[account].client("iam")
        iam.create_user(UserName=name)
        if password:
            iam.create_login_profile(UserName=name, Password=PASSWORD)
        if mfa:
            device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]
            iam.enable_mfa_device(UserName=name, SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="654321")
        if key:
            iam.create_access_key(UserName=name)
        if password and not mfa:
            organization.fails(account, "global", "iam-user-mfa-enabled", name)

    user("security", "ana", password=True, mfa=True)
    user("network", "deployer", key=True)
    user("payments", "ben", password=True)
    user("payments", "cleo", password=True, mfa=True, key=True)
    user("payments", "dora", password=True, key=True)
    user("search", "emil", password=True)
    user("sandbox", "fay", password=True, mfa=True)


def password_policies(organization):
    for name, rules in [
        ("security", STRONG | {"MinimumPasswordLength": 14}),
        ("search", STRONG | {"MinimumPasswordLength": 14, "RequireSymbols": False}),
        ("sandbox", STRONG | {"MinimumPasswordLength": 12}),
    ]:
        organization.accounts[name].client("iam").update_account_password_policy(**rules)


def trails(organization):
    both = [{"ReadWriteType": "All", "IncludeManagementEvents": True}]

    def trail(account, region, multi_region=True, logging=True, **selectors):
        account = organization.accounts[account]
        bucket = f"trail-{account.id}"
        account.client("s3").create_bucket(Bucket=bucket)
        cloudtrail = account.client("cloudtrail", region)
        cloudtrail.create_trail(Name="main", S3BucketName=bucket, IsMultiRegionTrail=multi_region)
        # moto gives a new trail no selectors; AWS gives it the one for all management events.
        cloudtrail.put_event_selectors(TrailName="main", **(selectors or {"EventSelectors": both}))
        if logging:
            cloudtrail.start_logging(Name="main")

    management = [{"Name": "management", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]
    trail("master", US, AdvancedEventSelectors=management)
    trail("security", EU)
    trail("payments", US, multi_region=False)
    trail("search", US, logging=False)
    trail("sandbox", US, EventSelectors=[{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}])


def public_access_blocks(organization):
    for name, off in [("master", ()), ("security", ()), ("payments", ("BlockPublicPolicy", "RestrictPublicBuckets")), ("search", ())]:
        account = organization.accounts[name]
        settings = {block: block not in off for block in BLOCKS}
        account.client("s3control").put_public_access_block(AccountId=account.id, PublicAccessBlockConfiguration=settings)


def detectors_and_hubs(organization):
    for name, regions in [("master", (US,)), ("security", REGIONS), ("payments", (EU, AP)), ("search", (AP,))]:
        for region in regions:
            organization.accounts[name].client("securityhub", region).enable_security_hub()
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


def encryption(organization):
    for name, regions in [("master", (EU,)), ("security", REGIONS), ("network", (US, EU)), ("search", (US, AP))]:
        for region in regions:
            organization.accounts[name].client("ec2", region).enable_ebs_encryption_by_default()


def default_vpcs(organization):
    """moto gives every account a default VPC in every region. Some lose it, and in one something lives."""
    gone = {("security", US), ("security", EU), ("security", AP), ("payments", EU), ("sandbox", AP)}
    for name, account in organization.accounts.items():
        for region in REGIONS:
            ec2 = account.client("ec2", region)
            (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
            subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]
            if (name, region) in gone:
                for subnet in subnets:
                    ec2.delete_subnet(SubnetId=subnet["SubnetId"])
                ec2.delete_vpc(VpcId=vpc["VpcId"])
                continue
            organization.fails(name, region, "vpc-default-absent", vpc["VpcId"])
            if (name, region) == ("network", EU):
                ec2.create_network_interface(SubnetId=subnets[0]["SubnetId"])


def security_groups(organization):
    def group(account, region, *permissions, fails=True):
        ec2 = organization.accounts[account].client("ec2", region)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        number = ec2.create_security_group(GroupName="made-for-the-test", Description="for the test", VpcId=vpc)["GroupId"]
        ec2.authorize_security_group_ingress(GroupId=number, IpPermissions=list(permissions))
        if fails:
            organization.fails(account, region, "security-group-admin-port-open", number)

    def prefix_list(account, region, *cidrs):
        ec2 = organization.accounts[account].client("ec2", region)
        entries = [{"Cidr": cidr} for cidr in cidrs]
        made = ec2.create_managed_prefix_list(PrefixListName="made-for-the-test", MaxEntries=10, AddressFamily="IPv4", Entries=entries)
        return made["PrefixList"]["PrefixListId"]

    def tcp(first, last, *cidrs, six=(), lists=()):
        return {
            "IpProtocol": "tcp",
            "FromPort": first,
            "ToPort": last,
            "IpRanges": [{"CidrIp": cidr} for cidr in cidrs],
            "Ipv6Ranges": [{"CidrIpv6": cidr} for cidr in six],
            "PrefixListIds": [{"PrefixListId": number} for number in lists],
        }

    group("master", US, tcp(443, 443, "0.0.0.0/0"), tcp(22, 22, "10.0.0.0/8"), fails=False)
    group("network", US, tcp(22, 22, "0.0.0.0/0"))
    group("network", US, {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]})
    group("payments", EU, tcp(3389, 3389, six=["::/0"]))
    group("payments", AP, {"IpProtocol": "udp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}, fails=False)
    group("search", AP, tcp(20, 25, lists=[prefix_list("search", AP, "10.0.0.0/8", "0.0.0.0/0")]))
    group("search", US, tcp(20, 25, lists=[prefix_list("search", US, "10.0.0.0/8", "192.168.0.0/16")]), fails=False)
    group("sandbox", EU, tcp(22, 22, "0.0.0.0/1", "128.0.0.0/1"))
