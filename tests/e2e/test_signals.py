"""Ctrl-C and SIGTERM end the daemon within five seconds, in order; a second one ends it at once."""

import signal
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from harness import scrape, wait_until

BOTH = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])


@pytest.fixture(scope="module")
def slow(programs):
    """An AWS that takes its time, so that a sweep is under way when the daemon is told to stop."""
    return programs.simulate("--accounts", "30", "--seed", "5", "--latency", "400")[1]


@pytest.fixture
def daemon(programs, slow):
    """A daemon in the middle of a sweep."""
    process, url = programs.run(slow, {})
    wait_until("workers at work", lambda: scrape(url).total("orgsweep_workers_busy") > 0, 30, process)
    process.url = url
    yield process
    process.kill()


def stuck_client(daemon):
    """A client that asks for the metrics and never reads them: an answer under way that does not end."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    address = urlsplit(daemon.url)
    client.connect((address.hostname, address.port))
    # Asked many times over one connection, the answers fill every buffer on the way.
    client.sendall(b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 1000)
    changed, before = time.monotonic(), 0

    def stuck():
        """Whether the daemon has written all it can: for half a second, what it has not got rid of has not changed."""
        nonlocal changed, before
        if (now := unsent(client)) != before:
            changed, before = time.monotonic(), now
        return now > 0 and time.monotonic() > changed + 0.5

    wait_until("a client that holds an answer up", stuck, 30, daemon)
    return client


def unsent(client):
    """How many bytes Linux keeps for a client of this machine, which does not take them."""
    theirs, own = (f"{port:04X}" for _, port in (client.getpeername(), client.getsockname()))
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, _, queues, *_ = line.split()
        if (local.split(":")[1], remote.split(":")[1]) == (theirs, own):
            return int(queues.split(":")[0], 16)
    return 0


@BOTH
def test_a_signal_ends_it_in_time(daemon, number):
    daemon.signal(number)
    assert daemon.ended_within(5) == 0, daemon.story()


@BOTH
def test_a_client_that_does_not_read_cannot_hold_it(daemon, number):
    with stuck_client(daemon):
        daemon.signal(number)
        assert daemon.ended_within(5) == 0, daemon.story()


@BOTH
def test_a_second_signal_ends_it_at_once(daemon, number):
    with stuck_client(daemon):
        daemon.signal(number)
        wait_until("the first signal noticed", lambda: "a second signal ends at once" in daemon.output, 4, daemon)
        assert daemon.running, f"it ended at the first signal, so this proves nothing\n{daemon.story()}"
        daemon.signal(number)
        assert daemon.ended_within(3) == 130, daemon.story()


@BOTH
def test_the_simulation_and_the_demo_end_too(programs, number):
    simulation, _ = programs.simulate("--accounts", "5")
    demo = programs.demo("--accounts", "5")
    demo.address()
    for process in (simulation, demo):
        process.signal(number)
    for process in (simulation, demo):
        assert process.ended_within(5) == 0, process.story()
