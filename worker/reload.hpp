#pragma once

#include "common/config/live_settings.hpp"
#include "common/limits/live_limits.hpp"
#include "worker/delivery/provider_lines.hpp"
#include "worker/pauses.hpp"
#include "worker/text/live_templates.hpp"

#include <boost/asio/awaitable.hpp>

#include <string_view>

namespace otp {

struct reloaded_parts {
    live_settings& settings;
    live_limits& limits;
    live_templates& templates;
    provider_lines& lines;
    pauses& paused;
};

// Whether one of these parts follows from that setting.
bool is_reloaded(std::string_view setting);

// On each SIGHUP, until cancelled: reads the settings, with limits and templates, and has all parts
// go by what they say now; where anything is wrong, each goes on as before. Calls under way end as
// they began, and jobs under way keep the template they began with.
boost::asio::awaitable<void> reload_on_hangup(reloaded_parts parts);

}  // namespace otp
