#include "common/core/rfc3339.hpp"
#include "ctl/json_text.hpp"
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

void put_time(json_text& to, std::string_view name, std::optional<wall_time> at) {
    to.put(name, at ? std::optional(format_rfc3339(*at)) : std::nullopt);
}

void put_deliveries(json_text& to, const support_case& of) {
    to.open_list("deliveries");
    for (const auto& one : of.deliveries) {
        to.open()
            .put("request_id", one.request_id)
            .put("verification_id", one.verification_id)
            .put("tenant", one.tenant)
            .put("number", one.number)
            .put("purpose", one.purpose)
            .put("status", one.status)
            .put("reason", one.reason)
            .put("channel", one.channel)
            .put("provider", one.provider)
            .put("attempts", one.attempts);
        put_time(to, "created_at", one.created_at);
        put_time(to, "finished_at", one.finished_at);
        to.put("answer", answer_about(of, one)).close();
    }
    to.close_list();
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
    json_text to;
    to.put("asked_for", what);
    put_time(to, "at", at);
    put_deliveries(to, of);
    to.open_list("timeline");
    for (const auto& entry : timeline_of(of)) {
        to.open();
        put_time(to, "at", entry.at);
        to.put("request_id", entry.request_id).put("text", entry.text).close();
    }
    to.close_list();
    const auto* about = asked_for(of, at);
    to.put("about", about == nullptr ? std::string() : about->request_id);
    to.put("answer", answer(of, what, at));
    return to.take();
}

}  // namespace otp
