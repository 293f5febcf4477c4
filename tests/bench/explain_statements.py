#!/usr/bin/python3
"""The plans of the statements inside the store's functions, as they run: EXPLAIN (ANALYZE, BUFFERS) by auto_explain.

usage: explain_statements.py [--database NAME] [--batch N] [--only CALL;CALL] [--document FILE]

Needs DATABASE_URL (superuser). The database is one that statement_cost.py or `otpctl migrate` has made, empty or filled by
fill_tables.sql; what is called changes some rows of it. --document writes the plans between the marks of docs/sql.md.
Exit code 1 where a statement of the programs reads a table of more than 10,000 rows otherwise than by an index.
"""
import argparse
import collections
import hashlib
import json
import os
import random
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))
from store_database import ROUTE, Job, Session, receipt_of  # noqa: E402

LARGE = 10000
MARKS = ("<!-- plans: begin -->", "<!-- plans: end -->")


class Plans(Session):
    """A session with the settings of the programs'."""

    def __init__(self, database):
        super().__init__(database)
        (settings,) = self.rows("select s.setconfig from pg_db_role_setting s join pg_roles r on r.oid = s.setrole join pg_database d on d.oid = s.setdatabase "
                                "where d.datname = current_database() and r.rolname = 'otp_worker'")
        for setting in settings[0]:
            if "timeout" not in setting:
                self.rows("set {} = '{}'".format(*setting.split("=", 1)))
        self.rows("load 'auto_explain'")
        for setting in ("log_nested_statements = on", "log_analyze = on", "log_buffers = on", "log_format = json", "log_level = notice", "log_min_duration = -1"):
            self.rows("set auto_explain." + setting)
        self.rows("set client_min_messages = notice")
        self.large = {r[0] for r in self.rows("select c.relname::text from pg_class c where c.relnamespace = 'otp'::regnamespace and c.relkind = 'r' and c.reltuples > %s", LARGE)}

    def of(self, call):
        """The statements that this call runs, each with its plan."""
        self.connection.notices = collections.deque()      # of a list it would keep the last 50 only
        self.rows("set auto_explain.log_min_duration = 0")
        call()
        found = [json.loads(n[n.index("{"):]) for n in self.connection.notices if "plan:" in n]
        self.rows("set auto_explain.log_min_duration = -1")
        return [f for f in found if "auto_explain" not in f["Query Text"] and not re.match(r"select (\*|otp\.\S+) ?(from otp\.\w+)?\(", f["Query Text"])]


def calls_of(db, batch):
    """Name and call, in an order in which each finds what it needs. Of two of one name the second is explained: the first makes the plans."""
    def number():
        return f"+1{random.randrange(200000000, 1000000000)}0"      # those of fill_tables.sql end in 7

    def begun(many=batch):
        jobs = sorted((Job(number(), ip=f"192.0.2.{i % 250}") for i in range(many)), key=lambda j: j.id)
        db.begin(jobs)
        return jobs

    def finish(jobs, state="accepted", next=None):
        many = len(jobs)
        db.rows("select * from otp.finish_sends(array_fill('w1'::text, array[%s]), '15 s', %s::uuid[], %s, %s, %s, %s, null, null, %s::text[], null, null, null, null, %s)",
                many, [j.id for j in jobs], [1] * many, [state] * many, ["M" + j.id for j in jobs], [201] * many, [next] * many, [False] * many)

    def check(jobs, right):
        db.call("select * from otp.check_codes(%s::text[], %s::text[], %s::text[], %s::uuid[], %s, %s::text[], %s::bytea[])",
                [j.tenant for j in jobs], [j.number for j in jobs], [j.purpose for j in jobs], [None] * len(jobs), [False] * len(jobs), ["h1"],
                [hashlib.sha256(j.code.encode()).digest() if right else bytes(32) for j in jobs])

    def late(many=batch):
        jobs = [Job(number()) for _ in range(many)]
        db.call("select * from otp.expire_jobs(%s::uuid[], %s, %s, %s, %s, %s::text[], %s, %s, %s, array_fill(now() - interval '9 min', array[%s]), %s, %s::text[])",
                *[[getattr(j, n) for j in jobs] for n in ("id", "tenant", "number", "purpose", "user", "ip", "channel", "template", "locale")], many,
                [300] * many, [None] * many)

    def rejected():
        db.call("select * from otp.reject_jobs(array[%s::uuid], array['acme'], array['+14155550100'], array['login'], array['u'], array['sms'], array['otp'], array['en'], "
                "array[now()], array['country_not_allowed'], array[null::text])", Job().id)

    sent, other, failing = begun(), begun(), begun()
    finish(begun())
    check(begun(), True)
    accepted = Job(number())
    db.accept(accepted)
    receipt = iter(sent)
    wide = "null, null, null, null, null, null, null"
    yield "begin_sends, new requests", lambda: begun()
    yield "finish_sends, accepted", lambda: finish(other)
    finish(begun(), "not_sent", ROUTE)
    yield "finish_sends, another provider follows", lambda: finish(failing, "not_sent", ROUTE)
    db.begin(begun())
    yield "begin_sends, redelivered", lambda: db.begin(sent)
    yield "begin_sends, resends", lambda: db.begin([Job(j.number) for j in other])
    yield "accept_send", lambda: db.accept(Job(number()))
    yield "mark_published", lambda: db.rows("select otp.mark_published(%s::uuid[])", [accepted.id])
    yield "check_codes, right", lambda: check(failing, True)
    yield "check_codes, wrong", lambda: check(sent, False)
    finish(sent)
    db.receipt("M" + next(receipt).id, "delivered")
    yield "record_receipts, one", lambda: (lambda j: db.receipt("M" + j.id, "delivered", None, j.id, 1))(next(receipt))
    yield "record_receipts, one that nobody knows", lambda: db.receipt("nobody's " + Job().id, "delivered", number="+14155550199")
    db.record([receipt_of("nobody's " + Job().id, "ignored")] * 2)
    yield "record_receipts, many", lambda: db.record([receipt_of("M" + j.id, "delivered", None, j.id, 1) for j in other])
    db.rows("select * from otp.sweep_due()")
    yield "sweep_due", lambda: db.rows("select * from otp.sweep_due()")
    yield "untold_events", lambda: db.rows("select * from otp.untold_events()")
    yield "expire_jobs", late
    yield "reject_jobs", rejected
    job = next(receipt)
    (one,) = db.rows("select verification_id from otp.delivery where request_id = %s", job.id)[0]
    yield "verification_for_resend", lambda: db.rows("select * from otp.verification_for_resend('acme', %s)", one)
    yield "verification_for_check", lambda: db.rows("select * from otp.verification_for_check('acme', %s)", one)
    db.rows("select otp.read_verification('acme', %s)", one)
    yield "read_verification", lambda: db.rows("select otp.read_verification('acme', %s)", one)
    yield "list_deliveries", lambda: db.rows(f"select otp.list_deliveries('acme', {wide})")
    yield "list_deliveries, of a number", lambda: db.rows("select otp.list_deliveries('acme', null, null, null, null, %s, null, null)", job.number)
    yield "list_deliveries, of a status that none has", lambda: db.rows("select otp.list_deliveries('acme', 'queued', 'nobody', null, null, null, null, null)")
    yield "cancel_verification", lambda: db.rows("select * from otp.cancel_verification('acme', %s)", one)
    yield "lease_tenant_rate", lambda: db.rows("select otp.lease_tenant_rate('acme', 10, 10, 5)")
    yield "sweep_abuse", lambda: db.rows("select otp.sweep_abuse('0 s', '{10,10,10}', '{1,1,1}', '{10,10,10}', '{1,1,1}')")
    yield "purge_rows", lambda: db.rows("select otp.purge_rows(29, 500)")


def told(node, large, depth=0, lines=None, bad=None):
    """A line for each node: what it does, to what, how many rows in how many loops, in what time, from how many pages. Nodes that only hand
    on the rows of others have none."""
    loops = node.get("Actual Loops", 0)
    if depth and node["Node Type"] in ("Result", "Limit", "Subquery Scan", "Function Scan", "Append", "CTE Scan") and not node.get("Subplan Name"):
        for inner in node.get("Plans", ()):
            if inner.get("Actual Loops"):
                told(inner, large, depth, lines, bad)
        return lines, bad
    what = node["Node Type"] if node["Node Type"] != "ModifyTable" else f"{node.get('Operation', 'Modify')}"
    relation, index = node.get("Relation Name"), node.get("Index Name")
    name = f"  {node['Subplan Name'] + ': ' if node.get('Subplan Name') else ''}{what}"
    if index:
        name += f" {index}"
    elif relation:
        name += f" {relation}"
    elif node.get("CTE Name"):
        name += f" {node['CTE Name']}"
    removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    if loops:
        pages = node.get("Shared Hit Blocks", 0), node.get("Shared Read Blocks", 0)
        lines.append("  " * depth + f"{name.strip()}  {node['Actual Rows']} rows x {loops}, {node['Actual Total Time'] * loops:.2f} ms"
                     + (f", pages {pages[0]}" + (f" + {pages[1]} read" if pages[1] else "") if any(pages) else "")
                     + (f", {removed} removed" if removed else ""))
    else:
        lines.append("  " * depth + f"{name.strip()}  never")
    whole = relation in large and (node["Node Type"] == "Seq Scan" or index and "Index Cond" not in node and node["Actual Rows"] * loops > 1000)
    scanned = [n for n in node.get("Plans", ()) if n["Parent Relationship"] in ("Outer", "Inner") and n.get("Relation Name") in large]
    if whole or node["Node Type"] in ("Hash Join", "Merge Join") and scanned:
        bad.append(lines[-1].strip())
    for inner in node.get("Plans", ()):
        # What no row came to, and the empty partitions of days to come, would be most of the page.
        if inner.get("Actual Loops") and not (re.search(r"_[0-9]{8}$", inner.get("Relation Name", "")) and not inner["Actual Rows"]):
            told(inner, large, depth + 1, lines, bad)
    return lines, bad


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--database", default="otp_cost")
    options.add_argument("--batch", type=int, default=64)
    options.add_argument("--only")
    options.add_argument("--document")
    given = options.parse_args()
    db = Plans(given.database)
    failed, text = False, []
    for name, call in calls_of(db, given.batch):
        if given.only and name not in given.only.split(";"):
            call()
            continue
        text += ["", f"### {name}", "", "```text"]
        shapes = set()      # one of many alike: a function called for each row, a walk by pages
        for found in db.of(call):
            lines, bad = told(found["Plan"], db.large, lines=[], bad=[])
            shape = "\n".join(re.sub(r"  .*", "", line.strip()) for line in lines)
            if shape not in shapes and (len(lines) > 1 or not lines[0].startswith("Result")):
                text += lines
            shapes.add(shape)
            if bad and name != "purge_rows":
                failed = True
                print(f"{name}: {bad}", file=sys.stderr)
        text.append("```")
    if given.document:
        with open(given.document, encoding="utf-8") as file:
            before, rest = file.read().split(MARKS[0])
        with open(given.document, "w", encoding="utf-8") as file:
            file.write(before + MARKS[0] + "\n".join(text) + "\n\n" + MARKS[1] + rest.split(MARKS[1])[1])
    else:
        print("\n".join(text))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
