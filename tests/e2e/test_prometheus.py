"""A real Prometheus scrapes the daemon and answers."""

import json
import urllib.parse

import pytest

from harness import START, environment, free_port, from_debian, get, wait_until
from watched import compliance

# A scrape may take as long as the interval, and on a busy machine one takes more than a second.
CONFIG = """\
global:
  scrape_interval: 5s
scrape_configs:
  - job_name: orgsweep
    static_configs:
      - targets: ["{address}"]
"""


@pytest.fixture(scope="module")
def prometheus(programs, watched, tmp_path_factory):
    """Its address. It starts when the first sweep is done, so that every sample it takes is a whole one."""
    watched.swept()
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "prometheus.yml").write_text(CONFIG.format(address=watched.url.removeprefix("http://")))
    port = free_port()
    process = programs.start(
        from_debian("prometheus"),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        env=environment(),
    )
    url = f"http://127.0.0.1:{port}"
    wait_until("Prometheus is ready", lambda: get(url + "/-/ready").status == 200, START, process)

    def up():
        return [float(series["value"][1]) for series in ask(url, "up")] == [1.0]

    wait_until("Prometheus has scraped the daemon", up, 30, process)
    return url


def ask(url, query):
    answer = get(f"{url}/api/v1/query?{urllib.parse.urlencode({'query': query})}")
    assert answer.status == 200, answer.text
    return json.loads(answer.text)["data"]["result"]


def test_the_compliance_of_the_organization(prometheus, watched):
    values = compliance(watched.truth).values()
    (series,) = ask(prometheus, "avg(orgsweep_check_compliant)")
    assert abs(float(series["value"][1]) - sum(values) / len(values)) < 1e-9


def test_the_compliance_of_each_check(prometheus, watched):
    values = {}
    for (_, _, check), value in compliance(watched.truth).items():
        values.setdefault(check, []).append(value)
    answered = {
        series["metric"]["check"]: float(series["value"][1]) for series in ask(prometheus, "avg by (check) (orgsweep_check_compliant)")
    }
    assert set(answered) == set(values)
    for check, one in values.items():
        assert abs(answered[check] - sum(one) / len(one)) < 1e-9, check


def test_names_are_joined_from_the_info_families(prometheus, watched):
    query = """
        (orgsweep_check_compliant == 0)
          * on (account_id) group_left (account_name, ou_path) orgsweep_account_info
          * on (check) group_left (title, severity) orgsweep_check_info
    """
    joined = ask(prometheus, query)
    assert len(joined) == sum(value == 0 for value in compliance(watched.truth).values()) > 0
    for series in joined:
        assert {"account_name", "ou_path", "title", "severity"} <= set(series["metric"]), series
