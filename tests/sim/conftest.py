"""Running simulations."""

import json
import socket
import subprocess

import pytest

from simulation import ACCOUNTS, ROOT, SEED, Simulation, example_binary


@pytest.fixture(scope="session")
def generated():
    simulation = Simulation("--accounts", ACCOUNTS, "--seed", SEED)
    yield simulation
    simulation.close()


@pytest.fixture(scope="session")
def example():
    """The organization of the commented example file."""
    simulation = Simulation("--org", str(ROOT / "crates" / "sim" / "examples" / "organization.yaml"))
    yield simulation
    simulation.close()


@pytest.fixture(autouse=True)
def account_hosts(monkeypatch):
    """S3 Control's clients put the account before the host, and 111111111111.127.0.0.1 is in no DNS."""
    real = socket.getaddrinfo

    def resolve(host, *rest, **more):
        if isinstance(host, str) and host.endswith(".127.0.0.1"):
            host = "127.0.0.1"
        return real(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.fixture(scope="session")
def truth():
    """The generated organization's truth table, which the crate's example prints."""
    assert example_binary().exists(), "first: cargo build -p orgsweep-sim --example serve"
    text = subprocess.check_output([str(example_binary()), "--accounts", ACCOUNTS, "--seed", SEED, "--truth"], text=True)
    return json.loads(text)
