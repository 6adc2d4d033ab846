"""Denied operations, missing roles and closed accounts: each blinds exactly what depends on it, and nothing else moves."""

import json

import pytest

from harness import catalogue
from verdicts import assert_verdicts, by_place

REGIONS = ("us-east-1", "eu-west-1")
MANAGEMENT, ROLELESS, SUSPENDED, PARTLY = "100000000001", "100000000002", "100000000003", "100000000004"
CHECKS = catalogue()
ACTIONS = sorted({action for check in CHECKS.values() for action in check["actions"]})
# These are asked with the caller's own credentials, not in the account that the verdict is about.
HUB_ACTIONS = [action for action in ACTIONS if action.startswith("organizations:")]
ACCOUNT_ACTIONS = [action for action in ACTIONS if action not in HUB_ACTIONS]
PARTLY_DENIED = "securityhub:DescribeHub"
# A prefix list with private entries: this check passes, and needs all that it declares.
NEEDY = {"security-group-admin-port-open": "prefix_list_private"}
TRAIL_CHECK = "cloudtrail-multi-region-logging"
ON_ORGANIZATION_TRAIL = {TRAIL_CHECK: "organization_trail"}

IAM_DENIED = {action: f"2{number:011}" for number, action in enumerate(ACCOUNT_ACTIONS)}
SCP_DENIED = {action: f"3{number:011}" for number, action in enumerate(ACCOUNT_ACTIONS)}


def account(number, **more):
    return {"id": number, "name": f"account-{number}", "posture": NEEDY} | more


def organization(accounts):
    return {
        "organization": {"id": "o-denials0001", "management_account_id": MANAGEMENT},
        "regions": list(REGIONS),
        "default_posture": "pass",
        "accounts": accounts,
    }


def whole_organization():
    """An account for each way to be refused, and a management account that is whole."""
    accounts = [
        account(MANAGEMENT),
        account(ROLELESS, role="missing"),
        account(SUSPENDED, state="SUSPENDED"),
        account(PARTLY, deny=[{"action": PARTLY_DENIED, "regions": ["eu-west-1"]}]),
    ]
    accounts += [account(number, deny=[{"action": action}]) for action, number in IAM_DENIED.items()]
    accounts += [account(number, deny=[{"action": action, "scp": True}]) for action, number in SCP_DENIED.items()]
    return organization(accounts)


def places(number):
    """Every check and region of an account."""
    for check in CHECKS.values():
        for region in ("global",) if check["scope"] == "account" else REGIONS:
            yield number, region, check["id"]


def with_denial(number, action, reason):
    """What an account must show in which one action is denied: what declares the action is unknown, all else passes."""
    return {where: f"unknown {reason}" if action in CHECKS[where[2]]["actions"] else "pass" for where in places(number)}


@pytest.fixture(scope="module")
def simulate(programs, folders):
    def start(content):
        file = folders("organization") / "organization.yaml"
        file.write_text(json.dumps(content))
        return programs.simulate("--org", file)[1]

    return start


@pytest.fixture(scope="module")
def document(simulate, scan):
    return scan(simulate(whole_organization()), "--format", "json").document


def of(document, number):
    """The document with one account's verdicts."""
    return document | {"verdicts": [verdict for verdict in document["verdicts"] if verdict["account_id"] == number]}


def test_the_declared_actions_are_all_tried():
    assert set(IAM_DENIED) | set(HUB_ACTIONS) == set(ACTIONS) and len(ACCOUNT_ACTIONS) >= 15
    assert all(any(action in check["actions"] for action in ACCOUNT_ACTIONS) for check in CHECKS.values())


@pytest.mark.parametrize("action", ACCOUNT_ACTIONS)
@pytest.mark.parametrize("denied, reason", [(IAM_DENIED, "iam_deny"), (SCP_DENIED, "scp_deny")], ids=["iam", "scp"])
def test_a_denied_action_blinds_the_checks_that_declare_it(document, action, denied, reason):
    number = denied[action]
    assert_verdicts(of(document, number), with_denial(number, action, reason))
    for verdict in of(document, number)["verdicts"]:
        if verdict["status"] == "unknown":
            assert verdict["missing_action"] == action, verdict
            assert number in verdict["reason"] or action.split(":")[1] in verdict["reason"], verdict


def test_a_denial_in_one_region_blinds_that_region(document):
    expected = {
        where: "unknown iam_deny" if where[1] == "eu-west-1" and PARTLY_DENIED in CHECKS[where[2]]["actions"] else "pass"
        for where in places(PARTLY)
    }
    assert list(expected.values()).count("unknown iam_deny") == 1
    assert_verdicts(of(document, PARTLY), expected)


@pytest.mark.parametrize("number, reason", [(ROLELESS, "role_missing"), (SUSPENDED, "account_suspended")])
def test_an_account_out_of_reach_is_unknown_in_every_check(document, number, reason):
    assert_verdicts(of(document, number), {where: f"unknown {reason}" for where in places(number)})
    (row,) = [account for account in document["accounts"] if account["id"] == number]
    assert (row["reachable"], row["blind_reason"]) == (False, reason)
    assert {verdict["missing_action"] for verdict in of(document, number)["verdicts"]} == {None}


def test_the_others_are_unharmed(document):
    assert_verdicts(of(document, MANAGEMENT), dict.fromkeys(places(MANAGEMENT), "pass"))
    unreachable = {account["id"] for account in document["accounts"] if not account["reachable"]}
    assert unreachable == {ROLELESS, SUSPENDED}
    assert len(document["accounts"]) == 4 + 2 * len(ACCOUNT_ACTIONS)


def test_one_denial_moves_nothing_else(simulate, scan):
    """The same organization twice, the second time with one action denied in one account."""
    numbers = [MANAGEMENT, "400000000001", "400000000002"]
    action, denied = "guardduty:ListDetectors", numbers[1]

    def verdicts(denials):
        accounts = [account(number, deny=denials if number == denied else []) for number in numbers]
        return by_place(scan(simulate(organization(accounts)), "--format", "json").document["verdicts"])

    before, after = verdicts([]), verdicts([{"action": action}])
    assert set(before) == set(after)
    moved = {where for where in before if before[where] != after[where]}
    assert moved == {(denied, region, "guardduty-enabled") for region in REGIONS}
    for where in moved:
        assert (before[where]["status"], after[where]["status"]) == ("pass", "unknown"), where
        assert (after[where]["blind_reason"], after[where]["missing_action"]) == ("iam_deny", action), where


@pytest.mark.parametrize("action", HUB_ACTIONS)
def test_a_denied_action_of_the_caller_blinds_only_what_needs_it(simulate, scan, action):
    """An account with an analyzer and a trail of its own needs nobody else's."""
    check, own, needy = "access-analyzer-enabled", "400000000001", "400000000002"
    accounts = [
        account(MANAGEMENT, deny=[{"action": action}]),
        account(own),
        account(needy, posture={check: "none"} | ON_ORGANIZATION_TRAIL),
    ]
    # Without DescribeOrganization nothing can be listed, so the accounts have to be named.
    named = [{"id": account["id"], "name": account["name"]} for account in accounts]
    config = {"organization": {"accounts": named}} if action == "organizations:DescribeOrganization" else None
    document = scan(simulate(organization(accounts)), "--format", "json", config=config).document
    expected = {where: "pass" for number in (MANAGEMENT, own, needy) for where in places(number)}
    needs = {where for where in places(needy) if where[2] in (check, TRAIL_CHECK) and action in CHECKS[where[2]]["actions"]}
    assert {where for where in needs if where[2] == check} == {(needy, region, check) for region in REGIONS}
    blind = dict.fromkeys(needs, "unknown iam_deny")
    assert_verdicts(document, expected | blind)
    assert {by_place(document["verdicts"])[where]["missing_action"] for where in blind} == {action}


def test_an_owner_of_organization_analyzers_without_the_role_blinds_only_what_needs_it(simulate, scan):
    check, owner, own, needy = "access-analyzer-enabled", "400000000001", "400000000002", "400000000003"
    content = organization([account(MANAGEMENT), account(owner, role="missing"), account(own), account(needy, posture={check: "none"})])
    content["analyzers"] = {"organization": {"account": owner, "regions": ["eu-west-1"]}}
    document = scan(simulate(content), "--format", "json").document
    expected = {where: "pass" for number in (MANAGEMENT, own, needy) for where in places(number)}
    expected |= {where: "unknown role_missing" for where in places(owner)}
    assert_verdicts(document, expected | {(needy, region, check): "unknown role_missing" for region in REGIONS})


OWN, MEMBER, ANOTHER = "400000000001", "400000000002", "400000000003"


def trail_organization(management, **member):
    """Two accounts on the organization's trail, which the management account owns, and one with a trail of its own."""
    members = [account(number, posture=ON_ORGANIZATION_TRAIL, **member) for number in (MEMBER, ANOTHER)]
    return organization([account(MANAGEMENT, **management), account(OWN), *members])


def trail_verdicts(*blind, reason):
    """All passes but the trails of these accounts."""
    expected = {where: "pass" for number in (MANAGEMENT, OWN, MEMBER, ANOTHER) for where in places(number)}
    return expected | {(number, "global", TRAIL_CHECK): f"unknown {reason}" for number in blind}


@pytest.mark.parametrize("scp", [False, True], ids=["iam", "scp"])
@pytest.mark.parametrize("action", ["cloudtrail:DescribeTrails", "cloudtrail:GetEventSelectors"])
def test_a_denial_in_the_owner_of_the_organization_s_trail_blinds_whom_it_covers(simulate, scan, action, scp):
    content = trail_organization({"deny": [{"action": action, "scp": scp}]})
    document = scan(simulate(content), "--format", "json").document
    blind = (MANAGEMENT, MEMBER, ANOTHER)
    assert_verdicts(document, trail_verdicts(*blind, reason="scp_deny" if scp else "iam_deny"))
    rows = by_place(document["verdicts"])
    for number in blind:
        verdict = rows[number, "global", TRAIL_CHECK]
        assert verdict["missing_action"] == action and MANAGEMENT in verdict["reason"], verdict


def test_an_owner_of_the_organization_s_trail_without_the_role_blinds_only_whom_it_covers(simulate, scan):
    document = scan(simulate(trail_organization({"role": "missing"})), "--format", "json").document
    expected = trail_verdicts(MEMBER, ANOTHER, reason="role_missing")
    assert_verdicts(document, expected | {where: "unknown role_missing" for where in places(MANAGEMENT)})


def test_a_member_need_not_be_allowed_to_ask_for_another_account_s_selectors(simulate, scan):
    content = trail_organization({}, deny=[{"action": "cloudtrail:GetEventSelectors"}])
    document = scan(simulate(content), "--format", "json").document
    assert_verdicts(document, trail_verdicts(reason=None))


@pytest.mark.parametrize("action", ["cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus"])
def test_what_a_member_may_not_ask_of_the_organization_s_trail_blinds_it_alone(simulate, scan, action):
    content = trail_organization({})
    content["accounts"][2]["deny"] = [{"action": action}]
    document = scan(simulate(content), "--format", "json").document
    assert_verdicts(document, trail_verdicts(MEMBER, reason="iam_deny"))
    assert by_place(document["verdicts"])[MEMBER, "global", TRAIL_CHECK]["missing_action"] == action


def test_the_owner_is_asked_once_for_all(simulate, scan):
    """One request of the owner's for each, whatever number of members is on its trail."""
    requests = scan(simulate(trail_organization({})), "--format", "json", "--check", TRAIL_CHECK).document["api"]["by_operation"]
    assert requests["cloudtrail:DescribeTrails"] == 4 + 1
    assert requests["cloudtrail:GetTrailStatus"] == 5, "two of the management account's, one of each other's"
    assert requests["cloudtrail:GetEventSelectors"] == 3 + 1, "the management account's two trails, the own one, and the owner's"
