"""What came of every job of a soak, held against the provider's inbox."""

import collections
import dataclasses
from datetime import datetime, timedelta

from jobs import digits, tag_of

TEXTED = ("sent", "delivered", "undelivered")
FINAL = (*TEXTED, "failed", "expired", "rejected", "canceled")
LEAST_LIFE = timedelta(seconds=30)  # of a code, when it is texted

JOBS = """
    select d.request_id::text, d.number, d.status, d.reason, least(d.deadline, v.code_expires_at) as dies, v.tag
      from otp.delivery d left join otp.verification v on v.id = d.verification_id
     where d.tenant = %s"""

DOUBTS = """
    select a.request_id::text, d.number, d.status, a.provider, coalesce(b.at, a.started_at) as doubted_at, n.started_at as next_at,
           s.kind as settled_by, s.at as settled_at,
           exists (select from otp.delivery_attempt o where o.request_id = a.request_id and o.attempt < a.attempt
                      and o.state in ('accepted', 'delivered', 'undelivered')) as earlier_arrived
      from otp.delivery_attempt a
      join otp.delivery d using (request_id)
      left join otp.delivery_attempt n on n.request_id = a.request_id and n.attempt = a.attempt + 1
      left join lateral (select min(e.at) as at from otp.delivery_event e
                          where e.request_id = a.request_id and e.attempt = a.attempt and e.kind = 'in_doubt') b on true
      left join lateral (select e.kind, e.at from otp.delivery_event e
                          where e.request_id = a.request_id and e.attempt = a.attempt
                            and (e.kind = 'receipt'  -- it may have come before the doubt was recorded
                              or e.kind in ('accepted', 'refused', 'not_sent') and e.at >= b.at) order by e.at limit 1) s on true
     where d.tenant = %s and (a.state = 'in_doubt' or b.at is not null)"""


@dataclasses.dataclass(frozen=True)
class Text:
    provider: str
    at: datetime
    words: str


def how_settled(doubt):
    """In words of the table."""
    if doubt["next_at"] and not (doubt["settled_at"] and doubt["settled_at"] <= doubt["next_at"]):
        return "another provider asked"
    if doubt["settled_by"] == "receipt":
        return "receipt"
    if doubt["settled_by"]:
        return "look-up"
    if doubt["earlier_arrived"]:
        return "an earlier text arrived"  # whose receipt came while this attempt, at another provider, was in doubt
    return "held to the end" if doubt["status"] in ("expired", "failed") else "open"


def judge(tenant, jobs, doubts, texts, told, published):
    """Counts. `texts`: by number; `told`: request ids of which an end was told."""
    found = collections.Counter(published=published, jobs=len(jobs), lost=published - len(jobs))
    doubts_of = collections.Counter(doubt["request_id"] for doubt in doubts)
    unknown = set(texts)
    for job in jobs:
        mine = texts.get(job["number"], [])
        unknown.discard(job["number"])
        by = collections.Counter(text.provider for text in mine)
        found[job["status"]] += 1
        found["lost"] += job["status"] not in FINAL or job["status"] in TEXTED and not mine
        found["repeated"] += any(n > 1 for n in by.values())
        found["by two"] += len(by) == 2
        found["more than once"] += len(mine) > 1
        found["unexplained"] += len(mine) > 1 + doubts_of[job["request_id"]]
        found["late"] += any(job["dies"] is None or job["dies"] - text.at < LEAST_LIFE for text in mine)
        found["wrong code"] += any(
            tag_of(digits(text.words), job["number"], "login", tenant) != bytes(job["tag"] or b"") for text in mine
        )
        found["not told"] += job["request_id"] not in told
    found["unknown"] = sum(len(texts[number]) for number in unknown)
    for doubt in doubts:
        found["doubts"] += 1
        found["doubt: " + how_settled(doubt)] += 1
    found["naive"] = len(posted_again(jobs, doubts, texts))
    return found


def posted_again(jobs, doubts, texts):
    """Jobs that a worker would have texted twice by one provider, if it posted again whatever was not answered: of their doubts
    the provider had taken one, and the code had life enough left."""
    dies = {job["request_id"]: job["dies"] for job in jobs}
    return {
        doubt["request_id"]
        for doubt in doubts
        if any(text.provider == doubt["provider"] for text in texts.get(doubt["number"], []))
        and dies[doubt["request_id"]] - doubt["doubted_at"] >= LEAST_LIFE
    }


FORBIDDEN = ("lost", "repeated", "late", "unexplained", "wrong code", "not told", "unknown", "doubt: open", "dead", "left", "fallen")


def is_clean(found):
    return not any(found[name] for name in FORBIDDEN)


def table(found):
    """For people; what must be 0 is marked where it is not."""
    rows = [
        ("jobs published", "published"),
        ("  ended as sent", "sent"),
        ("  ended as delivered", "delivered"),
        ("  ended as expired", "expired"),
        ("  ended as failed", "failed"),
        ("lost", "lost"),
        ("texted twice by one provider", "repeated"),
        ("texted late (under 30 s of life)", "late"),
        ("texted more than doubts explain", "unexplained"),
        ("texted with a code that fails", "wrong code"),
        ("texts to numbers of no job", "unknown"),
        ("texted by two providers, after a doubt", "by two"),
        ("attempts in doubt", "doubts"),
        ("  settled by receipt", "doubt: receipt"),
        ("  settled by look-up", "doubt: look-up"),
        ("  another provider asked", "doubt: another provider asked"),
        ("  an earlier text had arrived", "doubt: an earlier text arrived"),
        ("  held to the end", "doubt: held to the end"),
        ("  open", "doubt: open"),
        ("ends that no event told", "not told"),
        ("dead letters", "dead"),
        ("messages left on queues, unacknowledged", "left"),
        ("workers that ended by themselves", "fallen"),
    ]
    lines = [
        f"  {words:<42}{found[name]:>9}" + ("   MUST BE 0" if name in FORBIDDEN and found[name] else "")
        for words, name in rows
    ]
    return "\n".join(lines)


def per_hundred_thousand(found, conditions):
    """What the counts come to for so many sends, beside a worker that posts again whatever was not answered: it loses nothing
    either. That worker is not run: what it would have repeated is counted."""
    def scaled(count):
        return f"{100000 * count / max(found['published'], 1):12.0f}"

    rows = [
        ("lost", found["lost"], 0),
        ("texted twice by one provider", found["repeated"], found["naive"]),
        ("texted more than once at all", found["more than once"], found["naive"]),
    ]
    return "\n".join([
        f"per 100,000 sends ({found['published']} made; {conditions})",
        f"  {'':<42}{'otp-worker':>12}{'posting again':>16}",
        *(f"  {words:<42}{scaled(ours)}{scaled(naive):>16}" for words, ours, naive in rows),
        "  posting again is counted, not run: each job once of which the provider had taken a text whose answer did not come",
        "  (it was cut, or the worker died), and whose code had 30 s to live then, would have been posted to it again",
    ])
