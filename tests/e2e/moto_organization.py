"""An organization in a moto server: its accounts, and the boto3 clients that act in them."""

import collections
import json
import re

import boto3
from botocore.config import Config

from harness import ACCESS_KEY, SECRET_KEY

US, EU, AP = REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2")
MANAGEMENT = "123456789012"
# The region in which the scans look for what an account has but once.
HOME = US


class Account:
    """An account and the boto3 clients that act in it."""

    def __init__(self, url, number, credentials):
        self.id, self._url, self._credentials, self._clients = number, url, credentials, {}

    def client(self, service, region=US):
        if (service, region) not in self._clients:
            self._clients[service, region] = self._new_client(service, region)
        return self._clients[service, region]

    def _new_client(self, service, region):
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

    def __init__(self, url, features="ALL"):
        base = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY}
        self.management = Account(url, MANAGEMENT, base)
        self.failing = collections.defaultdict(set)
        self.accounts = {}
        self.units = {}
        self._url, self._organizations = url, self.management.client("organizations")
        self.id = self._organizations.create_organization(FeatureSet=features)["Organization"]["Id"]
        self.root = self._organizations.list_roots()["Roots"][0]["Id"]
        # moto names the management account so.
        self.accounts["master"] = self._assume(MANAGEMENT)

    def unit(self, name, parent=None):
        parent = self.units[parent] if parent else self.root
        self.units[name] = self._organizations.create_organizational_unit(ParentId=parent, Name=name)["OrganizationalUnit"]["Id"]

    def account(self, name, unit=None, **tags):
        number = self._organizations.create_account(Email=f"{name}@example.com", AccountName=name)["CreateAccountStatus"]["AccountId"]
        if unit:
            self._organizations.move_account(AccountId=number, SourceParentId=self.root, DestinationParentId=self.units[unit])
        if tags:
            self._organizations.tag_resource(ResourceId=number, Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
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


def event_rule(account, name, pattern, region=HOME, target=True, enabled=True):
    """A rule of EventBridge."""
    events = account.client("events", region)
    events.put_rule(Name=name, EventPattern=json.dumps(pattern), State="ENABLED" if enabled else "DISABLED")
    if target:
        events.put_targets(Rule=name, Targets=[{"Id": "told", "Arn": f"arn:aws:sns:{region}:{account.id}:told"}])
