"""The plot of time and memory against accounts, as SVG that can be read on light and on dark pages."""

import math

WIDTH, HEIGHT = 760, 360
PANEL = 310
LEFT, TOP, BOTTOM, GAP = 60, 56, 300, 66
# Middle greys and colours with enough contrast against white and against near-black.
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #6b7280 }
.title { font-size: 14px; font-weight: 600 }
.grid { stroke: #6b7280; stroke-opacity: .25; stroke-width: 1 }
.axis { stroke: #6b7280; stroke-width: 1 }
.line { fill: none; stroke-width: 2.5 }
.a { stroke: #2f7fd1 } .a-dot { fill: #2f7fd1 }
.b { stroke: #d9772b } .b-dot { fill: #d9772b }
.value { font-size: 11px }
"""


def decades(values):
    """The powers of ten around some values."""
    return math.floor(math.log10(min(values)) + 1e-9), max(math.ceil(math.log10(max(values)) - 1e-9), math.floor(math.log10(min(values))) + 1)


class Panel:
    """One pair of logarithmic axes."""

    def __init__(self, left, title, unit, lines):
        self.left, self.title, self.unit, self.lines = left, title, unit, lines
        points = [point for _, _, points in lines for point in points]
        self.across, self.up = decades([x for x, _ in points]), decades([y for _, y in points])

    def x(self, value):
        low, high = self.across
        return self.left + (math.log10(value) - low) / (high - low) * PANEL

    def y(self, value):
        low, high = self.up
        return BOTTOM - (math.log10(value) - low) / (high - low) * (BOTTOM - TOP)

    def svg(self):
        yield f'<text class="title" x="{self.left}" y="24">{self.title}</text>'
        for power in range(self.across[0], self.across[1] + 1):
            x = self.x(10**power)
            yield f'<line class="grid" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{BOTTOM}"/>'
            yield f'<text x="{x:.1f}" y="{BOTTOM + 18}" text-anchor="middle">{10**power:,}</text>'
        for power in range(self.up[0], self.up[1] + 1):
            y = self.y(10**power)
            yield f'<line class="grid" x1="{self.left}" y1="{y:.1f}" x2="{self.left + PANEL}" y2="{y:.1f}"/>'
            yield f'<text x="{self.left - 8}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g}</text>'
        yield f'<path class="axis" fill="none" d="M{self.left},{TOP}V{BOTTOM}H{self.left + PANEL}"/>'
        yield f'<text x="{self.left + PANEL / 2}" y="{BOTTOM + 40}" text-anchor="middle">accounts, each with 17 regions</text>'
        yield f'<text x="{self.left - 8}" y="{TOP - 12}" text-anchor="end">{self.unit}</text>'
        for kind, name, points in self.lines:
            drawn = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
            yield f'<polyline class="line {kind}" points="{drawn}"/>'
            # Above the line for the upper one, below for the lower one, and never over the edge.
            side = -10 if kind == "a" else 18
            for x, y in points:
                yield f'<circle class="{kind}-dot" cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="4"/>'
                anchor = "end" if self.x(x) > self.left + PANEL - 40 else "start"
                yield f'<text class="value" x="{self.x(x):.1f}" y="{self.y(y) + side:.1f}" text-anchor="{anchor}">{brief(y)}</text>'

    def legend(self):
        for place, (kind, name, _) in enumerate(self.lines):
            x = self.left + place * 150
            yield f'<circle class="{kind}-dot" cx="{x + 5}" cy="40" r="5"/><text x="{x + 16}" y="44">{name}</text>'


def brief(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def plot(results):
    """The SVG of the results of bench/scan.py."""
    of = lambda *keys: [(entry["accounts"], value(entry, keys)) for entry in results if value(entry, keys)]  # noqa: E731
    time = [("a", "wall clock", of("scan", "wall_seconds")), ("b", "CPU of orgsweep", of("scan", "cpu_seconds"))]
    memory = [("a", "peak of a scan", of("scan", "peak_rss_mb")), ("b", "daemon after a sweep", of("daemon", "rss_mb"))]
    panels = [
        Panel(LEFT, "Time of a scan with every check", "s", time),
        Panel(LEFT + PANEL + GAP, "Resident memory", "MB", [line for line in memory if line[2]]),
    ]
    body = "\n".join(part for panel in panels for part in [*panel.svg(), *panel.legend()])
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    label = 'role="img" aria-label="Time and memory of a scan against the number of accounts, both on logarithmic axes"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {label}>\n<style>{STYLE}</style>\n{body}\n</svg>\n'


def value(entry, keys):
    for key in keys:
        entry = entry.get(key) if entry else None
    return entry
