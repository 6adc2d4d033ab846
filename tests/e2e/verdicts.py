"""Comparing verdicts one by one."""


def place(row):
    return row["account_id"], row["region"], row["check"]


def by_place(rows):
    """Rows by account, region and check. None may be there twice."""
    found = {}
    for row in rows:
        assert place(row) not in found, f"{place(row)} is there twice"
        found[place(row)] = row
    return found


def in_words(row):
    """A verdict of a scan in the words of the expectations: `pass`, `fail 2`, `not_applicable`, `unknown iam_deny`."""
    if row["status"] == "fail":
        return f"fail {len(row['findings'])}"
    return f"unknown {row['blind_reason']}" if row["status"] == "unknown" else row["status"]


def truth_in_words(row):
    """The same of a row of the simulation's truth."""
    if row["status"] == "fail":
        return f"fail {row['failing']}"
    return f"unknown {row['blind_reason']}" if row["status"] == "unknown" else row["status"]


def assert_verdicts(document, expected):
    """Every verdict of a scan, by place, is the expected one, and there are no others."""
    names = {account["id"]: account["name"] for account in document["accounts"]}
    rows = by_place(document["verdicts"])
    wrong = []
    for where in sorted(set(rows) | set(expected)):
        got, wanted = in_words(rows[where]) if where in rows else "nothing", expected.get(where, "nothing")
        if got != wanted:
            account, region, check = where
            why = f" ({rows[where]['reason']})" if where in rows else ""
            wrong.append(f"{account} {names.get(account, '?')} {region} {check}: expected {wanted}, got {got}{why}")
    assert not wrong, f"{len(wrong)} of {len(expected)} verdicts are wrong:\n" + "\n".join(wrong[:60])
