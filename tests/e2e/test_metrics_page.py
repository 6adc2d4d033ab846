"""docs/metrics.md beside what a daemon really shows. That the tables are what the code declares, a Rust test says."""

import re

from harness import ROOT

ROW = re.compile(r"^\| `(\w+)` \| (\w+) \| (.*?) ?\| ", re.MULTILINE)


def test_every_series_has_the_documented_type_and_labels(watched):
    page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    documented = {name: (kind, set(re.findall(r"`([^`]+)`", labels))) for name, kind, labels in ROW.findall(page)}
    watched.swept()
    metrics = watched.scrape()
    assert set(metrics.types) <= set(documented)
    for name, kind in metrics.types.items():
        told, labels = documented[name]
        assert kind == told, name
        for series in metrics.series(name + "_bucket" if kind == "histogram" else name):
            shown = {label for label, _ in series} - {"le"}
            assert shown == {label for label in labels if not label.endswith("*")}, f"{name} {series}"
