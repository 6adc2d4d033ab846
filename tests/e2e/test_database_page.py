"""docs/database.md: its tables are the real ones, and its queries run."""

import re
import shutil
import sqlite3
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness import ROOT, get, skip, wait_until, write_config

PAGE = (ROOT / "docs" / "database.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"^```sql\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
MANAGEMENT, MEMBER = "100000000001", "400000000001"
WAIVED, MENDED, MISSING = "vpc-default-absent", "s3-account-public-access-block", "iam:GetAccountSummary"
DAY = 86_400


@dataclass
class Database:
    file: Path
    url: str

    def ask(self, sql):
        connection = sqlite3.connect(f"{self.file.as_uri()}?mode=ro", uri=True)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def database(programs, folders):
    """The file of a running daemon that has seen a failure, a waiver and a refusal."""
    folder = folders("database")
    posture = {WAIVED: "unused"}
    organization = {
        "organization": {"id": "o-database001", "management_account_id": MANAGEMENT},
        "regions": ["us-east-1", "eu-west-1"],
        "default_posture": "pass",
        "accounts": [
            {"id": MANAGEMENT, "name": "management"},
            {"id": MEMBER, "name": "shop", "posture": posture, "deny": [{"action": MISSING}]},
        ],
    }
    world = write_config(folders("organization"), organization)
    waivers = folder / "waivers.yaml"
    waivers.write_text('[{"check": "vpc-*", "account": "400000000001", "reason": "moving", "owner": "ana", "expires": "2099-12-31"}]')
    file = folder / "orgsweep.db"
    _, endpoint = programs.simulate("--org", world)
    daemon, url = programs.run(endpoint, {"store": {"path": str(file)}, "waivers": str(waivers)})
    database = Database(file, url)

    def swept():
        rows = database.ask("SELECT account_id FROM evaluation WHERE region <> 'global' GROUP BY account_id HAVING count(DISTINCT cadence) = 3")
        return len(rows) == 2 and database.ask("SELECT 1 FROM waiver_use")

    wait_until("a first sweep", lambda: file.exists() and get(url + "/-/ready").status == 200 and swept(), 90, daemon)
    return database


@pytest.fixture(scope="module")
def with_history(database, folders):
    """A backup of it, made while the daemon runs, in which a check has failed and was mended a few times."""
    file = folders("backup") / "backup.db"
    database.ask(f"VACUUM INTO '{file}'")
    connection = sqlite3.connect(file)
    now = int(time.time())
    for at, before, after in [(9, "pass", "fail"), (7, "fail", "pass"), (5, "pass", "fail"), (3, "fail", "pass"), (1, "pass", "fail")]:
        row = (now - at * DAY // 2, MEMBER, "global", MENDED, before, after, "invented")
        sql = "INSERT INTO transition (at, account_id, region, check_id, from_status, to_status, reason) VALUES (?, ?, ?, ?, ?, ?, ?)"
        connection.execute(sql, row)
    connection.commit()
    connection.close()
    return Database(file, database.url)


def title(query):
    """The sentence before a query."""
    return PAGE.split(f"```sql\n{query}")[0].rstrip().rsplit("\n\n", 1)[1].split(",")[0].split(":")[0][:60]


def test_there_are_queries():
    assert len(QUERIES) >= 5


@pytest.mark.parametrize("query", QUERIES, ids=title)
def test_every_query_finds_something(with_history, query):
    assert with_history.ask(query), query


def test_the_tables_and_their_keys_are_the_real_ones(database):
    tables = [name for (name,) in database.ask("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    real = {}
    for table in tables:
        columns = database.ask(f"PRAGMA table_info({table})")
        keys = [name for _, name, *_, key in sorted(columns, key=lambda column: column[-1]) if key]
        real[table] = ([name for _, name, *_ in columns], keys)
    section = PAGE.split("\n## Tables\n")[1].split("\n## ")[0]
    documented = {}
    for part in section.split("\n### ")[1:]:
        sentence = re.search(r"Key: ([^.]*)\.", part)[1]
        documented[part.split("\n")[0]] = (re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE), re.findall(r"`(\w+)`", sentence))
    assert documented == real


def test_what_may_be_null_says_so(database):
    section = PAGE.split("\n## Tables\n")[1].split("\n## ")[0]
    for part in section.split("\n### ")[1:]:
        table = part.split("\n")[0]
        meanings = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", part, re.MULTILINE))
        for _, name, _, not_null, _, key in database.ask(f"PRAGMA table_info({table})"):
            assert ("`NULL`" in meanings[name]) == (not not_null and not key), f"{table}.{name}"


def test_the_versions_are_the_real_ones(database):
    application, version = database.ask("PRAGMA application_id")[0][0], database.ask("PRAGMA user_version")[0][0]
    assert f"`PRAGMA application_id` is {application}" in PAGE
    assert f"`PRAGMA user_version` is the version of the schema, now {version}." in PAGE


def test_the_words_of_its_rows_are_the_documented_ones(database):
    for sql in ("SELECT DISTINCT status FROM verdict", "SELECT DISTINCT cadence FROM evaluation", "SELECT DISTINCT measure FROM measure",
                "SELECT DISTINCT key FROM meta", "SELECT DISTINCT to_status FROM transition"):
        for (word,) in database.ask(sql):
            assert f"`{word}`" in PAGE, f"{sql}: {word}"


def test_the_conditions_are_those_of_the_metrics(database):
    section = PAGE.split("\n## Conditions\n")[1].split("\n## ")[0]
    documented = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    shown = re.findall(r'^orgsweep_store_condition\{condition="(\w+)"\}', get(database.url + "/metrics").text, re.MULTILINE)
    assert sorted(documented) == sorted(shown)


def test_the_documented_backup_works_while_the_daemon_runs(database, folders):
    if not shutil.which("sqlite3"):
        skip("sqlite3 is not installed")
    folder = folders("cli")
    block = re.search(r"```sh\n(sqlite3 -readonly orgsweep\.db \"\.backup.*?)```", PAGE, re.DOTALL)[1]
    for number, line in enumerate(block.splitlines()):
        line = line.replace("orgsweep.db", str(database.file)).replace("backup.db", f"backup{number}.db")
        done = subprocess.run(line, shell=True, cwd=folder, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"{line}: {done.stderr}"
        copy = Database(folder / f"backup{number}.db", database.url)
        assert copy.ask("SELECT count(*) FROM account") == [(2,)]
