#!/usr/bin/env python3
"""What a scan of a whole organization costs, beside loops that send the same requests with the bare SDK and with hyper.

    python3 bench/scan.py --accounts 100 1000
    python3 bench/scan.py --accounts 10000          half an hour
    python3 bench/scan.py --accounts 1000 --daemon  the daemon's memory and scrape, too

The simulation runs beside the scanner on the same cores. Every verdict is compared with the simulation's truth: a wrong one ends it.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import held_against_truth
from measure import RESULTS, ROOT, Failed, binaries, cpu_seconds, environment, run, serving, simulation, status_mb, where_and_when

# Accounts whose requests the loops repeat. Each costs them a client for every service and region.
SAMPLED = 4


def catalogue_config(orgsweep):
    """A configuration that asks everything there is to ask."""
    listed = subprocess.run([orgsweep, "checks", "list", "--format", "json"], env=environment(), capture_output=True, check=True)
    off = [check["id"] for check in json.loads(listed.stdout) if not check["enabled_by_default"]]
    return {"checks": {"enable": off, "allow_billable": True}, "log": {"level": "warn"}}


def override(config, settings):
    """Sets keys such as limits.workers=128, whose values are JSON or words."""
    for setting in settings:
        path, _, value = setting.partition("=")
        *sections, key = path.split(".")
        section = config
        for name in sections:
            section = section.setdefault(name, {})
        try:
            section[key] = json.loads(value)
        except json.JSONDecodeError:
            section[key] = value
    return config


def per_call(cost, calls):
    return cost | {"calls": calls, "calls_per_second": round(calls / cost["wall_seconds"]), "cpu_us_per_call": micro(cost["cpu_seconds"], calls)}


def micro(seconds, calls):
    return round(seconds * 1e6 / max(calls, 1), 1)


def scan(orgsweep, url, sim, config, folder):
    """One scan: what it cost, what it cost the simulation, and its result's file."""
    result, before = folder / "scan.json", cpu_seconds(sim)
    cost, _ = run([orgsweep, "scan", "--config", config, "--format", "json", "--output", result], environment(url))
    spent = cpu_seconds(sim) - before
    end = held_against_truth.tail(result)
    calls = end["api"]["requests"]
    simulated = {"cpu_seconds": round(spent, 3), "cpu_us_per_call": micro(spent, calls), "peak_rss_mb": round(status_mb(sim, "VmHWM"), 1)}
    return per_call(cost, calls) | {"throttled": end["api"]["throttled"], "summary": end["summary"]}, simulated, end["api"]["by_operation"]


def sample(result):
    """Some accounts that the scan could look into, from all over the organization."""
    reachable = [account["id"] for account in held_against_truth.rows(result, "accounts") if account["reachable"]]
    return reachable[:: max(1, len(reachable) // SAMPLED)][:SAMPLED]


def loops(bare_sdk, bare_hyper, url, accounts, mix, calls, folder):
    """The same requests with the bare SDK, and with hyper and SigV4."""
    mix_file, requests = folder / "mix.json", folder / "requests.json"
    mix_file.write_text(json.dumps(mix))
    asked = ["--endpoint", url, "--mix", mix_file]
    sampled = ["--accounts", ",".join(accounts)]
    run([bare_sdk, *asked, *sampled, "--record", requests], environment(url))
    found = {}
    for name, command in (
        ("bare_sdk", [bare_sdk, *asked, *sampled, "--calls", calls]),
        ("bare_hyper", [bare_hyper, *asked, "--requests", requests, "--calls", calls]),
    ):
        output = folder / name
        run(command, environment(url), output)
        said = json.loads(output.read_text())
        cost = said["cost"]
        found[name] = {
            "calls": cost["calls"],
            "refused": cost["refused"],
            "wall_seconds": round(cost["wall_seconds"], 3),
            "cpu_seconds": round(cost["cpu_seconds"], 3),
            "calls_per_second": round(cost["calls"] / cost["wall_seconds"]),
            "cpu_us_per_call": round(cost["cpu_us_per_call"], 1),
            "covered": round(said["covered"], 4),
        }
    return found


def compare(orgsweep, organization, result, folder):
    """Compares every verdict with the truth."""
    truth = folder / "truth.json"
    run([orgsweep, "simulate", *organization, "--truth"], environment(), truth)
    compared, untold, wrong, sentences = held_against_truth.wrong(result, truth)
    truth.unlink()
    if wrong:
        raise Failed(f"{wrong} of {compared} verdicts are wrong, so the figures are worth nothing:\n" + "\n".join(sentences))
    return {"compared": compared, "wrong": wrong, "without_truth": untold}


def get(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=60) as answer:
        return answer.read()


def total(text, family):
    """The sum and the number of a family's series."""
    values = [float(value) for value in re.findall(rf"^{family}(?:\{{.*\}})? (\S+)$", text, re.MULTILINE)]
    return sum(values), len(values)


def daemon(orgsweep, url, config, folder, seconds):
    """The daemon after its first sweep of every account: memory, CPU, and what a scrape takes."""
    file = folder / "daemon.json"
    # Nothing is due a second time while the first sweeps run.
    later = {"schedule": {"frequent": "12h", "standard": "12h", "daily": "24h"}, "server": {"listen": "127.0.0.1:0"}}
    # Nor is anything known from a run before.
    store = {"store": {"path": str(folder / "daemon.db")}}
    for part in folder.glob("daemon.db*"):
        part.unlink()
    # It says where it listens at level info.
    file.write_text(json.dumps(config | later | store | {"log": {"level": "info"}}))
    started = time.monotonic()
    with serving([orgsweep, "run", "--config", file], environment(url)) as (pid, served):
        while True:
            text = get(served + "/metrics").decode()
            accounts, swept = total(text, "orgsweep_accounts")[0], total(text, "orgsweep_account_reachable")[1]
            if accounts and swept >= accounts:
                break
            if time.monotonic() - started > seconds:
                raise Failed(f"the daemon swept {swept} of {accounts:g} accounts in {seconds} s")
            time.sleep(1)
        wall, cpu = time.monotonic() - started, cpu_seconds(pid)
        scrapes = []
        for _ in range(11):
            before = time.monotonic()
            text = get(served + "/metrics").decode()
            scrapes.append(time.monotonic() - before)
        calls, _ = total(text, "orgsweep_aws_requests_total")
        return {
            "first_sweep_seconds": round(wall, 1),
            "cpu_seconds": round(cpu, 3),
            "calls": int(calls),
            "cpu_us_per_call": micro(cpu, calls),
            "rss_mb": round(status_mb(pid, "VmRSS"), 1),
            "peak_rss_mb": round(status_mb(pid, "VmHWM"), 1),
            "scrape_bytes": len(text.encode()),
            "series": sum(1 for line in text.splitlines() if line and not line.startswith("#")),
            "scrape_ms": round(statistics.median(scrapes) * 1000, 2),
        }


def benchmark(accounts, args):
    orgsweep, bare_sdk, bare_hyper = binaries(args.bins_dir, "orgsweep", "bare-sdk", "bare-hyper")
    organization, begun = ["--accounts", accounts, "--seed", args.seed], where_and_when()
    settings = override(catalogue_config(orgsweep), args.set)
    with tempfile.TemporaryDirectory(prefix="orgsweep-bench-") as name, simulation(orgsweep, *organization) as (sim, url):
        folder = Path(name)
        config, result = folder / "orgsweep.json", folder / "scan.json"
        config.write_text(json.dumps(settings))
        say(f"{accounts} accounts: scanning")
        scanned, simulated, mix = scan(orgsweep, url, sim, config, folder)
        accounts_sampled = sample(result)
        say(f"{accounts} accounts: {scanned['calls']} calls in {scanned['wall_seconds']} s; the loops")
        found = loops(bare_sdk, bare_hyper, url, accounts_sampled, mix, args.calls, folder)
        say(f"{accounts} accounts: comparing the verdicts")
        compared = compare(orgsweep, organization, result, folder)
        entry = begun | {
            "version": subprocess.run([orgsweep, "--version"], capture_output=True, text=True, check=True).stdout.split()[-1],
            "accounts": accounts,
            "settings": args.set,
            "scan": scanned,
            "simulation": simulated,
            "verdicts": compared,
            **found,
            "ratio_to_bare_sdk": round(scanned["cpu_us_per_call"] / found["bare_sdk"]["cpu_us_per_call"], 2),
            "operations": dict(sorted(mix.items(), key=lambda counted: (-counted[1], counted[0]))[:10]),
        }
        result.unlink()
        # An hour's figures are not to be lost with what comes after them.
        keep(args.results, entry)
        if args.daemon:
            say(f"{accounts} accounts: the daemon's first sweep")
            entry["daemon"] = daemon(orgsweep, url, settings, folder, max(300, 60 + accounts))
            keep(args.results, entry)
        return entry


def say(line):
    print(line, file=sys.stderr, flush=True)


def keep(file, entry):
    """Puts an entry into the results, in the place of the last one of its size."""
    results = json.loads(file.read_text()) if file.exists() else []
    results = [other for other in results if other["accounts"] != entry["accounts"]] + [entry]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(sorted(results, key=lambda other: other["accounts"]), indent=2) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, nargs="+", default=[100, 1000], metavar="N", help="sizes of organizations (default: 100 1000)")
    parser.add_argument("--seed", type=int, default=1, help="what they are invented from")
    parser.add_argument("--calls", type=int, default=60_000, metavar="N", help="requests of each loop (default: 60000)")
    parser.add_argument("--daemon", action="store_true", help="measure `orgsweep run`, too")
    parser.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE", help="change the configuration, such as limits.workers=128")
    parser.add_argument("--bins-dir", default=ROOT / "target" / "release", metavar="DIR", help="where the programs are (default: target/release)")
    parser.add_argument("--results", type=Path, default=RESULTS / "scan.json", metavar="FILE", help="where the figures go")
    args = parser.parse_args()
    for accounts in args.accounts:
        try:
            entry = benchmark(accounts, args)
        except Failed as failed:
            sys.exit(str(failed))
        print(json.dumps(entry, indent=2))


if __name__ == "__main__":
    main()
