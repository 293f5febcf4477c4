"""The store's calls as the programs make them: prepared once, parameters in binary, by libpq. psycopg2 has no prepared statements, and
what it sends instead is parsed each time."""
import ctypes
import ctypes.util
import struct
import uuid

_pq = ctypes.CDLL(ctypes.util.find_library("pq") or "libpq.so.5")
for _name, _result, _arguments in (
        ("PQconnectdb", "p", "s"), ("PQstatus", "i", "p"), ("PQerrorMessage", "s", "p"), ("PQbackendPID", "i", "p"), ("PQfinish", None, "p"),
        ("PQexec", "p", "ps"), ("PQprepare", "p", "pssip"), ("PQexecPrepared", "p", "psipppi"), ("PQresultStatus", "i", "p"),
        ("PQresultErrorMessage", "s", "p"), ("PQntuples", "i", "p"), ("PQnfields", "i", "p"), ("PQgetvalue", "s", "pii"), ("PQclear", None, "p")):
    _types = {"p": ctypes.c_void_p, "s": ctypes.c_char_p, "i": ctypes.c_int, None: None}
    getattr(_pq, _name).restype = _types[_result]
    getattr(_pq, _name).argtypes = [_types[a] for a in _arguments]

_COMMAND_OK, _TUPLES_OK = 1, 2
_EPOCH = 946684800  # PostgreSQL's, 2000-01-01
_OIDS = {"text": 25, "uuid": 2950, "int": 23, "bytea": 17, "bool": 16, "time": 1184}


def _item(kind, value):
    if kind == "text":
        return value.encode()
    if kind == "uuid":
        return uuid.UUID(value).bytes
    if kind == "int":
        return struct.pack("!i", value)
    if kind == "time":
        return struct.pack("!q", int((value - _EPOCH) * 1e6))
    if kind == "bool":
        return b"\1" if value else b"\0"
    if kind == "interval":  # seconds
        return struct.pack("!qii", int(value * 1e6), 0, 0)
    return value


def array(kind, values):
    items = [struct.pack("!i", -1) if v is None else struct.pack("!i", len(b := _item(kind, v))) + b for v in values]
    return struct.pack("!iiiii", 1, any(v is None for v in values), _OIDS[kind], len(items), 1) + b"".join(items)


class Parameters:
    """Made before the clock runs."""

    def __init__(self, *values):
        self.count = len(values)
        self.values = (ctypes.c_char_p * self.count)(*values)
        self.lengths = (ctypes.c_int * self.count)(*[len(v) if v is not None else 0 for v in values])
        self.formats = (ctypes.c_int * self.count)(*[1] * self.count)


class Connection:
    def __init__(self, url):
        self._link = _pq.PQconnectdb(url.encode())
        if _pq.PQstatus(self._link) != 0:
            raise RuntimeError(_pq.PQerrorMessage(self._link).decode())
        self.pid = _pq.PQbackendPID(self._link)

    def _rows(self, result):
        try:
            if _pq.PQresultStatus(result) not in (_COMMAND_OK, _TUPLES_OK):
                raise RuntimeError(_pq.PQresultErrorMessage(result).decode())
            columns = range(_pq.PQnfields(result))
            return [[_pq.PQgetvalue(result, row, column) for column in columns] for row in range(_pq.PQntuples(result))]
        finally:
            _pq.PQclear(result)

    def sql(self, text):
        return self._rows(_pq.PQexec(self._link, text.encode()))

    def prepare(self, name, text):
        self._rows(_pq.PQprepare(self._link, name.encode(), text.encode(), 0, None))

    def run(self, name, with_):
        return self._rows(_pq.PQexecPrepared(self._link, name.encode(), with_.count, with_.values, with_.lengths, with_.formats, 0))

    def close(self):
        _pq.PQfinish(self._link)


BEGIN = ("select request_id, verdict, status, reason, verification_id, attempt, provider, channel, seed, code_key_id, code_length, remaining_ms, "
         "lease_ms, retry_after_ms, observed, charged from otp.begin_sends($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, "
         "$18, $19, $20, $21, false, null, $22, $23, $24, $25, $26, $27, nullif($28::int[], '{}'), $29, $30, $31)")
FINISH = ("select request_id, answer, status, next_attempt, provider, channel, remaining_ms, lease_ms, reason from otp.finish_sends($1, $2, $3, $4, "
          "$5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)")
CHECK = ("select answer, id, attempts_left, retry_after_ms, settled_at, \"user\", provider, channel, country, ended "
         "from otp.check_codes($1, $2, $3, $4, $5, $6, $7, false)")


def begin_parameters(jobs, owner):
    none = [None] * len(jobs)

    def column(kind, name):
        return array(kind, [j[name] for j in jobs])
    return Parameters(
        owner.encode(), _item("interval", 15), column("uuid", "id"), column("text", "tenant"), column("text", "number"), column("text", "purpose"),
        column("text", "user"), column("text", "ip"), array("text", ["sms"] * len(jobs)), array("text", ["otp"] * len(jobs)),
        array("text", ["en"] * len(jobs)), array("text", ["twilio/sms,gupshup/sms"] * len(jobs)), column("time", "requested"),
        array("int", [300] * len(jobs)), array("bytea", none), array("text", none), column("uuid", "verification"),
        array("text", ["k1"] * len(jobs)), array("text", ["h1"] * len(jobs)), column("bytea", "tag"), array("int", [6] * len(jobs)),
        array("int", [30, 60, 120, 300]), _item("int", 5), _item("int", 10), _item("int", 60), None, None, array("int", []),
        array("text", none), array("text", none), array("text", ["US"] * len(jobs)))


def finish_parameters(jobs, owner):
    many, none = len(jobs), [None] * len(jobs)
    return Parameters(
        array("text", [owner] * many), _item("interval", 15), array("uuid", [j["id"] for j in jobs]), array("int", [1] * many),
        array("text", ["accepted"] * many), array("text", ["SM" + j["id"].replace("-", "") for j in jobs]), array("int", [201] * many),
        array("text", none), array("int", [1] * many), array("text", none), array("bool", [False] * many), array("text", none),
        array("bool", [True] * many), array("bytea", none), array("bool", [False] * many), array("bool", [False] * many),
        array("bool", [False] * many))


def check_parameters(jobs, right=True):
    many = len(jobs)
    return Parameters(
        array("text", [j["tenant"] for j in jobs]), array("text", [j["number"] for j in jobs]), array("text", [j["purpose"] for j in jobs]),
        array("uuid", [None] * many), array("bool", [False] * many), array("text", ["h1"]),
        array("bytea", [j["tag"] if right else bytes(32) for j in jobs]))
