"""A simulation, its truth, and a daemon that watches it."""

from dataclasses import dataclass

from harness import Process, call_json, catalogue, scrape, wait_until

COMPLIANT = "orgsweep_check_compliant"
PLACE = ("account_id", "aws_region", "check")
# How long a debug build may take for its first sweep of a small organization.
FIRST_SWEEP = 150.0


@dataclass
class Watched:
    simulation: Process
    endpoint: str
    daemon: Process
    url: str
    truth: list

    def scrape(self):
        return scrape(self.url)

    def swept(self):
        """The metrics once the compliance of every target is told as the truth has it."""
        expected = compliance(self.truth)
        seen = {}

        def complete():
            seen["metrics"] = self.scrape()
            return seen["metrics"] if seen["metrics"].series(COMPLIANT, *PLACE) == expected else None

        try:
            return wait_until("a complete first sweep", complete, FIRST_SWEEP, self.daemon, self.simulation)
        except AssertionError as late:
            got = seen["metrics"].series(COMPLIANT, *PLACE) if "metrics" in seen else {}
            places = sorted(where for where in set(expected) | set(got) if expected.get(where) != got.get(where))
            wrong = [f"{' '.join(where)}: expected {expected.get(where)}, got {got.get(where)}" for where in places]
            raise AssertionError(f"{len(wrong)} of {len(expected)} gauges are wrong:\n" + "\n".join(wrong[:40]) + f"\n{late}") from None


def watch(programs, *arguments, config, regions=None):
    """Starts a simulation and a daemon that watches it. `regions` are those of the truth that the configuration selects."""
    simulation, endpoint = programs.simulate(*arguments)
    daemon, url = programs.run(endpoint, config)
    checks = catalogue()
    rows = [row for row in call_json("simulate", *arguments, "--truth") if checks[row["check"]]["enabled_by_default"]]
    return Watched(simulation, endpoint, daemon, url, [row for row in rows if regions is None or row["region"] in regions])


def compliance(truth):
    """The gauges that a truth demands: 1 for a pass, 0 for a fail, nothing for the rest."""
    return {
        (row["account_id"], row["region"], row["check"]): float(row["status"] == "pass")
        for row in truth
        if row["status"] in ("pass", "fail")
    }
