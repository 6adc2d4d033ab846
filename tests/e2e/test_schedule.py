"""When accounts are swept: by the schedule, by hand, and ever more rarely while they do not answer."""

import datetime
import json
import time

import pytest

from harness import get, scrape, wait_until

ORGANIZATION = """
organization: {id: o-exampleorgid, management_account_id: "111111111111"}
regions: [us-east-1, eu-west-1]
default_posture: pass
accounts:
  - {id: "111111111111", name: management}
  - {id: "222222222222", name: shop}
  - {id: "333333333333", name: gone, state: SUSPENDED}
  - {id: "444444444444", name: new, role: missing}
"""
MANAGEMENT, SHOP, GONE, NEW = "111111111111", "222222222222", "333333333333", "444444444444"
NEVER = {"frequent": "10h", "standard": "10h", "daily": "100h"}
# One check of each cadence, all of them about regions.
CHECKS = {"frequent": "ebs-default-encryption", "standard": "guardduty-enabled", "daily": "ebs-snapshot-public-access-blocked"}
# Of each account.
TARGETS = 2
EVALUATED = "orgsweep_check_last_evaluated_timestamp_seconds"


@pytest.fixture(scope="module")
def endpoint(programs, tmp_path_factory):
    file = tmp_path_factory.mktemp("organization") / "organization.yaml"
    file.write_text(ORGANIZATION)
    return programs.simulate("--org", file)[1]


@pytest.fixture(scope="module")
def config(checks):
    """Whatever the catalogue holds, three checks with a cadence each."""
    assert set(CHECKS.values()) <= set(checks)
    return {
        "checks": {
            "disable": sorted(check for check in checks if check not in CHECKS.values()),
            "cadence": {check: cadence for cadence, check in CHECKS.items()},
        }
    }


def post(url, query="", **headers):
    return get(f"{url}/-/sweep{query}", method="POST", headers=headers)


def swept(url):
    """How many targets were swept, and how many could not be."""
    sweeps = scrape(url).series("orgsweep_sweeps_total", "outcome")
    return sweeps["done",], sweeps["unreachable",]


def evaluated(url):
    return scrape(url).series(EVALUATED, "account_id", "aws_region", "cadence")


# In seconds.
DAILY = 16


def test_every_cadence_comes_round(programs, endpoint, config):
    daemon, url = programs.run(endpoint, config | {"schedule": {"frequent": "2s", "standard": "4s", "daily": f"{DAILY}s"}})
    seen = {}

    def often():
        for where, value in evaluated(url).items():
            seen.setdefault(where, set()).add(value)
        return len(seen) == 2 * TARGETS * 3 and min(map(len, seen.values())) >= 3

    wait_until("every cadence swept three times in every target", often, 120, daemon)
    assert {account for account, _, _ in seen} == {MANAGEMENT, SHOP}
    for (account, region, cadence), times in seen.items():
        if cadence == "daily":
            moments = sorted(times)
            # The first sweep asks everything, so that the second may come early: after a quarter of the interval. These are whole seconds.
            assert all(later - earlier >= DAILY / 4 - 1 for earlier, later in zip(moments, moments[1:])), (account, region, moments)
            assert len(times) < len(seen[account, region, "frequent"]), (account, region, moments)


@pytest.fixture(scope="module")
def idle(programs, endpoint, config):
    """A daemon that has swept everything once and has nothing to do for hours, but for the account without the role."""
    daemon, url = programs.run(endpoint, config | {"schedule": NEVER})
    wait_until("a first sweep", lambda: len(evaluated(url)) == 2 * TARGETS * len(CHECKS), 60, daemon)
    return daemon, url


def test_an_account_is_swept_by_hand(idle):
    daemon, url = idle
    done, _ = swept(url)
    before = evaluated(url)
    # The times are whole seconds.
    wait_until("the next second", lambda: time.time() > max(before.values()) + 1, 30, daemon)
    answer = post(url, f"?account={SHOP}")
    assert (answer.status, json.loads(answer.text)) == (202, {"accounts": 1, "running": 0})

    def renewed():
        now = evaluated(url)
        return {where for where in now if now[where] != before[where]}

    expected = {(SHOP, region, cadence) for region in ("us-east-1", "eu-west-1") for cadence in CHECKS}
    wait_until("all cadences of the account", lambda: renewed() == expected, 30, daemon)
    assert swept(url)[0] == done + TARGETS


def test_all_accounts_are_swept_by_hand(idle):
    daemon, url = idle
    done, unreachable = swept(url)
    answer = post(url)
    assert (answer.status, json.loads(answer.text)["accounts"]) == (202, 4)
    wait_until("all swept", lambda: swept(url)[0] >= done + 2 * TARGETS and swept(url)[1] >= unreachable + 2 * TARGETS, 30, daemon)


def test_a_wish_that_makes_no_sense_is_explained(idle):
    _, url = idle
    for query, status, words in [
        ("?account=999999999999", 404, "not among the accounts"),
        ("?account=12", 400, "12 digits"),
        ("?acount=222222222222", 400, "account=ID"),
    ]:
        answer = post(url, query)
        assert (answer.status, words in answer.text) == (status, True), answer
    assert post(url, Origin="https://example.com").status == 403
    assert get(url + "/-/sweep").status == 405


def test_an_account_without_the_role_is_tried_ever_more_rarely(programs, endpoint, config):
    # The first wait is a thirtieth of the frequent interval.
    schedule = {"frequent": "1m", "standard": "1m", "daily": "1m"}
    daemon, url = programs.run(endpoint, config | {"schedule": schedule}, RUST_LOG="info,orgsweep_sweep=debug")

    def tries():
        """When the account was tried, by the daemon's own clock. A sweep may say more, but this at its end."""
        lines = [json.loads(line) for line in daemon.output.splitlines() if line.endswith("}") and NEW in line]
        swept = [line for line in lines if (line.get("account"), line["message"]) == (NEW, "swept")]
        return [datetime.datetime.fromisoformat(line["timestamp"]) for line in swept]

    wait_until("four tries", lambda: len(tries()) >= 4, 90, daemon)
    moments = tries()
    gaps = [(later - earlier).total_seconds() for earlier, later in zip(moments, moments[1:])]
    # A busy machine makes gaps longer, never shorter.
    assert [gap >= least for gap, least in zip(gaps, (1.6, 3.2, 6.4))] == [True] * 3, gaps
    wait_until("the metrics to tell", lambda: scrape(url).total("orgsweep_accounts_circuit_open") == 1, 30, daemon)
    metrics = scrape(url)
    assert metrics.total("orgsweep_account_retries_total") >= 3
    assert metrics.total("orgsweep_sweeps_overrun_total") == 0

    def beside_retries():
        """How often the role was refused in sweeps that were no retries. Every sweep asks AWS."""
        metrics = scrape(url)
        return metrics.series("orgsweep_assume_role_total", "outcome")["refused",] - metrics.total("orgsweep_account_retries_total")

    wait_until("no try under way", lambda: beside_retries() == 1, 30, daemon)
    assert post(url, f"?account={NEW}").status == 202
    wait_until("a sweep by hand", lambda: beside_retries() == 2, 30, daemon)
