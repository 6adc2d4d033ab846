"""AWS at its worst: throttles, failures, cut-off and missing answers. What can be known is known and right, the rest is unknown by its name, and no place's trouble is another's."""

import json
import time
import urllib.request

import pytest

from harness import write_config
from verdicts import assert_verdicts, place, truth_in_words

MANAGEMENT, FIRST, SECOND, SICK, HUGE = (f"10000000000{number}" for number in range(1, 6))
REGIONS = ("us-east-1", "eu-west-1", "ap-south-1")
# Requests to Organizations are few and slow on purpose; these organizations are small.
HASTE = {"limits": {"shared_rps": {"organizations": 100}}}
RANDOM = [
    {"fault": "throttle", "probability": 0.3},
    {"fault": "error", "status": 500, "probability": 0.1},
    {"fault": "reset", "probability": 0.05},
]


def organization(*accounts, regions=REGIONS):
    accounts = [{"id": MANAGEMENT, "name": "management"}, *accounts]
    return {
        "organization": {"id": "o-faults00001", "management_account_id": MANAGEMENT},
        "regions": list(regions),
        "default_posture": "pass",
        "accounts": accounts,
    }


def account(number, **more):
    return {"id": number, "name": f"account-{number}"} | more


TWO = organization(account(FIRST), account(SECOND))


@pytest.fixture(scope="module")
def simulate(programs, folders):
    """A simulation of an organization with faults; returns its address and the path of the organization's file."""

    def run(content, faults=(), **more):
        folder = folders("organization")
        (folder / "organization.yaml").write_text(json.dumps(content))
        (folder / "faults.yaml").write_text(json.dumps({"faults": list(faults)} | more))
        _, address = programs.simulate("--org", folder / "organization.yaml", "--faults", folder / "faults.yaml")
        return address

    return run


@pytest.fixture(scope="module")
def truth_of(truth, folders):
    def rows(content):
        file = folders("truth") / "organization.yaml"
        file.write_text(json.dumps(content))
        return {place(row): truth_in_words(row) for row in truth("--org", file)}

    return rows


@pytest.fixture(scope="module")
def enabled(checks):
    return {name for name, check in checks.items() if check["enabled_by_default"]}


@pytest.fixture(scope="module")
def whole(simulate, scan, truth_of, enabled):
    """The two accounts without any fault: the verdicts, which are right, and the number of requests."""
    document = scan(simulate(TWO), "--format", "json", config=HASTE).document
    expected = {where: words for where, words in truth_of(TWO).items() if where[2] in enabled}
    assert_verdicts(document, expected)
    return expected, document["api"]["requests"]


def figures(address):
    with urllib.request.urlopen(f"{address}/-/stats", timeout=10) as answer:
        return json.load(answer)


def test_every_verdict_is_right_although_two_of_five_requests_fail(simulate, scan, whole):
    expected, requests = whole
    document = scan(simulate(TWO, RANDOM), "--format", "json", config=HASTE, seconds=400).document
    assert_verdicts(document, expected)
    assert document["api"]["throttled"] > requests / 5
    # 1.67 tries for an answer, by the faults' shares; the rest is luck.
    assert document["api"]["requests"] < 1.8 * requests


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "truncate", "probability": 0.3},
        {"fault": "malform", "probability": 0.1},
        {"fault": "error", "status": 503, "probability": 0.15},
        {"fault": "error", "status": 502, "html": True, "probability": 0.1},
        {"fault": "throttle", "retry_after": 1, "probability": 0.1},
        {"fault": "huge_pages"},
        {"fault": "slow_drip", "bytes_per_second": 20000},
    ],
    ids=lambda fault: "_".join(str(part) for part in fault.values()),
)
def test_what_passes_by_itself_changes_no_verdict(simulate, scan, whole, fault):
    expected, _ = whole
    # Of Organizations' own answers the listing is one, and there is no scan without it.
    spared = fault | {"services": ["ec2", "iam", "config", "securityhub", "guardduty", "cloudtrail", "logs", "lambda", "cloudwatch"]}
    document = scan(simulate(TWO, [spared]), "--format", "json", config=HASTE, seconds=400).document
    if fault.get("html") or fault["fault"] == "malform":
        # An answer that is none of AWS's is not asked for again and again: some may stay unknown, and none is wrong.
        unknown = {place(row) for row in document["verdicts"] if row["status"] == "unknown" and row["blind_reason"] == "aws_error"}
        assert len(unknown) < len(expected) / 10
        expected = {where: "unknown aws_error" if where in unknown else words for where, words in expected.items()}
    assert_verdicts(document, expected)


def test_credentials_that_end_on_the_way_are_renewed(simulate, scan, whole):
    expected, _ = whole
    fault = {"fault": "expired_token", "accounts": [FIRST], "services": ["ec2"], "regions": ["eu-west-1"], "after": 5, "times": 1}
    document = scan(simulate(TWO, [fault]), "--format", "json", config=HASTE).document
    assert_verdicts(document, expected)
    assert document["api"]["by_operation"]["sts:AssumeRole"] == 4


def test_a_silent_region_is_unknown_by_timeout_and_the_rest_is_right(simulate, scan, whole):
    expected, _ = whole
    address = simulate(TWO, [{"fault": "black_hole", "regions": ["ap-south-1"]}])
    done = scan(address, "--format", "json", config=HASTE, seconds=400)
    silent = {place(row): row for row in done.document["verdicts"] if row["region"] == "ap-south-1"}
    needs_no_answer = {where for where, words in expected.items() if where in silent and words.startswith("unknown")}
    assert {row["blind_reason"] for where, row in silent.items() if where not in needs_no_answer} == {"timeout"}
    told = {where: words for where, words in expected.items() if where[1] != "ap-south-1"}
    assert_verdicts(done.document | {"verdicts": [row for row in done.document["verdicts"] if row["region"] != "ap-south-1"]}, told)
    # One time-out of 20 s, and not one for each question: a target asks some forty.
    assert done.seconds < 120


def test_accounts_that_only_fail_take_nobody_else_s_retries(simulate, scan, truth_of, enabled):
    sick = [f"2{number:011}" for number in range(60)]
    content = organization(account(FIRST), *map(account, sick), regions=REGIONS[:2])
    # The eighth failure of a call is its last one. With this share there is hardly ever one.
    unwell = {"fault": "error", "status": 500, "accounts": [FIRST], "probability": 0.2}
    faults = [{"fault": "error", "status": 500, "accounts": sick}, unwell]
    document = scan(simulate(content, faults), "--format", "json", config=HASTE, seconds=400).document
    expected = {where: words for where, words in truth_of(content).items() if where[2] in enabled and where[0] in (MANAGEMENT, FIRST)}
    assert_verdicts(document | {"verdicts": [row for row in document["verdicts"] if row["account_id"] in (MANAGEMENT, FIRST)]}, expected)
    statuses = {row["status"] for row in document["verdicts"] if row["account_id"] in sick}
    assert statuses <= {"unknown", "not_applicable"}, "a sick account has verdicts"


def test_endless_pages_end(simulate, scan):
    address = simulate(TWO, [{"fault": "endless_pages", "accounts": [FIRST], "operations": ["DescribeSecurityGroups"]}])
    check = "security-group-admin-port-open"
    document = scan(address, "--format", "json", "--check", check, config=HASTE, seconds=400).document
    reasons = {row["account_id"]: row["blind_reason"] for row in document["verdicts"]}
    assert reasons[FIRST] == "truncated" and reasons[SECOND] is None


LIMITS = {
    "enforce": True,
    "default": {"rate": 10, "burst": 10},
    "services": {
        "ec2": {"rate": 20, "burst": 20},
        "iam": {"rate": 10, "burst": 10},
        "securityhub": {"rate": 3, "burst": 6},
        "organizations": {"rate": 5, "burst": 5},
        "sts": {"rate": 100, "burst": 100},
    },
}
# Not many requests at once either: what a busy machine has held up arrives in a crowd, which the simulation counts as one burst.
FEW = {"workers": 2, "in_flight": 16}
# A pace so low that every key has more to answer than it can at once, and an AWS that bears just that.
PACE = {"per_account_rps": {"ec2": 4, "iam": 2, "securityhub": 1, "default": 2}, "shared_rps": {"organizations": 2}}
TIGHT = {
    "enforce": True,
    "default": {"rate": 2, "burst": 2},
    "services": {
        "ec2": {"rate": 4, "burst": 4},
        "iam": {"rate": 2, "burst": 2},
        "securityhub": {"rate": 1, "burst": 2},
        "organizations": {"rate": 2, "burst": 2},
        "sts": {"rate": 100, "burst": 100},
    },
}


@pytest.mark.parametrize("pace, limits", [({}, LIMITS), (PACE, TIGHT)], ids=["usual", "low"])
def test_the_pace_stays_within_what_aws_bears(simulate, scan, whole, pace, limits):
    """The simulation's own count, with the configured limits: no key goes beyond its burst, and nothing is throttled."""
    expected, _ = whole
    address = simulate(TWO, rate_limits=limits)
    document = scan(address, "--format", "json", config={"limits": FEW | pace}, seconds=400).document
    assert_verdicts(document, expected)
    stats = figures(address)
    assert stats["rate_limits"]["throttled"] == 0, stats["rate_limits"]["worst"][:3]
    assert document["api"]["throttled"] == 0
    assert stats["outcomes"].get("rate_limited", 0) == 0, stats["outcomes"]


@pytest.mark.parametrize("limit, service", [(limit, service) for limit, services in PACE.items() for service in services])
def test_a_pace_above_what_aws_bears_is_noticed(simulate, scan, limit, service):
    """The same limits see a scan that is told to go faster than one of them: the test before can fail for each."""
    haste = PACE | {limit: PACE[limit] | {service: 100}}
    document = scan(simulate(TWO, rate_limits=TIGHT), "--format", "json", config={"limits": FEW | haste}, seconds=400).document
    assert document["api"]["throttled"] > 0


def test_a_lower_limit_than_configured_is_found(simulate, scan, whole):
    expected, _ = whole
    limits = {"enforce": True, "default": {"rate": 4, "burst": 4}, "services": {"organizations": {"rate": 50, "burst": 50}}}
    document = scan(simulate(TWO, rate_limits=limits), "--format", "json", config=HASTE, seconds=400).document
    assert_verdicts(document, expected)
    assert 0 < document["api"]["throttled"] < document["api"]["requests"] / 2


def test_a_huge_slow_account_takes_no_more_than_its_own_time(simulate, scan, programs, folders):
    """The small accounts of a daemon are all swept while the huge one is not nearly done."""
    small = [f"3{number:011}" for number in range(10)]
    content = organization(*map(account, small), account(HUGE, security_groups={"us-east-1": 60_000}), regions=REGIONS[:2])
    address = simulate(content, [{"fault": "latency", "ms": 3000, "accounts": [HUGE]}])
    folder = folders("config")
    config = HASTE | {"limits": HASTE["limits"] | {"workers": 4}, "metrics": {"detail": "region"}}
    daemon, url = programs.run(address, config)
    write_config(folder, config)

    def swept():
        with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        lines = [line for line in text.splitlines() if line.startswith("orgsweep_check_last_evaluated_timestamp_seconds{")]
        return {number for number in [*small, HUGE] if any(f'"{number}"' in line for line in lines)}

    deadline = time.monotonic() + 120
    while not set(small) <= (seen := swept()):
        assert time.monotonic() < deadline, f"not swept: {sorted(set(small) - seen)}\n{daemon.story()}"
        time.sleep(0.1)
    assert HUGE not in seen, "the huge account was to be the last"
