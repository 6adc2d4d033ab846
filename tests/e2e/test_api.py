"""The JSON API against the simulation's truth, the metrics and a scan; and against its own description."""

import collections
import json
import re
import subprocess
import urllib.parse
from datetime import datetime

import pytest

from configured import BANK, BUCKETS, DETECTOR, EU, FAILING, FAILURES, MANAGEMENT, NEVER, ORGANIZATION, SHOP, SINCE, US, VOLUMES, VPC
from configured import World, organization, start
from harness import beside_python, environment, get
from verdicts import by_place
from watched import COMPLIANT, PLACE

LATER = "2099-12-31"
# What schemathesis may take for each of its two runs.
SEARCH = 20


def ask(url, path, expected=200, **parameters):
    """What the API answers to a page."""
    query = urllib.parse.urlencode({name: str(value).lower() if isinstance(value, bool) else value for name, value in parameters.items()})
    answer = get(f"{url}/api/v1/{path}?{query}", seconds=30)
    assert answer.status == expected, (path, parameters, answer)
    assert answer.headers["Content-Type"] == "application/json", (path, parameters)
    return json.loads(answer.text)


def walk(url, path, limit=1000, **parameters):
    """All items of all pages."""
    items, after = [], {}
    while True:
        page = ask(url, path, limit=limit, **parameters, **after)
        assert len(page["items"]) <= limit
        items += page["items"]
        if page["next"] is None:
            return items
        assert page["items"], "a page that has a next one is not empty"
        after = {"after": page["next"]}


def where(item):
    return item["account_id"], item["region"], item["check"]


def verdicts(url, **parameters):
    return by_place([item | {"place": where(item)} for item in walk(url, "verdicts", **parameters)])


def seconds(moment):
    return datetime.fromisoformat(moment).timestamp()


# A large organization, with every misfortune


@pytest.fixture(scope="module")
def metrics(watched):
    return watched.swept()


@pytest.fixture(scope="module")
def every(watched, metrics):
    """Every verdict by place."""
    return verdicts(watched.url)


def standing(row):
    return row["status"]


def without_times(text):
    """What is compared with now is another moment in another sweep."""
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "then", text)


def in_short(findings):
    return [(finding["resource"], finding["arn"], without_times(finding["reason"])) for finding in findings]


def told(rows):
    """What does not change with the next sweep of a world that stays as it is."""
    return {place: (row["status"], row["severity"], row["failing"], row["blind_reason"]) for place, row in rows.items()}


def test_pages_have_every_verdict_once_as_the_truth_has_it(watched, metrics):
    items = walk(watched.url, "verdicts", limit=257)
    places = [where(item) for item in items]
    assert len(set(places)) == len(places)
    # `global` comes before the regions, as their names do not begin before it everywhere.
    assert places == sorted(places, key=lambda place: (place[0], place[1] != "global", place[1], place[2]))
    seen = {where(item): (item["status"], item["failing"], item["blind_reason"]) for item in items}
    truth = {where(row): (row["status"], row["failing"] if row["status"] == "fail" else 0, row["blind_reason"]) for row in watched.truth}
    wrong = {place: (seen.get(place), truth.get(place)) for place in seen.keys() | truth.keys() if seen.get(place) != truth.get(place)}
    assert not wrong, f"{len(wrong)} of {len(truth)}: {dict(list(wrong.items())[:20])}"


def test_verdicts_are_what_the_metrics_show(watched, metrics, every):
    compliant = {place: float(row["status"] == "pass") for place, row in every.items() if row["status"] in ("pass", "fail")}
    assert compliant == metrics.series(COMPLIANT, *PLACE)
    since = {place: int(seconds(row["since"])) for place, row in every.items() if row["status"] == "fail"}
    assert since == metrics.series(SINCE, *PLACE)
    blind = {(*place, row["blind_reason"]): 1.0 for place, row in every.items() if row["blind_reason"]}
    assert blind == metrics.series("orgsweep_check_unknown", *PLACE, "reason")
    counted = collections.Counter((row["check"], row["status"]) for row in every.values())
    shown = {(check, status): value for (check, status), value in metrics.series("orgsweep_verdicts", "check", "status").items() if value}
    assert counted == shown


def test_findings_and_reasons_are_those_of_a_scan(watched, every, scan):
    """Of what fails, and why what is blind is blind."""
    document = scan(watched.endpoint, "--format", "json").document
    compared = 0
    for place, row in by_place(document["verdicts"]).items():
        shown = every[place]
        assert shown["status"] == row["status"], place
        if row["status"] == "fail":
            assert without_times(shown["reason"]) == without_times(row["reason"]), place
            assert in_short(shown["findings"]) == in_short(row["findings"]), place
            assert shown["failing"] == len(row["findings"]), place
            compared += 1
        elif row["status"] == "unknown":
            assert (shown["blind_reason"], shown["missing_action"]) == (row["blind_reason"], row["missing_action"]), place
            assert shown["reason"] == shown["blind_detail"] and shown["reason"], place
        else:
            assert shown["findings"] == [] and shown["failing"] == 0, place
    assert compared > 100


def test_each_filter_of_verdicts_gives_those_and_no_others(watched, every):
    url = watched.url
    some = next(row for row in every.values() if row["status"] == "fail" and row["region"] != "global")
    account, region, check = some["place"]
    for parameters, wanted in [
        ({"account": account}, lambda row: row["account_id"] == account),
        ({"region": region}, lambda row: row["region"] == region),
        ({"region": "global"}, lambda row: row["region"] == "global"),
        ({"check": check}, lambda row: row["check"] == check),
        *(({"severity": severity}, lambda row, s=severity: row["severity"] == s) for severity in ("low", "medium", "high", "critical")),
        *(
            ({"status": status}, lambda row, s=status: row["status"] == s)
            for status in ("pass", "fail", "waived", "not_applicable", "unknown")
        ),
        ({"blind_reason": "role_missing"}, lambda row: row["blind_reason"] == "role_missing"),
        ({"blind_reason": "throttled"}, lambda row: False),
        (
            {"account": account, "region": region, "status": "fail"},
            lambda row: (row["account_id"], row["region"], row["status"]) == (account, region, "fail"),
        ),
        ({"account": account, "region": region, "check": check}, lambda row: row["place"] == (account, region, check)),
    ]:
        assert told(verdicts(url, **parameters)) == told({place: row for place, row in every.items() if wanted(row)}), parameters
    short = verdicts(url, account=account, limit=7)
    assert told(short) == told({place: row for place, row in every.items() if row["account_id"] == account})


def test_accounts_are_those_of_the_truth(watched, metrics, every):
    url = watched.url
    accounts = {account["account_id"]: account for account in walk(url, "accounts", limit=3)}
    assert sorted(accounts) == list(accounts) == sorted({row["account_id"] for row in watched.truth})
    reachable = {(account,): float(row["reachable"]) for account, row in accounts.items()}
    assert reachable == metrics.series("orgsweep_account_reachable", "account_id")
    information = {(row["account_id"], row["name"], row["ou_path"], row["state"]): 1.0 for row in accounts.values()}
    assert information == metrics.series("orgsweep_account_info", "account_id", "account_name", "ou_path", "state")
    assert sum(row["management"] for row in accounts.values()) == 1
    for account, row in accounts.items():
        own = [verdict for verdict in every.values() if verdict["account_id"] == account]
        counted = collections.Counter(map(standing, own))
        assert row["verdicts"] == {status: counted[status] for status in row["verdicts"]}, account
        assert set(row["regions"]) == {verdict["region"] for verdict in own} - {"global"}, account
        one = ask(url, f"accounts/{account}")
        assert one | {"last_evaluated": None} == row | {"last_evaluated": None}, account
    unit = next(row["ou_path"] for row in accounts.values() if row["ou_path"] != "/")
    below = {account for account, row in accounts.items() if f"{row['ou_path']}/".startswith(f"{unit}/")}
    for parameters, wanted in [
        ({"state": "ACTIVE"}, {account for account, row in accounts.items() if row["state"] == "ACTIVE"}),
        ({"state": "SUSPENDED"}, {account for account, row in accounts.items() if row["state"] == "SUSPENDED"}),
        ({"reachable": True}, {account for account, row in accounts.items() if row["reachable"]}),
        ({"reachable": False}, {account for account, row in accounts.items() if not row["reachable"]}),
        ({"ou": unit}, below),
        ({"ou": unit + "/"}, below),
        ({"ou": unit[:-1]}, set()),
        ({"ou": "/"}, set(accounts)),
    ]:
        assert {row["account_id"] for row in walk(url, "accounts", limit=2, **parameters)} == wanted, parameters


def test_checks_are_those_of_the_catalogue(watched, checks, every):
    url = watched.url
    known = {row["id"]: row for row in walk(url, "checks", limit=10)}
    enabled = {name: check for name, check in checks.items() if check["enabled_by_default"]}
    assert list(known) == sorted(enabled)
    for name, row in known.items():
        assert {key: row[key] for key in ("title", "severity", "scope", "cadence")} == {
            key: enabled[name][key] for key in ("title", "severity", "scope", "cadence")
        }
        counted = collections.Counter(verdict["status"] for verdict in every.values() if verdict["check"] == name)
        assert row["verdicts"] == {status: counted[status] for status in row["verdicts"]}, name
    page = ask(url, f"checks/{VPC}")
    assert {key: page[key] for key in known[VPC]} == known[VPC]
    assert page["why"] and page["fails_when"] and page["fix_console"] and page["references"][0]["url"].startswith("https://")


def test_the_status_sums_up_what_the_metrics_show(watched, metrics, every):
    status = ask(watched.url, "status")
    counted = collections.Counter(map(standing, every.values()))
    assert status["verdicts"] == {name: counted[name] for name in status["verdicts"]}
    assert status["coverage"]["ratio"] == metrics.total("orgsweep_coverage_ratio")
    assert status["organization"]["accounts"] == len({row["account_id"] for row in watched.truth})
    assert (status["ready"], status["waiting_for"], status["store"]["condition"]) == (True, [], "ok")
    assert status["metrics"]["detail"] == "region"
    assert status["metrics"]["series"] == metrics.total("orgsweep_metrics_series")
    assert status["config"]["successful"] is True


def test_what_makes_no_sense_is_explained(watched, metrics):
    for path, parameters, status, words in [
        ("verdicts", {"check": "vpc-absent"}, 404, "vpc-absent"),
        ("checks/vpc-absent", {}, 404, "vpc-absent"),
        ("accounts/999999999999", {}, 404, "999999999999"),
        ("accounts/12", {}, 400, "12 digits"),
        ("verdicts", {"account": "12"}, 400, "12 digits"),
        ("verdicts", {"account": "999999999999"}, 404, "999999999999"),
        ("verdicts", {"region": "Ireland"}, 400, "Ireland"),
        ("verdicts", {"status": "bad"}, 400, "bad"),
        ("verdicts", {"severity": "severe"}, 400, "severe"),
        ("verdicts", {"blind_reason": "dark"}, 400, "dark"),
        ("verdicts", {"after": "here"}, 400, "here"),
        ("verdicts", {"all_findings": "perhaps"}, 400, "all_findings"),
        ("accounts", {"state": "active"}, 400, "active"),
        ("transitions", {"since": "yesterday"}, 400, "since"),
        ("transitions", {"from": "waived"}, 400, "waived"),
        ("waivers", {"after": "-1"}, 400, "after"),
        *(
            (path, {"limit": limit}, 400, "limit")
            for path in ("verdicts", "accounts", "checks")
            for limit in (0, 1001, -1, "ten", "+5", "007")
        ),
        *((path, {"nothing": 1}, 400, "nothing") for path in ("verdicts", "accounts", "checks", "transitions", "waivers", "status")),
        (f"checks/{VPC}", {"limit": 1}, 400, "limit"),
        (f"accounts/{watched.truth[0]['account_id']}", {"limit": 1}, 400, "limit"),
        ("nothing", {}, 404, "openapi.json"),
    ]:
        problem = ask(watched.url, path, status, **parameters)
        assert words in problem["error"], (path, parameters, problem)
    twice = get(watched.url + "/api/v1/verdicts?limit=1&limit=2")
    assert twice.status == 400, twice
    for path in ("verdicts", "accounts", "checks", "transitions", "waivers", "status", "openapi.json"):
        refused = get(f"{watched.url}/api/v1/{path}", method="POST")
        assert (refused.status, refused.headers["Content-Type"]) == (405, "application/json"), path
        assert json.loads(refused.text)["error"], path
    assert ask(watched.url, "transitions", account="999999999999")["items"] == [], "an account that left has a history"


# A small organization that changes


@pytest.fixture(scope="module")
def small(programs, folders):
    """A daemon, its world and its file of waivers."""
    folder = folders("small")
    world = World(programs, folder)
    world.become()
    waivers = folder / "waivers.yaml"
    waivers.write_text("[]")
    config = {"server": {"listen": "127.0.0.1:0"}, "schedule": NEVER, "metrics": {"detail": "region"}, "waivers": str(waivers)}
    daemon = start(programs, world.endpoint, folder / "orgsweep.yaml", config)
    daemon.wait("a first sweep", lambda: set(daemon.scrape().series(SINCE, *PLACE)) == FAILURES, 60)
    return daemon, world, waivers


def test_waivers_show_what_they_cover(small):
    daemon, _, file = small
    entries = [
        {"check": VPC, "account": SHOP, "region": EU, "reason": "moving", "owner": "ana", "ticket": "T-1", "expires": LATER},
        {"check": DETECTOR, "reason": "another product", "owner": "ben"},
        {"check": BUCKETS, "reason": "was public", "owner": "ana", "expires": "2020-01-31"},
        {"check": VOLUMES, "account": MANAGEMENT, "reason": "it passes there", "owner": "cem", "expires": LATER},
    ]
    before = len(walk(daemon.url, "transitions"))
    file.write_text(json.dumps(entries))
    assert daemon.reload().status == 200
    items = walk(daemon.url, "waivers", limit=1)
    assert [(row["reason"], row["owner"], row["ticket"], row["holds"], row["targets"]) for row in items] == [
        ("moving", "ana", "T-1", True, 1),
        ("another product", "ben", None, True, 4),
        ("was public", "ana", None, False, 0),
        ("it passes there", "cem", None, True, 0),
    ]
    assert [row["checks"] for row in items] == [[entry["check"]] for entry in entries]
    assert items[0]["expires"] == "2100-01-01T00:00:00Z" and items[0]["written"].startswith(str(file))
    for parameters, wanted in [
        ({"owner": "ana"}, ["moving", "was public"]),
        ({"holds": True}, ["moving", "another product", "it passes there"]),
        ({"holds": False}, ["was public"]),
        ({"used": True}, ["moving", "another product"]),
        ({"used": False, "holds": True}, ["it passes there"]),
        ({"owner": "nobody"}, []),
    ]:
        assert [row["reason"] for row in walk(daemon.url, "waivers", limit=1, **parameters)] == wanted, parameters

    waived = {(SHOP, EU, VPC): ["moving"]} | {
        (account, region, DETECTOR): ["another product"] for account in (SHOP, BANK) for region in (US, EU)
    }
    assert {place: row["waivers"] for place, row in verdicts(daemon.url, status="waived").items()} == waived
    assert set(daemon.scrape().series("orgsweep_check_waived", *PLACE)) == set(waived)
    assert ask(daemon.url, "status")["verdicts"]["waived"] == len(waived)
    assert ask(daemon.url, f"accounts/{SHOP}")["verdicts"]["waived"] == 3
    file.write_text("[]")
    assert daemon.reload().status == 200
    assert verdicts(daemon.url, status="waived") == {} and walk(daemon.url, "waivers") == []
    assert len(walk(daemon.url, "transitions")) == before, "accepting a failure changes nothing about what was seen"


def test_transitions_tell_what_became_of_what(small):
    """The shop mends its VPCs, and the management account gets a failure."""
    daemon, world, _ = small
    first = walk(daemon.url, "transitions", limit=5)
    assert {where(item) for item in first} == FAILURES, "failures that were found at the first sight are told, passes are not"
    assert {(item["from"], item["to"]) for item in first} == {("unknown", "fail")}
    shop = {check: variant for check, variant in FAILING.items() if check != VPC}
    world.become(
        accounts=[
            {"id": MANAGEMENT, "name": "management", "posture": {f"{VPC}@{EU}": "unused"}},
            {"id": SHOP, "name": "shop", "ou": "/Workloads", "posture": shop},
            {"id": BANK, "name": "bank", "posture": FAILING},
        ]
    )
    expected = {(MANAGEMENT, EU, VPC): ("pass", "fail"), (SHOP, US, VPC): ("fail", "pass"), (SHOP, EU, VPC): ("fail", "pass")}
    seen = max(item["id"] for item in first)

    def newer():
        items = [item for item in walk(daemon.url, "transitions", limit=2) if item["id"] > seen]
        # Sessions of the world before are refused once.
        get(daemon.url + "/-/sweep", method="POST")
        return items if len(items) >= len(expected) else None

    items = daemon.wait("the changes", newer, 60)
    assert {where(item): (item["from"], item["to"]) for item in items} == expected
    assert [item["id"] for item in items] == sorted((item["id"] for item in items), reverse=True)
    mended = next(item for item in items if item["to"] == "pass")
    now = verdicts(daemon.url)
    for item in items:
        row = now[where(item)]
        assert (row["status"], row["since"]) == (item["to"], item["at"]), item
    for parameters, wanted in [
        ({"account": MANAGEMENT}, {(MANAGEMENT, EU, VPC)}),
        ({"to": "pass"}, {(SHOP, US, VPC), (SHOP, EU, VPC)}),
        ({"from": "pass"}, {(MANAGEMENT, EU, VPC)}),
        ({"from": "unknown"}, FAILURES),
        ({"check": VOLUMES}, {place for place in FAILURES if place[2] == VOLUMES}),
        ({"region": "global"}, {place for place in FAILURES if place[1] == "global"}),
        ({"check": "no-check-of-now"}, set()),
        ({"since": mended["at"], "to": "pass"}, {(SHOP, US, VPC), (SHOP, EU, VPC)}),
        ({"until": first[-1]["at"]}, set()),
    ]:
        assert {where(item) for item in walk(daemon.url, "transitions", limit=3, **parameters)} == wanted, parameters
    assert ask(daemon.url, "status")["organization"]["id"] == ORGANIZATION


# Its own description


@pytest.fixture(scope="module")
def tried(programs, folders):
    """A simulation for daemons that schemathesis asks."""
    return programs.simulate("--org", organization(folders("organization") / "organization.yaml"))[1]


@pytest.mark.parametrize("token", [None, "correct-horse"], ids=["without a token", "with a token"])
def test_it_answers_as_its_description_says(programs, tried, folders, token):
    folder = folders("schemathesis")
    waiver = {"check": VPC, "reason": "moving", "owner": "ana", "expires": LATER}
    (folder / "waivers.yaml").write_text(json.dumps([waiver]))
    (folder / "token").write_text(token or "")
    server = {"listen": "127.0.0.1:0"} | ({"auth_token_file": str(folder / "token")} if token else {})
    config = {"server": server, "schedule": NEVER, "metrics": {"detail": "region"}, "waivers": str(folder / "waivers.yaml")}
    daemon = start(programs, tried, folder / "orgsweep.yaml", config)
    daemon.wait("a first sweep", lambda: set(daemon.scrape(token).series(SINCE, *PLACE)) == FAILURES, 60)
    header = ("--header", f"Authorization: Bearer {token}") if token else ()
    command = [beside_python("schemathesis"), "run", f"{daemon.url}/api/v1/openapi.json", *header]
    command += ["--max-time", str(SEARCH), "--seed", "7", "--suppress-health-check", "all", "--continue-on-failure"]
    env = environment(home=folder) | {"NO_COLOR": "1", "COLUMNS": "140", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout[-12000:] + done.stderr[-3000:]
    assert daemon.process.running and '"level":"ERROR"' not in daemon.process.output
    assert "Unresolvable references" not in done.stdout, done.stdout[-3000:]
