#!/usr/bin/env python3
"""Whether a daemon that works for a week grows: a week's sweeps, pressed into minutes.

    python3 bench/soak.py --minutes 20
    python3 bench/soak.py --minutes 3 --accounts 30 --bin target/debug/orgsweep

Its intervals are so short that each account is due as often as in a week at the default intervals: 672 times. Meanwhile the configuration
changes and is read anew every half a minute, AWS has outages and roles lose their rights, and somebody scrapes and asks the API. Memory,
open files, threads and the size of the database are looked at every five seconds, from outside. It ends with 1 when memory or the number
of open files grows.
"""

import argparse
import gzip
import itertools
import json
import os
import signal
import statistics
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from measure import RESULTS, ROOT, Failed, cpu_seconds, environment, serving, simulation, status_mb, where_and_when
from plot import STYLE
from scan import total

EVERY = 5.0
RELOAD_EVERY = 30.0
# How long each trouble lasts. Twice as long nothing goes wrong: failing calls are tried again and again, which takes time from sweeps.
TROUBLE_EVERY = 10.0
WEEK = 7 * 24 * 3600
# The default intervals, in seconds.
DEFAULTS = {"frequent": 15 * 60, "standard": 3600, "daily": 24 * 3600}
REGIONS = ["us-east-1", "eu-west-1"]
# What grows by less in the last two thirds is flat: memory by a share of its mean, files that are no connections by their number, and
# connections, which come and go, by what they vary from moment to moment.
FLAT_SHARE, FLAT_FILES, FLAT_DEVIATIONS = 0.05, 2, 2
# What goes wrong, one after the other. `{few}` are a tenth of the accounts.
TROUBLES = [
    ("throttled", [{"fault": "throttle", "probability": 0.2}]),
    ("roles without rights", [{"fault": "deny", "services": ["ec2", "iam"], "accounts": "{few}"}]),
    ("a region out", [{"fault": "reset", "regions": ["eu-west-1"]}]),
    ("roles gone", [{"fault": "deny", "operations": ["AssumeRole"], "role_accounts": "{few}"}]),
    ("failing", [{"fault": "error", "probability": 0.1}, {"fault": "truncate", "probability": 0.05}]),
    ("no listing", [{"fault": "error", "services": ["organizations"]}]),
    ("an outage", [{"fault": "error"}]),
]
PAGES = [
    "/api/v1/status",
    "/api/v1/accounts?limit=1000",
    "/api/v1/verdicts?limit=1000",
    "/api/v1/verdicts?status=fail&limit=1000&all_findings=true",
    "/api/v1/transitions?limit=1000",
    "/api/v1/checks",
]


def ask(url, method="GET", body=None, **headers):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, data=body, method=method, headers=headers), timeout=30) as answer:
        content = answer.read()
        return gzip.decompress(content) if answer.headers.get("Content-Encoding") == "gzip" else content


class Beside(threading.Thread):
    """Does something again and again, until it is told to end. What fails is counted."""

    def __init__(self, seconds, things):
        super().__init__(daemon=True)
        self._seconds, self._things, self._ended = seconds, things, threading.Event()
        self.done, self.failed, self.last = 0, 0, ""

    def run(self):
        due = time.monotonic()
        for thing in self._things:
            due = max(due + self._seconds, time.monotonic())
            if self._ended.wait(due - time.monotonic()):
                return
            try:
                thing()
            except (OSError, ValueError) as error:
                self.failed, self.last = self.failed + 1, str(error)
            self.done += 1

    def end(self):
        self._ended.set()
        self.join()
        return {"done": self.done, "failed": self.failed}


def configuration(folder, minutes, number):
    """The configuration that is read for the nth time: after every other one it has a check more or less, and with that other sweeps."""
    shrunk = {name: f"{max(round(seconds * minutes * 60 / WEEK * 1000), 100)}ms" for name, seconds in DEFAULTS.items()}
    return {
        "select": {"regions": {"include": REGIONS}},
        "schedule": shrunk | {"pass_valid": "1h"},
        "organization": {"refresh": "10s"},
        # The simulation bears more than AWS does.
        "limits": {"per_account_rps": {"default": 500, "iam": 500, "ec2": 500, "securityhub": 500}, "shared_rps": {"organizations": 100}},
        "checks": {"disable": ["vpc-default-absent"] if number // 2 % 2 else []},
        "server": {"listen": "127.0.0.1:0"},
        "store": {"path": str(folder / "orgsweep.db")},
        # It says where it listens at level info, and every change of a verdict.
        "log": {"level": "warn,orgsweep::commands=info"},
    }


def troubles(url, accounts):
    """Has AWS do one thing wrong after the other, with rests between them."""

    def put(faults):
        body = json.dumps({"faults": faults}).replace('"{few}"', json.dumps(accounts[::10]))
        return lambda: ask(url + "/-/faults", "PUT", body.encode())

    return itertools.cycle([change for _, faults in TROUBLES for change in (put(faults), put([]), put([]))])


def opened(descriptor):
    try:
        return os.readlink(descriptor)
    except FileNotFoundError:
        # Closed since it was listed.
        return "socket:"


def looked_at(pid, folder, begun):
    """What the process takes now."""
    stored = sum(file.stat().st_size for file in folder.glob("orgsweep.db*"))
    files = [opened(f"/proc/{pid}/fd/{number}") for number in os.listdir(f"/proc/{pid}/fd")]
    connections = sum(file.startswith("socket:") for file in files)
    return {
        "seconds": round(time.monotonic() - begun, 1),
        "rss_mb": round(status_mb(pid, "VmRSS"), 2),
        "files": len(files) - connections,
        "connections": connections,
        "threads": len(os.listdir(f"/proc/{pid}/task")),
        "database_mb": round(stored / 1e6, 2),
    }


def counted(text, family, **labels):
    """The sum of those series of a family that have these labels."""
    lines = [line for line in text.splitlines() if line.startswith(family + "{")]
    for name, value in labels.items():
        lines = [line for line in lines if f'{name}="{value}"' in line]
    return sum(float(line.rpartition(" ")[2]) for line in lines)


def soak(orgsweep, args):
    begun_at, begun, samples = where_and_when(), time.monotonic(), []
    with (
        tempfile.TemporaryDirectory(prefix="orgsweep-soak-") as name,
        simulation(orgsweep, "--accounts", args.accounts, "--seed", args.seed) as (_, url),
    ):
        folder = Path(name)
        file = folder / "orgsweep.json"
        file.write_text(json.dumps(configuration(folder, args.minutes, 0)))
        with serving([orgsweep, "run", "--config", file], environment(url)) as (pid, served):

            def reload(number):
                # Written beside it first: it may be read at any moment.
                (folder / "next").write_text(json.dumps(configuration(folder, args.minutes, number)))
                (folder / "next").rename(file)
                os.kill(pid, signal.SIGHUP)

            listed = json.loads(ask(served + "/api/v1/accounts?limit=1000"))["items"]
            while len(listed) < args.accounts and time.monotonic() - begun < 60:
                time.sleep(1)
                listed = json.loads(ask(served + "/api/v1/accounts?limit=1000"))["items"]
            accounts = [account["account_id"] for account in listed]
            scrapes = itertools.cycle([lambda: ask(served + "/metrics"), lambda: ask(served + "/metrics", **{"Accept-Encoding": "gzip"})])
            threads = {
                "scrapes": Beside(EVERY, scrapes),
                "pages": Beside(1.0, itertools.cycle([lambda page=page: ask(served + page) for page in PAGES])),
                "reloads": Beside(RELOAD_EVERY, (lambda number=number: reload(number) for number in itertools.count(1))),
                "troubles": Beside(TROUBLE_EVERY, troubles(url, accounts)),
            }
            for thread in threads.values():
                thread.start()
            end = time.monotonic() + args.minutes * 60
            while time.monotonic() < end:
                time.sleep(EVERY)
                samples.append(looked_at(pid, folder, begun))
                say(f"{samples[-1]}")
            work = {name: thread.end() for name, thread in threads.items()}
            text = ask(served + "/metrics").decode()
            if any(thread.failed for thread in threads.values()):
                say("; ".join(f"{name}: {thread.last}" for name, thread in threads.items() if thread.failed))
            calls, cpu = total(text, "orgsweep_aws_requests_total")[0], cpu_seconds(pid)
            # Each sweep of an account asks once which regions it has.
            swept = counted(text, "orgsweep_aws_requests_total", operation="DescribeRegions", outcome="ok") / len(accounts)
    due = WEEK / DEFAULTS["frequent"]
    return begun_at | {
        "accounts": args.accounts,
        "minutes": args.minutes,
        "intervals": configuration(folder, args.minutes, 0)["schedule"],
        "sweeps_of_each_account": round(swept, 1),
        "share_of_a_week": round(swept / due, 3),
        "calls": int(calls),
        "cpu_seconds": round(cpu, 1),
        "work": work,
        "verdict": verdict(samples),
        "samples": samples,
    }


class Trend:
    """The line of least squares through the last two thirds."""

    def __init__(self, samples, key):
        last = samples[len(samples) // 3 :]
        times, values = [one["seconds"] for one in last], [one[key] for one in last]
        self.slope, self.at_zero = statistics.linear_regression(times, values)
        self.begin, self.end, self.mean = times[0], times[-1], statistics.fmean(values)
        self.grew = self.slope * (self.end - self.begin)
        self.deviation = statistics.pstdev(value - self.at(time) for time, value in zip(times, values))

    def at(self, seconds):
        return self.at_zero + self.slope * seconds

    def told(self, flat):
        return {
            "mean": round(self.mean, 2),
            "an_hour": round(self.slope * 3600, 2),
            "share_of_mean_an_hour": round(self.slope * 3600 / self.mean, 4),
            "grew": round(self.grew, 2),
            "deviation": round(self.deviation, 2),
            "flat": self.grew < flat,
        }


def verdict(samples):
    """Whether memory (in MB) and open files grew in the last two thirds."""
    memory, files, connections = (Trend(samples, key) for key in ("rss_mb", "files", "connections"))
    told = {
        "memory_mb": memory.told(FLAT_SHARE * memory.mean),
        "files": files.told(FLAT_FILES),
        "connections": connections.told(max(FLAT_DEVIATIONS * connections.deviation, FLAT_SHARE * connections.mean)),
    }
    return told | {"flat": all(part["flat"] for part in told.values())}


# The plot

WIDTH, LEFT, RIGHT = 780, 64, 760
TALL, GAP, TOP = 120, 62, 40


def nice(most, parts):
    """A round step of which so many make up the most."""
    power = 10 ** len(str(int(most / parts))) / 10
    return next(step * power for step in (1, 2, 5, 10, 20) if step * power * parts >= most)


class Strip:
    """Values over time, from nothing upwards. Its lines are a class of style, a name, and a key of the samples."""

    def __init__(self, number, title, unit, samples, lines):
        self.top = TOP + number * (TALL + GAP)
        self.title, self.unit, self.samples, self.lines = title, unit, samples, lines
        most = max(sample[key] for sample in samples for _, _, key in lines)
        self.step = nice(most, 4)
        self.most, self.minutes = self.step * 4, samples[-1]["seconds"] / 60

    def x(self, seconds):
        return LEFT + seconds / 60 / self.minutes * (RIGHT - LEFT)

    def y(self, value):
        return self.top + TALL - value / self.most * TALL

    def svg(self):
        bottom = self.top + TALL
        yield f'<text class="title" x="{LEFT}" y="{self.top - 14}">{self.title}</text>'
        for number, (kind, name, _) in enumerate(self.lines):
            x = RIGHT - 130 * (len(self.lines) - number)
            yield f'<circle class="{kind}-dot" cx="{x}" cy="{self.top - 18}" r="5"/><text x="{x + 11}" y="{self.top - 14}">{name}</text>'
        for part in range(5):
            y = self.y(part * self.step)
            yield f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{RIGHT}" y2="{y:.1f}"/>'
            yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{part * self.step:g}{self.unit}</text>'
        step = nice(self.minutes, 6) if self.minutes > 6 else 1
        for minute in range(0, int(self.minutes) + 1, int(step)):
            yield f'<text x="{self.x(minute * 60):.1f}" y="{bottom + 18}" text-anchor="middle">{minute}</text>'
        yield f'<path class="axis" d="M{LEFT},{self.top}V{bottom}H{RIGHT}"/>'
        for kind, _, key in self.lines:
            drawn = " ".join(f"{self.x(sample['seconds']):.1f},{self.y(sample[key]):.1f}" for sample in self.samples)
            yield f'<polyline class="line {kind}" points="{drawn}"/>'

    def trend(self, key):
        """The line that the verdict is about."""
        trend = Trend(self.samples, key)
        points = " ".join(f"{self.x(at):.1f},{self.y(trend.at(at)):.1f}" for at in (trend.begin, trend.end))
        yield f'<polyline class="line b" stroke-dasharray="7 5" points="{points}"/>'


def plot(result):
    """The SVG of a result."""
    samples = result["samples"]
    memory = Strip(0, "Resident memory", " MB", samples, [("a", "measured", "rss_mb")])
    connections = Strip(1, "Connections", "", samples, [("a", "measured", "connections")])
    files = Strip(2, "Open files other than connections, and threads", "", samples, [("a", "files", "files"), ("b", "threads", "threads")])
    database = Strip(3, "Database, its journal included", " MB", samples, [("a", "measured", "database_mb")])
    trends = [*memory.trend("rss_mb"), *connections.trend("connections")]
    parts = [*memory.svg(), *connections.svg(), *files.svg(), *database.svg(), *trends]
    height = TOP + 4 * (TALL + GAP)
    swept = f"{result['accounts']} accounts, each swept {result['sweeps_of_each_account']:g} times"
    told = f"minutes (dashed: the trend of the last two thirds); {swept}"
    parts.append(f'<text x="{(LEFT + RIGHT) / 2}" y="{height - 8}" text-anchor="middle">{told}</text>')
    size = f'width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
    label = 'role="img" aria-label="Memory, open files, threads and the size of the database over time"'
    body = "\n".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {label}>\n<style>{STYLE}</style>\n{body}\n</svg>\n'


def say(line):
    print(line, file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20, metavar="N", help="how long (default: 20)")
    parser.add_argument("--accounts", type=int, default=100, metavar="N", help="size of the organization (default: 100)")
    parser.add_argument("--seed", type=int, default=1, help="what it is invented from")
    parser.add_argument("--bin", type=Path, default=ROOT / "target" / "release" / "orgsweep", metavar="FILE", help="the program")
    parser.add_argument("--results", type=Path, default=RESULTS / "soak.json", metavar="FILE", help="where the figures go")
    args = parser.parse_args()
    if not args.bin.is_file():
        sys.exit(f"{args.bin} does not exist: run `make release`, or name the program with --bin")
    try:
        result = soak(args.bin.resolve(), args)
    except Failed as failed:
        sys.exit(str(failed))
    args.results.parent.mkdir(parents=True, exist_ok=True)
    args.results.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps({key: value for key, value in result.items() if key != "samples"}, indent=2))
    sys.exit(0 if result["verdict"]["flat"] else 1)


if __name__ == "__main__":
    main()
