"""Denied operations, missing roles and closed accounts: each blinds exactly what depends on it, and nothing else moves."""

import json

import pytest

from harness import catalogue
from verdicts import assert_verdicts, by_place, in_words, place, truth_in_words

REGIONS = ("us-east-1", "eu-west-1")
MANAGEMENT, ROLELESS, SUSPENDED, PARTLY, WHOLE, NEEDY = (f"10000000000{number}" for number in range(1, 7))
CHECKS = {name: check for name, check in catalogue().items() if check["enabled_by_default"]}
ACTIONS = sorted({action for check in CHECKS.values() for action in check["actions"]})
# These are asked with the caller's own credentials, not in the account that the verdict is about.
HUB_ACTIONS = [action for action in ACTIONS if action.startswith("organizations:")]
# These are asked for checks of the organization alone, in the management account.
MANAGEMENT_ACTIONS = [
    action
    for action in ACTIONS
    if action not in HUB_ACTIONS and all(check["scope"] == "org" for check in CHECKS.values() if action in check["actions"])
]
# This is asked where the configuration names accounts that need a plan, and it names none here.
NEVER_ASKED = {"support:DescribeSeverityLevels"}
MEMBER_ACTIONS = [action for action in ACTIONS if action not in {*HUB_ACTIONS, *MANAGEMENT_ACTIONS, *NEVER_ASKED}]
# In the management account these also answer for its members.
PAYER_ACTIONS = ["budgets:ViewBudget", "ce:GetAnomalyMonitors", "cloudtrail:GetInsightSelectors", "cloudwatch:DescribeAlarms"]
PARTLY_DENIED = "securityhub:DescribeHub"
TRAIL_CHECK = "cloudtrail-multi-region-logging"
ON_ORGANIZATION_TRAIL = {TRAIL_CHECK: "organization_trail"}
# A good posture, of the kind that asks for more: what passes at first sight needs no second look.
CURIOUS = {"security-group-admin-port-open": "prefix_list_private"}
# A bad one, whose checks look further before they fail: whether a rule of EventBridge, the payer or an administrator has the matter in hand.
LOOKING_FURTHER = CURIOUS | {
    "securityhub-findings-notified": "no_rule",
    "guardduty-findings-notified": "no_rule",
    "alarm-root-usage": "nothing",
    "iam-human-access-without-root": "nobody",
    "iam-user-mfa-enabled": "keys_only_user",
}
# There is little to look at, and what is not there has no second question.
BARE = {
    "cloudtrail-multi-region-logging": "none",
    "config-recorder-enabled": "no_recorder",
    "config-rules-present": "none",
    "ec2-user-data-no-secrets": "absent",
    "iam-user-mfa-enabled": "no_users",
    "instance-ssm-managed": "no_instances",
    "lambda-environment-no-secrets": "no_functions",
    "log-group-retention": "no_log_groups",
}
# So that nobody's billing alarm is excused by the payer's.
PAYER = CURIOUS | {"billing-alarm-configured": "none"}
# Requests to Organizations are few and slow on purpose; these organizations are many.
HASTE = {"limits": {"shared_rps": {"organizations": 500}, "per_account_rps": {"default": 100}}}

POSTURES = {"2": CURIOUS, "3": LOOKING_FURTHER, "6": BARE}
# By posture and action, the account in which the action is denied.
DENIED = {(kind, action): f"{kind}{number:011}" for kind in POSTURES for number, action in enumerate(MEMBER_ACTIONS)}
# A policy of the organization denies every eighth of them in another account.
SCP_DENIED = {action: f"4{number:011}" for number, action in enumerate(MEMBER_ACTIONS) if number % 8 == 0}


def account(number, posture=None, **more):
    return {"id": number, "name": f"account-{number}", "posture": CURIOUS if posture is None else posture} | more


def organization(accounts):
    return {
        "organization": {"id": "o-denials0001", "management_account_id": MANAGEMENT},
        "regions": list(REGIONS),
        "default_posture": "pass",
        "accounts": accounts,
    }


def whole_organization():
    """An account for each way to be refused, and some that are whole, to compare with."""
    accounts = [
        account(MANAGEMENT, posture=PAYER),
        account(ROLELESS, role="missing"),
        account(SUSPENDED, state="SUSPENDED"),
        account(PARTLY, deny=[{"action": PARTLY_DENIED, "regions": ["eu-west-1"]}]),
        account(WHOLE),
        account(NEEDY, posture=LOOKING_FURTHER),
    ]
    accounts += [account(number, POSTURES[kind], deny=[{"action": action}]) for (kind, action), number in DENIED.items()]
    accounts += [account(number, deny=[{"action": action, "scp": True}]) for action, number in SCP_DENIED.items()]
    return organization(accounts)


def places(number):
    """Every check and region of an account."""
    for check in CHECKS.values():
        if check["scope"] == "org" and number != MANAGEMENT:
            continue
        for region in REGIONS if check["scope"] == "region" else ("global",):
            yield number, region, check["id"]


@pytest.fixture(scope="module")
def simulate(programs, folders):
    def start(content):
        file = folders("organization") / "organization.yaml"
        file.write_text(json.dumps(content))
        return programs.simulate("--org", file)[1]

    return start


@pytest.fixture(scope="module")
def truth_of_all(truth, folders):
    file = folders("truth") / "organization.yaml"
    file.write_text(json.dumps(whole_organization()))
    return {place(row): truth_in_words(row) for row in truth("--org", file) if row["check"] in CHECKS}


@pytest.fixture(scope="module")
def document(simulate, scan):
    return scan(simulate(whole_organization()), "--format", "json", config=HASTE, seconds=600).document


@pytest.fixture(scope="module")
def by_account(document):
    """The verdicts of each account, by region and check."""
    found = {}
    for (number, region, check), verdict in by_place(document["verdicts"]).items():
        found.setdefault(number, {})[region, check] = verdict
    return found


def of(document, number):
    """The document with one account's verdicts."""
    return document | {"verdicts": [verdict for verdict in document["verdicts"] if verdict["account_id"] == number]}


def blinded(before, after, action, reason):
    """The checks that a denial changed. Each must declare the action, and be unknown now and name it."""
    assert set(before) == set(after)
    changed = {where for where in before if in_words(before[where]) != in_words(after[where])}
    for where in changed:
        check, verdict = where[-1], after[where]
        assert action in CHECKS[check]["actions"], f"{check} does not declare {action}, and changed: {verdict}"
        assert in_words(verdict) == f"unknown {reason}" and verdict["missing_action"] == action, verdict
    return {where[-1] for where in changed}


def test_every_verdict_equals_the_truth(document, truth_of_all):
    assert_verdicts(document, truth_of_all)


def test_the_declared_actions_are_all_tried():
    assert {*MEMBER_ACTIONS, *HUB_ACTIONS, *MANAGEMENT_ACTIONS, *NEVER_ASKED} == set(ACTIONS)
    assert len(MEMBER_ACTIONS) >= 55 and len(HUB_ACTIONS) >= 5 and len(MANAGEMENT_ACTIONS) >= 5


@pytest.mark.parametrize("action", MEMBER_ACTIONS)
def test_a_denied_action_blinds_nothing_but_checks_that_declare_it(by_account, action):
    good = blinded(by_account[WHOLE], by_account[DENIED["2", action]], action, "iam_deny")
    bad = blinded(by_account[NEEDY], by_account[DENIED["3", action]], action, "iam_deny")
    assert good | bad, f"no check needs {action}"


@pytest.mark.parametrize("action", SCP_DENIED)
def test_a_denial_by_a_policy_of_the_organization_is_told_apart(by_account, action):
    by_policy = blinded(by_account[WHOLE], by_account[SCP_DENIED[action]], action, "scp_deny")
    assert by_policy == blinded(by_account[WHOLE], by_account[DENIED["2", action]], action, "iam_deny")


def test_a_denial_in_one_region_blinds_that_region(by_account):
    before, after = by_account[WHOLE], by_account[PARTLY]
    assert blinded(before, after, PARTLY_DENIED, "iam_deny") == {"securityhub-enabled"}
    assert in_words(after["us-east-1", "securityhub-enabled"]) == "pass"


@pytest.mark.parametrize("number, reason", [(ROLELESS, "role_missing"), (SUSPENDED, "account_suspended")])
def test_an_account_out_of_reach_is_unknown_in_every_check(document, number, reason):
    assert_verdicts(of(document, number), {where: f"unknown {reason}" for where in places(number)})
    (row,) = [account for account in document["accounts"] if account["id"] == number]
    assert (row["reachable"], row["blind_reason"]) == (False, reason)
    assert {verdict["missing_action"] for verdict in of(document, number)["verdicts"]} == {None}


def test_the_others_are_unharmed(document, by_account):
    assert set(by_account[MANAGEMENT]) == {(region, check) for _, region, check in places(MANAGEMENT)}
    assert {verdict["blind_reason"] for verdict in by_account[MANAGEMENT].values()} <= {None, "needs_attestation"}
    unreachable = {account["id"] for account in document["accounts"] if not account["reachable"]}
    assert unreachable == {ROLELESS, SUSPENDED}


OWN, MEMBER, ANOTHER = "500000000001", "500000000002", "500000000003"


def family(*denials):
    """The management account, an account that needs nothing of it, and one that does."""
    needy = ON_ORGANIZATION_TRAIL | {
        "access-analyzer-enabled": "none",
        "budgets-budget-configured": "none",
        "cost-anomaly-detection-enabled": "none",
        "billing-alarm-configured": "none",
    }
    return organization([account(MANAGEMENT, deny=[{"action": action} for action in denials]), account(OWN), account(MEMBER, needy)])


@pytest.fixture(scope="module")
def family_verdicts(simulate, scan):
    def verdicts(*denials, named=False):
        content = family(*denials)
        # Without DescribeOrganization nothing can be listed, so the accounts have to be named.
        accounts = [{"id": one["id"], "name": one["name"], "tags": {"Environment": "production"}} for one in content["accounts"]]
        config = HASTE | ({"organization": {"accounts": accounts}} if named else {})
        return by_place(scan(simulate(content), "--format", "json", config=config).document["verdicts"])

    return verdicts


@pytest.fixture(scope="module")
def whole_family(family_verdicts):
    return {named: family_verdicts(named=named) for named in (False, True)}


@pytest.mark.parametrize("action", [*HUB_ACTIONS, *MANAGEMENT_ACTIONS, *PAYER_ACTIONS])
def test_a_denial_in_the_management_account_blinds_only_what_needs_it(family_verdicts, whole_family, action):
    named = action == "organizations:DescribeOrganization"
    after = family_verdicts(action, named=named)
    before = whole_family[named]
    changed = {where for where in before if in_words(before[where]) != in_words(after[where])}
    assert blinded(before, after, action, "iam_deny"), f"no check needs {action}"
    assert not {where for where in changed if where[0] == OWN and CHECKS[where[2]]["service"] in ("access_analyzer", "cloudtrail", "cost")}
    if action in PAYER_ACTIONS:
        assert {where[0] for where in changed} >= {MANAGEMENT, MEMBER}, changed


def test_an_owner_of_organization_analyzers_without_the_role_blinds_only_what_needs_it(simulate, scan):
    check, owner, own, needy = "access-analyzer-enabled", "500000000001", "500000000002", "500000000003"
    content = organization([account(MANAGEMENT), account(owner, role="missing"), account(own), account(needy, posture={check: "none"})])
    content["analyzers"] = {"organization": {"account": owner, "regions": ["eu-west-1"]}}
    document = scan(simulate(content), "--format", "json", "--check", check).document
    expected = {(number, region, check): "pass" for number in (MANAGEMENT, own) for region in REGIONS}
    assert_verdicts(document, expected | {(number, region, check): "unknown role_missing" for number in (owner, needy) for region in REGIONS})


def trail_organization(management, **member):
    """Two accounts on the organization's trail, which the management account owns, and one with a trail of its own."""
    members = [account(number, posture=ON_ORGANIZATION_TRAIL, **member) for number in (MEMBER, ANOTHER)]
    return organization([account(MANAGEMENT, **management), account(OWN), *members])


def trail_verdicts(*blind, reason):
    """All trails pass but those of these accounts."""
    expected = {(number, "global", TRAIL_CHECK): "pass" for number in (MANAGEMENT, OWN, MEMBER, ANOTHER)}
    return expected | {(number, "global", TRAIL_CHECK): f"unknown {reason}" for number in blind}


@pytest.mark.parametrize("scp", [False, True], ids=["iam", "scp"])
@pytest.mark.parametrize("action", ["cloudtrail:DescribeTrails", "cloudtrail:GetEventSelectors"])
def test_a_denial_in_the_owner_of_the_organization_s_trail_blinds_whom_it_covers(simulate, scan, action, scp):
    content = trail_organization({"deny": [{"action": action, "scp": scp}]})
    document = scan(simulate(content), "--format", "json", "--check", TRAIL_CHECK).document
    blind = (MANAGEMENT, MEMBER, ANOTHER)
    assert_verdicts(document, trail_verdicts(*blind, reason="scp_deny" if scp else "iam_deny"))
    rows = by_place(document["verdicts"])
    for number in blind:
        verdict = rows[number, "global", TRAIL_CHECK]
        assert verdict["missing_action"] == action and MANAGEMENT in verdict["reason"], verdict


def test_an_owner_of_the_organization_s_trail_without_the_role_blinds_only_whom_it_covers(simulate, scan):
    document = scan(simulate(trail_organization({"role": "missing"})), "--format", "json", "--check", TRAIL_CHECK).document
    assert_verdicts(document, trail_verdicts(MANAGEMENT, MEMBER, ANOTHER, reason="role_missing"))


def test_a_member_need_not_be_allowed_to_ask_for_another_account_s_selectors(simulate, scan):
    content = trail_organization({}, deny=[{"action": "cloudtrail:GetEventSelectors"}])
    document = scan(simulate(content), "--format", "json", "--check", TRAIL_CHECK).document
    assert_verdicts(document, trail_verdicts(reason=None))


@pytest.mark.parametrize("action", ["cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus"])
def test_what_a_member_may_not_ask_of_the_organization_s_trail_blinds_it_alone(simulate, scan, action):
    content = trail_organization({})
    content["accounts"][2]["deny"] = [{"action": action}]
    document = scan(simulate(content), "--format", "json", "--check", TRAIL_CHECK).document
    assert_verdicts(document, trail_verdicts(MEMBER, reason="iam_deny"))
    assert by_place(document["verdicts"])[MEMBER, "global", TRAIL_CHECK]["missing_action"] == action


def test_the_owner_is_asked_once_for_all(simulate, scan):
    """One request of the owner's for each, whatever number of members is on its trail."""
    requests = scan(simulate(trail_organization({})), "--format", "json", "--check", TRAIL_CHECK).document["api"]["by_operation"]
    assert requests["cloudtrail:DescribeTrails"] == 4 + 1
    assert requests["cloudtrail:GetTrailStatus"] == 5, "two of the management account's, one of each other's"
    assert requests["cloudtrail:GetEventSelectors"] == 3 + 1, "the management account's two trails, the own one, and the owner's"
