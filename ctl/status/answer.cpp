#include "ctl/status/answer.hpp"

#include "common/core/rfc3339.hpp"
#include "ctl/status/words.hpp"

#include <algorithm>

namespace otp {

namespace {

constexpr std::chrono::minutes slack_of_people{2};

// What the receipts of one attempt brought last.
const seen_event* receipt_of(
    const support_case& of,
    const seen_attempt& one,
    std::string_view status
) {
    const auto found = std::find_if(of.events.rbegin(), of.events.rend(), [&](const seen_event& e) {
        return e.kind == "receipt" && e.request_id == one.request_id && e.attempt == one.attempt &&
               e.status == status;
    });
    return found == of.events.rend() ? nullptr : &*found;
}

std::string at_receipt(const support_case& of, const seen_attempt& one, std::string_view status) {
    const auto* receipt = receipt_of(of, one, status);
    return receipt == nullptr ? "" : " at " + clock_time(receipt->at);
}

std::string attempt_in_words(const support_case& of, const seen_attempt& one) {
    const auto who = name_of(one.provider);
    const auto code = code_in_words(one.provider, one.channel, one.error_code);
    const auto ended = one.finished_at ? " at " + clock_time(*one.finished_at) : std::string();
    if (one.state == "delivered")
        return who + " delivered it" + at_receipt(of, one, "delivered");
    if (one.state == "undelivered")
        return who + " accepted it; the carrier reported " + code +
               at_receipt(of, one, "undelivered");
    if (one.state == "accepted")
        return who + " accepted it" + ended;
    if (one.state == "refused")
        return who + " refused it" + ended + ": " + code;
    if (one.state == "not_sent")
        return who + " was not asked or took nothing" + ended + ": " + code;
    if (one.state == "in_doubt")
        return who + " may have sent it, nobody knows: " + code;
    return who + " has been asked since " + clock_time(one.started_at);
}

std::string attempts_in_words(const support_case& of, const seen_delivery& about) {
    std::string all;
    const seen_attempt* last = nullptr;
    for (const auto& one : of.attempts) {
        if (one.request_id != about.request_id)
            continue;
        all += (all.empty() ? "" : "; ") + attempt_in_words(of, one);
        last = &one;
    }
    if (last != nullptr && last->state == "accepted" && about.status == "sent")
        all += ", no receipt has come since";
    return all;
}

std::string refusal(const support_case& of, const seen_delivery& about) {
    auto text = reason_in_words(about.reason);
    const auto count = std::ranges::find(of.counts, about.request_id, &texts_before::request_id);
    // Both counts: the bounds that held then are settings, which no row remembers.
    if (about.reason == "limit_number" && count != of.counts.end())
        text += ", " + std::to_string(count->in_10_minutes) + " in the 10 minutes before it and " +
                std::to_string(count->in_24_hours) + " in the 24 hours";
    return text + " (rule " + about.reason + ")";
}

// No row says by which queue a job came: that of any may concern it.
bool concerns(const seen_pause& pause, const seen_delivery& about) {
    if (pause.kind == "queue")
        return true;
    const auto slash = pause.name.find('/');
    const auto channel = pause.kind == "channel"      ? pause.name
                         : slash == std::string::npos ? std::string()
                                                      : pause.name.substr(slash + 1);
    return channel.empty() || about.channel.empty() || channel == about.channel;
}

// Whether something was paused between the request and its end.
std::string pauses_in_words(const support_case& of, const seen_delivery& about) {
    std::string all;
    const auto end = about.finished_at.value_or(of.now);
    for (const auto& pause : of.pauses)
        if (pause.since < end && pause.ended_at.value_or(of.now) > about.created_at &&
            concerns(pause, about))
            all += " Meanwhile " + pause.kind + " " + pause.name + " was paused" +
                   (pause.reason.empty() ? "" : " (" + pause.reason + ")") +
                   (pause.kind == "queue" ? ", where it may have waited." : ".");
    return all;
}

std::string newer_request(const support_case& of, const seen_delivery& about) {
    for (const auto& other : of.deliveries)
        if (other.request_id != about.request_id && other.tenant == about.tenant &&
            other.purpose == about.purpose && other.requested_at >= about.requested_at)
            return " Its successor is request " + other.request_id + " (" + other.status + ").";
    return "";
}

std::string fate(const support_case& of, const seen_delivery& about) {
    const auto tried = attempts_in_words(of, about);
    const auto so = tried.empty() ? std::string() : tried + ". ";
    if (about.status == "rejected")
        return "Refused: " + refusal(of, about) + ".";
    if (about.status == "canceled")
        return so + "Not sent: " + reason_in_words(about.reason) + "." + newer_request(of, about);
    if (about.status == "expired")
        return so + (tried.empty() ? "Not sent: " : "It ended: ") + reason_in_words(about.reason) +
               "." + pauses_in_words(of, about);
    if (about.status == "queued")
        return "It waits: no worker has begun it since " + clock_time(about.created_at) + "." +
               pauses_in_words(of, about);
    if (about.status == "sending")
        return so + "It is under way; the code lives until " + clock_time(about.deadline) + "." +
               pauses_in_words(of, about);
    if (about.status == "failed" || about.status == "undelivered") {
        const auto why = reason_in_words(about.reason);
        const bool is_code = why == about.reason;
        return so + (is_code ? "No other attempt was allowed after that."
                             : "Nothing followed: " + why + ".");
    }
    return tried + ".";
}

std::string wrong_in_words(const seen_verification& one) {
    const int wrong = one.wrong_checks + one.device_wrong_checks;
    if (wrong == 0)
        return "";
    return std::to_string(wrong) + (wrong == 1 ? " wrong code was" : " wrong codes were") +
           " entered";
}

// What became of the code once it was there.
std::string use_in_words(const support_case& of, const seen_delivery& about) {
    const auto v =
        std::ranges::find(of.verifications, about.verification_id, &seen_verification::id);
    if (v == of.verifications.end())
        return "";
    const auto wrong = wrong_in_words(*v);
    if (v->status == "approved")
        return " The right code was entered at " + clock_time(v->settled_at.value_or(of.now)) +
               (wrong.empty() ? "." : "; before that " + wrong + ".");
    if (v->status == "max_attempts_reached")
        return " " + wrong + ", which closed it.";
    if (v->status == "canceled")
        return " The app canceled the verification.";
    return wrong.empty() ? "" : " " + wrong + ".";
}

}  // namespace

std::string clock_time(wall_time at) {
    return format_rfc3339(at).substr(11, 8);
}

wall_time end_of(const support_case& of) {
    wall_time end;
    for (const auto& one : of.deliveries)
        end = std::max(end, one.finished_at.value_or(of.now));
    return end;
}

const seen_delivery* asked_for(const support_case& of, std::optional<wall_time> at) {
    if (of.deliveries.empty())
        return nullptr;
    const seen_delivery* found = nullptr;
    for (const auto& one : of.deliveries)
        if (!at || one.created_at <= *at + slack_of_people)
            found = &one;
    return found != nullptr ? found : &of.deliveries.front();
}

std::string answer_about(const support_case& of, const seen_delivery& one) {
    return fate(of, one) + use_in_words(of, one);
}

}  // namespace otp
