#include "ctl/dead/view.hpp"

#include "common/core/rfc3339.hpp"
#include "common/core/traceparent.hpp"
#include "common/json/json_writer.hpp"
#include "ctl/dead/job_sketch.hpp"
#include "ctl/dead/words.hpp"

#include <algorithm>

namespace otp {

namespace {

constexpr std::string_view unknown = "-";

std::string padded(std::string text, std::size_t width) {
    text.resize(std::max(text.size(), width), ' ');
    return text + "  ";
}

std::string padded_left(const std::string& text, std::size_t width) {
    return std::string(width - std::min(width, text.size()), ' ') + text + "  ";
}

std::string time_of(const dead_letter& letter) {
    return letter.time_is == dead_letter::time_source::none ? std::string(unknown)
                                                            : format_rfc3339(letter.time);
}

std::string text_of(const std::optional<uuid>& id) {
    return id ? to_string(*id) : std::string(unknown);
}

void write_text(json_writer& to, std::string_view name, const std::string& value) {
    to.member(name, value == unknown ? std::nullopt : std::optional(value));
}

void add_line(
    std::string& to,
    std::string_view kind,
    std::string_view name,
    std::string_view value
) {
    if (value.empty())
        return;
    to += padded(std::string(kind), 8);
    to += padded(std::string(name), 14);
    to.append(value);
    to += '\n';
}

void add_properties(std::string& to, const amqp::message_properties& of) {
    const auto add = [&to](std::string_view name, const std::string& value) {
        if (!value.empty())
            add_line(to, "property", name, shown_word(value));
    };
    add("content_type", of.content_type);
    add("type", of.type);
    add("message_id", of.message_id);
    if (of.timestamp && *of.timestamp <= latest_second)
        add("timestamp",
            format_rfc3339(std::chrono::system_clock::time_point(std::chrono::seconds(*of.timestamp)
            )));
    add("app_id", of.app_id);
    add("correlation_id", of.correlation_id);
}

std::string shown_header(std::string_view raw, std::string_view name) {
    if (const auto text = amqp::find_string(raw, name))
        return is_traceparent(*text) ? std::string(*text) : shown_word(*text);
    if (const auto number = amqp::find_integer(raw, name))
        return shown_word(std::to_string(*number));
    return "(no text, not shown)";
}

void add_headers(std::string& to, std::string_view raw) {
    for (const auto name : amqp::field_names(raw))
        if (name != "x-death" && name != "x-otp-reason" && name != "x-otp-detail")
            add_line(to, "header", shown_word(name), shown_header(raw, name));
}

}  // namespace

std::string id_of(const dead_letter& letter) {
    return text_of(letter.request_id ? letter.request_id : letter.message_id);
}

std::string list_line(const dead_letter& letter) {
    return padded(time_of(letter), 24) + padded(std::string(to_string(letter.time_is)), 4) +
           padded(letter.reason, 19) + padded_left(std::to_string(letter.size), 6) +
           padded(id_of(letter), 36) + letter.detail;
}

std::string list_json(const dead_letter& letter) {
    json_writer to;
    write_text(to, "time", time_of(letter));
    write_text(to, "time_is", std::string(to_string(letter.time_is)));
    write_text(to, "reason", letter.reason);
    write_text(to, "detail", letter.detail);
    write_text(to, "request_id", text_of(letter.request_id));
    write_text(to, "message_id", text_of(letter.message_id));
    return to.member("size", letter.size).take();
}

std::string show_text(const amqp::delivery& message, const dead_letter& letter) {
    std::string text;
    add_line(text, "letter", to_string(letter.time_is), time_of(letter));
    add_line(text, "letter", "reason", letter.reason);
    add_line(text, "letter", "detail", letter.detail);
    add_line(text, "letter", "request_id", text_of(letter.request_id));
    add_line(text, "letter", "size", std::to_string(letter.size) + " bytes");
    add_line(text, "letter", "replay", letter.cut ? why_not_replayed(letter) : "possible");
    for (const auto& death : amqp::find_deaths(message.properties.raw_headers))
        add_line(text, "death", shown_word(death.reason), in_words(death));
    add_properties(text, message.properties);
    add_headers(text, message.properties.raw_headers);
    for (const auto& [name, value] : job_sketch(message.body))
        add_line(text, "job", name, value);
    return text;
}

}  // namespace otp
