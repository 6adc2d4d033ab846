"""The benchmarks' scripts, on next to nothing: that they run, measure what they say, and would notice a wrong verdict. Never how long it took."""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree
from pathlib import Path

import pytest

from harness import ROOT, call_json, environment, orgsweep

BENCH = ROOT / "bench"
sys.path.append(str(BENCH))

import micro  # noqa: E402
import peers  # noqa: E402
import plot  # noqa: E402
import soak  # noqa: E402
import held_against_truth  # noqa: E402


def bins():
    """Where the loops are: beside the program under test, or where cargo puts them."""
    folders = [Path(orgsweep()).parent, Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug"]
    found = [folder for folder in folders if (folder / "bare-sdk").is_file() and (folder / "orgsweep").is_file()]
    assert found, f"none of {', '.join(map(str, folders))} has bare-sdk: run `cargo build --workspace --bins --examples` first"
    return found[0]


def script(name, *arguments, seconds=600):
    command = [sys.executable, str(BENCH / f"{name}.py"), *map(str, arguments)]
    return subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def entry(folders):
    results = folders("bench") / "scan.json"
    done = script("scan", "--accounts", 3, "--calls", 300, "--daemon", "--bins-dir", bins(), "--results", results)
    assert done.returncode == 0, done.stderr[-3000:]
    (entry,) = json.loads(results.read_text())
    return entry


def test_a_scan_is_measured_and_its_verdicts_compared(entry):
    scan = entry["scan"]
    assert entry["accounts"] == 3 and scan["calls"] > 1000 and sum(scan["summary"].values()) > 1000
    assert entry["verdicts"]["compared"] + entry["verdicts"]["without_truth"] == sum(scan["summary"].values())
    assert entry["verdicts"]["wrong"] == 0
    for cost in (scan, entry["simulation"], entry["bare_sdk"], entry["bare_hyper"], entry["daemon"]):
        assert cost["cpu_us_per_call"] > 0, cost
    assert scan["peak_rss_mb"] > 1 and entry["simulation"]["peak_rss_mb"] > 1 and entry["daemon"]["rss_mb"] > 1
    assert {"date", "cpu", "cores", "memory_gb", "kernel", "version"} <= entry.keys()


def test_the_loops_ask_what_the_scan_asks(entry):
    for loop in (entry["bare_sdk"], entry["bare_hyper"]):
        assert loop["covered"] > 0.9, "most of the scan's requests are not among the loop's"
        assert abs(loop["calls"] - 300) < 50 and loop["refused"] < loop["calls"] / 5, loop
    assert entry["bare_sdk"]["refused"] == entry["bare_hyper"]["refused"], "they do not send the same requests"


def test_the_daemon_sweeps_all_and_shows_it(entry):
    assert entry["daemon"]["series"] > sum(entry["scan"]["summary"].values()) / 2
    assert entry["daemon"]["calls"] > entry["scan"]["calls"] / 2


def test_a_wrong_verdict_is_found(tmp_path):
    truth = call_json("simulate", "--accounts", 2, "--seed", 1, "--truth")
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    rows = [row | {"findings": [None] * (row["failing"] or 0)} for row in truth]

    def wrong(rows):
        (tmp_path / "scan.json").write_text(json.dumps({"accounts": [], "verdicts": rows, "summary": {"pass": 1}}, indent=2))
        return held_against_truth.wrong(tmp_path / "scan.json", tmp_path / "truth.json")

    assert wrong(rows[::-1]) == (len(truth), 0, 0, [])
    assert wrong(rows + [rows[0] | {"check": "unheard-of"}]) == (len(truth), 1, 0, [])
    failing = next(number for number, row in enumerate(rows) if row["status"] == "fail")
    for change in ({"status": "pass"}, {"findings": [None] * 99}):
        count, _, number, sentences = wrong([*rows[:failing], rows[failing] | change, *rows[failing + 1 :]])
        assert (count, number, len(sentences)) == (len(truth), 1, 1) and rows[failing]["check"] in sentences[0]
    assert wrong(rows[1:])[2] == 1, "a verdict that is missing is wrong, too"


def test_verdicts_are_read_whatever_the_cuts(tmp_path, monkeypatch):
    monkeypatch.setattr(held_against_truth, "CHUNK", 7)
    file = tmp_path / "scan.json"
    file.write_text(json.dumps({"accounts": [{"id": "1"}, {"id": "2"}], "verdicts": [{"a": [1, {"b": "]"}]}, {}], "summary": {}}, indent=1))
    assert list(held_against_truth.rows(file, "accounts")) == [{"id": "1"}, {"id": "2"}]
    assert list(held_against_truth.rows(file, "verdicts")) == [{"a": [1, {"b": "]"}]}, {}]
    file.write_text('[{"a": 1}, {"b": 2}]')
    assert list(held_against_truth.rows(file)) == [{"a": 1}, {"b": 2}]
    file.write_text('[{"a": 1}, {"b"')
    with pytest.raises(ValueError, match="ends within"):
        list(held_against_truth.rows(file))


def test_the_figures_of_the_micro_benchmarks_are_read():
    table = """
Timer precision: 20 ns
micro              fastest       │ slowest       │ median        │ mean          │ samples │ iters
├─ checks                        │               │               │               │         │
│  ├─ of_a_region  17.2 µs       │ 88.1 µs       │ 18.5 µs       │ 19.4 µs       │ 100     │ 100
│  ╰─ of_an_account 7.4 ns       │ 9 ns          │ 8 ns          │ 8.1 ns        │ 100     │ 800
╰─ metrics                       │               │               │               │         │
   ╰─ scrape                     │               │               │               │         │
      ├─ 10000     1.5 ms        │ 2 ms          │ 1.75 ms       │ 1.8 ms        │ 20      │ 20
      │            6.6 Mitem/s   │ 5 Mitem/s     │ 5.7 Mitem/s   │ 5.5 Mitem/s   │         │
      ╰─ 200000    1.5 s         │ 2 s           │ 1.75 s        │ 1.8 s         │ 20      │ 20
"""
    expected = {"checks of_a_region": 18_500, "checks of_an_account": 8, "metrics scrape 10000": 1_750_000, "metrics scrape 200000": 1.75e9}
    assert micro.figures(table) == expected


def test_peers_are_judged_by_the_truth():
    truth = {("1", "r", "a"): "pass", ("2", "r", "a"): "fail", ("3", "r", "a"): "unknown", ("1", "r", "b"): "pass", ("2", "r", "b"): "fail"}
    said = {("1", "r", "a"): "pass", ("2", "r", "a"): "pass", ("1", "r", "b"): "fail"}
    assert peers.judge(said, truth, {"a"})["verdicts"] == {"pass where the truth is fail": 1, "right": 2}
    judged = peers.judge(said, truth, {"a", "b"})
    assert judged["verdicts"] == {
        "fail where the truth is pass": 1,
        "nothing where the truth is fail": 1,
        "pass where the truth is fail": 1,
        "right": 2,
    }
    assert judged["by_check"]["nothing where the truth is fail"] == {"b": 1}


def test_peers_are_compared_on_checks_that_exist(checks):
    compared = set(peers.PROWLER) | set(peers.custodian_checks())
    assert len(compared) > 20 and compared <= set(checks)


def test_the_page_and_the_plot_are_made_of_the_results(entry):
    done = script("render", "--check")
    assert done.returncode == 0, done.stderr
    drawing = xml.etree.ElementTree.fromstring(plot.plot([entry, entry | {"accounts": 30}]))
    words = "".join(drawing.itertext())
    assert "wall clock" in words and "MB" in words and "accounts" in words


def samples(**trends):
    """Two minutes of samples: each value is what it begins with, and what it rises by in each."""
    values = {"rss_mb": (100, 0), "files": (20, 0), "connections": (5, 0), "threads": (10, 0), "database_mb": (1, 0)} | trends
    return [{"seconds": 5.0 * n} | {key: begin + rise * n + n % 2 for key, (begin, rise) in values.items()} for n in range(24)]


def test_a_soak_notices_what_grows():
    assert soak.verdict(samples())["flat"]
    assert soak.verdict(samples(rss_mb=(100, -1)))["flat"]
    for growing in ({"rss_mb": (100, 0.5)}, {"files": (20, 0.2)}, {"connections": (5, 0.5)}):
        assert not soak.verdict(samples(**growing))["flat"], growing


def test_a_soak_sweeps_and_draws_what_it_saw(folders):
    results = folders("bench") / "soak.json"
    done = script("soak", "--minutes", 0.4, "--accounts", 5, "--bin", orgsweep(), "--results", results)
    # In its first seconds a daemon may well grow.
    assert done.returncode in (0, 1) and results.exists(), done.stderr[-3000:]
    result = json.loads(results.read_text())
    assert len(result["samples"]) >= 4 and all(sample["rss_mb"] > 1 and sample["files"] > 3 for sample in result["samples"])
    assert result["calls"] > 100 and result["sweeps_of_each_account"] >= 1
    assert result["work"]["scrapes"]["done"] >= 2 and result["work"]["pages"]["done"] >= 5 and result["work"]["pages"]["failed"] == 0
    drawing = "".join(xml.etree.ElementTree.fromstring(soak.plot(result)).itertext())
    assert "Resident memory" in drawing and "5 accounts" in drawing
