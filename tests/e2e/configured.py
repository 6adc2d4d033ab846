"""A daemon whose configuration file the tests write anew while it runs, and the small organizations that it watches."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from harness import Process, environment, free_port, get, orgsweep, scrape, wait_until
from watched import COMPLIANT, PLACE

MANAGEMENT, SHOP, BANK = "100000000001", "400000000001", "400000000002"
US, EU = "us-east-1", "eu-west-1"
ORGANIZATION = "o-configured1"
# These fail in the organization below, in the accounts SHOP and BANK, and nothing else fails.
VPC, DETECTOR, VOLUMES, BUCKETS = "vpc-default-absent", "guardduty-enabled", "ebs-default-encryption", "s3-account-public-access-block"
FAILING = {VPC: "unused", DETECTOR: "no_detector", VOLUMES: "disabled", BUCKETS: "not_set"}
FAILURES = {(account, region, check) for account in (SHOP, BANK) for region in (US, EU) for check in (VPC, DETECTOR, VOLUMES)} | {
    (account, "global", BUCKETS) for account in (SHOP, BANK)
}
SINCE = "orgsweep_check_failing_since_timestamp_seconds"
SUCCESSFUL = "orgsweep_config_last_reload_successful"
SUCCEEDED = "orgsweep_config_last_reload_success_timestamp_seconds"
# Nothing is swept after the first time.
NEVER = {"frequent": "10h", "standard": "10h", "daily": "10h", "jitter": 0}
# How long a change may take until it shows: files are looked at every three seconds, and have to settle.
SOON = 20.0


def organization(file, accounts=None, regions=(US, EU), **more):
    """Writes a file for `simulate --org`. What is not named passes."""
    given = [
        {"id": MANAGEMENT, "name": "management"},
        {"id": SHOP, "name": "shop", "ou": "/Workloads", "tags": {"Environment": "dev"}, "posture": FAILING},
        {"id": BANK, "name": "bank", "posture": FAILING},
    ]
    content = {
        "organization": {"id": ORGANIZATION, "management_account_id": MANAGEMENT},
        "regions": list(regions),
        "default_posture": "pass",
        "organizational_units": [{"name": "Workloads"}],
        "accounts": given if accounts is None else accounts,
    }
    file.write_text(json.dumps(content | more))
    return file


class World:
    """A simulation that can be started anew as another one, at the same address."""

    def __init__(self, programs, folder):
        self.programs, self.folder = programs, folder
        self.port, self.number = free_port(), 0
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.simulation = self.file = None

    def become(self, **described):
        if self.simulation:
            self.simulation.kill()
        self.number += 1
        # Sessions of the world before must not fit.
        self.file = organization(self.folder / f"organization-{self.number}.yaml", seed=self.number, **described)
        self.simulation = self.programs.start(orgsweep(), "simulate", "--org", self.file, "--listen", f"127.0.0.1:{self.port}")
        wait_until("the simulation", lambda: get(self.endpoint + "/-/healthy").status == 200, 30, self.simulation)


@dataclass
class Configured:
    process: Process
    url: str
    file: Path

    def write(self, config):
        """Writes the file anew, where it is: a mapping as JSON, which is YAML, or a text, or bytes."""
        self.file.write_bytes(in_bytes(config))

    def write_beside(self, config):
        """Writes another file and gives it the name, so that no half of it is ever seen."""
        beside = self.file.with_name("written-beside")
        beside.write_bytes(in_bytes(config))
        os.replace(beside, self.file)

    def reload(self, token=None):
        return get(self.url + "/-/reload", token, method="POST")

    def scrape(self, token=None):
        return scrape(self.url, token)

    def compliant(self):
        return self.scrape().series(COMPLIANT, *PLACE)

    def wait(self, what, condition, seconds=SOON):
        return wait_until(what, condition, seconds, self.process)


def in_bytes(config):
    if isinstance(config, dict):
        config = json.dumps(config, indent=2)
    return config.encode() if isinstance(config, str) else config


def start(programs, endpoint, file, config=None, **variables):
    """A daemon with the configuration in a file, which is written first if a configuration is given."""
    if config is not None:
        file.write_bytes(in_bytes(config))
    process = programs.start(orgsweep(), "run", "--config", file, env=environment(endpoint, **variables))
    return Configured(process, process.address(), file)
