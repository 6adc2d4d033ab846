"""The plot of time and memory against accounts, as SVG that can be read on light and on dark pages."""

import math

WIDTH, HEIGHT = 780, 350
PANEL, TOP, BOTTOM = 310, 62, 290
LEFTS = 64, 64 + PANEL + 70
# How much of a decade stays free around the points, for their labels.
MARGIN = 0.35
# A grey that is readable on white and on near-black, for where the page's colours are not told.
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #78808a }
.title { font-size: 14px; font-weight: 600 }
.grid { stroke: #78808a; stroke-opacity: .25 }
.axis { stroke: #78808a; fill: none }
.line { fill: none; stroke-width: 2.5 }
.a { stroke: #2f7fd1 } .a-dot { fill: #2f7fd1 }
.b { stroke: #d9772b } .b-dot { fill: #d9772b }
@media (prefers-color-scheme: light) { text { fill: #4b535d } }
@media (prefers-color-scheme: dark) { text { fill: #aab2bc } }
"""


def span(values):
    return math.log10(min(values)) - MARGIN, math.log10(max(values)) + MARGIN


def ticks(low, high, steps):
    """The round numbers on a logarithmic axis."""
    for power in range(math.floor(low), math.ceil(high)):
        for step in steps:
            if low <= math.log10(step * 10**power) <= high:
                yield step * 10**power if power >= 0 else step / 10**-power


def brief(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


class Panel:
    """A pair of logarithmic axes. Its lines are a class of style, a name, and points."""

    def __init__(self, left, title, unit, lines):
        self.left, self.title, self.unit = left, title, unit
        self.lines = [line for line in lines if line[2]]
        points = [point for _, _, points in self.lines for point in points]
        self.across, self.up = span([x for x, _ in points]), span([y for _, y in points])

    def x(self, value):
        low, high = self.across
        return self.left + (math.log10(value) - low) / (high - low) * PANEL

    def y(self, value):
        low, high = self.up
        return BOTTOM - (math.log10(value) - low) / (high - low) * (BOTTOM - TOP)

    def svg(self):
        yield f'<text class="title" x="{self.left}" y="22">{self.title}</text>'
        for number, (kind, name, _) in enumerate(self.lines):
            x = self.left + number * 150
            yield f'<circle class="{kind}-dot" cx="{x + 5}" cy="41" r="5"/><text x="{x + 16}" y="45">{name}</text>'
        for accounts in ticks(*self.across, [1]):
            x = self.x(accounts)
            yield f'<line class="grid" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{BOTTOM}"/>'
            yield f'<text x="{x:.1f}" y="{BOTTOM + 18}" text-anchor="middle">{accounts:,}</text>'
        for amount in ticks(*self.up, [1, 2, 5] if self.up[1] - self.up[0] < 2.5 else [1]):
            y = self.y(amount)
            yield f'<line class="grid" x1="{self.left}" y1="{y:.1f}" x2="{self.left + PANEL}" y2="{y:.1f}"/>'
            yield f'<text x="{self.left - 8}" y="{y + 4:.1f}" text-anchor="end">{brief(amount)} {self.unit}</text>'
        yield f'<path class="axis" d="M{self.left},{TOP}V{BOTTOM}H{self.left + PANEL}"/>'
        yield f'<text x="{self.left + PANEL / 2}" y="{BOTTOM + 40}" text-anchor="middle">accounts, each with 17 regions</text>'
        for kind, _, points in self.lines:
            drawn = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
            yield f'<polyline class="line {kind}" points="{drawn}"/>'
            for x, y in points:
                yield f'<circle class="{kind}-dot" cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="4"/>'
                # The higher of two points has its label above and to the left, the lower one below and to the right, away from the lines.
                others = [other for name, _, line in self.lines if name != kind for at, other in line if at == x]
                higher = all(y >= other for other in others)
                place, anchor = ((-7, -7), "end") if higher else ((7, 15), "start")
                yield f'<text x="{self.x(x) + place[0]:.1f}" y="{self.y(y) + place[1]:.1f}" text-anchor="{anchor}">{brief(y)}</text>'


def plot(results):
    """The SVG of the results of bench/scan.py."""

    def points(part, key):
        return [(entry["accounts"], entry[part][key]) for entry in results if part in entry]

    time = [("a", "wall clock", points("scan", "wall_seconds")), ("b", "CPU of orgsweep", points("scan", "cpu_seconds"))]
    memory = [("a", "peak of a scan", points("scan", "peak_rss_mb")), ("b", "daemon after a sweep", points("daemon", "rss_mb"))]
    panels = [Panel(LEFTS[0], "Time of a scan with every check", "s", time), Panel(LEFTS[1], "Resident memory", "MB", memory)]
    body = "\n".join(part for panel in panels for part in panel.svg())
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    label = 'role="img" aria-label="Time and memory of a scan against the number of accounts, on logarithmic axes"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {label}>\n<style>{STYLE}</style>\n{body}\n</svg>\n'
