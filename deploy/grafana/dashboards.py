#!/usr/bin/env python3
"""Writes the dashboards beside it: deploy/grafana/*.json, for Grafana 9 and later.

    deploy/grafana/dashboards.py            writes them
    deploy/grafana/dashboards.py --check    fails where one is not what would be written

The queries use the names of docs/metrics.md; a test holds them to it. Import the files, or put them where a provisioned folder
of dashboards is; each asks for its Prometheus in the variable `source`.
"""
import json
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
SOURCE = {"type": "prometheus", "uid": "${source}"}
WIDTH = 24  # Grafana's grid


def panel(title, *queries, unit="short", kind="timeseries", wide=8, high=8, says=""):
    """`queries`: (expression, legend). Units are Grafana's: s, percentunit, short, bytes, ops."""
    made = {
        "type": kind, "title": title, "description": says, "datasource": SOURCE,
        "gridPos": {"w": wide, "h": high},
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "targets": [{"refId": chr(ord("A") + i), "datasource": SOURCE, "expr": expression, "legendFormat": legend, "range": True}
                    for i, (expression, legend) in enumerate(queries)],
    }
    if kind == "stat":
        made["options"] = {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value"}
    return made


def stat(title, expression, unit="short", says=""):
    return panel(title, (expression, ""), unit=unit, kind="stat", wide=4, high=4, says=says)


def quantiles(metric, by=(), *, only=""):
    """The middle and the slow end of a histogram."""
    labels = ", ".join([*by, "le"])
    legend = " ".join("{{%s}}" % label for label in by)
    return [(f"histogram_quantile({share}, sum by ({labels}) (rate({metric}_bucket{only}[$__rate_interval])))", f"{name} {legend}".strip())
            for share, name in ((0.5, "half of them"), (0.99, "99 %"))]


def rate_of(metric, by, *, only=""):
    legend = " ".join("{{%s}}" % label for label in by)
    return (f"sum by ({', '.join(by)}) (rate({metric}{only}[$__rate_interval]))", legend)


LANE = ("provider", "channel")


def overview():
    return [
        stat("Texts a minute", "60 * sum(rate(otp_texts_accepted_total[5m]))"),
        stat("Right codes a minute", '60 * sum(rate(otp_checks_total{answer="approved"}[5m]))'),
        stat("Oldest job", "max(otp_oldest_job_age_seconds)", "s", "Codes arrive late where this is over 30 s."),
        stat("On the queue", "max(otp_queue_messages)"),
        stat("On otp.dead", "max(otp_dead_letter_messages)", says="Somebody has to look where this is not 0."),
        stat("Checks that fail", "count(otp_ready == 0) or vector(0)", says="Of /readyz, over all processes."),
        panel("Jobs settled", rate_of("otp_deliveries_total", ["status"]), unit="ops"),
        panel("From the request to the first attempt", *quantiles("otp_queue_wait_seconds"), unit="s"),
        panel("From the provider's answer to the receipt", *quantiles("otp_receipt_seconds", ["provider"]), unit="s"),
        panel("Verified of texted, by country",
              ("sum by (country) (rate(otp_verifications_approved_total[1h])) / sum by (country) (rate(otp_texts_accepted_total[1h]))",
               "{{country}}"), unit="percentunit", says="A fall means texts that do not arrive, or pumping."),
        panel("Segments, by country", ("sum by (country) (increase(otp_text_segments_total[1h]))", "{{country}}"),
              says="In an hour; what texts cost."),
        panel("Deadlines missed", rate_of("otp_deadline_misses_total", ["stage"]), unit="ops"),
        panel("Ready", ("min by (job, instance, check) (otp_ready)", "{{job}} {{instance}} {{check}}"), wide=12),
        panel("Lines of warnings and errors", rate_of("otp_log_lines_total", ["job", "level"], only='{level=~"warning|error"}'),
              unit="ops", wide=12),
    ]


def providers():
    return [
        panel("Calls by how they ended", rate_of("otp_attempts_total", [*LANE, "end"]), unit="ops", wide=12),
        panel("Accepted of all calls",
              ('sum by (provider, channel) (rate(otp_attempts_total{end="accepted"}[$__rate_interval]))'
               ' / sum by (provider, channel) (rate(otp_attempts_total{class!="worker"}[$__rate_interval]))', "{{provider}} {{channel}}"),
              unit="percentunit", wide=12),
        panel("How long a call takes", *quantiles("otp_provider_call_seconds", LANE), unit="s"),
        panel("Errors", rate_of("otp_attempts_total", ["provider", "class", "error"], only='{class!="none"}'), unit="ops"),
        panel("Breakers and pauses",
              ("max by (provider, channel) (otp_breaker_open)", "open: {{provider}} {{channel}}"),
              ("max by (provider, channel) (otp_provider_paused)", "paused: {{provider}} {{channel}}")),
        panel("Without room", rate_of("otp_passed_over_total", [*LANE, "why"]), unit="ops"),
        panel("Calls in flight", ("sum by (provider, channel) (otp_provider_calls_in_flight)", "{{provider}} {{channel}}")),
        panel("Connections",
              ("sum by (provider, state) (otp_http_connections)", "{{provider}} {{state}}"),
              ("sum by (provider) (otp_http_waiting)", "{{provider}} waiting for one")),
        panel("In doubt", ("sum(otp_doubts_open)", "open"), rate_of("otp_look_ups_total", ["provider", "result"])),
        panel("Receipts by what they say", rate_of("otp_receipt_statuses_total", [*LANE, "status"]), unit="ops"),
        panel("Receipts by what became of them", rate_of("otp_verify_receipts_total", ["provider", "result"]), unit="ops"),
        panel("Verified of texted",
              ("sum by (provider, channel) (rate(otp_verifications_approved_total[1h]))"
               " / sum by (provider, channel) (rate(otp_texts_accepted_total[1h]))", "{{provider}} {{channel}}"), unit="percentunit"),
        panel("Segments", ("sum by (provider, channel) (increase(otp_text_segments_total[1h]))", "{{provider}} {{channel}}")),
    ]


def verify():
    return [
        panel("Checks by what they were told", rate_of("otp_checks_total", ["answer"]), unit="ops"),
        panel("Right of all that were compared",
              ('sum(rate(otp_checks_total{answer="approved"}[10m]))'
               ' / sum(rate(otp_checks_total{answer=~"approved|wrong|max_attempts_reached"}[10m]))', "right"), unit="percentunit"),
        panel("How long a request takes",
              *quantiles("otp_verify_request_seconds", ["route"], only='{route!~"/metrics|/readyz|/healthz|/livez"}'), unit="s"),
        panel("Answers", rate_of("otp_verify_answers_total", ["route", "status"]), unit="ops", wide=12),
        panel("5xx", rate_of("otp_verify_answers_total", ["route", "status"], only='{status=~"5.."}'), unit="ops", wide=12),
        panel("Sends refused by otp-verify", rate_of("otp_verify_refused_total", ["rule"]), unit="ops"),
        panel("Sends refused by workers", rate_of("otp_jobs_begun_total", ["reason"], only='{verdict="refused"}'), unit="ops"),
        panel("What enforcing would refuse", rate_of("otp_would_refuse_total", ["rule"]), unit="ops"),
        panel("Abuse budget exceeded", ("sum by (kind) (increase(otp_abuse_exceeded_total[1h]))", "{{kind}}")),
    ]


def queue_and_database():
    return [
        panel("Messages", ("max(otp_queue_messages)", "on the queue"), ("max(otp_dead_letter_messages)", "on otp.dead"),
              ("sum(otp_amqp_unacknowledged)", "taken, not acknowledged"), ("sum(otp_amqp_unconfirmed)", "sent, not confirmed")),
        panel("The oldest job", ("max(otp_oldest_job_age_seconds)", "age"), unit="s"),
        panel("Jobs",
              ("sum(rate(otp_jobs_taken_total[$__rate_interval]))", "taken"),
              rate_of("otp_jobs_put_back_total", ["why"]), rate_of("otp_jobs_buried_total", ["reason"]), unit="ops"),
        panel("In workers", ("sum(otp_jobs_waiting)", "waiting"), ("sum(otp_jobs_in_flight)", "in flight")),
        panel("Jobs a batch",
              ("sum by (stage) (rate(otp_batch_jobs_sum[$__rate_interval])) / sum by (stage) (rate(otp_batch_jobs_count[$__rate_interval]))",
               "{{stage}}")),
        panel("Checks and receipts a statement",
              ("sum by (call) (rate(otp_verify_batch_requests_sum[$__rate_interval]))"
               " / sum by (call) (rate(otp_verify_batch_requests_count[$__rate_interval]))", "{{call}}")),
        panel("Checks and receipts that wait for a statement", ("sum(otp_checks_waiting)", "checks"), ("sum(otp_receipts_waiting)", "receipts")),
        panel("How long a batch takes in PostgreSQL", *quantiles("otp_store_call_seconds", ["call"]), unit="s"),
        panel("Sessions", ("sum by (job, pool, state) (otp_database_sessions)", "{{job}} {{pool}} {{state}}")),
        panel("Calls that wait for a session", ("sum by (job, pool) (otp_database_waiting)", "{{job}} {{pool}}")),
        panel("Database failures", rate_of("otp_database_failures_total", ["job", "pool"]), unit="ops"),
        panel("Published", rate_of("otp_amqp_publishes_total", ["publisher", "result"]), unit="ops"),
        panel("Broker",
              ("min by (job, connection) (otp_amqp_up)", "up: {{job}} {{connection}}"),
              ("max by (job, connection) (otp_amqp_blocked)", "blocked: {{job}} {{connection}}"),
              ("sum by (connection) (increase(otp_amqp_connections_lost_total[1h]))", "lost in an hour: {{connection}}")),
        panel("CPU", ("sum by (job, instance) (rate(otp_process_cpu_seconds_total[$__rate_interval]))", "{{job}} {{instance}}"),
              unit="percentunit"),
        panel("Memory", ("otp_process_resident_memory_bytes", "{{job}} {{instance}}"), unit="bytes"),
        panel("Files and sockets", ("otp_process_open_fds / otp_process_max_fds", "{{job}} {{instance}}"), unit="percentunit"),
        panel("Versions", ("count by (job, version) (otp_build_info)", "{{job}} {{version}}")),
        panel("Since the start", ("otp_process_uptime_seconds", "{{job}} {{instance}}"), unit="s"),
    ]


BOARDS = {
    "otp-overview": ("One-time codes: overview", overview),
    "otp-providers": ("One-time codes: providers", providers),
    "otp-verify": ("One-time codes: checks, sends, limits", verify),
    "otp-queue-database": ("One-time codes: queue and database", queue_and_database),
}


def placed(panels):
    """In rows, as they come."""
    left = top = row_height = 0
    for number, one in enumerate(panels, 1):
        place = one["gridPos"]
        if left + place["w"] > WIDTH:
            left, top, row_height = 0, top + row_height, 0
        place.update(x=left, y=top)
        one["id"] = number
        left, row_height = left + place["w"], max(row_height, place["h"])
    return panels


def board(uid):
    title, panels = BOARDS[uid]
    return {
        "uid": uid, "title": title, "tags": ["otp"], "schemaVersion": 37, "version": 1, "editable": True,
        "time": {"from": "now-6h", "to": "now"}, "refresh": "30s", "timezone": "browser",
        "templating": {"list": [{"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"}]},
        "links": [{"type": "dashboards", "tags": ["otp"], "title": "One-time codes", "asDropdown": False}],
        "panels": placed(panels()),
    }


def text_of(uid):
    return json.dumps(board(uid), indent=1, ensure_ascii=False) + "\n"


def main(arguments):
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 64
    stale = []
    for uid in BOARDS:
        path = FOLDER / (uid + ".json")
        if arguments:
            stale += [] if path.exists() and path.read_text() == text_of(uid) else [path.name]
        else:
            path.write_text(text_of(uid))
    if stale:
        print("not what dashboards.py makes: " + ", ".join(stale), file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
