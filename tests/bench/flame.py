"""A flame graph of a running process, by perf where it is there."""

import collections
import re
import shutil
import subprocess
from xml.sax.saxutils import escape, quoteattr

WIDTH, ROW = 1400, 17
LEAST = 0.001  # narrower boxes are left out
FRAME = re.compile(r"^\s+[0-9a-f]+ (.*) \([^()]*\)$")


def available():
    return shutil.which("perf") is not None


def record(pid, seconds, path):
    """The process of perf, which ends by itself. The programs keep no frame pointers, so parts of the stack are copied."""
    words = ["perf", "record", "-q", "-F", "199", "--call-graph", "dwarf,8192", "-p", str(pid), "-o", path, "--", "sleep", str(seconds)]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def read(path):
    words = ["perf", "script", "--no-inline", "-i", path, "-F", "comm,tid,event,ip,sym,dso"]
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=280).stdout


def fold(text):
    """Stacks, outermost function first, with how often each was met."""
    stacks, stack = collections.Counter(), []
    for line in [*text.splitlines(), ""]:
        found = FRAME.match(line)
        if found:
            name = re.sub(r"\+0x[0-9a-f]+$", "", found.group(1))
            stack.append(name)
        elif not line.strip() and stack:
            stacks[tuple(reversed(stack))] += 1
            stack = []
    return dict(stacks)


def top(stacks, count):
    """The functions in which most of the time was spent, without what they called, and their shares."""
    total = sum(stacks.values())
    spent = collections.Counter()
    for stack, times in stacks.items():
        spent[stack[-1]] += times
    return [(name, times / total) for name, times in spent.most_common(count)]


def boxes(stacks, depth=0):
    """(depth, start, share of all, name), by the way."""
    total = sum(stacks.values())

    def level(items, depth, start):
        heads = collections.defaultdict(list)
        for stack, times in items:
            if stack:
                heads[stack[0]].append((stack[1:], times))
        for name in sorted(heads):
            share = sum(times for _, times in heads[name]) / total
            if share >= LEAST:
                yield depth, start, share, name
                yield from level(heads[name], depth + 1, start)
            start += share

    yield 0, 0.0, 1.0, "all"
    yield from level(list(stacks.items()), 1, 0.0)


def svg(stacks, title):
    drawn = list(boxes(stacks))
    height = ROW * (2 + max(depth for depth, *_ in drawn)) + 30
    parts = []
    for depth, start, share, name in drawn:
        x, wide, y = start * WIDTH, share * WIDTH, height - ROW * (depth + 1)
        hue = 20 + sum(map(ord, name)) % 35
        label = name[: int(wide / 6.2)] if wide > 30 else ""
        parts.append(
            f"<g><title>{escape(name)} {share:.1%}</title>"
            f'<rect x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{ROW - 1}" fill="hsl({hue},80%,65%)"/>'
            f'<text x="{x + 2:.1f}" y="{y + 12}">{escape(label)}</text></g>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="monospace" font-size="10" '
        f"aria-label={quoteattr(title)}>\n"
        f'<text x="4" y="16" font-size="13">{escape(title)}</text>\n' + "\n".join(parts) + "\n</svg>\n"
    )
