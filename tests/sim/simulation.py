"""The program under test as a process, and boto3 clients for it."""

import csv
import io
import json
import os
import queue
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

import boto3
from botocore.config import Config

ROOT = Path(__file__).resolve().parents[2]
DEADLINE = 20.0
ACCOUNTS, SEED = "40", "7"
ANALYZER_PRINCIPAL = "access-analyzer.amazonaws.com"


def example_binary():
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return target / "debug" / "examples" / "serve"


def command(*arguments):
    binary = os.environ.get("ORGSWEEP_BIN")
    return [binary, "simulate", *arguments] if binary else [str(example_binary()), *arguments]


class Simulation:
    """The process, its address, and clients that speak to it."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            command(*arguments, "--listen", "127.0.0.1:0"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        lines = queue.Queue()
        threading.Thread(target=lambda: [lines.put(line) for line in self.process.stdout] + [lines.put(None)], daemon=True).start()
        self.url, said, until = None, [], time.monotonic() + DEADLINE
        while self.url is None:
            line = lines.get(timeout=max(0.01, until - time.monotonic()))
            assert line is not None, f"the simulation ended early: {''.join(said)}"
            said.append(line)
            if "listening on http://" in line:
                self.url = "http://" + line.split("listening on http://")[1].split()[0]

    def close(self):
        self.process.terminate()
        self.process.wait(DEADLINE)

    def own(self, method, path, body=None):
        """One of the simulation's own paths; an HTTPError where it refuses."""
        request = urllib.request.Request(self.url + path, method=method, data=body and body.encode())
        with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
            return answer.read().decode()

    def set_faults(self, *rules, **more):
        self.own("PUT", "/-/faults", json.dumps({"faults": rules, **more}))
        self.own("DELETE", "/-/stats")

    def stats(self):
        return json.loads(self.own("GET", "/-/stats"))

    def client(self, service, session=None, region="us-east-1", **config):
        keys = session or {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "secret"}
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys.get("SessionToken"),
            config=Config(**{"retries": {"max_attempts": 1}, **config}),
        )

    def assume(self, account, **more):
        arn = f"arn:aws:iam::{account}:role/OrgsweepAudit"
        return self.client("sts").assume_role(RoleArn=arn, RoleSessionName="boto3", **more)["Credentials"]

    def accounts(self):
        pages = self.client("organizations").get_paginator("list_accounts").paginate()
        return [account for page in pages for account in page["Accounts"]]


def credential_report(iam):
    """The rows of an account's report, and the states on the way to it."""
    deadline = time.monotonic() + DEADLINE
    states = []
    while (state := iam.generate_credential_report()["State"]) != "COMPLETE":
        states.append(state)
        assert time.monotonic() < deadline, states
    report = iam.get_credential_report()
    return list(csv.DictReader(io.StringIO(report["Content"].decode()))), states
