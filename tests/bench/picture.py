"""Charts as SVG, written by hand. Pure."""

import dataclasses
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BELOW = 860, 220, 70, 190, 34, 30
COLOURS = ("#1f6fb2", "#d1495b", "#3a8f5b", "#8a5fbf", "#c98a1b", "#4a4a4a")


@dataclasses.dataclass
class Panel:
    """One chart: its title, which names the unit, and points (seconds, value) by series."""

    title: str
    series: dict


def nice(value):
    """The next 1, 2 or 5 times a power of ten, for the top of an axis."""
    step = 1.0
    while step < value:
        for factor in (1, 2, 5):
            if step * factor >= value:
                return step * factor
        step *= 10
    while step / 10 >= value > 0:
        step /= 10
    return step


def number(value):
    return f"{value:,.0f}" if value >= 10 else f"{value:g}"


def panel_svg(panel, top):
    points = [p for line in panel.series.values() for p in line]
    last = max((x for x, _ in points), default=1) or 1
    most = nice(max((y for _, y in points), default=1) or 1)
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BELOW
    bottom = top + TOP + height

    def place(x, y):
        return f"{LEFT + x / last * width:.1f},{bottom - y / most * height:.1f}"

    parts = [f'<text x="{LEFT}" y="{top + 20}" font-weight="bold">{escape(panel.title)}</text>']
    for i in range(5):
        y = bottom - i / 4 * height
        parts.append(f'<line x1="{LEFT}" x2="{LEFT + width}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{number(most * i / 4)}</text>')
        parts.append(f'<text x="{LEFT + i / 4 * width:.1f}" y="{bottom + 16}" text-anchor="middle">{number(round(last * i / 4, 2))} s</text>')
    for i, (name, line) in enumerate((name, line) for name, line in panel.series.items() if line):
        colour = COLOURS[i % len(COLOURS)]
        shape = " ".join(place(x, y) for x, y in line)
        parts.append(f'<polyline points="{shape}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        at = top + TOP + 12 + 18 * i
        parts.append(f'<rect x="{LEFT + width + 12}" y="{at - 8}" width="14" height="3" fill="{colour}"/>')
        parts.append(f'<text x="{LEFT + width + 32}" y="{at - 2}">{escape(name)}</text>')
    return "\n".join(parts)


def svg(title, panels):
    height = 36 + HEIGHT * len(panels)
    body = "\n".join(panel_svg(panel, 36 + HEIGHT * i) for i, panel in enumerate(panels))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="11">\n'
        f'<rect width="100%" height="100%" fill="white"/>\n'
        f'<text x="{LEFT}" y="24" font-size="14" font-weight="bold">{escape(title)}</text>\n{body}\n</svg>\n'
    )
