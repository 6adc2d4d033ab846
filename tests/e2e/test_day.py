"""A bad day in fast motion, as Prometheus sees it: an alert ends because what failed was seen mended or has left, and for no other reason.

A cadence is three seconds, and a pass counts for half a minute. One thing after the other goes wrong and is mended, and Prometheus records
it all. Then its record is judged.
"""

import json
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass, field

import pytest

from configured import BANK, BUCKETS, DETECTOR, EU, FAILING, MANAGEMENT, SHOP, US, VOLUMES, VPC, World, start
from harness import START, call_json, environment, free_port, from_debian, get, scrape, wait_until
from test_prometheus import ask
from watched import COMPLIANT, PLACE

FAR, LEAVER = "400000000003", "400000000004"
OTHERS = [f"50000000000{number}" for number in range(5)]
THROTTLED = OTHERS[0]
ABROAD = "eu-south-1"
CHECKS = (VPC, DETECTOR, VOLUMES, BUCKETS)
UNKNOWN = "orgsweep_check_unknown"
EVALUATED = "orgsweep_check_last_evaluated_timestamp_seconds"
PASS_VALID = 25
# How often the daemon looks for passes that have ended, at the least.
HOUSEKEEPING = 10
# How long an alert outlives a scrape without its series: for the restart's gap.
KEPT = 15
CONFIG = {
    "schedule": {"frequent": "3s", "standard": "3s", "daily": "3s", "jitter": 0, "pass_valid": f"{PASS_VALID}s"},
    "organization": {"refresh": "2s"},
    "metrics": {"detail": "region"},
}
PROMETHEUS = """\
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [rules.yml]
scrape_configs:
  - job_name: orgsweep
    static_configs:
      - targets: ["%s"]
"""
RULES = f"""\
groups:
  - name: day
    rules:
      - alert: Fails
        expr: {COMPLIANT} == 0
        keep_firing_for: {KEPT}s
      - alert: Blind
        expr: {UNKNOWN} == 1
"""
# How long anything may take to show. A busy machine takes its time.
SHOWS = 60
# How late a scrape or a rule may be on such a machine.
LATE = 5


def accounts(without=(), mended=False, abroad=True):
    """Ten accounts. Half of them have failures."""
    shop = {check: variant for check, variant in FAILING.items() if not (mended and check == VPC)}
    everything = [
        {"id": MANAGEMENT, "name": "management"},
        {"id": SHOP, "name": "shop", "posture": {f"{check}@{EU}" if check != BUCKETS else check: shop[check] for check in shop}},
        {"id": BANK, "name": "bank", "posture": {VPC: "unused", BUCKETS: "not_set"}},
        {"id": FAR, "name": "far", "posture": {f"{VPC}@{US}": "unused"} | ({f"{VPC}@{ABROAD}": "unused"} if abroad else {})}
        | ({"opt_in_regions": [ABROAD]} if abroad else {}),
        {"id": LEAVER, "name": "leaver", "posture": {DETECTOR: "no_detector"}},
        *(
            {"id": account, "name": f"other-{account}", "posture": {VOLUMES: "disabled"} if account == THROTTLED else {}}
            for account in OTHERS
        ),
    ]
    return [account for account in everything if account["id"] not in without]


@dataclass
class Event:
    """Something that went wrong, from when until when, and what was to be seen of it."""

    name: str
    begin: float
    end: float = None
    # Accounts and the reason with which they have to be blind.
    blind: tuple = ()
    reason: str = None


@dataclass
class Truth:
    """What is true from a moment on, by place: pass or fail."""

    begin: float
    status: dict
    # From when on the daemon has shown it, and must not show what was true before.
    shown: float = float("inf")


@dataclass
class Outage:
    """Of an account that could not be reached: when it was last evaluated, from when on there were no answers, when the last pass went."""

    evaluated: float
    begin: float
    expired: float


@dataclass
class Day:
    world: World
    daemon: object
    prometheus: str
    begin: float = field(default_factory=time.time)
    end: float = None
    events: list = field(default_factory=list)
    # What was true, one after the other.
    truths: list = field(default_factory=list)
    # Since when an account or a region is gone.
    left: dict = field(default_factory=dict)
    outage: Outage = None
    # Rules that stay while others come and go.
    always: list = field(default_factory=list)

    def become(self, **described):
        began = time.time()
        self.world.become(accounts=accounts(**described), regions=[US, EU])
        self.holds(began)

    def holds(self, began):
        """From that moment on, the truth is what the simulation has now."""
        rows = call_json("simulate", "--org", self.world.file, "--truth")
        self.truths.append(Truth(began, {place_of_row(row): row["status"] for row in rows if row["check"] in CHECKS}))

    def shown(self):
        """The daemon shows what is true now."""
        self.truths[-1].shown = time.time()

    def faults(self, *rules):
        body = json.dumps({"faults": self.always + list(rules)}).encode()
        request = urllib.request.Request(self.world.endpoint + "/-/faults", data=body, method="PUT")
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
            assert answer.status < 300

    def scrape(self):
        return scrape(self.daemon.url)

    def wait(self, what, condition, seconds=SHOWS):
        return wait_until(what, condition, seconds, self.daemon.process, self.world.simulation)

    def blind(self):
        """Which accounts are blind, in all that is asked there, and why."""
        found = {}
        for account, _, _, reason in self.scrape().series(UNKNOWN, *PLACE, "reason"):
            found.setdefault(account, set()).add(reason)
        return found

    def happens(self, name, blind=(), reason=None):
        event = Event(name, time.time(), blind=tuple(blind), reason=reason)
        self.events.append(event)
        return event

    def shows(self, event, seconds=SHOWS):
        """Waits until the accounts are blind for that reason, and Prometheus alerts of every place where they are."""
        self.wait(f"{event.name} shows", lambda: all(event.reason in self.blind().get(account, ()) for account in event.blind), seconds)

        def told():
            places = self.scrape().series(UNKNOWN, *PLACE, "reason")
            blind = {place for place in places if place[0] in event.blind and place[3] == event.reason}
            alerts = ask(self.prometheus, 'ALERTS{alertname="Blind",alertstate="firing"}')
            return blind and blind <= {(*place_of(alert["metric"]), alert["metric"]["reason"]) for alert in alerts}

        self.wait(f"Prometheus tells that {event.name}", told)
        # The record is asked for whole seconds, of which one has to lie in the event.
        self.pass_by(2)

    def pass_by(self, seconds):
        """Prometheus goes on scraping meanwhile."""
        until = time.time() + seconds
        self.wait("time to pass", lambda: time.time() >= until, seconds + 10)

    def mended(self, event):
        self.wait(f"{event.name} is over", lambda: not self.blind().keys() - ({THROTTLED} if self.always else set()))
        event.end = time.time()
        self.pass_by(2)


def unreachable(day):
    """For so long that its passes run out."""
    event = day.happens("an account is unreachable", [SHOP], "aws_error")
    evaluated = None

    def passes():
        nonlocal evaluated
        metrics = day.scrape()
        found = [place for place, value in metrics.series(COMPLIANT, *PLACE).items() if value == 1 and place[0] == SHOP]
        if found:
            times = metrics.series(EVALUATED, "account_id", "aws_region", "cadence")
            evaluated = max(at for (account, *_), at in times.items() if account == SHOP)
        return found

    assert passes()
    day.faults({"fault": "reset", "accounts": [SHOP]}, {"fault": "reset", "role_accounts": [SHOP]})
    begin = time.time()
    day.wait("passes that are not renewed go", lambda: not passes())
    day.outage = Outage(evaluated, begin, time.time())
    day.shows(event)
    day.faults()
    day.mended(event)


def role_deleted(day):
    event = day.happens("the role is deleted", [BANK], "role_missing")
    day.faults({"fault": "expired_token", "accounts": [BANK]}, {"fault": "deny", "role_accounts": [BANK], "operations": ["AssumeRole"]})
    day.shows(event)
    day.faults()
    day.mended(event)


def throttling_begins(day):
    """A throttled call is tried again for more than a minute, so this goes on beside what comes next."""
    day.happens("an account's calls are throttled", [THROTTLED], "throttled")
    day.always = [{"fault": "throttle", "accounts": [THROTTLED], "operations": ["GetEbsEncryptionByDefault"]}]
    day.faults()


def throttling_ends(day):
    (event,) = [event for event in day.events if event.reason == "throttled"]
    day.shows(event, 120)
    day.always = []
    day.faults()
    day.mended(event)


def listing_fails(day):
    event = day.happens("the organization cannot be listed")
    day.faults({"fault": "error", "services": ["organizations"], "operations": ["ListAccounts"]})
    listed = "orgsweep_organization_last_listing_timestamp_seconds"
    day.wait("an old listing", lambda: time.time() - day.scrape().total(listed) > 8)
    day.faults()
    day.wait("a new listing", lambda: time.time() - day.scrape().total(listed) < 5)
    event.end = time.time()


def listing_shrinks(day):
    gone = [SHOP, *OTHERS[1:]]
    event = day.happens("half of the accounts are not listed", gone, "role_missing")
    truth = day.truths[-1].status
    day.become(without=gone)
    # Nothing is known of those that are not listed, so what was true of them stays.
    day.truths[-1].status.update({place: status for place, status in truth.items() if place[0] in gone})
    day.wait("the listing is not believed", lambda: day.scrape().total("orgsweep_organization_listing_shrunk") == 1)
    day.shows(event)
    assert {account for account, *_ in day.scrape().series("orgsweep_account_info", "account_id")} >= set(gone)
    day.become()
    day.wait("the listing is believed", lambda: day.scrape().total("orgsweep_organization_listing_shrunk") == 0)
    day.mended(event)


def region_disabled(day):
    event = day.happens("a region is disabled in an account")
    day.left[FAR, ABROAD] = time.time()
    day.become(abroad=False)
    day.wait("its series go", lambda: f'account_id="{FAR}",aws_region="{ABROAD}"' not in get(day.daemon.url + "/metrics").text)
    day.shown()
    day.mended(event)


def account_leaves(day):
    event = day.happens("an account leaves")
    day.left[LEAVER, None] = time.time()
    day.become(abroad=False, without=[LEAVER])
    day.wait("its series go", lambda: f'"{LEAVER}"' not in get(day.daemon.url + "/metrics").text)
    day.shown()
    day.mended(event)


def killed(day, programs):
    event = day.happens("the process is killed and started again")
    day.daemon.process.kill()

    def noticed():
        return [float(series["value"][1]) for series in ask(day.prometheus, "up")] == [0.0]

    wait_until("Prometheus misses it", noticed, START)
    day.daemon = start(programs, day.world.endpoint, day.daemon.file)
    day.wait("its first listing", lambda: get(day.daemon.url + "/-/ready").status == 200)
    event.end = time.time()
    day.pass_by(KEPT + 3)


def mended(day):
    """The only failures that go away because they are mended."""
    event = day.happens("the shop mends its VPC")
    day.become(abroad=False, without=[LEAVER], mended=True)
    day.wait("the pass", lambda: day.scrape().series(COMPLIANT, *PLACE).get((SHOP, EU, VPC)) == 1)
    day.shown()
    day.mended(event)
    day.wait("the alert's end", lambda: (SHOP, EU, VPC) not in firing_now(day.prometheus), KEPT + 30)
    day.pass_by(6)


def firing_now(prometheus):
    return {place_of(series["metric"]) for series in ask(prometheus, 'ALERTS{alertname="Fails",alertstate="firing"}')}


def place_of(labels):
    return tuple(labels[name] for name in PLACE)


def place_of_row(row):
    return row["account_id"], row["region"], row["check"]


@pytest.fixture(scope="module")
def day(programs, folders, checks):
    """The whole day, told. What is judged is Prometheus's record of it."""
    folder = folders("day")
    port = free_port()
    world = World(programs, folder)
    world.become(accounts=accounts(), regions=[US, EU])
    server = {"server": {"listen": f"127.0.0.1:{port}"}, "store": {"path": str(folder / "orgsweep.db")}}
    left_out = {"checks": {"disable": sorted(check for check in checks if check not in CHECKS)}}
    daemon = start(programs, world.endpoint, folder / "orgsweep.yaml", CONFIG | server | left_out)
    day = Day(world, daemon, begin_prometheus(programs, folder, port))
    day.holds(day.begin)
    failing = {place for place, status in day.truths[0].status.items() if status == "fail"}
    day.wait("a first sweep", lambda: set(day.scrape().series(COMPLIANT, *PLACE)) == set(day.truths[0].status))
    day.shown()
    day.wait("every alert", lambda: firing_now(day.prometheus) == failing)

    for event in (
        throttling_begins,
        unreachable,
        role_deleted,
        listing_fails,
        throttling_ends,
        listing_shrinks,
        region_disabled,
        account_leaves,
    ):
        event(day)
    killed(day, programs)
    mended(day)
    day.end = time.time()
    return day


def begin_prometheus(programs, folder, port):
    (folder / "prometheus.yml").write_text(PROMETHEUS % f"127.0.0.1:{port}")
    (folder / "rules.yml").write_text(RULES)
    own = free_port()
    process = programs.start(
        from_debian("prometheus"),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{own}",
        env=environment(),
    )
    url = f"http://127.0.0.1:{own}"
    wait_until("Prometheus is ready", lambda: get(url + "/-/ready").status == 200, START, process)
    return url


# The record


def recorded(day, query):
    """A query's series, with its values by second of the day."""
    parameters = {"query": query, "start": int(day.begin), "end": int(day.end), "step": 1}
    answer = get(f"{day.prometheus}/api/v1/query_range?{urllib.parse.urlencode(parameters)}", seconds=60)
    assert answer.status == 200, answer.text[:500]
    return [
        (series["metric"], {int(at): float(value) for at, value in series["values"]})
        for series in json.loads(answer.text)["data"]["result"]
    ]


@pytest.fixture(scope="module")
def scraped(day):
    """The seconds at which the daemon was scraped with success."""
    ((_, values),) = recorded(day, "up")
    return {at for at, value in values.items() if value == 1}


@pytest.fixture(scope="module")
def posture(day):
    return {place_of(labels): values for labels, values in recorded(day, COMPLIANT)}


@pytest.fixture(scope="module")
def fired(day):
    return {place_of(labels): values for labels, values in recorded(day, 'ALERTS{alertname="Fails",alertstate="firing"}')}


def truths_around(day, at):
    """What may be shown at a moment: what is true then, and what was true before as long as the daemon had not shown the change."""
    changed = [number for number, truth in enumerate(day.truths) if truth.begin <= at + 1 and at > truth.shown + LATE]
    since = max(changed, default=0)
    return [truth.status for truth in day.truths[since:] if truth.begin <= at + 1 or truth is day.truths[0]]


def has_left(day, place, at):
    """Whether the account, or the region in it, had left before a moment."""
    account, region, _ = place
    return any(at >= day.left.get(what, float("inf")) for what in ((account, region), (account, None)))


def ends(values, last):
    """The last second of each stretch of seconds, except of one that lasts till the end."""
    return [at for at in values if at + 1 not in values and at + 2 not in values and at < last - 3]


def test_every_failure_fires_and_nothing_else(day, fired):
    failing = {place for truth in day.truths for place, status in truth.status.items() if status == "fail"}
    assert set(fired) == failing
    for place, values in fired.items():
        for at in values:
            assert any(truth.status.get(place) == "fail" for truth in day.truths if truth.begin <= at + 1), (place, at - day.begin)


def test_an_alert_ends_only_with_a_pass_or_when_its_target_has_left(day, fired, posture):
    ended = {place: end for place, values in fired.items() for end in ends(values, day.end)}
    for place, at in ended.items():
        passed = any(posture[place].get(second) == 1 for second in range(at - KEPT - 5, at + 1))
        assert passed or has_left(day, place, at), f"{place} ended {at - day.begin:.0f} s into {day.events}"
    assert (SHOP, EU, VPC) in ended, "one was mended"
    assert {place for place in ended if place != (SHOP, EU, VPC)} == {place for place in fired if has_left(day, place, day.end)}


def test_a_failure_is_in_every_scrape_until_it_is_mended_or_leaves(day, posture, scraped):
    """Without the time that alerts are kept firing, which would hide a gap."""
    for place, values in posture.items():
        zeros = [at for at, value in values.items() if value == 0]
        if not zeros:
            continue
        until = next((at for at, value in values.items() if value == 1 and at > zeros[0]), int(day.end) - 2)
        missing = [at for at in range(zeros[0], until) if at in scraped and at not in values and not has_left(day, place, at)]
        # A query may look a moment before the scrape of its second.
        gaps = [at for at in missing if at - 1 in scraped and at + 1 in scraped]
        assert not gaps, f"{place} was missing {[f'{at - day.begin:.0f} s' for at in gaps][:10]} into {day.events}"


def test_what_is_shown_was_true(day, posture):
    for place, values in posture.items():
        for at, value in values.items():
            shown = "pass" if value == 1 else "fail"
            possible = {truth.get(place) for truth in truths_around(day, at)}
            if has_left(day, place, at) and possible == {None}:
                continue
            assert shown in possible or has_left(day, place, at), f"{place} shown as {shown} {at - day.begin:.0f} s into {day.events}"


def test_a_pass_that_is_not_renewed_goes_in_time(day):
    outage = day.outage
    assert outage.evaluated <= outage.begin, "an account without answers was evaluated"
    # The times are whole seconds.
    assert PASS_VALID <= outage.expired - outage.evaluated <= PASS_VALID + 1 + HOUSEKEEPING + LATE, outage


def test_blindness_is_told_with_its_reason(day):
    blind = recorded(day, UNKNOWN)
    alerts = {(*place_of(labels), labels["reason"]) for labels, _ in recorded(day, 'ALERTS{alertname="Blind",alertstate="firing"}')}
    assert {(*place_of(labels), labels["reason"]) for labels, _ in blind} >= alerts
    for event in day.events:
        for account in event.blind:
            places = {
                place_of(labels)
                for labels, values in blind
                if labels["account_id"] == account
                and labels["reason"] == event.reason
                and any(event.begin <= at <= event.end for at in values)
            }
            assert places, f"{event.name}: {account} was never blind with {event.reason}"
            assert {(*place, event.reason) for place in places} <= alerts, event.name
    # Those that nothing happened to were blind only while AWS itself was away.
    quiet = [event for event in day.events if event.name in ("an account is unreachable", "the role is deleted")]
    for labels, values in blind:
        for event in quiet:
            during = [at for at in values if event.begin + 1 <= at <= event.end]
            assert labels["account_id"] in (*event.blind, THROTTLED) or not during, f"{event.name}: {labels}"


def test_the_restart_lost_nothing(day, scraped, posture):
    (restart,) = [event for event in day.events if "killed" in event.name]
    down = [at for at in range(int(restart.begin), int(restart.end) + 3) if at not in scraped]
    assert down, "Prometheus did not notice, so this proves nothing"
    before = max(at for at in scraped if at < min(down))
    # Two scrapes in a row: a query may look a moment before the scrape of its second.
    after = min(at for at in scraped if at > max(down) and at + 1 in scraped)
    assert {place for place, values in posture.items() if before in values} == {
        place for place, values in posture.items() if after + 1 in values
    }
    since = recorded(day, "orgsweep_check_failing_since_timestamp_seconds")
    for labels, values in since:
        if before in values:
            assert values[before] == values[after + 1], place_of(labels)
