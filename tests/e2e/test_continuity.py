"""What is known outlives everything that happens to the daemon: another selection, a listing that fails, a file that goes, a held database."""

import fcntl
import json
import signal
import time

import pytest

from configured import BANK, FAILURES, MANAGEMENT, NEVER, SHOP, SINCE, SUCCESSFUL, VPC, organization, start
from harness import START, Metrics, environment, get, orgsweep, put_faults
from watched import COMPLIANT, PLACE

EVALUATED = "orgsweep_check_last_evaluated_timestamp_seconds"
NO_LISTING = {"fault": "deny", "services": ["organizations"]}


@pytest.fixture
def world(programs, folders):
    """A simulation and its address."""
    return programs.simulate("--org", organization(folders("organization") / "organization.yaml"))


@pytest.fixture
def config(folders):
    folder = folders("continuity")
    return {
        "server": {"listen": "127.0.0.1:0"},
        "schedule": NEVER,
        "organization": {"refresh": "10h"},
        "metrics": {"detail": "region"},
        "store": {"path": str(folder / "orgsweep.db")},
    }


@pytest.fixture
def run(programs, folders, world):
    """Starts a daemon with a configuration, whose file is its own."""
    return lambda config: start(programs, world[1], folders("config") / "orgsweep.yaml", config)


def since(metrics):
    return metrics.series(SINCE, *PLACE)


def swept(daemon, covered=1):
    """What is shown once all was swept, in a later second, so that a time that is set anew would differ."""

    def complete():
        metrics = daemon.scrape()
        done = metrics.total("orgsweep_coverage_ratio") >= covered and set(since(metrics)) == FAILURES
        return metrics if done and time.time() > max(since(metrics).values()) + 1 else None

    return daemon.wait("a complete first sweep", complete, 60)


def of(account, series):
    return {where: value for where, value in series.items() if where[0] == account}


def selecting(config):
    return config | {"select": {"include": {"tags": {"Environment": "dev"}}}}


def test_a_reload_by_tags_that_no_listing_asked_for_loses_nothing(run, config):
    daemon = run(config)
    before = since(swept(daemon))
    daemon.write(selecting(config))
    answer = daemon.reload()
    assert answer.status == 200, answer
    assert since(daemon.scrape()) == of(SHOP, before), "only those that are not selected leave"


def test_a_restart_by_tags_that_no_listing_asked_for_loses_nothing(run, config, world):
    daemon = run(config)
    before = since(swept(daemon))
    daemon.process.kill()
    put_faults(world[1], NO_LISTING)
    daemon = run(selecting(config))
    daemon.wait("a listing that failed", lambda: "the organization could not be listed" in daemon.process.output, 60)
    assert since(daemon.scrape()) == before, "whether they are selected is not known yet"
    put_faults(world[1])
    daemon.wait("the listing", lambda: since(daemon.scrape()) == of(SHOP, before), 60)


def test_a_reload_that_needs_a_listing_is_refused_without_one_and_taken_as_soon_as_there_is(run, config, world):
    daemon = run(config)
    before = since(swept(daemon))
    put_faults(world[1], NO_LISTING)
    daemon.write(selecting(config))
    answer = daemon.reload()
    assert answer.status == 422 and "could not be listed" in answer.text, answer
    metrics = daemon.scrape()
    assert (metrics.total(SUCCESSFUL), since(metrics)) == (0, before)
    put_faults(world[1])
    daemon.wait("another try", lambda: daemon.scrape().total(SUCCESSFUL) == 1, 90)
    assert since(daemon.scrape()) == of(SHOP, before)


@pytest.mark.parametrize("content", ["", "\n \n"])
def test_a_file_that_is_emptied_changes_nothing(run, config, content):
    config = config | {"checks": {"disable": ["guardduty-enabled"]}}
    daemon = run(config)
    shown = daemon.wait("failures", lambda: len(since(daemon.scrape())) == 10 and since(daemon.scrape()), 60)
    daemon.write(content)
    answer = daemon.reload()
    assert answer.status == 422 and "the configuration file is empty" in answer.text, answer
    assert since(daemon.scrape()) == shown
    daemon.write(config)
    daemon.wait("the file's return", lambda: daemon.scrape().total(SUCCESSFUL) == 1)


def test_a_file_in_the_usual_place_that_goes_changes_nothing(programs, world, config):
    process = programs.start(orgsweep(), "run", env=environment(world[1], ORGSWEEP_SERVER__LISTEN="127.0.0.1:0"))
    # The program looks for it in its own folder, in which it has begun without one.
    url, file = process.address(), process.folder / "orgsweep.yaml"
    file.write_text(json.dumps(config))
    assert get(url + "/-/reload", method="POST").status == 200
    file.unlink()
    answer = get(url + "/-/reload", method="POST")
    assert answer.status == 422 and "is not there any more" in answer.text, answer


@pytest.mark.parametrize("again", ["reload", "restart"])
def test_a_management_account_that_is_skipped_stays_so(run, config, world, again):
    config = config | {"sessions": {"management_account": "skip"}}
    daemon = run(config)
    # What the management account's own answers are needed for is unknown.
    before = since(swept(daemon, covered=0.5))
    put_faults(world[1], NO_LISTING)
    config = config | {"limits": {"workers": 8}}
    if again == "reload":
        daemon.write(config)
        assert daemon.reload().status == 200
    else:
        daemon.process.kill()
        daemon = run(config)
    daemon.wait("a listing that failed", lambda: "the organization could not be listed" in daemon.process.output, 60)
    metrics = daemon.scrape()
    assert since(metrics) == before
    assert {account for (account,) in metrics.series("orgsweep_account_reachable", "account_id")} == {SHOP, BANK}
    assert f'account_id="{MANAGEMENT}"' not in metrics.text


def test_a_role_for_the_listing_that_does_not_work_stops_no_sweep(run, config):
    config = config | {"schedule": {"frequent": "2s", "standard": "2s", "daily": "2s", "jitter": 0}}
    daemon = run(config)
    before = since(swept(daemon))
    config = config | {"organization": {"role_arn": f"arn:aws:iam::{MANAGEMENT}:role/none", "refresh": "10h"}}
    # The second time, there is no listing to go on with, only what is swept.
    for workers in (8, 9):
        daemon.write(config | {"limits": {"workers": workers}})
        assert daemon.reload().status == 200
        daemon.wait("a listing that failed", lambda: "the organization could not be listed" in daemon.process.output, 60)
        # The sweeps of before may still be on their way to the metrics.
        later = time.time() + 3
        daemon.wait("new sweeps of all", lambda: min(daemon.scrape().series(EVALUATED).values()) > later, 60)
        assert since(daemon.scrape()) == before


def test_a_database_that_is_held_at_the_start_is_waited_for(programs, run, config, world):
    daemon = run(config)
    before = swept(daemon)
    daemon.process.kill()
    with open(config["store"]["path"] + "-lock", "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        daemon = run(config)
        daemon.wait("the lock to be noticed", lambda: "another orgsweep has it open" in daemon.process.output)
        answer = get(daemon.url + "/metrics", seconds=20)
        assert answer.status == 503, "nothing is shown that is less than before"
    daemon.wait("the metrics", lambda: get(daemon.url + "/metrics", seconds=20).status == 200, START)
    metrics = daemon.scrape()
    for name in (COMPLIANT, SINCE):
        assert metrics.series(name) == before.series(name)


def test_sweeps_of_a_new_check_that_a_restart_interrupts_are_made_up_for(run, config, world):
    simulation, _ = world
    daemon = run(config | {"checks": {"disable": [VPC]}})
    others = {place for place in FAILURES if place[2] != VPC}

    def complete():
        metrics = daemon.scrape()
        return set(since(metrics)) == others and metrics.total("orgsweep_coverage_ratio") == 1

    daemon.wait("a first sweep", complete, 60)
    simulation.signal(signal.SIGSTOP)
    daemon.write(config)
    assert daemon.reload().status == 200
    daemon.process.kill()
    simulation.signal(signal.SIGCONT)
    daemon = run(config)
    daemon.wait("the new check", lambda: set(since(daemon.scrape())) == FAILURES, 60)


def test_metrics_are_whole_at_the_first_scrape_after_a_kill_in_a_reload(run, config, world):
    """Killed at any moment of going over to another configuration, it shows one of the two."""
    simulation, _ = world
    daemon = run(config)
    before = since(swept(daemon))
    simulation.signal(signal.SIGSTOP)
    off = []
    for number, check in enumerate(sorted({check for _, _, check in before})):
        off.append(check)
        fewer = config | {"checks": {"disable": off}}
        daemon.write(fewer)
        daemon.process.signal(signal.SIGHUP)
        daemon.wait("the reload's beginning", lambda: "SIGHUP" in daemon.process.output)
        until = time.monotonic() + number * 0.3
        daemon.wait("a moment", lambda: time.monotonic() >= until)
        daemon.process.kill()
        daemon = run(fewer)
        answer = daemon.wait("a first scrape", lambda: (seen := get(daemon.url + "/metrics", seconds=20)).status == 200 and seen, START)
        assert since(Metrics(answer.text)) == {place: at for place, at in before.items() if place[2] not in off}
