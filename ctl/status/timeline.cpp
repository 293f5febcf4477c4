#include "ctl/status/timeline.hpp"

#include "ctl/status/answer.hpp"
#include "ctl/status/words.hpp"

#include <algorithm>

namespace otp {

namespace {

std::string lane_of(const seen_attempt& one) {
    return name_of(one.provider) + ", " + one.channel;
}

void add_deliveries(std::vector<timeline_entry>& to, const support_case& of) {
    for (const auto& one : of.deliveries) {
        to.push_back(
            {one.created_at,
             one.request_id,
             "requested for " + one.number + " by tenant " + one.tenant + ", purpose " +
                 one.purpose + (one.channel.empty() ? "" : ", " + one.channel)}
        );
        if (!one.finished_at)
            continue;
        const bool refused = one.status == "rejected";
        const bool has_reason = !one.reason.empty();
        to.push_back(
            {*one.finished_at,
             one.request_id,
             (refused ? "refused by rule " + one.reason : "ended as " + one.status) +
                 (has_reason ? ": " + reason_in_words(one.reason) : "")}
        );
    }
}

std::string end_in_words(const seen_attempt& one) {
    auto text = one.state;
    if (one.state == "delivered" || one.state == "undelivered")
        text = "accepted";
    if (!one.error_code.empty() && one.state != "undelivered")
        text += ": " + code_in_words(one.provider, one.channel, one.error_code);
    if (one.http_status)
        text += ", HTTP " + std::to_string(*one.http_status);
    if (one.segments)
        text +=
            ", " + std::to_string(*one.segments) + (*one.segments == 1 ? " segment" : " segments");
    if (!one.provider_message_id.empty())
        text += ", message " + one.provider_message_id;
    return text;
}

void add_attempts(std::vector<timeline_entry>& to, const support_case& of) {
    for (const auto& one : of.attempts) {
        const auto which = "attempt " + std::to_string(one.attempt) + " by " + lane_of(one);
        to.push_back({one.started_at, one.request_id, which + ": begun"});
        if (one.finished_at)
            to.push_back({*one.finished_at, one.request_id, which + ": " + end_in_words(one)});
    }
}

const seen_attempt* attempt_of(const support_case& of, const seen_event& event) {
    const auto found = std::ranges::find_if(of.attempts, [&](const seen_attempt& a) {
        return a.request_id == event.request_id && a.attempt == event.attempt;
    });
    return found == of.attempts.end() ? nullptr : &*found;
}

// The rows of deliveries and attempts tell the rest.
void add_events(std::vector<timeline_entry>& to, const support_case& of) {
    for (const auto& one : of.events) {
        const auto* attempt = attempt_of(of, one);
        if (one.kind == "receipt" && attempt != nullptr) {
            auto text = "receipt of " + lane_of(*attempt) + ": " + one.status;
            if (!one.error_code.empty())
                text += ", " + code_in_words(attempt->provider, attempt->channel, one.error_code);
            to.push_back({one.at, one.request_id, text});
        } else if (one.kind == "would_refuse") {
            to.push_back(
                {one.at,
                 one.request_id,
                 "let pass, though rule " + one.status + " (mode observe) would have refused it"}
            );
        } else if (one.kind == "in_doubt" && attempt != nullptr) {
            to.push_back(
                {one.at,
                 one.request_id,
                 "attempt " + std::to_string(one.attempt) + " was left without an answer: in doubt"}
            );
        }
    }
}

void add_checks(std::vector<timeline_entry>& to, const support_case& of) {
    for (const auto& one : of.wrong_checks)
        to.push_back(
            {one.at,
             "",
             std::string("wrong code entered") + (one.device ? " on a known device" : "")}
        );
    for (const auto& one : of.verifications)
        if (one.settled_at)
            to.push_back(
                {*one.settled_at,
                 "",
                 one.status == "approved" ? "right code entered: approved"
                                          : "verification over: " + one.status}
            );
}

void add_pauses(std::vector<timeline_entry>& to, const support_case& of) {
    for (const auto& one : of.pauses) {
        const auto what = one.kind + " " + one.name;
        to.push_back(
            {one.since, "", what + " paused" + (one.reason.empty() ? "" : ": " + one.reason)}
        );
        if (one.ended_at)
            to.push_back({*one.ended_at, "", what + " resumed"});
    }
}

}  // namespace

std::vector<timeline_entry> timeline_of(const support_case& of) {
    std::vector<timeline_entry> all;
    add_pauses(all, of);
    add_deliveries(all, of);
    add_attempts(all, of);
    add_events(all, of);
    add_checks(all, of);
    std::ranges::stable_sort(all, {}, &timeline_entry::at);
    return all;
}

}  // namespace otp
