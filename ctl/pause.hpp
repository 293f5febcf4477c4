#pragma once

#include "common/config/settings.hpp"
#include "ctl/flags.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace otp {

// What can be paused, as table otp.pause names it.
struct pause_target {
    std::string kind;
    std::string name;
};

// Both print what they did.
boost::asio::awaitable<void> begin_pause(settings& from, const flags& given, pause_target what);
boost::asio::awaitable<void> end_pause(settings& from, const flags& given, pause_target what);

// Throws exit_with usage where there is no such provider.
void require_provider(const std::string& name);

// One provider on one channel. Throws exit_with usage where there is no such.
pause_target lane_target(const std::string& provider, const std::string& channel);

}  // namespace otp
