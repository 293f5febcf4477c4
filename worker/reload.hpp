#pragma once

#include "common/config/live_settings.hpp"
#include "common/limits/live_limits.hpp"
#include "worker/delivery/provider_lines.hpp"
#include "worker/pauses.hpp"
#include "worker/text/live_templates.hpp"

#include <boost/asio/awaitable.hpp>

namespace otp {

// Reads the templates again. A folder that cannot be used leaves them as they are, and all that is
// wrong with it is logged.
void reload(live_templates& templates);

// Reads the settings again and has providers called by what they say now; where they cannot be
// used, as before. Calls under way end as they began.
void reload(live_settings& settings, provider_lines& lines, pauses& paused);

struct reloaded_parts {
    live_limits& limits;
    live_templates& templates;
    live_settings& settings;
    provider_lines& lines;
    pauses& paused;
};

// All of these on each SIGHUP, until cancelled. Jobs under way keep the template they began with.
boost::asio::awaitable<void> reload_on_hangup(reloaded_parts parts);

}  // namespace otp
