"""The daemon: what it serves, against the truth of the simulation that it watches."""

import collections
import json
import subprocess
import time

import pytest

from harness import from_debian, get, wait_until
from watched import COMPLIANT, PLACE, compliance

# Every family of the contract that this version has something to say about, with its type.
POSTURE = {
    "orgsweep_check_compliant": "gauge",
    "orgsweep_check_failing_resources": "gauge",
    "orgsweep_check_failing_since_timestamp_seconds": "gauge",
    "orgsweep_check_unknown": "gauge",
    "orgsweep_check_last_evaluated_timestamp_seconds": "gauge",
    "orgsweep_account_info": "gauge",
    "orgsweep_check_info": "gauge",
    "orgsweep_account_reachable": "gauge",
    "orgsweep_accounts": "gauge",
    "orgsweep_coverage_ratio": "gauge",
    "orgsweep_verdicts": "gauge",
}
DAEMON = {
    "orgsweep_sweeps_total": "counter",
    "orgsweep_sweep_duration_seconds": "histogram",
    "orgsweep_sweeps_overrun_total": "counter",
    "orgsweep_schedule_lag_seconds": "gauge",
    "orgsweep_schedule_pending": "gauge",
    "orgsweep_workers_busy": "gauge",
    "orgsweep_workers": "gauge",
    "orgsweep_aws_requests_total": "counter",
    "orgsweep_aws_request_duration_seconds": "histogram",
    "orgsweep_aws_throttles_total": "counter",
    "orgsweep_aws_gate_wait_seconds_total": "counter",
    "orgsweep_aws_billable_usd_total": "counter",
    "orgsweep_assume_role_total": "counter",
    "orgsweep_organization_last_listing_timestamp_seconds": "gauge",
    "orgsweep_metrics_series": "gauge",
    "orgsweep_metrics_detail": "gauge",
    "orgsweep_config_last_reload_successful": "gauge",
    "orgsweep_config_last_reload_success_timestamp_seconds": "gauge",
    "orgsweep_build_info": "gauge",
    "process_cpu_seconds_total": "counter",
    "process_resident_memory_bytes": "gauge",
    "process_open_fds": "gauge",
    "process_start_time_seconds": "gauge",
}
# What this program adds to the contract.
ADDED = {
    "orgsweep_credential_report_generated_timestamp_seconds": "gauge",
    "orgsweep_accounts_circuit_open": "gauge",
    "orgsweep_account_retries_total": "counter",
    "orgsweep_organization_listing_shrunk": "gauge",
    "orgsweep_aws_requests_in_flight": "gauge",
    "orgsweep_aws_gate_cuts_total": "counter",
    "orgsweep_aws_gate_slowed": "gauge",
    "orgsweep_aws_endpoints_silent": "gauge",
    "orgsweep_store_condition": "gauge",
    "orgsweep_store_accounts_behind": "gauge",
    "orgsweep_store_errors_total": "counter",
    "orgsweep_store_transitions_lost_total": "counter",
    "orgsweep_store_moved_aside_total": "counter",
}
# The organization is listed this often unless the configuration says otherwise.
REFRESH = 600
# A family without a series is not shown; in an organization without throttling these have none.
MAY_BE_ABSENT = {"orgsweep_aws_throttles_total", "orgsweep_aws_gate_cuts_total"}


@pytest.fixture(scope="module")
def checks(checks):
    """Those that are on without being asked for."""
    return {name: check for name, check in checks.items() if check["enabled_by_default"]}


@pytest.fixture(scope="module")
def metrics(watched):
    return watched.swept()


def statuses(truth, status):
    return [row for row in truth if row["status"] == status]


# Posture


def test_ready_and_healthy(watched):
    wait_until("ready", lambda: get(watched.url + "/-/ready").status == 200, 30, watched.daemon)
    assert get(watched.url + "/-/healthy").status == 200


def test_compliance_equals_the_truth(watched, metrics):
    assert metrics.series(COMPLIANT, *PLACE) == compliance(watched.truth)
    assert {value for value in compliance(watched.truth).values()} == {0.0, 1.0}


def test_failing_resources_equal_the_truth(watched, metrics):
    failing = {(row["account_id"], row["region"], row["check"]): float(row["failing"]) for row in statuses(watched.truth, "fail")}
    assert metrics.series("orgsweep_check_failing_resources", *PLACE) == failing
    since = metrics.series("orgsweep_check_failing_since_timestamp_seconds", *PLACE)
    assert set(since) == set(failing)
    assert all(watched.daemon.began - 1 < value <= time.time() + 1 for value in since.values())


def test_unknown_equals_the_truth(watched, metrics):
    expected = {(row["account_id"], row["region"], row["check"], row["blind_reason"]): 1.0 for row in statuses(watched.truth, "unknown")}
    assert {where[3] for where in expected} >= {"role_missing", "account_suspended"}
    assert metrics.series("orgsweep_check_unknown", *PLACE, "reason") == expected


def test_an_account_without_the_role_is_not_reachable(watched, metrics):
    reasons = collections.defaultdict(set)
    for row in watched.truth:
        reasons[row["account_id"]].add(row["blind_reason"])
    out_of_reach = {account for account, seen in reasons.items() if seen in ({"role_missing"}, {"account_suspended"})}
    expected = {(account,): float(account not in out_of_reach) for account in reasons}
    assert metrics.series("orgsweep_account_reachable", "account_id") == expected
    assert any(seen == {"role_missing"} for seen in reasons.values()), "no account lacks the role, so this proves nothing"


def test_verdicts_and_coverage_equal_the_truth(watched, metrics, checks):
    counted = collections.Counter((row["check"], row["status"]) for row in watched.truth)
    expected = {
        (check, status): float(counted[check, status])
        for check in checks
        for status in ("pass", "fail", "waived", "not_applicable", "unknown")
    }
    assert metrics.series("orgsweep_verdicts", "check", "status") == expected
    decided = len(watched.truth) - len(statuses(watched.truth, "unknown"))
    # What waits for a person's word is left out.
    waiting = sum(row["blind_reason"] == "needs_attestation" for row in watched.truth)
    assert abs(metrics.total("orgsweep_coverage_ratio") - decided / (len(watched.truth) - waiting)) < 1e-9


def test_evaluation_times_are_told_where_something_could_be_seen(watched, metrics, checks):
    expected = {(row["account_id"], row["region"], checks[row["check"]]["cadence"]) for row in watched.truth if row["status"] != "unknown"}
    times = metrics.series("orgsweep_check_last_evaluated_timestamp_seconds", "account_id", "aws_region", "cadence")
    assert set(times) == expected
    assert all(watched.daemon.began - 1 < value <= time.time() + 1 for value in times.values())


def test_names_are_on_the_info_families_alone(watched, metrics, checks):
    information = metrics.series("orgsweep_account_info", "account_id", "account_name", "ou_path", "state")
    assert {account for account, *_ in information} == {row["account_id"] for row in watched.truth}
    suspended = {row["account_id"] for row in watched.truth if row["blind_reason"] == "account_suspended"}
    assert {account for account, _, _, state in information if state != "ACTIVE"} == suspended
    assert all(name and unit.startswith("/") for _, name, unit, _ in information)
    assert set(information.values()) == {1.0}
    expected = {(check["id"], check["title"], check["severity"], check["scope"], check["cadence"]): 1.0 for check in checks.values()}
    assert metrics.series("orgsweep_check_info", "check", "title", "severity", "scope", "cadence") == expected
    for name in POSTURE:
        if not name.endswith("_info"):
            for series in metrics.series(name):
                assert not {label for label, _ in series} & {"account_name", "ou_path", "title", "severity"}, (name, series)
    assert "arn:" not in metrics.text and "@" not in metrics.text


def test_accounts_by_state(watched, metrics):
    suspended = len({row["account_id"] for row in watched.truth if row["blind_reason"] == "account_suspended"})
    states = metrics.series("orgsweep_accounts", "state")
    assert states["ACTIVE",] == len({row["account_id"] for row in watched.truth}) - suspended
    assert sum(states.values()) - states["ACTIVE",] == suspended > 0


# The families, as Prometheus wants them


def test_the_families_of_the_contract_are_there(metrics):
    expected = {name: kind for name, kind in (POSTURE | DAEMON).items() if name not in MAY_BE_ABSENT or name in metrics.types}
    assert {name: metrics.types.get(name) for name in expected} == expected


def test_no_family_is_there_without_a_contract(metrics):
    unknown = [name for name in metrics.types if name not in POSTURE | DAEMON | ADDED and not name.startswith("process_")]
    assert unknown == []


def test_the_daemon_tells_of_its_work(watched, metrics):
    sweeps = metrics.series("orgsweep_sweeps_total", "outcome")
    reachable = {row["account_id"] for row in watched.truth if row["blind_reason"] not in ("role_missing", "account_suspended")}
    targets = {(row["account_id"], row["region"]) for row in watched.truth if row["account_id"] in reachable}
    assert sweeps["done",] >= len(targets), "every target that can be seen was swept"
    assert sweeps["unreachable",] > 0 and sweeps["timeout",] == sweeps["panicked",] == 0
    requests = metrics.series("orgsweep_aws_requests_total", "service", "operation", "outcome")
    assert requests["organizations", "ListAccounts", "ok"] > 0
    assert requests["iam", "GetAccountSummary", "ok"] > 0
    assert metrics.series("orgsweep_assume_role_total", "outcome")["refused",] > 0
    # When it was scraped, that is: the tests before this one may have taken their time. A listing takes some, too.
    assert metrics.read - metrics.total("orgsweep_organization_last_listing_timestamp_seconds") < REFRESH + 60
    assert metrics.total("orgsweep_config_last_reload_successful") == 1
    assert metrics.series("orgsweep_metrics_detail", "detail") == {("region",): 1.0}
    counted = metrics.series("orgsweep_metrics_series", "family")
    for name in POSTURE:
        assert counted[name,] == len(metrics.series(name)), name


def test_promtool_finds_nothing_to_say(metrics):
    done = subprocess.run([from_debian("promtool"), "check", "metrics"], input=metrics.text, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_content_type_is_prometheus_text(watched):
    assert get(watched.url + "/metrics").headers["Content-Type"].startswith("text/plain; version=0.0.4")


def test_the_log_is_json_for_collectors(watched):
    lines = [line for line in watched.daemon.output.splitlines() if line]
    assert lines
    for line in lines:
        record = json.loads(line)
        assert record["level"] in ("INFO", "WARN"), line


# Who may ask


def test_a_token_is_demanded(programs, watched, tmp_path):
    (tmp_path / "token").write_text("correct-horse\n")
    config = {"server": {"auth_token_file": str(tmp_path / "token")}}
    daemon, url = programs.run(watched.endpoint, config)
    assert get(url + "/metrics").status == 401
    assert get(url + "/metrics", token="correct-cow").status == 401
    assert get(url + "/metrics", token="").status == 401
    assert get(url + "/metrics", token="correct-horse").status == 200
    assert get(url + "/-/healthy").status == 200
    wait_until("ready without a token", lambda: get(url + "/-/ready").status == 200, 30, daemon)
    assert "correct-horse" not in daemon.output
