"""A scan of an organization in a moto server, whose answers nobody here wrote: every verdict against tables written by hand.

What is made in the accounts, and what each must show, is in moto_seeds.py and the modules that it names. A check of the organization has
one verdict in it: a second, bare organization shows others.
"""

import pytest

import moto_services
import moto_settings
from harness import START, beside_python, environment, free_port, get, wait_until
from moto_organization import EU, HOME, MANAGEMENT, REGIONS, US, Organization
from moto_seeds import expectations, rows, seeded
from verdicts import assert_verdicts, by_place

# Off by default, and without costs.
ENABLED = ["config-recording-cost-tuned", "securityhub-score"]
PARAMS = {"support-plan-adequate": {"tags": {"Support": ["paid"]}}}
UNITS = {"security": "/Security", "payments": "/Workloads/Production", "search": "/Workloads"}

# The operations that moto lacks, by the checks that cannot decide without them.
LACKING = {
    "access-analyzer-enabled": "accessanalyzer:ListAnalyzers",
    "account-contact-phone-international": "account:GetContactInformation",
    "ami-public-access-blocked": "ec2:GetImageBlockPublicAccessState",
    "billing-alarm-configured": "cloudwatch:DescribeAlarms",
    "budgets-alert-thresholds": "budgets:DescribeSubscribersForNotification",
    "compute-optimizer-enrolled": "compute-optimizer:GetEnrollmentStatus",
    "config-recorder-enabled": "config:DescribeDeliveryChannelStatus",
    "config-rule-remediation": "config:DescribeRemediationConfigurations",
    "cost-anomaly-detection-enabled": "ce:GetAnomalyMonitors",
    "detective-enabled": "detective:ListGraphs",
    "ebs-snapshot-public-access-blocked": "ec2:GetSnapshotBlockPublicAccessState",
    "iam-root-credentials-centrally-managed": "iam:ListOrganizationsFeatures",
    "imdsv2-required-by-default": "ec2:GetInstanceMetadataDefaults",
    "instance-ssm-managed": "ssm:DescribeInstanceInformation",
    "organizations-control-tower-landing-zone": "controltower:ListLandingZones",
    "securityhub-fsbp-enabled": "securityhub:GetEnabledStandards",
    "serial-console-disabled": "ec2:GetSerialConsoleAccessStatus",
    "support-plan-adequate": "support:DescribeSeverityLevels",
}
ALARMS = "cloudwatch:DescribeAlarms"
# Answers of moto without a part that AWS sends and the rule needs.
INCOMPLETE = {
    "config-recording-cost-tuned": "the recorder default has no recording mode",
    "root-unused": "the credential report has no row for the root user",
}


def settings(**checks):
    regions = {"include": list(REGIONS), "home": HOME}
    return {"select": {"regions": regions}, "checks": {"enable": ENABLED, "params": PARAMS} | checks}


@pytest.fixture(scope="module")
def moto_server(programs):
    def start():
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        process = programs.start(beside_python("moto_server"), "-H", "127.0.0.1", "-p", port, env=environment())
        wait_until("moto", lambda: get(url + "/moto-api/").status == 200, START, process)
        return url

    return start


@pytest.fixture(scope="module")
def moto(moto_server):
    return moto_server()


@pytest.fixture(scope="module")
def organization(moto):
    return seeded(moto)


@pytest.fixture(scope="module")
def whole(moto, organization, scan):
    done = scan(moto, "--format", "json", config=settings(), seconds=400)
    print(f"\neight accounts and three regions in moto took {done.seconds:.1f} s")
    return done


@pytest.fixture(scope="module")
def scanned(whole):
    return whole.document


def test_every_verdict_is_as_seeded(organization, scanned):
    assert_verdicts(scanned, expectations(organization))


def test_every_check_is_in_the_tables(checks):
    """But for the one that costs money."""
    places = [(check, region) for check, region, _ in rows()]
    assert len(places) == len(set(places)), "a row is there twice"
    assert {check for check, _ in places} == set(checks) - {"cost-explorer-enabled"}
    for id, check in checks.items():
        regions = {region for row, region in places if row == id}
        assert not regions or regions == (set(REGIONS) if check["scope"] == "region" else {"global"}), id


def test_what_moto_answers_is_seen_to_pass_and_to_fail(scanned, checks):
    seen = {check: set() for check in checks}
    for verdict in scanned["verdicts"]:
        seen[verdict["check"]].add(verdict["status"])
    one_sided = {
        # The same for all of moto's root users, and nothing there is old.
        "root-access-key-absent": {"pass"},
        "root-mfa-enabled": {"fail"},
        "root-mfa-redundant": {"fail"},
        "iam-access-key-rotated": {"pass"},
        "iam-credentials-unused": {"pass"},
        # Nothing is ever delivered to a log group.
        "cloudtrail-cloudwatch-logs-delivery": {"fail"},
        # What is right about alarms is not seen.
        "budgets-alert-thresholds": {"fail"},
        # A recorder without the noisy types records them at no cost; how often others are recorded is not said.
        "config-recording-cost-tuned": {"pass"},
        # The tables have one organization: see `test_a_bare_organization`.
        "organizations-all-features": {"pass"},
        "organizations-custom-scp-attached": {"pass"},
        "organizations-environments-separated": {"pass"},
        "identity-center-enabled": {"pass"},
        "identity-center-least-privilege": {"pass"},
    }
    undecided = set(LACKING) - {"budgets-alert-thresholds"} | {"root-unused", "cost-explorer-enabled"}
    attested = {"iam-billing-access-enabled", "identity-center-mfa-required", "billing-free-tier-alerts", "iac-adopted"}
    for check, statuses in seen.items():
        none = check in undecided or check in attested
        wanted = set() if none else one_sided.get(check, {"pass", "fail"})
        assert statuses & {"pass", "fail"} == wanted, check


def test_the_failing_resources_are_the_seeded_ones(organization, scanned):
    found = by_place(scanned["verdicts"])
    for where, resources in organization.failing.items():
        if where[0] == organization.accounts["retired"].id:
            continue
        assert {finding["resource"] for finding in found[where]["findings"]} == resources, where
    used = found[organization.accounts["network"].id, EU, "vpc-default-absent"]["findings"][0]["reason"]
    unused = found[organization.accounts["network"].id, US, "vpc-default-absent"]["findings"][0]["reason"]
    assert "used by 1 network interface" in used and "used by nothing" in unused, (used, unused)


def test_no_secret_is_shown(whole):
    for secret in moto_services.SECRETS:
        assert secret not in whole.stdout + whole.stderr, secret


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


def test_only_what_moto_lacks_blinds_a_check_and_no_other(scanned):
    blind = [verdict for verdict in scanned["verdicts"] if verdict["blind_reason"] == "aws_error"]
    for verdict in blind:
        check, reason = verdict["check"], verdict["reason"]
        assert verdict["missing_action"] is None and "<html" not in reason, verdict
        if check in INCOMPLETE:
            assert INCOMPLETE[check] in reason, verdict
            continue
        operation = ALARMS if check.startswith("alarm-") else LACKING[check]
        assert reason.startswith(f"{operation} in "), verdict
        assert any(f"HTTP {status} without an AWS error" in reason for status in (404, 500, 501)), verdict
    alarms = {verdict["check"] for verdict in blind if verdict["check"].startswith("alarm-")}
    assert {verdict["check"] for verdict in blind} - alarms == set(LACKING) | set(INCOMPLETE)


def test_what_moto_lacks_does_not_slow_the_sweep(moto, organization, whole, scan):
    """An operation that always fails is tried again, but not for long, and nothing else waits for it."""
    without = scan(moto, "--format", "json", config=settings(disable=[*LACKING, "alarm-*"]), seconds=400)
    requests = [done.document["api"]["requests"] for done in (whole, without)]
    print(f"\n{whole.seconds:.1f} s and {requests[0]} requests with the checks that moto cannot answer")
    print(f"{without.seconds:.1f} s and {requests[1]} requests without them")
    blind = {verdict["check"] for verdict in without.document["verdicts"] if verdict["blind_reason"] == "aws_error"}
    assert blind == set(INCOMPLETE)
    made = whole.document["api"]["by_operation"]
    for operation in {ALARMS, *LACKING.values()}:
        # Three tries, in each region of each account that is open, and once more for the organization.
        assert 0 < made[operation] <= 3 * (len(REGIONS) * (len(organization.accounts) - 1) + len(REGIONS)), (operation, made[operation])
    # Both scans are slow on a busy machine.
    assert whole.seconds < 2 * without.seconds + 30


BARE = {
    "organizations-all-features": "fail 1",
    "organizations-custom-scp-attached": "fail 1",
    "organizations-environments-separated": "fail 1",
    "identity-center-enabled": "pass",
    "identity-center-least-privilege": "fail 2",
    "cost-explorer-enabled": "pass",
}


def test_a_bare_organization(moto_server, scan):
    """One account beside the management account's, a policy that hangs nowhere, and administrators alone, for 13 hours.

    Cost Explorer costs nothing in moto, so that it may be asked, too: where the bill is paid."""
    url = moto_server()
    organization = Organization(url, "CONSOLIDATED_BILLING")
    organization.account("member", Environment="production")
    moto_settings.service_control_policy(organization, attached=False)
    moto_settings.permission_sets(organization, administrator_hours=13, lesser=False)
    checks = [argument for check in BARE for argument in ("--check", check)]
    config = settings(enable=["cost-explorer-enabled"], allow_billable=True)
    document = scan(url, *checks, "--format", "json", config=config).document
    expected = {(MANAGEMENT, "global", check): word for check, word in BARE.items()}
    expected[organization.accounts["member"].id, "global", "cost-explorer-enabled"] = "not_applicable"
    assert_verdicts(document, expected)
    reasons = " ".join(finding["reason"] for verdict in document["verdicts"] for finding in verdict["findings"])
    for words in ("CONSOLIDATED_BILLING", "production (1)", "13 h, wanted"):
        assert words in reasons, (words, reasons)
