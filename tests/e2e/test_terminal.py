"""What a person at a terminal sees of a scan: a progress bar that steps aside, colours unless NO_COLOR says otherwise."""

import json
import os
import pty
import subprocess
import threading

import pytest

from harness import environment, orgsweep


@pytest.fixture(scope="module")
def endpoint(programs):
    return programs.simulate("--accounts", "12", "--latency", "20")[1]


def scan_at_terminal(endpoint, folder, **variables):
    """Runs a scan whose standard error is a terminal; returns its standard output and what the terminal was sent."""
    terminal, theirs = pty.openpty()
    env = environment(endpoint, home=folder, TERM="xterm-256color", **variables)
    command = [orgsweep(), "scan", "--format", "json"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs, env=env, cwd=folder)
    os.close(theirs)
    seen = bytearray()

    def watch():
        # The terminal's end reads as an error once the program has ended.
        try:
            while piece := os.read(terminal, 65536):
                seen.extend(piece)
        except OSError:
            pass

    watcher = threading.Thread(target=watch)
    watcher.start()
    stdout, _ = process.communicate(timeout=60)
    watcher.join()
    os.close(terminal)
    assert process.returncode == 0, seen.decode()
    return stdout.decode(), seen.decode()


def test_a_progress_bar_on_the_terminal_and_only_there(endpoint, tmp_path):
    stdout, seen = scan_at_terminal(endpoint, tmp_path)
    assert json.loads(stdout)["summary"]["pass"] > 0
    for word in ["/12 accounts", "calls/s", "throttled", "ETA", "\x1b[36m"]:
        assert word in seen, f"{word!r} is not in {seen!r}"


def test_no_color(endpoint, tmp_path):
    _, seen = scan_at_terminal(endpoint, tmp_path, NO_COLOR="1")
    assert "/12 accounts" in seen and "\x1b[3" not in seen, repr(seen)
