"""Runs over checks of codes: otp-verify or the bare check probe, under the same load. Each run is checked."""

import contextlib
import hashlib
import hmac
import io
import json
import subprocess
import uuid

import processes
from bench_stack import FIRST_NUMBER, TENANT, WAL, tool
from jobs import HASH_KEYS
from programs import environment, run_otpctl

CONNECTIONS = 64
AT_A_RATE = 256  # so many wait for a server that stalls, and not in front of a client that has no connection left for them
KEY = bytes.fromhex(HASH_KEYS.partition(":")[2])


def field(text):
    data = text.encode()
    return len(data).to_bytes(4, "big") + data


HEAD = field("otp-hash/1")


def tag_of(code, number, tenant):
    """docs/codes.md."""
    data = HEAD + field(tenant) + field(number) + field("login") + field(code)
    return hmac.new(KEY, data, hashlib.sha256).hexdigest()


def codes(count):
    """(number, code), and every code has another beside it that is wrong."""
    return [(f"+{FIRST_NUMBER + i}", f"{i * 7919 % 10**6:06}") for i in range(count)]


def wrong(code):
    return code[:5] + str((int(code[5]) + 1) % 10)


def prepare(database, pairs):
    """A pending verification for each, as begin leaves it."""
    lines = io.StringIO()
    for number, code in pairs:
        one = uuid.uuid4()
        lines.write(f"{one}\t{TENANT}\t{number}\tlogin\tpending\t1\t1\t6\t{one}\tc1\th1\t\\\\x{tag_of(code, number, TENANT)}\n")
    lines.seek(0)
    with database.connection.cursor() as cursor:
        cursor.execute(
            "create temp table made (id uuid, tenant text, number text, purpose text, status text, generation int, sends int, "
            "code_length int, seed uuid, code_key_id text, hash_key_id text, tag bytea)"
        )
        cursor.copy_from(lines, "made")
        cursor.execute(
            "insert into otp.verification (id, tenant, number, purpose, status, generation, sends, code_length, seed, code_key_id, "
            "hash_key_id, tag, code_expires_at, expires_at, last_send_at, created_at) "
            "select m.*, now() + interval '1 h', now() + interval '1 h', now(), now() from made m"
        )
        cursor.execute("drop table made")
    database.rows("analyze otp.verification")


def prepare_narrow(database, pairs):
    lines = io.StringIO("".join(f"{n[1:]}\t\\\\x{tag_of(c, n, 'bench')}\n" for n, c in pairs))
    with database.connection.cursor() as cursor:
        cursor.copy_from(lines, "narrow_check", columns=("number", "tag"))
    database.rows("analyze narrow_check")


def load(address, items, rate=0, key=None):
    done = subprocess.run(
        [tool("bench_check_load"), address, str(AT_A_RATE if rate else CONNECTIONS), str(rate)],
        env=environment({"OTP_API_KEY": key} if key else {}),
        input="".join(f"{number} {code}\n" for number, code in items), capture_output=True, text=True, timeout=280,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def checks_of(pairs):
    """A wrong code for each number, then the right one."""
    return [(number, wrong(code)) for number, code in pairs] + pairs


def run(bench, what, count, name, rate=0, warming=0):
    """Twice `count` checks. `what`: verify or probe. `warming`: so many numbers are checked before, at the same rate."""
    yardstick = processes.yardstick_ms()
    pairs = codes(warming + count)
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(bench.database(narrow=what == "probe"))
        key = None
        if what == "probe":
            prepare_narrow(database, pairs)
            program = bench.start_check_probe(database)
        else:
            prepare(database, pairs)
            words = ["apikey", "create", "--tenant", TENANT, "--scopes", "check"]
            key = run_otpctl(words, {"DATABASE_URL": database.url}).strip().splitlines()[-1]
            program = bench.start_verify(stack.enter_context(bench.broker()), database)
        stack.callback(program.end)
        reports = [load(program.address, checks_of(pairs[:warming]), rate, key)] if warming else []
        before, wal_before = bench.cpu(verify=[program]), database.one(WAL)
        report = load(program.address, checks_of(pairs[warming:]), rate, key)
        after, wal = bench.cpu(verify=[program]), database.one(WAL) - wal_before
        memory = processes.memory_mb(program.pid, "VmHWM")
        program.require_good_end()
        require_whole(what, database, [*reports, report], warming + count)
    return {
        "name": name, "yardstick_ms": yardstick, "rate": report["asked"] / report["seconds"], "p50_ms": report["p50_ms"],
        "p99_ms": report["p99_ms"], "memory_mb": memory, "wal_bytes": wal / report["asked"],
        "cpu_us": {group: (after[group] - before[group]) * 1e6 / report["asked"] for group in ("verify", "postgres", "rabbitmq")},
        "series": [(i / 10, 10 * n) for i, (n, _) in enumerate(report["series"])][:-1],
        "p99_series": [(i / 10, p99) for i, (_, p99) in enumerate(report["series"])][:-1],
    }


def require_whole(what, database, reports, count):
    """All were answered, the right ones approved once each, the wrong ones counted once each."""
    if what == "probe":
        stored = database.one("select count(*) from narrow_check where used and tries = 2")
    else:
        stored = database.one("select count(*) from otp.verification where status = 'approved' and wrong_checks = 1")
    told = (sum(r["valid"] for r in reports), sum(r["wrong"] for r in reports), [r["others"] for r in reports if r["others"]])
    if told != (count, count, []) or stored != count:
        raise RuntimeError(f"of {count} right and {count} wrong checks {told} were answered, and {stored} are stored")
