"""Comparing a scan with the simulation's truth without holding either in memory: that of ten thousand accounts is gigabytes."""

import json
import re
from collections import Counter

CHUNK = 1 << 20
DECODER = json.JSONDecoder()
SPACE = re.compile(r"[\s,]*")


def rows(path, key=None):
    """The objects of an array in a JSON file: of the member with this key, or of the whole file."""
    start = re.compile(r"\[" if key is None else rf'"{key}"\s*:\s*\[')
    with open(path, encoding="utf-8") as file:
        buffer = file.read(CHUNK)
        while not (found := start.search(buffer)):
            more = file.read(CHUNK)
            if not more:
                raise ValueError(f"{path} has no array {key}")
            # The key may lie across the cut.
            buffer = buffer[-100:] + more
        at = found.end()
        while True:
            at = SPACE.match(buffer, at).end()
            if buffer.startswith("]", at):
                return
            try:
                row, at = DECODER.raw_decode(buffer, at)
            except json.JSONDecodeError:
                more = file.read(CHUNK)
                if not more:
                    raise ValueError(f"{path} ends within the array {key}") from None
                buffer, at = buffer[at:] + more, 0
                continue
            yield row


def tail(path):
    """What a scan's JSON has after its verdicts: the summary, and the requests."""
    with open(path, "rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - CHUNK))
        text = file.read().decode(errors="ignore")
    found = list(re.finditer(r'"summary"\s*:\s*\{', text))
    if not found:
        raise ValueError(f"{path} has no summary near its end")
    return json.loads("{" + text[found[-1].start() :])


def scanned(row):
    """A verdict of a scan in a few words."""
    return _words(row["status"], len(row["findings"]), row["blind_reason"])


def true(row):
    """The same of a row of the truth."""
    return _words(row["status"], row["failing"], row["blind_reason"])


def _words(status, failing, blind_reason):
    if status == "fail":
        return f"fail {failing}"
    return f"unknown {blind_reason}" if status == "unknown" else status


def wrong(scan, truth):
    """Compares a scan with the truth. Gives how many verdicts were compared, how many are of checks that the truth says nothing about, how
    many are wrong, and the first hundred of these as sentences."""
    wanted, checks = _by_account(rows(truth), true)
    seen, asked = _by_account((row for row in rows(scan, "verdicts") if row["check"] in checks), scanned)
    told = asked.total()
    untold = sum(1 for row in rows(scan, "verdicts") if row["check"] not in checks)
    differing = {account for account in seen.keys() | wanted.keys() if seen.get(account) != wanted.get(account)}
    if not differing:
        return told, untold, 0, []
    got = {_place(row): scanned(row) for row in rows(scan, "verdicts") if row["account_id"] in differing and row["check"] in checks}
    right = {_place(row): true(row) for row in rows(truth) if row["account_id"] in differing}
    places = [place for place in sorted(got.keys() | right.keys()) if got.get(place) != right.get(place)]
    sentences = [f"{' '.join(place)}: {got.get(place, 'nothing')} instead of {right.get(place, 'nothing')}" for place in places[:100]]
    return told, untold, len(places), sentences


def _place(row):
    return row["account_id"], row["region"], row["check"]


def _by_account(listed, words):
    """For each account a number that differs, but for a chance in 2^64, when any of its verdicts does; the order does not count. And how
    many verdicts there are of each check."""
    numbers, checks = Counter(), Counter()
    for row in listed:
        numbers[row["account_id"]] += hash((row["region"], row["check"], words(row)))
        checks[row["check"]] += 1
    return numbers, checks
