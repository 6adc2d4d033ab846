"""A wrong configuration ends the program with every mistake and its place, and exit code 64."""

import re

import pytest

from harness import call, environment

BAD = """\
organization:
  accounts:
    - id: "12345"
      name: short
schedule:
  frequent: soon
  frequently: 5m
selects: {}
"""
# File, line and column of each mistake, and a word of what is said about it.
MISTAKES = {
    "orgsweep.yaml:3:11:": "12345",
    "orgsweep.yaml:6:13:": "soon",
    "orgsweep.yaml:7:3:": "frequently",
    "orgsweep.yaml:8:1:": "selects",
}


@pytest.mark.parametrize("command", ["run", "scan"])
def test_every_mistake_is_told_with_its_place(tmp_path, command):
    (tmp_path / "orgsweep.yaml").write_text(BAD)
    done = call(command, "--config", "orgsweep.yaml", env=environment(home=tmp_path), folder=tmp_path, seconds=20)
    assert (done.returncode, done.stdout) == (64, ""), done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == len(MISTAKES), done.stderr
    for line, (place, word) in zip(lines, MISTAKES.items()):
        assert line.startswith(place) and word in line, done.stderr


def test_the_file_in_the_working_directory_is_read(tmp_path):
    (tmp_path / "orgsweep.yaml").write_text("nonsense: 1\n")
    done = call("scan", env=environment(home=tmp_path), folder=tmp_path, seconds=20)
    assert done.returncode == 64 and "orgsweep.yaml:1:1:" in done.stderr, done.stderr


def test_a_wrong_variable_is_named(tmp_path):
    env = environment(home=tmp_path, ORGSWEEP_SCHEDULE__FREQUENT="soon")
    done = call("run", env=env, folder=tmp_path, seconds=20)
    assert done.returncode == 64 and "ORGSWEEP_SCHEDULE__FREQUENT" in done.stderr, done.stderr


def test_a_file_that_is_not_there_is_named(tmp_path):
    done = call("run", "--config", "missing.yaml", env=environment(home=tmp_path), folder=tmp_path, seconds=20)
    assert done.returncode in (1, 64) and "missing.yaml" in done.stderr, done.stderr


def test_a_wrong_organization_file_is_told_with_its_place(tmp_path):
    (tmp_path / "org.yaml").write_text("organization:\n  id: o-1\n  management_account_id: '1'\naccounts: []\n")
    done = call("simulate", "--org", "org.yaml", env=environment(home=tmp_path), folder=tmp_path, seconds=20)
    assert (done.returncode, done.stdout) == (64, ""), done.stderr
    assert "org.yaml" in done.stderr and '"o-1" is not an organization id' in done.stderr, done.stderr
    for line, column in [(2, 7), (3, 26)]:
        assert re.search(rf"\b{line}(:|, column ){column}\b", done.stderr), done.stderr
