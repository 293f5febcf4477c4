"""CPU and memory of groups of processes, from /proc."""

import os
import time

TICK = os.sysconf("SC_CLK_TCK")


def _stat(pid):
    """The fields after the name, which may hold anything: the first is the state, number 3 of the manual."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        return file.read().rpartition(b")")[2].split()


def _parents():
    """pid to its parent's."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                found[int(name)] = int(_stat(name)[1])
            except (FileNotFoundError, ProcessLookupError):
                pass
    return found


def tree(root):
    """A process and all below it."""
    parents = _parents()
    found = {root}
    grown = True
    while grown:
        below = {pid for pid, parent in parents.items() if parent in found} - found
        found |= below
        grown = bool(below)
    return found


def cpu_seconds(roots):
    """Of all processes below these, those that ended and were waited for too."""
    total = 0
    for root in roots:
        for pid in tree(root):
            try:
                fields = _stat(pid)
            except (FileNotFoundError, ProcessLookupError):
                continue
            total += int(fields[11]) + int(fields[12])
            if pid == root:
                total += int(fields[13]) + int(fields[14])
    return total / TICK


def memory_mb(pid, what="VmRSS"):
    """VmRSS: now; VmHWM: the most there was. 0 where it has ended."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            for line in file:
                if line.startswith(what + ":"):
                    return int(line.split()[1]) / 1024
    except FileNotFoundError:
        pass
    return 0.0


def yardstick_ms():
    """What a fixed piece of work takes now, the least of three: tells a slow moment of the machine."""

    def once():
        began = time.perf_counter()
        sum(i * i for i in range(200000))
        return (time.perf_counter() - began) * 1000

    return min(once() for _ in range(3))
