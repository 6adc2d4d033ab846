"""Running programs and measuring what they cost: time, CPU and memory, as Linux counts them."""

import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results"
TICKS = os.sysconf("SC_CLK_TCK")
# Memory is looked at this often. A process's own peak is kept by Linux, so that nothing is missed but the very end.
LOOK = 0.1


class Failed(Exception):
    """A program did not do what the benchmark needs."""


def environment(endpoint=None, **more):
    """What a measured program sees: nothing of the caller's AWS settings."""
    own = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true"}
    if endpoint:
        keys = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "simulated"}
        own |= keys | {"AWS_ENDPOINT_URL": endpoint, "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"}
    return own | more


def cpu_seconds(pid):
    """User and system time of a running process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def status_mb(pid, key):
    found = re.search(rf"^{key}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def children(pid):
    """A process's children, theirs, and so on."""
    found = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in listed.read_text().split():
            found += [int(child), *children(child)]
    return found


def share_mb(pid):
    """A process's memory, of which what it shares with others counts in part."""
    found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


class Peak(threading.Thread):
    """Watches the memory of a process, and of those that it starts."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self._pid, self._ended, self.mb = pid, threading.Event(), 0.0

    def run(self):
        while not self._ended.wait(LOOK):
            try:
                below = children(self._pid)
                now = sum(map(share_mb, [self._pid, *below])) if below else status_mb(self._pid, "VmHWM")
            except (FileNotFoundError, ProcessLookupError):
                continue
            self.mb = max(self.mb, now)

    def end(self):
        self._ended.set()
        self.join()
        return self.mb


def run(command, env, output=None, allowed=(0,), seconds=None, folder=None):
    """Runs a program to its end. Gives its wall time, its CPU time with that of its children, and its peak memory."""
    command = [str(part) for part in command]
    with tempfile.TemporaryFile() as errors, open(output or os.devnull, "wb") as out:
        started = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=errors, env=env, cwd=folder, start_new_session=True)
        peak = Peak(process.pid)
        peak.start()
        alarm = threading.Timer(seconds, os.killpg, (process.pid, signal.SIGKILL)) if seconds else None
        if alarm:
            alarm.start()
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            if alarm:
                alarm.cancel()
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        peak_mb = peak.end()
        errors.seek(0)
        said = errors.read().decode(errors="replace")
    if process.returncode not in allowed:
        raise Failed(f"{' '.join(command)}: exit code {process.returncode}\n{said[-3000:]}")
    cost = {"wall_seconds": round(wall, 3), "cpu_seconds": round(used.ru_utime + used.ru_stime, 3), "peak_rss_mb": round(peak_mb, 1)}
    return cost, said


@contextmanager
def serving(command, env):
    """A program that says what it listens on, while it is needed. Gives its process id and its URL."""
    command = [str(part) for part in command]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with open(log, "wb") as out:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env, start_new_session=True)
        try:
            yield process.pid, _address(process, log)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _address(process, log):
    deadline = time.monotonic() + 60
    while True:
        said = log.read_text(errors="replace")
        if found := re.search(r"listening on (http://[^\s\"]+?:\d+)[^\d]", said):
            return found[1]
        if process.poll() is not None or time.monotonic() > deadline:
            raise Failed(f"{process.args[0]} does not listen:\n{said[-3000:]}")
        time.sleep(0.05)


def simulation(orgsweep, *arguments):
    """A simulated organization in a process of its own."""
    return serving([orgsweep, "simulate", *arguments, "--listen", "127.0.0.1:0"], environment())


def binaries(folder, *names):
    """The programs of these names in a folder of cargo's."""
    paths = [Path(folder).resolve() / name for name in names]
    for path in paths:
        if not path.is_file():
            sys.exit(f"{path} does not exist: run `make release`, or name the folder of the programs with --bins-dir")
    return paths


def where_and_when():
    """The machine and the day, without which no figure means anything."""
    cpu = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = int(re.search(r"^MemTotal:\s+(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)[1])
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cpu": cpu[1] if cpu else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(memory / 1024**2),
        "kernel": platform.release(),
        "load": round(os.getloadavg()[0], 1),
    }
