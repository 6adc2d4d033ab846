"""Faults and rate limits as boto3 sees them."""

import http.client
import itertools
import json
import subprocess
import time
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from simulation import DEADLINE, ROOT, Simulation, command

EXAMPLES = ROOT / "crates" / "sim" / "examples"
PAYMENTS, SEARCH, MANAGEMENT = "333333333333", "444444444444", "111111111111"
ONCE = {"retries": {"total_max_attempts": 1}}

# One operation of each protocol: service, method, arguments.
XML = ("iam", "get_account_summary", {})
EC2 = ("ec2", "describe_vpcs", {})
JSON = ("config", "describe_configuration_recorders", {})
CBOR = ("cloudwatch", "describe_alarms", {})
REST_JSON = ("guardduty", "list_detectors", {})
REST_XML = ("s3", "list_buckets", {})
PROTOCOLS = [XML, EC2, JSON, CBOR, REST_JSON, REST_XML]


@pytest.fixture(scope="module")
def simulation():
    simulation = Simulation("--org", str(EXAMPLES / "organization.yaml"))
    yield simulation
    simulation.close()


@pytest.fixture
def faults(simulation):
    yield simulation.set_faults
    simulation.own("DELETE", "/-/faults")


@pytest.fixture
def call(simulation):
    """One call without retries, unless the keywords say otherwise."""

    def call(operation, session=None, region="us-east-1", **config):
        service, method, arguments = operation
        return getattr(simulation.client(service, session, region, **{**ONCE, **config}), method)(**arguments)

    return call


def refusal(call, *arguments, **keywords):
    """The code, HTTP status and text of a call that must fail."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **keywords)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Message"]


def refusals(call, operations=PROTOCOLS):
    return [refusal(call, operation)[:2] for operation in operations]


def test_throttles_are_each_service_s_own(faults, call):
    faults({"fault": "throttle"})
    assert refusals(call) == [
        ("Throttling", 400),
        ("RequestLimitExceeded", 503),
        ("ThrottlingException", 400),
        ("Throttling", 400),
        ("TooManyRequestsException", 429),
        ("SlowDown", 503),
    ]
    assert refusal(call, ("organizations", "list_accounts", {}))[:2] == ("TooManyRequestsException", 400)


@pytest.mark.parametrize("operation", PROTOCOLS, ids=lambda operation: operation[0])
def test_boto3_takes_throttles_for_throttles_and_tries_again(simulation, faults, call, operation):
    faults({"fault": "throttle", "times": 2, "retry_after": 0})
    answer = call(operation, retries={"total_max_attempts": 3, "mode": "standard"})
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200 and answer["ResponseMetadata"]["RetryAttempts"] == 2
    assert simulation.stats()["outcomes"] == {"throttle": 2, "ok": 1}


def test_when_to_come_back_is_in_the_headers(faults, simulation):
    faults({"fault": "throttle", "retry_after": 2.5})
    with pytest.raises(ClientError) as caught:
        simulation.client("iam", **ONCE).get_account_summary()
    headers = caught.value.response["ResponseMetadata"]["HTTPHeaders"]
    assert (headers["retry-after"], headers["x-amz-retry-after"]) == ("3", "2500")


def test_denials(faults, call):
    faults({"fault": "deny"})
    assert refusals(call) == [
        ("AccessDenied", 403),
        ("UnauthorizedOperation", 403),
        ("AccessDeniedException", 400),
        ("AccessDeniedException", 400),
        ("AccessDeniedException", 403),
        ("AccessDenied", 403),
    ]
    assert "because no identity-based policy allows the iam:GetAccountSummary action" in refusal(call, XML)[2]
    faults({"fault": "scp_deny"})
    for operation in PROTOCOLS:
        assert refusal(call, operation)[2].endswith("with an explicit deny in a service control policy")


def test_a_role_that_cannot_be_assumed_for_a_while(faults, simulation):
    faults({"fault": "deny", "role_accounts": [PAYMENTS], "times": 1})
    assert refusal(simulation.assume, PAYMENTS)[:2] == ("AccessDenied", 403)
    assert simulation.assume(SEARCH) and simulation.assume(PAYMENTS)


def test_errors(faults, call):
    faults({"fault": "error"})
    assert [status for _, status in refusals(call)] == [500] * len(PROTOCOLS)
    assert refusal(call, EC2)[0] == "InternalError" and refusal(call, JSON)[0] == "InternalFailure"
    faults({"fault": "error", "status": 503})
    assert refusals(call) == [("ServiceUnavailable", 503)] * len(PROTOCOLS)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_load_balancer_s_page(faults, call, status):
    faults({"fault": "error", "status": status, "html": True})
    for operation in PROTOCOLS:
        # What botocore makes of HTML differs from protocol to protocol: it reads it as an error, or cannot read it.
        with pytest.raises((ClientError, ResponseParserError)) as caught:
            call(operation)
        if isinstance(caught.value, ClientError):
            assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_expired_tokens(faults, call):
    faults({"fault": "expired_token"})
    assert refusals(call) == [
        ("ExpiredToken", 403),
        ("RequestExpired", 400),
        ("ExpiredTokenException", 400),
        ("ExpiredTokenException", 400),
        ("ExpiredTokenException", 403),
        ("ExpiredToken", 400),
    ]


@pytest.mark.parametrize("seconds", [-7200, 7200])
def test_clocks_that_differ(faults, call, seconds):
    faults({"fault": "clock_skew", "seconds": seconds})
    ec2 = ("RequestExpired", 400) if seconds > 0 else ("AuthFailure", 401)
    assert refusals(call) == [
        ("SignatureDoesNotMatch", 403),
        ec2,
        ("InvalidSignatureException", 400),
        ("InvalidSignatureException", 400),
        ("InvalidSignatureException", 403),
        ("RequestTimeTooSkewed", 403),
    ]
    faults({"fault": "clock_skew", "seconds": 120})
    assert call(XML)


@pytest.mark.parametrize("operation", PROTOCOLS, ids=lambda operation: operation[0])
def test_a_reset(simulation, faults, call, operation):
    faults({"fault": "reset", "times": 1})
    with pytest.raises(ConnectionClosedError) as caught:
        call(operation)
    assert "Connection reset by peer" in str(caught.value.kwargs["error"])
    assert call(operation)
    assert simulation.stats()["outcomes"] == {"reset": 1, "ok": 1}


def test_a_black_hole(simulation, faults, call):
    faults({"fault": "black_hole", "regions": ["eu-west-1"]})
    with pytest.raises(ReadTimeoutError):
        call(EC2, region="eu-west-1", read_timeout=0.2)
    assert call(EC2), "other regions answer"
    until = time.monotonic() + DEADLINE
    while simulation.stats()["in_flight"]["now"]:
        assert time.monotonic() < until, "the server does not notice that its client has gone"


def test_a_slow_first_byte_and_a_slow_drip(faults, call):
    faults({"fault": "slow_first_byte", "seconds": 60})
    with pytest.raises(ReadTimeoutError):
        call(JSON, read_timeout=0.2)
    faults({"fault": "slow_drip", "bytes_per_second": 2})
    with pytest.raises(ReadTimeoutError):
        call(JSON, read_timeout=0.2)
    faults({"fault": "slow_drip", "bytes_per_second": 20_000})
    assert call(XML, read_timeout=DEADLINE)["SummaryMap"]


def test_latency_is_for_whom_it_is_meant(simulation, faults, call):
    session = simulation.assume(PAYMENTS)
    faults({"fault": "latency", "ms": 60_000, "accounts": [PAYMENTS]})
    with pytest.raises(ReadTimeoutError):
        call(EC2, session, read_timeout=0.2)
    assert call(EC2)
    faults({"fault": "latency", "ms": 150, "accounts": [PAYMENTS]})
    start = time.monotonic()
    assert call(EC2, session)
    assert time.monotonic() - start >= 0.15


@pytest.mark.parametrize("kind", ["truncate", "malform"])
def test_a_body_that_cannot_be_read(simulation, faults, call, kind):
    for operation in (XML, EC2):
        faults({"fault": kind})
        with pytest.raises(ResponseParserError):
            call(operation)
    # boto3 makes an error of its own of what S3 says with status 200 and cannot be read.
    assert refusal(call, REST_XML)[:2] == ("500", 500)
    # It does not notice that such JSON and CBOR are broken, and takes them for an answer with nothing in it.
    for operation, member in [(JSON, "ConfigurationRecorders"), (CBOR, "MetricAlarms"), (REST_JSON, "DetectorIds")]:
        assert member not in call(operation)
    assert simulation.stats()["outcomes"] == {kind: 5}


def test_a_truncated_body_is_shorter_than_its_length(simulation, faults):
    faults({"fault": "truncate"})
    key = "AKIAIOSFODNN7EXAMPLE/20240102/us-east-1/guardduty/aws4_request"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={key}, SignedHeaders=host, Signature=0"}
    with pytest.raises(http.client.IncompleteRead) as caught:
        urllib.request.urlopen(urllib.request.Request(simulation.url + "/detector", headers=headers), timeout=DEADLINE).read()
    assert caught.value.expected in (len(caught.value.partial), len(caught.value.partial) + 1)


def test_pages_without_end(simulation, faults):
    faults({"fault": "endless_pages"})
    for service, operation in [
        ("organizations", "list_accounts"),
        ("ec2", "describe_vpcs"),
        ("iam", "list_virtual_mfa_devices"),
        ("config", "describe_config_rules"),
        ("lambda", "list_functions"),
        ("accessanalyzer", "list_analyzers"),
    ]:
        pages = simulation.client(service, **ONCE).get_paginator(operation).paginate()
        assert len(list(itertools.islice(pages, 40))) == 40, "boto3 stops at a token that comes twice"


def test_everything_on_one_page(generated):
    generated.set_faults({"fault": "huge_pages"})
    try:
        page = generated.client("organizations").list_accounts(MaxResults=2)
        assert len(page["Accounts"]) == 40 and "NextToken" not in page
    finally:
        generated.own("DELETE", "/-/faults")


def test_a_share_of_each_fault(simulation, faults):
    """30 % throttles, then 10 % errors, then 5 % resets."""
    faults({"fault": "throttle", "probability": 0.3}, {"fault": "error", "probability": 0.1}, {"fault": "reset", "probability": 0.05})
    iam = simulation.client("iam", **ONCE)
    for _ in range(1000):
        try:
            iam.get_account_summary()
        except (ClientError, ConnectionClosedError):
            pass
    outcomes = simulation.stats()["outcomes"]
    assert sum(outcomes.values()) == 1000
    for name, share, leeway in [("throttle", 300, 44), ("error", 70, 25), ("reset", 31, 17), ("ok", 599, 47)]:
        assert abs(outcomes[name] - share) <= leeway, outcomes


def test_rate_limits_throttle_and_tell_by_how_much_they_were_exceeded(simulation, faults):
    faults(rate_limits={"services": {"iam": {"rate": 0.01, "burst": 10}, "sts": {"rate": 1000, "burst": 1000}}})
    iam = simulation.client("iam", **ONCE)
    codes = []
    for _ in range(15):
        try:
            iam.get_account_summary()
            codes.append("")
        except ClientError as error:
            codes.append(error.response["Error"]["Code"])
    assert codes == [""] * 10 + ["Throttling"] * 5
    # A member has a bucket of its own, and so has a region.
    simulation.client("iam", simulation.assume(PAYMENTS), **ONCE).get_account_summary()
    limits = simulation.stats()["rate_limits"]
    assert (limits["enforced"], limits["requests"], limits["throttled"], limits["keys"]) == (True, 17, 5, 3)
    assert 4.5 < limits["largest_excess"] <= 5
    worst = limits["worst"][0]
    assert (worst["account"], worst["region"], worst["service"], worst["operation"]) == (MANAGEMENT, "us-east-1", "iam", None)
    assert (worst["requests"], worst["throttled"]) == (15, 5)


def test_limits_that_only_count(simulation, faults):
    faults(rate_limits={"enforce": False, "default": {"rate": 0.01, "burst": 2, "per_operation": True}})
    iam = simulation.client("iam", **ONCE)
    for _ in range(4):
        iam.get_account_summary()
    iam.get_account_password_policy()
    limits = simulation.stats()["rate_limits"]
    assert simulation.stats()["outcomes"] == {"ok": 5} and limits["throttled"] == 2
    assert {key["operation"]: key["requests"] for key in limits["worst"]} == {"GetAccountSummary": 4, "GetAccountPasswordPolicy": 1}


def test_a_client_within_its_rate_exceeds_nothing(simulation, faults):
    faults(rate_limits={"default": {"rate": 0.1, "burst": 20}})
    iam = simulation.client("iam", **ONCE)
    for _ in range(20):
        iam.get_account_summary()
    limits = simulation.stats()["rate_limits"]
    assert (limits["throttled"], limits["largest_excess"]) == (0, 0)


def test_the_example_file_can_be_had_at_the_start():
    simulation = Simulation("--org", str(EXAMPLES / "organization.yaml"), "--faults", str(EXAMPLES / "faults.yaml"))
    try:
        assert simulation.own("GET", "/-/faults") == (EXAMPLES / "faults.yaml").read_text()
        assert refusal(simulation.client("securityhub", **ONCE).describe_hub)[:2] == ("ServiceUnavailable", 503)
    finally:
        simulation.close()


def test_mistakes_end_it_before_it_starts(tmp_path):
    file = tmp_path / "faults.yaml"
    file.write_text("faults:\n  - fault: throttle\n    regions: [moon-1]\n  - {fault: latency}\n")
    line = command("--faults", str(file), "--listen", "127.0.0.1:0")
    ended = subprocess.run(line, capture_output=True, text=True, timeout=DEADLINE)
    if line[1] == "simulate":
        assert ended.returncode == 64
        assert ended.stderr.splitlines() == [
            f'{file}:3:15: "moon-1" is no region',
            f"{file}:4:13: latency needs `ms`",
        ]
    else:
        assert ended.returncode != 0 and "moon-1" in ended.stderr


def test_mistakes_at_the_endpoint_change_nothing(simulation, faults, call):
    faults({"fault": "throttle"})
    with pytest.raises(urllib.error.HTTPError) as caught:
        simulation.own("PUT", "/-/faults", "faults: [{fault: throttle, times: soon}]")
    assert caught.value.code == 400 and caught.value.read().decode().startswith("line 1, column 35: ")
    assert refusal(call, XML)[0] == "Throttling"


def test_it_says_that_it_lives(simulation):
    assert simulation.own("GET", "/-/healthy") == "ok\n"
    assert json.loads(simulation.own("GET", "/-/stats"))["in_flight"]["now"] == 0
