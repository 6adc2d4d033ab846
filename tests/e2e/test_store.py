"""The database in every state that a disk, another program or another orgsweep can bring about: the daemon serves what it sees, says what
is wrong, harms nobody's file, and writes everything down as soon as it can."""

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess

import pytest

from harness import TARGET, assert_shown, database, demanded, get, scrape, skip, wait_until
from watched import COMPLIANT

MANAGEMENT, *MEMBERS = ACCOUNTS = [f"11110000000{number}" for number in range(1, 9)]
REGIONS = ("us-east-1", "eu-west-1")
# Five checks, two of which fail in every member.
FAILING = {"vpc-default-absent": "unused", "ebs-default-encryption": "disabled"}
ASKED = {*FAILING, "guardduty-enabled", "ebs-snapshot-public-access-blocked", "root-mfa-enabled"}
VERDICTS = (len(ASKED) - 1) * len(REGIONS) + 1
SINCE = "orgsweep_check_failing_since_timestamp_seconds"
EVALUATED = "orgsweep_check_last_evaluated_timestamp_seconds"
# How long the daemon may take to see that a database can be used again: it looks ever more rarely, at last once a minute.
NOTICED = 100


@pytest.fixture(scope="module")
def organization(folders):
    """The arguments of a simulation of eight accounts in two regions."""
    members = [{"id": member, "name": f"member-{member[-1]}", "posture": FAILING} for member in MEMBERS]
    content = {
        "organization": {"id": "o-databases01", "management_account_id": MANAGEMENT},
        "regions": list(REGIONS),
        "default_posture": "pass",
        "accounts": [{"id": MANAGEMENT, "name": "management"}, *members],
    }
    file = folders("organization") / "organization.yaml"
    file.write_text(json.dumps(content))
    return "--org", file


@pytest.fixture(scope="module")
def endpoint(programs, organization):
    return programs.simulate(*organization)[1]


@pytest.fixture(scope="module")
def run(programs, checks):
    """Starts the daemon with a database. It sweeps every other second, so that what is wrong would be told often."""

    def start(endpoint, file, pass_valid="1h"):
        assert ASKED <= set(checks)
        config = {
            "checks": {"disable": sorted(set(checks) - ASKED)},
            "schedule": {"frequent": "2s", "standard": "2s", "daily": "2s", "jitter": 0, "pass_valid": pass_valid},
            "metrics": {"detail": "region"},
            "store": {"path": str(file)},
        }
        return programs.run(endpoint, config)

    return start


@pytest.fixture
def file(folders):
    return folders("database") / "orgsweep.db"


@pytest.fixture(scope="module")
def real(run, endpoint, folders):
    """The file of a database that a daemon has written, and what that has shown at the end."""
    written = folders("database") / "orgsweep.db"
    daemon, url = run(endpoint, written)
    complete(daemon, url)
    daemon.kill()
    closed = folders("database") / "orgsweep.db"
    with database(written) as kept:
        kept.execute("VACUUM INTO ?", [str(closed)])
        expected = demanded(kept)
    # As it is while a daemon has it: whoever opens that makes files beside it.
    with contextlib.closing(sqlite3.connect(closed)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    return closed, expected


def complete(daemon, url):
    """The metrics once every check of every account was decided, and the daemon is ready."""

    def decided():
        metrics = scrape(url)
        done = len(metrics.series(COMPLIANT)) == len(ACCOUNTS) * VERDICTS and get(url + "/-/ready").status == 200
        return done and metrics

    return wait_until("a complete first sweep", decided, 60, daemon)


def condition(metrics):
    """The condition that the database is in. There is always exactly one."""
    (found,) = [name for (name,), value in metrics.series("orgsweep_store_condition", "condition").items() if value == 1]
    return found


def comes_to(daemon, url, *expected):
    """Waits for one of these conditions, with nothing left to write when all is well. The metrics then."""

    def there():
        metrics = scrape(url)
        written = metrics.total("orgsweep_store_accounts_behind") == 0 or "ok" not in expected
        return metrics if condition(metrics) in expected and written else None

    return wait_until(f"the condition {' or '.join(expected)}", there, NOTICED, daemon)


def many_sweeps(daemon, url):
    """Waits until every account was swept three times more. The metrics then."""
    wanted = scrape(url).series("orgsweep_sweeps_total", "outcome")["done",] + 3 * len(ACCOUNTS) * (len(REGIONS) + 1)

    def swept():
        metrics = scrape(url)
        return metrics if metrics.series("orgsweep_sweeps_total", "outcome")["done",] >= wanted else None

    return wait_until("three sweeps more", swept, 60, daemon)


def complaints(daemon):
    """The lines of the log that are errors."""
    lines = [json.loads(line) for line in daemon.output.splitlines() if line.startswith("{") and line.endswith("}")]
    return [line for line in lines if line["level"] == "ERROR"]


def verdicts(url):
    """All verdicts as the API gives them, by target, and the notes of its pages."""
    found, notes, after = {}, set(), ""
    while after is not None:
        answer = get(f"{url}/api/v1/verdicts?limit=100{after and f'&after={after}'}")
        assert answer.status == 200, answer.text
        page = json.loads(answer.text)
        found |= {(item["account_id"], item["region"], item["check"]): item for item in page["items"]}
        notes.add(page["note"])
        after = page["next"]
    return found, notes


def store_status(url):
    answer = get(url + "/api/v1/status")
    assert answer.status == 200, answer.text
    return json.loads(answer.text)["store"]


def assert_serves_from_memory(daemon, url, expected):
    """It works, says what is wrong in every way, and in the log once, however often it has swept since."""
    metrics = many_sweeps(daemon, url)
    assert condition(metrics) == expected
    assert get(url + "/-/ready").status == 200
    assert len(metrics.series(COMPLIANT)) == len(ACCOUNTS) * VERDICTS
    status = store_status(url)
    assert status["condition"] == expected and status["detail"] and status["errors"] > 0, status
    assert status["accounts_behind"] == len(ACCOUNTS) == metrics.total("orgsweep_store_accounts_behind"), status
    found, notes = verdicts(url)
    told = {where: {"pass": 1.0, "fail": 0.0}[item["status"]] for where, item in found.items()}
    assert told == metrics.series(COMPLIANT, *TARGET)
    if expected != "in_use":
        # Texts are in the database alone. Better none than those of something else.
        assert all(notes) or all(item["reason"] is None and not item["findings"] for item in found.values())
    (complaint,) = complaints(daemon)
    assert complaint["condition"] == expected and complaint["detail"], complaint


def assert_all_is_written(run, endpoint, daemon, file, targets=len(ACCOUNTS) * VERDICTS):
    """What the daemon has shown is what the next one shows, and is in the database."""
    daemon.kill()
    with database(file) as kept:
        assert kept.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        expected = demanded(kept)
    assert len(expected[COMPLIANT]) == targets
    daemon, url = run(endpoint, file)
    metrics = scrape(url)
    assert condition(metrics) == "ok"
    # The sweeps go on, and see the same again.
    assert_shown(metrics, {family: series for family, series in expected.items() if family != EVALUATED})
    assert complaints(daemon) == []
    daemon.kill()


# What is in the file


def garbage(file, real):
    file.write_bytes(b"This is no database.\n" * 4000)


def overwritten(file, real):
    """The first page is as it was; those of the verdicts are not."""
    content = bytearray(real[0].read_bytes())
    size = int.from_bytes(content[16:18], "big")
    assert len(content) > 10 * size
    content[3 * size :] = os.urandom(len(content) - 3 * size)
    file.write_bytes(content)


def cut_off(file, real):
    content = real[0].read_bytes()
    file.write_bytes(content[: len(content) // 2])


@pytest.mark.parametrize("spoil", [garbage, overwritten, cut_off], ids=lambda spoil: spoil.__name__)
def test_a_corrupt_file_is_moved_aside_and_a_new_one_begun(run, endpoint, real, file, spoil):
    spoil(file, real)
    corrupt = file.read_bytes()
    daemon, url = run(endpoint, file)
    complete(daemon, url)
    metrics = comes_to(daemon, url, "ok")
    assert metrics.total("orgsweep_store_moved_aside_total") == 1
    (aside,) = [beside for beside in file.parent.glob("orgsweep.db.corrupt-*") if not beside.name.endswith(("-wal", "-shm"))]
    # But for the counters at the beginning, which change before the damage is met.
    assert aside.read_bytes()[100:] == corrupt[100:]
    many_sweeps(daemon, url)
    (complaint,) = complaints(daemon)
    assert complaint["aside"] == str(aside), complaint
    assert_all_is_written(run, endpoint, daemon, file)


def newer(file, real):
    shutil.copy(real[0], file)
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 999")


def foreign(file, real):
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE song (title TEXT)")
        connection.execute("INSERT INTO song VALUES ('Summertime')")


@pytest.mark.parametrize("made", [newer, foreign], ids=lambda made: made.__name__)
def test_a_file_of_somebody_else_is_left_alone(run, endpoint, real, file, made):
    made(file, real)
    theirs = file.read_bytes()
    daemon, url = run(endpoint, file)
    complete(daemon, url)
    assert_serves_from_memory(daemon, url, made.__name__)
    daemon.kill()
    assert file.read_bytes() == theirs
    # Reading makes a journal. There must be nothing in it.
    journal = file.with_name("orgsweep.db-wal")
    assert not journal.exists() or journal.stat().st_size == 0


# Where the file is


def test_a_folder_that_does_not_exist_is_waited_for(run, endpoint, folders):
    file = folders("database") / "not" / "yet" / "orgsweep.db"
    daemon, url = run(endpoint, file)
    complete(daemon, url)
    assert_serves_from_memory(daemon, url, "read_only")
    file.parent.mkdir(parents=True)
    comes_to(daemon, url, "ok")
    assert_all_is_written(run, endpoint, daemon, file)


@pytest.fixture
def disk(folders):
    """A small file system of its own, and a way to mount it anew with other options."""

    def mount(options):
        return subprocess.run(["mount", "-t", "tmpfs", "-o", options, "orgsweep-test", folder], capture_output=True, text=True)

    folder = folders("disk")
    try:
        mounted = mount("size=20m") if shutil.which("mount") else None
        if mounted is None or mounted.returncode != 0:
            skip(f"no file system can be mounted here: {mounted.stderr.strip() if mounted else 'there is no mount'}")

        def remount(options):
            done = mount(f"remount,{options}")
            assert done.returncode == 0, done.stderr

        yield folder, remount
    finally:
        # Whatever still has a file open there: the name is free at once.
        subprocess.run(["umount", "--lazy", folder], capture_output=True)


def fill(folder):
    """Leaves no room. The file that takes it."""
    filler = folder / "filler"
    with open(filler, "wb", buffering=0) as out, contextlib.suppress(OSError):
        while True:
            out.write(bytes(4096))
    assert shutil.disk_usage(folder).free == 0
    return filler


def test_a_disk_that_is_full_from_the_start_is_waited_for(run, endpoint, disk):
    folder, _ = disk
    filler = fill(folder)
    daemon, url = run(endpoint, folder / "orgsweep.db")
    complete(daemon, url)
    assert_serves_from_memory(daemon, url, "full")
    filler.unlink()
    comes_to(daemon, url, "ok")
    assert_all_is_written(run, endpoint, daemon, folder / "orgsweep.db")


def test_a_disk_that_fills_up_costs_no_history(programs, run, organization, disk):
    folder, _ = disk
    file = folder / "orgsweep.db"
    simulation, endpoint = programs.simulate(*organization)
    daemon, url = run(endpoint, file, pass_valid="20s")
    passing = {where for where, value in complete(daemon, url).series(COMPLIANT, *TARGET).items() if value == 1}
    filler = fill(folder)
    comes_to(daemon, url, "full")
    assert_serves_from_memory(daemon, url, "full")
    # Nothing is confirmed any more: what passed ends, and there is no room to write that down.
    simulation.kill()
    wait_until("no pass is vouched for any longer", lambda: 1.0 not in scrape(url).series(COMPLIANT).values(), 60, daemon)
    assert condition(scrape(url)) == "full" and len(complaints(daemon)) == 1
    filler.unlink()
    comes_to(daemon, url, "ok")
    answer = get(url + "/api/v1/transitions?from=pass&to=unknown&limit=1000")
    ended = {(line["account_id"], line["region"], line["check"]) for line in json.loads(answer.text)["items"]}
    assert ended == passing
    # The next daemon must not see that AWS is gone: of an account that it cannot reach, it shows something else. It sees nothing at all.
    daemon.kill()
    programs.simulate_at(endpoint, *organization).signal(signal.SIGSTOP)
    assert_all_is_written(run, endpoint, daemon, file, targets=len(ACCOUNTS) * VERDICTS - len(passing))


@pytest.mark.parametrize("journal", [True, False], ids=["with_a_journal", "closed"])
def test_a_read_only_file_system_is_read(run, endpoint, real, disk, journal):
    folder, remount = disk
    file = folder / "orgsweep.db"
    if journal:
        daemon, url = run(endpoint, file)
        complete(daemon, url)
        daemon.kill()
        assert (folder / "orgsweep.db-wal").stat().st_size > 0
    else:
        shutil.copy(real[0], file)
    with database(file) as kept:
        expected = demanded(kept)
    remount("ro")
    daemon, url = run(endpoint, file)
    metrics = scrape(url)
    assert condition(metrics) == "read_only"
    assert_shown(metrics, {family: series for family, series in expected.items() if family != EVALUATED})
    complete(daemon, url)
    assert_serves_from_memory(daemon, url, "read_only")
    remount("rw")
    comes_to(daemon, url, "ok")
    assert_all_is_written(run, endpoint, daemon, file)


def test_a_corrupt_file_on_a_read_only_file_system_is_told_once(run, endpoint, real, disk):
    folder, remount = disk
    garbage(folder / "orgsweep.db", real)
    remount("ro")
    daemon, url = run(endpoint, folder / "orgsweep.db")
    complete(daemon, url)
    assert_serves_from_memory(daemon, url, "corrupt")
    remount("rw")
    comes_to(daemon, url, "ok")
    assert_all_is_written(run, endpoint, daemon, folder / "orgsweep.db")


# Who else has it


def test_a_second_daemon_waits_until_the_first_is_gone(run, endpoint, file):
    first, first_url = run(endpoint, file)
    complete(first, first_url)
    since = scrape(first_url).series(SINCE, *TARGET)
    second, url = run(endpoint, file)
    # It hopes for the first one's end before it begins with nothing.
    wait_until("the end of its patience", lambda: get(url + "/metrics", seconds=20).status == 200, 60, second)
    complete(second, url)
    assert_serves_from_memory(second, url, "in_use")
    assert condition(scrape(first_url)) == "ok" and complaints(first) == []
    first.kill()
    metrics = comes_to(second, url, "ok")
    # What the first one had seen fail has failed since then.
    assert metrics.series(SINCE, *TARGET) == since
    assert_all_is_written(run, endpoint, second, file)
