"""A scan of an organization in a moto server, whose answers nobody here wrote: every verdict against a table written by hand."""

import pytest

from harness import START, beside_python, environment, free_port, get, wait_until
from moto_organization import MANAGEMENT, REGIONS, seeded
from verdicts import assert_verdicts, by_place

# What moto cannot be brought to say: its root user never has MFA, nor an access key. It lacks an operation that
# config-recorder-enabled needs, and all of Access Analyzer: it answers those with HTTP 500 and a page of HTML.
TABLE = """
                                                master   security  network  payments  search  sandbox  retired
root-access-key-absent          global          pass     pass      pass     pass      pass    pass     suspended
root-mfa-enabled                global          fail     fail      fail     fail      fail    fail     suspended
iam-user-mfa-enabled            global          pass     pass      pass     fail2     fail    pass     suspended
iam-password-policy-strong      global          n/a      pass      n/a      fail      fail    pass     suspended
cloudtrail-multi-region-logging global          pass     pass      fail     fail      fail    fail     suspended
s3-account-public-access-block  global          pass     pass      fail     fail      pass    fail     suspended

config-recorder-enabled         us-east-1       error    error     error    error     error   error    suspended
config-recorder-enabled         eu-west-1       error    error     error    error     error   error    suspended
config-recorder-enabled         ap-southeast-2  error    error     error    error     error   error    suspended

access-analyzer-enabled         us-east-1       error    error     error    error     error   error    suspended
access-analyzer-enabled         eu-west-1       error    error     error    error     error   error    suspended
access-analyzer-enabled         ap-southeast-2  error    error     error    error     error   error    suspended

securityhub-enabled             us-east-1       pass     pass      fail     fail      fail    fail     suspended
securityhub-enabled             eu-west-1       fail     pass      fail     pass      fail    fail     suspended
securityhub-enabled             ap-southeast-2  fail     pass      fail     pass      pass    fail     suspended

guardduty-enabled               us-east-1       pass     pass      fail     fail      fail    fail     suspended
guardduty-enabled               eu-west-1       pass     pass      fail     fail      fail    pass     suspended
guardduty-enabled               ap-southeast-2  fail     pass      fail     pass      fail    fail     suspended

ebs-default-encryption          us-east-1       fail     pass      pass     fail      pass    fail     suspended
ebs-default-encryption          eu-west-1       pass     pass      pass     fail      fail    fail     suspended
ebs-default-encryption          ap-southeast-2  fail     pass      fail     fail      pass    fail     suspended

vpc-default-absent              us-east-1       fail     pass      fail     fail      fail    fail     suspended
vpc-default-absent              eu-west-1       fail     pass      fail     pass      fail    fail     suspended
vpc-default-absent              ap-southeast-2  fail     pass      fail     fail      fail    pass     suspended

security-group-admin-port-open  us-east-1       pass     pass      fail2    pass      pass    pass     suspended
security-group-admin-port-open  eu-west-1       pass     pass      pass     fail      pass    fail     suspended
security-group-admin-port-open  ap-southeast-2  pass     pass      pass     pass      fail    pass     suspended
"""
WORDS = {
    "pass": "pass",
    "fail": "fail 1",
    "fail2": "fail 2",
    "n/a": "not_applicable",
    "error": "unknown aws_error",
    "suspended": "unknown account_suspended",
}
UNITS = {"security": "/Security", "payments": "/Workloads/Production", "search": "/Workloads"}


def expectations(organization):
    names, *rows = [line.split() for line in TABLE.strip().splitlines() if line.strip()]
    return {
        (organization.accounts[name].id, region, check): WORDS[word]
        for check, region, *words in rows
        for name, word in zip(names, words, strict=True)
    }


@pytest.fixture(scope="module")
def moto(programs):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = programs.start(beside_python("moto_server"), "-H", "127.0.0.1", "-p", port, env=environment())
    wait_until("moto", lambda: get(url + "/moto-api/").status == 200, START, process)
    return url


@pytest.fixture(scope="module")
def organization(moto):
    return seeded(moto)


@pytest.fixture(scope="module")
def scanned(moto, organization, scan):
    done = scan(moto, "--format", "json", config={"select": {"regions": {"include": list(REGIONS)}}}, seconds=120)
    print(f"\nseven accounts and three regions in moto took {done.seconds:.1f} s")
    return done.document


def test_every_verdict_is_as_seeded(organization, scanned):
    expected = expectations(organization)
    assert len(expected) == 7 * (6 + 3 * 7), "the table has lost a row"
    assert_verdicts(scanned, expected)


def test_what_moto_answers_is_seen_to_pass_and_to_fail(scanned, checks):
    seen = {(verdict["check"], verdict["status"]) for verdict in scanned["verdicts"]}
    one_sided = {("root-access-key-absent", "fail"), ("root-mfa-enabled", "pass")}
    blind = {(check, status) for check in ("config-recorder-enabled", "access-analyzer-enabled") for status in ("pass", "fail")}
    expected = {(check, status) for check in checks for status in ("pass", "fail")} - one_sided - blind
    assert {(check, status) for check, status in seen if status in ("pass", "fail")} == expected


def test_the_failing_resources_are_the_seeded_ones(organization, scanned):
    rows = by_place(scanned["verdicts"])
    for where, resources in organization.failing.items():
        if where[0] == organization.accounts["retired"].id:
            continue
        assert {finding["resource"] for finding in rows[where]["findings"]} == resources, where
    used = rows[organization.accounts["network"].id, "eu-west-1", "vpc-default-absent"]["findings"][0]["reason"]
    unused = rows[organization.accounts["network"].id, "us-east-1", "vpc-default-absent"]["findings"][0]["reason"]
    assert "used by 1 network interface" in used and "used by nothing" in unused, (used, unused)


def test_the_accounts_have_their_units_and_states(organization, scanned):
    assert scanned["organization"] == {"id": organization.id, "management_account_id": MANAGEMENT}
    expected = {
        account.id: {
            "id": account.id,
            "name": name,
            "ou_path": UNITS.get(name, "/"),
            "state": "SUSPENDED" if name == "retired" else "ACTIVE",
            "reachable": name != "retired",
            "blind_reason": "account_suspended" if name == "retired" else None,
        }
        for name, account in organization.accounts.items()
    }
    assert {account["id"]: account for account in scanned["accounts"]} == expected


def test_an_operation_that_moto_lacks_blinds_only_its_own_checks(scanned):
    blind = [verdict for verdict in scanned["verdicts"] if verdict["blind_reason"] == "aws_error"]
    assert {verdict["check"] for verdict in blind} == {"config-recorder-enabled", "access-analyzer-enabled"}
    for verdict in blind:
        assert verdict["missing_action"] is None, verdict
        assert "HTTP 500" in verdict["reason"] and "<html" not in verdict["reason"], verdict
