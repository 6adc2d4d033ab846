"""A scan of an organization that is described in a file: against what is written here, and against the simulation's own truth."""

import pytest

from harness import DATA
from verdicts import assert_verdicts, by_place, place, truth_in_words

FILE = DATA / "organization.yaml"
MANAGEMENT, SECURITY, PAYMENTS, SEARCH = "012345678901", "222222222222", "333333333333", "444444444444"
ACQUIRED, RETIRED, LEAVING = "555555555555", "666666666666", "777777777777"
US, EU, AP = REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-1")
CONFIG = {"sessions": {"role_name": "PostureAudit", "external_id": "partner-7"}}

# Everything that does not pass in the accounts that can be seen.
EXCEPTIONS = {
    (SECURITY, "eu-south-1", "securityhub-enabled"): "fail 1",
    (PAYMENTS, "global", "root-mfa-enabled"): "fail 1",
    (PAYMENTS, "global", "root-access-key-absent"): "fail 1",
    (PAYMENTS, "global", "iam-user-mfa-enabled"): "fail 3",
    (PAYMENTS, "global", "iam-password-policy-strong"): "fail 1",
    (PAYMENTS, "global", "cloudtrail-multi-region-logging"): "fail 1",
    (PAYMENTS, "global", "s3-account-public-access-block"): "fail 1",
    (PAYMENTS, US, "config-recorder-enabled"): "fail 1",
    (PAYMENTS, EU, "config-recorder-enabled"): "fail 1",
    (PAYMENTS, AP, "securityhub-enabled"): "fail 1",
    (PAYMENTS, US, "guardduty-enabled"): "fail 1",
    (PAYMENTS, AP, "guardduty-enabled"): "fail 1",
    (PAYMENTS, US, "access-analyzer-enabled"): "fail 1",
    (PAYMENTS, AP, "access-analyzer-enabled"): "fail 1",
    (PAYMENTS, US, "ebs-default-encryption"): "fail 1",
    (PAYMENTS, US, "vpc-default-absent"): "fail 1",
    (PAYMENTS, EU, "vpc-default-absent"): "fail 1",
    (PAYMENTS, AP, "vpc-default-absent"): "fail 1",
    (PAYMENTS, US, "security-group-admin-port-open"): "fail 2",
    (PAYMENTS, EU, "security-group-admin-port-open"): "fail 1",
    (SEARCH, "global", "root-mfa-enabled"): "unknown iam_deny",
    (SEARCH, "global", "root-access-key-absent"): "unknown iam_deny",
    (SEARCH, "global", "iam-password-policy-strong"): "not_applicable",
    (SEARCH, EU, "guardduty-enabled"): "unknown scp_deny",
    (SEARCH, US, "config-recorder-enabled"): "fail 1",
}
# The checks whose verdicts are written here, all of them, one by one.
WRITTEN = {check for _, _, check in EXCEPTIONS}
OUT_OF_REACH = {ACQUIRED: "role_missing", RETIRED: "account_suspended", LEAVING: "account_suspended"}
ACCOUNTS = {
    MANAGEMENT: ("management", "/", "ACTIVE"),
    SECURITY: ("security", "/Security", "ACTIVE"),
    PAYMENTS: ("prod-payments", "/Workloads/Production/Payment Systems", "ACTIVE"),
    SEARCH: ("dev-search", "/Workloads/Development", "ACTIVE"),
    ACQUIRED: ("acquired", "/", "ACTIVE"),
    RETIRED: ("retired", "/Suspended", "SUSPENDED"),
    LEAVING: ("leaving", "/Suspended", "PENDING_CLOSURE"),
}


def expectations(checks):
    expected = {}
    for account in ACCOUNTS:
        regions = REGIONS + ("eu-south-1",) if account == SECURITY else REGIONS
        for check in (checks[name] for name in WRITTEN):
            for region in ("global",) if check["scope"] == "account" else regions:
                expected[account, region, check["id"]] = f"unknown {OUT_OF_REACH[account]}" if account in OUT_OF_REACH else "pass"
    assert set(EXCEPTIONS) <= set(expected), "an exception names a place that there is not"
    return expected | EXCEPTIONS


@pytest.fixture(scope="module")
def endpoint(programs):
    return programs.simulate("--org", FILE)[1]


@pytest.fixture(scope="module")
def document(endpoint, scan):
    return scan(endpoint, "--format", "json", config=CONFIG).document


def test_every_verdict_is_as_written(document, checks):
    written = [verdict for verdict in document["verdicts"] if verdict["check"] in WRITTEN]
    assert len(WRITTEN) >= 12
    assert_verdicts(document | {"verdicts": written}, expectations(checks))


def test_every_verdict_equals_the_truth(document, truth, checks):
    rows = [row for row in truth("--org", FILE) if checks[row["check"]]["enabled_by_default"]]
    assert_verdicts(document, {place(row): truth_in_words(row) for row in rows})


def test_the_organization_and_its_accounts(document):
    assert document["organization"] == {"id": "o-everything01", "management_account_id": MANAGEMENT}
    expected = [
        {
            "id": account,
            "name": name,
            "ou_path": unit,
            "state": state,
            "reachable": account not in OUT_OF_REACH,
            "blind_reason": OUT_OF_REACH.get(account),
        }
        for account, (name, unit, state) in ACCOUNTS.items()
    ]
    assert document["accounts"] == expected


def test_findings_name_what_fails(document):
    rows = by_place(document["verdicts"])
    users = rows[PAYMENTS, "global", "iam-user-mfa-enabled"]["findings"]
    assert all(user["arn"] == f"arn:aws:iam::{PAYMENTS}:user/{user['resource']}" for user in users), users
    groups = rows[PAYMENTS, US, "security-group-admin-port-open"]["findings"]
    for group in groups:
        assert group["resource"].startswith("sg-"), groups
        assert group["arn"] == f"arn:aws:ec2:{US}:{PAYMENTS}:security-group/{group['resource']}", groups
        assert "0.0.0.0/0" in group["reason"] or "::/0" in group["reason"], groups
    (policy,) = rows[PAYMENTS, "global", "iam-password-policy-strong"]["findings"]
    assert "observed minimum length" in policy["reason"] and "wanted" in policy["reason"], policy


def test_without_the_external_id_no_role_can_be_assumed(endpoint, scan):
    config = {"sessions": CONFIG["sessions"] | {"external_id": None}}
    accounts = scan(endpoint, "--format", "json", config=config).document["accounts"]
    expected = {account: OUT_OF_REACH.get(account, "role_missing") for account in ACCOUNTS}
    assert {account["id"]: account["blind_reason"] for account in accounts} == expected


@pytest.mark.parametrize(
    "select, expected",
    [
        ({"include": {"ous": ["Workloads/*"]}}, {PAYMENTS, SEARCH}),
        ({"exclude": {"ous": ["Suspended"], "accounts": [ACQUIRED]}}, {MANAGEMENT, SECURITY, PAYMENTS, SEARCH}),
        ({"include": {"tags": {"Environment": "shared"}}}, {MANAGEMENT}),
    ],
)
def test_the_configuration_selects_accounts(endpoint, scan, select, expected):
    config = CONFIG | {"select": select}
    document = scan(endpoint, "--format", "json", "--check", "root-mfa-enabled", config=config).document
    assert {account["id"] for account in document["accounts"]} == expected
    assert {verdict["account_id"] for verdict in document["verdicts"]} == expected


def test_the_configuration_selects_regions(endpoint, scan):
    config = CONFIG | {"select": {"regions": {"include": ["eu-*"], "exclude": ["eu-west-1"]}}}
    document = scan(endpoint, "--format", "json", "--check", "securityhub-enabled", config=config).document
    assert {(verdict["account_id"], verdict["region"]) for verdict in document["verdicts"]} == {(SECURITY, "eu-south-1")}
