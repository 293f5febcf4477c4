#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// One JSON object a line on standard error: ts (RFC 3339, UTC, ms), level, event, then typed
// fields.
//
//     log::warning("provider_slow").with("provider", "twilio").with("call_ms", 4200);
//
// Events are stable snake_case words, listed in docs/operations.md. What an operator would not act
// on is logged at debug. Never give it a code, a rendered text, a key or a full number.
//
// Of one event 10 lines are written in 10 s (repeat_limit); a line "lines_left_out" says how many
// more there were. Lines at debug are all written. For one thread.
namespace otp::log {

enum class level { debug, info, warning, error };

std::optional<level> parse_level(std::string_view name);

// Lines below it are not formed; info at start.
void set_level(level lowest);
void set_level_in_handler(level lowest) noexcept;  // of a signal; the next line tells of it
bool enabled(level at) noexcept;

// How many lines of that level there were to write since the start, those left out included.
std::uint64_t counted(level at) noexcept;

// Tells how many lines were left out, where their time is over. A line does that by itself.
void tell_left_out();

class line {
public:
    line(level at, std::string_view event);
    ~line();  // writes, with one write(2)
    line(const line&) = delete;
    line& operator=(const line&) = delete;

    line& with(std::string_view name, std::string_view value);
    line& with(std::string_view name, const char* value) {
        return with(name, std::string_view(value));
    }
    line& with(std::string_view name, bool value);
    line& with(std::string_view name, double value);

    template <std::integral Number>
    requires(!std::same_as<Number, bool>) line& with(std::string_view name, Number value) {
        return number(name, static_cast<std::int64_t>(value));
    }

    // The log's own lines, whatever the level.
    struct own {};
    line(own, level at, std::string_view event);

private:
    void begin(level at, std::string_view event);
    line& number(std::string_view name, std::int64_t value);
    void begin_field(std::string_view name);

    bool wanted_ = false;
    std::string text_;
};

inline line debug(std::string_view event) {
    return {level::debug, event};
}
inline line info(std::string_view event) {
    return {level::info, event};
}
inline line warning(std::string_view event) {
    return {level::warning, event};
}
inline line error(std::string_view event) {
    return {level::error, event};
}

// Where lines go: a file descriptor, 2 at start. For tests.
void set_output(int file_descriptor);

}  // namespace otp::log
