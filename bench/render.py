#!/usr/bin/env python3
"""Writes the results into docs/benchmarks.md, between its markers, and draws the plot.

    python3 bench/render.py            writes
    python3 bench/render.py --check    fails when a file is stale
"""

import json
import re
import sys
import textwrap
from pathlib import Path

from measure import RESULTS, ROOT
import soak
from plot import plot

PAGE = ROOT / "docs" / "benchmarks.md"
PLOT = ROOT / "docs" / "images" / "benchmarks.svg"
SOAK_PLOT = ROOT / "docs" / "images" / "soak.svg"


def load(name):
    file = RESULTS / f"{name}.json"
    return json.loads(file.read_text()) if file.exists() else None


def table(heads, rows):
    # Numbers to the right; the first column is words.
    lines = [heads, ["---"] + ["---:"] * (len(heads) - 1), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def machine(entry):
    # Wall clocks of a machine that also does other things are too long, and who reads them has to know.
    # A benchmark that has just ended leaves some load behind by itself.
    busy = f", busy with other work when it began (load {entry['load']})" if entry["load"] > entry["cores"] else ""
    return f"{entry['date']}, {entry['cpu']}, {entry['cores']} cores, {entry['memory_gb']} GB, Linux {entry['kernel'].split('-')[0]}{busy}"


def wrapped(sentence):
    return textwrap.fill(sentence, width=140, break_long_words=False, break_on_hyphens=False)


def number(value, digits=0):
    return f"{value:,.{digits}f}"


def scans(results):
    rows, loops, daemons = [], [], []
    for entry in results:
        scan, accounts = entry["scan"], number(entry["accounts"])
        compared = entry["verdicts"]
        rows.append([
            accounts,
            number(scan["wall_seconds"], 1),
            number(scan["wall_seconds"] * 1000 / entry["accounts"]),
            number(scan["cpu_seconds"], 1),
            number(entry["simulation"]["cpu_seconds"], 1),
            number(scan["calls"]),
            number(scan["calls_per_second"]),
            number(scan["peak_rss_mb"]),
            number(compared["compared"]),
            number(compared["wrong"]),
        ])
        loops.append([
            accounts,
            number(scan["cpu_us_per_call"]),
            number(entry["bare_sdk"]["cpu_us_per_call"]),
            number(entry["bare_hyper"]["cpu_us_per_call"]),
            number(entry["simulation"]["cpu_us_per_call"]),
            number(entry["ratio_to_bare_sdk"], 2),
            f"{entry['bare_sdk']['covered']:.1%}",
        ])
        if daemon := entry.get("daemon"):
            daemons.append([
                accounts,
                number(daemon["first_sweep_seconds"], 1),
                number(daemon["rss_mb"]),
                number(daemon["series"]),
                number(daemon["scrape_bytes"] / 1e6, 1),
                number(daemon["scrape_ms"], 1),
            ])
    heads = ["Accounts", "Wall, s", "ms an account", "CPU, s", "CPU of the simulation, s", "Calls", "Calls a second", "Peak memory, MB"]
    yield table([*heads, "Verdicts compared", "Wrong"], rows)
    yield "CPU of a call, in millionths of a second:"
    heads = ["Accounts", "Scan, all included", "Bare SDK", "hyper and SigV4", "Simulation's side", "Scan / bare SDK", "Mix covered"]
    yield table(heads, loops)
    if daemons:
        yield "The daemon after its first sweep of every account:"
        heads = ["Accounts", "First sweep, s", "Resident memory, MB", "Series", "Scrape, MB", "Scrape, ms"]
        yield table(heads, daemons)
    yield from (wrapped(f"{number(entry['accounts'])} accounts: {machine(entry)}{changed(entry)}.") for entry in results)


def changed(entry):
    return f", with {', '.join(entry['settings'])}" if entry["settings"] else ""


def micro(results):
    medians = results["medians_ns"]

    def duration(nanoseconds):
        for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
            if nanoseconds >= size:
                return f"{nanoseconds / size:.3g} {unit}"
        return f"{nanoseconds:.3g} ns"

    yield table(["Benchmark", "Median"], [[name.replace("_", " "), duration(median)] for name, median in medians.items()])
    for name, median in medians.items():
        if found := re.fullmatch(r"metrics scrape_by_the_prometheus_crate (\d+)", name):
            ratio = median / medians[f"metrics scrape_as_one_text {found[1]}"]
            yield f"At {number(int(found[1]))} series the `prometheus` crate takes {ratio:.3g} times as long as the board for the same text."
    yield f"{machine(results)}."


def scrape(results):
    whats = {
        "scrape_ms": ("A scrape over TCP", results["bytes"]),
        "scrape_gzip_ms": ("The same with gzip", results["gzip_bytes"]),
        "prometheus_crate_encode_ms": ("The `prometheus` crate, into memory", None),
    }
    rows = []
    for key, (what, size) in whats.items():
        times = [number(results[key][which]) for which in ("min", "median", "max")]
        rows.append([what, *times, f"{size / 1e6:.1f}" if size else "–"])
    yield table([f"{number(results['series'])} series", "Least, ms", "Median, ms", "Most, ms", "MB"], rows)
    ratio = results["prometheus_crate_encode_ms"]["median"] / results["scrape_ms"]["median"]
    yield wrapped(
        f"Meanwhile {number(results['commits_per_second_meanwhile'])} accounts a second were committed. The crate's encoder takes {ratio:.0f} "
        "times as long as a whole scrape."
    )
    yield f"{machine(results)}."


def soaked(results):
    names = {"memory_mb": "Resident memory, MB", "files": "Open files that are no connections", "connections": "Connections"}
    trends = results["verdict"]
    rows = [
        [name, *(number(trends[key][which], 1) for which in ("mean", "grew", "deviation")), "yes" if trends[key]["flat"] else "**no**"]
        for key, name in names.items()
    ]
    yield table(["In the last two thirds", "Mean", "The trend's rise", "Standard deviation from it", "Flat"], rows)
    work = results["work"]
    yield wrapped(
        f"{number(results['accounts'])} accounts in {results['minutes']:g} minutes, each swept {results['sweeps_of_each_account']:g} times, "
        f"{results['share_of_a_week']:.0%} of a week's; {number(results['calls'])} calls. Meanwhile {work['reloads']['done']} reloads, "
        f"{work['troubles']['done']} changes of what is wrong with AWS, {work['scrapes']['done']} scrapes and {work['pages']['done']} pages of "
        f"the API, of which {sum(part['failed'] for part in work.values())} failed."
    )
    yield f"{machine(results)}."


def peers(results):
    for entry in results:
        throttled = f", {entry['throttle']:.0%} of all requests throttled" if entry["throttle"] else ""
        yield f"### {entry['accounts']} account{'s' if entry['accounts'] > 1 else ''}, {entry['regions']} regions{throttled}"
        rows, kinds = [], sorted({kind for program in entry["programs"] for kind in program["verdicts"]} - {"right"})
        for program in entry["programs"]:
            scan, start = program["scan"], program["start"]
            rows.append([
                f"{program['name']} {program['version']}",
                program["topics"],
                number(scan["calls"]),
                number(scan["wall_seconds"], 1),
                number(scan["cpu_seconds"], 1),
                number(scan["peak_rss_mb"]),
                number(start["wall_seconds"], 1),
                number(start["cpu_seconds"], 1),
                number(program["verdicts"].get("right", 0)),
                *(number(program["verdicts"].get(kind, 0)) for kind in kinds),
            ])
        heads = ["Program", "Topics", "Calls", "Wall, s", "CPU, s", "Peak memory, MB", "Start-up: wall, s", "Start-up: CPU, s", "Verdicts as the truth"]
        yield table([*heads, *kinds], rows)
        for program in entry["programs"]:
            for kind, checks in program["by_check"].items():
                listed = ", ".join(f"`{check}` {count}" for check, count in checks.items())
                yield wrapped(f"{program['name']}, {kind}: {listed}.")
        yield f"{machine(entry)}."


def between(text, name, parts):
    """The page with what stands between a section's markers replaced."""
    begin, end = f"<!-- {name}: begin, written by bench/render.py -->", f"<!-- {name}: end -->"
    head, found, rest = text.partition(begin)
    _, ended, tail = rest.partition(end)
    if not found or not ended:
        sys.exit(f"{PAGE} has no markers for {name}")
    return head + begin + "\n\n" + "\n\n".join(part for part in parts if part) + "\n\n" + end + tail


def rendered():
    """Every generated file, and what it should hold."""
    page, files = PAGE.read_text(), {}
    for name, write in (("scan", scans), ("micro", micro), ("scrape", scrape), ("soak", soaked), ("peers", peers)):
        results = load(name)
        page = between(page, name, write(results) if results else ["Nothing was measured yet."])
    files[PAGE] = page
    if results := load("scan"):
        files[PLOT] = plot(results)
    if results := load("soak"):
        files[SOAK_PLOT] = soak.plot(results)
    return files


def main():
    stale = [file for file, text in rendered().items() if not file.exists() or file.read_text() != text]
    if "--check" in sys.argv[1:]:
        if stale:
            sys.exit(f"{', '.join(str(Path(file).relative_to(ROOT)) for file in stale)}: stale; run `python3 bench/render.py`")
        return
    for file, text in rendered().items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


if __name__ == "__main__":
    main()
