#include "ctl/dead/letter.hpp"

#include "common/job/reasons.hpp"
#include "ctl/dead/job_sketch.hpp"
#include "ctl/dead/words.hpp"

#include <algorithm>
#include <vector>

namespace otp {

namespace {

using std::chrono::seconds;
using std::chrono::system_clock;

std::optional<std::int64_t> newest_death(const std::vector<amqp::death>& deaths) {
    std::int64_t newest = 0;
    for (const auto& one : deaths)
        newest = std::max(newest, one.time);
    return newest > 0 ? std::optional(newest) : std::nullopt;
}

void read_reason(
    const amqp::delivery& from,
    const std::vector<amqp::death>& deaths,
    dead_letter& into
) {
    const std::string_view headers = from.properties.raw_headers;
    if (const auto reason = amqp::find_string(headers, "x-otp-reason")) {
        into.reason = shown_word(*reason);
        into.detail = shown_text(amqp::find_string(headers, "x-otp-detail").value_or(""));
    } else if (!deaths.empty()) {
        into.reason = reason_of(deaths.front());
        into.detail = in_words(deaths.front());
    } else {
        into.reason = "unknown";
        into.detail = "neither a worker nor the broker says why";
    }
}

void read_time(
    const amqp::delivery& from,
    const std::vector<amqp::death>& deaths,
    dead_letter& into
) {
    if (const auto newest = newest_death(deaths)) {
        into.time_is = dead_letter::time_source::death;
        into.time = system_clock::time_point(seconds(*newest));
    } else if (const auto sent = from.properties.timestamp; sent && *sent <= latest_second) {
        into.time_is = dead_letter::time_source::timestamp;
        into.time = system_clock::time_point(seconds(*sent));
    }
}

// Back to the queue it was taken from: one pinned to a tenant has jobs that no other may send.
std::string way_back(std::string_view headers) {
    for (const auto& one : amqp::find_deaths(headers))
        if (!one.queue.starts_with("otp.retry."))  // any other is bound by its own name
            return one.queue == "otp.send" ? "send" : one.queue;
    return std::string(amqp::find_string(headers, "x-otp-routing-key").value_or("send"));
}

// Notes of the way, and further queues: those had it when it was sent.
bool stays_behind(std::string_view name) {
    return name == "CC" || name == "BCC" || name.starts_with("x-otp-") || name == "x-death" ||
           name.starts_with("x-first-death-") || name.starts_with("x-last-death-") ||
           name == "x-delivery-count";
}

}  // namespace

dead_letter read_dead_letter(const amqp::delivery& message) {
    const auto deaths = amqp::find_deaths(message.properties.raw_headers);
    dead_letter letter;
    read_reason(message, deaths, letter);
    read_time(message, deaths, letter);
    letter.request_id = request_id_in(message.body);
    letter.message_id = parse_uuid(message.properties.message_id);
    letter.size = message.body_size;
    letter.cut = message.truncated || letter.reason == to_string(job_reason::body_too_large);
    return letter;
}

std::string_view to_string(dead_letter::time_source source) {
    switch (source) {
    case dead_letter::time_source::death:
        return "died";
    case dead_letter::time_source::timestamp:
        return "sent";
    case dead_letter::time_source::none:
        break;
    }
    return "-";
}

std::string_view why_not_replayed(const dead_letter& letter) {
    return letter.cut ? "its body is longer than 64 KiB, and no job is" : "";
}

amqp::outgoing_message revive(amqp::delivery message) {
    amqp::outgoing_message job;
    job.exchange = "otp";
    job.routing_key = way_back(message.properties.raw_headers);
    job.properties = std::move(message.properties);
    job.properties.delivery_mode = 2;
    // A life on the queue that was over once would be over again.
    job.properties.expiration.clear();
    job.properties.raw_headers = amqp::without(job.properties.raw_headers, stays_behind);
    job.body = std::move(message.body);
    return job;
}

}  // namespace otp
