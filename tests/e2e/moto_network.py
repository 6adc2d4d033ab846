"""EC2 in moto: the accounts' networks and servers, and what must be seen of them.

moto gives every account a default VPC in every region, without an internet gateway. It lacks four settings of EC2.
"""

from moto_organization import AP, EU, REGIONS, US
from moto_services import SECRETS

TABLE = """
                                                    master  security  network  payments  search  sandbox  analytics
ebs-default-encryption              us-east-1       fail    pass      pass     fail      pass    fail     fail
ebs-default-encryption              eu-west-1       pass    pass      pass     fail      fail    fail     fail
ebs-default-encryption              ap-southeast-2  fail    pass      fail     fail      pass    fail     fail

vpc-default-absent                  us-east-1       fail    pass      fail     fail      fail    fail     fail
vpc-default-absent                  eu-west-1       fail    pass      fail     pass      fail    fail     fail
vpc-default-absent                  ap-southeast-2  fail    pass      fail     fail      fail    pass     fail

vpc-default-security-group-closed   us-east-1       fail2   pass      fail3    fail2     fail3   fail     fail
vpc-default-security-group-closed   eu-west-1       fail    pass      fail     pass      fail    fail2    fail
vpc-default-security-group-closed   ap-southeast-2  fail    pass      fail2    fail2     fail2   pass     pass

security-group-admin-port-open      us-east-1       pass    pass      fail2    pass      pass    pass     pass
security-group-admin-port-open      eu-west-1       pass    pass      pass     fail      pass    fail     pass
security-group-admin-port-open      ap-southeast-2  pass    pass      pass     pass      fail    pass     pass

server-in-public-subnet             us-east-1       pass    pass      pass     fail      pass    pass     pass
server-in-public-subnet             eu-west-1       pass    pass      pass     pass      pass    pass     pass
server-in-public-subnet             ap-southeast-2  pass    pass      pass     pass      pass    pass     pass

vpc-s3-endpoint-present             us-east-1       pass    pass      pass     fail      pass    pass     pass
vpc-s3-endpoint-present             eu-west-1       pass    pass      pass     pass      pass    pass     pass
vpc-s3-endpoint-present             ap-southeast-2  pass    pass      fail     pass      pass    pass     pass

ebs-snapshot-public-access-blocked  each            error   error     error    error     error   error    error
ami-public-access-blocked           each            error   error     error    error     error   error    error
imdsv2-required-by-default          each            error   error     error    error     error   error    error
serial-console-disabled             each            error   error     error    error     error   error    error
"""


def seed(organization):
    encryption(organization)
    default_vpcs(organization)
    security_groups(organization)
    servers(organization)
    endpoints(organization)
    default_groups(organization)


def encryption(organization):
    for name, regions in [("master", (EU,)), ("security", REGIONS), ("network", (US, EU)), ("search", (US, AP))]:
        for region in regions:
            organization.accounts[name].client("ec2", region).enable_ebs_encryption_by_default()


def default_vpcs(organization):
    """Some lose it, and in one something lives."""
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


def vpc_with_subnets(ec2):
    """A VPC, a subnet that its main table serves, and a subnet with a table of its own that leads to the internet."""
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    inner = ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.0.0/24")["Subnet"]["SubnetId"]
    outer = ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.1.0/24")["Subnet"]["SubnetId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    ec2.associate_route_table(RouteTableId=table, SubnetId=outer)
    return vpc, inner, outer


def nat_gateway(ec2, subnet):
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    return ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]


def servers(organization):
    """In payments one by the internet, with a password in its user data; in search one behind a NAT gateway."""

    def instance(ec2, subnet, text):
        image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        made = ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1, SubnetId=subnet, UserData=text)
        return made["Instances"][0]["InstanceId"]

    ec2 = organization.accounts["payments"].client("ec2", US)
    vpc, inner, outer = vpc_with_subnets(ec2)
    exposed = instance(ec2, outer, f"#!/bin/sh\nexport PASSWORD={SECRETS[3]}\n")
    instance(ec2, inner, "#!/bin/sh\ndnf -y update\n")
    nat_gateway(ec2, outer)
    organization.fails("payments", US, "server-in-public-subnet", exposed)
    organization.fails("payments", US, "ec2-user-data-no-secrets", exposed)
    organization.fails("payments", US, "vpc-s3-endpoint-present", vpc)

    ec2 = organization.accounts["search"].client("ec2", US)
    vpc, inner, outer = vpc_with_subnets(ec2)
    instance(ec2, inner, "")
    nat_gateway(ec2, outer)
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{US}.s3", VpcEndpointType="Gateway")


def endpoints(organization):
    """An interface endpoint is no gateway endpoint, and one of another service is none for S3."""
    ec2 = organization.accounts["network"].client("ec2", AP)
    vpc, inner, outer = vpc_with_subnets(ec2)
    nat_gateway(ec2, outer)
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{AP}.dynamodb", VpcEndpointType="Gateway")
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{AP}.s3", VpcEndpointType="Interface", SubnetIds=[inner])
    organization.fails("network", AP, "vpc-s3-endpoint-present", vpc)


def default_groups(organization):
    """Every VPC has one, with rules. Two accounts took them away, each in a region."""
    for name, account in organization.accounts.items():
        for region in REGIONS:
            ec2 = account.client("ec2", region)
            for group in ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["default"]}])["SecurityGroups"]:
                if (name, region) not in {("payments", EU), ("analytics", AP)}:
                    organization.fails(name, region, "vpc-default-security-group-closed", group["GroupId"])
                    continue
                if group["IpPermissions"]:
                    ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
                ec2.revoke_security_group_egress(GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"])
