"""What the end-to-end tests share."""

import json
import time
from dataclasses import dataclass

import pytest

from harness import Programs, call, call_json, catalogue, environment, write_config
from watched import watch


@pytest.fixture(scope="session")
def folders(tmp_path_factory):
    return lambda name: tmp_path_factory.mktemp(name, numbered=True)


@pytest.fixture(scope="module")
def programs(folders):
    """Programs that live as long as the module's tests."""
    with Programs(folders) as started:
        yield started


@pytest.fixture(scope="session")
def checks():
    return catalogue()


@pytest.fixture(scope="session")
def watched(folders):
    """A daemon and the twenty accounts that it watches in all their regions, with one of every misfortune among them."""
    with Programs(folders) as started:
        yield watch(started, "--accounts", "20", "--seed", "7", config={"metrics": {"detail": "region"}})


@dataclass
class Scan:
    exit_code: int
    stdout: str
    stderr: str
    seconds: float

    @property
    def document(self):
        return json.loads(self.stdout)


@pytest.fixture(scope="session")
def scan(folders):
    """Runs `orgsweep scan` at an endpoint. Whatever it exits with, it must be the code that is expected."""

    def run(endpoint, *arguments, config=None, exit_code=0, seconds=180, **variables):
        folder = folders("scan")
        if config is not None:
            arguments = ("--config", write_config(folder, config), *arguments)
        started = time.monotonic()
        done = call("scan", *arguments, env=environment(endpoint, home=folder, **variables), folder=folder, seconds=seconds)
        assert done.returncode == exit_code, f"scan {arguments}: exit code {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return Scan(done.returncode, done.stdout, done.stderr, time.monotonic() - started)

    return run


@pytest.fixture(scope="session")
def truth():
    """The truth of a simulation with these arguments."""
    return lambda *arguments: call_json("simulate", *arguments, "--truth")
