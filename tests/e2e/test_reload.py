"""A changed configuration takes effect while the daemon runs: all of it, or, with a mistake in it, nothing."""

import json
import os
import re
import signal
import time
from dataclasses import dataclass, field

import pytest

from configured import (
    BANK,
    EU,
    FAILURES,
    MANAGEMENT,
    NEVER,
    SHOP,
    SINCE,
    SUCCEEDED,
    SUCCESSFUL,
    US,
    VPC,
    organization,
    start,
)
from harness import call, environment, get
from watched import COMPLIANT, PLACE

LISTEN = {"server": {"listen": "127.0.0.1:0"}}
LATER = "2099-12-31"


@pytest.fixture(scope="module")
def endpoint(programs, folders):
    return programs.simulate("--org", organization(folders("organization") / "organization.yaml"))[1]


def failing(metrics):
    return {where for where, value in metrics.series(COMPLIANT, *PLACE).items() if value == 0}


def swept(daemon):
    """What is shown once everything was swept, in a later second than that, so that a time that is set anew would differ."""

    def complete():
        metrics = daemon.scrape()
        times = metrics.series(SINCE, *PLACE)
        done = metrics.total("orgsweep_coverage_ratio") == 1 and set(times) == FAILURES
        return metrics if done and time.time() > max(max(times.values()), metrics.total(SUCCEEDED)) + 1 else None

    return daemon.wait("a complete first sweep", complete, 60)


@dataclass
class Base:
    """A configuration with which nothing happens by itself, and a folder for what it names."""

    folder: object
    waivers: list = field(default_factory=list)

    def __post_init__(self):
        self.waive()
        self.config = LISTEN | {
            "schedule": NEVER,
            "organization": {"refresh": "10h"},
            "metrics": {"detail": "region"},
            "waivers": str(self.folder / "waivers.yaml"),
        }

    def waive(self, *waivers):
        (self.folder / "waivers.yaml").write_text(json.dumps(list(waivers)))

    def switched_off(self, *checks):
        return self.config | {"checks": {"disable": list(checks)}}


def without(series, gone):
    """What is left of series when those are gone for which `gone` is true of the place."""
    return {where: value for where, value in series.items() if not gone(*where)}


# Each way to have it read


def by_signal(daemon, config):
    daemon.write(config)
    daemon.process.signal(signal.SIGHUP)


def by_hand(daemon, config):
    daemon.write(config)
    answer = daemon.reload()
    assert (answer.status, "was read and taken" in answer.text) == (200, True), answer


def by_writing(daemon, config):
    daemon.write(config)


def by_renaming(daemon, config):
    daemon.write_beside(config)


def as_kubernetes(daemon, config):
    """A mounted ConfigMap: the file is a link through `..data`, a link that is swapped from one folder to the next."""
    folder = daemon.file.parent
    new = folder / f"..{time.monotonic_ns()}"
    new.mkdir()
    (new / daemon.file.name).write_text(json.dumps(config))
    before = (folder / "..data").resolve()
    (folder / "..data_tmp").symlink_to(new.name)
    os.replace(folder / "..data_tmp", folder / "..data")
    (before / daemon.file.name).unlink()
    before.rmdir()


def mounted(folder, config):
    """The file as Kubernetes mounts it."""
    first = folder / "..first"
    first.mkdir()
    (first / "orgsweep.yaml").write_text(json.dumps(config))
    (folder / "..data").symlink_to(first.name)
    file = folder / "orgsweep.yaml"
    file.symlink_to("..data/orgsweep.yaml")
    return file


@pytest.mark.parametrize("way", [by_signal, by_hand, by_writing, by_renaming, as_kubernetes])
def test_a_check_that_is_switched_off_goes_and_comes_back(programs, endpoint, folders, way):
    base = Base(folders("reload"))
    if way is as_kubernetes:
        daemon = start(programs, endpoint, mounted(base.folder, base.config))
    else:
        daemon = start(programs, endpoint, base.folder / "orgsweep.yaml", base.config)
    before = swept(daemon)

    way(daemon, base.switched_off(VPC))
    metrics = daemon.wait("the reload", lambda: (now := daemon.scrape()).total(SUCCEEDED) > before.total(SUCCEEDED) and now)
    for name in (COMPLIANT, SINCE):
        expected = without(before.series(name, *PLACE), lambda _, __, check: check == VPC)
        assert metrics.series(name, *PLACE) == expected, "it takes away the series of the check, at once, and no others"
    assert VPC not in {check for check, *_ in metrics.series("orgsweep_check_info", "check", "title", "severity", "scope", "cadence")}
    assert metrics.total(SUCCESSFUL) == 1

    way(daemon, base.config)
    daemon.wait("the check's return", lambda: failing(daemon.scrape()) == FAILURES)
    others = without(before.series(SINCE, *PLACE), lambda _, __, check: check == VPC)
    after = without(daemon.scrape().series(SINCE, *PLACE), lambda _, __, check: check == VPC)
    assert after == others, "what stayed failing did so all the time"
    assert '"level":"ERROR"' not in daemon.process.output


# What each key does. One daemon for all: each test leaves the configuration as it found it.


@pytest.fixture(scope="module")
def base(folders):
    return Base(folders("reload"))


@pytest.fixture(scope="module")
def idle(programs, endpoint, base):
    daemon = start(programs, endpoint, base.folder / "orgsweep.yaml", base.config)
    swept(daemon)
    return daemon


@pytest.fixture
def daemon(idle, base):
    yield idle
    base.waive()
    by_hand(idle, base.config)
    if failing(idle.scrape()) != FAILURES:
        assert get(idle.url + "/-/sweep", method="POST").status == 202
    idle.wait("everything as it was", lambda: failing(idle.scrape()) == FAILURES, 60)


def test_a_waiver_shows_and_goes_without_a_single_call(daemon, base):
    before = daemon.scrape()
    waiver = {"check": VPC, "account": SHOP, "region": EU, "reason": "moving", "owner": "ana", "expires": LATER}
    base.waive(waiver)
    daemon.wait("the waiver", lambda: daemon.scrape().series("orgsweep_check_waived"))
    during = daemon.scrape()
    assert during.series("orgsweep_check_waived", *PLACE) == {(SHOP, EU, VPC): 1.0}
    assert during.series(COMPLIANT, *PLACE) == before.series(COMPLIANT, *PLACE), "a waived failure is still a failure"
    base.waive()
    daemon.wait("the waiver's end", lambda: not daemon.scrape().series("orgsweep_check_waived"))
    after = daemon.scrape()
    assert after.series(SINCE, *PLACE) == before.series(SINCE, *PLACE)
    for name in ("orgsweep_aws_requests_total", "orgsweep_sweeps_total"):
        assert after.series(name) == before.series(name), f"{name}: a waiver asks AWS nothing"


def test_the_detail_changes_the_labels_at_once(daemon, base):
    before = daemon.scrape()
    for detail, regions in [("account", {"all", "global"}), ("organization", set()), ("region", {US, EU, "global"})]:
        by_hand(daemon, base.config | {"metrics": {"detail": detail}})
        metrics = daemon.scrape()
        assert metrics.series("orgsweep_metrics_detail", "detail") == {(detail,): 1.0}
        assert {region for _, region, _ in metrics.series(COMPLIANT, *PLACE)} == regions, detail
        assert metrics.series("orgsweep_verdicts") == before.series("orgsweep_verdicts"), detail
    assert daemon.scrape().series(SINCE, *PLACE) == before.series(SINCE, *PLACE)
    assert daemon.scrape().series("orgsweep_aws_requests_total") == before.series("orgsweep_aws_requests_total")


def test_an_account_that_is_left_out_goes_at_once(daemon, base):
    before = daemon.scrape()
    by_hand(daemon, base.config | {"select": {"exclude": {"accounts": [BANK]}}})
    metrics = daemon.scrape()
    for name in (COMPLIANT, SINCE):
        assert metrics.series(name, *PLACE) == without(before.series(name, *PLACE), lambda account, _, __: account == BANK)
    assert set(metrics.series("orgsweep_account_reachable", "account_id")) == {(MANAGEMENT,), (SHOP,)}
    assert f'"{BANK}"' not in metrics.text


def test_a_region_that_is_left_out_goes_at_once(daemon, base):
    before = daemon.scrape()
    by_hand(daemon, base.config | {"select": {"regions": {"exclude": ["eu-*"]}}})
    metrics = daemon.scrape()
    for name in (COMPLIANT, SINCE):
        assert metrics.series(name, *PLACE) == without(before.series(name, *PLACE), lambda _, region, __: region == EU)
    assert f'"{EU}"' not in metrics.text


def test_a_region_that_is_taken_in_again_is_swept_soon(daemon, base):
    by_hand(daemon, base.config | {"select": {"regions": {"exclude": ["eu-*"]}}})
    by_hand(daemon, base.config)
    daemon.wait("the region's return", lambda: failing(daemon.scrape()) == FAILURES, 60)


def test_severity_and_cadence_show_at_once(daemon, base):
    before = daemon.scrape()
    by_hand(daemon, base.config | {"checks": {"severity": {VPC: "critical"}, "cadence": {VPC: "frequent"}}})
    metrics = daemon.scrape()
    information = {
        check: (severity, cadence) for check, severity, cadence in metrics.series("orgsweep_check_info", "check", "severity", "cadence")
    }
    assert information[VPC] == ("critical", "frequent")
    assert metrics.series(SINCE, *PLACE) == before.series(SINCE, *PLACE)


def test_the_log_level_changes(daemon, base):
    def said_by_a_sweep(level):
        by_hand(daemon, base.config | {"log": {"level": level}})
        start = len(daemon.process.output)
        done = daemon.scrape().series("orgsweep_sweeps_total", "outcome")["done",]
        assert get(f"{daemon.url}/-/sweep?account={SHOP}", method="POST").status == 202
        daemon.wait("the sweep", lambda: daemon.scrape().series("orgsweep_sweeps_total", "outcome")["done",] >= done + 3)
        return {json.loads(line)["level"] for line in daemon.process.output[start:].splitlines()}

    assert said_by_a_sweep("warn") == set()
    assert {"INFO", "DEBUG"} <= said_by_a_sweep("debug")
    assert said_by_a_sweep("info") == {"INFO"}


def test_what_needs_a_restart_is_said(daemon, base):
    config = base.config | {
        "server": {"listen": "127.0.0.1:1"},
        "store": {"path": "other.db"},
        "log": {"format": "text"},
        "otlp": {"endpoint": "http://127.0.0.1:2"},
        "cluster": {"nats": {"url": "nats://127.0.0.1:3"}},
    }
    daemon.write(config)
    answer = daemon.reload()
    assert answer.status == 200, answer
    for key in ("server", "store.path", "log.format", "otlp", "cluster"):
        words = rf"{re.escape(key)}\S* has changed: that takes effect when orgsweep is restarted"
        assert re.search(words, answer.text), f"{key}: {answer.text}"
        assert any(json.loads(line)["level"] == "WARN" for line in daemon.process.output.splitlines() if re.search(words, line)), key
    assert daemon.scrape().total(SUCCESSFUL) == 1
    by_hand(daemon, base.config)


def test_a_reload_is_asked_for_from_here_and_not_by_a_page(daemon):
    for headers, status in [({"Origin": "https://example.com"}, 403), ({"X-Forwarded-For": "10.0.0.1"}, 403), ({}, 200)]:
        assert get(daemon.url + "/-/reload", method="POST", headers=headers).status == status, headers
    assert get(daemon.url + "/-/reload").status == 405


def test_many_reloads_at_once_are_all_answered(daemon, base):
    """Signals, requests and a file that changes all the time; afterwards the newest file counts."""
    before = daemon.scrape()
    for number in range(20):
        daemon.write_beside(base.switched_off(VPC) if number % 2 else base.config)
        daemon.process.signal(signal.SIGHUP)
        assert daemon.reload().status == 200
    expected = without(before.series(SINCE, *PLACE), lambda _, __, check: check == VPC)
    assert daemon.scrape().series(SINCE, *PLACE) == expected


# Mistakes

MARK = "§"
ROOT = "root-mfa-enabled"
CHECK = "iam-password-policy-strong"
ACCOUNT = '"111122223333"'


@dataclass
class Mistake:
    """What is written for the base's section of the same key, with a mark before the mistake, and words that have to be said of it."""

    text: str
    words: tuple
    # Files beside the configuration, by name. A mistake is marked in one of the texts, or is about a whole file.
    beside: dict = field(default_factory=dict)
    about: str = None
    variables: dict = field(default_factory=dict)


SECTIONS = {
    "server": 'server: {listen: "127.0.0.1:0"}',
    "schedule": "schedule: {frequent: 3s, standard: 3s, daily: 3s, jitter: 0, pass_valid: 10m}",
    "waivers": "waivers: FOLDER/waivers.yaml",
}
WAIVER = f"- {{check: {VPC}, reason: moving, expires: {LATER}}}\n"
MISTAKES = {
    "an unknown key": Mistake(f"{MARK}nonsense: 1", ("nonsense",)),
    "an unknown key with a likely meaning": Mistake(f"{MARK}schedul: {{frequent: 5m}}", ("schedul", 'did you mean "schedule"')),
    "an unknown key in a section": Mistake(f"metrics: {{{MARK}details: region}}", ("details", "metrics")),
    "an unknown key deep down": Mistake(f"cluster: {{nats: {{url: 'nats://a', tls: {{{MARK}cart: x}}}}}}", ("cart", "cluster.nats.tls")),
    "a number for a section": Mistake(f"metrics: {MARK}5", ("metrics", "5")),
    "a list for a section": Mistake(f"limits: {MARK}[1]", ("limits",)),
    "a word for a number": Mistake(f"limits: {{workers: {MARK}many}}", ("limits.workers", "many")),
    "a word for a switch": Mistake(f"sessions: {{restrict: {MARK}sometimes}}", ("sessions.restrict", "sometimes")),
    "a number for a list": Mistake(f"metrics: {{account_labels: {MARK}5}}", ("metrics.account_labels", "5")),
    "a duration that is none": Mistake(f"schedule: {{frequent: {MARK}soon}}", ("schedule.frequent", "soon")),
    "a duration without a unit": Mistake(f"schedule: {{sweep_timeout: {MARK}10}}", ("schedule.sweep_timeout", "10")),
    "no workers": Mistake(f"limits: {{workers: {MARK}0}}", ("limits.workers", "0")),
    "a negative rate": Mistake(f"limits: {{shared_rps: {{sts: {MARK}-1}}}}", ("limits.shared_rps.sts", "-1")),
    "a rate for an unknown service": Mistake(f"limits: {{per_account_rps: {{{MARK}ec3: 5}}}}", ("ec3", "ec2")),
    "a share above one": Mistake(f"organization: {{max_shrink: {MARK}1.5}}", ("organization.max_shrink", "1.5")),
    "an account id that is none": Mistake(f"select: {{include: {{accounts: [{MARK}'1234']}}}}", ("accounts[0]", "1234")),
    "an account id without quotes": Mistake(f"select: {{exclude: {{accounts: [{MARK}012345678901]}}}}", ("accounts[0]", "quotes")),
    "an account twice": Mistake(f"organization: {{accounts: [{{id: {ACCOUNT}}}, {{id: {MARK}{ACCOUNT}}}]}}", ("111122223333", "twice")),
    "an unknown check to enable": Mistake(f"checks: {{enable: [{MARK}root-mfa]}}", ("root-mfa", "checks.enable[0]")),
    "an unknown check to disable": Mistake(f"checks: {{disable: [{ROOT}, {MARK}root-mfa]}}", ("root-mfa", "checks.disable[1]")),
    "a pattern that no check matches": Mistake(f"checks: {{disable: [{MARK}'nothing-*']}}", ("nothing-*",)),
    "the severity of an unknown check": Mistake(f"checks: {{severity: {{{MARK}root-mfa: low}}}}", ("root-mfa",)),
    "the cadence of an unknown check": Mistake(f"checks: {{cadence: {{{MARK}root-mfa: daily}}}}", ("root-mfa",)),
    "parameters of an unknown check": Mistake(f"checks: {{params: {{{MARK}root-mfa: {{a: 1}}}}}}", ("root-mfa",)),
    "an unknown severity": Mistake(f"checks: {{severity: {{{ROOT}: {MARK}severe}}}}", ("severe", "critical")),
    "an unknown cadence": Mistake(f"checks: {{cadence: {{{ROOT}: {MARK}weekly}}}}", ("weekly", "daily")),
    "an unknown parameter": Mistake(f"checks: {{params: {{{CHECK}: {{{MARK}least: 12}}}}}}", ("least", "minimum_length")),
    "a parameter out of range": Mistake(f"checks: {{params: {{{CHECK}: {MARK}{{minimum_length: 5}}}}}}", (CHECK, "from 6 to 128")),
    "a parameter of another type": Mistake(f"checks: {{params: {{{CHECK}: {MARK}{{minimum_length: long}}}}}}", (CHECK, "long")),
    "a check that costs money": Mistake(f"checks: {{enable: [{MARK}cost-explorer-enabled]}}", ("allow_billable",)),
    "a region that is none": Mistake(f"select: {{regions: {{home: {MARK}Ireland}}}}", ("select.regions.home", "Ireland")),
    "a region's pattern that is none": Mistake(
        f"select: {{regions: {{include: [{MARK}'eu west']}}}}", ("select.regions.include[0]", "eu west")
    ),
    "a unit's pattern that is none": Mistake(
        f"select: {{include: {{ous: [{MARK}'Workloads/[']}}}}", ("select.include.ous[0]", "Workloads/[")
    ),
    "a role's name with a path": Mistake(f"sessions: {{role_name: {MARK}audit/Role}}", ("sessions.role_name", "audit/Role")),
    "an ARN of something else": Mistake(
        f"organization: {{role_arn: {MARK}'arn:aws:iam::111122223333:user/x'}}", ("organization.role_arn", "user/x")
    ),
    "a session that is too short": Mistake(f"sessions: {{duration: {MARK}5m}}", ("sessions.duration", "5m", "15m to 12h")),
    "a session that is too long": Mistake(f"sessions: {{duration: {MARK}13h}}", ("sessions.duration", "13h", "15m to 12h")),
    "an address that is none": Mistake(f"server: {{listen: {MARK}'9847'}}", ("server.listen", "9847")),
    "a URL that is none": Mistake(f"server: {{listen: '127.0.0.1:0', external_url: {MARK}example.com}}", ("external_url", "example.com")),
    "a key without a certificate": Mistake(
        f"server: {{listen: '127.0.0.1:0', tls: {{key: {MARK}key.pem}}}}", ("server.tls.key", "server.tls.cert is missing")
    ),
    "a level that is none": Mistake(f"log: {{level: {MARK}chatty}}", ("log.level", "chatty")),
    "a form of the log that is none": Mistake(f"log: {{format: {MARK}xml}}", ("log.format", "xml", "json")),
    "a bracket that is not closed": Mistake(f"checks: {{disable: [{ROOT}", ("",)),
    "a tab": Mistake(f"checks:\n\t{MARK}disable: []", ("tab",)),
    "a key twice": Mistake(f"log: {{level: info}}\n{MARK}log: {{format: json}}", ("log",)),
    "no text": Mistake("BYTES", ("not UTF-8",), about="orgsweep.yaml"),
    "a file of waivers that is not there": Mistake("waivers: FOLDER/none.yaml", ("there is no such file",), about="none.yaml"),
    "an unknown key in a waiver": Mistake(
        "", ("expire", 'did you mean "expires"'), {"waivers.yaml": f"- {{check: {VPC}, reason: x, {MARK}expire: {LATER}}}"}
    ),
    "a waiver of an unknown check": Mistake("", ("vpc-absent",), {"waivers.yaml": f"{WAIVER}- {{check: {MARK}vpc-absent, reason: x}}"}),
    "a waiver without a reason": Mistake("", ("reason",), {"waivers.yaml": f"- {MARK}{{check: {VPC}}}"}),
    "a waiver that ends on no day": Mistake(
        "", ("2026-02-30",), {"waivers.yaml": f"- {{check: {VPC}, reason: x, expires: {MARK}2026-02-30}}"}
    ),
    "a waiver of an account and a unit": Mistake(
        "", ("exclude each other",), {"waivers.yaml": f"- {{check: {VPC}, reason: x, account: {ACCOUNT}, ou: {MARK}Sandbox}}"}
    ),
    "a word about what AWS shows": Mistake(
        "attestations: FOLDER/words.yaml",
        (f"{ROOT} cannot be attested",),
        {"words.yaml": f"- {{check: {MARK}{ROOT}, by: Ana, on: 2026-01-01, until: {LATER}}}"},
    ),
    "a token's file that is not there": Mistake(
        "server: {listen: '127.0.0.1:0', auth_token_file: FOLDER/token}",
        ("server.auth_token_file", "cannot be read"),
        about="token",
    ),
    "a token's file that is empty": Mistake(
        "server: {listen: '127.0.0.1:0', auth_token_file: FOLDER/token}",
        ("server.auth_token_file", "empty"),
        {"token": " \n"},
        "token",
    ),
    "a certificate that is not there": Mistake(
        "server: {listen: '127.0.0.1:0', tls: {cert: FOLDER/cert.pem, key: FOLDER/key.pem}}",
        ("server.tls", "cannot be read"),
        about="cert.pem",
    ),
    "a certificate that is none": Mistake(
        "server: {listen: '127.0.0.1:0', tls: {cert: FOLDER/cert.pem, key: FOLDER/key.pem}}",
        ("server.tls", "there is no certificate in it"),
        {"cert.pem": "nothing\n", "key.pem": "nothing\n"},
        "cert.pem",
    ),
    "a variable with a wrong value": Mistake("", ("schedule.daily", "never"), variables={"ORGSWEEP_SCHEDULE__DAILY": "never"}),
    "a variable for no key": Mistake("", ("schedule.dayly", "daily"), variables={"ORGSWEEP_SCHEDULE__DAYLY": "24h"}),
}


class Scene:
    """A daemon that sweeps all the time, its good configuration, and what it showed with it."""

    def __init__(self, programs, endpoint, folder):
        self.folder = folder
        self.good = {"orgsweep.yaml": "\n".join(SECTIONS.values()) + "\n", "waivers.yaml": WAIVER}
        self.put(self.good)
        self.daemon = start(programs, endpoint, folder / "orgsweep.yaml")
        self.before = self.daemon.wait("a first sweep", self.complete, 60)

    def complete(self):
        metrics = self.daemon.scrape()
        # All accounts, those without a failure too: what is swept for the first time later would look like a change.
        done = metrics.total("orgsweep_coverage_ratio") == 1 and failing(metrics) == FAILURES
        return metrics if done and len(metrics.series("orgsweep_check_waived")) == 4 else None

    def put(self, files):
        """Writes these files; gives the places of the marks."""
        places = []
        for name, text in files.items():
            text = text.replace("FOLDER", str(self.folder))
            for number, line in enumerate(text.splitlines(), 1):
                if MARK in line:
                    places.append(f"{self.folder / name}:{number}:{line.index(MARK) + 1}: ")
            content = b"log: \xff\n" if "BYTES" in text else text.replace(MARK, "").encode()
            (self.folder / name).write_bytes(content)
        return places

    def put_mistake(self, mistake):
        keys = {line.split(":")[0].replace(MARK, "") for line in mistake.text.splitlines()}
        kept = [text for key, text in SECTIONS.items() if key not in keys]
        text = "\n".join([*kept, mistake.text, ""])
        return self.put({"orgsweep.yaml": text, "waivers.yaml": WAIVER} | mistake.beside)

    def mend(self):
        self.put(self.good)
        for beside in self.folder.iterdir():
            if beside.name not in self.good:
                beside.unlink()

    def shown(self):
        metrics = self.daemon.scrape()
        return {name: metrics.series(name) for name in (SINCE, COMPLIANT, "orgsweep_check_waived", "orgsweep_check_info")}


@pytest.fixture(scope="module")
def scene(programs, endpoint, folders):
    return Scene(programs, endpoint, folders("mistakes"))


def the_line(text, places, mistake, folder):
    """The line that tells a mistake."""
    begins = places[0] if places else f"{folder / mistake.about}: " if mistake.about else f"{folder / 'orgsweep.yaml'}:"
    if mistake.variables:
        begins = f"environment {next(iter(mistake.variables))}: "
    lines = [line for line in text.splitlines() if line.startswith(begins)]
    assert len(lines) == 1, f"no line begins with {begins!r}, or several do:\n{text}"
    assert all(word in lines[0] for word in mistake.words), f"{mistake.words} are not all in\n{lines[0]}"
    return lines[0]


@pytest.mark.parametrize("name", list(MISTAKES))
def test_a_mistake_is_told_with_its_place_and_changes_nothing(scene, name):
    mistake = MISTAKES[name]
    before = scene.shown()
    assert before[SINCE] == scene.before.series(SINCE)
    try:
        places = scene.put_mistake(mistake)
        file = scene.folder / "orgsweep.yaml"
        told = {}
        for command in (("config", "check", file), ("run", "--config", file)):
            done = call(*command, env=environment(home=scene.folder, **mistake.variables), folder=scene.folder, seconds=20)
            assert (done.returncode, done.stdout) == (64, ""), f"{command}: {done}"
            told[command[0]] = the_line(done.stderr, places, mistake, scene.folder)
        assert told["config"] == told["run"]
        if mistake.variables:
            return
        answer = scene.daemon.reload()
        assert answer.status == 422, answer
        sweeps = scene.daemon.scrape().total("orgsweep_sweeps_total")
        assert the_line(answer.text, places, mistake, scene.folder) == told["run"]
        assert scene.daemon.scrape().total(SUCCESSFUL) == 0
        assert scene.shown() == before, "the configuration from before stays"
        scene.daemon.wait("the next sweep", lambda: scene.daemon.scrape().total("orgsweep_sweeps_total") > sweeps)
        assert any(told["run"] in json.loads(line)["message"] for line in scene.daemon.process.output.splitlines() if '"ERROR"' in line)
    finally:
        scene.mend()
    answer = scene.daemon.reload()
    assert answer.status == 200, answer
    assert scene.daemon.scrape().total(SUCCESSFUL) == 1
    assert scene.shown() == before


def test_every_mistake_of_several_is_told(scene):
    try:
        places = scene.put({"orgsweep.yaml": f"{MARK}nonsense: 1\nlimits:\n  workers: {MARK}0\n", "waivers.yaml": WAIVER})
        answer = scene.daemon.reload()
        assert [line.startswith(place) for line, place in zip(answer.text.splitlines(), places, strict=True)] == [True, True], answer
    finally:
        scene.mend()
    assert scene.daemon.reload().status == 200


def test_a_file_that_changes_into_a_mistake_and_back_is_noticed(scene):
    before = scene.shown()
    try:
        scene.put({"waivers.yaml": "- {check: nonsense, reason: x}\n"})
        scene.daemon.wait("the mistake", lambda: scene.daemon.scrape().total(SUCCESSFUL) == 0)
        assert json.loads(get(scene.daemon.url + "/api/v1/status").text)["config"]["successful"] is False
        assert scene.shown() == before
    finally:
        scene.mend()
    scene.daemon.wait("the mending", lambda: scene.daemon.scrape().total(SUCCESSFUL) == 1)
    assert scene.shown() == before


def test_a_mistake_at_a_signal_is_logged_and_changes_nothing(scene):
    before = scene.shown()
    try:
        (place,) = scene.put({"orgsweep.yaml": f"limits: {{in_flight: {MARK}-3}}\n"})
        scene.daemon.process.signal(signal.SIGHUP)
        scene.daemon.wait("the mistake in the log", lambda: f"{place}limits.in_flight" in scene.daemon.process.output)
        scene.daemon.wait("the metric", lambda: scene.daemon.scrape().total(SUCCESSFUL) == 0)
        assert scene.shown() == before
    finally:
        scene.mend()
    scene.daemon.process.signal(signal.SIGHUP)
    scene.daemon.wait("the mending", lambda: scene.daemon.scrape().total(SUCCESSFUL) == 1)
