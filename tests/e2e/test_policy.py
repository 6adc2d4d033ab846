"""The IAM policies that the program prints, as parliament (a linter of IAM policies) and the catalogue see them."""

import json

import pytest
from parliament import analyze_policy_string, enhance_finding

from harness import call, call_json, catalogue, write_config

CHECKS = catalogue()
EVERYTHING = {
    "checks": {
        "enable": [check["id"] for check in CHECKS.values() if check["activation"] == "by_name"],
        "allow_billable": True,
    },
    "metrics": {"account_labels": ["team"]},
}
CONFIGURATIONS = {"defaults": {}, "everything": EVERYTHING}
# Whose policies allow something; the one of trust says who may have them.
WHO = ["member", "hub", "organization"]
EXTERNAL_ID, ORGANIZATION = "a-value-of-our-own", "o-a1b2c3d4e5"
PRINCIPAL = "arn:aws:iam::111122223333:role/orgsweep"
# What a sweep calls in every account beside what checks declare.
OF_THE_SWEEP = {"ec2:DescribeRegions"}
# AWS counts no white space.
MANAGED_POLICY_LIMIT = 6144
# What parliament finds and we stand by: the finding, and why.
JUSTIFIED = {
    # Whose budgets, monitors or log groups there are is what a check has to find out: it cannot name them in advance. For actions that
    # know no resources at all, parliament does not say this.
    "RESOURCE_STAR": "the resources are not known before they are listed",
}


@pytest.fixture(params=CONFIGURATIONS, ids=list(CONFIGURATIONS))
def config(request, tmp_path):
    return write_config(tmp_path, CONFIGURATIONS[request.param])


def enabled(config):
    """The checks that a configuration switches on."""
    everything = "enable" in json.loads(config.read_text()).get("checks", {})
    return [check for check in CHECKS.values() if everything or check["enabled_by_default"]]


def actions(policy):
    return {action for statement in policy["Statement"] for action in statement["Action"]}


def found(policy):
    """What parliament finds."""
    return [enhance_finding(finding) for finding in analyze_policy_string(json.dumps(policy)).findings]


def findings(policy):
    """What of that is not justified above."""
    return [finding for finding in found(policy) if finding.issue not in JUSTIFIED]


@pytest.mark.parametrize("who", WHO)
def test_parliament_finds_nothing(config, who):
    policy = call_json("policy", who, "--config", config)
    assert not findings(policy), [str(finding) for finding in findings(policy)]
    for statement in policy["Statement"]:
        assert statement["Effect"] == "Allow" and statement["Sid"].isalnum(), statement
        assert statement["Action"] == sorted(set(statement["Action"])), statement
        assert not any("*" in action for action in statement["Action"]), statement
    sids = [statement["Sid"] for statement in policy["Statement"]]
    assert len(sids) == len(set(sids)), sids


def test_parliament_does_find_what_is_wrong():
    """Else its silence would mean nothing."""
    statement = {"Effect": "Allow", "Action": ["ec2:DescribeNoSuchThing"], "Resource": "*"}
    assert [finding.issue for finding in findings({"Version": "2012-10-17", "Statement": [statement]})] == ["UNKNOWN_ACTION"]


def test_nothing_is_justified_that_parliament_does_not_find(tmp_path):
    policies = [call_json("policy", who, "--config", write_config(tmp_path, EVERYTHING)) for who in WHO]
    assert {finding.issue for policy in policies for finding in found(policy)} >= set(JUSTIFIED)


def test_the_member_s_policy_is_what_the_enabled_checks_need(config):
    policy = call_json("policy", "member", "--config", config)
    assert actions(policy) == OF_THE_SWEEP.union(*(check["member_actions"] for check in enabled(config)))
    assert {statement["Resource"] for statement in policy["Statement"]} == {"*"}
    assert len(json.dumps(policy, separators=(",", ":"))) <= MANAGED_POLICY_LIMIT


def test_the_member_s_policy_only_reads(config):
    verbs = ("Get", "List", "Describe", "Generate", "View")
    for action in actions(call_json("policy", "member", "--config", config)):
        assert action.split(":")[1].startswith(verbs), action


def test_the_hub_s_policy_has_what_the_enabled_checks_ask_of_the_organization(config):
    policy = call_json("policy", "hub", "--config", config)
    assume, read = policy["Statement"]
    assert (assume["Action"], assume["Resource"]) == (["sts:AssumeRole"], "arn:aws:iam::*:role/OrgsweepAudit")
    asked = set().union(*(check["hub_actions"] for check in enabled(config)))
    assert asked <= set(read["Action"])
    assert set(read["Action"]) - asked <= {
        "organizations:DescribeOrganization",
        "organizations:ListAccounts",
        "tag:GetResources",
        "organizations:ListAccountsForParent",
        "organizations:ListOrganizationalUnitsForParent",
        "organizations:ListRoots",
        "organizations:ListTagsForResource",
    }


def test_the_trust_policy(tmp_path):
    config = write_config(tmp_path, {"sessions": {"external_id": EXTERNAL_ID}})
    policy = call_json("policy", "trust", "--config", config, "--principal", PRINCIPAL, "--organization-id", ORGANIZATION)
    (statement,) = policy["Statement"]
    assert statement["Principal"] == {"AWS": PRINCIPAL} and statement["Action"] == ["sts:AssumeRole"]
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION, "sts:ExternalId": EXTERNAL_ID}}
    assert "Resource" not in statement


def test_without_a_principal_the_trust_policy_is_one_that_aws_refuses(tmp_path):
    done = call("policy", "trust", folder=tmp_path)
    assert done.returncode == 0 and "--principal" in done.stderr
    (account,) = json.loads(done.stdout)["Statement"][0]["Principal"].values()
    assert not account.split(":")[4].isdigit()


@pytest.mark.parametrize("who", ["member", "hub", "organization", "trust"])
def test_the_text_is_always_the_same(config, who):
    one, other = (call("policy", who, "--config", config).stdout for _ in range(2))
    assert one == other and one.startswith('{\n  "Version": "2012-10-17",\n')
