#pragma once

#include <optional>
#include <string_view>

namespace otp {

// How a text reaches a person. A job may name any; which ones can be served depends on the
// providers.
enum class channel { sms, whatsapp, voice, email };

std::string_view to_string(channel by);
std::optional<channel> parse_channel(std::string_view name);

}  // namespace otp
