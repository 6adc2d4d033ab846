"""The demo is what a stranger sees first."""

import time

from harness import get, scrape, wait_until
from watched import COMPLIANT

# What is promised is half a minute, of a release build on a machine that is not busy.
SOON = 90


def test_it_says_what_to_open_and_has_verdicts_soon(programs):
    demo = programs.demo("--accounts", "20")
    url = demo.address()
    assert f"{url}/metrics" in demo.output, demo.story()
    left = SOON - (time.monotonic() - demo.started)
    metrics = wait_until("verdicts", lambda: (seen := scrape(url)).series(COMPLIANT) and seen, left, demo)
    assert set(metrics.series(COMPLIANT).values()) <= {0.0, 1.0}
    assert get(url + "/-/ready").status == 200
    assert len(metrics.series("orgsweep_account_info")) == 20


def test_it_needs_nothing_of_the_environment(programs):
    """Neither credentials nor a region, and it does not ask the real AWS if there are any."""
    elsewhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_PROFILE": "production", "AWS_REGION": "eu-central-2"}
    demo = programs.demo("--accounts", "5", **elsewhere)
    wait_until("verdicts", lambda: scrape(demo.address()).series(COMPLIANT), SOON, demo)
