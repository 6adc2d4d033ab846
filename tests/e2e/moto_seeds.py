"""Seven accounts in three regions, and one that is closed: what is made in them, and what each must show."""

import moto_identity
import moto_network
import moto_services
import moto_settings
import moto_told
import moto_trails
from moto_organization import REGIONS, Organization

FAMILIES = (moto_identity, moto_trails, moto_settings, moto_services, moto_network, moto_told)
# What stands for a row of each region.
EACH = "each"
WORDS = {
    "pass": "pass",
    "fail": "fail 1",
    "fail2": "fail 2",
    "fail3": "fail 3",
    "n/a": "not_applicable",
    "attest": "unknown needs_attestation",
    # moto lacks an operation.
    "error": "unknown aws_error",
    # moto answers without a part that the rule needs.
    "no-row": "unknown aws_error",
    "no-mode": "unknown aws_error",
}
NONE = "-"


def seeded(url):
    organization = Organization(url)
    organization.unit("Security")
    organization.unit("Workloads")
    organization.unit("Production", "Workloads")
    organization.account("security", "Security")
    organization.account("network")
    organization.account("payments", "Production", Team="money")
    organization.account("search", "Workloads", Environment="staging", Support="paid")
    organization.account("sandbox", Environment="Development")
    organization.account("analytics", Environment="of the data team")
    organization.account("retired")
    organization.close("retired")
    for family in FAMILIES:
        family.seed(organization)
    return organization


def rows():
    """The tables' rows: a check, a region, and the word for each account by its name."""
    for family in FAMILIES:
        names, *lines = [line.split() for line in family.TABLE.strip().splitlines() if line.strip()]
        for check, region, *words in lines:
            for one in REGIONS if region == EACH else (region,):
                yield check, one, dict(zip(names, words, strict=True))


def expectations(organization):
    """By account, region and check."""
    expected = {}
    for check, region, words in rows():
        for name, word in words.items():
            if word != NONE:
                expected[organization.accounts[name].id, region, check] = WORDS[word]
        # Nothing of a closed account can be seen. What is asked of the organization is not asked of it.
        if NONE not in words.values():
            expected[organization.accounts["retired"].id, region, check] = "unknown account_suspended"
    return expected
