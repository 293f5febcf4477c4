#pragma once

#include "common/core/channel.hpp"

#include <span>
#include <string>

namespace otp {

// One provider on one channel: what is chosen, paused, broken and counted.
struct lane {
    std::string provider;
    channel by = channel::sms;

    bool operator==(const lane&) const = default;
};

// "twilio/sms"
inline std::string to_string(const lane& one) {
    return one.provider + "/" + std::string(to_string(one.by));
}

// "twilio/sms,gupshup/sms", as the store reads a route.
inline std::string to_string(std::span<const lane> lanes) {
    std::string text;
    for (const lane& one : lanes)
        text += (text.empty() ? "" : ",") + to_string(one);
    return text;
}

}  // namespace otp
