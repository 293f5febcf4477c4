#include "ctl/command.hpp"
#include "ctl/run_commands.hpp"

namespace otp {

namespace {

constexpr command table[] = {
    {"status",
     "ID|NUMBER [--at TIME] [--within MINUTES] [--tenant T] [--limit N] [--json]",
     "what became of the texts of one request, one verification or one number, and why no code "
     "came: each attempt, receipt, refusal and wrong code in the order of time. TIME is RFC 3339, "
     "or 10:14 (UTC, the last one that was); 30 minutes around it are shown, without it the last "
     "24 hours; of more than 20 requests the newest, unless told otherwise",
     run_status},
    {"doctor",
     "[--program worker|verify] [--templates DIR] [--json]",
     "check settings, database, broker, clocks, keys, TLS, provider settings, callback URL, "
     "templates, limits and the permissions of secret files, without sending anything; say the "
     "cause and the remedy of each fault. Ends with 78 where something is wrong",
     run_doctor},
    {"top",
     "[--once] [--interval SECONDS] [--workers URL,URL] [--json]",
     "queues, rates, providers, breakers, the oldest job and what is paused, drawn anew every 2 "
     "s; q ends it. --once prints it plainly, and ends with 69 where a server or one of --workers "
     "could not be asked",
     run_top},
    {"pause provider",
     "twilio|gupshup|twilio_verify [--reason TEXT] [--json]",
     "no worker begins a call to this provider, within 2 s; jobs go by another or wait",
     run_pause},
    {"pause channel",
     "sms|whatsapp|voice|email [--reason TEXT] [--json]",
     "the same for all providers of a channel",
     run_pause},
    {"pause queue",
     "[NAME] [--reason TEXT] [--json]",
     "no worker takes jobs from this queue (OTP_QUEUE), within 2 s; what is under way ends, and "
     "workers say in /readyz that they are paused",
     run_pause},
    {"pause list", "[--json]", "what is paused, since when, by whom and why", run_pause},
    {"resume provider", "twilio|gupshup|twilio_verify [--json]", "end the pause", run_resume},
    {"resume channel", "sms|whatsapp|voice|email [--json]", "end the pause", run_resume},
    {"resume queue", "[NAME] [--json]", "end the pause", run_resume},
    {"breaker list",
     "[--workers URL,URL] [--json]",
     "of each provider and channel: open for all workers and by whom, and how its calls of the "
     "last 5 minutes ended; with --workers also which breakers those workers have opened by "
     "themselves, and it ends with 69 where one of them could not be asked",
     run_breaker},
    {"breaker open",
     "twilio|gupshup|twilio_verify sms|whatsapp|voice|email [--reason TEXT] [--json]",
     "no worker calls this provider on this channel, within 2 s, until it is closed",
     run_breaker},
    {"breaker close",
     "twilio|gupshup|twilio_verify sms|whatsapp|voice|email [--json]",
     "end that. A breaker that a worker has opened by itself closes by itself: one call tries "
     "every 60 s",
     run_breaker},
    {"enqueue",
     "--to +NUMBER [--channel sms|whatsapp|voice|email]... [--locale L] [--app A] [--tenant T] "
     "[--purpose P] [--template T] [--user U] [--ttl S] [--code-length N] [--request-id UUID] "
     "[--json] | --to-range +NUMBER --count N ...",
     "publish send-otp jobs. Without --ttl or --code-length the worker's settings hold",
     run_enqueue},
    {"send-test",
     "+NUMBER [--channel sms|whatsapp|voice|email] [--provider twilio|gupshup|twilio_verify] "
     "[--tenant T] [--locale L] [--wait SECONDS] [--json]",
     "publish a real job, which costs a real text, follow it to its end and print what `status` "
     "would. It ends with 69 where the text was refused, failed, or was not sent within --wait "
     "(60 s), and with 78 where another than --provider sent it",
     run_send_test},
    {"dead list",
     "[--reason R] [--id UUID] [--before TIME] [--after TIME] [--limit N] [--json]",
     "a line for each message on otp.dead, oldest first, 100 unless told otherwise: when it died "
     "(\"died\", by the broker's x-death) or else was sent (\"sent\", by its timestamp), reason, "
     "bytes, id, detail",
     run_dead},
    {"dead show",
     "ID | [--reason R] [--id UUID] [--before TIME] [--after TIME] [--limit N] [--body] [--out "
     "FILE]",
     "reason, deaths, properties, headers and fields of messages (10 unless told otherwise), the "
     "number masked. --body adds the body AS IT IS, WHICH HOLDS A PHONE NUMBER: on standard "
     "output, or in a new FILE that only you can read",
     run_dead},
    {"dead replay",
     "[--reason R] [--id UUID] [--before TIME] [--after TIME] [--all] [--yes] [--dry-run] [--json]",
     "publish each message once more as the job it was, and take it off otp.dead when the broker "
     "has confirmed it. May be repeated: a job that has ended is not texted again",
     run_dead},
    {"dead purge",
     "[--reason R] [--id UUID] [--before TIME] [--after TIME] [--all] [--yes] [--dry-run] [--json]",
     "take messages away for good",
     run_dead},
    {"apikey create",
     "--tenant T [--scopes send,check,read,admin] [--json]",
     "make a key for otp-verify; it is shown once",
     run_apikey},
    {"apikey list", "[--tenant T] [--json]", "the keys by their ids, never the keys", run_apikey},
    {"apikey rotate",
     "ID [--grace SECONDS] [--json]",
     "make a key with the rights of another, which ends after a day unless told otherwise; "
     "standard error tells when, or with --json the member old_ends_at",
     run_apikey},
    {"apikey revoke", "ID [--json]", "otp-verify refuses it within 5 s", run_apikey},
    {"keys new",
     "code|hash|device|proof [--id ID] [--out FILE] [--json]",
     "make a key and print its entry for OTP_CODE_KEYS, OTP_HASH_KEYS, OTP_DEVICE_KEYS or, with "
     "its PEM in FILE, OTP_PROOF_KEYS",
     run_keys},
    {"keys check",
     "[--json]",
     "which code and hash keys the rows in use need, and which of them the settings here lack",
     run_keys},
    {"keys rotate",
     "code|hash|device [--id ID] [--json]",
     "make the next key and print the steps with the exact values to set",
     run_keys},
    {"purge",
     "[--dry-run] [--days N] [--json]",
     "delete requests, events and what belongs to them that are older than OTP_RETENTION_DAYS",
     run_purge},
    {"export",
     "deliveries|attempts|events --from TIME --to TIME [--format csv|json] [--tenant T]",
     "print what auditors may see, numbers masked, oldest first: CSV (RFC 4180) or a JSON object "
     "a line. --to is exclusive. A user is as the app gave it: let a spreadsheet take all columns "
     "as text, or it may run one that begins with = as a formula",
     run_export},
    {"topology apply",
     "[--json]",
     "declare exchanges and queues, or say which differs from what is wanted",
     run_topology},
    {"migrate",
     "[--dry-run] [--folder DIR] [--json]",
     "bring the database's schema up to date",
     run_migrate},
    {"migrate status",
     "[--json]",
     "the schema's version, and the one this program needs",
     run_migrate},
    {"capacity",
     "--rate N [--latency 200ms] [--checks N] [--database-cores N] [--wal-mb N] [--json]",
     "what N texts a second need where a provider takes so long to answer, each code is checked "
     "so often and the database has so many cores and so many MB of WAL a second: cores, workers, "
     "sends in flight, connections, disk, and where each limit lies. docs/scale.md explains it",
     run_capacity},
    {"completion",
     "bash|zsh|fish",
     "print a script that completes this command line",
     run_completion},
    {"man", "", "print the manual page, for man -l", run_man},
};

constexpr std::string_view about_dead = R"(Of the filters all that are given must hold:
  --reason R        a word of docs/errors.md, such as not_json, over_delivered or expired_in_queue
  --id UUID         the request_id or message_id
  --before TIME, --after TIME
                    RFC 3339; the time that `list` prints. A message without a time matches neither
replay and purge need a filter or --all, and --yes or --dry-run.

Each command reads the messages that are there when it starts. While it runs they are unacknowledged and
nobody else can read them: of two operators at once each sees what the other does not hold. At its end, or
if it is killed, those that were not taken away lie on otp.dead again, in their order, with x-delivery-count
one higher, which has no limit there. Nothing is printed while messages are held, so a pager may follow.
)";

}  // namespace

std::span<const command> commands() {
    return table;
}

std::string_view more_about(std::string_view first_word) {
    return first_word == "dead" ? about_dead : std::string_view();
}

}  // namespace otp
