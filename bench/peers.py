#!/usr/bin/env python3
"""orgsweep beside Prowler and Cloud Custodian on the same simulated accounts: what each asks, costs, and gets wrong.

    python3 bench/peers.py                      one account and five
    python3 bench/peers.py --throttle 0.3       three requests of ten are throttled
    python3 bench/peers.py --tools prowler --accounts 1

It installs the others from PyPI into bench/.venv, in the versions that bench/peers names. orgsweep is limited to the same topics. Programs
differ in what they call a failure, so read the verdicts check by check before you call any of them wrong.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections import Counter
from pathlib import Path

import held_against_truth
from measure import RESULTS, ROOT, Failed, binaries, cpu_seconds, environment, run, simulation, where_and_when

HERE = ROOT / "bench" / "peers"
VENVS = ROOT / "bench" / ".venv"
ROLE = "OrgsweepAudit"
HOME_REGION = "us-east-1"
# Longer than anything took, and yet an end.
PATIENCE = 3600

# Prowler's checks beside ours. Where there are several, all have to pass.
PROWLER = {
    "root-mfa-enabled": ["iam_root_mfa_enabled"],
    "root-access-key-absent": ["iam_no_root_access_key"],
    "iam-user-mfa-enabled": ["iam_user_mfa_enabled_console_access"],
    "iam-access-key-rotated": ["iam_rotate_access_key_90_days"],
    "iam-password-policy-strong": [
        "iam_password_policy_minimum_length_14",
        "iam_password_policy_symbol",
        "iam_password_policy_number",
        "iam_password_policy_uppercase",
        "iam_password_policy_lowercase",
    ],
    "s3-account-public-access-block": ["s3_account_level_public_access_blocks"],
    "cloudtrail-multi-region-logging": ["cloudtrail_multi_region_enabled_logging_management_events"],
    "cloudtrail-log-file-validation": ["cloudtrail_log_file_validation_enabled"],
    "alarm-root-usage": ["cloudwatch_log_metric_filter_root_usage"],
    "config-recorder-enabled": ["config_recorder_all_regions_enabled"],
    "guardduty-enabled": ["guardduty_is_enabled"],
    "securityhub-enabled": ["securityhub_enabled"],
    "access-analyzer-enabled": ["accessanalyzer_enabled"],
    "ebs-default-encryption": ["ec2_ebs_default_encryption"],
    "ebs-snapshot-public-access-blocked": ["ec2_ebs_snapshot_account_block_public_access"],
    "ami-public-access-blocked": ["ec2_ami_account_block_public_access"],
    "imdsv2-required-by-default": ["ec2_instance_account_imdsv2_enabled"],
    "security-group-admin-port-open": [
        "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22",
        "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_3389",
    ],
    "vpc-default-security-group-closed": ["ec2_securitygroup_default_restrict_traffic"],
    "instance-ssm-managed": ["ec2_instance_managed_by_ssm"],
    "ec2-user-data-no-secrets": ["ec2_instance_secrets_user_data"],
    "lambda-environment-no-secrets": ["awslambda_function_no_secrets_in_variables"],
    "log-group-retention": ["cloudwatch_log_group_retention_policy_specific_days_enabled"],
}


def venv(name):
    """A Python environment with a peer, made when it is missing or its requirements have changed."""
    folder, wanted = VENVS / name, HERE / f"{name}.txt"
    made = folder / "requirements.txt"
    if not made.exists() or made.read_text() != wanted.read_text():
        say(f"installing {name} into {folder}")
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", wanted]
        subprocess.run(pip, check=True)
        # Last, so that a half-made one is made again.
        shutil.copy(wanted, made)
    return folder / "bin"


def custodian_checks():
    """Its policies are named after our checks."""
    lines = (HERE / "custodian.yml").read_text().splitlines()
    return [line.split(":")[1].strip() for line in lines if line.lstrip().startswith("- name:")]


def regional(orgsweep):
    """The checks that have a verdict in each region."""
    listed = subprocess.run([orgsweep, "checks", "list", "--format", "json"], env=environment(), capture_output=True, check=True)
    return {check["id"] for check in json.loads(listed.stdout) if check["scope"] == "region"}


class Site:
    """A simulation under way, and how the programs find it."""

    def __init__(self, url, pid, folder, orgsweep):
        self.url, self.pid, self.folder, self.orgsweep = url, pid, folder, orgsweep
        self.regional = regional(orgsweep)

    def variables(self, **more):
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        return environment(self.url, HOME=str(home), PYTHONPATH=str(HERE / "hosts"), **more)

    def stats(self):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.url + "/-/stats", timeout=10) as answer:
            return json.load(answer)

    def measured(self, commands):
        """Runs programs one after the other, and gives what they cost together and asked for."""
        before, cpu = self.stats(), cpu_seconds(self.pid)
        costs = [run(command, variables, allowed=allowed, seconds=PATIENCE)[0] for command, variables, allowed in commands]
        after = self.stats()
        outcomes = Counter(after["outcomes"])
        outcomes.subtract(before["outcomes"])
        calls = after["requests"] - before["requests"]
        return {
            "calls": calls,
            "outcomes": {name: count for name, count in sorted(outcomes.items()) if count},
            "wall_seconds": round(sum(cost["wall_seconds"] for cost in costs), 2),
            "cpu_seconds": round(sum(cost["cpu_seconds"] for cost in costs), 2),
            "peak_rss_mb": max(cost["peak_rss_mb"] for cost in costs),
            "simulation_cpu_seconds": round(cpu_seconds(self.pid) - cpu, 2),
        }


class Orgsweep:
    """The program that this is about, limited to what the others can answer."""

    name = "orgsweep"

    def __init__(self, site, checks):
        self.site, self.checks = site, sorted(checks)
        self.result = site.folder / "orgsweep.json"

    def version(self):
        said = subprocess.run([self.site.orgsweep, "--version"], capture_output=True, text=True, check=True)
        return said.stdout.split()[-1]

    def start(self):
        return run([self.site.orgsweep, "checks", "list"], self.site.variables())[0]

    def scan(self, accounts):
        only = [word for check in self.checks for word in ("--check", check)]
        only += [word for account in accounts for word in ("--account", account)]
        command = [self.site.orgsweep, "scan", "--format", "json", "--output", self.result, *only]
        return self.site.measured([(command, self.site.variables(), (0,))])

    def said(self):
        found = {}
        for row in held_against_truth.rows(self.result, "verdicts"):
            if row["status"] in ("pass", "fail"):
                found[row["account_id"], row["region"], row["check"]] = row["status"]
        return found


class Prowler:
    """One process for each account, as it is meant to be used with --role."""

    name = "prowler"
    checks = frozenset(PROWLER)

    def __init__(self, site):
        self.site, self.bin, self.output = site, venv("prowler"), site.folder / "prowler"
        # Some of its checks run programs that are installed beside it.
        self.variables = site.variables(PATH=f"{self.bin}:{environment()['PATH']}")

    def version(self):
        return (HERE / "prowler.txt").read_text().partition("==")[2].strip()

    def start(self):
        return run([self.bin / "prowler", "aws", "--list-checks"], self.variables)[0]

    def scan(self, accounts):
        wanted = sorted({name for names in PROWLER.values() for name in names})
        commands = []
        for account in accounts:
            command = [self.bin / "prowler", "aws", "--checks", *wanted, "--role", f"arn:aws:iam::{account}:role/{ROLE}"]
            # Otherwise it leaves out regions in which nothing runs.
            command += ["--scan-unused-services", "--no-banner", "--output-formats", "json-ocsf"]
            command += ["--output-directory", self.output, "--output-filename", account]
            # 3: it found failures.
            commands.append((command, self.variables, (0, 3)))
        return self.site.measured(commands)

    def said(self):
        statuses = {}
        for file in self.output.glob("*.ocsf.json"):
            for finding in json.loads(file.read_text()):
                place = finding["cloud"]["account"]["uid"], finding["cloud"]["region"], finding["metadata"]["event_code"]
                statuses.setdefault(place, set()).add(finding["status_code"])
        found = {}
        ours = {theirs: check for check, names in PROWLER.items() for theirs in names}
        for (account, region, theirs), seen in statuses.items():
            check = ours[theirs]
            place = account, region if check in self.site.regional else "global", check
            if "FAIL" in seen:
                found[place] = "fail"
            elif "PASS" in seen:
                found.setdefault(place, "pass")
        return found


class Custodian:
    """c7n-org over all accounts and regions at once. A policy that matches something is a failure."""

    name = "c7n-org"

    def __init__(self, site):
        self.site, self.bin, self.output = site, venv("c7n"), site.folder / "custodian"
        self.checks = frozenset(custodian_checks())
        self.regions = []

    def version(self):
        versions = dict(line.split("==") for line in (HERE / "c7n.txt").read_text().split())
        return f"{versions['c7n-org']} (c7n {versions['c7n']})"

    def start(self):
        return run([self.bin / "custodian", "version"], self.site.variables())[0]

    def scan(self, accounts):
        file = self.site.folder / "accounts.json"
        listed = [{"account_id": id, "name": id, "role": f"arn:aws:iam::{id}:role/{ROLE}"} for id in accounts]
        file.write_text(json.dumps({"accounts": listed}))
        # Its own word for all regions takes the ones that it knows of, enabled or not.
        regions = [word for region in self.regions for word in ("--region", region)]
        command = [self.bin / "c7n-org", "run", "-c", file, "-u", HERE / "custodian.yml", "-s", self.output, *regions]
        command += ["--cache-period", "0", "--cache-path", self.site.folder]
        # 2: some policy could not be run.
        return self.site.measured([(command, self.site.variables(), (0, 1, 2))])

    def said(self):
        found = {}
        for file in self.output.glob("*/*/*/resources.json"):
            account, region, check = file.parts[-4:-1]
            place = account, region if check in self.site.regional else "global", check
            # A policy that could not be run leaves no such file.
            found[place] = "fail" if json.loads(file.read_text()) else "pass"
        return found


def judge(said, truth, checks):
    """What a program said beside the truth, of the checks that it was asked for: how often each combination came."""
    counts, wrong = Counter(), {}
    for place, right in truth.items():
        if place[2] not in checks:
            continue
        got = said.get(place, "nothing")
        right = right if right in ("pass", "fail") else "unknown or not applicable"
        kind = "right" if got == right else f"{got} where the truth is {right}"
        if got == "nothing" and right == "unknown or not applicable":
            kind = "right"
        counts[kind] += 1
        if kind != "right":
            wrong.setdefault(kind, Counter())[place[2]] += 1
    return {"verdicts": dict(sorted(counts.items())), "by_check": {kind: dict(sorted(found.items())) for kind, found in sorted(wrong.items())}}


def whole_accounts(orgsweep, organization, folder, count):
    """The truth, and the first accounts of which everything can be seen."""
    file = folder / "truth.json"
    run([orgsweep, "simulate", *organization, "--truth"], environment(), file)
    truth, blind = {}, set()
    for row in held_against_truth.rows(file):
        truth[row["account_id"], row["region"], row["check"]] = row["status"]
        if row["blind_reason"] in ("role_missing", "account_suspended", "iam_deny", "scp_deny"):
            blind.add(row["account_id"])
    accounts = [account for account in dict.fromkeys(place[0] for place in truth) if account not in blind]
    # The management account is like no other.
    chosen = accounts[1 : count + 1]
    return chosen, {place: status for place, status in truth.items() if place[0] in chosen}


def benchmark(count, args):
    (orgsweep,) = binaries(args.bins_dir, "orgsweep")
    organization, begun = ["--accounts", 40, "--seed", args.seed], where_and_when()
    with tempfile.TemporaryDirectory(prefix="orgsweep-peers-") as name:
        folder = Path(name)
        accounts, truth = whole_accounts(orgsweep, organization, folder, count)
        regions = sorted({region for _, region, _ in truth} - {"global"})
        if args.throttle:
            faults = folder / "faults.json"
            faults.write_text(json.dumps({"seed": args.seed, "faults": [{"fault": "throttle", "probability": args.throttle}]}))
            organization += ["--faults", faults]
        found = []
        with simulation(orgsweep, *organization) as (pid, url):
            site = Site(url, pid, folder, orgsweep)
            others = [tool for tool in (Prowler, Custodian) if tool.name in args.tools]
            for tool in others:
                peer = tool(site)
                peer.regions = regions
                found += [measured(peer, accounts, truth), measured(Orgsweep(site, peer.checks), accounts, truth)]
        return begun | {"accounts": count, "regions": len(regions), "throttle": args.throttle, "programs": found}


def measured(program, accounts, truth):
    say(f"{program.name}, {len(accounts)} accounts, {len(program.checks)} topics")
    entry = {"name": program.name, "version": program.version(), "topics": len(program.checks), "start": program.start()}
    entry["scan"] = program.scan(accounts)
    return entry | judge(program.said(), truth, set(program.checks))


def say(line):
    print(line, file=sys.stderr, flush=True)


def keep(file, entry):
    """Puts an entry into the results, in the place of the last one like it."""
    alike = ("accounts", "throttle")
    results = json.loads(file.read_text()) if file.exists() else []
    results = [other for other in results if any(other[key] != entry[key] for key in alike)] + [entry]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(sorted(results, key=lambda other: [other[key] for key in reversed(alike)]), indent=2) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, nargs="+", default=[1, 5], metavar="N", help="how many accounts are scanned (default: 1 5)")
    parser.add_argument("--tools", nargs="+", default=["prowler", "c7n-org"], choices=["prowler", "c7n-org"], help="which of the others")
    parser.add_argument("--throttle", type=float, default=0, metavar="SHARE", help="the share of requests that are throttled")
    parser.add_argument("--seed", type=int, default=1, help="what the organization is invented from")
    parser.add_argument("--bins-dir", default=ROOT / "target" / "release", metavar="DIR", help="where orgsweep is (default: target/release)")
    parser.add_argument("--results", type=Path, default=RESULTS / "peers.json", metavar="FILE", help="where the figures go")
    args = parser.parse_args()
    for count in args.accounts:
        try:
            entry = benchmark(count, args)
        except Failed as failed:
            sys.exit(str(failed))
        keep(args.results, entry)
        print(json.dumps(entry, indent=2))


if __name__ == "__main__":
    main()
