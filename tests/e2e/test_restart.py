"""The daemon is killed, ended and started anew: all that it had shown is there again before anybody can see less, and sweeping goes on."""

import http.client
import json
import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest

from harness import KEPT, START, Metrics, Programs, assert_shown, database, demanded, get, put_faults, scrape, shown, wait_until
from watched import COMPLIANT, PLACE

FAILING = "orgsweep_check_failing_resources"
SINCE = "orgsweep_check_failing_since_timestamp_seconds"
EVALUATED = "orgsweep_check_last_evaluated_timestamp_seconds"
UNKNOWN = "orgsweep_check_unknown"
WAIVED = "orgsweep_check_waived"
KILLS, NUMBER = 20, 18
# The moments at which the daemon is killed come from this seed. A failure names it.
SEED = int(os.environ.get("ORGSWEEP_SEED") or random.SystemRandom().randrange(1 << 32))

OFTEN = {"frequent": "1s", "standard": "2s", "daily": "3s", "jitter": 0, "pass_valid": "1h"}
NEVER = {"frequent": "10h", "standard": "10h", "daily": "100h", "jitter": 0, "pass_valid": "200h"}
MANAGEMENT, *MEMBERS = ACCOUNTS = [f"11110000000{number}" for number in range(1, 9)]
REGIONS = ("us-east-1", "eu-west-1")
# Five checks. One fails, one will be mended, one will break, and two pass.
FAILS, MENDED, BREAKS = "vpc-default-absent", "ebs-default-encryption", "guardduty-enabled"
ASKED = {FAILS, MENDED, BREAKS, "ebs-snapshot-public-access-blocked", "root-mfa-enabled"}
BEFORE = {FAILS: "unused", MENDED: "disabled"}
AFTER = {FAILS: "unused", BREAKS: "no_detector"}
# Of each account: its regions and the account as a whole.
TARGETS = len(REGIONS) + 1
VERDICTS = (len(ASKED) - 1) * len(REGIONS) + 1


@pytest.fixture
def programs(folders):
    """Programs that end with the test: some of these daemons sweep without a rest, which must not slow the tests after theirs."""
    with Programs(folders) as started:
        yield started


@pytest.fixture
def organization(folders):
    """The arguments of a simulation whose members have this posture, and pass otherwise."""

    def write(posture, members=tuple(MEMBERS)):
        accounts = [{"id": member, "name": f"member-{member[-1]}", "posture": posture} for member in members]
        content = {
            "organization": {"id": "o-restarts001", "management_account_id": MANAGEMENT},
            "regions": list(REGIONS),
            "default_posture": "pass",
            "accounts": [{"id": MANAGEMENT, "name": "management"}, *accounts],
        }
        file = folders("organization") / "organization.yaml"
        file.write_text(json.dumps(content))
        return "--org", file

    return write


@pytest.fixture
def config(checks, folders):
    """What asks these five checks, once in ten hours, and keeps what it sees in a database that outlives the daemon."""

    def write(*without, **schedule):
        assert ASKED <= set(checks)
        return {
            "checks": {"disable": sorted(set(checks) - ASKED | set(without))},
            "schedule": NEVER | schedule,
            "metrics": {"detail": "region"},
            "store": {"path": str(path)},
        }

    path = folders("database") / "orgsweep.db"
    return write


@pytest.fixture
def swept(programs, organization, config):
    """A simulation, its address, and a daemon that has seen all of it."""
    simulation, endpoint = programs.simulate(*organization(BEFORE))
    daemon, url = programs.run(endpoint, config())
    return simulation, endpoint, daemon, complete(daemon, url)


def complete(daemon, url):
    """The metrics once every check of every account was decided."""

    def decided():
        metrics = scrape(url)
        return metrics if len(metrics.series(COMPLIANT)) == len(ACCOUNTS) * VERDICTS else None

    return wait_until("a complete first sweep", decided, 60, daemon)


def file_of(config):
    return Path(config["store"]["path"])


def first_scrape(daemon, url):
    """The first metrics that a daemon gives, which it must not be ready before."""

    def answered():
        ready = get(url + "/-/ready").status == 200
        answer = get(url + "/metrics")
        assert answer.status == 200 or (answer.status == 503 and not ready), f"ready: {ready}, then {answer.status} {answer.text[:500]}"
        return answer.status == 200 and Metrics(answer.text)

    return wait_until("a first scrape", answered, START, daemon)


def is_ready(url):
    return get(url + "/-/ready").status == 200


def sweeps(metrics):
    return metrics.series("orgsweep_sweeps_total", "outcome")["done",]


def ended(daemon, number=signal.SIGKILL):
    daemon.signal(number)
    return daemon.ended_within(5)


# Killed


def last_scrape_before_a_kill(daemon, url, seconds):
    """Scrapes again and again until the daemon is killed after so many seconds. The last whole answer."""
    last = get(url + "/metrics").text
    killer = threading.Timer(seconds, daemon.kill)
    killer.start()
    while True:
        try:
            last = get(url + "/metrics").text
        except (OSError, http.client.HTTPException):
            killer.join()
            assert not daemon.running
            return Metrics(last)


def assert_nothing_vanished(before, after, kept, why):
    """Everything that was shown is still shown, unless the database has something newer."""
    for family in (COMPLIANT, FAILING, SINCE, WAIVED):
        series, now = before.series(family, *PLACE), after.series(family, *PLACE)
        assert {where: now.get(where) for where in series} == series, f"{family} {why}"
    assert before.series("orgsweep_account_info").items() <= after.series("orgsweep_account_info").items(), why
    assert before.series("orgsweep_account_reachable").keys() <= after.series("orgsweep_account_reachable").keys(), why
    evaluated = after.series(EVALUATED)
    assert all(evaluated.get(where, 0) >= at for where, at in before.series(EVALUATED).items()), f"{EVALUATED} {why}"
    decided = {tuple(row) for row in kept.execute("SELECT account_id, region, check_id FROM verdict")}
    assert {where[:3] for where in before.series(UNKNOWN, *PLACE, "reason")} <= decided, f"{UNKNOWN} {why}"


def test_twenty_kills_lose_nothing_that_was_shown(programs, folders):
    moments = random.Random(SEED)
    simulation, endpoint = programs.simulate("--accounts", str(NUMBER), "--seed", "11", "--latency", "20")
    put_faults(
        endpoint,
        {"fault": "deny", "operations": ["AssumeRole"], "probability": 0.1},
        {"fault": "deny", "services": ["ec2", "iam"], "probability": 0.05},
        {"fault": "error", "services": ["guardduty"], "probability": 0.3},
    )
    waivers, attestations = folders("exceptions") / "waivers.yaml", folders("exceptions") / "attestations.yaml"
    waivers.write_text(json.dumps([{"check": FAILS, "reason": "it is being mended", "expires": "2099-12-31"}]))
    word = {"check": "identity-center-mfa-required", "by": "ana", "on": "2020-01-01", "until": "2099-12-31", "evidence": "a screenshot"}
    attestations.write_text(json.dumps([word]))
    config = {
        "select": {"regions": {"include": list(REGIONS)}},
        "schedule": OFTEN,
        "metrics": {"detail": "region"},
        "store": {"path": str(folders("database") / "orgsweep.db")},
        "waivers": str(waivers),
        "attestations": str(attestations),
    }
    daemon, url = programs.run(endpoint, config)
    # Had it seen next to nothing when it is killed for the first time, it would have had next to nothing to lose.
    wait_until("every account looked at", lambda: len(scrape(url).series("orgsweep_account_reachable")) == NUMBER, 120, daemon)
    for kill in range(1, KILLS + 1):
        moment = moments.uniform(0.2, 3)
        why = f"(kill {kill}, {moment:.3f} s after sweeping was seen, ORGSWEEP_SEED={SEED})"
        before = last_scrape_before_a_kill(daemon, url, moment)
        # Nothing new is to be seen until the comparison is done.
        simulation.signal(signal.SIGSTOP)
        with database(file_of(config)) as kept:
            assert kept.execute("PRAGMA integrity_check").fetchone()[0] == "ok", why
            daemon, url = programs.begin(endpoint, config)
            after = first_scrape(daemon, url)
            assert_shown(after, demanded(kept), why)
            assert_nothing_vanished(before, after, kept, why)
        assert not is_ready(url), f"ready before the organization was listed {why}"
        simulation.signal(signal.SIGCONT)
        wait_until(f"sweeping goes on {why}", lambda: is_ready(url) and sweeps(scrape(url)) > 0, 60, daemon)
    for family in (*KEPT, WAIVED):
        assert before.series(family), f"{family} had no series, so this proves little of it"
    assert {0.0, 1.0} == set(before.series("orgsweep_account_reachable").values())


def test_kills_while_it_restores_lose_nothing(programs, swept, config):
    moments = random.Random(SEED)
    simulation, endpoint, daemon, before = swept
    ended(daemon)
    simulation.signal(signal.SIGSTOP)
    for _ in range(10):
        daemon, _ = programs.begin(endpoint, config())
        time.sleep(moments.uniform(0, 0.3))
        daemon.kill()
    daemon, url = programs.begin(endpoint, config())
    assert_shown(first_scrape(daemon, url), shown(before), f"(ORGSWEEP_SEED={SEED})")


# Ended


def test_sigterm_ends_it_in_time_and_keeps_what_was_committed(programs, organization, config):
    simulation, endpoint = programs.simulate(*organization(BEFORE), "--latency", "150")
    daemon, url = programs.run(endpoint, config(**OFTEN))
    complete(daemon, url)
    wait_until("workers at work", lambda: scrape(url).total("orgsweep_workers_busy") > 0, 30, daemon)
    before = scrape(url)
    assert ended(daemon, signal.SIGTERM) == 0, daemon.story()
    simulation.signal(signal.SIGSTOP)
    with database(file_of(config())) as kept:
        daemon, url = programs.begin(endpoint, config(**OFTEN))
        after = first_scrape(daemon, url)
        assert_shown(after, demanded(kept))
        assert_nothing_vanished(before, after, kept, "")


def test_sigterm_is_an_orderly_end_every_time_when_nothing_is_under_way(programs, swept, config):
    _, endpoint, daemon, _ = swept
    for _ in range(10):
        assert ended(daemon, signal.SIGTERM) == 0, daemon.story()
        daemon, url = programs.begin(endpoint, config())
        wait_until("ready", lambda: is_ready(url), 30, daemon)


# Started anew


def test_accounts_that_were_swept_in_time_wait_for_their_turn(programs, swept, config):
    _, endpoint, daemon, before = swept
    ended(daemon)
    daemon, url = programs.begin(endpoint, config())
    assert_shown(first_scrape(daemon, url), shown(before))
    wait_until("ready", lambda: is_ready(url), 30, daemon)
    # Had the others been due, they would be before this one.
    assert get(f"{url}/-/sweep?account={MEMBERS[-1]}", method="POST").status == 202
    wait_until("a sweep by hand", lambda: sweeps(scrape(url)) >= TARGETS, 30, daemon)
    assert sweeps(scrape(url)) == TARGETS

    def at_rest():
        metrics = scrape(url)
        return metrics.total("orgsweep_schedule_pending") == metrics.total("orgsweep_workers_busy") == 0

    wait_until("nothing under way", at_rest, 30, daemon)
    metrics = scrape(url)
    assert sweeps(metrics) == TARGETS
    # Nor was another one asked what each sweep asks an account once.
    assert metrics.series("orgsweep_aws_requests_total", "service", "operation", "outcome")["iam", "GetAccountSummary", "ok"] == 1


def test_another_selection_of_checks_drops_theirs_and_keeps_the_others(programs, swept, config):
    simulation, endpoint, daemon, before = swept
    ended(daemon)
    simulation.signal(signal.SIGSTOP)
    daemon, url = programs.begin(endpoint, config(MENDED))
    families = shown(before).items()
    expected = {family: {where: value for where, value in series.items() if MENDED not in where} for family, series in families}
    after = first_scrape(daemon, url)
    assert_shown(after, expected)
    assert MENDED not in after.text
    simulation.signal(signal.SIGCONT)
    # What the sweeps before have asked is something else.
    wait_until("a sweep of all", lambda: sweeps(scrape(url)) >= len(ACCOUNTS) * TARGETS, 60, daemon)
    assert_shown(scrape(url), {family: series for family, series in expected.items() if family != EVALUATED})


def test_without_a_listing_it_sweeps_what_it_knows_and_is_not_ready(programs, swept, config):
    _, endpoint, daemon, before = swept
    put_faults(endpoint, {"fault": "error", "services": ["organizations"]})
    ended(daemon)
    daemon, url = programs.begin(endpoint, config(**OFTEN))
    after = first_scrape(daemon, url)
    assert {family: series.keys() for family, series in shown(after).items()} == {family: at.keys() for family, at in shown(before).items()}
    began = time.time()

    def renewed():
        return min(scrape(url).series(EVALUATED).values()) > began

    wait_until("all accounts swept again", renewed, 60, daemon)
    assert_shown(scrape(url), {family: series for family, series in shown(before).items() if family != EVALUATED})
    wait_until("a listing that failed", lambda: "the organization could not be listed" in daemon.output, 120, daemon)
    answer = get(url + "/-/ready")
    assert (answer.status, answer.text) == (503, "waiting for the first listing of the organization\n")
    put_faults(endpoint)
    wait_until("ready", lambda: is_ready(url), 60, daemon)


def test_a_listing_that_shrinks_by_half_right_after_the_restart_removes_nobody(programs, organization, swept, config):
    simulation, endpoint, daemon, before = swept
    ended(daemon)
    simulation.kill()
    programs.simulate_at(endpoint, *organization(BEFORE, members=MEMBERS[: len(ACCOUNTS) // 2 - 1]))
    again = config() | {"organization": {"refresh": "1s"}}
    daemon, url = programs.begin(endpoint, again)
    first_scrape(daemon, url)

    def listings():
        requests = scrape(url).series("orgsweep_aws_requests_total", "service", "operation", "outcome")
        return requests.get(("organizations", "ListAccounts", "ok"), 0)

    wait_until("three listings", lambda: is_ready(url) and listings() >= 3, 60, daemon)
    after = scrape(url)
    assert after.total("orgsweep_organization_listing_shrunk") == 1
    assert_shown(after, shown(before))


def test_a_pass_that_ended_while_it_was_down_is_gone_at_once(programs, organization, config):
    simulation, endpoint = programs.simulate(*organization(BEFORE))
    brief = config(pass_valid="10s")
    daemon, url = programs.run(endpoint, brief)
    before = complete(daemon, url)
    ended(daemon)
    simulation.signal(signal.SIGSTOP)
    with database(file_of(brief)) as kept:
        (newest,) = kept.execute("SELECT max(confirmed_at) FROM verdict").fetchone()
    wait_until("the end of the last pass", lambda: time.time() > newest + 11, 30)
    daemon, url = programs.begin(endpoint, brief)
    expected = shown(before)
    expected[COMPLIANT] = {where: value for where, value in expected[COMPLIANT].items() if value == 0}
    assert expected[COMPLIANT]
    assert_shown(first_scrape(daemon, url), expected)


def test_history_from_before_the_restart_is_told(programs, organization, swept, config):
    simulation, endpoint, daemon, _ = swept
    ended(daemon)
    simulation.kill()
    programs.simulate_at(endpoint, *organization(AFTER))
    daemon, url = programs.begin(endpoint, config())
    wait_until("ready", lambda: is_ready(url), 60, daemon)
    assert get(url + "/-/sweep", method="POST").status == 202
    targets = {(member, region) for member in MEMBERS for region in REGIONS}
    expected = {(*target, MENDED, "fail", "pass") for target in targets} | {(*target, BREAKS, "pass", "fail") for target in targets}

    def history(url):
        answer = get(url + "/api/v1/transitions?limit=1000")
        assert answer.status == 200, answer.text
        return json.loads(answer.text)["items"]

    def changes(items):
        return {(item["account_id"], item["region"], item["check"], item["from"], item["to"]) for item in items}

    wait_until("the changes", lambda: changes(history(url)) >= expected, 60, daemon)
    before = history(url)
    # That something fails when it is first looked at is history, too.
    first = {(*target, check, "unknown", "fail") for target in targets for check in BEFORE}
    assert changes(before) == expected | first and len(before) == len(expected | first)
    ended(daemon)
    daemon, url = programs.begin(endpoint, config())
    first_scrape(daemon, url)
    assert history(url) == before
