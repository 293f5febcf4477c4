#include "common/log/log.hpp"

#include "common/core/rfc3339.hpp"

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>

namespace otp::log {

namespace {

level lowest_level = level::info;
int output = STDERR_FILENO;

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warning", "error"};

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

void set_output(int file_descriptor) {
    output = file_descriptor;
}

bool enabled(level at) noexcept {
    return at >= lowest_level;
}

line::line(level at, std::string_view event) : wanted_(enabled(at)) {
    if (!wanted_)
        return;
    text_ = "{\"ts\":\"" + now_text() + "\",\"level\":\"";
    text_ += level_names[static_cast<std::size_t>(at)];
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
