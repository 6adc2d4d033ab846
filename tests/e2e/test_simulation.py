"""A scan of a made-up organization of forty accounts: every verdict equals the simulation's truth, in the form that scripts rely on."""

import json
import re
from datetime import datetime

import pytest

from harness import call, environment
from verdicts import assert_verdicts, in_words, place, truth_in_words

ORGANIZATION = ("--accounts", "40", "--seed", "7")
STATUSES = ("pass", "fail", "waived", "not_applicable", "unknown")
ACCOUNT, REGION = re.compile(r"\d{12}"), re.compile(r"global|[a-z]{2}(-[a-z]+)+-\d")


@pytest.fixture(scope="module")
def endpoint(programs):
    return programs.simulate(*ORGANIZATION)[1]


@pytest.fixture(scope="module")
def rows(truth, checks):
    """The truth of what is asked without being asked for."""
    return [row for row in truth(*ORGANIZATION) if checks[row["check"]]["enabled_by_default"]]


@pytest.fixture(scope="module")
def scanned(endpoint, scan):
    return scan(endpoint, "--format", "json")


@pytest.fixture(scope="module")
def document(scanned):
    return scanned.document


def test_every_verdict_equals_the_truth(document, rows):
    assert len(rows) > 40 * (40 + 25 * 15), "the truth is too small to prove anything"
    assert {row["status"] for row in rows} == {"pass", "fail", "not_applicable", "unknown"}
    assert_verdicts(document, {place(row): truth_in_words(row) for row in rows})


# The form


def keys(record, expected, what):
    assert set(record) == set(expected.split()), f"{what}: {sorted(record)}"


def test_the_document(document):
    keys(document, "schema_version started_at finished_at organization accounts verdicts summary api waivers", "the document")
    assert document["schema_version"] == 1
    started, finished = (datetime.fromisoformat(document[key]) for key in ("started_at", "finished_at"))
    assert started.tzinfo and started <= finished
    keys(document["organization"], "id management_account_id", "organization")
    assert document["organization"]["id"].startswith("o-")
    assert document["organization"]["management_account_id"] in {account["id"] for account in document["accounts"]}


def test_the_accounts(document, rows):
    reasons = {}
    for row in rows:
        reasons.setdefault(row["account_id"], set()).add(row["blind_reason"])
    out_of_reach = {account: min(seen) for account, seen in reasons.items() if seen in ({"role_missing"}, {"account_suspended"})}
    assert set(out_of_reach.values()) == {"role_missing", "account_suspended"}
    assert [account["id"] for account in document["accounts"]] == sorted(reasons)
    for account in document["accounts"]:
        keys(account, "id name ou_path state reachable blind_reason", account)
        assert ACCOUNT.fullmatch(account["id"]) and account["name"] and account["ou_path"].startswith("/"), account
        assert (account["state"] == "ACTIVE") == (out_of_reach.get(account["id"]) != "account_suspended"), account
        assert account["reachable"] is (account["id"] not in out_of_reach), account
        assert account["blind_reason"] == out_of_reach.get(account["id"]), account
    assert {"/", "/Security", "/Workloads/Production"} <= {account["ou_path"] for account in document["accounts"]}


def test_the_verdicts(document, checks):
    fields = "account_id region check severity status reason blind_reason missing_action findings"
    for verdict in document["verdicts"]:
        keys(verdict, fields, verdict)
        assert ACCOUNT.fullmatch(verdict["account_id"]) and REGION.fullmatch(verdict["region"]), verdict
        check = checks[verdict["check"]]
        assert (verdict["region"] == "global") == (check["scope"] in ("org", "account")), verdict
        assert verdict["severity"] == check["severity"] and verdict["status"] in STATUSES, verdict
        assert verdict["reason"].strip() and "\n" not in verdict["reason"], verdict
        assert (verdict["blind_reason"] is not None) == (verdict["status"] == "unknown"), verdict
        assert bool(verdict["findings"]) == (verdict["status"] == "fail"), verdict
        if verdict["blind_reason"] in ("iam_deny", "scp_deny"):
            assert verdict["missing_action"] in check["actions"], verdict
        else:
            assert verdict["missing_action"] is None, verdict
        for finding in verdict["findings"]:
            keys(finding, "resource arn reason", verdict)
            assert finding["resource"] and "observed" in finding["reason"] and "wanted" in finding["reason"], verdict
            assert finding["arn"] is None or finding["arn"].startswith("arn:aws:"), verdict


def test_the_summary_adds_up(document):
    counted = {status: sum(verdict["status"] == status for verdict in document["verdicts"]) for status in STATUSES}
    assert document["summary"] == counted
    assert sum(counted.values()) == len(document["verdicts"])


def test_the_requests_add_up(document, checks):
    api = document["api"]
    keys(api, "requests throttled by_operation", "api")
    assert api["throttled"] == 0
    assert api["requests"] == sum(api["by_operation"].values()) > 0
    declared = {operation for check in checks.values() if check["enabled_by_default"] for operation in check["operations"]}
    # Asked only where the configuration names accounts that need a plan.
    declared -= {"support:DescribeSeverityLevels"}
    plumbing = {"sts:AssumeRole", "sts:GetCallerIdentity", "ec2:DescribeRegions"}
    plumbing |= {
        f"organizations:{name}" for name in ("DescribeOrganization", "ListAccounts", "ListRoots", "ListOrganizationalUnitsForParent")
    }
    assert declared <= set(api["by_operation"]), "declared and never asked"
    assert set(api["by_operation"]) <= declared | plumbing, "asked and never declared"
    reachable = sum(account["reachable"] for account in document["accounts"])
    assert api["by_operation"]["iam:GetAccountSummary"] == reachable, "one fact for three checks costs one request for each account"


def test_a_pipe_gets_neither_colours_nor_a_progress_bar(scanned):
    assert "\x1b" not in scanned.stdout + scanned.stderr and "\r" not in scanned.stderr, scanned.stderr


# Narrowing


def some_account(document, reachable=True):
    return next(account["id"] for account in document["accounts"] if account["reachable"] is reachable)


def expected_rows(rows, accounts=None, regions=None, checks=None):
    return {
        place(row): truth_in_words(row)
        for row in rows
        if (not accounts or row["account_id"] in accounts)
        and (not regions or row["region"] in regions)
        and (not checks or row["check"] in checks)
    }


def test_account_narrows(endpoint, document, rows, scan):
    chosen = [some_account(document), some_account(document, reachable=False)]
    narrowed = scan(endpoint, "--format", "json", "--account", chosen[0], "--account", chosen[1]).document
    assert {account["id"] for account in narrowed["accounts"]} == set(chosen)
    assert_verdicts(narrowed, expected_rows(rows, accounts=chosen))


def test_check_narrows(endpoint, rows, scan):
    chosen = ["root-mfa-enabled", "ebs-default-encryption"]
    narrowed = scan(endpoint, "--format", "json", "--check", chosen[0], "--check", chosen[1]).document
    assert_verdicts(narrowed, expected_rows(rows, checks=chosen))
    asked = {operation for operation in narrowed["api"]["by_operation"] if operation.split(":")[0] not in ("sts", "organizations")}
    assert asked == {"iam:GetAccountSummary", "ec2:GetEbsEncryptionByDefault", "ec2:DescribeRegions"}


def test_a_disabled_check_s_questions_are_not_asked(endpoint, document, rows, checks, scan):
    """Every second check is off. What only those need is not asked, and the others' verdicts stay as they are."""
    enabled = sorted({row["check"] for row in rows})
    off, account = enabled[::2], some_account(document)
    config = HASTE | {"checks": {"disable": off}}
    narrowed = scan(endpoint, "--format", "json", "--account", account, config=config).document
    assert_verdicts(narrowed, expected_rows(rows, accounts=[account], checks=set(enabled) - set(off)))
    wanted = {operation for check in set(enabled) - set(off) for operation in checks[check]["operations"]}
    unwanted = {operation for check in off for operation in checks[check]["operations"]} - wanted - {"ec2:DescribeRegions"}
    unwanted -= {"organizations:DescribeOrganization", "organizations:ListAccounts"}
    assert len(unwanted) > 10, "too little to prove anything"
    assert not unwanted & set(narrowed["api"]["by_operation"])


def test_region_narrows(endpoint, document, rows, scan):
    account = some_account(document)
    chosen = ["eu-west-1", "us-west-2"]
    narrowed = scan(endpoint, "--format", "json", "--account", account, "--region", chosen[0], "--region", chosen[1], config=HASTE).document
    regional = [verdict for verdict in narrowed["verdicts"] if verdict["region"] != "global"]
    assert_verdicts(narrowed | {"verdicts": regional}, expected_rows(rows, accounts=[account], regions=chosen))


# Exit codes, formats and files


# Requests to Organizations are few and slow on purpose; a scan of one account need not wait for them.
HASTE = {"limits": {"shared_rps": {"organizations": 100}}}


def failing_account(document, check):
    return next(verdict["account_id"] for verdict in document["verdicts"] if (verdict["check"], verdict["status"]) == (check, "fail"))


@pytest.mark.parametrize(
    "least, check, exit_code",
    [
        ("critical", "guardduty-enabled", 0),
        ("high", "guardduty-enabled", 2),
        ("low", "guardduty-enabled", 2),
        ("high", "root-mfa-enabled", 2),
        ("high", "vpc-default-absent", 0),
        ("medium", "vpc-default-absent", 2),
    ],
)
def test_fail_on(endpoint, document, scan, least, check, exit_code):
    chosen = ("--account", failing_account(document, check), "--check", check)
    done = scan(endpoint, "--format", "json", "--fail-on", least, *chosen, config=HASTE, exit_code=exit_code)
    assert done.document["summary"]["fail"] > 0, "nothing fails, so this proves nothing"


def test_fail_on_is_about_failures_alone(endpoint, document, scan):
    """An account that cannot be seen fails nothing."""
    unreachable = some_account(document, reachable=False)
    summary = scan(endpoint, "--format", "json", "--fail-on", "low", "--account", unreachable, config=HASTE).document["summary"]
    assert summary["unknown"] > 0 and summary["fail"] == 0


def test_fail_on_follows_the_configured_severity(endpoint, document, scan):
    check = "guardduty-enabled"
    chosen = ("--account", failing_account(document, check), "--check", check)
    config = HASTE | {"checks": {"severity": {check: "low"}}}
    done = scan(endpoint, "--format", "json", "--fail-on", "medium", *chosen, config=config, exit_code=0)
    assert done.document["summary"]["fail"] > 0, "nothing fails, so this proves nothing"
    assert {verdict["severity"] for verdict in done.document["verdicts"]} == {"low"}


def test_output_goes_to_a_file(endpoint, document, scan, tmp_path):
    file = tmp_path / "verdicts.json"
    account = some_account(document)
    done = scan(endpoint, "--format", "json", "--output", file, "--account", account, "--fail-on", "low", config=HASTE, exit_code=2)
    assert done.stdout == ""
    written = json.loads(file.read_text())
    expected = {place(verdict): in_words(verdict) for verdict in document["verdicts"] if verdict["account_id"] == account}
    assert_verdicts(written, expected)


def test_the_table(endpoint, document, scan):
    account = some_account(document)
    by_status = {status: sum(v["status"] == status for v in document["verdicts"] if v["account_id"] == account) for status in STATUSES}
    failing = {verdict["check"] for verdict in document["verdicts"] if verdict["account_id"] == account and verdict["status"] == "fail"}
    assert failing, "nothing fails, so this proves nothing"
    table = scan(endpoint, "--account", account, config=HASTE)
    for word in [account, *failing, f"{by_status['pass']} pass", f"{by_status['fail']} fail", f"{by_status['unknown']} unknown"]:
        assert word in table.stdout, f"{word!r} is not in\n{table.stdout}"
    for line in table.stdout.splitlines():
        assert not line.startswith("{") and "\x1b" not in line, f"not a result: {line!r}"
        assert not any(word in line for word in (" INFO ", " WARN ", " ERROR ")), f"not a result: {line!r}"


def test_an_account_that_is_not_there_is_an_error(endpoint, scan):
    done = scan(endpoint, "--format", "json", "--account", "999999999999", exit_code=1)
    assert done.stdout == "" and "999999999999" in done.stderr


def test_no_answer_from_the_organization_is_an_error(scan):
    done = scan("http://127.0.0.1:9", "--format", "json", exit_code=1)
    assert done.stdout == "" and "organizations:DescribeOrganization" in done.stderr, done.stderr


def test_no_credentials_is_an_error(endpoint, tmp_path):
    env = environment(endpoint, home=tmp_path)
    del env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]
    done = call("scan", "--format", "json", env=env, folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert "credentials" in done.stderr.lower(), done.stderr
