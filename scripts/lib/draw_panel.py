"""Draws the answer of a Prometheus range query as SVG: one panel, its lines, two axes and a legend. Nothing but text is made."""
import html
import math

WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 40, 28     # of the plot, within the picture
COLOURS = ["#3366cc", "#dc7a1e", "#2e9e4f", "#c0392b", "#7d4fb5", "#138d90", "#b5457a", "#6b7280", "#a68a00", "#4c5fd5"]
MOST_LINES = 10


def number(value, unit):
    """As people read it."""
    if unit == "percentunit":
        return f"{100 * value:.3g} %"
    if unit == "s":
        return f"{1000 * value:.3g} ms" if abs(value) < 1 else f"{value:.3g} s"
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g} {letter}{'B' if unit == 'bytes' else ''}"
    return f"{value:.3g}" + ("/s" if unit == "ops" else "")


def ticks(top):
    """At most six round steps from 0 that reach over `top`."""
    rough = max(top, 1e-9) / 5
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * m for m in (1, 2, 2.5, 5, 10) if size * m >= rough * 0.999999)
    return [step * i for i in range(math.ceil(top / step * 0.999999) + 1)] if top > 0 else [0, 1]


def points(line, x, y):
    """The pieces of a line; where nothing was known it is broken."""
    pieces, piece = [], []
    for at, value in line:
        if math.isnan(value) or math.isinf(value):
            pieces, piece = pieces + [piece], []
        else:
            piece.append(f"{x(at):.1f},{y(value):.1f}")
    return [" ".join(one) for one in [*pieces, piece] if len(one) > 1]


def draw(title, unit, lines, begin, end, hours=24):
    """`lines`: (legend, [(time, value)]). The time axis reads as so many hours from begin to end."""
    known = [value for _, line in lines for _, value in line if math.isfinite(value)]
    steps = ticks(max(known, default=0))
    lines = sorted(lines, key=lambda line: -max((v for _, v in line[1] if math.isfinite(v)), default=0))
    rows = math.ceil(min(len(lines), MOST_LINES) / 3)
    height = HEIGHT + 18 * rows
    plot_right, plot_bottom = WIDTH - RIGHT, HEIGHT - BOTTOM

    def x(at):
        return LEFT + (at - begin) / (end - begin) * (plot_right - LEFT)

    def y(value):
        return plot_bottom - value / steps[-1] * (plot_bottom - TOP)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12" fill="#333">',
           f"<title>{html.escape(title)}</title>", f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
           f'<text x="{LEFT}" y="24" font-size="15" font-weight="bold">{html.escape(title)}</text>']
    for step in steps:
        out.append(f'<line x1="{LEFT}" x2="{plot_right}" y1="{y(step):.1f}" y2="{y(step):.1f}" stroke="#ddd"/>'
                   f'<text x="{LEFT - 6}" y="{y(step) + 4:.1f}" text-anchor="end">{number(step, unit)}</text>')
    for hour in range(0, hours + 1, 3):
        at = begin + (end - begin) * hour / hours
        out.append(f'<line x1="{x(at):.1f}" x2="{x(at):.1f}" y1="{TOP}" y2="{plot_bottom}" stroke="#eee"/>'
                   f'<text x="{x(at):.1f}" y="{plot_bottom + 18}" text-anchor="middle">{hour:02d}:00</text>')
    for place, (legend, line) in enumerate(lines[:MOST_LINES]):
        colour = COLOURS[place % len(COLOURS)]
        out += [f'<polyline points="{piece}" fill="none" stroke="{colour}" stroke-width="1.6"/>' for piece in points(line, x, y)]
        left, top = LEFT + place % 3 * 215, HEIGHT + 6 + place // 3 * 18
        out.append(f'<rect x="{left}" y="{top - 8}" width="12" height="4" fill="{colour}"/>'
                   f'<text x="{left + 18}" y="{top}">{html.escape(legend[:32])}</text>')
    return "\n".join([*out, "</svg>", ""])
