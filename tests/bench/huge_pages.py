"""Huge pages for the buffers of the bench's PostgreSQL, as its manual advises for a server (18.4.5, Linux Huge Pages). Without them every
session takes a page fault for each 4 kB of the buffers that it touches first, which a server that has run for a day has behind it."""

import contextlib

RESERVED = "/proc/sys/vm/nr_hugepages"
BYTES = 1200 << 20  # 1 GB of buffers, and what else lies in shared memory


def of_memory(field):
    with open("/proc/meminfo", encoding="ascii") as file:
        return next((int(line.split()[1]) for line in file if line.startswith(field + ":")), 0)


@contextlib.contextmanager
def reserved():
    """Gives back what it took. Where it may take none, or there are not enough, PostgreSQL goes without."""
    try:
        with open(RESERVED, encoding="ascii") as file:
            before = int(file.read())
        wanted = before + -(-BYTES // (of_memory("Hugepagesize") << 10))
        with open(RESERVED, "w", encoding="ascii") as file:
            file.write(str(wanted))
    except (OSError, ZeroDivisionError):
        yield
        return
    try:
        yield
    finally:
        with open(RESERVED, "w", encoding="ascii") as file:
            file.write(str(before))


def in_use():
    """Whether a server holds some now: what it has not touched yet is reserved for it."""
    return of_memory("HugePages_Rsvd") > 0 or of_memory("HugePages_Free") < of_memory("HugePages_Total")
