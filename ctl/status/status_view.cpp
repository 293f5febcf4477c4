#include "ctl/status/status_view.hpp"

#include "common/core/rfc3339.hpp"
#include "common/json/json_writer.hpp"
#include "ctl/status/answer.hpp"
#include "ctl/status/timeline.hpp"

#include <map>

namespace otp {

namespace {

std::string day_of(wall_time at) {
    return format_rfc3339(at).substr(0, 10);
}

std::string to_milliseconds(wall_time at) {
    return format_rfc3339(std::chrono::floor<std::chrono::milliseconds>(at)).substr(11, 12);
}

std::string nothing_found(const std::string& what) {
    return "No request for " + what +
           " is known in this time: the app asked for no code, or for another number or tenant, or "
           "its job was not understood (`otpctl dead list`).";
}

// Requests of one case by letters, for the eye: [A], [B].
std::map<std::string, std::string> letters_of(const support_case& of) {
    std::map<std::string, std::string> letters;
    for (const auto& one : of.deliveries) {
        const auto place = letters.size();
        letters.emplace(
            one.request_id,
            place < 26 ? std::string(1, static_cast<char>('A' + place)) : std::to_string(place)
        );
    }
    return letters;
}

std::string answer(const support_case& of, const std::string& what, std::optional<wall_time> at) {
    const auto* about = asked_for(of, at);
    return about == nullptr ? nothing_found(what) : answer_about(of, *about);
}

void put_time(json_writer& to, std::string_view name, std::optional<wall_time> at) {
    to.member(name, at ? std::optional(format_rfc3339(*at)) : std::nullopt);
}

void put_deliveries(json_writer& to, const support_case& of) {
    to.open_array("deliveries");
    for (const auto& one : of.deliveries) {
        to.open_object()
            .member("request_id", one.request_id)
            .member("verification_id", one.verification_id)
            .member("tenant", one.tenant)
            .member("number", one.number)
            .member("purpose", one.purpose)
            .member("status", one.status)
            .member("reason", one.reason)
            .member("channel", one.channel)
            .member("provider", one.provider)
            .member("attempts", one.attempts);
        put_time(to, "created_at", one.created_at);
        put_time(to, "finished_at", one.finished_at);
        to.member("answer", answer_about(of, one)).close_object();
    }
    to.close_array();
}

}  // namespace

std::string status_text(
    const support_case& of,
    const std::string& what,
    std::optional<wall_time> at
) {
    const auto letters = letters_of(of);
    std::string text = what + ": " + std::to_string(of.deliveries.size()) +
                       (of.deliveries.size() == 1 ? " request" : " requests") + "\n";
    for (const auto& one : of.deliveries)
        text += "  [" + letters.at(one.request_id) + "] " + one.request_id + "  " + one.status +
                (one.reason.empty() ? "" : " (" + one.reason + ")") + "\n";
    std::string day;
    for (const auto& entry : timeline_of(of)) {
        if (day_of(entry.at) != day) {
            day = day_of(entry.at);
            text += "\n" + day + " (UTC)\n";
        }
        const auto letter = letters.find(entry.request_id);
        text += "  " + to_milliseconds(entry.at) + "  " +
                (letter == letters.end() ? "   " : "[" + letter->second + "]") + " " + entry.text +
                "\n";
    }
    const auto* about = asked_for(of, at);
    const bool several = of.deliveries.size() > 1 && about != nullptr;
    return text + "\n" + (several ? "[" + letters.at(about->request_id) + "] " : "") +
           answer(of, what, at) + "\n";
}

std::string status_json(
    const support_case& of,
    const std::string& what,
    std::optional<wall_time> at
) {
    json_writer to;
    to.member("asked_for", what);
    put_time(to, "at", at);
    put_deliveries(to, of);
    to.open_array("timeline");
    for (const auto& entry : timeline_of(of)) {
        to.open_object();
        put_time(to, "at", entry.at);
        to.member("request_id", entry.request_id).member("text", entry.text).close_object();
    }
    to.close_array();
    const auto* about = asked_for(of, at);
    to.member("about", about == nullptr ? std::string() : about->request_id);
    to.member("answer", answer(of, what, at));
    return to.take();
}

}  // namespace otp
