#!/usr/bin/env python3
"""Runs the micro benchmarks and keeps their figures.

    python3 bench/micro.py
    python3 bench/micro.py checks patterns     only those whose names contain one of these
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

from measure import RESULTS, ROOT, binaries, where_and_when

NANOSECONDS = {"ns": 1, "µs": 1e3, "ms": 1e6, "s": 1e9}
# `│  ├─ 10000   1.2 µs   │ 3.4 µs   │ 1.3 µs   │ 1.4 µs   │ 20   │ 20`
ROW = re.compile(r"^(?P<lead>[│ ]*)[├╰]─ (?P<name>\S+)\s*(?P<columns>.*)$")
TIME = re.compile(r"([\d.]+) (ns|µs|ms|s)$")


def figures(text):
    """The medians in divan's table by the benchmark's path, in nanoseconds."""
    found, path = {}, []
    for line in text.splitlines():
        row = ROW.match(line)
        if not row:
            continue
        depth = len(row["lead"]) // 3
        path = [*path[:depth], row["name"]]
        columns = [column.strip() for column in row["columns"].split("│")]
        if len(columns) >= 6 and (median := TIME.match(columns[2])):
            found[" ".join(path)] = float(median[1]) * NANOSECONDS[median[2]]
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("only", nargs="*", help="parts of names")
    parser.add_argument("--bins-dir", default=ROOT / "target" / "release", metavar="DIR", help="where the programs are (default: target/release)")
    parser.add_argument("--results", type=Path, default=RESULTS / "micro.json", metavar="FILE", help="where the figures go")
    args = parser.parse_args()
    (micro,) = binaries(args.bins_dir, "micro")
    begun = where_and_when()
    # Wide, so that no name is cut.
    done = subprocess.run([micro, *args.only], stdout=subprocess.PIPE, text=True, env={"COLUMNS": "200", "NO_COLOR": "1"}, check=True)
    print(done.stdout)
    found = figures(done.stdout)
    if not found:
        sys.exit("there are no figures in what the benchmarks printed")
    known = json.loads(args.results.read_text())["medians_ns"] if args.only and args.results.exists() else {}
    args.results.parent.mkdir(parents=True, exist_ok=True)
    args.results.write_text(json.dumps(begun | {"medians_ns": known | found}, indent=2) + "\n")


if __name__ == "__main__":
    main()
