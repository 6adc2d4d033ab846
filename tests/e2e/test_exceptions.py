"""Waivers and attestations, from outside: what a scan says of them, what the metrics show, and that they end on time."""

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from harness import call, environment, get, scrape, wait_until, write_config
from verdicts import by_place

MANAGEMENT, MEMBER, OTHER = "100000000001", "400000000001", "400000000002"
VPC, HUB, ROOT = "vpc-default-absent", "securityhub-enabled", "root-mfa-enabled"
WORD = "identity-center-mfa-required"
REGION = "eu-west-1"
SOON, LATER = "2020-01-31", "2099-12-31"


@pytest.fixture(scope="module")
def endpoint(programs, folders):
    bad = {VPC: "unused", HUB: "not_subscribed", ROOT: "mfa_off"}
    accounts = [
        {"id": MANAGEMENT, "name": "management"},
        {"id": MEMBER, "name": "shop", "ou": "/Workloads", "tags": {"Environment": "dev"}, "posture": bad},
        {"id": OTHER, "name": "bank", "posture": bad},
    ]
    content = {
        "organization": {"id": "o-exceptions01", "management_account_id": MANAGEMENT},
        "regions": ["us-east-1", REGION],
        "default_posture": "pass",
        "organizational_units": [{"name": "Workloads"}],
        "accounts": accounts,
    }
    file = folders("organization") / "organization.yaml"
    file.write_text(json.dumps(content))
    return programs.simulate("--org", file)[1]


@pytest.fixture
def files(folders):
    """A configuration with files of waivers and attestations beside it."""

    def write(waivers=(), attestations=(), **config):
        folder = folders("exceptions")
        named = {}
        for name, entries in (("waivers", waivers), ("attestations", attestations)):
            named[name] = str(folder / f"{name}.yaml")
            (folder / f"{name}.yaml").write_text(json.dumps(list(entries)))
        return named | config

    return write


def test_a_waiver_changes_what_it_names_and_nothing_else(endpoint, scan, files):
    waivers = [
        {"check": VPC, "account": MEMBER, "region": REGION, "reason": "moving", "owner": "ana", "ticket": "T-1", "expires": LATER},
        {"check": "securityhub-enab*", "tags": {"Environment": ["dev", "test"]}, "reason": "sandbox", "expires": LATER},
        {"check": ROOT, "ou": "Workloads", "region": "global", "reason": "sealed", "expires": LATER},
    ]
    before = by_place(scan(endpoint, "--format", "json").document["verdicts"])
    done = scan(endpoint, "--format", "json", config=files(waivers))
    document = done.document
    after = by_place(document["verdicts"])
    waived = {(MEMBER, REGION, VPC), (MEMBER, "us-east-1", HUB), (MEMBER, REGION, HUB), (MEMBER, "global", ROOT)}
    assert {where for where in before if before[where]["status"] != after[where]["status"]} == waived
    for where in waived:
        assert (before[where]["status"], after[where]["status"]) == ("fail", "waived"), where
        assert after[where]["findings"] and all(finding["waiver"] for finding in after[where]["findings"]), where
    row = after[MEMBER, REGION, VPC]
    assert {key: row["waiver"][key] for key in ("reason", "owner", "ticket")} == {"reason": "moving", "owner": "ana", "ticket": "T-1"}
    assert row["waiver"]["expires"] == "2100-01-01T00:00:00Z", "the last day belongs to it"
    assert document["summary"]["waived"] == len(waived)
    assert [use["findings"] for use in document["waivers"]] == [1, 2, 1] and "matches no failure" not in done.stderr


def test_a_waived_failure_does_not_count_for_fail_on(endpoint, scan, files):
    chosen = ("--format", "json", "--account", MEMBER, "--check", ROOT, "--fail-on", "low")
    scan(endpoint, *chosen, exit_code=2)
    scan(endpoint, *chosen, config=files([{"check": ROOT, "reason": "sealed", "expires": LATER}]), exit_code=0)


def test_a_waiver_of_one_resource_leaves_the_others_failing(endpoint, scan, files):
    found = by_place(scan(endpoint, "--format", "json", "--check", VPC).document["verdicts"])
    vpc = found[MEMBER, REGION, VPC]["findings"][0]["resource"]
    done = scan(endpoint, "--format", "json", "--check", VPC, config=files([{"check": VPC, "resource": vpc, "reason": "one"}]))
    after = by_place(done.document["verdicts"])
    assert {where for where in after if after[where]["status"] == "waived"} == {(MEMBER, REGION, VPC)}


def test_ended_and_idle_waivers_are_reported(endpoint, scan, files):
    waivers = [
        {"check": ROOT, "account": MEMBER, "reason": "was sealed", "expires": SOON},
        {"check": ROOT, "account": MANAGEMENT, "reason": "its root user has MFA", "expires": LATER},
    ]
    done = scan(endpoint, "--format", "json", config=files(waivers))
    assert by_place(done.document["verdicts"])[MEMBER, "global", ROOT]["status"] == "fail"
    assert f"the waiver of {ROOT} ended at 2020-02-01T00:00:00Z and has no effect" in done.stderr
    assert done.stderr.count("matches no failure") == 1, done.stderr
    assert [(use["active"], use["findings"]) for use in done.document["waivers"]] == [(False, 0), (True, 0)]


def test_a_word_stands_in_for_what_no_api_shows(endpoint, scan, files):
    today = datetime.now(timezone.utc).date()
    word = {"check": WORD, "by": "Ana Example", "on": str(today - timedelta(1)), "until": str(today + timedelta(30)), "evidence": "SEC-77"}
    ended = word | {"on": "2020-01-01", "until": SOON}

    def verdict(*words):
        document = scan(endpoint, "--format", "json", "--check", WORD, config=files(attestations=words)).document
        return by_place(document["verdicts"])[MANAGEMENT, "global", WORD]

    for words in ([], [ended]):
        row = verdict(*words)
        assert (row["status"], row["blind_reason"]) == ("unknown", "needs_attestation"), row
    assert "ended after 2020-01-31" in verdict(ended)["reason"]
    row = verdict(ended, word)
    assert row["status"] == "pass" and "Ana Example" in row["reason"] and "SEC-77" in row["reason"], row


def test_mistakes_are_told_with_their_place(endpoint, files, folders):
    config = files([{"check": "root-mfa", "reason": "typo"}], [{"check": ROOT, "by": "ana", "on": SOON, "until": LATER}])
    folder = folders("mistakes")
    done = call("scan", "--config", write_config(folder, config), env=environment(endpoint, home=folder), folder=folder)
    assert done.returncode == 64, done.stderr
    assert "waivers.yaml:1:12: [0].check: there is no check" in done.stderr, done.stderr
    assert f"attestations.yaml:1:12: [0].check: {ROOT} cannot be attested" in done.stderr, done.stderr


def test_the_daemon_shows_waivers_and_words_and_lets_them_go_on_time(endpoint, programs, files):
    """A waiver that ends between two sweeps ends all the same: the check is swept once a day."""
    config = files(schedule={"standard": "1d"})
    process, url = programs.run(endpoint, config)
    place = ("account_id", "aws_region", "check")

    def swept():
        metrics = scrape(url)
        asked = (MANAGEMENT, "global", WORD, "needs_attestation") in metrics.series("orgsweep_check_unknown", *place, "reason")
        return asked and metrics.total("orgsweep_coverage_ratio") == 1

    wait_until("a first sweep", swept, 60, process)
    # Only now, because a first sweep takes as long as the machine lets it. Housekeeping runs every ten seconds.
    ends = datetime.now(timezone.utc) + timedelta(seconds=25)
    moment = ends.strftime("%Y-%m-%dT%H:%M:%SZ")
    waiver = {"check": VPC, "account": MEMBER, "reason": "moving", "owner": "ana", "expires": moment}
    word = {"check": WORD, "by": "Ana", "on": SOON, "until": moment}
    for name, entry in (("waivers", waiver), ("attestations", word)):
        Path(config[name]).write_text(json.dumps([entry]))
    answer = get(url + "/-/reload", method="POST")
    assert answer.status == 200, answer

    def shown():
        metrics = scrape(url)
        waived = metrics.series("orgsweep_check_waived", *place)
        words = metrics.series("orgsweep_check_compliant", *place).get((MANAGEMENT, "global", WORD))
        return metrics if len(waived) == 2 and words == 1 else None

    metrics = wait_until("the waived checks and the attested one", shown, 20, process)
    waived = {(MEMBER, region, VPC) for region in ("us-east-1", REGION)}
    assert set(metrics.series("orgsweep_check_waived", *place)) == waived
    compliant = metrics.series("orgsweep_check_compliant", *place)
    assert all(compliant[where] == 0 for where in waived), "a waived failure is still a failure"
    assert metrics.series("orgsweep_waiver_expiry_timestamp_seconds", "check", "owner") == {(VPC, "ana"): int(ends.timestamp())}
    assert metrics.series("orgsweep_verdicts", "check", "status")[VPC, "waived"] == 2

    def ended():
        metrics = scrape(url)
        return metrics if not metrics.series("orgsweep_check_waived") else None

    metrics = wait_until("the end of the waiver", ended, 60, process)
    assert metrics.series("orgsweep_verdicts", "check", "status")[VPC, "waived"] == 0
    assert metrics.total("orgsweep_waivers_unused") == 1
    gone = metrics.series("orgsweep_check_compliant", *place)
    assert (MANAGEMENT, "global", WORD) not in gone and (MEMBER, REGION, VPC) in gone
    unknown = metrics.series("orgsweep_check_unknown", *place, "reason")
    assert unknown[MANAGEMENT, "global", WORD, "needs_attestation"] == 1
