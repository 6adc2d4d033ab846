"""When AWS cannot be asked any more: what failed goes on failing, what passed is not vouched for any longer."""

from fnmatch import fnmatch

from harness import get, wait_until
from watched import COMPLIANT, PLACE, watch

ORGANIZATION = ("--accounts", "10", "--seed", "3")
CONFIG = {
    "select": {"regions": {"include": ["us-east-1", "eu-west-1"]}},
    "schedule": {"frequent": "4s", "standard": "4s", "daily": "4s", "jitter": 0, "pass_valid": "40s"},
    # Enough of each kind; all of them every few seconds would be a benchmark.
    "checks": {"disable": ["alarm-*", "cloudtrail-*", "budgets-*", "iam-*", "ec2-*", "lambda-*", "organizations-*", "identity-*", "account-environment-*"]},
}


def test_an_outage_resolves_nothing(programs):
    watched = watch(programs, *ORGANIZATION, config=CONFIG, regions=("global", "us-east-1", "eu-west-1"))
    left_out = CONFIG["checks"]["disable"]
    watched.truth = [row for row in watched.truth if not any(fnmatch(row["check"], pattern) for pattern in left_out)]
    before = watched.swept()
    failing = {where: value for where, value in before.series(COMPLIANT, *PLACE).items() if value == 0}
    passing = {where for where, value in before.series(COMPLIANT, *PLACE).items() if value == 1}
    since = before.series("orgsweep_check_failing_since_timestamp_seconds", *PLACE)
    assert failing and passing
    watched.simulation.kill()

    def blind():
        """Every target that could be seen has been looked at again, in vain."""
        unknown = {where[:3] for where in watched.scrape().series("orgsweep_check_unknown", *PLACE, "reason")}
        return unknown >= set(failing) | passing

    wait_until("every verdict blind", blind, 60, watched.daemon)
    during = watched.scrape().series(COMPLIANT, *PLACE)
    assert {where: value for where, value in during.items() if value == 0} == failing, "an outage changed what fails"

    def expired():
        return 1.0 not in watched.scrape().series(COMPLIANT, *PLACE).values()

    wait_until("no pass is vouched for any longer", expired, 60, watched.daemon)
    after = watched.scrape()
    assert after.series(COMPLIANT, *PLACE) == failing
    assert after.series("orgsweep_check_failing_since_timestamp_seconds", *PLACE) == since
    assert get(watched.url + "/-/ready").status == 200 and get(watched.url + "/-/healthy").status == 200
    assert watched.daemon.running


def test_a_daemon_that_never_saw_the_organization_is_alive_and_not_ready(programs):
    daemon, url = programs.run("http://127.0.0.1:9", {})
    wait_until("a first try", lambda: "the organization could not be listed" in daemon.output, 30, daemon)
    assert get(url + "/-/ready").status == 503
    assert get(url + "/-/healthy").status == 200
    assert get(url + "/metrics").status == 200
