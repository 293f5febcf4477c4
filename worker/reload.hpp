#pragma once

#include "common/limits/live_limits.hpp"
#include "worker/text/live_templates.hpp"

#include <boost/asio/awaitable.hpp>

namespace otp {

// Reads the templates again. A folder that cannot be used leaves them as they are, and all that is
// wrong with it is logged.
void reload(live_templates& templates);

// Templates and the rules of sending, on each SIGHUP, until cancelled. Jobs under way keep the
// template they began with.
boost::asio::awaitable<void> reload_on_hangup(live_limits& limits, live_templates& templates);

}  // namespace otp
