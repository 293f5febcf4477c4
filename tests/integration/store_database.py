"""A database of its own for a test file, with every migration applied, and the store's calls with defaults a test can override.

DATABASE_URL names a server on which the tests may be superuser; without it they fail.
"""
import collections
import glob
import hashlib
import os
import threading
import time
import uuid

import psycopg2

import ended_by_signal

MIGRATIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "migrations")
ROUTE = "twilio/sms,gupshup/sms"
RUN_AGAIN = ("40P01", "40001", "23505")
_numbers = iter(range(10**7))
ended_by_signal.take_down_first()


def server():
    url = os.environ.get("DATABASE_URL")
    if not url:
        raise RuntimeError("DATABASE_URL is not set; it must name a PostgreSQL server on which tests may be superuser")
    return url


def new_number():
    return "+1415%07d" % next(_numbers)


def new_id():
    """A time-ordered UUID."""
    high = (int(time.time() * 1000) << 80) | (7 << 76)
    return str(uuid.UUID(int=high | (uuid.uuid4().int & ((1 << 76) - 1)) & ~(3 << 62) | (2 << 62)))


def tag(code):
    return hashlib.sha256(code.encode()).digest()


def named(limits):
    return "".join(f", p_{name} => %s" + ("::int[]" if name == "watch" else "::text[]" if isinstance(v, list) else "") for name, v in limits.items())


def receipt_of(message, status, error=None, request=None, attempt=None, provider="twilio", number=None, channel="sms", fail_over=True, switch=True,
               second=None):
    return provider, message, status, error, request, attempt, number, channel, fail_over, switch, second


class Job:
    def __init__(self, number=None, **given):
        self.id = new_id()
        self.number = number or new_number()
        self.tenant, self.purpose, self.user, self.ip = "acme", "login", "u-1842", None
        self.channel, self.template, self.locale, self.route = "sms", "otp", "en-GB", ROUTE
        self.age, self.ttl, self.job, self.trace = 0, 300, None, None
        self.verification, self.code_key, self.hash_key, self.code_length = new_id(), "k1", "h1", 6
        self.code = "code of " + self.id
        for name, value in given.items():
            if not hasattr(self, name):
                raise TypeError(f"a job has no {name}")
            setattr(self, name, value)


class Session:
    def __init__(self, name):
        self.connection = psycopg2.connect(server(), dbname=name)
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        self.deadlocks = 0

    def rows(self, sql, *values):
        self.cursor.execute(sql, values or None)
        return self.cursor.fetchall() if self.cursor.description else []

    def one(self, sql, *values):
        return self.rows(sql, *values)[0][0]

    def call(self, sql, *values):
        """Rows with names. A batch that lost a race is run again, as the programs do."""
        while True:
            try:
                self.cursor.execute(sql, values)
                row = collections.namedtuple("row", [c.name for c in self.cursor.description])
                return [row(*r) for r in self.cursor.fetchall()]
            except psycopg2.Error as error:
                self.deadlocks += error.pgcode == "40P01"
                if error.pgcode not in RUN_AGAIN:
                    raise

    def begin(self, jobs, owner="w1", lease="15 s", ladder=(30, 60, 120, 300), **limits):
        """limits: of p_short and those behind it, by name without the p_."""
        def column(name, kind):
            return [getattr(j, name) for j in jobs]
        return self.call(
            "select * from otp.begin_sends(%s,%s::interval,%s::uuid[],%s::text[],%s::text[],%s::text[],%s::text[],%s::text[],%s::text[],"
            "%s::text[],%s::text[],%s::text[],array(select clock_timestamp() - make_interval(secs => a) from unnest(%s::float8[]) a),"
            "%s::int[],%s::bytea[],%s::text[],%s::uuid[],%s::text[],%s::text[],%s::bytea[],%s::int[],false,null,%s::int[]" + named(limits) + ")",
            owner, lease, *[[getattr(j, n) for j in jobs] for n in
                            ("id", "tenant", "number", "purpose", "user", "ip", "channel", "template", "locale", "route", "age", "ttl",
                             "job", "trace", "verification", "code_key", "hash_key")],
            [tag(j.code) for j in jobs], [j.code_length for j in jobs], list(ladder), *limits.values())

    def send(self, number=None, owner="w1", **given):
        job = Job(number, **given)
        return job, self.begin([job], owner)[0]

    def sent(self, job=None, index=False, **given):
        """A job whose text the provider took, by the name M and the job's id. `job` and `index` are those of `finish`."""
        of, _ = self.send(**given)
        self.finish(of.id, 1, "accepted", message="M" + of.id, job=job, index=index)
        return of

    def doubted(self, number=None, route="gupshup/sms", **given):
        """A job whose only attempt is in doubt, and waits for a receipt."""
        of, _ = self.send(number, route=route, **given)
        self.finish(of.id, 1, "in_doubt", put_back=True)
        return of

    def redeliver(self, job, owner="w2"):
        """What begin says of it to another worker."""
        return self.begin([job], owner)[0]

    def accept(self, job, resend_of=None, ladder=(30, 60, 120, 300), **limits):
        return self.call("select * from otp.accept_send(%s::uuid,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s::uuid,%s::uuid,%s::int[]" + named(limits) + ")",
                         job.id, job.tenant, job.number, job.purpose, job.user, job.ip, job.channel, job.template, job.locale, job.ttl,
                         job.code_length, job.job or b"job", job.trace, job.verification, resend_of, list(ladder), *limits.values())[0]

    def finish(self, request, attempt, state, owner="w1", message=None, http=201, error=None, next=None, put_back=False, reason=None,
               counts=True, job=None, index=False, lease="15 s", bars=False, found=False):
        return self.call("select * from otp.finish_sends(%s,%s::interval,%s::uuid[],%s,%s,%s::text[],%s,%s::text[],%s,%s::text[],%s,%s::text[],"
                         "%s,%s::bytea[],%s,%s,%s)", [owner], lease, [request], [attempt], [state], [message], [http], [error], [1], [next],
                         [put_back], [reason], [counts], [job], [index], [bars], [found])[0]

    def reject(self, request, number=None, reason="unknown_field", tenant=None, purpose=None, unwritten=False):
        """Whether it was recorded."""
        return self.rejection(request, number, reason, tenant, purpose, unwritten).recorded

    def rejection(self, request, number=None, reason="unknown_field", tenant=None, purpose=None, unwritten=False):
        return self.call("select * from otp.reject_jobs(array[%s::uuid],array[%s],array[%s],array[%s],array[null],array[null],array[null],"
                         "array[null],array[null]::timestamptz[],array[%s],array[null],array[%s])",
                         request, tenant, number, purpose, reason, unwritten)[0]

    def check(self, number, code, device=False, id=None, purpose="login", tenant="acme", keys=("h1",), waits=True):
        return self.call("select * from otp.check_codes(%s,%s,%s,%s::uuid[],%s,%s::text[],%s::bytea[],%s)",
                         [tenant], [number], [purpose], [id], [device], list(keys), [tag(code)] * len(keys), waits)[0]

    def record(self, receipts):
        """Those that `receipt_of` gives, in one call."""
        return self.call("select * from otp.record_receipts(%s::text[],%s::text[],%s::text[],%s::text[],%s::uuid[],%s::int[],%s::text[],%s::text[],"
                         "%s::boolean[],%s::boolean[],%s::text[])", *map(list, zip(*receipts)))

    def recorded(self, *given, **named):
        return self.record([receipt_of(*given, **named)])[0]

    def receipt(self, *given, **named):
        return self.recorded(*given, **named).answer

    def due(self):
        """The requests that the sweep finds."""
        return [r.request_id for r in self.call("select * from otp.sweep_due()")]

    def delivery(self, request, columns="status, reason"):
        return self.rows(f"select {columns} from otp.delivery where request_id = %s", request)[0]

    def status(self, request):
        return self.delivery(request)[0]

    def attempt(self, request, number=1, columns="state"):
        row = self.rows(f"select {columns} from otp.delivery_attempt where request_id = %s and attempt = %s", request, number)[0]
        return row[0] if len(row) == 1 else row

    def verification(self, id, columns="status"):
        row = self.rows(f"select {columns} from otp.verification where id = %s", id)[0]
        return row[0] if len(row) == 1 else row

    def untold(self, request):
        """The outcomes of it that nobody has told yet, oldest first."""
        return self.rows("select status, reason from otp.untold_event where request_id = %s order by id", request)

    def events(self, request):
        return self.one("select count(*) from otp.delivery_event where request_id = %s", request)

    # Time passes by moving what is stored into the past.
    def pass_time(self, number, seconds):
        """All that is stored about this number, its verifications, deliveries, attempts and budgets, becomes older."""
        for table, columns, where in (
                ("delivery_attempt", "lease_until started_at", "request_id in (select request_id from otp.delivery where number = %s)"),
                ("delivery", "requested_at deadline created_at sweep_at", "number = %s"),
                ("verification", "code_expires_at previous_code_expires_at expires_at last_send_at next_check_at device_next_check_at created_at",
                 "number = %s")):
            moved = ", ".join(f"{c} = {c} - {float(seconds)} * interval '1 s'" for c in columns.split())
            self.rows(f"update otp.{table} set {moved} where {where}", number)
        for table, column in (("send_budget", "subject"), ("check_budget", "number")):
            self.rows(f"update otp.{table} set times = array(select t - {float(seconds)} * interval '1 s' from unnest(times) t) "
                      f"where {column} = %s", number)

    def end_leases(self, *requests):
        self.rows("update otp.delivery_attempt set lease_until = now() where request_id = any (%s::uuid[])", list(requests))

    def end_pauses(self, number):
        """The next check of this number need not wait."""
        self.rows("update otp.verification set next_check_at = null, device_next_check_at = null where number = %s", number)

    def denied(self, role, sql):
        """Whether the role may not do that."""
        self.rows("set role " + role)
        try:
            self.rows(sql)
            return False
        except psycopg2.Error as error:
            if error.pgcode == "42501":
                return True
            raise
        finally:
            self.rows("reset role")

    def close(self):
        self.connection.close()


class Database:
    def __init__(self, prefix):
        self.name = f"{prefix}_{os.getpid()}_{uuid.uuid4().hex[:8]}"
        self._admin("create database " + self.name)
        try:
            apply_migrations(self.name)
        except BaseException:
            self.drop()
            raise

    def _admin(self, sql):
        connection = psycopg2.connect(server())
        connection.autocommit = True
        connection.cursor().execute(sql)
        connection.close()

    def session(self):
        return Session(self.name)

    def parallel(self, count, work):
        """work(place, session) in `count` threads, let go at the same moment; what they return, in order."""
        gate, results, errors, deadlocks = threading.Barrier(count), [None] * count, [], []

        def run(place):
            session = self.session()
            try:
                gate.wait()
                results[place] = work(place, session)
            except Exception as error:      # the test's own thread must hear of it
                errors.append(error)
            finally:
                deadlocks.append(session.deadlocks)
                session.close()
        threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        if errors:
            raise errors[0]
        self.deadlocks = sum(deadlocks)
        return results

    def drop(self):
        self._admin(f"drop database {self.name} with (force)")


def apply_migrations(name):
    """Each file in one transaction and as one string, as the migration command does."""
    connection = psycopg2.connect(server(), dbname=name)
    cursor = connection.cursor()
    cursor.execute("create schema if not exists otp; create table if not exists otp.schema_migration (version int primary key, "
                   "name text not null, sha256 text not null, applied_at timestamptz not null default now())")
    connection.commit()
    for path in sorted(glob.glob(os.path.join(MIGRATIONS, "*.sql"))):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        cursor.execute(text)
        cursor.execute("insert into otp.schema_migration (version, name, sha256) values (%s, %s, %s)",
                       (int(os.path.basename(path)[:4]), os.path.basename(path), hashlib.sha256(text.encode()).hexdigest()))
        connection.commit()
    connection.close()
