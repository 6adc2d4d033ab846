"""Starting programs, waiting for what they do, and reading what they say."""

import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(__file__).resolve().parent / "data"
ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
# How long a debug build may take to start on a machine that is busy with other things.
START = 30.0
POLL = 0.05


def orgsweep():
    """The program under test."""
    if given := os.environ.get("ORGSWEEP_BIN"):
        path = Path(given)
    else:
        path = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "orgsweep"
    assert path.is_file(), f"{path} does not exist: run `cargo build` first, or name the program in ORGSWEEP_BIN"
    return str(path.resolve())


def beside_python(name):
    """A program that was installed with the Python packages of tests/requirements.txt."""
    path = Path(sys.executable).parent / name
    assert path.is_file(), f"{path} does not exist: install tests/requirements.txt where {sys.executable} is"
    return str(path)


def from_debian(name):
    path = shutil.which(name)
    assert path, f"{name} is not installed: it is in Debian's package prometheus (apt-get install prometheus)"
    return path


def skip(why):
    """What cannot be tested on a person's machine is left out; where nobody looks, that is a failure."""
    assert not os.environ.get("CI"), f"{why}, and in CI every test is to run"
    pytest.skip(why)


def environment(endpoint=None, home="/nonexistent", **more):
    """Everything a program under test sees: nothing of the caller's AWS, proxy, orgsweep or logging settings."""
    own = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true"}
    if endpoint:
        own |= {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": "us-east-1",
        }
    return own | more


def free_port():
    """For programs that do not print the port they were given for 0."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(what, condition, seconds, *processes):
    """Polls until `condition` gives something true, and returns it. Fails early when a process that it needs has ended."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            seen = condition()
        except OSError as error:
            seen, trouble = None, error
        else:
            trouble = seen
        if seen:
            return seen
        ended = [process for process in processes if not process.running]
        late = time.monotonic() > deadline
        if ended or late:
            why = "a program ended early" if ended else f"not within {seconds:g} s"
            stories = "\n".join(process.story() for process in processes)
            raise AssertionError(f"{what}: {why}; last seen: {trouble!r}\n{stories}")
        time.sleep(POLL)


class Process:
    """A program that runs beside the tests. Its output is kept in files, for conditions and for failure messages."""

    def __init__(self, command, folder, env):
        self.command = [str(part) for part in command]
        self.folder = folder
        self.started, self.began = time.monotonic(), time.time()
        with open(folder / "stdout", "wb") as out, open(folder / "stderr", "wb") as err:
            self._popen = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=folder, env=env)

    @property
    def running(self):
        return self._popen.poll() is None

    @property
    def exit_code(self):
        return self._popen.poll()

    @property
    def output(self):
        return "".join((self.folder / name).read_text(errors="replace") for name in ("stdout", "stderr"))

    def story(self):
        state = "running" if self.running else f"exit code {self.exit_code}"
        return f"--- {' '.join(self.command)} ({state})\n{self.output[-3000:]}"

    def address(self):
        """The URL that the program says it listens on."""

        # Something has to follow the port: a line may be half written.
        def said():
            found = re.search(r"listening on (https?://[^\s\"]+?:\d+)[^\d]", self.output)
            return found and found[1]

        return wait_until("an address", said, START, self)

    def signal(self, number):
        self._popen.send_signal(number)

    def ended_within(self, seconds):
        """Waits for the end, which must come in time. Returns the exit code."""
        try:
            return self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {seconds:g} s\n{self.story()}") from None

    def kill(self):
        if self.running:
            self._popen.kill()
        self._popen.wait()


class Programs:
    """Starts programs, each in a folder of its own, and kills what is left of them at the end."""

    def __init__(self, new_folder):
        self._new_folder = new_folder
        self._started = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self._started):
            process.kill()

    def start(self, *command, env=None):
        folder = self._new_folder(Path(command[0]).name)
        process = Process(command, folder, environment(home=folder) if env is None else env | {"HOME": str(folder)})
        self._started.append(process)
        return process

    def simulate(self, *arguments):
        """A simulation; returns its process and its address."""
        process = self.start(orgsweep(), "simulate", *arguments, "--listen", "127.0.0.1:0")
        return process, process.address()

    def simulate_at(self, address, *arguments):
        """A simulation at the address of one that has ended; returns its process."""
        listen = address.removeprefix("http://")
        process = self.start(orgsweep(), "simulate", *arguments, "--listen", listen)
        process.address()
        return process

    def run(self, endpoint, config, **variables):
        """The daemon at an AWS endpoint, on a free port; returns its process and its address."""
        config = config | {"server": {"listen": "127.0.0.1:0"} | config.get("server", {})}
        file = write_config(self._new_folder("config"), config)
        process = self.start(orgsweep(), "run", "--config", file, env=environment(endpoint, **variables))
        return process, process.address()

    def begin(self, endpoint, config, **variables):
        """The same, and nobody waits for it: at its address, which is known from the first moment, nobody may listen yet."""
        listen = f"127.0.0.1:{free_port()}"
        config = config | {"server": config.get("server", {}) | {"listen": listen}}
        file = write_config(self._new_folder("config"), config)
        return self.start(orgsweep(), "run", "--config", file, env=environment(endpoint, **variables)), f"http://{listen}"

    def demo(self, *arguments, **variables):
        return self.start(orgsweep(), "demo", *arguments, "--listen", "127.0.0.1:0", env=environment(**variables))


def write_config(folder, config):
    """JSON is YAML."""
    file = folder / "orgsweep.yaml"
    file.write_text(json.dumps(config, indent=2))
    return file


def call(*arguments, env=None, folder=None, seconds=60):
    """Runs orgsweep to its end."""
    command = [orgsweep(), *map(str, arguments)]
    env = environment() if env is None else env
    try:
        return subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired as expired:
        raise AssertionError(f"{' '.join(command)}: no end within {seconds} s\n{(expired.stderr or b'')[-3000:]!r}") from None


def call_json(*arguments):
    done = call(*arguments)
    assert done.returncode == 0, f"{arguments}: exit code {done.returncode}\n{done.stderr}"
    return json.loads(done.stdout)


def catalogue():
    """The checks by id, as the program lists them."""
    return {check["id"]: check for check in call_json("checks", "list", "--format", "json")}


# HTTP


@dataclass
class Answer:
    status: int
    text: str
    headers: object


def get(url, token=None, seconds=10, method="GET", headers=None):
    headers = {"Authorization": f"Bearer {token}"} if token else headers or {}
    request = urllib.request.Request(url, headers=headers, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=seconds) as answer:
            return Answer(answer.status, answer.read().decode(), answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read().decode(), error.headers)


class Metrics:
    """What a scrape gives."""

    def __init__(self, text):
        self.text, self.read = text, time.time()
        self.types = {}
        self._series = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                series = self._series.setdefault(sample.name, {})
                labels = tuple(sorted(sample.labels.items()))
                assert labels not in series, f"{sample.name} has the series {labels} twice"
                series[labels] = sample.value
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split()
                assert name not in self.types, f"{name} is declared twice"
                self.types[name] = kind

    def series(self, name, *labels):
        """The values of a family by these labels, in this order; without any, by all of them."""
        if not labels:
            return dict(self._series.get(name, {}))
        chosen = {tuple(dict(series).get(label) for label in labels): value for series, value in self._series.get(name, {}).items()}
        assert len(chosen) == len(self._series.get(name, {})), f"{name}: {labels} do not tell its series apart"
        return chosen

    def total(self, name):
        return sum(self._series.get(name, {}).values())


def put_faults(endpoint, *faults):
    """Has a simulation do these wrong from now on, and nothing else."""
    body = json.dumps({"faults": list(faults)}).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(endpoint + "/-/faults", data=body, method="PUT"), timeout=10) as answer:
        assert answer.status < 300, answer.status


def scrape(url, token=None):
    answer = get(url + "/metrics", token)
    assert answer.status == 200, f"{url}/metrics: {answer.status} {answer.text[:500]}"
    return Metrics(answer.text)


# The database


@contextmanager
def database(file):
    """What a database holds that nobody writes now. It is read in a copy: SQLite would put what a journal holds into the file."""
    with tempfile.TemporaryDirectory(prefix="orgsweep-database-") as folder:
        for part in (file, file.with_name(file.name + "-wal")):
            if part.exists():
                shutil.copy(part, folder)
        connection = sqlite3.connect(Path(folder) / file.name)
        connection.row_factory = sqlite3.Row
        try:
            yield connection
        finally:
            connection.close()


# The families that show what the database holds, each with the labels of its series.
TARGET = ("account_id", "aws_region", "check")
KEPT = {
    "orgsweep_check_compliant": TARGET,
    "orgsweep_check_failing_resources": TARGET,
    "orgsweep_check_failing_since_timestamp_seconds": TARGET,
    "orgsweep_check_unknown": (*TARGET, "reason"),
    "orgsweep_check_last_evaluated_timestamp_seconds": ("account_id", "aws_region", "cadence"),
    "orgsweep_account_reachable": ("account_id",),
    "orgsweep_account_info": ("account_id", "account_name", "ou_path", "state"),
}


def shown(metrics):
    """The series of a scrape that show what the database holds, by family."""
    return {family: metrics.series(family, *labels) for family, labels in KEPT.items()}


def demanded(connection):
    """The series that a database demands, if nothing in it has ended meanwhile."""
    series = {family: {} for family in KEPT}
    for row in connection.execute("SELECT * FROM verdict"):
        where = row["account_id"], row["region"], row["check_id"]
        if row["status"] in ("pass", "fail"):
            series["orgsweep_check_compliant"][where] = float(row["status"] == "pass")
        if row["status"] == "fail":
            series["orgsweep_check_failing_resources"][where] = float(row["failing"])
            series["orgsweep_check_failing_since_timestamp_seconds"][where] = float(row["since"])
        # Of a person's word, it says what the word stands in for.
        if row["blind_reason"] and not row["attested"]:
            series["orgsweep_check_unknown"][*where, row["blind_reason"]] = 1.0
    for row in connection.execute("SELECT * FROM evaluation"):
        series["orgsweep_check_last_evaluated_timestamp_seconds"][row["account_id"], row["region"], row["cadence"]] = float(row["at"])
    for row in connection.execute("SELECT * FROM account"):
        series["orgsweep_account_info"][row["account_id"], row["name"], row["ou_path"], row["state"]] = 1.0
        if row["reachable"] is not None:
            series["orgsweep_account_reachable"][row["account_id"],] = float(row["reachable"])
    return series


def assert_shown(metrics, expected, why=""):
    """Exactly these series are there, in each of these families."""
    for family, series in expected.items():
        got = metrics.series(family, *KEPT[family])
        wrong = [where for where in sorted(set(series) | set(got)) if series.get(where) != got.get(where)]
        lines = [f"{' '.join(where)}: expected {series.get(where)}, got {got.get(where)}" for where in wrong[:20]]
        assert not wrong, "\n".join([f"{family}: {len(wrong)} of {len(series)} series are wrong. {why}", *lines])
