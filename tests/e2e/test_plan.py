"""What `orgsweep plan` predicts, held against what a scan of the same organization takes. Planning itself sweeps nothing."""

import json
from collections import Counter

import pytest

from harness import call, environment, write_config

# What every sweep asks first, and how the organization is listed. Nothing else may be asked for a plan.
LISTING = {
    "organizations:DescribeOrganization",
    "organizations:ListAccounts",
    "organizations:ListRoots",
    "organizations:ListOrganizationalUnitsForParent",
}
LOOKING = {"sts:AssumeRole", "sts:GetCallerIdentity", "ec2:DescribeRegions"}
ORGANIZATIONS = [(25, 1), (60, 5)]


@pytest.fixture(scope="module")
def everything(checks):
    return {"checks": {"enable": sorted(checks), "allow_billable": True}}


@pytest.fixture(scope="module")
def plan(folders):
    """Runs `orgsweep plan` at an endpoint."""

    def run(endpoint, *arguments, config=None, exit_code=0):
        folder = folders("plan")
        if config is not None:
            arguments = ("--config", write_config(folder, config), *arguments)
        done = call("plan", *arguments, env=environment(endpoint, home=folder), folder=folder, seconds=180)
        assert done.returncode == exit_code, f"plan {arguments}: exit code {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return done

    return run


@pytest.fixture(scope="module")
def planned(plan):
    return lambda *arguments, **more: json.loads(plan(*arguments, "--format", "json", **more).stdout)


@pytest.fixture(scope="module")
def simulated(programs):
    return programs.simulate("--accounts", "25", "--seed", "1")[1]


@pytest.fixture(scope="module")
def document(simulated, planned):
    return planned(simulated)


def assert_near(document, scanned, share):
    """The prediction is within a share of what a scan took, in all."""
    predicted, took = document["full_sweep"], scanned["api"]
    off = {
        name: predicted["by_operation"].get(name, 0) - took["by_operation"].get(name, 0)
        for name in predicted["by_operation"].keys() | took["by_operation"].keys()
    }
    worst = sorted(off.items(), key=lambda one: -abs(one[1]))[:8]
    words = ", ".join(f"{name} {took['by_operation'].get(name, 0)} predicted {by:+}" for name, by in worst)
    ratio = predicted["requests"] / took["requests"]
    assert abs(ratio - 1) <= share, (
        f"predicted {predicted['requests']}, took {took['requests']} ({ratio:.3f}); off most: {words}. "
        "Where a collector asks more or less than it did, crates/model/src/fact/expected.rs has the figures."
    )


@pytest.mark.parametrize("accounts, seed", ORGANIZATIONS)
def test_a_scan_takes_what_was_predicted(programs, plan, planned, scan, everything, accounts, seed):
    _, endpoint = programs.simulate("--accounts", str(accounts), "--seed", str(seed))
    for config in ({}, everything):
        document = planned(endpoint, config=config)
        scanned = scan(endpoint, "--format", "json", config=config, seconds=600).document
        assert_near(document, scanned, 0.1)
        # No retries and no throttles: these follow from the accounts alone.
        for name in ("sts:AssumeRole", "sts:GetCallerIdentity", "organizations:ListAccounts"):
            predicted = document["full_sweep"]["by_operation"][name]
            assert predicted == pytest.approx(scanned["api"]["by_operation"][name], abs=0 if accounts <= 50 else 2), name
        # Without what is off by default, nothing is paid for.
        dollars = document["billable_usd"]
        assert (dollars["full_sweep"] > 0) == (config is everything), dollars
        assert dollars["month"] == pytest.approx(30 * dollars["day"])


def test_a_sample_predicts_an_organization_that_is_not_typical(programs, planned, scan):
    """Two checks that ask by instance, and assumptions that are far off."""
    _, endpoint = programs.simulate("--accounts", "25", "--seed", "3")
    config = {"checks": {"disable": ["*"]}}
    only = {"checks": {"disable": ["config-*", "security*", "guardduty-*", "iam-*", "root-*", "cloudtrail-*"]}}
    wrong = ("--assume", "instances=30,event-rules=0.1,log-group-pages=9")
    took = scan(endpoint, "--format", "json", config=only).document
    assert planned(endpoint, *wrong, config=only)["full_sweep"]["requests"] > 1.5 * took["api"]["requests"]
    sampled = planned(endpoint, *wrong, "--sample", "6", config=only)
    assert sampled["sample"]["accounts"] == 7, "the management account and six others"
    assert_near(sampled, took, 0.1)
    assert sampled["api"]["requests"] > 7 * 100, "a sample is swept"
    assert planned(endpoint, config=config)["full_sweep"]["requests"] < 200, "without checks there are sessions and regions to ask for"


def test_nothing_is_swept(document, simulated, planned):
    asked = document["api"]["by_operation"]
    assert set(asked) == LISTING | LOOKING, asked
    assert document["api"]["requests"] == sum(asked.values())
    looked = document["looked_into"]
    assert looked["accounts"] == asked["sts:AssumeRole"]
    assert asked["ec2:DescribeRegions"] == asked["sts:GetCallerIdentity"] == looked["accounts"] - len(looked["unreachable"])


def test_no_more_than_fifty_accounts_are_looked_into(programs, planned):
    _, endpoint = programs.simulate("--accounts", "130", "--seed", "3")
    document = planned(endpoint)
    assert document["looked_into"]["accounts"] == document["api"]["by_operation"]["sts:AssumeRole"] == 50
    assert document["accounts"]["listed"] == document["accounts"]["selected"] == 130
    assert 110 <= document["accounts"]["reachable"] < 130
    # A hundred accounts and more: the tagging API shows their tags a hundred at a time.
    assert document["full_sweep"]["by_operation"]["tagging:GetResources"] == 2


def test_the_document(document):
    assert document["schema_version"] == 1
    assert set(document) == set(
        "schema_version planned_at organization accounts looked_into sample assumptions full_sweep quickest_sweep per_hour billable_usd "
        "series api".split()
    )
    assert document["organization"]["id"].startswith("o-")
    assert document["sample"] is None
    full, hour = document["full_sweep"], document["per_hour"]
    assert sum(full["by_operation"].values()) == pytest.approx(full["requests"], abs=40)
    assert sum(hour["by_operation"].values()) == pytest.approx(hour["requests"], abs=40)
    assert hour["by_operation"][hour["busiest_operation"]] == max(hour["by_operation"].values())
    assert full["at_least_seconds"] == max(bound["seconds"] for bound in full["bounds"]) > 0
    assert {bound["name"] for bound in full["bounds"]} == {"organizations", "sts", "account", "workers", "in_flight"}
    by_service = Counter()
    for name, count in hour["by_operation"].items():
        by_service[name.split(":")[0]] += count
    for service in hour["services"]:
        assert service["requests"] == pytest.approx(by_service.pop(service["service"]), abs=1), service
        assert 0 <= service["share"] < 1 and service["limit_rps"] > 0, service
        assert service["shared"] == (service["service"] in ("organizations", "sts")), service
    assert not +by_service
    assert document["quickest_sweep"]["cadence"] == "frequent"
    assert 0 < document["quickest_sweep"]["requests"] < full["requests"]
    for quantity in document["assumptions"]["quantities"]:
        assert quantity["value"] == quantity["typical"] > 0 and quantity["what"], quantity


def test_accounts_that_cannot_be_reached(document, simulated, scan):
    refused = document["looked_into"]["unreachable"]
    assert {one["blind_reason"] for one in refused} == {"role_missing"}
    assert all("could not be assumed" in one["detail"] for one in refused)
    accounts = scan(simulated, "--check", "root-mfa-enabled", "--format", "json").document["accounts"]
    assert {one["id"] for one in refused} == {one["id"] for one in accounts if one["blind_reason"] == "role_missing"}
    assert document["accounts"]["not_active"] == sum(one["blind_reason"] == "account_suspended" for one in accounts) > 0
    assert document["accounts"]["reachable"] == sum(one["reachable"] for one in accounts)
    assert document["full_sweep"]["requests_if_all_reachable"] > document["full_sweep"]["requests"]


def test_where_no_account_can_be_reached_the_plan_says_what_it_would_be(simulated, plan, document):
    done = plan(simulated, "--format", "json", config={"sessions": {"role_name": "NoSuchRole"}})
    lost = json.loads(done.stdout)
    assert "none of the accounts" in done.stderr
    assert lost["accounts"]["reachable"] == 0 and lost["full_sweep"]["requests"] < 100
    whole = document["full_sweep"]["requests_if_all_reachable"]
    assert lost["full_sweep"]["requests_if_all_reachable"] == pytest.approx(whole, rel=0.02)


def test_accounts_from_the_configuration_and_regions_that_are_selected(document, simulated, plan, planned):
    ids = [account["id"] for account in document["looked_into"]["unreachable"]]
    config = {"organization": {"accounts": [{"id": ids[0]}, {"id": document["organization"]["management_account_id"]}]}}
    two = planned(simulated, config=config)
    assert two["accounts"] == {"listed": 2, "selected": 2, "not_active": 0, "reachable": 1, "regions": 17}
    assert two["organization"]["id"] is None
    assert set(two["api"]["by_operation"]) == LOOKING
    few = planned(simulated, config={"select": {"regions": {"include": ["us-east-1", "eu-west-1"]}}})
    assert few["accounts"]["regions"] == 2 * few["accounts"]["reachable"]
    assert few["full_sweep"]["requests"] < document["full_sweep"]["requests"] / 4


def test_the_static_accounts_prediction_fits_too(document, simulated, planned, scan):
    management = document["organization"]["management_account_id"]
    config = {"organization": {"accounts": [{"id": management}]}}
    took = scan(simulated, "--format", "json", config=config).document
    assert_near(planned(simulated, config=config), took, 0.15)


def test_the_series_of_a_daemon_are_in_the_range_that_was_predicted(watched, planned):
    """The daemon of this fixture shows a series for each region."""
    document = planned(watched.endpoint, config={"metrics": {"detail": "region"}})
    series = document["series"]
    shown = watched.swept().total("orgsweep_metrics_series")
    # What is not applicable shows nothing, and counts as one all the same.
    assert 0.8 * series["least"]["region"] <= shown <= series["most"]["region"]
    assert series["least"]["region"] < series["expected"]["region"] < series["most"]["region"]
    assert series["expected"]["chosen"] == "region"
    auto = planned(watched.endpoint, config={"metrics": {"max_series": series["least"]["region"] - 1}})
    assert auto["series"]["least"]["chosen"] == "account"


def test_the_table_is_for_reading(simulated, plan):
    done = plan(simulated)
    assert done.stdout.startswith("Organization o-"), done.stdout
    assert max(len(line) for line in done.stdout.splitlines()) <= 100, done.stdout
    assert not [line for line in done.stdout.splitlines() if line != line.rstrip()]
    assert "\x1b" not in done.stdout
    for word in ["One full sweep", "takes at least", "STS sessions", "an hour", "auto chooses this", "Nothing was swept", "billed by AWS"]:
        assert word in done.stdout, f"{word!r} is not in\n{done.stdout}"


def test_what_cannot_be_planned(simulated, plan):
    none = plan(simulated, config={"select": {"include": {"accounts": ["999999999999"]}}}, exit_code=1)
    assert "selects no account" in none.stderr and not none.stdout
    plan("http://127.0.0.1:9", exit_code=1)
    wrong = plan(simulated, "--assume", "instance=3", exit_code=64)
    assert 'did you mean "instances"' in wrong.stderr
    plan(simulated, config={"limits": {"workers": 0}}, exit_code=64)
