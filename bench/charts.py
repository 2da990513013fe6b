"""Draws curves as SVG that can be read on light and on dark pages."""
import math

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 40, 44
STYLE = """<style>
text{font:12px sans-serif;fill:#24292f}.title{font-size:14px;font-weight:600}
.grid{stroke:#8884}.c0{--c:#0969da}.c1{--c:#bc4c00}.c2{--c:#1a7f37}
polyline{fill:none;stroke:var(--c);stroke-width:2}circle,rect.key{fill:var(--c)}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}
.c0{--c:#58a6ff}.c1{--c:#f0883e}.c2{--c:#3fb950}}
</style>"""


def short(value):
    for limit, unit in ((1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:g}{unit}"
    return f"{value:g}"


class Axis:
    """Values to places, in steps of a power of ten or evenly from zero."""

    def __init__(self, values, begin, end, log):
        self.begin, self.end, self.log = begin, end, log
        low, high = min(values), max(values)
        if log:
            self.low = 10 ** math.floor(math.log10(low))
            self.high = 10 ** math.ceil(math.log10(high * 1.0001))
            decades = round(math.log10(self.high / self.low))
            self.ticks = [self.low * 10 ** i for i in range(decades + 1)]
        else:
            step = 10 ** math.floor(math.log10(high))
            step = next(s for s in (step / 5, step / 2, step, step * 2)
                        if high / s <= 6)
            self.low, self.high = 0, step * math.ceil(high / step)
            self.ticks = [step * i for i in range(
                round(self.high / step) + 1)]

    def place(self, value):
        if self.log:
            part = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            part = value / self.high
        return self.begin + part * (self.end - self.begin)


def draw(path, title, x_title, y_title, names, points, log_x, log_y):
    """`points`: rows of x and one y a name."""
    x = Axis([row[0] for row in points], LEFT, WIDTH - RIGHT, log_x)
    y = Axis([v for row in points for v in row[1:]], HEIGHT - BOTTOM, TOP,
             log_y)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" role="img" '
             f'viewBox="0 0 {WIDTH} {HEIGHT}"><title>{title}</title>', STYLE,
             f'<text class="title" x="{LEFT}" y="18">{title}</text>',
             f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 8}" '
             f'text-anchor="end">{x_title}</text>',
             f'<text x="{LEFT}" y="34">{y_title}</text>']
    for tick in x.ticks:
        at = f"{x.place(tick):.1f}"
        parts.append(f'<line class="grid" x1="{at}" x2="{at}" y1="{TOP}" '
                     f'y2="{HEIGHT - BOTTOM}"/><text x="{at}" '
                     f'y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">'
                     f'{short(tick)}</text>')
    for tick in y.ticks:
        at = f"{y.place(tick):.1f}"
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" '
                     f'y1="{at}" y2="{at}"/><text x="{LEFT - 6}" y="{at}" dy="4"'
                     f' text-anchor="end">{short(tick)}</text>')
    for i, name in enumerate(names):
        line = [(x.place(row[0]), y.place(row[i + 1])) for row in points]
        dots = "".join(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3"/>'
                       for a, b in line)
        joined = " ".join(f"{a:.1f},{b:.1f}" for a, b in line)
        key = WIDTH - RIGHT - 150 * (len(names) - i)
        parts.append(f'<g class="c{i}"><polyline points="{joined}"/>{dots}'
                     f'<rect class="key" x="{key}" y="25" width="10" '
                     f'height="10"/><text x="{key + 14}" y="34">{name}</text>'
                     f'</g>')
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(parts) + "\n</svg>\n")


# figure, file, title, x, y, names, logarithmic x and y
CHARTS = [
    ("tcp_curve", "in-flight-tcp", "Authorize over TCP", "calls in flight",
     "calls a second", ["Authorize", "empty handler"], True, False),
    ("unix_curve", "in-flight-unix", "Authorize over a Unix socket",
     "calls in flight", "calls a second", ["Authorize", "empty handler"], True,
     False),
    ("statements_curve", "statements", "One decision by statements",
     "statements that reach the principal", "ns",
     ["ten candidates", "all candidates"], True, True),
    ("roles_curve", "roles", "One decision by roles", "roles in the registry",
     "ns", ["Zipf", "uniform"], True, False),
    ("at_800_rate_curve", "latency", "Latency by load, 800 policies",
     "calls a second", "ms", ["p50", "p99"], False, False),
]


def draw_all(folder, figures):
    for key, name, title, x, y, names, log_x, log_y in CHARTS:
        if key in figures:
            draw(f"{folder}/{name}.svg", title, x, y, names, figures[key],
                 log_x, log_y)
