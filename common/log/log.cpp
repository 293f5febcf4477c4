#include "common/log/log.hpp"

#include "common/core/rfc3339.hpp"
#include "common/log/repeat_limit.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>

namespace otp::log {

namespace {

// Changed in a signal's handler too.
std::atomic<level> lowest_level = level::info;
std::atomic<bool> level_was_changed = false;
static_assert(std::atomic<level>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

int output = STDERR_FILENO;

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warning", "error"};

std::array<std::uint64_t, 4> counts{};  // by level
repeat_limit repeats;

std::string_view name_of(level at) {
    return level_names[static_cast<std::size_t>(at)];
}

void append_json(std::string& to, std::string_view text) {
    to += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            to += '\\';
            to += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
            to += escape.data();
        } else {
            to += c;
        }
    }
    to += '"';
}

std::string now_text() {
    using namespace std::chrono;
    return format_rfc3339(floor<milliseconds>(system_clock::now()));
}

}  // namespace

std::optional<level> parse_level(std::string_view name) {
    for (std::size_t i = 0; i < level_names.size(); ++i)
        if (level_names[i] == name)
            return static_cast<level>(i);
    return std::nullopt;
}

void set_level(level lowest) {
    lowest_level = lowest;
}

void set_level_in_handler(level lowest) noexcept {
    lowest_level = lowest;
    level_was_changed = true;
}

std::uint64_t counted(level at) noexcept {
    return counts[static_cast<std::size_t>(at)];
}

void tell_left_out() {
    if (level_was_changed.exchange(false))
        line(line::own(), level::info, "log_level_changed").with("to", name_of(lowest_level));
    const auto now = std::chrono::steady_clock::now();
    if (now < repeats.due())
        return;
    for (const auto& [event, lines] : repeats.take_left_out(now))
        line(line::own(), level::warning, "lines_left_out")
            .with("of", event)
            .with("lines", lines)
            .with("in_seconds", repeat_limit::span.count());
}

void set_output(int file_descriptor) {
    output = file_descriptor;
}

bool enabled(level at) noexcept {
    return at >= lowest_level;
}

line::line(level at, std::string_view event) {
    if (!enabled(at))
        return;
    tell_left_out();
    ++counts[static_cast<std::size_t>(at)];
    if (at == level::debug || repeats.admits(event, std::chrono::steady_clock::now()))
        begin(at, event);
}

line::line(own, level at, std::string_view event) {
    begin(at, event);
}

void line::begin(level at, std::string_view event) {
    wanted_ = true;
    text_ = "{\"ts\":\"" + now_text() + "\",\"level\":\"";
    text_ += name_of(at);
    text_ += "\",\"event\":";
    append_json(text_, event);
}

line::~line() {
    if (!wanted_)
        return;
    text_ += "}\n";
    // A log that cannot be written has nobody left to tell.
    [[maybe_unused]] const auto written = ::write(output, text_.data(), text_.size());
}

void line::begin_field(std::string_view name) {
    text_ += ',';
    append_json(text_, name);
    text_ += ':';
}

line& line::with(std::string_view name, std::string_view value) {
    if (wanted_) {
        begin_field(name);
        append_json(text_, value);
    }
    return *this;
}

line& line::with(std::string_view name, bool value) {
    if (wanted_) {
        begin_field(name);
        text_ += value ? "true" : "false";
    }
    return *this;
}

line& line::with(std::string_view name, double value) {
    if (wanted_) {
        begin_field(name);
        std::array<char, 32> text{};
        std::snprintf(text.data(), text.size(), "%.6g", value);
        text_ += text.data();
    }
    return *this;
}

line& line::number(std::string_view name, std::int64_t value) {
    if (wanted_) {
        begin_field(name);
        text_ += std::to_string(value);
    }
    return *this;
}

}  // namespace otp::log
