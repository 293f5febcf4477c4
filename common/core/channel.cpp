#include "common/core/channel.hpp"

#include <array>
#include <cstddef>

namespace otp {

namespace {

constexpr std::array<std::string_view, 4> names{"sms", "whatsapp", "voice", "email"};

}  // namespace

std::string_view to_string(channel by) {
    return names[static_cast<std::size_t>(by)];
}

std::optional<channel> parse_channel(std::string_view name) {
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == name)
            return static_cast<channel>(i);
    return std::nullopt;
}

}  // namespace otp
